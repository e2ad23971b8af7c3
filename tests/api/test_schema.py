"""The API against its own description: made-up requests, good and bad, get no answer that ``/schema`` does not name."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from casework.domain.facts import Role
from casework.views.access.guard import handlers
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, Bench
from tests.api.players import Players

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)


PATIENCE_SECONDS = 120
"""How long an answer may take; the first PDF of a process takes ten seconds on a busy machine."""

FEW = settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def token(bench: Bench) -> str:
    """A token with every scope, of an account with most roles."""
    roles = (Role.COMPLIANCE, Role.ENGINEER, Role.REVIEWER)
    account = bench.site.account(*roles)
    return bench.site.token(account, *Scope, valid_for=YEARS)


def test_answers_are_those_that_the_description_names(bench: Bench, quick: Players, token: str) -> None:
    schema = schemathesis.openapi.from_asgi("/schema/openapi.json", bench.site.app)
    wrong: list[str] = []
    tried = 0
    to_read, _uploader, _panel = quick.contested("to be read")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        case_id = to_read
        if "{case_id}" in operation.path and operation.method != "get":  # a step leaves another case behind
            case_id, _uploader, _panel = quick.contested(f"for {operation.label}")
        for mode in GenerationMode:

            @given(case=operation.as_strategy(generation_mode=mode))
            @FEW
            def probe(case: Any) -> None:
                if mode is GenerationMode.POSITIVE and "case_id" in case.path_parameters:  # noqa: B023 - called at once
                    case.path_parameters["case_id"] = case_id  # noqa: B023 - as above
                case.call_and_validate(
                    headers={"Authorization": f"Bearer {token}"}, checks=list(CHECKS), timeout=PATIENCE_SECONDS
                )

            try:
                probe()
            except (FailureGroup, Failure) as failure:
                wrong.append(f"{operation.label}: {failure}")
            except Unsatisfiable:  # nothing about this request can be wrong
                assert mode is GenerationMode.NEGATIVE
            else:
                tried += 1
    assert wrong == []
    assert tried > 20


def test_the_description_names_every_route(bench: Bench) -> None:
    described = bench.site.api().get("/schema/openapi.json").json()
    named = {
        (path.replace("{", "{").replace("}", "}"), method.upper())
        for path, operations in described["paths"].items()
        for method in operations
    }
    routes = {
        (path.replace(":str", ""), method)
        for path, handler in handlers(bench.site.app)
        if path.startswith("/api/")
        for method in getattr(handler, "http_methods", ())
    }
    open_to_all = {path.replace(":str", "") for path, handler in handlers(bench.site.app) if "public" in handler.opt}
    assert routes == named
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (path, method)
            if path in open_to_all:
                assert operation["security"] == []
            else:
                assert operation["security"] == [{"token": []}]
                assert {"401", "403"} <= set(operation["responses"])
