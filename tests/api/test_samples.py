"""Audit samples over the API: the whole way on both databases, who may do what, and that labelling is blind."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner

from casework.cli.main import casework
from casework.domain.facts import Role
from casework.domain.sample.drawing import Plan, Unit, draw
from casework.domain.sample.values import Design
from casework.eventlog.merkle import leaf_hash, node_hash
from casework.jobs.reopening import follow
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS
from tests.api.players import CONTEST, PNG, Players, step
from tests.web import Browser, Site

SAMPLES = "/api/v1/samples"
LABEL = {"truth": "lawful", "bases": ["CN_ART24_02"], "reasons": "It quotes a little."}


def people(site: Site) -> tuple[Browser, Browser]:
    """An officer and somebody of the regulator."""
    officer, regulator = site.account(Role.COMPLIANCE), site.account(Role.OVERSIGHT)
    scopes = (Scope.CASES_READ, Scope.SAMPLES)
    return (
        site.api(site.token(officer, *scopes, Scope.CASES_ACT, valid_for=YEARS)),
        site.api(site.token(regulator, *scopes, valid_for=YEARS)),
    )


def plan(site: Site, **changes: Any) -> dict[str, Any]:
    now = site.clock.now()
    return {
        "start": "2026-06-30T00:00:00Z",
        "end": (now + timedelta(days=1)).isoformat(),
        "design": "simple",
        "cases": 3,
        "seed": "spring-2026",
        "sides": ["platform", "regulator"],
        "reopens": True,
        **changes,
    }


def good(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def announced(site: Site, officer: Browser, **changes: Any) -> str:
    answer = good(officer.post(SAMPLES, json=plan(site, **changes)), 201)
    return f"{SAMPLES}/{answer['sample']}"


def drawn(site: Site, officer: Browser, **changes: Any) -> str:
    address = announced(site, officer, **changes)
    good(officer.post(f"{address}/draws", json={"beacon": "checkpoint"}))
    return address


def items(client: Browser, address: str) -> list[str]:
    found: list[str] = good(client.get(f"{address}/items"))["items"]
    return found


def facts(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(site)]


def lines(site: Site) -> list[bytes]:
    return list(site.parts.proofs.facts(0, site.parts.proofs.size()))


def root(leaves: list[bytes]) -> bytes:
    """Plain recursion over all leaves (RFC 9162, 2.1.1)."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root(leaves[:half]), root(leaves[half:]))


def test_a_sample_from_announcement_to_reopened_case(players: Players) -> None:
    site = players.site
    officer, regulator = people(site)
    cases = {players.open(f"sample-{number}")[0] for number in range(3)}
    start = site.clock.now().isoformat()
    address = drawn(site, officer, cases=2000, start="2026-06-01T00:00:00Z")
    answer = good(officer.get(address))
    assert answer["cases"] == answer["awaited"] == answer["population"] >= len(cases)
    assert start >= answer["plan"]["start"]
    for client in (officer, regulator):
        for number, item in enumerate(items(client, address)):
            assert good(client.post(f"{address}/items/{item}/labels", json=LABEL))["items"] == items(client, address)
            assert len(items(client, address)) == answer["cases"] - number - 1
    answer = good(regulator.get(address))
    assert len(answer["opened"]) == answer["cases"]
    assert {one["truth"] for one in answer["opened"]} == {"lawful"}
    assert answer["estimates"]["false_block_rate"]["value"] == "1.000000"
    assert Decimal(answer["estimates"]["false_block_rate"]["low"]) < 1
    assert answer["kappa"]["value"] is None
    follow(site.parts.casework, site.parts.follow_ups)
    for case in cases:
        events = good(players.compliance.get(f"/api/v1/cases/{case}/events"))["events"]
        assert [one["data"]["cause"] for one in events if one["type"] == "case_reopened"] == ["audit_disagreement"]
    listed = good(officer.get(SAMPLES))["samples"][0]
    assert (listed["sample"], listed["stage"], listed["labelled"]) == (answer["sample"], "drawn", answer["cases"])
    good(officer.post(f"{address}/closings"))
    announced(site, officer)
    listed = good(officer.get(SAMPLES))["samples"]
    assert [one["stage"] for one in listed[:2]] == ["announced", "closed"]
    first = good(officer.get(SAMPLES, params={"limit": 1}))
    assert [*first["samples"], *good(officer.get(first["next"]))["samples"]] == listed[:2]
    site.parts.casework.views.rebuild(["samples"])
    assert good(officer.get(SAMPLES))["samples"] == listed


def test_anybody_draws_the_same_cases_from_the_public_facts(quick: Players) -> None:
    site = quick.site
    officer, _regulator = people(site)
    for number in range(12):
        quick.open(f"redraw-{number}", share=("0.93", "0.40", "0.70")[number % 3])
    good(officer.get(drawn(site, officer, cases=5)))
    known = facts(site)
    announcement = next(one for one in reversed(known) if one["topic"] == "sample.announced")
    drawing = next(one for one in reversed(known) if one["topic"] == "sample.drawn")
    said, result = announcement["data"], drawing["data"]
    population = [
        Unit(one["stream"], "", 1)
        for one in known
        if one["topic"] == "case.filtering_decision_recorded"
        and said["start"] <= one["data"]["decided_at"] < said["end"]
        and one["at"] <= said["as_of"]
        and one["data"]["rule"] != "order"
    ]
    beacon = result["beacon"]
    assert beacon["size"] == announcement["n"] + 1
    assert root(lines(site)[: beacon["size"]]).hex() == beacon["randomness"]
    assert result["seed"] == f"{said['seed']}:{beacon['randomness']}"
    again = draw(result["seed"], Plan(Design(said["design"]), said["cases"]), population)
    assert [one.pseudonym for one in again.picked] == [one["case"] for one in result["drawn"]]
    assert result["population"] == len(population)


def test_the_command_draws_again_and_finds_what_was_changed(quick: Players, tmp_path: Path) -> None:
    site = quick.site
    officer, _regulator = people(site)
    for number in range(8):
        quick.open(f"command-{number}", share=("0.93", "0.40")[number % 2])
    for more in (
        {},
        {"design": "stratified", "stratify_by": "share_band", "allocation": "proportional"},
        {"design": "weighted", "size_by": "share_band"},
    ):
        drawn(site, officer, cases=4, **more)
    file = tmp_path / "facts.ndjson"
    file.write_bytes(b"\n".join(lines(site)) + b"\n")
    runner = CliRunner()
    told = runner.invoke(casework, ["sample", "redraw", "--facts", str(file), "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)["samples"]
    assert len(found) >= 3
    assert [one["faults"] for one in found] == [[]] * len(found)
    whole = file.read_bytes()
    known = lines(site)
    last = next(one["data"] for one in reversed(facts(site)) if one["topic"] == "sample.drawn")
    first_case = last["drawn"][0]["case"].encode()
    other = last["drawn"][1]["case"].encode()
    swapped = whole.replace(first_case, b"?").replace(other, first_case).replace(b"?", other)
    for changed, said in (
        (swapped, "draws other cases"),
        (whole.replace(b'"seed":"spring-2026"', b'"seed":"autumn-2026"'), "names the seed"),
        (whole.replace(b'"case.filtering_decision_recorded"', b'"case.statement_filed"', 1), "not the root of the log"),
        (b"\n".join(known[1:]), "fact 0 says that it is number 1"),
        (b"nonsense", "not the public facts"),
    ):
        file.write_bytes(changed)
        told = runner.invoke(casework, ["sample", "redraw", "--facts", str(file)])
        assert told.exit_code == 1
        assert said in told.output, told.output


@pytest.mark.parametrize("design", ["stratified", "weighted"])
def test_other_designs_are_drawn_and_say_their_probabilities(quick: Players, design: str) -> None:
    officer, _regulator = people(quick.site)
    for number in range(6):
        quick.open(f"{design}-{number}", share=("0.93", "0.40")[number % 2])
    more = {"stratify_by": "outcome", "allocation": "equal"} if design == "stratified" else {"size_by": "share_band"}
    address = drawn(quick.site, officer, design=design, cases=4, sides=["platform"], reopens=False, **more)
    for item in items(officer, address):
        good(officer.post(f"{address}/items/{item}/labels", json=LABEL))
    answer = good(officer.get(address))
    assert sum(one["sampled"] for one in answer["strata"]) == len(answer["opened"]) == 4
    assert answer["estimates"]["accuracy"]["value"] is not None


SECRETS = (
    "presumed_infringing",
    "band_high",
    "cn-2021-1",
    "blocked",
    "contest",
    "statutory_exception",
    "ruling",
    '0.9"',
)


def test_labelling_is_blind(quick: Players) -> None:
    """Evidence and what both sides say; nothing of the decision, and the same whether or not the other has labelled."""
    site = quick.site
    officer, regulator = people(site)
    case, uploader = quick.open("blind-1")
    good(step(uploader, case, "contests", CONTEST))
    files = [("files", ("scene.png", PNG, "image/png"))]
    good(uploader.post(f"/api/v1/cases/{case}/evidence", files=files))
    address = drawn(site, officer, cases=2000, start="2026-06-01T00:00:00Z")
    sample = site.parts.auditing.sample(UUID(address.rpartition("/")[2]))
    item = next(site.parts.auditing.item_of(sample, one) for one in sample.items if str(one) == case)
    shown = officer.get(f"{address}/items/{item}")
    body = good(shown)
    assert body["said"] == [{"side": "uploader", "text": CONTEST["reasons"]}]
    assert body["evidence"]["share"]["of_upload"] == "0.93"
    assert [one["name"] for one in body["files"]] == ["scene.png"]
    assert officer.get(f"{address}/items/{item}/files/1").content == PNG
    for number in ("2", "0", "one", "9" * 30):
        assert officer.get(f"{address}/items/{item}/files/{number}").status_code == 404
    for secret in (case, site.parts.auditing.pseudonym(next(iter(sample.items))), *SECRETS):
        assert secret not in shown.text, secret
    before = [officer.get(one).json() for one in (address, f"{address}/items", f"{address}/items/{item}", SAMPLES)]
    good(regulator.post(f"{address}/items/{item}/labels", json=LABEL))
    after = [officer.get(one).json() for one in (address, f"{address}/items", f"{address}/items/{item}", SAMPLES)]
    assert after == before
    facts_of_label = [one["data"] for one in facts(site) if one["topic"] == "sample.label_given"]
    assert "lawful" not in json.dumps(facts_of_label[-1])


def test_who_may_do_what(quick: Players) -> None:
    site = quick.site
    officer, regulator = people(site)
    quick.open("who-1")
    assert quick.right_holder.get(SAMPLES).status_code == 403
    assert quick.reviewers == {} or all(one.get(SAMPLES).status_code == 403 for one in quick.reviewers.values())
    reader = quick.oversight
    assert reader.get(SAMPLES).status_code == 200
    assert reader.post(SAMPLES, json=plan(site)).status_code == 403
    own = announced(site, regulator, sides=["regulator"], reopens=False)
    refused = officer.post(f"{own}/draws", json={"beacon": "checkpoint"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_your_step")
    good(regulator.post(f"{own}/draws", json={"beacon": "checkpoint"}))
    assert items(officer, own) == []
    assert officer.get(f"{own}/items/{items(regulator, own)[0]}").status_code == 404
    assert regulator.post(SAMPLES, json=plan(site)).json()["code"] == "sample_reopens_not_yours"


def test_bodies_that_do_not_fit_are_named(quick: Players) -> None:
    site = quick.site
    officer, _regulator = people(site)
    quick.open("bodies-1")
    wrong = officer.post(SAMPLES, json=plan(site, cases=0, seed="two words"))
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/cases", "/seed"]
    address = announced(site, officer)
    public = officer.post(f"{address}/draws", json={"beacon": "public"})
    assert [one["pointer"] for one in public.json()["errors"]] == ["/value", "/source", "/published"]
    typed = officer.post(f"{address}/draws", json={"beacon": "checkpoint", "value": "ab"})
    assert [one["pointer"] for one in typed.json()["errors"]] == ["/value"]
    assert officer.get(f"{SAMPLES}/00000000-0000-4000-8000-000000000000").status_code == 404
    for wrong_id in ("nothing", "%00"):
        assert officer.get(f"{SAMPLES}/{wrong_id}").status_code == 404
    case = quick.open("bodies-2")[0]
    assert officer.get(f"{SAMPLES}/{case}").status_code == 404
    again = plan(site)
    key = {"Idempotency-Key": "once"}
    first = good(officer.post(SAMPLES, json=again, headers=key), 201)["sample"]
    assert good(officer.post(SAMPLES, json=again, headers=key), 201)["sample"] == first
    other = officer.post(SAMPLES, json=plan(site, cases=4), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_a_public_beacon_that_came_out_since(quick: Players) -> None:
    site = quick.site
    officer, _regulator = people(site)
    quick.open("beacon-1")
    address = announced(site, officer)
    body = {"beacon": "public", "value": "7f3a", "source": "drand", "published": site.clock.now().isoformat()}
    refused = officer.post(f"{address}/draws", json=body)
    assert refused.json()["code"] == "beacon_too_early"
    site.clock.advance(timedelta(hours=2))
    body["published"] = (site.clock.now() - timedelta(hours=1)).isoformat()
    assert good(officer.post(f"{address}/draws", json=body))["seed"] == "spring-2026:7f3a"
