"""The guard in front of every route: private unless the route says otherwise; one that says nothing is a mistake.

A route is marked by one of ``opt=PUBLIC``, ``opt=for_roles(...)`` (pages) or ``opt=for_scopes(...)`` (API).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from casework.domain.facts import Role
from casework.errors import Forbidden
from casework.views.access.callers import LINK_SCOPES, NOBODY, Caller
from casework.views.access.tokens import Scope

PUBLIC: dict[str, Any] = {"public": True}
MARKERS = ("public", "roles", "scopes")


class NotSignedIn(Exception):
    """The route is for people or programs that are known, and the caller is not."""


class UnmarkedRoute(Exception):
    """A route does not say who may use it, or says it twice."""


def for_roles(*roles: Role) -> dict[str, Any]:
    """Marks pages for accounts with any of these roles."""
    return {"roles": frozenset(roles)}


def for_scopes(*scopes: Scope) -> dict[str, Any]:
    """Marks an API route for tokens with all of these scopes.

    Holders of a decision link pass where ``cases:read`` and ``cases:act`` are enough and ``case_id`` is their case.
    """
    return {"scopes": frozenset(scopes)}


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """Who makes this request."""
    caller: Caller = connection.scope["state"].get("caller", NOBODY)
    return caller


async def require_access(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let the caller pass or raise ``NotSignedIn`` or ``Forbidden``; asynchronous only to save a change of threads."""
    if "public" in handler.opt or _lists_methods(handler):
        return
    caller = caller_of(connection)
    if caller.anonymous:
        raise NotSignedIn
    if "roles" in handler.opt:
        roles: frozenset[Role] = handler.opt["roles"]
        if not caller.roles & roles:
            raise Forbidden(" ".join(sorted(roles)))
        return
    needed: frozenset[Scope] = handler.opt["scopes"]
    missing = needed - caller.scopes
    if missing:
        raise Forbidden(" ".join(sorted(missing)))
    if caller.case_id is not None and (
        not needed <= LINK_SCOPES or str(connection.path_params.get("case_id")) != str(caller.case_id)
    ):
        raise Forbidden("another case")


def check_routes(application: Litestar) -> None:
    """Raise ``UnmarkedRoute`` naming every route that does not have exactly one marker."""
    wrong = [
        f"{path} ({', '.join(marks) or 'no marker'})"
        for path, handler in handlers(application)
        if len(marks := [mark for mark in MARKERS if handler.opt.get(mark)]) != 1
    ]
    if wrong:
        raise UnmarkedRoute("; ".join(wrong))


def handlers(application: Litestar) -> Iterable[tuple[str, BaseRouteHandler]]:
    """Every route of an application with its path, without the automatic answers to OPTIONS."""
    for route in application.routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:  # type: ignore[union-attr]
            if not _lists_methods(handler):
                yield route.path, handler


def _lists_methods(handler: BaseRouteHandler) -> bool:
    """Whether this is Litestar's own answer to OPTIONS, which says only which methods there are."""
    return isinstance(handler, HTTPRouteHandler) and set(handler.http_methods) == {"OPTIONS"}
