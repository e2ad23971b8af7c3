"""``/standards``: the published standards, open to everybody, and which of them is in force at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.domain.standard.standard import Standard
from casework.errors import NotFound
from casework.views.access.guard import PUBLIC
from casework.views.api.cases import read_moment
from casework.views.api.documents import documented

Json = dict[str, Any]


@get("/standards", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_standards(casework: NamedDependency[Casework]) -> Json:
    """All published standards, the newest first, with the one that is in force now."""
    standards = casework.standards
    present = standards.in_force(casework.clock.now())
    listed = sorted(standards.all, key=lambda standard: standard.effective_from, reverse=True)
    return {
        "in_force": None if present is None else present.id,
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


def _answer(standard: Standard) -> Json:
    """The whole document, as it was published; shares and amounts are exact decimals written as text."""
    return {**standard.model_dump(mode="json"), "links": {"self": f"/api/v1/standards/{standard.id}"}}


HANDLERS = (get_standards, get_standard_in_force, get_standard)
