"""Transparency reports from end to end: ``generate_report`` computes one, ``write_report`` puts its files on disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from casework.reports import exports, render
from casework.reports.figures.identities import IdentityBroken
from casework.reports.generation import PeriodNotBegun, ProjectionBehind, Report, generate_report
from casework.reports.signing import Signing, SigningFailed, signing_of
from casework.views.language import Language

__all__ = [
    "FORMATS", "IdentityBroken", "PeriodNotBegun", "ProjectionBehind", "Report", "Signing", "SigningFailed",
    "generate_report", "signing_of", "write_report",
]  # fmt: skip

FORMATS: tuple[str, ...] = ("html", "pdf", "json", "csv", "xlsx")
Progress = Callable[[str, int, int], None]
"""Told which file is being made, the step that begins and how many there are."""


def write_report(
    report: Report,
    out: Path,
    languages: Sequence[Language] = tuple(Language),
    formats: Sequence[str] = FORMATS,
    progress: Progress | None = None,
    signing: Signing | None = None,
) -> list[Path]:
    """Write the report's files into ``out``, made if need be, each at once or not at all; the paths, in order.

    With ``signing`` the PDFs are signed, claiming T of the report.
    Raises ``OSError`` when they cannot be written, ``casework.reports.fonts.FontMissing`` without Chinese fonts.
    """
    json_bytes, csv_bytes = exports.as_json(report), exports.as_csv(report)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []

    def put(name: str, content: bytes) -> None:
        written.append(_write_at_once(out / name, content))

    if "json" in formats:
        put(f"{report.name}.json", json_bytes)
    if "csv" in formats:
        put(f"{report.name}.csv", csv_bytes)
    if "xlsx" in formats:
        from casework.reports.workbook import as_workbook

        put(f"{report.name}.xlsx", as_workbook(report))
    for language in languages:
        if "html" in formats:
            put(f"{report.name}.{language.value}.html", render.standalone_html(report, language).encode())
        if "pdf" in formats:
            label = f"{report.name}.{language.value}.pdf"
            told = None if progress is None else partial(progress, label)
            pdf = render.report_pdf(report, language, json_bytes, csv_bytes, told)
            put(label, pdf if signing is None else signing.sign(pdf, report.as_of))
    return written


def _write_at_once(path: Path, content: bytes) -> Path:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
