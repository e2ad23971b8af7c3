"""``/standards``: the published standards, open to everybody, which is in force, and the regime the platform chose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.domain.standard.standard import Standard
from casework.domain.values import Text
from casework.errors import NotFound
from casework.law import Law
from casework.views.access.guard import PUBLIC
from casework.views.api.cases import read_moment
from casework.views.api.documents import documented

Json = dict[str, Any]

CHOSEN = Text(
    en="The platform chose this regime. It governs notices, counter-notices, the wait after them and outside remedies.",
    zh="本平台已选定该法律规则。通知、反通知、其后的等待期以及外部途径均依此办理。",
)
ONLY = Text(
    en="The law of this place has one set of rules, so that nothing has to be chosen.",
    zh="该法域只有一套规则，无须选择。",
)
OPEN = Text(
    en="The platform has not chosen yet. China's rules on the wait after a counter-notice conflict, so none applies by "
    "default: until it chooses, notices and counter-notices are refused with regime_not_chosen.",
    zh="本平台尚未选定。中国各项法律关于反通知后等待期的规定相互冲突，故不默认适用其中任何一项：选定之前，通知和反通知均"
    "以 regime_not_chosen 为由不予受理。",
)
"""What the choice of the regime means, or that it is still due."""


@get("/standards", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_standards(casework: NamedDependency[Casework]) -> Json:
    """All published standards, the newest first, the one that is in force now, and which regime the platform chose.

    ``regime`` says what governs counter-notices and their wait; ``meaning`` puts it into words in both languages.
    """
    standards = casework.standards
    present = standards.in_force(casework.clock.now())
    listed = sorted(standards.all, key=lambda standard: standard.effective_from, reverse=True)
    return {
        "in_force": None if present is None else present.id,
        "regime": _regime(casework.law),
        "standards": [_answer(standard) for standard in listed],
    }


@get("/standards/in-force", opt=PUBLIC, sync_to_thread=True, operation_class=documented(problems=(422,), public=True))
def get_standard_in_force(
    casework: NamedDependency[Casework],
    at: Annotated[str | None, QueryParameter(name="at", max_length=40)] = None,
) -> Json:
    """The standard in force now, or at a moment (a time with offset)."""
    moment: datetime = casework.clock.now() if at is None else read_moment(at)
    standard = casework.standards.in_force(moment)
    if standard is None:
        raise NotFound("standard")
    return _answer(standard)


@get("/standards/{standard_id:str}", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_standard(casework: NamedDependency[Casework], standard_id: FromPath[str]) -> Json:
    """One published standard by its id."""
    standard = casework.standards.by_id.get(standard_id)
    if standard is None:
        raise NotFound("standard")
    return _answer(standard)


def _regime(law: Law) -> Json:
    """``chosen`` is null while the platform has not chosen; ``governing`` is what governs all the same, if anything."""
    family = law.regimes.of_family(law.family)
    governing = law.chosen or (None if law.is_open else family[0].id)
    meaning = OPEN if governing is None else CHOSEN if law.chosen else ONLY
    return {
        "chosen": law.chosen,
        "governing": governing,
        "choices": [{"id": one.id, "title": one.title.model_dump(mode="json")} for one in family],
        "meaning": meaning.model_dump(mode="json"),
    }


def _answer(standard: Standard) -> Json:
    """The whole document, as it was published; shares and amounts are exact decimals written as text."""
    return {**standard.model_dump(mode="json"), "links": {"self": f"/api/v1/standards/{standard.id}"}}


HANDLERS = (get_standards, get_standard_in_force, get_standard)
