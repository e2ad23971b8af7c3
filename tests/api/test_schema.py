"""The API against its own description: made-up requests, good and bad, get no answer that ``/schema`` does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from casework.domain.facts import Role
from casework.views.access.guard import handlers
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, Bench
from tests.api.players import Players

if TYPE_CHECKING:
    from schemathesis import Case, GenerationMode
    from schemathesis.config import SchemathesisConfig
    from schemathesis.schemas import APIOperation

PATIENCE_SECONDS = 120
"""How long an answer may take; the first PDF of a process takes ten seconds on a busy machine."""


@pytest.fixture(scope="module")
def token(bench: Bench) -> str:
    """A token with every scope, of an account with most roles."""
    roles = (Role.COMPLIANCE, Role.ENGINEER, Role.REVIEWER)
    account = bench.site.account(*roles)
    return bench.site.token(account, *Scope, valid_for=YEARS)


def test_answers_are_those_that_the_description_names(bench: Bench, quick: Players, token: str) -> None:
    # Loading it takes a second, in each process that collects tests.
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.core.result import Ok

    schema = schemathesis.openapi.from_asgi("/schema/openapi.json", bench.site.app, config=generation())
    log = bench.site.parts.casework.log
    wrong: list[str] = []
    tried = 0
    case_id, _uploader, _panel = quick.contested("the first")
    as_it_was = log.head()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if "{case_id}" in operation.path and log.head() != as_it_was:  # a step may have left another case behind
            case_id, _uploader, _panel = quick.contested(f"for {operation.label}")
            as_it_was = log.head()
        some_can_be_wrong = operation.query or operation.headers or any(body.is_negatable for body in operation.body)
        try:
            tried += probe(operation, GenerationMode.POSITIVE, token, {"case_id": case_id})
            if some_can_be_wrong:
                tried += probe(operation, GenerationMode.NEGATIVE, token, {})
            elif "{case_id}" in operation.path:  # any text may stand there, but no such case is there
                tried += probe(operation, GenerationMode.POSITIVE, token, {})
        except (FailureGroup, Failure) as failure:
            wrong.append(f"{operation.label}: {failure}")
    assert wrong == []
    assert tried > 400, tried


def generation() -> SchemathesisConfig:
    """How requests are made up: the token is ours, so making up others would try nothing.

    And without literals from our own source, which would be read for them; two requests are too few to make use of it.
    """
    from schemathesis.config import (
        AnalysisConfig,
        ConstantsConfig,
        GenerationConfig,
        ProjectConfig,
        ProjectsConfig,
        SchemathesisConfig,
    )

    project = ProjectConfig(
        generation=GenerationConfig(with_security_parameters=False),
        analysis=AnalysisConfig(constants=ConstantsConfig(enabled=False)),
    )
    return SchemathesisConfig(projects=ProjectsConfig(default=project))


def probe(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, token: str, path: dict[str, str]) -> int:
    """Send up to two made-up requests, with this in their paths, none twice when reading; how many were sent.

    Raises what schemathesis found wrong.
    """
    from hypothesis import HealthCheck, given, seed, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    sent: list[tuple[Any, ...]] = []
    # No request in 50 attempts is a fault of this test. With a seed, as to derive one takes long.
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    few = settings(max_examples=2, deadline=None, database=None, suppress_health_check=slow)

    @seed(1)
    @given(case=operation.as_strategy(generation_mode=mode))
    @few
    def send(case: Case[Any]) -> None:
        case.path_parameters.update((name, path[name]) for name in path.keys() & case.path_parameters)
        request = (case.path_parameters, case.query, dict(case.headers), case.cookies)
        if operation.method == "get" and request in sent:
            return
        sent.append(request)
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            checks=[
                not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_headers_conformance,
                checks.response_schema_conformance,
                checks.unsupported_method,
            ],
            timeout=PATIENCE_SECONDS,
        )

    send()
    assert sent
    return len(sent)


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
