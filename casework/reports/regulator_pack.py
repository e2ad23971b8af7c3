"""The regulator's pack: a sample of cases that anybody can redraw, with public facts, proofs, rulings and the register.

One ZIP whose bytes depend on the log, the period, the size and the seed alone. It names nobody: cases, parties and
works stand under the keyed names of the public log. The words of reviewers come along only when asked for, with
addresses, telephone numbers and links blacked out; what was erased is missing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from casework.application import Casework
from casework.domain.case.events import FilteringDecisionRecorded, RulingsOpened
from casework.eventlog.codec import Recorded
from casework.views.models.register import RegisterModel
from casework.views.register_search import public_entry

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_MOMENT = (2020, 1, 1, 0, 0, 0)
"""The time that every file of the ZIP bears, so that the bytes do not depend on when it was made."""

_BLACKED = "[█]"
_PRIVATE = re.compile(
    r"https?://\S+|www\.\S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.])(?!\d{4}-\d\d-\d\d\b)\+?\d[\d ()/-]{6,}\d(?![\w])"
)
_OPENING = FilteringDecisionRecorded.TOPIC
_TELL_EVERY = 10_000
"""Facts between two words on how far it is."""


class LogTooShort(ValueError):
    """The public log does not have so many facts."""


class Proofs(Protocol):
    """What the pack takes from the public log."""

    def public_size(self) -> int:
        """How many leaves anybody may read."""

    def checkpoint(self, size: int) -> Any:
        """The signed checkpoint of this size; ``note`` is its text."""

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that a leaf is in the tree."""

    def facts(self, first: int, end: int) -> Iterator[bytes]:
        """Public facts in order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the pack is made of: local days ``[start, end)``, how many cases, the seed, and whether reasons go along.

    ``size``: of the log that it is drawn from; without it, all that anybody may read now.
    """

    start: date
    end: date
    cases: int
    seed: str
    zone: ZoneInfo
    with_reasons: bool = False
    size: int | None = None


def draw(seed: str, names: Sequence[str], number: int) -> list[str]:
    """The first ``number`` names by SHA-256 of seed, a colon and the name: anybody can do it again."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest())[:number]


def regulator_pack(
    casework: Casework, proofs: Proofs, wanted: Wanted, told: Callable[[int, int], None] | None = None
) -> dict[str, bytes]:
    """The files by name. Costs the length of the log; ``told`` hears how many steps of how many are done.

    Raises ``ValueError`` for an empty period, ``LogTooShort`` for a size that the log does not have.
    """
    if wanted.start >= wanted.end:
        raise ValueError("a period ends after it begins")
    size = proofs.public_size() if wanted.size is None else wanted.size
    if size < 1 or size > proofs.public_size():
        raise LogTooShort(f"the public log has {proofs.public_size()} facts")
    steps = _Steps(size, told)
    population = _population(steps.passing(proofs.facts(0, size)), wanted)
    drawn = draw(wanted.seed, population, wanted.cases)
    histories = _lines(steps.passing(proofs.facts(0, size)), set(drawn))
    files: dict[str, bytes] = {
        "checkpoint.txt": str(proofs.checkpoint(size).note).encode(),
        "sample.json": _json(_sample(wanted, size, len(population), drawn)),
        "population.txt": "".join(f"{name}\n" for name in sorted(population)).encode(),
    }
    for name, lines in histories.items():
        files[f"cases/{name}/facts.ndjson"] = b"".join(line + b"\n" for _, line in lines)
        files[f"cases/{name}/proofs.json"] = _json(_inclusion(proofs, size, lines))
    known = _known(casework, histories)
    for name, history in known.items():
        files[f"cases/{name}/rulings.json"] = _json(_rulings(casework, history[1], wanted))
    files |= _register(casework, known, wanted)
    for language in ("en", "zh"):
        text = resources.files("casework.reports") / "pack_texts" / f"README.{language}.md"
        files[f"README.{language}.md"] = text.read_bytes()
    files[MANIFEST] = _json(_manifest(files))
    steps.done()
    return files


class _Steps:
    """How far it is: the log is read twice."""

    def __init__(self, size: int, told: Callable[[int, int], None] | None) -> None:
        self._whole, self._told, self._read = 2 * size, told, 0

    def passing(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """The lines, counted as they pass."""
        for line in lines:
            self._read += 1
            if self._told is not None and self._read % _TELL_EVERY == 0:
                self._told(self._read, self._whole)
            yield line

    def done(self) -> None:
        """All of it is made."""
        if self._told is not None:
            self._told(self._whole, self._whole)


def write_pack(files: Mapping[str, bytes], path: Path) -> None:
    """Write the ZIP, at once or not at all. Raises ``OSError``."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name in sorted(files):
                info = zipfile.ZipInfo(name, _MOMENT)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                info.create_system = 3  # so that the bytes do not depend on the machine
                archive.writestr(info, files[name])
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def black_out(text: str) -> str:
    """The text without links, addresses of e-mail and telephone numbers."""
    return _PRIVATE.sub(_BLACKED, text)


def _population(lines: Iterable[bytes], wanted: Wanted) -> list[str]:
    """The cases whose decision falls into the period, by the names of the public log, in its order."""
    found = []
    mark = _OPENING.encode()
    for line in lines:
        if mark not in line:
            continue
        fact = json.loads(line)
        day = datetime.fromisoformat(fact["occurred"]).astimezone(wanted.zone).date()
        if fact["topic"] == _OPENING and wanted.start <= day < wanted.end:
            found.append(fact["stream"])
    return found


def _lines(lines: Iterable[bytes], drawn: set[str]) -> dict[str, list[tuple[int, bytes]]]:
    """The facts of these cases with their places in the log."""
    found: dict[str, list[tuple[int, bytes]]] = {name: [] for name in sorted(drawn)}
    for place, line in enumerate(lines):
        stream = json.loads(line)["stream"] if drawn else ""
        if stream in drawn:
            found[stream].append((place, line))
    return found


def _inclusion(proofs: Proofs, size: int, lines: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    return [
        {"n": place, "size": size, "proof": [base64.b64encode(one).decode() for one in proofs.inclusion(place, size)]}
        for place, _line in lines
    ]


def _sample(wanted: Wanted, size: int, population: int, drawn: Sequence[str]) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "period": {"from": wanted.start.isoformat(), "to": wanted.end.isoformat(), "zone": wanted.zone.key},
        "log_size": size,
        "seed": wanted.seed,
        "order": "sha256(seed + ':' + case), ascending, hexadecimal",
        "population": population,
        "wanted": wanted.cases,
        "with_reasons": wanted.with_reasons,
        "cases": list(drawn),
    }


def _known(
    casework: Casework, lines: Mapping[str, Sequence[tuple[int, bytes]]]
) -> dict[str, tuple[UUID, list[Recorded]]]:
    """The history of each case, as far as the log goes that the pack is drawn from."""
    streams = _streams(casework, set(lines))
    loaded = casework.log.load_many(sorted(streams.values()))
    return {name: (stream, loaded[stream][: len(lines[name])]) for name, stream in streams.items()}


def _streams(casework: Casework, names: set[str]) -> dict[str, UUID]:
    """The cases behind the names of the public log, which only the platform can tell."""
    cases = casework.views.tables("cases")["cases"]
    found: dict[str, UUID] = {}
    with casework.views.engine.connect() as connection:
        for identity in connection.execute(sa.select(cases.c.case_id)).scalars():
            name = casework.vault.pseudonym("case", str(identity))
            if name in names:
                found[name] = identity
    return dict(sorted(found.items()))


def _rulings(casework: Casework, history: Sequence[Recorded], wanted: Wanted) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for recorded in history:
        if not isinstance(recorded.event, RulingsOpened):
            continue
        for ruling in recorded.event.rulings:
            told: dict[str, Any] = {
                "opened_at": recorded.occurred.isoformat(),
                "reviewer": casework.vault.pseudonym("reviewer", ruling.reviewer),
                "outcome": ruling.outcome.value,
                "bases": list(ruling.bases),
            }
            if wanted.with_reasons:
                content = casework.vault.open(ruling.content)
                told["words"] = None if content is None else _words(json.loads(content))
            made.append(told)
    return made


def _words(ruling: dict[str, Any]) -> dict[str, Any]:
    """Factors and reasons, blacked out; nothing else of what the reviewer wrote."""
    return {
        name: {key: black_out(text) for key, text in sorted(ruling.get(name, {}).items()) if isinstance(text, str)}
        for name in ("factors", "reasons")
    }


def _register(casework: Casework, known: Mapping[str, tuple[UUID, list[Recorded]]], wanted: Wanted) -> dict[str, bytes]:
    """The entries of the public register on these cases, as of the same moment; no file where there is none."""
    model = RegisterModel(casework.log.load_many, casework.vault.pseudonym, wanted.zone)
    rows = [row for stream, history in known.values() for row in model.entries(stream, history)]
    return {"register.json": _json([public_entry(SimpleNamespace(**row)) for row in rows])} if rows else {}


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    listed = [
        {"name": name, "size": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in sorted(files)
    ]
    lines = "".join(f"{one['sha256']}  {one['name']}\n" for one in listed)
    return {
        "format": FORMAT_VERSION,
        "digest": {
            "algorithm": "sha256",
            "over": "a line '<sha256>  <name>' for each file, by name",
            "value": hashlib.sha256(lines.encode()).hexdigest(),
        },
        "files": listed,
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
