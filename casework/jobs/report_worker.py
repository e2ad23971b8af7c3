"""Makes the reports and packs that people asked for, one at a time, beside the other work of the worker."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.contents import digest_of
from casework.jobs.report_runs import ReportRun, ReportRuns, RunKind
from casework.jobs.rounds import LOOK_SECONDS, go_round
from casework.log_proofs import LogProofs
from casework.reports.exports import document_of
from casework.reports.log_block import tied
from casework.reports.narrative import TextSource
from casework.reports.report import (
    FORMATS,
    IdentityBroken,
    ProjectionBehind,
    Signing,
    SigningFailed,
    generate_report,
    signing_of,
    write_report,
)
from casework.settings import Settings
from casework.views.language import Language

Told = Callable[[int, int], None]
Compare = Callable[[ReportRun, Mapping[str, Any], Told], tuple[int, str] | None]
"""What a run changes against the published report of its period: that one's edition, and the digest of the list."""

_COMPARING = 20
"""Steps of progress that finding out what changed is worth, beside the pages of the documents."""

logger = structlog.get_logger()


class Superseded(Exception):
    """Another worker has taken over, because this one was silent for too long."""


class ReportWorker:
    """Makes reports until told to stop."""

    def __init__(self, build: Callable[[], ReportMaker], *, look_seconds: float = LOOK_SECONDS) -> None:
        """``build`` makes the maker; it is called again and again while the database is away."""
        self._build = build
        self._look_seconds = look_seconds

    def run(self, stop: Event) -> None:
        """Look for work until ``stop`` is set. Nothing that goes wrong ends this: it is logged and tried again."""

        def make_all(maker: ReportMaker) -> None:
            while not stop.is_set() and maker.make_one():
                pass

        go_round(self._build, make_all, stop, look_seconds=self._look_seconds, waits="report_worker_waits")


class ReportMaker:
    """Makes reports for one application into one folder, each run in a folder of its own."""

    def __init__(
        self,
        casework: Casework,
        runs: ReportRuns,
        folder: Path,
        *,
        zone: ZoneInfo,
        platform: str,
        languages: Sequence[Language] = tuple(Language),
        formats: Sequence[str] = FORMATS,
        settings: Settings | None = None,
        texts: TextSource | None = None,
        proofs: LogProofs | None = None,
        earlier: Callable[[datetime], Mapping[str, Any] | None] | None = None,
        compare: Compare | None = None,
    ) -> None:
        """``zone`` is that of the report's days, ``platform`` the name on its cover; ``settings`` say what signs.

        ``texts`` knows the approved texts; without it reports carry those of the product, which nobody can publish.
        ``proofs`` tie a report to the log; ``earlier`` gives the data of the report that was published last before T,
        ``compare`` what a run changes against the report of its period that is public already.
        """
        self._compare = compare
        self._texts = texts
        self._proofs = proofs
        self._earlier = earlier
        self._settings = settings
        self._languages = tuple(languages)
        self._formats = tuple(formats)
        self._casework = casework
        self._runs = runs
        self._folder = folder
        self._zone = zone
        self._platform = platform
        self._name = f"w_{secrets.token_hex(8)}"

    def make_one(self) -> bool:
        """Make the next report; whether there was one."""
        run = self._runs.take(self._name)
        if run is None:
            return False
        # Loading the typesetter takes seconds: not before the first report is asked for.
        from casework.reports.pdf import FontMissing

        try:
            self._making(run)(run)
        except IdentityBroken as broken:
            logger.error("report_identities_broken", run=run.id, breaches=list(broken.breaches))
            self._runs.fail(run, "identities")
        except ProjectionBehind as behind:
            logger.error("report_projection_behind", run=run.id, reason=behind.reason)
            self._runs.fail(run, "projection")
        except FontMissing as missing:
            logger.error("report_fonts_missing", run=run.id, reason=str(missing))
            self._runs.fail(run, "fonts")
        except SigningFailed as failed:
            logger.error("report_signing_failed", run=run.id, reason=str(failed))
            self._runs.fail(run, "signing")
        except Superseded:
            logger.warning("report_superseded", run=run.id)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the lease runs out, and a worker that reaches the database begins anew
        except OSError as error:
            logger.error("report_folder_fails", run=run.id, folder=str(self._folder), reason=str(error))
            self._runs.fail(run, "folder")
        except Exception as error:
            logger.error("report_failed", run=run.id, exc_info=error)
            self._runs.fail(run, "fault")
        return True

    def _making(self, run: ReportRun) -> Callable[[ReportRun], None]:
        return self._make_pack if run.kind is RunKind.PACK else self._make

    def _make(self, run: ReportRun) -> None:
        casework = self._casework
        report = generate_report(
            casework.log,
            casework.views,
            casework.standards,
            casework.law,
            start=run.start,
            end=run.end,
            as_of=run.as_of,
            zone=self._zone,
            platform=self._platform,
            texts=self._texts,
        )
        if self._proofs is not None:
            report = tied(report, self._proofs, None if self._earlier is None else self._earlier(run.as_of))
        folder = self._folder / run.id
        steps = _Steps(self._runs, run, self._languages, _COMPARING if self._compare is not None else 0)
        written = write_report(report, folder, self._languages, self._formats, steps.of_documents, self._signing())
        files = {path.name: digest_of(path.read_bytes()) for path in written}
        found = None if self._compare is None else self._compare(run, document_of(report), steps.of_changes)
        corrects, changes = found or (None, None)
        steps.done()
        self._runs.finish(run, files, corrects=corrects, changes=changes)
        logger.info("report_made", run=run.id, files=len(written))

    def _make_pack(self, run: ReportRun) -> None:
        """A pack for the regulator. Raises ``Superseded``."""
        from casework.reports.regulator_pack import LogTooShort, Wanted, regulator_pack, write_pack

        if self._proofs is None:
            raise ValueError("a pack needs the proofs of the log")

        def told(done: int, whole: int) -> None:
            if not self._runs.progress(run, done, whole):
                raise Superseded

        self._casework.views.catch_up()
        wanted = Wanted(run.start, run.end, zone=self._zone, **run.asked)
        try:
            files = regulator_pack(self._casework, self._proofs, wanted, told)
        except LogTooShort as short:
            logger.warning("pack_log_too_short", run=run.id, reason=str(short))
            self._runs.fail(run, "log_size")
            return
        path = self._folder / run.id / f"regulator-pack-{run.start}-{run.end}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pack(files, path)
        self._runs.finish(run, {path.name: digest_of(path.read_bytes())})
        logger.info("pack_made", run=run.id, files=len(files))

    def _signing(self) -> Signing | None:
        return None if self._settings is None else signing_of(self._settings)


class _Steps:
    """How far a run is: the pages of its documents, and after them what it changes."""

    def __init__(self, runs: ReportRuns, run: ReportRun, languages: Sequence[Language], beside: int) -> None:
        """``beside`` is how many steps come after the documents."""
        self._runs, self._run, self._languages = runs, run, languages
        self._beside, self._documents = beside, 0

    def of_documents(self, name: str, step: int, of: int) -> None:
        """A document goes on. Raises ``Superseded``."""
        places = enumerate(self._languages)
        before = next((place for place, one in places if name.endswith(f".{one.value}.pdf")), 0)
        self._documents = len(self._languages) * of
        self._tell(before * of + step)

    def of_changes(self, looked: int, whole: int) -> None:
        """So much of the log has been looked at. Raises ``Superseded``."""
        self._tell(self._documents + self._beside * looked // max(whole, 1))

    def done(self) -> None:
        """All of it is made. Raises ``Superseded``."""
        if self._beside:
            self._tell(self._documents + self._beside)

    def _tell(self, done: int) -> None:
        if not self._runs.progress(self._run, done, self._documents + self._beside):
            raise Superseded
