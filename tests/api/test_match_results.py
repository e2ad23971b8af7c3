"""Signed messages of external engines: taken in once, unknown ones wait, exempt pairs open no case, verdicts go out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from casework.database import DatabaseUrl
from casework.discard_reasons import DiscardReason
from casework.domain.case.events import RulingIssued
from casework.domain.values import Availability, RulingOutcome
from casework.engine_verdicts import FIRST_PAUSE, PARKED_AFTER, CaseVerdict
from casework.errors import NotFound
from casework.eventlog.store import Append
from casework.jobs.verdicts import VerdictFeedback, note_verdicts, send_verdicts
from casework.quarantine import KEPT_AFTER_DISCARD
from matching_adapter.external.http_calls import Answer, CallFailed, Service
from matching_adapter.external.verdicts import Verdict
from matching_adapter.external.webhook import Keys, check_signed
from tests.api.deliveries import events_in
from tests.api.engine_messages import KEYS, UPLOAD, WORK, Engine, match, message, site_with
from tests.samples import CLOCK
from tests.web import START, Browser


@pytest.fixture
def engine(database_url: DatabaseUrl, tmp_path: Path) -> Iterator[Engine]:
    with site_with(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def on_sqlite(sqlite_url: DatabaseUrl, tmp_path: Path) -> Iterator[Engine]:
    with site_with(sqlite_url, tmp_path) as made:
        yield made


def case_of(engine: Engine, result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = engine.platform.get(f"/api/v1/cases/{result['case_id']}").json()
    return found


def test_a_message_opens_a_case_once(engine: Engine) -> None:
    engine.knows({"job-1": UPLOAD}, {"ref-9": WORK})
    (result,) = engine.results(message(match(share_of_upload="0.5", confidence=0.98)))
    assert (result["status"], result["engine_share_differs"], result["outcome"]) == (
        "created",
        True,
        "presumed_infringing",
    )
    casework = engine.site.parts.casework
    decision = casework.case(casework.log.read(0, 1)[0].stream).decision
    evidence = decision.evidence
    assert str(evidence.share_of_upload) == "0.93"
    assert str(evidence.engine_share) == "0.5"
    assert (evidence.engine, evidence.engine_version, decision.source) == ("own", "3", "own")
    assert (str(evidence.share_of_work), str(evidence.confidence)) == ("0.775", "0.98")
    assert decision.decided_at.isoformat() == "2026-07-01T07:00:00+00:00"
    before = events_in(engine.site)
    again = engine.send(message(match(share_of_upload="0.5", confidence=0.98)))
    assert (again.status_code, again.json()["repeated"], again.json()["results"]) == (200, True, [result])
    other = engine.results(message(match(share_of_upload="0.5", confidence=0.98)), "m-2")
    assert [one["status"] for one in other] == ["duplicate"]
    assert other[0]["case_id"] == result["case_id"]
    assert events_in(engine.site) == before


def test_what_nobody_knows_waits_until_an_officer_lets_it_in(engine: Engine) -> None:
    found = engine.results(message(match(), match("ref-10")))
    assert [(one["status"], one["reason"]) for one in found] == [("quarantined", "unknown_upload")] * 2
    assert events_in(engine.site) == 0
    waiting = engine.waiting()
    assert [(one["engine"], one["upload"], one["reason"]) for one in waiting] == [
        ("own", "job-1", "unknown_upload")
    ] * 2
    release = f"/api/v1/match-results/quarantine/{waiting[0]['id']}/releases"
    assert engine.officer.post(release).json()["reason"] == "unknown_upload"
    engine.knows({"job-1": UPLOAD})
    assert engine.officer.post(release).json()["reason"] == "unknown_work"
    assert {one["reason"] for one in engine.waiting()} == {"unknown_upload", "unknown_work"}
    engine.knows(works={waiting[0]["work"]: WORK})
    assert engine.officer.post(release).json()["status"] == "created"
    assert engine.officer.post(release).status_code == 404
    (left,) = engine.waiting()
    discard = f"/api/v1/match-results/quarantine/{left['id']}/discards"
    assert engine.officer.post(discard).status_code == 204
    assert engine.officer.post(discard).status_code == 404
    assert engine.waiting() == []
    assert events_in(engine.site) == 1


def test_what_was_thrown_away_can_be_taken_back_until_its_message_is_erased(engine: Engine) -> None:
    secret = "Anna's private remark"
    engine.results(message(match(), match("ref-10"), note=secret))
    first, second = engine.waiting()
    quarantine, clock = engine.site.parts.match_results.quarantine, engine.site.clock
    discard = f"/api/v1/match-results/quarantine/{first['id']}/discards"
    restore = f"/api/v1/match-results/quarantine/{first['id']}/restorations"
    assert engine.officer.post(restore).status_code == 404, "it waits still"
    assert engine.officer.post(discard, json={"reason": "no such reason"}).status_code == 422
    assert engine.officer.post(discard, json={"reason": "trial"}).status_code == 204
    kept = quarantine.look(UUID(first["id"]))
    assert (kept.one.state, kept.one.discard_reason, secret.encode() in (kept.body or b"")) == (
        "discarded",
        "trial",
        True,
    )
    assert engine.officer.post(restore).status_code == 204
    assert len(engine.waiting()) == 2
    engine.officer.post(discard)
    clock.advance(timedelta(hours=1))
    engine.officer.post(discard.replace(first["id"], second["id"]))
    clock.advance(KEPT_AFTER_DISCARD - timedelta(hours=1))
    assert quarantine.forget() == 0, "the second one was thrown away an hour later"
    clock.advance(timedelta(hours=1))
    assert quarantine.forget() == 1
    assert quarantine.forget() == 0
    assert quarantine.look(UUID(second["id"])).body is None
    assert engine.officer.post(restore).status_code == 404
    assert engine.send(message(match(), match("ref-10"), note=secret), "m-1").json()["repeated"] is True


def test_what_is_taken_in_while_it_is_thrown_away_is_told_with_its_case(engine: Engine) -> None:
    engine.knows({"job-1": UPLOAD})
    engine.results(message(match()))
    (waiting,) = engine.waiting()
    results = engine.site.parts.match_results
    one, body = results.quarantine.find(UUID(waiting["id"]))
    engine.knows(works={"ref-9": WORK})
    results.discard(one, "quick", DiscardReason.TRIAL)
    released = results.release(one, body, "slow")
    assert released.answer is not None
    kept = results.quarantine.look(one.item)
    assert (kept.one.state, kept.one.settled_by, kept.one.discard_reason) == ("released", "slow", None)
    assert (kept.one.case_id, kept.body) == (released.answer.case_id, None)
    with pytest.raises(NotFound):
        results.release(one, body, "third")


def test_a_message_is_erased_at_once_when_all_of_it_was_let_in(on_sqlite: Engine) -> None:
    on_sqlite.results(message(match()))
    (one,) = on_sqlite.waiting()
    on_sqlite.knows({"job-1": UPLOAD}, {"ref-9": WORK})
    made = on_sqlite.officer.post(f"/api/v1/match-results/quarantine/{one['id']}/releases").json()
    kept = on_sqlite.site.parts.match_results.quarantine.look(UUID(one["id"]))
    assert (kept.body, kept.one.state, str(kept.one.case_id)) == (None, "released", made["case_id"])


def test_a_share_that_nobody_says_waits_as_well(on_sqlite: Engine) -> None:
    on_sqlite.knows({"job-1": {**UPLOAD, "amount": None}}, {"ref-9": WORK})
    (result,) = on_sqlite.results(message(match()))
    assert (result["status"], result["reason"]) == ("quarantined", "share_unknown")
    (result,) = on_sqlite.results(message(match(), seconds="200"), "m-2")
    assert result["status"] == "created"


@pytest.mark.parametrize("found", [{"segments": [(0, 100_000)]}, {"segments": [], "amount": {"seconds": 221}}])
def test_what_reaches_beyond_the_end_of_the_upload_waits(on_sqlite: Engine, found: dict[str, Any]) -> None:
    on_sqlite.knows({"job-1": UPLOAD}, {"ref-9": WORK})
    (result,) = on_sqlite.results(message(match(**found)))
    assert (result["status"], result["reason"]) == ("quarantined", "beyond_end")
    (rounded,) = on_sqlite.results(message(match(segments=[(100, 219)])), "m-2")
    assert rounded["status"] == "created"


def test_a_result_that_the_intake_refuses_waits(on_sqlite: Engine) -> None:
    on_sqlite.knows({"job-1": UPLOAD}, {"ref-9": WORK})
    on_sqlite.results(message(match()))
    (result,) = on_sqlite.results(message(match(segments=[(0, 20)])), "m-2")
    assert (result["status"], result["reason"]) == ("quarantined", "differs_from_first_delivery")


def test_sound_and_picture_are_not_added_up(on_sqlite: Engine) -> None:
    on_sqlite.knows({"job-1": {**UPLOAD, "medium": "video"}}, {"ref-9": {**WORK, "kind": "film"}})
    picture = {**match(segments=[(0, 60)]), "track": "picture"}
    (result,) = on_sqlite.results(message(match(segments=[(100, 200)]), picture))
    casework = on_sqlite.site.parts.casework
    evidence = casework.case(casework.log.read(0, 1)[0].stream).decision.evidence
    assert (result["status"], str(evidence.share_of_upload), evidence.track) == ("created", "0.5", "sound")
    (beside,) = evidence.also_found or ()
    assert (beside.track, str(beside.share_of_upload)) == ("picture", "0.3")


def test_only_what_is_signed_now_by_a_key_that_counts_is_taken(on_sqlite: Engine) -> None:
    one = message(match())
    assert on_sqlite.send(one, "ok-1", key=KEYS[1]).status_code == 200
    assert on_sqlite.send(one, "ok-2", skew=-299).status_code == 200
    refused = {
        "bad_signature": on_sqlite.send(one, "m-2", key=KEYS[2]),
        "too_old": on_sqlite.send(one, "m-3", skew=-301),
        "too_new": on_sqlite.send(one, "m-4", skew=301),
        "missing_header": on_sqlite.client.post("/api/v1/match-results/own", json=one),
        "bad_header": on_sqlite.send(one, "m.5"),
    }
    assert {code: (one.status_code, one.json()["code"]) for code, one in refused.items()} == {
        code: (401, code) for code in refused
    }
    assert on_sqlite.send(one, "m-6", webhook_id="m-7").status_code == 401
    assert on_sqlite.send(one, engine="other").status_code == 404
    assert len(on_sqlite.waiting()) == 2


def test_messages_that_do_not_fit(on_sqlite: Engine) -> None:
    cases: list[tuple[Any, int, str]] = [
        (b"{", 422, ""),
        (b"[]", 422, "/upload"),
        (message({"work": "ref-9", "method": "magic"}), 422, "/matches/0/method"),
        (message({**match(), "segments": [{"upload": [5, 5]}]}), 422, "/matches/0/segments/0/upload/0"),
        (message({**match(), "share_of_upload": 93}), 422, "/matches/0/share_of_upload"),
        (b'{"upload": "' + b"x" * (1 << 20) + b'"}', 413, ""),
    ]
    for sent, status, pointer in cases:
        response = on_sqlite.send(sent)
        assert response.status_code == status, response.text
        if status == 422:
            assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert on_sqlite.site.parts.match_results.quarantine.known("own", "m-1") is None


def test_references_are_checked_field_by_field(on_sqlite: Engine) -> None:
    address = "/api/v1/match-results/own/references"
    body = {"uploads": [{"reference": "", "upload": UPLOAD}, {"reference": "a", "upload": {**UPLOAD, "medium": "x"}}]}
    errors = on_sqlite.platform.put(address, json=body).json()["errors"]
    assert [one["pointer"] for one in errors] == ["/uploads/0/reference", "/uploads/1/upload/medium"]
    assert on_sqlite.platform.put(address, json=[]).status_code == 422
    assert on_sqlite.platform.put("/api/v1/match-results/other/references", json={}).status_code == 404
    assert on_sqlite.officer.put(address, json={}).status_code == 403
    assert on_sqlite.client.get("/api/v1/match-results/quarantine").status_code == 401


def rule(engine: Engine, result: dict[str, Any], outcome: RulingOutcome, availability: Availability) -> None:
    """Write a ruling into the case, as a panel would."""
    casework = engine.site.parts.casework
    stream = next(one.stream for one in casework.log.read(0, 1000) if str(one.stream) == result["case_id"])
    version = len(casework.log.load(stream))
    ruling = RulingIssued(outcome=outcome, availability=availability)
    casework.log.append(
        [Append(stream, version, (ruling,))],
        recorded=engine.site.clock.advance(timedelta(hours=1)),
        by=CLOCK,
        command=f"rule-{version}",
    )


def feedback(engine: Engine) -> VerdictFeedback:
    parts = engine.site.parts
    return VerdictFeedback(parts.casework, parts.verdicts, parts.external.targets)


def test_a_reversed_pair_opens_no_further_case_until_the_reversal_falls(engine: Engine) -> None:
    copy = {**UPLOAD, "version": 2, "content_sha256": "b" * 64}
    other = {**UPLOAD, "id": "up-2", "content_sha256": "c" * 64}
    engine.knows({"job-1": UPLOAD, "copy": copy, "other": other}, {"ref-9": WORK, "ref-10": {**WORK, "id": "w-10"}})
    (first,) = engine.results(message(match()))
    rule(engine, first, RulingOutcome.REVERSED, Availability.PUBLIC)
    assert note_verdicts(feedback(engine)) == 1
    assert note_verdicts(feedback(engine)) == 0
    before = events_in(engine.site)
    assert [one["status"] for one in engine.results(message(match()), "m-2")] == ["exempted"]
    assert [one["status"] for one in engine.results(message(match(), upload="copy"), "m-3")] == ["exempted"]
    assert events_in(engine.site) == before
    more = engine.results(message(match(segments=[(0, 200)]), upload="copy"), "m-4")
    assert [one["status"] for one in more] == ["created"], "more than was judged is another use"
    assert [one["status"] for one in engine.results(message(match("ref-10")), "m-5")] == ["created"]
    assert [one["status"] for one in engine.results(message(match(), upload="other"), "m-6")] == ["created"]
    rule(engine, first, RulingOutcome.UPHELD, Availability.BLOCKED)
    assert note_verdicts(feedback(engine)) == 1
    assert [one["status"] for one in engine.results(message(match()), "m-7")] == ["duplicate"]


class Receiver(BaseHTTPRequestHandler):
    """The engine's side: keeps what came in, answers as told."""

    status = 200
    seen: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(type(self).status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[type[Receiver]]:
    handler = type("Handler", (Receiver,), {"seen": [], "status": 200})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    handler.port = server.server_address[1]  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    server.server_close()


def told_at(port: int) -> str:
    return f'[engines.own.verdicts]\nurl = "http://127.0.0.1:{port}/told"\nkey_file = "2.txt"\n'


def test_an_engine_is_told_until_it_has_heard(
    database_url: DatabaseUrl, tmp_path: Path, receiver: type[Receiver]
) -> None:
    with site_with(database_url, tmp_path, told_at(receiver.port)) as engine:  # type: ignore[attr-defined]
        engine.knows({"job-1": UPLOAD}, {"ref-9": WORK})
        (first,) = engine.results(message(match()))
        rule(engine, first, RulingOutcome.REVERSED, Availability.PUBLIC)
        told = feedback(engine)
        note_verdicts(told)
        receiver.status = 500
        assert send_verdicts(told) == 0
        assert send_verdicts(told) == 0, "not before its time"
        assert len(receiver.seen) == 1
        clock = engine.site.clock
        while not told.verdicts.parked():
            clock.advance(FIRST_PAUSE + timedelta(hours=12))
            send_verdicts(told)
        (parked,) = engine.platform.get("/api/v1/verdicts/parked").json()["verdicts"]
        assert (parked["engine"], parked["outcome"], parked["problem"]) == ("own", "reversed", "service_fault 500")
        assert clock.now() - START >= PARKED_AFTER - timedelta(hours=24)
        receiver.status = 204
        clock.advance(timedelta(days=9))
        assert send_verdicts(told) == 0
        resend = f"/api/v1/verdicts/{parked['number']}/engines/own/resends"
        assert engine.platform.post(resend).status_code == 204
        assert engine.platform.post(resend).status_code == 404
        assert send_verdicts(told) == 1
        assert send_verdicts(told) == 0
        headers, body = receiver.seen[-1]
        assert (
            check_signed(Keys((KEYS[2],)), headers, body, int(clock.now().timestamp()))
            == receiver.seen[0][0]["webhook-id"]
        )
        sent = json.loads(body)
        assert sent["type"] == "match.verdict"
        assert set(sent["data"]) == {
            "upload_id",
            "upload_sha256",
            "work_id",
            "outcome",
            "exempt",
            "decided_at",
            "share_of_upload",
        }
        assert (sent["data"]["upload_id"], sent["data"]["outcome"], sent["data"]["exempt"]) == (
            "up-1",
            "reversed",
            True,
        )
        assert not any(word in body for word in (b"u-7", b"Anna", b"rh-3"))


def test_a_later_verdict_on_a_pair_waits_for_the_earlier_one(
    database_url: DatabaseUrl, tmp_path: Path, receiver: type[Receiver]
) -> None:
    with site_with(database_url, tmp_path, told_at(receiver.port)) as engine:  # type: ignore[attr-defined]
        engine.knows({"job-1": UPLOAD}, {"ref-9": WORK, "ref-10": {**WORK, "id": "w-10"}})
        first, other = engine.results(message(match(), match("ref-10")))
        rule(engine, first, RulingOutcome.REVERSED, Availability.PUBLIC)
        told = feedback(engine)
        note_verdicts(told)
        receiver.status = 500
        assert send_verdicts(told) == 0
        receiver.status = 204
        rule(engine, first, RulingOutcome.UPHELD, Availability.BLOCKED)
        rule(engine, other, RulingOutcome.REVERSED, Availability.PUBLIC)
        note_verdicts(told)
        receiver.seen.clear()
        assert send_verdicts(told) + send_verdicts(told) == 3
        sent = [json.loads(body)["data"] for _, body in receiver.seen]
        assert [one["outcome"] for one in sent if one["work_id"] == "w-9"] == ["reversed", "upheld"]


def test_an_engine_that_is_away_keeps_nobody_else_waiting(
    sqlite_url: DatabaseUrl, tmp_path: Path, receiver: type[Receiver]
) -> None:
    with site_with(sqlite_url, tmp_path, told_at(receiver.port)) as engine:  # type: ignore[attr-defined]
        parts, now = engine.site.parts, engine.site.clock.now()
        own, calls = parts.external.targets["own"], []

        class Away(Service):
            def call(self, method: str, *_: Any, **__: Any) -> Answer:
                calls.append(method)
                raise CallFailed("timeout", "no answer", retryable=True)

        def found(number: int, source: str) -> CaseVerdict:
            verdict = Verdict(None, f"up-{number}", "w-9", "reversed", now, exempt=True)
            return CaseVerdict(uuid4(), number, source, verdict)

        many = [found(number, "away") for number in range(1, 41)]
        parts.verdicts.note([*many, found(41, "own")], until=41, targets=["away", "own"])
        targets = {"own": own, "away": replace(own, service=Away("http://away.example"))}
        assert send_verdicts(VerdictFeedback(parts.casework, parts.verdicts, targets)) == 1
        assert calls == ["POST"], "it is not asked again in the same round"


def test_parked_verdicts_are_for_engineers_and_compliance(on_sqlite: Engine) -> None:
    assert on_sqlite.client.get("/api/v1/verdicts/parked").status_code == 401
    assert on_sqlite.officer.get("/api/v1/verdicts/parked").status_code == 403
    nobody: Browser = on_sqlite.platform
    assert nobody.post("/api/v1/verdicts/0/engines/own/resends").status_code == 404
