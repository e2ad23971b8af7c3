"""The rows of a letter: which case, work and upload, which rule decided, and which law stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from casework.domain.case.state import Case
from casework.domain.facts import Event, Role
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.values import StatementOfReasons, Text
from casework.letters.kinds import LetterKind
from casework.letters.letter import Fact
from casework.letters.quoting import Quoting
from casework.views.formatting import format_percent
from casework.views.labels import availability_label, legal_basis_label, medium_label, rule_name, rule_text
from casework.views.language import gettext
from casework.views.pages.standard_law import in_language


def facts_of(case_id: UUID, case: Case, side: Role, quoting: Quoting) -> Iterator[Fact]:
    """What the letter is about; of the upload only what this side may know."""
    decision = case.decision
    yield Fact(gettext("Case number"), str(case_id), code=True)
    yield Fact(gettext("Work"), f"{decision.work.title} ({decision.work.id})")
    title = quoting.upload_title()
    named = decision.upload.id if title is None else f"{title} ({decision.upload.id})"
    yield Fact(gettext("Upload"), named)
    yield Fact(gettext("Kind of upload"), medium_label(decision.upload.medium.value))
    share, of_work = decision.evidence.share_of_upload, decision.evidence.share_of_work
    limits = (quoting.standard.bands.low, quoting.standard.bands.high)
    if share is not None:
        yield Fact(gettext("Share of the upload"), format_percent(share, limits=limits))
    if of_work is not None:
        yield Fact(gettext("Share of the work"), format_percent(of_work, limits=limits))
    yield Fact(gettext("What the public sees from now on"), availability_label(case.availability.value))


def rule_of(event: Event, case: Case, standard: Standard) -> Iterator[Fact]:
    """The rule that decided first, and the legal bases of what the event itself does."""
    decision = case.decision
    yield Fact(gettext("Filtering standard"), f"{in_language(standard.title)} ({standard.id})")
    yield Fact(gettext("Rule that decided"), f"{rule_name(decision.rule)}: {rule_text(decision.rule, standard)}")
    reasons: StatementOfReasons | None = getattr(event, "statement_of_reasons", None)
    if reasons is not None and reasons.bases:
        bases = "; ".join(legal_basis_label(one) for one in reasons.bases)
        yield Fact(gettext("Legal basis"), bases)


def law_of(kind: LetterKind, regime: Regime | None, *, body: bool = False) -> Iterator[str]:
    """The law that governs, then the articles that a letter of this kind rests on; ``body``: also of outside bodies."""
    if regime is None:
        return
    yield in_language(regime.title)
    sources = [find(regime) for find in _SOURCES.get(kind, ())]
    if body and regime.external_body is not None:
        sources.append(regime.external_body.source)
    sources.append(regime.remedies.source)
    yield from dict.fromkeys(in_language(source) for source in sources if source is not None)


def _notice(regime: Regime) -> Text | None:
    return regime.notice.source


def _counter(regime: Regime) -> Text | None:
    return None if regime.counter_notice is None else regime.counter_notice.source


def _measures(regime: Regime) -> Text | None:
    return regime.measures.source


def _wait(regime: Regime) -> Text | None:
    return regime.wait.source


def _restoration(regime: Regime) -> Text | None:
    return regime.restoration.source


def _silence(regime: Regime) -> Text | None:
    return regime.silence.source


def _pause(regime: Regime) -> Text | None:
    return regime.pause.source


def _urgent(regime: Regime) -> Text | None:
    return regime.urgent_block.source


def _grace(regime: Regime) -> Text | None:
    return regime.grace.source


def _prior_review(regime: Regime) -> Text | None:
    return regime.prior_review.source


Find = Callable[[Regime], Text | None]
_SOURCES: Mapping[LetterKind, tuple[Find, ...]] = {
    LetterKind.PRIOR_REVIEW: (_prior_review,),
    LetterKind.PRIOR_REVIEW_EXPIRED: (_prior_review,),
    LetterKind.GRACE_EXPIRED: (_grace,),
    LetterKind.URGENT_BLOCK: (_urgent,),
    LetterKind.NOTICE_RECEIVED: (_notice,),
    LetterKind.NOTICE_DEFICIENT: (_notice,),
    LetterKind.NOTICE_LAPSED: (_notice,),
    LetterKind.NOTICE_ACCEPTED: (_measures,),
    LetterKind.NOTICE_FORWARDED: (_measures, _counter),
    LetterKind.NOTICE_REJECTED: (_notice,),
    LetterKind.NOTICE_WITHDRAWN: (_notice,),
    LetterKind.NOTICE_BARRED: (_restoration,),
    LetterKind.COUNTER_NOTICE_RECEIVED: (_counter,),
    LetterKind.COUNTER_NOTICE_DEFICIENT: (_counter,),
    LetterKind.COUNTER_NOTICE_LAPSED: (_counter,),
    LetterKind.COUNTER_NOTICE_ACCEPTED: (_restoration, _wait),
    LetterKind.COUNTER_NOTICE_FORWARDED: (_restoration, _wait),
    LetterKind.WAIT_BEGUN: (_wait,),
    LetterKind.WAIT_PAUSED: (_pause,),
    LetterKind.LEGAL_ACTION: (_wait,),
    LetterKind.RESTORED: (_silence,),
}
"""Which parts of a regime stand behind a letter; the remedies stand behind all."""
