"""The check of a notice or counter-notice: the list of the law beside what was sent, and the officer's decision."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casework import steps
from casework.application import Casework
from casework.command_ids import repeats
from casework.domain.case.notices import is_presumed_lawful
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import MEASURES, Measure
from casework.errors import Invalid
from casework.steps.keeping import key_of
from casework.views.api.case_lines import CounterNoticeAnswer, NoticeAnswer
from casework.views.labels import availability_label
from casework.views.language import gettext
from casework.views.pages.case_lines import ElementView
from casework.views.pages.case_questions import MOST_CHARACTERS, Choice
from casework.views.pages.case_view import CaseView
from casework.views.pages.intake_steps import Fields, refusal_of, text_of
from casework.views.presentation import TimelineEntry
from casework.views.regime_labels import measure_label

NOTICE, COUNTER_NOTICE = "notice", "counter_notice"
ACCEPT, DEFICIENT, REJECT = "accept", "deficient", "reject"


@dataclass(frozen=True, slots=True)
class Checked:
    """What lies on the desk: the notice or counter-notice, its elements, and what may be decided on it.

    ``cure_until``: it was found deficient and its sender has until then. ``cure_would_end``: until when the sender
    would have, were it found deficient now.
    """

    subject: str
    sent: NoticeAnswer | CounterNoticeAnswer
    elements: tuple[ElementView, ...]
    law: str
    measures: tuple[Choice, ...]
    cure_until: datetime | None
    cure_would_end: datetime
    restores: str

    @property
    def missing(self) -> tuple[ElementView, ...]:
        """What the record lacks, or a person found wanting."""
        return tuple(one for one in self.elements if one.missing)

    @property
    def given(self) -> tuple[ElementView, ...]:
        """What was sent and may still be found wanting."""
        return tuple(one for one in self.elements if not one.missing)

    @property
    def is_notice(self) -> bool:
        """Whether it is a notice, not a counter-notice."""
        return self.subject == NOTICE

    def label_of(self, element: str) -> str:
        """The name of an element on this page."""
        return next((one.label for one in self.elements if one.id == element), element)


def checked_of(view: CaseView) -> Checked | None:
    """What of this case is to be checked, or waits for its sender; ``None`` where nothing is."""
    lines, case = view.lines, view.case
    notice = lines.notice
    if notice is None or case.withdrawn_at is not None or case.notice is None or case.notice.ended_at is not None:
        return None
    sent: NoticeAnswer | CounterNoticeAnswer | None = None
    if case.notice.stage is Procedure.NOTICE_CHECK:
        subject, sent = NOTICE, notice
    elif case.notice.stage is Procedure.COUNTER_CHECK:
        subject, sent = COUNTER_NOTICE, notice.counter_notice
    if sent is None:
        return None
    return Checked(
        subject=subject,
        sent=sent,
        elements=lines.elements(sent),
        law=lines.regime_title,
        measures=_measures(view) if subject == NOTICE else (),
        cure_until=sent.cure_until,
        cure_would_end=view.now + view.standard.procedure.cure,
        restores=_what_follows(view) if subject == COUNTER_NOTICE else "",
    )


def _measures(view: CaseView) -> tuple[Choice, ...]:
    """What the law knows; what is presumed lawful is never blocked before a ruling (invariant 1)."""
    regime = view.lines.regime
    lawful = tuple(Measure) if regime is None else regime.measures.lawful
    presumed = is_presumed_lawful(view.case)
    allowed = tuple(one for one in lawful if not (presumed and one is Measure.BLOCK)) or (Measure.NONE,)
    return tuple(Choice(one.value, measure_label(one), _what_is_seen(one)) for one in allowed)


def _what_is_seen(measure: Measure) -> str:
    if measure is Measure.NONE:
        return gettext("The upload stays as it is.")
    return gettext("The public sees: %(availability)s") % {"availability": availability_label(MEASURES[measure].value)}


def _what_follows(view: CaseView) -> str:
    """What the acceptance of a counter-notice leads to."""
    regime = view.lines.regime
    if regime is None:
        return ""
    if regime.waits:
        told = gettext("It goes to the right holder, and the measure stays for the wait: %(wait)s.")
        return told % {"wait": view.lines.wait_words}
    return gettext("It goes to the right holder, and the upload returns at once.")


@dataclass(slots=True)
class Decision:
    """The decision in the making, as typed, and what is wrong with it."""

    decision: str = ""
    measure: str = ""
    reasons_accept: str = ""
    reasons_reject: str = ""
    missing: tuple[str, ...] = ()
    remarks: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    changes: Sequence[TimelineEntry] = ()

    @property
    def errors(self) -> list[dict[str, str]]:
        """For the error summary."""
        listed = [{"href": f"#{name}", "text": said} for name, said in self.wrong.items()]
        return [{"href": "#check", "text": self.refused}, *listed] if self.refused else listed

    @property
    def typed(self) -> tuple[str, ...]:
        """What somebody wrote, for a form that can no longer be sent."""
        return tuple(one for one in (self.reasons_accept, self.reasons_reject, self.remarks) if one)

    @property
    def reasons(self) -> str:
        """The reasons that go with the decision."""
        return {ACCEPT: self.reasons_accept, REJECT: self.reasons_reject}.get(self.decision, "")

    def missing_of(self, checked: Checked) -> list[str]:
        """What the letter will name: what the record lacks and what the officer ticked, in the order of the law."""
        return [one.label for one in checked.elements if one.missing or one.id in self.missing]

    def check(self, checked: Checked) -> None:
        """Say what is wrong, field by field."""
        allowed = {ACCEPT, DEFICIENT, REJECT} if checked.is_notice else {ACCEPT, DEFICIENT}
        if self.decision not in allowed:
            self.wrong["decision"] = gettext("Choose what you decide")
        elif self.decision == ACCEPT and checked.is_notice:
            if self.measure not in {one.value for one in checked.measures}:
                self.wrong["measure"] = gettext("Choose the measure")
            self._check_text("reasons_accept", self.reasons_accept)
        elif self.decision == REJECT:
            self._check_text("reasons_reject", self.reasons_reject)
        elif self.decision == DEFICIENT:
            if not self.missing_of(checked):
                self.wrong["missing"] = gettext("Tick what is missing; if nothing is, accept")
            self._check_text("remarks", self.remarks, needed=False)

    def _check_text(self, name: str, text: str, *, needed: bool = True) -> None:
        if needed and not text:
            self.wrong[name] = gettext("Give your reasons")
        elif len(text) > MOST_CHARACTERS:
            self.wrong[name] = gettext("Use at most %(most)s characters") % {"most": MOST_CHARACTERS}
        elif "\x00" in text:
            self.wrong[name] = gettext("There is a character in the text that cannot be kept")

    def take(self, casework: Casework, view: CaseView, actor: Actor, subject: str, token: str) -> bool:
        """Whether the decision was taken; if not, ``refused`` says why."""

        def send() -> None:
            form = self.form(subject)
            steps.decide_intake(casework, view.id, actor, form, idempotency_key=self._key(view, subject, token))

        self.refused = refusal_of(send)
        return not self.refused

    def is_taken(self, casework: Casework, view: CaseView, actor: Actor, subject: str, token: str) -> bool:
        """Whether this very form has come in before, such as by a second click."""
        try:
            form = self.form(subject)
        except Invalid:
            return False
        known = key_of(casework, "intake-decisions", actor, self._key(view, subject, token), form)
        return repeats(view.history, known)

    def form(self, subject: str) -> steps.IntakeDecisionForm:
        """The body of the step; what belongs to another decision is left out. Raises ``Invalid``."""
        said: dict[str, Any] = {"subject": subject, "decision": self.decision}
        if self.decision == DEFICIENT:
            said["missing"], said["remarks"] = list(self.missing), self.remarks or None
        elif subject == NOTICE:
            said["reasons"] = self.reasons
            if self.decision == ACCEPT:
                said["measure"] = self.measure
        return steps.parse(steps.IntakeDecisionForm, said)

    def _key(self, view: CaseView, subject: str, token: str) -> str:
        said = (str(view.id), subject, token, self.decision, self.measure, self.missing, self.remarks, self.reasons)
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def read_decision(fields: Fields) -> Decision:
    """What a posted form says."""
    return Decision(
        decision=text_of(fields, "decision"),
        measure=text_of(fields, "measure"),
        reasons_accept=text_of(fields, "reasons_accept"),
        reasons_reject=text_of(fields, "reasons_reject"),
        missing=tuple(one.value for one in NoticeElement if one.value in fields.get("missing", ())),
        remarks=text_of(fields, "remarks"),
    )


def decision_choices(checked: Checked) -> Mapping[str, Choice]:
    """What may be decided, with what follows from each."""
    if not checked.is_notice:
        return {
            ACCEPT: Choice(ACCEPT, gettext("Accept the counter-notice"), checked.restores),
            DEFICIENT: Choice(DEFICIENT, gettext("Incomplete: ask for what is missing"), _on_deficient()),
        }
    return {
        ACCEPT: Choice(
            ACCEPT,
            gettext("Accept the notice"),
            gettext("The measure is taken, and the notice is forwarded to the uploader, with your reasons."),
        ),
        DEFICIENT: Choice(DEFICIENT, gettext("Incomplete: ask for what is missing"), _on_deficient()),
        REJECT: Choice(
            REJECT,
            gettext("Reject the notice"),
            gettext("It is unfounded on its face. Its sender gets your reasons, the upload stays as it is."),
        ),
    }


def _on_deficient() -> str:
    return gettext("Its sender is told what is missing and until when. Until then it has no effect.")
