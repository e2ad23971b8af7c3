"""Reads the operator's file of external engines: which may send results or be asked, with which keys and mappings.

Nothing is an engine by being installed or by sending something: only what is named here counts. Every problem of the
file is found when a process starts, and names the file and the field. Keys stand in files of their own.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matching_adapter.external.hma import HmaEngine, HmaSettings
from matching_adapter.external.http_calls import Service
from matching_adapter.external.mapping_file import MappingFile, MappingProblem, read_mapping, shipped_mapping
from matching_adapter.external.webhook import Keys
from matching_adapter.port import EmbeddedEngine, config_digest
from matching_adapter.store import FingerprintStore

_name = re.compile(r"[a-z0-9][a-z0-9-]{0,49}").fullmatch
_bank = re.compile(r"[A-Za-z0-9_-]{1,100}").fullmatch


@dataclass(frozen=True, slots=True)
class VerdictTarget:
    """Where an engine is told of verdicts, and the key that signs them."""

    service: Service
    keys: Keys = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookEngine:
    """An engine that sends what it found. `version` is said where its messages say none."""

    name: str
    mapping: MappingFile
    keys: Keys = field(repr=False)
    version: str = "unknown"
    mapping_digest: str = ""


@dataclass(frozen=True, slots=True)
class ExternalEngines:
    """Everything that the file names, by the name of the engine."""

    webhooks: Mapping[str, WebhookEngine] = field(default_factory=dict)
    hma: Mapping[str, HmaSettings] = field(default_factory=dict)
    measuring: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: Mapping[str, VerdictTarget] = field(default_factory=dict)

    def factories(self) -> dict[str, Callable[[FingerprintStore], EmbeddedEngine]]:
        """Return how to make the engines that can look at files."""
        return {name: _factory(settings, self.measuring[name]) for name, settings in self.hma.items()}


def read_external_engines(path: Path | None) -> ExternalEngines:
    """Read and check the file; none names no engine.

    Raises:
        MappingProblem: with every problem of the file, its mappings and keys.

    """
    if path is None:
        return ExternalEngines()
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MappingProblem([f"{path.name}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingProblem([f"{path.name}: no TOML: {error}"]) from None
    reading = _Reading(path)
    found = reading.engines(document)
    if reading.problems:
        raise MappingProblem(reading.problems)
    return found


def _factory(settings: HmaSettings, measuring: Sequence[str]) -> Callable[[FingerprintStore], EmbeddedEngine]:
    def make(store: FingerprintStore) -> EmbeddedEngine:
        from matching_adapter.registry import load_engines

        return HmaEngine(settings, store=store, measuring=load_engines(measuring, store=store))

    return make


class _Reading:
    """Collects what is wrong with one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problems: list[str] = []

    def note(self, where: str, what: str) -> None:
        self.problems.append(f"{self._path.name}: {where}: {what}")

    def engines(self, document: Mapping[str, Any]) -> ExternalEngines:
        for key in sorted(set(document) - {"engines"}):
            self.note(key, "is not known")
        engines = document.get("engines", {})
        if not isinstance(engines, dict):
            self.note("engines", "must be a table")
            engines = {}
        webhooks: dict[str, WebhookEngine] = {}
        hma: dict[str, HmaSettings] = {}
        measuring: dict[str, tuple[str, ...]] = {}
        targets: dict[str, VerdictTarget] = {}
        for name, table in engines.items():
            where = f"engines.{name}"
            if _name(name) is None:
                self.note(where, "a name has small letters, digits and hyphens")
            if not isinstance(table, dict):
                self.note(where, "must be a table")
                continue
            match table.get("kind"):
                case "webhook":
                    self._take(webhooks, name, self._webhook(name, where, table))
                    if "verdicts" in table:
                        self._take(targets, name, self._target(f"{where}.verdicts", table["verdicts"]))
                case "hma":
                    self._take(hma, name, self._hma(name, where, table))
                    measuring[name] = self._words(f"{where}.measure", table.get("measure", ["image-pdq", "video-pdq"]))
                case _:
                    self.note(f"{where}.kind", "must be webhook or hma")
        return ExternalEngines(webhooks, hma, measuring, targets)

    @staticmethod
    def _take(found: dict[str, Any], name: str, made: Any) -> None:
        if made is not None:
            found[name] = made

    def _webhook(self, name: str, where: str, table: Mapping[str, Any]) -> WebhookEngine | None:
        self._only(where, table, {"kind", "mapping", "key_files", "version", "verdicts"})
        version = self._text(f"{where}.version", table.get("version", "unknown"))
        keys = self._keys(f"{where}.key_files", table.get("key_files"))
        named = self._text(f"{where}.mapping", table.get("mapping"))
        if named is None or keys is None or version is None:
            return None
        path = shipped_mapping(named) or self._path.parent / named
        try:
            mapping = read_mapping(path)
        except MappingProblem as problem:
            self.problems += [f"{self._path.name}: {where}.mapping: {one}" for one in problem.problems]
            return None
        digest = config_digest({"mapping": hashlib.sha256(path.read_bytes()).hexdigest()})
        return WebhookEngine(name, mapping, keys, version, digest)

    def _target(self, where: str, table: Any) -> VerdictTarget | None:
        if not isinstance(table, dict):
            self.note(where, "must be a table")
            return None
        self._only(where, table, {"url", "key_file"})
        service = self._service(f"{where}.url", table.get("url"), 30, 1 << 16)
        keys = self._keys(f"{where}.key_file", [table.get("key_file")])
        return None if service is None or keys is None else VerdictTarget(service, keys)

    def _hma(self, name: str, where: str, table: Mapping[str, Any]) -> HmaSettings | None:
        switches = {"keeps_works": True, "hash_here": False, "whole_pictures": False}
        known = {"kind", "url", "bank", "banks", "version", "measure", "timeout_seconds", "settle_seconds", *switches}
        self._only(where, table, known)
        seconds = self._number(f"{where}.timeout_seconds", table.get("timeout_seconds", 60), 1, 3600)
        settle = self._number(f"{where}.settle_seconds", table.get("settle_seconds", 120), 0, 3600)
        service = self._service(f"{where}.url", table.get("url"), seconds, 1 << 22)
        bank = self._text(f"{where}.bank", table.get("bank"))
        banks = self._words(f"{where}.banks", table.get("banks", []))
        version = self._text(f"{where}.version", table.get("version", "unknown"))
        for one in (*banks, *([bank] if bank else [])):
            if _bank(one) is None:
                self.note(f"{where}.bank", f"{one[:100]!r} is no name of a bank")
        chosen: dict[str, bool] = {}
        for switch, default in switches.items():
            value = table.get(switch, default)
            if not isinstance(value, bool):
                self.note(f"{where}.{switch}", "must be true or false")
            chosen[switch] = bool(value)
        if service is None or bank is None or version is None:
            return None
        return HmaSettings(service, bank, banks, name, version, settle_seconds=settle, **chosen)

    def _only(self, where: str, table: Mapping[str, Any], known: set[str]) -> None:
        for key in sorted(set(table) - known):
            self.note(f"{where}.{key}", f"is not known; known are: {', '.join(sorted(known))}")

    def _service(self, where: str, value: Any, seconds: int, most_bytes: int) -> Service | None:
        try:
            return Service(value if isinstance(value, str) else "", seconds, most_bytes)
        except ValueError as error:
            self.note(where, str(error))
            return None

    def _keys(self, where: str, names: Any) -> Keys | None:
        if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
            self.note(where, "must name files with keys")
            return None
        try:
            return Keys(tuple((self._path.parent / one).read_text("ascii").strip() for one in names))
        except OSError as error:
            self.note(where, f"{Path(error.filename or '').name}: {error.strerror}")
        except ValueError as error:
            self.note(where, "a key is written whsec_ and base64" if isinstance(error, UnicodeError) else str(error))
        return None

    def _text(self, where: str, value: Any) -> str | None:
        if isinstance(value, str) and 0 < len(value) <= 150 and value.isprintable():
            return value
        self.note(where, "must be a short text")
        return None

    def _words(self, where: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.note(where, "must be a list of names")
        return ()

    def _number(self, where: str, value: Any, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.note(where, f"must be a whole number from {least} to {most}")
        return least
