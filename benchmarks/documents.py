"""What the documents of a report cost: CPU seconds of its PDF, for 40 pages, and of the workbook and the signature.

Run as ``python -m benchmarks.documents [--bar 10]``. The report is that of a half-year after a year of random
histories. Ends with 1 when 40 pages of the PDF take more CPU seconds than the bar. The load of other programs on the
same cores shows: read it on a quiet machine.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pikepdf

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from casework.database import migrate, parse_database_url, views_engine
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports import exports, render
from casework.reports.generation import Report, generate_report
from casework.reports.signing import Signing, self_made, signing_of
from casework.reports.workbook import as_workbook
from casework.settings import Settings
from casework.views.language import Language
from casework.views.models import figures
from casework.views.models.catch_up import Views
from tests.reports.histories import FIRST, LAW, SHANGHAI, Habits, played, write

STANDARDS = Standards([FIRST])
HABITS = Habits(days=540, slot=timedelta(hours=6), appeals=0.1, late=0.03, odd=0.01, wild=0.03, standards=STANDARDS)
CASES = 2000
PAGES = 40
T = TypeVar("T")


def made(folder: Path) -> Report:
    """A report with two periods before it."""
    url = parse_database_url(f"sqlite:///{folder / 'casework.db'}")
    migrate(url)
    log = EventLog(url, Codec(EVENT_TYPES))
    views = Views(views_engine(url), log, [figures.Figures(STANDARDS, LAW, log.load_many, SHANGHAI)])
    views.prepare()
    write(log, played(CASES, 42, HABITS))
    start, end, as_of = date(2027, 1, 1), date(2027, 7, 1), datetime(2027, 9, 1, tzinfo=UTC)
    report = generate_report(
        log, views, STANDARDS, LAW, start=start, end=end, as_of=as_of, zone=SHANGHAI, platform="平台"
    )
    log.close()
    return report


def signing(folder: Path) -> Signing:
    """A key for trials."""
    (folder / "k.p12").write_bytes(self_made("平台", datetime.now(UTC), b"benchmark"))
    (folder / "passphrase").write_bytes(b"benchmark")
    found = signing_of(Settings(report_certificate=folder / "k.p12", report_passphrase_file=folder / "passphrase"))
    if found is None:
        raise RuntimeError("no key")
    return found


def spent(work: Callable[[], T]) -> tuple[T, float]:
    """What came out, and the CPU seconds."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


def main() -> int:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", type=float, default=10.0)
    bar = parser.parse_args().bar
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report, key = made(folder), signing(folder)
        worst = 0.0
        json_bytes, csv_bytes = exports.as_json(report), exports.as_csv(report)
        for language in Language:
            pdf, seconds = spent(lambda language=language: render.report_pdf(report, language, json_bytes, csv_bytes))  # type: ignore[misc]
            with pikepdf.open(io.BytesIO(pdf)) as document:
                pages = len(document.pages)
            worst = max(worst, seconds / pages * PAGES)
            _, signed = spent(lambda pdf=pdf: key.sign(pdf, report.as_of))  # type: ignore[misc]
            print(
                f"{language.value}: {pages} pages, {seconds:.1f} CPU s, {seconds / pages * PAGES:.1f} for {PAGES}; "
                f"signature {signed:.2f} CPU s; {len(pdf) / 1e6:.1f} MB"
            )
        _, seconds = spent(lambda: as_workbook(report))
        print(f"workbook: {seconds:.2f} CPU s")
    return int(worst > bar)


if __name__ == "__main__":
    sys.exit(main())
