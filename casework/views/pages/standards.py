"""The published filtering standards: which one is in force, and each with all its limits, rules and deadlines (A4).

Public, like the standards themselves. Every decision links to the rule that decided it, ``/standards/<id>#<rule>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from casework.application import Casework
from casework.domain.decision import ACTIONS, OUTCOMES
from casework.domain.standard.standard import Standard
from casework.domain.values import Action, Rule
from casework.errors import NotFound
from casework.views.access.guard import PUBLIC
from casework.views.labels import outcome_label, rule_name, rule_text, tag_kind
from casework.views.language import gettext
from casework.views.pages.standard_law import in_language, place_of, regimes_of
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule in the order of the standard."""

    id: str
    name: str
    text: str
    outcome: str
    kind: str
    action: str


@get("/standards", opt=PUBLIC, sync_to_thread=True)
def show_standards(request: AnyRequest, casework: NamedDependency[Casework]) -> Response[str]:
    """All published standards: those of the platform's own legal regime first, each time the latest first."""
    standards = casework.standards
    current = standards.in_force(casework.clock.now())
    ours = standards.of_family(standards.family)
    others = [standard for standard in standards.all if standard not in ours]
    listed = [
        {
            "standard": standard,
            "title": in_language(standard.title),
            "place": place_of(standard, casework.law),
            "state": _state(standard, current, casework),
        }
        for standard in (*reversed(ours), *reversed(others))
    ]
    return render_page(request, "pages/standards.html", {"listed": listed, "current": current, "law": _law(casework)})


def _law(casework: Casework) -> dict[str, Any]:
    """Which regime this platform chose, or among which it still has to choose."""
    law = casework.law
    chosen = None if law.chosen is None else in_language(law.regimes.by_id[law.chosen].title)
    choices = [in_language(regime.title) for regime in law.regimes.of_family(law.family)]
    return {"chosen": chosen, "is_open": law.is_open, "choices": choices}


@get("/standards/{standard_id:str}", opt=PUBLIC, sync_to_thread=True)
def show_standard(
    request: AnyRequest, standard_id: FromPath[str], casework: NamedDependency[Casework]
) -> Response[str]:
    """One standard. Raises ``NotFound``."""
    standard = casework.standards.by_id.get(standard_id)
    if standard is None:
        raise NotFound("standard")
    current = casework.standards.in_force(casework.clock.now(), standard.regime)
    context = {
        "standard": standard,
        "place": place_of(standard, casework.law),
        "regimes": regimes_of(standard, casework.law),
        "is_open": casework.law.regime_of(standard) is None,
        "title": in_language(standard.title),
        "source": in_language(standard.source),
        "state": _state(standard, current, casework),
        "rules": [_rule(rule, standard) for rule in standard.rules],
    }
    return render_page(request, "pages/standards_one.html", context)


def _state(standard: Standard, current: Standard | None, casework: Casework) -> tuple[str, str]:
    """Whether the standard counts now, with the kind of its tag."""
    if standard.regime != casework.standards.family:
        return gettext("For another legal regime than this platform's"), "closed"
    if current is not None and standard.id == current.id:
        return gettext("In force"), "lawful"
    if standard.effective_from > casework.clock.now():
        return gettext("Published, not yet in force"), "waiting"
    return gettext("Replaced"), "closed"


def _rule(rule: Rule, standard: Standard) -> RuleView:
    outcome = OUTCOMES.get(rule)
    actions = {
        Action.PUBLISH: gettext("Published"),
        Action.HOLD: gettext("Held back"),
        Action.BLOCK: gettext("Blocked"),
    }
    return RuleView(
        id=rule.value,
        name=rule_name(rule),
        text=rule_text(rule, standard),
        outcome="" if outcome is None else outcome_label(outcome.value),
        kind="open" if outcome is None else tag_kind(outcome.value),
        action=gettext("As ordered") if outcome is None else actions[ACTIONS[outcome]],
    )


HANDLERS = (show_standards, show_standard)
