"""The forms of a case, the same for both its sides: read, check, show again without losing what was typed, send.

A form carries the start token of the page it was opened on. When the case has changed since, the person is told what
changed, keeps the text and may go on if the step still stands (ux.md, habit 3). Long forms have stages: ``check`` shows
the answers once more, ``edit`` goes back to them, ``send`` takes the step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import UploadFile

from casework import steps
from casework.application import Casework
from casework.command_ids import is_taken
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import ChallengeGround, ContestGround, MarkBasis
from casework.errors import Invalid
from casework.eventlog.store import Conflict
from casework.steps import AcceptedFile
from casework.views.formatting import format_amount
from casework.views.labels import file_refusal_text
from casework.views.language import gettext
from casework.views.pages import case_steps
from casework.views.pages.case_questions import MOST_CHARACTERS, YES, StepForm, check_answers, misfits, read_answers
from casework.views.pages.case_view import CaseView
from casework.views.presentation import TimelineEntry, events_since
from casework.views.refusals import refusal_text

MOST_REQUEST_BYTES = 128 * 1_048_576
"""Bytes of one form with its files at most."""

MOST_CHECKBOXES = 12
"""With more segments than this their numbers are typed, not ticked."""

TAKEN_KINDS = (
    ".pdf,.txt,.md,.csv,.srt,.vtt,.png,.jpg,.jpeg,.webp,.gif,.mp3,.wav,.ogg,.opus,.flac,.m4a,.aac,"
    ".mp4,.webm,.mkv,.mov,.avi,.mpg,.ts,.ogv"
)
"""What a browser offers when files are chosen; what is taken is decided by content."""

CSRF_FIELD = "_csrf_token"
"""The hidden field that every form has for itself alone."""

STAGED = frozenset({"contests", "challenges"})
"""The steps with files and a stage in which the answers are shown once more; forms of questions say it themselves."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The fields of a form as sent, and its files by name and content."""

    fields: Mapping[str, tuple[str, ...]]
    files: tuple[tuple[str, bytes], ...]

    def text(self, name: str) -> str:
        """A field that comes once, with plain line ends and without blanks around it."""
        values = self.fields.get(name, ())
        return steps.typed(values[-1].replace("\r\n", "\n").replace("\r", "\n")) if values else ""


async def read_form(request: Request[Any, Any, Any]) -> Submitted:
    """The form of a request, with its files in memory; the route limits how large it may be."""
    form = await request.form()
    fields: dict[str, list[str]] = {}
    files = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            # A browser sends an empty part without a name when no file was chosen.
            if value.filename:
                files.append((value.filename, await value.read()))
        else:
            fields.setdefault(name, []).append(str(value))
    return Submitted({name: tuple(values) for name, values in fields.items()}, tuple(files))


@dataclass(slots=True)
class Draft:
    """A form on its way: what was typed and what is wrong with it. ``values`` are texts, or lists of them."""

    step: str
    stage: str
    values: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)
    changes: Sequence[TimelineEntry] = ()
    refused: str = ""
    form: StepForm | None = None

    @property
    def staged(self) -> bool:
        """Whether the answers are shown once more before they are sent."""
        return self.step in STAGED if self.form is None else self.form.staged

    @property
    def typed(self) -> tuple[str, ...]:
        """The texts that somebody wrote, for a form that can no longer be sent."""
        if self.form is None:
            names: tuple[str, ...] = ("reasons", "exceptions_considered", "statement")
        else:
            names = tuple(one.name for one in self.form.questions if one.kind in ("words", "line"))
        return tuple(text for name in names if (text := self.values.get(name)))

    @property
    def errors(self) -> list[dict[str, str]]:
        """For the error summary."""
        listed = [{"href": f"#{self.step}-{name}", "text": text} for name, text in self.wrong.items()]
        if self.refused:
            listed.insert(0, {"href": f"#{self.step}", "text": self.refused})
        return listed

    @property
    def faulty(self) -> bool:
        """Whether the person must look at the form again."""
        return bool(self.wrong or self.refused or self.changes)


@dataclass(frozen=True, slots=True)
class Taken:
    """The step was taken."""

    step: str


def take_step(
    casework: Casework,
    actor: Actor,
    view: CaseView,
    step: str,
    submitted: Submitted,
    *,
    most_file_bytes: int,
    zone: tzinfo,
) -> Draft | Taken:
    """Check a form and take its step; a ``Draft`` is to be shown again. Raises ``NotFound`` for the case alone."""
    stage = submitted.text("stage") or "send"
    form = case_steps.step_form(step, view)
    values = _read(step, submitted) if form is None else _answers(form, view, submitted)
    draft = Draft(step, stage if stage in ("edit", "check", "send") else "send", values, form=form)
    key = _key(view.id, actor.role, step, submitted)
    if draft.stage == "send" and is_taken(casework.vault, actor, key, view.history):
        return Taken(step)
    standing = view.steps.get(step)
    if standing is None or not standing.allowed:
        draft.stage = "edit"
        draft.refused = gettext("This step is no longer possible.") if standing is None else standing.why_not
        return draft
    draft.changes = events_since(view.history, actor.role, submitted.text("start_token"))
    if draft.stage == "edit" and draft.staged:
        return draft
    if form is None:
        draft.wrong = _check(view, step, values)
    else:
        draft.wrong = check_answers(form.questions, values, zone) or case_steps.cross_faults(step, values)
    if draft.wrong:
        draft.stage = "edit"
        return draft
    if draft.changes or (draft.stage == "check" and draft.staged):
        return draft
    return _send(casework, actor, view.id, draft, submitted, most_file_bytes, zone, key)


def _answers(form: StepForm, view: CaseView, submitted: Submitted) -> dict[str, Any]:
    """The answers to a form of questions; agreeing to an offer repeats what it says."""
    values = read_answers(form.questions, submitted.fields)
    offer = view.lines.settlement
    if form.step == "settlements" and submitted.text("accept") == YES and offer is not None:
        values |= {"availability": offer.availability, "terms": offer.terms or "-"}
    return values


def _read(step: str, submitted: Submitted) -> dict[str, Any]:
    names = {
        "marks": ("basis", "provision", "statement", "truthful"),
        "contests": ("ground", "reasons", "segment_numbers"),
        "challenges": ("ground", "reasons", "exceptions_considered"),
        "statements": ("statement",),
        "withdrawals": ("subject",),
    }
    values: dict[str, Any] = {name: submitted.text(name) for name in names.get(step, ())}
    if step == "contests":
        values["segments"] = list(submitted.fields.get("segments", ()))
    return values


# Checks, each field with the sentence that stands beside it -----------------------------------------------------------


def _check(view: CaseView, step: str, values: Mapping[str, Any]) -> dict[str, str]:
    checks: dict[str, Callable[[Mapping[str, Any], CaseView], dict[str, str]]] = {
        "marks": _check_mark,
        "contests": _check_contest,
        "challenges": _check_challenge,
        "statements": _check_statement,
    }
    check = checks.get(step)
    wrong = {} if check is None else check(values, view)
    for name, value in values.items():
        if isinstance(value, str) and name not in wrong:
            if len(value) > MOST_CHARACTERS:
                wrong[name] = gettext("Use at most %(most)s characters") % {"most": MOST_CHARACTERS}
            elif "\x00" in value:
                wrong[name] = gettext("There is a character in the text that cannot be kept")
    return wrong


def _check_mark(values: Mapping[str, Any], view: CaseView) -> dict[str, str]:
    wrong = {}
    if values["basis"] not in {basis.value for basis in MarkBasis}:
        wrong["basis"] = gettext("Choose why the use is lawful")
    elif values["basis"] == MarkBasis.STATUTORY_EXCEPTION.value and values["provision"] not in {
        use.id for use in view.lines.lawful_uses
    }:
        wrong["provision"] = gettext("Choose which lawful use of the Copyright Law applies")
    if not values["truthful"]:
        wrong["truthful"] = gettext("Confirm that what you say is true")
    return wrong


def _check_contest(values: Mapping[str, Any], view: CaseView) -> dict[str, str]:
    wrong = {}
    if values["ground"] not in {ground.value for ground in ContestGround}:
        wrong["ground"] = gettext("Choose why the block is wrong")
    if not values["reasons"]:
        wrong["reasons"] = gettext("Give your reasons")
    try:
        segment_choice(values, len(view.match.segments))
    except ValueError:
        wrong["segment_numbers"] = gettext("Give segments by their numbers in the table, such as 1, 3-5")
    return wrong


def _check_challenge(values: Mapping[str, Any], view: CaseView) -> dict[str, str]:
    wrong = {}
    if values["ground"] not in {ground.value for ground in ChallengeGround}:
        wrong["ground"] = gettext("Choose why the use is not lawful")
    if not values["reasons"]:
        wrong["reasons"] = gettext("Give your reasons")
    if not values["exceptions_considered"]:
        wrong["exceptions_considered"] = gettext("Say which exceptions you considered and why they do not apply")
    return wrong


def _check_statement(values: Mapping[str, Any], view: CaseView) -> dict[str, str]:
    return {} if values["statement"] else {"statement": gettext("Write your statement")}


def segment_choice(values: Mapping[str, Any], segments: int) -> tuple[int, ...]:
    """Numbers of segments, from 0, from ticked boxes or from typed numbers such as ``1, 3-5``; none means all.

    Raises ``ValueError`` for what is no number of a segment.
    """
    chosen: set[int] = set()
    typed = values.get("segment_numbers", "").replace("，", ",").replace("、", ",").replace("–", "-")
    for part in (*values.get("segments", ()), *filter(None, (one.strip() for one in typed.split(",")))):
        first, dash, last = part.partition("-")
        low = _segment_number(first, segments)
        chosen.update(range(low, (_segment_number(last, segments) if dash else low) + 1))
    return tuple(sorted(chosen))


def _segment_number(text: str, segments: int) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 1 <= int(digits) <= segments):
        raise ValueError(text)
    return int(digits) - 1


# Sending -------------------------------------------------------------------------------------------------------------


def _send(
    casework: Casework,
    actor: Actor,
    case_id: UUID,
    draft: Draft,
    submitted: Submitted,
    most_file_bytes: int,
    zone: tzinfo,
    key: str,
) -> Draft | Taken:
    files: tuple[AcceptedFile, ...] = ()
    if draft.step in ("contests", "challenges", "evidence"):
        try:
            files = steps.accept_files(submitted.files, limit_bytes=most_file_bytes)
        except Invalid as invalid:
            draft.wrong["files"] = _file_faults(invalid, submitted, most_file_bytes)
        if draft.step == "evidence" and not submitted.files:
            draft.wrong["files"] = gettext("Choose at least one file")
        if draft.wrong:
            draft.stage = "check" if draft.step in STAGED else "edit"
            return draft
    try:
        if draft.form is None:
            _take(casework, actor, case_id, draft, files, key)
        else:
            case_steps.take(casework, case_id, actor, draft.form, draft.values, key, zone)
    except Refused as refused:
        draft.stage, draft.refused = "edit", refusal_text(refused)
        return draft
    except Conflict:
        draft.refused = gettext("Others changed this at the same moment. Nothing was saved; please try again.")
        return draft
    except Invalid as invalid:
        draft.stage = "edit"
        draft.wrong = {} if draft.form is None else misfits(draft.form.questions, invalid)
        draft.refused = "" if draft.wrong else gettext("There is a character in the text that cannot be kept")
        return draft
    return Taken(draft.step)


def _key(case_id: UUID, role: Role, step: str, submitted: Submitted) -> str:
    """The same form sent twice, such as by two clicks, is one step; its start token keeps later equal forms apart."""
    typed = sorted((name, values) for name, values in submitted.fields.items() if name != CSRF_FIELD)
    files = [(name, hashlib.sha256(content).hexdigest()) for name, content in submitted.files]
    opened = f"{case_id}:{role}:{step}:{typed}:{files}"
    return hashlib.sha256(opened.encode("utf-8", "surrogatepass")).hexdigest()


def _take(
    casework: Casework, actor: Actor, case_id: UUID, draft: Draft, files: Sequence[AcceptedFile], key: str
) -> None:
    values = draft.values
    if draft.step == "marks":
        exception = values["basis"] == MarkBasis.STATUTORY_EXCEPTION.value
        fields = {
            "basis": values["basis"],
            "provision": values["provision"] if exception else None,
            "statement": values["statement"] or None,
            "truthful": True,
        }
        steps.mark(casework, case_id, actor, steps.parse(steps.MarkForm, fields), idempotency_key=key)
    elif draft.step == "contests":
        known = len(casework.case(case_id).decision.evidence.segments)
        fields = {
            "ground": values["ground"],
            "reasons": values["reasons"],
            "segments": segment_choice(values, known),
        }
        contest = steps.parse(steps.ContestForm, fields)
        steps.contest(casework, case_id, actor, contest, files=files, idempotency_key=key)
    elif draft.step == "challenges":
        challenge = steps.parse(steps.ChallengeForm, values)
        steps.challenge(casework, case_id, actor, challenge, files=files, idempotency_key=key)
    elif draft.step == "statements":
        steps.statement(casework, case_id, actor, steps.parse(steps.StatementForm, values), idempotency_key=key)
    elif draft.step == "evidence":
        steps.evidence(casework, case_id, actor, files, idempotency_key=key)
    else:
        form = steps.parse(
            steps.WithdrawalForm, {"subject": values["subject"] if values["subject"] in set(steps.Withdrawn) else None}
        )
        steps.withdraw(casework, case_id, actor, form, idempotency_key=key)


def _file_faults(invalid: Invalid, submitted: Submitted, most_file_bytes: int) -> str:
    """The reason of each file that was refused, in one text."""
    limit = size_limit(most_file_bytes)
    found = []
    for error in invalid.errors:
        number = error.pointer.rpartition("/")[2]
        if number.isdigit():
            name = submitted.files[int(number)][0]
            found.append(file_refusal_text(error.code, name[:100], limit))
        else:
            found.append(gettext("Send at most %(most)s files at once") % {"most": steps.MOST_FILES})
    return gettext("; ").join(found)


def size_limit(most_bytes: int) -> str:
    """The most bytes of a file in words: whole megabytes where it is that many."""
    megabytes, rest = divmod(most_bytes, 1_048_576)
    return format_amount(most_bytes, "bytes") if rest else gettext("%(number)s MB") % {"number": megabytes}
