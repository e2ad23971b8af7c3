"""`casework check`: whether everything that Casework stands on is in order, before an upgrade or when in doubt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from casework.cli.terminal import print_json, progress

if TYPE_CHECKING:
    from casework.parts import Parts
    from casework.settings import Settings

LEAST_FREE_BYTES = 500_000_000
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)
PAGE = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    name: str
    ok: bool
    detail: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Check configuration, database, keys, clocks, disk, read models, and that every event of the log can be read.

    Exit code 0 when all is well, 1 otherwise.

    Example: casework check --json
    """
    findings = find_all()
    sound = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": sound, "checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {finding.detail}")
    ctx.exit(0 if sound else 1)


def find_all() -> list[Finding]:
    """All findings; what cannot be looked at because of an earlier one is left out."""
    from casework.parts import build_parts
    from casework.settings import Settings

    findings: list[Finding] = []

    def look(name: str, inspect: Callable[[], str]) -> bool:
        try:
            findings.append(Finding(name, True, inspect()))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            findings.append(Finding(name, False, _sentence(error)))
        return findings[-1].ok

    def configuration() -> str:
        kept["settings"] = Settings()
        return "readable"

    def keys() -> str:
        kept["parts"] = build_parts(kept["settings"])
        return "the secret fits the database"

    kept: dict[str, Any] = {}
    if not look("configuration", configuration):
        return findings
    here: Settings = kept["settings"]
    look("disk", lambda: _disk(here))
    if here.dsa_particulars is not None:
        look("particulars", lambda: _particulars(here))
    if not (look("database", lambda: _database(here)) and look("migrations", lambda: _migrations(here))):
        return findings
    if not look("keys", keys):
        return findings
    parts: Parts = kept["parts"]
    try:
        look("regime", lambda: _regime(parts))
        look("clock", lambda: _clock(parts))
        look("events", lambda: _events(parts))
        look("views", lambda: _views(parts))
        look("log", lambda: _log(parts))
    finally:
        parts.close()
    return findings


class Unsound(Exception):
    """Something is not as it should be."""


def _particulars(settings: Settings) -> str:
    """The file for the European exports: complete, or the keys that are not."""
    from casework.reports.dsa.particulars import read_particulars

    if settings.dsa_particulars is None:
        return "none"
    return f"those of {read_particulars(settings.dsa_particulars).service}"


def _database(settings: Settings) -> str:
    from casework.database import check_reachable, parse_database_url

    url = parse_database_url(settings.database_url)
    if url.path is not None and not url.path.exists():
        raise Unsound(f"{url.path} does not exist; `casework migrate` makes it")
    check_reachable(url)
    return str(url)


def _migrations(settings: Settings) -> str:
    from casework.database import is_current, parse_database_url

    if not is_current(parse_database_url(settings.database_url)):
        raise Unsound("the database is not of this build; run `casework migrate`")
    return "up to date"


def _disk(settings: Settings) -> str:
    from casework.database import parse_database_url

    url = parse_database_url(settings.database_url)
    places = [settings.reports_directory.absolute(), *([url.path] if url.path is not None else [])]
    least = min(shutil.disk_usage(_existing(place)).free for place in places)
    text = f"{least / 1e9:.1f} GB free"
    if least < LEAST_FREE_BYTES:
        raise Unsound(text)
    return text


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.parents) if folder.is_dir())


def _regime(parts: Parts) -> str:
    """Not choosing is no fault of the installation, but it bars counter-notices; so it is said and does not fail."""
    law = parts.casework.law
    if law.chosen is not None:
        return law.chosen
    if not law.is_open:
        return f"no choice needed: {law.family} has one regime"
    ids = ", ".join(regime.id for regime in law.regimes.of_family(law.family))
    return f"NOT CHOSEN, so no counter-notice on a {law.family} case is accepted; set CASEWORK_REGIME, such as {ids}"


def _clock(parts: Parts) -> str:
    """Our clock, the database's, and the last event's must tell one story."""
    import sqlalchemy as sa

    from casework.simulated_time import is_simulated

    casework = parts.casework
    now = casework.clock.now()
    head = casework.log.head()
    last = casework.log.read(head - 1, 1) if head else []
    if last and last[0].recorded > now + MOST_CLOCK_DIFFERENCE:
        raise Unsound(f"the last event was recorded at {last[0].recorded.isoformat()}, which is still to come")
    if is_simulated(casework.clock):
        return f"{now.isoformat(timespec='seconds')}, simulated: this is a trial"
    if parts.engine.dialect.name == "postgresql":
        with parts.engine.connect() as connection:
            theirs = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        difference = abs(theirs - casework.clock.now())
        if difference > MOST_CLOCK_DIFFERENCE:
            raise Unsound(f"the database's clock differs by {difference.total_seconds():.0f} seconds")
    return now.isoformat(timespec="seconds")


def _events(parts: Parts) -> str:
    from casework.domain.case.events import FilteringDecisionRecorded

    log = parts.casework.log
    head = log.head()
    position = count = 0
    applied: set[str] = set()
    with progress("events") as report:
        while page := log.read(position, PAGE):
            position = page[-1].position
            count += len(page)
            applied |= {one.event.standard for one in page if isinstance(one.event, FilteringDecisionRecorded)}
            report(position, max(head, position))
    missing = sorted(applied - parts.casework.standards.by_id.keys())
    if missing:
        raise Unsound(f"cases were decided under standards that are no longer there: {', '.join(missing)}")
    return f"{count:,} events can be read"


def _views(parts: Parts) -> str:
    statuses = parts.casework.views.status()
    stuck = [f"{status.name} at event {status.stuck_at}: {status.error}" for status in statuses if status.stuck_at]
    if stuck:
        raise Unsound("; ".join(stuck))
    return ", ".join(f"{status.name} {status.lag:,} behind" for status in statuses)


def _log(parts: Parts) -> str:
    """The keys of the log can be used, and the log is still the one of which the last checkpoint was signed."""
    found = parts.proofs.check()
    wanted, here = parts.settings.log_origin, parts.proofs.keys.origin
    if wanted is not None and wanted != here:
        raise Unsound(f"CASEWORK_LOG_ORIGIN is {wanted}, but the first key of the log has fixed {here}")
    return found


def _sentence(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
    return str(error) or type(error).__name__
