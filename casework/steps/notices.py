"""The steps of notice and counter-notice, and how their statutory contents come in and are completed.

The words of a notice are one item of the vault: JSON with the text, or ``true``, of each element. A cure merges what
is new into what was there, so that the latest item always holds the whole notice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from casework.application import Casework, Handled
from casework.domain.case import counter_notices, notices, warnings
from casework.domain.case.state import Case, CounterNotice, Notice
from casework.domain.facts import Actor, Command, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents
from casework.domain.values import Measure, Moment, OutsideForum, PauseCause, VaultReference, WarningAnswer, storable
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared, Vault
from casework.intake import pointer
from casework.steps.forms import Confirmed, Form, Words, missing, superfluous
from casework.steps.keeping import JSON, about_case, keep, keep_or_none, kept_already, key_of

LONGEST_ELEMENT = 20_000
"""Characters of one element at most, as of any text."""

KNOWN = tuple(one.value for one in NoticeElement)
"""Every element that some regime asks for."""

STATEMENTS = frozenset(
    {
        NoticeElement.TRUTHFULNESS_GUARANTEE,
        NoticeElement.GOOD_FAITH_STATEMENT,
        NoticeElement.ACCURACY_STATEMENT,
        NoticeElement.AUTHORITY_UNDER_PERJURY,
        NoticeElement.MISTAKE_STATEMENT_UNDER_PERJURY,
        NoticeElement.JURISDICTION_CONSENT,
    }
)
"""Elements that are a statement: ``true`` makes it. The others need words."""


def _said(value: Any) -> str | bool:
    """What was given for an element: a text without blanks around it, or whether the statement is made."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("element_type", "must be a text, or true for a statement")
    text = storable(value.strip())
    if len(text) > LONGEST_ELEMENT:
        raise PydanticCustomError("string_too_long", "must have at most {most} characters", {"most": LONGEST_ELEMENT})
    return text


Elements = Annotated[
    dict[str, Annotated[str | bool, PlainValidator(_said)]],
    Field(max_length=2 * len(NoticeElement)),
    WithJsonSchema(
        {
            "type": "object",
            "description": "By element of the regime: a text, or true for a statement. Blank and false mean missing.",
            "properties": {
                one.value: {"type": ["string", "boolean"] if one in STATEMENTS else "string", "maxLength": 20_000}
                for one in NoticeElement
            },
            "additionalProperties": False,
        }
    ),
]
"""Statutory elements by their ids; what is blank or ``false`` counts as missing."""

Given = Mapping[NoticeElement, str | bool]


class NoticeForm(Form):
    """``notices``: the elements that the regime asks for; sent again, they complete a deficient notice.

    ``items`` counts the exact locations named; ``measure_sought`` is what the sender asks for.
    """

    elements: Elements
    items: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 1
    measure_sought: Measure | None = None

    def faults(self) -> Iterable[FieldError]:
        """Every element has to be one that the law knows, in its kind."""
        return element_faults(self.elements)


class CounterNoticeForm(Form):
    """``counter-notices``: the elements that the regime asks for; sent again, they complete a deficient one."""

    elements: Elements

    def faults(self) -> Iterable[FieldError]:
        """Every element has to be one that the law knows, in its kind."""
        return element_faults(self.elements)


class WarningAnswerForm(Form):
    """``warning-answers``: notify (with the ``notice``), tolerate, or license (with the words of the ``licence``)."""

    answer: WarningAnswer
    licence: Words | None = None
    notice: NoticeForm | None = None

    def faults(self) -> Iterable[FieldError]:
        """Each answer has what belongs to it and nothing else."""
        for name, answer in (("notice", WarningAnswer.NOTIFY), ("licence", WarningAnswer.LICENSE)):
            given = getattr(self, name) is not None
            if given and self.answer is not answer:
                yield superfluous(name, f"with {self.answer}")
            elif self.answer is answer and not given:
                yield missing(name, f"to {answer}")
        if self.notice is not None:
            for fault in self.notice.faults():
                yield FieldError(f"/notice{fault.pointer}", fault.code, fault.detail)


class IntakeDecisionForm(Form):
    """``intake-decisions``: whether a notice or counter-notice is complete and, for a notice, which measure follows.

    ``reasons`` of an accepted notice go to both sides, of a rejected one to its sender, ``remarks`` on a deficient one
    to its sender. Elements that are missing by the record are added to ``missing``.
    """

    subject: Literal["notice", "counter_notice"]
    decision: Literal["accept", "deficient", "reject"]
    measure: Measure | None = None
    reasons: Words | None = None
    missing: Annotated[tuple[NoticeElement, ...], Field(max_length=len(NoticeElement))] = ()
    remarks: Words | None = None

    def faults(self) -> Iterable[FieldError]:
        """Each decision has what belongs to it and nothing else."""
        chosen = f"to {self.decision} a {self.subject}"
        if self.subject == "counter_notice" and self.decision == "reject":
            yield FieldError("/decision", "not_rejectable", "a counter-notice is accepted or found deficient")
            return
        upon_notice = self.subject == "notice" and self.decision in ("accept", "reject")
        needed = {"measure": upon_notice and self.decision == "accept", "reasons": upon_notice}
        for name, is_needed in needed.items():
            given = getattr(self, name) is not None
            if is_needed and not given:
                yield missing(name, chosen)
            elif given and not is_needed:
                yield superfluous(name, chosen)
        if self.decision != "deficient":
            if self.missing:
                yield superfluous("missing", chosen)
            if self.remarks is not None:
                yield superfluous("remarks", chosen)


class DeliveryForm(Form):
    """``deliveries``: when the counter-notice reached the right holder; left out, it is now."""

    delivered_at: Moment | None = None


class WaitPauseForm(Form):
    """``wait-pauses``: working days of notarisation or authentication that the wait does not count."""

    cause: PauseCause
    working_days: Annotated[int, Field(ge=1, le=366, strict=True)]
    proof: Words


class LegalActionForm(Form):
    """``legal-actions``: the right holder went to court or to the authority; possible in every state.

    ``names_uploader`` and ``names_item``: the proof names them, as a stay of the wait demands.
    """

    forum: Literal[OutsideForum.COURT, OutsideForum.AUTHORITY]
    proof: Words
    names_uploader: Confirmed
    names_item: Confirmed


def element_faults(elements: Mapping[str, str | bool]) -> Iterable[FieldError]:
    """Elements that the law does not know, and ``true`` where words are needed."""
    for name, value in elements.items():
        if name not in KNOWN:
            yield _unknown_element(name, KNOWN)
        elif value is True and name not in STATEMENTS:
            yield FieldError(_pointer(name), "element_type", "must be a text: only statements can be true")


def _unknown_element(name: str, known: Collection[str]) -> FieldError:
    return FieldError(_pointer(name), "element_unknown", f"must be one of {', '.join(known)}")


def _pointer(element: str) -> str:
    return pointer(("elements", element))[:200]


def _given(elements: Mapping[str, str | bool]) -> dict[NoticeElement, str | bool]:
    """What was in fact supplied, in the order of the closed list."""
    return {one: elements[one] for one in NoticeElement if elements.get(one, False)}


def notify(
    casework: Casework, case_id: UUID, actor: Actor, form: NoticeForm, *, idempotency_key: str | None = None
) -> Handled:
    """Give notice, or complete the one that was found deficient."""
    words: list[Prepared] = []
    build = _notice(casework, case_id, actor, form, words)
    key = key_of(casework, "notices", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, words=words, command_id=key)


def _notice(
    casework: Casework, case_id: UUID, actor: Actor, form: NoticeForm, words: list[Prepared], at: str = ""
) -> Callable[[Case], notices.ReceiveNotice]:
    """The command by the case that it meets. Raises ``Invalid`` for elements that the regime does not ask for."""
    given = _given(form.elements)
    content = _Content(casework.vault, words, actor, given)

    def build(case: Case) -> notices.ReceiveNotice:
        regime = casework.circumstances(case, actor).regime
        _check_regime(form.elements, None if regime is None else regime.notice, at)
        return notices.ReceiveNotice(
            elements=tuple(given),
            content=content.after(_cured(casework, notices.open_notice(case), actor, Role.RIGHT_HOLDER)),
            items=form.items,
            measure_sought=form.measure_sought,
        )

    return build


def counter(
    casework: Casework, case_id: UUID, actor: Actor, form: CounterNoticeForm, *, idempotency_key: str | None = None
) -> Handled:
    """Give a counter-notice, or complete the one that was found deficient."""
    words: list[Prepared] = []
    given = _given(form.elements)
    content = _Content(casework.vault, words, actor, given)

    def build(case: Case) -> Command:
        regime = casework.circumstances(case, actor).regime
        _check_regime(form.elements, None if regime is None else regime.counter_notice)
        last = None if case.notice is None else case.notice.counter_notice
        still_open = last if last is not None and last.lapsed_at is None else None
        kept = content.after(_cured(casework, still_open, actor, Role.UPLOADER))
        return counter_notices.ReceiveCounterNotice(elements=tuple(given), content=kept)

    key = key_of(casework, "counter-notices", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, words=words, command_id=key)


def _check_regime(elements: Mapping[str, str | bool], contents: Contents | None, at: str = "") -> None:
    known: tuple[str, ...] = KNOWN if contents is None else contents.ids
    faults = [_unknown_element(name, known) for name in elements if name not in known]
    if faults:
        raise Invalid(tuple(FieldError(f"{at}{one.pointer}", one.code, one.detail) for one in faults))


Sent = TypeVar("Sent", Notice, CounterNotice)


def _cured(casework: Casework, sent: Sent | None, actor: Actor, sender: Role) -> VaultReference | None:
    """The words of what this actor sent and now completes; ``None`` where nothing is to be completed any more."""
    if sent is None or sent.deficiency is None or actor.role is not sender:
        return None
    return sent.content if casework.clock.now() < sent.deficiency.cure_until else None


class _Content:
    """The words of a notice, merged with those of the deficient one that it completes.

    A command may be decided several times while others write to its case; what it refers to has to be in the vault each
    time, so words made after the first time are stored at once.
    """

    def __init__(self, vault: Vault, words: list[Prepared], actor: Actor, given: Given) -> None:
        self._vault = vault
        self._words = words
        self._actor = actor
        self._given = given
        self._made: dict[str | None, VaultReference] = {}

    def after(self, earlier: VaultReference | None) -> VaultReference:
        """The place of the merged words; the same for the same earlier ones."""
        base = None if earlier is None else earlier.id
        if base not in self._made:
            kept = {} if earlier is None else read_elements(self._vault.open(earlier))
            merged = {**kept, **{one.value: value for one, value in self._given.items()}}
            prepared = Vault.prepare(self._actor.id, _canonical(merged), JSON)
            if self._made:
                self._vault.store([prepared])
            self._words.append(prepared)
            self._made[base] = prepared.reference
        return self._made[base]


def _canonical(elements: Mapping[str, str | bool]) -> bytes:
    plain = {"elements": dict(elements)}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_elements(content: bytes | None) -> dict[str, str | bool]:
    """The elements in the words of a notice; none when they have been erased."""
    if content is None:
        return {}
    elements: dict[str, str | bool] = json.loads(content)["elements"]
    return elements


def answer_warning(
    casework: Casework, case_id: UUID, actor: Actor, form: WarningAnswerForm, *, idempotency_key: str | None = None
) -> Handled:
    """Say what the right holder makes of the use."""
    words: list[Prepared] = []
    licence = keep_or_none(words, actor.id, form.licence)
    make = None if form.notice is None else _notice(casework, case_id, actor, form.notice, words, "/notice")

    def build(case: Case) -> Command:
        notice = None if make is None else make(case)
        return warnings.AnswerWarning(answer=form.answer, licence=licence, notice=notice)

    key = key_of(casework, "warning-answers", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, words=words, command_id=key)


def decide_intake(
    casework: Casework, case_id: UUID, actor: Actor, form: IntakeDecisionForm, *, idempotency_key: str | None = None
) -> Handled:
    """Decide on a notice or counter-notice: accept, find deficient, reject."""
    words: list[Prepared] = []
    key = key_of(casework, "intake-decisions", actor, idempotency_key, form)
    wish = intake_command(case_id, casework.case(case_id), form, words)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def intake_command(case_id: UUID, case: Case, form: IntakeDecisionForm, words: list[Prepared]) -> Command:
    """The command of an intake decision; its words are added to ``words``.

    Reasons concern both sides; remarks on what is missing concern the sender alone.
    """
    upon_notice = form.subject == "notice"
    if form.decision == "deficient":
        remarks = keep_or_none(words, case.right_holder if upon_notice else case.uploader, form.remarks)
        if upon_notice:
            return notices.FindNoticeDeficient(missing=form.missing, remarks=remarks)
        return counter_notices.FindCounterNoticeDeficient(missing=form.missing, remarks=remarks)
    if not upon_notice:
        return counter_notices.AcceptCounterNotice()
    if form.decision == "reject":
        return notices.RejectNotice(reasons=keep(words, case.right_holder, _needed(form.reasons)))
    reasons = keep(words, about_case(case_id), _needed(form.reasons))
    return notices.AcceptNotice(measure=_needed(form.measure), reasons=reasons)


Needed = TypeVar("Needed")


def _needed(value: Needed | None) -> Needed:
    assert value is not None  # noqa: S101 - the form has refused its absence
    return value


def confirm_delivery(
    casework: Casework, case_id: UUID, actor: Actor, form: DeliveryForm, *, idempotency_key: str | None = None
) -> Handled:
    """Record when the counter-notice reached the right holder."""
    wish = counter_notices.ConfirmDelivery(delivered_at=form.delivered_at or casework.clock.now())
    key = key_of(casework, "deliveries", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, command_id=key)


def pause_wait(
    casework: Casework, case_id: UUID, actor: Actor, form: WaitPauseForm, *, idempotency_key: str | None = None
) -> Handled:
    """Have days of notarisation or authentication left out of the wait; the same request again counts once."""
    words: list[Prepared] = []
    own_words = keep(words, actor.id, form.proof)

    def build(case: Case) -> Command:
        counter = None if case.notice is None else case.notice.counter_notice
        known = () if counter is None else tuple(one.proof for one in counter.pauses)
        proof = kept_already(casework, form.proof, known) or own_words
        return counter_notices.PauseWait(cause=form.cause, working_days=form.working_days, proof=proof)

    key = key_of(casework, "wait-pauses", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, words=words, command_id=key)


def report_legal_action(
    casework: Casework, case_id: UUID, actor: Actor, form: LegalActionForm, *, idempotency_key: str | None = None
) -> Handled:
    """Report that the right holder went to court or to the authority."""
    words: list[Prepared] = []
    wish = counter_notices.ReportLegalAction(
        forum=form.forum,
        proof=keep(words, actor.id, form.proof),
        names_uploader=form.names_uploader,
        names_item=form.names_item,
    )
    key = key_of(casework, "legal-actions", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)
