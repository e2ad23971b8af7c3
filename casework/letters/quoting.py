"""The words of people that a letter repeats: opened from the vault for one side, as far as that side may read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from casework.application import Casework
from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.case import outside_events as outside
from casework.domain.case.panel import Ruling
from casework.domain.case.state import Case, CounterNotice, Notice
from casework.domain.facts import Event, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Regime
from casework.domain.values import Availability, VaultReference
from casework.eventlog.codec import Recorded
from casework.letters.kinds import LetterKind
from casework.letters.letter import Element, Quotation
from casework.steps import read_elements
from casework.views.forwarded import may_read, readable, sees_check
from casework.views.language import Language, current_language, gettext
from casework.views.pages.case_view import last_ruling
from casework.views.pages.standard_law import in_language
from casework.views.regime_labels import element_label
from casework.views.visibility import hidden_fields

_SHOWN = (Availability.PUBLIC, Availability.PUBLIC_LIMITED)

_NOTICE_SHOWN = (
    LetterKind.NOTICE_RECEIVED,
    LetterKind.NOTICE_DEFICIENT,
    LetterKind.NOTICE_ACCEPTED,
    LetterKind.NOTICE_FORWARDED,
    LetterKind.NOTICE_REJECTED,
)
_COUNTER_SHOWN = (
    LetterKind.COUNTER_NOTICE_RECEIVED,
    LetterKind.COUNTER_NOTICE_DEFICIENT,
    LetterKind.COUNTER_NOTICE_ACCEPTED,
    LetterKind.COUNTER_NOTICE_FORWARDED,
)


class Quoting:
    """The words around one event of one case, for one side. ``case`` is the case as the event left it."""

    def __init__(
        self, casework: Casework, case: Case, side: Role, regime: Regime | None, drafts: Mapping[str, bytes]
    ) -> None:
        self._vault = casework.vault
        self._regimes = casework.law.regimes
        self._case = case
        self._side = side
        self._regime = regime
        self._drafts = drafts
        self.standard = casework.standard_of(case)

    def text(self, reference: VaultReference | None) -> str | None:
        """Words as text; ``None`` when there are none or they were erased."""
        content = self._content(reference)
        return None if content is None else content.decode("utf-8", "replace")

    def _content(self, reference: VaultReference | None) -> bytes | None:
        if reference is None:
            return None
        draft = self._drafts.get(reference.id)
        return self._vault.open(reference) if draft is None else draft

    def upload_title(self) -> str | None:
        """The title of the upload: the uploader's own, for the right holder only while the upload is public."""
        if self._side is Role.RIGHT_HOLDER and self._case.availability not in _SHOWN:
            return None
        content = self._content(self._case.decision.upload.description)
        if content is None:
            return None
        kept: dict[str, str | None] = msgspec.json.decode(content)
        return kept.get("title")

    # Notices ---------------------------------------------------------------------------------------------------------

    def elements(self, kind: LetterKind) -> tuple[Element, ...]:
        """The contents of the notice or counter-notice that the letter is about, by the articles that want them."""
        notice = self._case.notice
        if notice is None:
            return ()
        if kind in _NOTICE_SHOWN:
            return tuple(self._elements(notice, Role.RIGHT_HOLDER, counter=False))
        if kind in _COUNTER_SHOWN and notice.counter_notice is not None:
            return tuple(self._elements(notice.counter_notice, Role.UPLOADER, counter=True))
        return ()

    def _elements(self, sent: Notice | CounterNotice, sender: Role, *, counter: bool) -> Iterator[Element]:
        if not may_read(self._side, sender, sent):
            return
        regime = self._regimes.by_id.get(sent.regime, self._regime)
        contents = None if regime is None else (regime.counter_notice if counter else regime.notice)
        words = readable(
            read_elements(self._content(sent.content)), self._side, sender, None if regime is None else regime.family
        )
        articles = {} if contents is None else {one.id: in_language(one.article) for one in contents.elements}
        missing: Sequence[str] = ()
        if sees_check(self._side, sender) and sent.deficiency is not None:
            missing = sent.deficiency.missing
        given = [NoticeElement(name) for name in words]
        for element in [*articles, *(one for one in given if one not in articles)]:
            said = words.get(element)
            if said is None and element not in missing:
                continue
            yield Element(
                code=element.value,
                label=element_label(element),
                article=articles.get(element, ""),
                said=said if isinstance(said, str) else None,
                stated=said is True,
                missing=element in missing,
            )

    # Words -----------------------------------------------------------------------------------------------------------

    def quotations(self, event: Event, history: Sequence[Recorded]) -> Iterator[Quotation]:
        """The words that came with an event, each under its title."""
        if isinstance(event, facts.RulingIssued):
            yield from self._of_ruling(history)
            return
        if isinstance(event, notices.NoticeForwarded):
            notice = self._case.notice
            if notice is not None and notice.reasons is not None:
                yield Quotation(gettext("Why the platform accepted it"), self.text(notice.reasons))
            return
        hidden = hidden_fields(event, self._side)
        for name, title in _titles(event).items():
            reference = getattr(event, name)
            if reference is not None and name not in hidden:
                yield Quotation(title, self.text(reference))
        if isinstance(event, facts.LawfulUseMarked) and event.mark.statement is not None:
            yield Quotation(gettext("What the uploader said"), self.text(event.mark.statement))

    def _of_ruling(self, history: Sequence[Recorded]) -> Iterator[Quotation]:
        """The reasons of those rulings whose outcome was issued; nobody is named."""
        issued = last_ruling(history)
        if issued is None:
            return
        deciding = [one for one in issued.opened if one.outcome is issued.event.outcome]
        for number, opened in enumerate(deciding, start=1):
            title = gettext("Reasons of the ruling")
            if len(deciding) > 1:
                title = gettext("Reasons of the ruling (%(number)s)") % {"number": number}
            content = self._content(opened.content)
            if content is None:
                yield Quotation(title, None)
                continue
            said = Ruling.model_validate_json(content)
            given = [(Language.ZH, said.reasons.zh), (Language.EN, said.reasons.en)]
            given.sort(key=lambda pair: pair[0] is not current_language())
            for language, text in given:
                if text:
                    yield Quotation(title, text, language.html_lang)


def _titles(event: Event) -> dict[str, str]:
    """The fields of an event that hold words, in the order of the letter, with what stands over them."""
    found: dict[type[Event], dict[str, str]] = {
        facts.ContestLodged: {"reasons": gettext("Why the uploader contests")},
        facts.ChallengeLodged: {
            "reasons": gettext("Why the right holder challenges"),
            "exceptions_considered": gettext("Which exceptions the right holder considered"),
        },
        facts.UrgentBlockDeclared: {
            "harm": gettext("The harm that the block averts"),
            "check": gettext("Who looked, and what was found"),
        },
        facts.FurtherReviewRequested: {"reasons": gettext("Why a further review is asked for")},
        facts.CaseReopened: {"reasons": gettext("Why the case was reopened")},
        facts.SettlementProposed: {"terms": gettext("The terms offered")},
        facts.WarningAnswered: {"licence": gettext("The licence")},
        notices.NoticeFoundDeficient: {"remarks": gettext("Remarks of the platform")},
        notices.NoticeAccepted: {"reasons": gettext("Reasons of the decision")},
        notices.NoticeRejected: {"reasons": gettext("Reasons of the decision")},
        notices.CounterNoticeFoundDeficient: {"remarks": gettext("Remarks of the platform")},
        notices.WaitPaused: {"proof": gettext("The proof put forward")},
        notices.LegalActionReported: {"proof": gettext("The proof put forward")},
        outside.OutsideProceedingOpened: {"words": gettext("Reference of the proceeding")},
        outside.OutsideProceedingDecided: {"words": gettext("What was decided")},
        outside.OrderReceived: {"words": gettext("Reference of the order")},
        outside.OrderLifted: {"words": gettext("Reference of the lifting")},
    }
    return found.get(type(event), {})
