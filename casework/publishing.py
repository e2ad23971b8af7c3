"""Publishing reports through their door: a finished run is proposed by one officer and published by another.

All reports of a period are one stream, so no two of them can become public side by side. The bytes of every file are
kept under their digest when the report is proposed; what is approved, and what the public reads for good, is those.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from casework.application import Casework
from casework.contents import Contents, digest_of
from casework.domain.facts import Actor, Event, Refused
from casework.domain.publication import decisions
from casework.domain.publication.events import REPORT_EVENTS
from casework.domain.publication.state import Edition, PeriodReports, Proposal, fold_reports
from casework.domain.publication.values import PublishedFile, edition_id, period_stream
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import Prepared
from casework.jobs.report_runs import ReportRun, ReportRuns, RunState
from casework.reports import corrections
from casework.settings import Settings
from casework.steps import Form, Words
from casework.views.language import Language
from casework.views.models import figures

_TOPICS = tuple(event.TOPIC for event in REPORT_EVENTS)


class ProposalForm(Form):
    """Which run is proposed; for a correction also why, in both languages."""

    run: str = Field(min_length=1, max_length=40, strict=True)
    why_en: Words | None = None
    why_zh: Words | None = None


class AgreementForm(Form):
    """Which proposal of the period is agreed to."""

    proposal: int = Field(ge=1, strict=True)


class EndingForm(Form):
    """Which proposal is withdrawn or declined, and why."""

    proposal: int = Field(ge=1, strict=True)
    reasons: Words


class Publishing:
    """All reports that were proposed or published by one application."""

    def __init__(self, casework: Casework, contents: Contents, runs: ReportRuns, settings: Settings) -> None:
        self._casework = casework
        self._contents = contents
        self._runs = runs
        self._settings = settings

    def reports(self, start: date, end: date) -> PeriodReports:
        """What was proposed and published of a period."""
        return fold_reports(self._casework.log.load(period_stream(start, end)))

    def periods(self) -> list[PeriodReports]:
        """All periods of which something was proposed, the latest period first."""
        streams: dict[Any, list[Recorded]] = {}
        for recorded in self._casework.log.of_topics(_TOPICS):
            streams.setdefault(recorded.stream, []).append(recorded)
        folded = [fold_reports(history) for history in streams.values()]
        return sorted(folded, key=lambda one: (one.proposals[1].proposed.end, one.proposals[1].proposed.start))[::-1]

    def editions(self) -> list[Edition]:
        """All published reports, the latest period first, of a period the latest edition first."""
        return [edition for period in self.periods() for edition in reversed(period.editions)]

    def edition(self, identifier: str) -> Edition:
        """A published report. Raises ``NotFound``."""
        start, end, number = _read_id(identifier)
        for edition in self.reports(start, end).editions:
            if edition.number == number:
                return edition
        raise NotFound("report")

    def file(self, edition: Edition, name: str) -> bytes:
        """The bytes of a published file. Raises ``NotFound``."""
        found = edition.file(name)
        content = None if found is None else self._contents.get(found.digest)
        if content is None:
            raise NotFound("report file")
        return content

    def proposed_file(self, proposal: Proposal, name: str) -> bytes:
        """The bytes of a file that was proposed. Raises ``NotFound``."""
        found = next((one for one in proposal.proposed.files if one.name == name), None)
        content = None if found is None else self._contents.get(found.digest)
        if content is None:
            raise NotFound("report file")
        return content

    def data(self, edition: Edition) -> Mapping[str, Any]:
        """The published data of a report. Raises ``NotFound``."""
        return _data(self.file(edition, _name_of_data(edition.published.files)))

    def data_before(self, moment: datetime) -> Mapping[str, Any] | None:
        """The data of the report that was published last by then and is tied to the log; ``None`` for the first."""
        for edition in sorted(self.editions(), key=lambda one: one.at, reverse=True):
            if edition.at <= moment and "log" in (data := self.data(edition)):
                return data
        return None

    def counting(self, leaf: int) -> list[Edition]:
        """The published reports whose checkpoint holds this leaf of the log: they were computed with it."""
        found = []
        for edition in self.editions():
            log = self.data(edition).get("log")
            if log is not None and leaf < log["size"]:
                found.append(edition)
        return found

    def reasons(self, of: Edition | Proposal) -> Mapping[str, str]:
        """Why a correction was made, by language; empty for what is none."""
        digest = (of.published if isinstance(of, Edition) else of.proposed).reasons
        content = None if digest is None else self._contents.get(digest)
        return {} if content is None else json.loads(content)

    def changes(self, of: Edition | Proposal) -> Mapping[str, Any] | None:
        """What a correction changes (``casework.reports.corrections.document``); ``None`` for what is none."""
        digest = (of.published if isinstance(of, Edition) else of.proposed).changes
        content = None if digest is None else self._contents.get(digest)
        return None if content is None else json.loads(content)

    def said(self, proposal: Proposal) -> str | None:
        """Why a proposal was withdrawn or declined; ``None`` when nothing was said or it was erased."""
        found = None if proposal.reasons is None else self._casework.vault.open(proposal.reasons)
        return None if found is None else found.decode()

    def propose(self, form: ProposalForm, actor: Actor) -> PeriodReports:
        """Propose the files of a run. Raises ``NotFound``, ``Refused`` and ``Conflict``.

        ``report_not_ready`` while it is being made, ``report_language_missing`` unless its documents are there in both
        languages, ``report_files_differ`` where a file is missing or no longer as it was made; otherwise as
        ``propose_report``.
        """
        run = self._runs.get(form.run)
        if run.state is RunState.FAILED:
            raise Refused("report_broken", problem=run.problem or "fault")
        if run.state is not RunState.DONE:
            raise Refused("report_not_ready")
        files = self._read(run)
        _require_both_languages(files)
        data = _data(files[_name_of_data(tuple(_described(files)))])
        latest = self.reports(run.start, run.end).latest
        why = {"en": form.why_en, "zh": form.why_zh} if form.why_en and form.why_zh else None
        beside = [] if latest is None or why is None else [_json(why)]
        digests = self._contents.put([*files.values(), *beside])
        command = decisions.ProposeReport(
            run=run.id,
            start=run.start,
            end=run.end,
            as_of=run.as_of,
            files=tuple(_described(files)),
            # Without any reason it is not meant as a correction; the refusal says what to do.
            corrects=None if latest is None or not (form.why_en or form.why_zh) else latest.number,
            reasons=digests[len(files)] if beside else None,
            # Those against another edition say nothing of this one.
            changes=run.changes if beside and latest is not None and run.corrects == latest.number else None,
            missing=_without_approval(data),
            broken=self._broken(),
        )

        def decide(reports: PeriodReports, now: datetime) -> tuple[Event, ...]:
            return decisions.propose_report(reports, command, actor, now)

        return self._write(run.start, run.end, decide, actor)

    def publish(self, start: date, end: date, form: AgreementForm, actor: Actor) -> PeriodReports:
        """Agree to a proposal: from now on it is public. Raises ``Refused`` and ``Conflict``."""

        def decide(reports: PeriodReports, now: datetime) -> tuple[Event, ...]:
            command = decisions.PublishReport(proposal=form.proposal, kept=self._kept(reports))
            return decisions.publish_report(reports, command, actor)

        return self._write(start, end, decide, actor)

    def withdraw(self, start: date, end: date, form: EndingForm, actor: Actor) -> PeriodReports:
        """Take one's own proposal back. Raises ``Refused`` and ``Conflict``."""
        return self._end(start, end, form, actor, decisions.withdraw_proposal)

    def decline(self, start: date, end: date, form: EndingForm, actor: Actor) -> PeriodReports:
        """Turn a colleague's proposal down. Raises ``Refused`` and ``Conflict``."""
        return self._end(start, end, form, actor, decisions.decline_proposal)

    def _end(
        self,
        start: date,
        end: date,
        form: EndingForm,
        actor: Actor,
        decision: Callable[[PeriodReports, decisions.EndProposal, Actor], tuple[Event, ...]],
    ) -> PeriodReports:
        sealed = self._casework.vault.prepare(f"report:{period_stream(start, end)}", form.reasons.encode())
        command = decisions.EndProposal(proposal=form.proposal, reasons=sealed.reference)
        return self._write(start, end, lambda reports, _now: decision(reports, command, actor), actor, words=[sealed])

    def _read(self, run: ReportRun) -> dict[str, bytes]:
        """The files of a run as it left them. Raises ``Refused("report_files_differ")`` with the names of others."""
        folder, found = self._settings.reports_directory / run.id, dict[str, bytes]()
        for name in run.files:
            try:
                found[name] = (folder / Path(name).name).read_bytes()
            except OSError:
                continue
        differ = [name for name in run.files if name not in found or digest_of(found[name]) != run.digests.get(name)]
        if differ:
            raise Refused("report_files_differ", files=", ".join(differ))
        return found

    def _broken(self) -> str | None:
        """Why figures cannot be trusted now, if so: then no report is proposed, whenever it was made."""
        views = self._casework.views
        views.catch_up([figures.NAME])
        status = next(one for one in views.status() if one.name == figures.NAME)
        return None if status.stuck_at is None else "projection"

    def compare(
        self, run: ReportRun, data: Mapping[str, Any], told: Callable[[int, int], None]
    ) -> tuple[int, str] | None:
        """What the data of a run change against the report of its period that is public: its edition, and a digest.

        The list (``casework.reports.corrections``) is kept under the digest. ``None`` where no report of the period is
        public, or only one as of a moment that is not earlier. ``told`` hears how much of the log has been looked at.
        """
        latest = self.reports(run.start, run.end).latest
        if latest is None or run.as_of <= latest.published.as_of:
            return None
        (digest,) = self._contents.put([_json(self._changes(latest, data, run, told))])
        return latest.number, digest

    def _changes(
        self, latest: Edition, data: Mapping[str, Any], run: ReportRun, told: Callable[[int, int], None]
    ) -> Mapping[str, Any]:
        casework, old = self._casework, self.data(latest)
        changes = corrections.changes_between(old, data)
        between = corrections.Between(
            run.start, run.end, old["report"]["log_position"], data["report"]["log_position"], run.as_of
        )
        causes = corrections.causes_of(
            changes, casework.log, casework.standards, casework.law, self._settings.zone, between, told
        )
        positions = sorted({one.position for found in causes.values() for one in found})
        return corrections.document(changes, causes, corrections.leaves_of(casework.views, positions))

    def _kept(self, reports: PeriodReports) -> tuple[str, ...]:
        """The files of the open proposal whose bytes are here, and are the ones that were proposed."""
        if reports.open is None:
            return ()
        files = reports.open.proposed.files
        found = self._contents.get_many(one.digest for one in files)
        return tuple(one.name for one in files if one.digest in found)

    def _write(
        self,
        start: date,
        end: date,
        decide: Callable[[PeriodReports, datetime], tuple[Event, ...]],
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
    ) -> PeriodReports:
        return self._casework.streams.write(period_stream(start, end), fold_reports, decide, actor, words=words).state


def _read_id(identifier: str) -> tuple[date, date, int]:
    parts = identifier.split(".")
    try:
        start, end, number = date.fromisoformat(parts[0]), date.fromisoformat(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        raise NotFound("report") from None
    if edition_id(start, end, number) != identifier:
        raise NotFound("report")
    return start, end, number


def _described(files: Mapping[str, bytes]) -> list[PublishedFile]:
    return [PublishedFile(name=name, digest=digest_of(one), size=len(one)) for name, one in files.items()]


def _name_of_data(files: Sequence[PublishedFile]) -> str:
    found = next((one.name for one in files if one.name.endswith(".json")), None)
    if found is None:
        raise Refused("report_not_ready")
    return found


def _require_both_languages(files: Mapping[str, bytes]) -> None:
    """A page in each language, and where there is a PDF in one language, in the other too."""
    for ending in ("html", "pdf"):
        found = {language for language in Language for name in files if name.endswith(f".{language.value}.{ending}")}
        if len(found) < len(Language) and (found or ending == "html"):
            raise Refused("report_language_missing")


def _without_approval(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one["section"] for one in data["narrative"] if not one["approved"])


def _data(content: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(content)
    return found


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
