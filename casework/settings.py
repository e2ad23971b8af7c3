"""Every knob of Casework, in one class; the default is an embedded SQLite database in the working directory.

Values come from the environment (``CASEWORK_*``), then from the TOML file that ``CASEWORK_SETTINGS`` names.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AwareDatetime, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from casework.eventlog.notes import require_name, witnesses
from casework.register import Register

LEAST_SECRET_BYTES = 32

# Looking through their folders takes longer than reading all other settings.
_time_zones = cache(available_timezones)


class Settings(BaseSettings):
    """Configuration; each field is the environment variable ``CASEWORK_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", extra="forbid", frozen=True)

    database_url: str = "sqlite:///casework.db"
    """``sqlite:///path`` or ``postgresql://user:password@host/name``."""

    secret: SecretStr | None = None
    """Master secret, at least 32 characters: pseudonyms, links, vault keys. Lost secret, lost personal data."""

    secret_file: Path = Path("casework.secret")
    """Where the secret is kept when it is not set; made on first use, readable by its owner only."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    public_url: str = "http://127.0.0.1:8000"
    """Address under which people reach the site; ``https`` makes cookies secure."""

    time_zone: str = "Asia/Shanghai"
    """Time zone of reports and of the times on pages. A change needs ``casework rebuild figures``."""

    platform_name: str = "Example Platform"
    """Name of the platform as it stands on pages and reports."""

    clock: AwareDatetime | None = None
    """For trials only: the moment at which simulated time begins, such as ``2026-06-30T12:00:00+08:00``. Only a
    database without any event can begin with it, and it keeps simulated time for good; ``casework clock`` moves it."""

    standards_directory: Path | None = None
    """Folder with further published standards, one TOML file each, beside the shipped ones."""

    regime: str | None = None
    """Id of the legal regime that governs, such as ``cn-e-commerce``. There is no default: China's three rules on the
    wait after a counter-notice conflict, and until one is chosen no notice on a Chinese case is accepted."""

    regimes_directory: Path | None = None
    """Folder with further legal regimes, one TOML file each, beside the shipped ones."""

    public_register: Register = Register.BY_LAW
    """The public register of notices: ``by_law`` (open where the law asks for it: China), ``open`` or ``closed``."""

    dsa_particulars: Path | None = None
    """TOML file with what the European templates ask of a platform beside its cases, and how it states reasons."""

    log_origin: str | None = None
    """Name of the log in its signed checkpoints, such as ``casework.example.org/casework``; without it the host of
    ``public_url`` and ``/casework``. The first key of the log fixes it for good."""

    log_witnesses: tuple[str, ...] = ()
    """Keys of the witnesses whose cosignatures on checkpoints are taken, as ``name+id+key`` (C2SP tlog-cosignature)."""

    reports_directory: Path = Path("casework-reports")
    """Where generated reports are kept."""

    report_certificate: Path | None = None
    """What signs the PDF of reports: a PKCS#12 file, or PEM certificates, own one first; unsigned without it."""

    report_key: Path | None = None
    """The PEM key of ``report_certificate`` when that is no PKCS#12 file."""

    report_passphrase_file: Path | None = None
    """File with the passphrase of the signing key."""

    most_lines: Annotated[int, Field(ge=1)] = 10_000
    """Lines of one NDJSON delivery at most."""

    most_array: Annotated[int, Field(ge=1)] = 1_000
    """Decisions of one JSON array at most."""

    most_line_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    """Bytes of one decision at most; a longer line is refused by itself."""

    most_body_bytes: Annotated[int, Field(ge=1024)] = 268_435_456
    """Bytes of one delivery at most, after decompression."""

    most_file_bytes: Annotated[int, Field(ge=1024)] = 20_971_520
    """Bytes of one evidence file at most."""

    most_media_bytes: Annotated[int, Field(ge=1024, le=536_870_912)] = 134_217_728
    """Bytes of one compared file that is laid beside a case at most."""

    matching_engines: tuple[str, ...] = ()
    """Names of engines from other installed packages that ``casework match`` may use; none by being installed alone."""

    matching_engine_seconds: Annotated[int, Field(ge=1)] = 600
    """Seconds by the clock that an engine of another package may take for one file."""

    matching_engine_bytes: Annotated[int, Field(ge=1_048_576)] = 4_294_967_296
    """Bytes of memory that the process of an engine of another package may take."""

    external_engines: Path | None = None
    """TOML file that names the engines that run elsewhere: those that send results, and those that are asked."""

    lines_per_transaction: Annotated[int, Field(ge=1, le=5000)] = 1000
    """New cases written in one transaction."""

    session_hours: Annotated[int, Field(ge=1, le=720)] = 12
    """Absolute lifetime of a sign-in."""

    same_party_days: Annotated[int, Field(ge=0, le=3660)] = 0
    """Days for which a reviewer who ruled gets no other case of the same uploader or right holder; 0: none."""

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        if value not in _time_zones():
            raise ValueError(f"unknown time zone {value!r}")
        return value

    @field_validator("log_origin")
    @classmethod
    def _origin_is_a_name(cls, value: str | None) -> str | None:
        return None if value is None else require_name(value)

    @field_validator("log_witnesses")
    @classmethod
    def _witnesses_are_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        witnesses(value)
        return value

    @field_validator("secret")
    @classmethod
    def _secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < LEAST_SECRET_BYTES:
            raise ValueError(f"must have at least {LEAST_SECRET_BYTES} characters")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the TOML file."""
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        file = os.environ.get("CASEWORK_SETTINGS")
        if file is None:
            return sources
        if not Path(file).is_file():
            raise FileNotFoundError(f"CASEWORK_SETTINGS names {file}, which is not a file")
        try:
            return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=file))
        except ValueError as error:  # what is no TOML, and what is no UTF-8
            raise OSError(f"CASEWORK_SETTINGS names {file}, which cannot be read as TOML: {error}") from None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of reports and pages."""
        return ZoneInfo(self.time_zone)

    @property
    def origin(self) -> str:
        """What the log is called before its first key has fixed it."""
        return self.log_origin or f"{urlsplit(self.public_url).hostname or 'localhost'}/casework"

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are sent over TLS only."""
        return self.public_url.startswith("https://")

    def read_secret(self, *, may_make: bool = False) -> bytes:
        """The master secret. With ``may_make`` its file is made when it is missing: for a database without one.

        Raises ``ValueError`` when the file is too short and ``FileNotFoundError`` when it is missing.
        """
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        if not may_make and not self.secret_file.exists():
            raise FileNotFoundError(
                f"the secret file {self.secret_file} is missing, but this database was made with a secret: put it back,"
                " or set CASEWORK_SECRET or CASEWORK_SECRET_FILE"
            )
        try:
            descriptor = os.open(self.secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            kept = self.secret_file.read_text().strip().encode()
            if len(kept) < LEAST_SECRET_BYTES:
                raise ValueError(f"{self.secret_file} must hold at least {LEAST_SECRET_BYTES} characters") from None
            return kept
        made = secrets.token_urlsafe(48)
        with os.fdopen(descriptor, "w") as file:
            file.write(made + "\n")
        return made.encode()
