"""``POST /cases/{case_id}/{action}``: the steps that parties, reviewers and staff take; every answer is the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from casework.application import Casework, Handled
from casework.domain.facts import Actor
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.api.case_answers import CaseAnswer
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps.evidence import MOST_UPLOAD_BYTES, post_evidence
from casework.views.api.steps.table import ROUTES, Route
from casework.views.api.steps.taking import (
    PROBLEMS,
    AnyRequest,
    CaseId,
    IdempotencyKey,
    read_form,
    read_one_of,
    take_step,
)

__all__ = ["HANDLERS", "MOST_UPLOAD_BYTES", "ROUTES", "Route", "read_form"]


def body_schema(route: Route) -> Mapping[str, Any]:
    """The JSON schema of the body of a step, with its examples."""
    schemas = [
        {**schema_of(form), "examples": [example]} for form, example in zip(route.forms, route.examples, strict=True)
    ]
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _handler(route: Route) -> HTTPRouteHandler:
    body_documented = documented(
        body={"application/json": body_schema(route)}, problems=PROBLEMS, optional_body=route.optional_body
    )

    def handle(
        request: AnyRequest,
        body: RawBody,
        casework: NamedDependency[Casework],
        caller: NamedDependency[Caller],
        case_id: CaseId,
        key: IdempotencyKey = None,
    ) -> CaseAnswer:
        def take(case: UUID, actor: Actor) -> Handled:
            form = read_one_of(route.forms, request, body, optional=route.optional_body)
            return route.take(casework, case, actor, form, idempotency_key=key)

        return take_step(casework, caller, case_id, take, leaves=route.leaves)

    handle.__name__ = f"post_{route.path.replace('-', '_')}"
    handle.__doc__ = route.description
    decorate: Callable[[Any], HTTPRouteHandler] = post(
        f"/cases/{{case_id:str}}/{route.path}",
        opt=for_scopes(route.scope),
        status_code=200,
        sync_to_thread=True,
        operation_class=body_documented,
    )
    return decorate(handle)


HANDLERS: tuple[HTTPRouteHandler, ...] = (*map(_handler, ROUTES), post_evidence)
