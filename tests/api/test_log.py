"""The public log: what anybody can fetch is enough to check every proof without believing us (F7)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.eventlog.notes import (
    COSIGNATURE_ED25519,
    Note,
    Verifier,
    cosign,
    read_checkpoint,
    read_note,
    read_verifier,
    sign,
)
from casework.views.api import log as log_api
from tests.api.conftest import on_sqlite
from tests.api.players import RULING, Players, step
from tests.eventlog.test_merkle import naive_root, root_by_inclusion, roots_by_consistency
from tests.web import Browser, Site

LOG = "/api/v1/log"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Verifier("witness.example", COSIGNATURE_ED25519, WITNESS_KEY.public_key().public_bytes_raw())


@pytest.fixture
def public(players: Players) -> Browser:
    """Somebody without any token."""
    return players.site.api()


def grown(players: Players, name: str) -> str:
    """A contested case more in the log, and time for a new checkpoint."""
    case_id, _uploader = players.heard(name)
    players.site.clock.advance(timedelta(minutes=1))
    return case_id


def fetched(public: Browser, address: str) -> Any:
    response = public.get(f"{LOG}/{address}")
    assert response.status_code == 200, response.text
    return response.json()


def all_facts(public: Browser) -> list[bytes]:
    """Every leaf, page by page as a program would."""
    found: list[bytes] = []
    address = f"{LOG}/facts"
    while True:
        response = public.get(address)
        assert response.headers["content-type"] == "application/x-ndjson"
        found += response.content.splitlines()
        if "next" not in response.links:
            return found
        address = response.links["next"]["url"]


def raw(texts: Sequence[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def test_the_checkpoint_is_signed_over_the_root_of_all_facts(
    players: Players, public: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(players, "for a checkpoint")
    monkeypatch.setattr(log_api, "MOST_FACTS", 7)
    facts = all_facts(public)
    response = public.get(f"{LOG}/checkpoint")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    note = read_note(response.text)
    body = read_checkpoint(note.text)
    keys = fetched(public, "keys")
    assert read_verifier(keys["keys"][-1]["key"]).accepts(note.text, note.signatures[0])
    assert (body.origin, body.size) == (keys["origin"], len(facts))
    assert body.root == naive_root(facts)
    assert [json.loads(fact)["n"] for fact in facts] == list(range(len(facts)))


@on_sqlite
def test_every_leaf_is_proved_to_be_in_the_log(players: Players, public: Browser) -> None:
    grown(players, "for inclusion")
    facts = all_facts(public)
    size = len(facts)
    for index in (0, 1, size // 2, size - 1):
        answer = fetched(public, f"proof/inclusion?index={index}&size={size}")
        assert root_by_inclusion(facts[index], index, size, raw(answer["proof"])) == naive_root(facts)
        assert base64.b64decode(answer["root"]) == naive_root(facts)


def test_a_later_log_begins_with_the_earlier_one(players: Players, public: Browser) -> None:
    grown(players, "before")
    earlier = read_checkpoint(read_note(public.get(f"{LOG}/checkpoint").text).text)
    grown(players, "after")
    later = read_checkpoint(read_note(public.get(f"{LOG}/checkpoint").text).text)
    assert later.size > earlier.size
    answer = fetched(public, f"proof/consistency?from={earlier.size}&to={later.size}")
    found = roots_by_consistency(earlier.size, later.size, earlier.root, raw(answer["proof"]))
    assert found == (earlier.root, later.root)
    assert public.get(f"{LOG}/checkpoint?size={earlier.size}").text.startswith(earlier.text)


@on_sqlite
def test_a_busy_log_is_not_signed_anew_for_each_request(players: Players, public: Browser) -> None:
    grown(players, "quiet")
    first = public.get(f"{LOG}/checkpoint").text
    players.heard("busy")
    assert public.get(f"{LOG}/checkpoint").text == first
    players.site.clock.advance(timedelta(seconds=11))
    assert public.get(f"{LOG}/checkpoint").text != first


def test_a_receipt_leads_to_the_step_and_its_proof(players: Players, public: Browser) -> None:
    case_id = grown(players, "for a receipt")
    parts = players.site.parts
    event = next(one for one in parts.casework.history(UUID(case_id)) if one.event.TOPIC == "case.contest_lodged")
    code = parts.proofs.codes.code(event.stream, event.version)
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ").replace("0", "o")):
        response = public.get(f"{LOG}/receipt/{typed}")
        assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-store"
    answer = response.json()
    body = read_checkpoint(read_note(answer["checkpoint"]).text)
    assert body.size > answer["index"]
    fact = answer["fact"].encode()
    assert root_by_inclusion(fact, answer["index"], body.size, raw(answer["proof"])) == body.root
    assert json.loads(fact)["topic"] == "case.contest_lodged"
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    assert public.get(f"{LOG}/receipt/{wrong}").status_code == 404
    assert public.get(f"{LOG}/receipt/nothing").status_code == 404


def test_only_who_lodged_a_step_is_told_its_code(players: Players, public: Browser) -> None:
    case_id, uploader, (first, _second) = players.contested("codes over the API")
    codes: dict[str, list[str]] = {}
    for name, client in {"up": uploader, "rh": players.right_holder, "staff": players.compliance, "rev": first}.items():
        events = client.get(f"/api/v1/cases/{case_id}/events").json()["events"]
        codes[name] = [one["receipt"] for one in events if one["receipt"] is not None]
    assert codes == {"up": codes["up"], "rh": [], "staff": [], "rev": []}
    (code,) = codes["up"]
    assert json.loads(fetched(public, f"receipt/{code}")["fact"])["topic"] == "case.contest_lodged"


@on_sqlite
def test_no_fact_names_anybody_or_anything(players: Players, public: Browser) -> None:
    case_id = grown(players, "secretive")
    text = b"\n".join(all_facts(public)).decode()
    for private in (case_id, "secretive", "rh-3", "u-77", "up-1", "My review"):
        assert private not in text


@pytest.mark.parametrize(
    ("address", "status", "pointer"),
    [
        ("proof/inclusion?index=0&size=99999999", 422, "/size"),
        ("proof/inclusion?index=5&size=5", 422, "/index"),
        ("proof/inclusion?index=-1&size=5", 400, "/index"),
        ("proof/inclusion?index=x&size=5", 400, "/index"),
        ("proof/inclusion?index=1", 422, "/size"),
        ("proof/consistency?from=3&to=2", 422, "/from"),
        ("proof/consistency?from=3&to=99999999", 422, "/to"),
        ("proof/consistency?from=3&to=99999999999999999999", 400, "/to"),
        ("facts?from=99999999", 422, "/from"),
        ("facts?from=2&to=1", 422, "/from"),
        ("facts?to=99999999", 422, "/to"),
        ("facts?from=zero", 400, "/from"),
        ("checkpoint?size=-1", 400, "/size"),
    ],
)
def test_bad_input_names_the_field(quick: Players, address: str, status: int, pointer: str) -> None:
    if not quick.site.parts.casework.log.head():
        quick.contested("to have a log")
    response = quick.site.api().get(f"{LOG}/{address}")
    assert (response.status_code, [error["pointer"] for error in response.json()["errors"]]) == (status, [pointer])


@on_sqlite
def test_what_never_changes_may_be_kept(players: Players, public: Browser) -> None:
    grown(players, "for caches")
    for address in ("proof/inclusion?index=0&size=2", "proof/consistency?from=1&to=2", "facts?from=0&to=2"):
        assert "immutable" in public.get(f"{LOG}/{address}").headers["cache-control"]
    for address in ("checkpoint", "facts", "keys"):
        assert public.get(f"{LOG}/{address}").headers["cache-control"] == "public, max-age=10"


def given(public: Browser, note: str) -> Any:
    return public.post(f"{LOG}/cosignatures", content=note.encode(), headers={"content-type": "text/plain"})


def test_witnesses_add_their_names(players: Players, public: Browser) -> None:
    grown(players, "witnessed")
    proofs = players.site.parts.proofs
    proofs.witnesses = (WITNESS,)
    first = read_note(public.get(f"{LOG}/checkpoint").text)
    signature = cosign(first.text, WITNESS.name, WITNESS_KEY, 1_782_000_000)
    note = Note(first.text, (*first.signatures, signature))
    assert given(public, str(note)).text == str(note)
    assert given(public, str(note)).text == str(note), "twice is harmless"
    assert public.get(f"{LOG}/checkpoint").text == str(note)
    grown(players, "not witnessed yet")
    second = read_note(public.get(f"{LOG}/checkpoint").text)
    assert len(second.signatures) == 1
    later = Note(second.text, (cosign(second.text, WITNESS.name, WITNESS_KEY, 1_782_000_060),))
    assert given(public, str(later)).status_code == 200
    refused = given(public, str(note))
    assert (refused.status_code, refused.json()["code"]) == (409, "cosignature_older")


@on_sqlite
def test_cosignatures_of_others_are_refused(players: Players, public: Browser) -> None:
    grown(players, "unwitnessed")
    proofs = players.site.parts.proofs
    proofs.witnesses = (WITNESS,)
    here = read_note(public.get(f"{LOG}/checkpoint").text)
    other = Ed25519PrivateKey.generate()
    good = cosign(here.text, WITNESS.name, WITNESS_KEY, 1_782_000_100)
    forged = type(good)(good.name, good.key_id, good.value[:8] + bytes(64))
    elsewhere = here.text.replace(proofs.keys.origin, "log.example/other")
    unsigned = here.text.replace(here.text.split("\n")[2], base64.b64encode(bytes(32)).decode())
    for text, signatures, code in (
        (here.text, (cosign(here.text, "stranger.example", other, 1),), "witness_unknown"),
        (here.text, here.signatures, "witness_unknown"),
        (here.text, (sign(here.text, WITNESS.name, WITNESS_KEY),), "witness_unknown"),
        (here.text, (forged,), "cosignature_wrong"),
        (here.text, (good, cosign(here.text, "stranger.example", other, 1)), "witness_unknown"),
        (elsewhere, (cosign(elsewhere, WITNESS.name, WITNESS_KEY, 1),), "log_of_another"),
        (unsigned, (cosign(unsigned, WITNESS.name, WITNESS_KEY, 1),), "checkpoint_unknown"),
    ):
        answer = given(public, str(Note(text, tuple(signatures))))
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert answer.json()["detail"] != "This step is not possible now."
    assert public.get(f"{LOG}/checkpoint").text == str(here), "nothing was kept"
    assert given(public, "no note").status_code == 422
    assert given(public, "x" * 70_000).status_code == 413


def test_no_fact_tells_that_a_first_ruling_is_in(sqlite_site: Site) -> None:
    players, public = Players(sqlite_site, sqlite_site.engine_api()), sqlite_site.api()
    case_id, _uploader, (first, second) = players.contested("sealed in the log")
    players.open("after the seating")
    before = all_facts(public)
    seated = json.loads(before[-1])["n"] + 1
    assert step(first, case_id, "rulings", RULING).status_code == 200
    players.open("after the sealed one")
    assert all_facts(public) == before, "where they end does not move when a ruling comes in"
    size = sqlite_site.parts.proofs.size()
    assert size > seated + 2, "its commitment is in the tree at once"
    refused = public.get(f"{LOG}/facts?to={size}")
    assert (refused.status_code, refused.json()["code"]) == (409, "facts_sealed")
    assert refused.json()["details"] == {"public": str(seated)}
    assert step(second, case_id, "rulings", RULING).status_code == 200
    assert naive_root(all_facts(public)) == sqlite_site.parts.proofs.root(sqlite_site.parts.proofs.size())
