"""Bodies of the steps that do not fit: each field named by its pointer, nothing changed, never a 500."""

from __future__ import annotations

from typing import Any

import pytest

from casework import steps
from casework.domain.regimes.elements import NoticeElement
from casework.errors import Invalid
from casework.views.api.steps import ROUTES
from tests.api.players import Players, step
from tests.api.procedures import ACCEPT, ACCEPT_COUNTER, LEGAL_ACTION, NOTICES, ORDER, PROCEEDING, read
from tests.web import Browser

NOTICE = {"elements": NOTICES["cn-civil-code"]}
IDENTITY = {"identity": "The Studio Ltd."}
PAUSE = {"cause": "notarisation", "working_days": 5, "proof": "Receipt."}
DECIDED = {
    "proceeding": 1,
    "decided_at": "2026-07-01T10:00:00+08:00",
    "outcome": "reversed",
    "implemented": True,
    "words": "Quotation.",
    "verified": True,
}
URGENT = {"check": "Watched.", "harm": "It opens today.", "human_check": True}
HUGE = "x" * 20_001
Warned = tuple[str, Browser]

CASES: list[tuple[str, str, Any, list[str]]] = [
    ("right_holder", "notices", {}, ["/elements"]),
    ("right_holder", "notices", [], [""]),
    ("right_holder", "notices", {"elements": []}, ["/elements"]),
    ("right_holder", "notices", {"elements": {"identity": 5}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"identity": None}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"identity": {"text": "x"}}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"identity": True}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"identity": HUGE}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"identity": "a\x00b"}}, ["/elements/identity"]),
    ("right_holder", "notices", {"elements": {"prima/facie": "x"}}, ["/elements/prima~1facie"]),
    ("right_holder", "notices", {"elements": {**IDENTITY, "": "x"}}, ["/elements/"]),
    ("right_holder", "notices", {"elements": {**IDENTITY, "signature": "x"}}, ["/elements/signature"]),
    ("right_holder", "notices", {"elements": {f"e{number}": "x" for number in range(31)}}, ["/elements"]),
    ("right_holder", "notices", {**NOTICE, "items": 0}, ["/items"]),
    ("right_holder", "notices", {**NOTICE, "items": 1.5}, ["/items"]),
    ("right_holder", "notices", {**NOTICE, "items": True}, ["/items"]),
    ("right_holder", "notices", {**NOTICE, "items": 10**30}, ["/items"]),
    ("right_holder", "notices", {**NOTICE, "measure_sought": "delete"}, ["/measure_sought"]),
    ("right_holder", "notices", {**NOTICE, "trusted": True}, ["/trusted"]),
    ("uploader", "counter-notices", {"elements": {"name": "x"}}, ["/elements/name"]),
    ("uploader", "counter-notices", {**NOTICE, "items": 1}, ["/items"]),
    ("right_holder", "warning-answers", {}, ["/answer"]),
    ("right_holder", "warning-answers", {"answer": "forgive"}, ["/answer"]),
    ("right_holder", "warning-answers", {"answer": "notify"}, ["/notice"]),
    ("right_holder", "warning-answers", {"answer": "license"}, ["/licence"]),
    ("right_holder", "warning-answers", {"answer": "tolerate", "licence": "x"}, ["/licence"]),
    ("right_holder", "warning-answers", {"answer": "tolerate", "notice": NOTICE}, ["/notice"]),
    (
        "right_holder",
        "warning-answers",
        {"answer": "notify", "notice": {"elements": {"name": "x"}}},
        ["/notice/elements/name"],
    ),
    (
        "right_holder",
        "warning-answers",
        {"answer": "notify", "notice": {"elements": {"address": "x"}}},
        ["/notice/elements/address"],
    ),
    (
        "right_holder",
        "warning-answers",
        {"answer": "notify", "notice": {"elements": {"identity": 1}}},
        ["/notice/elements/identity"],
    ),
    ("intake", "intake-decisions", {}, ["/subject", "/decision"]),
    ("intake", "intake-decisions", {"subject": "notice", "decision": "accept"}, ["/measure", "/reasons"]),
    ("intake", "intake-decisions", {"subject": "notice", "decision": "reject"}, ["/reasons"]),
    ("intake", "intake-decisions", {**ACCEPT, "decision": "reject"}, ["/measure"]),
    ("intake", "intake-decisions", {**ACCEPT, "measure": "delete"}, ["/measure"]),
    ("intake", "intake-decisions", {**ACCEPT, "missing": ["identity"]}, ["/missing"]),
    ("intake", "intake-decisions", {**ACCEPT, "remarks": "x"}, ["/remarks"]),
    ("intake", "intake-decisions", {"subject": "notice", "decision": "deficient", "missing": ["name"]}, ["/missing/0"]),
    ("intake", "intake-decisions", {**ACCEPT_COUNTER, "decision": "reject"}, ["/decision"]),
    ("intake", "intake-decisions", {**ACCEPT_COUNTER, "reasons": "x"}, ["/reasons"]),
    ("intake", "intake-decisions", {**ACCEPT_COUNTER, "measure": "block"}, ["/measure"]),
    ("intake", "deliveries", {"delivered_at": "yesterday"}, ["/delivered_at"]),
    ("intake", "deliveries", {"delivered_at": "2026-07-01T10:00:00"}, ["/delivered_at"]),
    ("intake", "deliveries", {"delivered_at": 1_780_000_000}, ["/delivered_at"]),
    ("intake", "deliveries", {"delivered_at": "0001-01-01T00:00:00+23:59"}, ["/delivered_at"]),
    ("right_holder", "wait-pauses", {**PAUSE, "cause": "holiday"}, ["/cause"]),
    ("right_holder", "wait-pauses", {**PAUSE, "working_days": 0}, ["/working_days"]),
    ("right_holder", "wait-pauses", {**PAUSE, "working_days": "5"}, ["/working_days"]),
    ("right_holder", "legal-actions", {**LEGAL_ACTION, "forum": "external_body"}, ["/forum"]),
    ("right_holder", "legal-actions", {**LEGAL_ACTION, "names_item": 1}, ["/names_item"]),
    ("right_holder", "legal-actions", {"forum": "court"}, ["/proof", "/names_uploader", "/names_item"]),
    ("right_holder", "urgent-blocks", {**URGENT, "human_check": False}, ["/human_check"]),
    ("right_holder", "urgent-blocks", {**URGENT, "check": " "}, ["/check"]),
    ("uploader", "settlements", {"availability": "held", "terms": "x"}, ["/availability"]),
    ("uploader", "settlements", {"availability": "public"}, ["/terms"]),
    ("uploader", "withdrawals", {"subject": "upload"}, ["/subject"]),
    ("uploader", "upload-withdrawals", {"really": True}, ["/really"]),
    ("uploader", "further-reviews", {"reasons": HUGE}, ["/reasons"]),
    ("uploader", "further-reviews", {"reasons": " \u200b\u2060\u200e\n"}, ["/reasons"]),
    ("compliance", "reopenings", {"cause": "whim", "reasons": "x"}, ["/cause"]),
    ("compliance", "reopenings", {"cause": "new_evidence"}, ["/reasons"]),
    ("compliance", "recusals", {"cause": "deactivated"}, ["/cause"]),
    ("compliance", "reassignments", {"reviewer_id": "", "cause": "bias"}, ["/reviewer_id", "/cause"]),
    ("uploader", "outside-proceedings", {}, ["/forum", "/opened_at", "/reference"]),
    ("uploader", "outside-proceedings", {**PROCEEDING, "opened_at": "2026-13-01T00:00:00Z"}, ["/opened_at"]),
    ("uploader", "outside-proceedings", {**PROCEEDING, "verified": True}, ["/verified"]),
    ("intake", "outside-proceedings", {**DECIDED, "verified": False}, ["/verified"]),
    ("intake", "outside-proceedings", {**DECIDED, "proceeding": "1"}, ["/proceeding"]),
    ("intake", "outside-proceedings", {**DECIDED, "availability": "withdrawn"}, ["/availability"]),
    ("intake", "outside-proceedings", {**DECIDED, "forum": "court"}, ["/forum"]),
    ("intake", "orders", {**ORDER, "verified": False}, ["/verified"]),
    ("intake", "orders", {**ORDER, "forum": "external_body"}, ["/forum"]),
    ("intake", "orders", {**ORDER, "until": "soon"}, ["/until"]),
    ("intake", "orders", {"lift": 0}, ["/lift"]),
    ("intake", "orders", {**ORDER, "lift": 1}, ["/forum", "/interim", "/availability", "/verified"]),
]


def client_of(players: Players, uploader: Browser, who: str) -> Browser:
    """Whoever sends the body."""
    client: Browser = uploader if who == "uploader" else getattr(players, who)
    return client


@pytest.fixture(scope="module")
def warned(lawful: Players) -> Warned:
    """A case with a warning, once for all bodies: each test looks that it stayed as it was."""
    return lawful.open("bodies", "0.7")


@pytest.mark.parametrize(("who", "name", "body", "pointers"), CASES)
def test_fields_that_do_not_fit_are_named(
    lawful: Players, warned: Warned, who: str, name: str, body: Any, pointers: list[str]
) -> None:
    case_id, uploader = warned
    response = step(client_of(lawful, uploader, who), case_id, name, body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert [error["pointer"] for error in response.json()["errors"]] == pointers
    assert all(error["detail"] and HUGE not in error["detail"] for error in response.json()["errors"])
    assert read(uploader, case_id)["version"] == 1


def test_an_unknown_element_is_named_with_those_that_are_known(lawful: Players, warned: Warned) -> None:
    case_id, _uploader = warned
    strange = step(lawful.right_holder, case_id, "notices", {"elements": {"name": "x"}}).json()["errors"]
    assert (strange[0]["code"], strange[0]["detail"]) == (
        "element_unknown",
        f"must be one of {', '.join(NoticeElement)}",
    )
    foreign = step(lawful.right_holder, case_id, "notices", {"elements": {"signature": "x"}}).json()["errors"]
    assert foreign[0]["detail"] == "must be one of identity, prima_facie_evidence"


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b'{"elements": {"a": "1", "a": "2"}}', b"[" * 100_000])
@pytest.mark.parametrize("name", ["notices", "orders", "intake-decisions"])
def test_bodies_that_are_no_json_are_refused(lawful: Players, warned: Warned, name: str, content: bytes) -> None:
    case_id, uploader = warned
    headers = {"content-type": "application/json"}
    client = lawful.right_holder if name == "notices" else lawful.intake
    assert client.post(f"/api/v1/cases/{case_id}/{name}", content=content, headers=headers).status_code == 400
    assert read(uploader, case_id)["version"] == 1


def test_a_body_that_is_too_large_is_refused(lawful: Players, warned: Warned) -> None:
    case_id, uploader = warned
    body = {"elements": {"identity": "x" * 2_000_000}}
    assert step(lawful.right_holder, case_id, "notices", body).status_code == 413
    assert read(uploader, case_id)["version"] == 1


def test_lone_surrogates_in_names_and_texts_are_named(lawful: Players, warned: Warned) -> None:
    case_id, uploader = warned
    content = b'{"elements": {"identity": "\\ud800", "\\ud800": "x"}}'
    headers = {"content-type": "application/json"}
    response = lawful.right_holder.post(f"/api/v1/cases/{case_id}/notices", content=content, headers=headers)
    assert response.status_code in (400, 422)
    assert read(uploader, case_id)["version"] == 1


@pytest.mark.parametrize("path", ["nothing", "notice", "notices/1"])
def test_a_step_that_there_is_not(warned: Warned, path: str) -> None:
    case_id, uploader = warned
    assert uploader.post(f"/api/v1/cases/{case_id}/{path}", json={}).status_code in (403, 404, 405)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_examples_of_the_description_fit(route: Any) -> None:
    assert len(route.examples) == len(route.forms)
    for form, example in zip(route.forms, route.examples, strict=True):
        assert steps.parse(form, example) is not None
        with pytest.raises(Invalid):
            steps.parse(form, {**example, "more": 1})
