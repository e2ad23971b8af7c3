"""The law behind a standard as its page shows it: each regime of the family with its figures and their sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from casework.domain.regimes.regimes import Contents, ExternalBody, Regime
from casework.domain.standard.standard import Standard
from casework.domain.values import Text
from casework.law import Law
from casework.views import regime_labels as labels
from casework.views.language import Language, current_language, gettext, ngettext


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the law: what it is, what it says (one line or several), and where it comes from."""

    name: str
    lines: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RegimeView:
    """One regime. ``state`` is its tag: chosen, the only one, or neither; with the kind of the tag."""

    id: str
    title: str
    source: str
    state: tuple[str, str]
    figures: tuple[Figure, ...]


def in_language(text: Text) -> str:
    """The text in the language of the page."""
    return text.zh if current_language() is Language.ZH else text.en


def place_of(standard: Standard, law: Law) -> str:
    """The place whose law the standard is written for; its id where no regime is there any more."""
    regimes = law.regimes.of_family(standard.regime)
    return in_language(regimes[0].place) if regimes else standard.regime


def regimes_of(standard: Standard, law: Law) -> tuple[RegimeView, ...]:
    """All regimes of the standard's family, the one that governs first."""
    governing = law.regime_of(standard)
    known = sorted(law.regimes.of_family(standard.regime), key=lambda regime: (regime != governing, regime.id))
    return tuple(
        RegimeView(
            id=regime.id,
            title=in_language(regime.title),
            source=in_language(regime.source),
            state=_state(regime, governing, law),
            figures=tuple(_figures(regime, standard)),
        )
        for regime in known
    )


def _state(regime: Regime, governing: Regime | None, law: Law) -> tuple[str, str]:
    if governing is None:
        return gettext("Not chosen yet"), "waiting"
    if regime.id != governing.id:
        return gettext("Not chosen"), "closed"
    if regime.id == law.chosen:
        return gettext("Chosen by this platform"), "lawful"
    return gettext("The only one here"), "open"


def _figures(regime: Regime, standard: Standard) -> Iterator[Figure]:
    yield from _of_notices(regime, standard)
    yield _figure(
        gettext("Measures upon a notice"), regime.measures.source, *map(labels.measure_label, regime.measures.lawful)
    )
    hours = regime.grace.hours
    grace = ngettext("%(num)d hour", "%(num)d hours", hours) % {"num": hours} if hours else gettext("none")
    yield _figure(gettext("Grace for what is public already"), regime.grace.source, grace)
    yield _figure(gettext("Urgent block"), regime.urgent_block.source, _yes_or_no(regime.urgent_block.available))
    review = _yes_or_no(regime.prior_review.available)
    if regime.prior_review.available and regime.prior_review.audiovisual_only:
        review = gettext("films and moving images only")
    yield _figure(gettext("Prior human review"), regime.prior_review.source, review)
    yield from _of_appeals(regime)
    yield _figure(
        gettext("Public register of cases"),
        regime.public_register.source,
        labels.register_text(regime.public_register.cases),
    )
    yield _figure(gettext("Lawful uses"), regime.source, *(in_language(use.name) for use in regime.lawful_uses))


def _of_notices(regime: Regime, standard: Standard) -> Iterator[Figure]:
    yield _contents(gettext("What a notice must hold"), regime.notice)
    if regime.counter_notice is not None:
        yield _contents(gettext("What a counter-notice must hold"), regime.counter_notice)
    yield _figure(gettext("After a counter-notice"), regime.restoration.source, labels.restoration_text(regime))
    wait = labels.wait_text(regime.wait, standard.procedure.wait_days)
    yield _figure(gettext("Wait for legal action"), regime.wait.source, wait)
    days = regime.pause.most_working_days
    pause = (
        ngettext("%(num)d working day at most", "%(num)d working days at most", days) % {"num": days}
        if days
        else gettext("none")
    )
    yield _figure(gettext("Pause of the wait"), regime.pause.source, pause)
    yield _figure(
        gettext("Silence of the right holder"), regime.silence.source, labels.silence_text(regime.silence.effect)
    )
    yield _figure(gettext("Working days"), regime.source, labels.calendar_text(regime.calendar))


def _of_appeals(regime: Regime) -> Iterator[Figure]:
    window = regime.contest_window
    least = gettext("no figure in the law")
    if window.least_months is not None:
        least = ngettext("%(num)d month at least", "%(num)d months at least", window.least_months) % {
            "num": window.least_months
        }
    elif window.least_days is not None:
        least = ngettext("%(num)d day at least", "%(num)d days at least", window.least_days) % {
            "num": window.least_days
        }
    yield _figure(gettext("Window for appeals"), window.source, least)
    due = gettext("no figure in the law")
    if regime.ruling.most_days is not None:
        due = ngettext("%(num)d day at most", "%(num)d days at most", regime.ruling.most_days) % {
            "num": regime.ruling.most_days
        }
    yield _figure(gettext("Ruling"), regime.ruling.source, due)
    if regime.external_body is not None:
        yield _figure(gettext("Out-of-court body"), regime.external_body.source, _body(regime.external_body))
    yield _figure(
        gettext("Remedies outside"), regime.remedies.source, *map(labels.outside_label, regime.remedies.outside)
    )


def _body(body: ExternalBody) -> str:
    if body.days is None:
        return gettext("no figure in the law")
    if body.most_days is None:
        return ngettext("%(num)d day", "%(num)d days", body.days) % {"num": body.days}
    return gettext("%(days)d days, %(most)d at most") % {"days": body.days, "most": body.most_days}


def _contents(name: str, contents: Contents) -> Figure:
    lines = (
        gettext("%(element)s (%(article)s)")
        % {"element": labels.element_label(element.id), "article": in_language(element.article)}
        for element in contents.elements
    )
    return _figure(name, contents.source, *lines)


def _yes_or_no(available: bool) -> str:
    return gettext("yes") if available else gettext("no")


def _figure(name: str, source: Text, *lines: str) -> Figure:
    return Figure(name, lines, in_language(source))
