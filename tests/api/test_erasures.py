"""Erasure on request: nothing of the person is left, and the log, its root and every figure stay as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl
from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Actor, Role
from casework.engine_references import EngineReferences
from casework.erasing import Erasing
from casework.jobs.previews import PreviewMaker
from casework.reports import exports
from casework.reports.generation import Report, generate_report
from casework.steps.media import deposit
from casework.views.access.tokens import Scope
from casework_verify.comparison import check_report
from tests.api.engine_messages import UPLOAD, Engine, match, message, site_with
from tests.samples import MATCHER, decision_line
from tests.web import START, Browser, Site

PATH = "/api/v1/erasures"
NAME = "Zebulon Quagmire"
"""A name that stands nowhere else."""


class Person:
    """An uploader whose name stands in everything that a person can hand in, and a right holder of that name."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.site, self.folder = engine, engine.site, folder
        parts = self.site.parts
        self.casework, self.vault = parts.casework, parts.casework.vault
        self.party = self.vault.pseudonym("up", "u-zebulon")
        upload = {"upload__uploader_id": "u-zebulon", "upload__title": f"{NAME} reviews", "upload__medium": "text"}
        where = {"upload__url": f"https://example.org/{NAME.replace(' ', '-')}", "work__kind": "text"}
        segment = {"upload": [0, len(NAME)], "work": [0, len(NAME)]}
        line = decision_line("0.93", "zebulon", **upload, **where, evidence__segments=[segment])
        (answer,) = parts.intake.take([line], MATCHER)
        assert answer.case_id is not None, answer.errors
        assert answer.page is not None
        self.case_id, self.page = answer.case_id, answer.page
        self.api = self.site.api(answer.page.removeprefix("/d/"))
        contest = {"ground": "other", "reasons": f"I am {NAME}."}
        assert self.api.post(f"/api/v1/cases/{self.case_id}/contests", json=contest).status_code == 200
        self.right_holder = self.site.account(Role.RIGHT_HOLDER, name=NAME, right_holder_id="rh-zebulon")
        self.compliance = self._officer()

    def hand_everything_in(self) -> Person:
        """Files and previews of them, and a message of an engine that waits."""
        parts, folder, engine = self.site.parts, self.folder, self.engine
        file = ("files", (f"{NAME}.txt", NAME.encode(), "text/plain"))
        assert self.api.post(f"/api/v1/cases/{self.case_id}/evidence", files=[file]).status_code == 200
        for side, text in ((MediaSide.UPLOAD, NAME + " and no more."), (MediaSide.WORK, "A long novel. " * 30)):
            path = folder / f"{side.value}.txt"
            path.write_text(text)
            deposit(self.casework, parts.previews, self.case_id, MATCHER, side, path, limit_bytes=10_000)
        maker = PreviewMaker(self.casework, parts.previews)
        assert [maker.make_one() for _ in range(3)] == [True, True, False]
        engine.knows({"job-z": {**UPLOAD, "id": "up-z", "uploader_id": "u-zebulon", "title": f"{NAME} sings"}})
        named = message(match("ref-unknown"), upload="job-z", note=NAME)
        assert engine.results(named, "m-z")[0]["reason"] == "unknown_work"
        return self

    def _officer(self) -> Browser:
        account = self.site.account(Role.COMPLIANCE)
        return self.site.api(self.site.token(account, Scope.CASES_READ, Scope.CASES_ACT))

    def post(self, body: Any, **headers: str) -> dict[str, Any]:
        response = self.compliance.post(PATH, json=body, headers=headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def opened(self) -> list[bytes]:
        """Everything in the vault, deciphered."""
        with self.site.parts.engine.connect() as connection:
            keys = {
                row.id: self.vault._unwrapped(row.subject, row.wrapped)
                for row in connection.execute(sa.text("SELECT id, subject, wrapped FROM vault_keys"))
            }
            rows = connection.execute(sa.text("SELECT key_id, id, sealed, media_type FROM vault_items")).all()
            subjects = {
                row.id: row.subject for row in connection.execute(sa.text("SELECT id, subject FROM vault_keys"))
            }
        return [
            keys[row.key_id].decrypt(
                bytes(row.sealed)[:12],
                bytes(row.sealed)[12:],
                f"item\0{row.id}\0{subjects[row.key_id]}\0{row.media_type}".encode(),
            )
            for row in rows
        ]

    def stored(self) -> Iterator[bytes]:
        """Everything that the database holds: its files on SQLite, the rows of all tables on PostgreSQL."""
        engine = self.site.parts.engine
        if engine.dialect.name == "sqlite":
            path = Path(str(engine.url.database))
            for one in sorted(path.parent.iterdir()):
                if one.is_file() and one.name.startswith(path.stem):
                    yield one.read_bytes()
            return
        with engine.connect() as connection:
            tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'views')"
            for schema, table in connection.execute(sa.text(tables)).all():
                rows = connection.execute(sa.text(f'SELECT t::text FROM "{schema}"."{table}" AS t'))
                yield "\n".join(rows.scalars()).encode()

    def seen(self) -> dict[str, str]:
        """What pages, letters and the API show of the case, to the uploader and to staff."""
        browser, address = self.site.browser(), f"/api/v1/cases/{self.case_id}"
        found = {"page": browser.get(self.page).text}
        for who, api in (("uploader", self.api), ("staff", self.compliance)):
            for part in ("", "/events", "/media", "/letters"):
                response = api.get(address + part)
                assert response.status_code == 200, response.text
                found[f"{who} {part}"] = response.text
        for letter in self.api.get(f"{address}/letters").json()["letters"]:
            found[f"letter {letter['number']}"] = self.api.get(f"{address}/letters/{letter['number']}.html").text
        found["seen by staff"] = (
            self.site.browser(self.site.account(Role.COMPLIANCE)).get(f"/compliance/cases/{self.case_id}").text
        )
        return found

    def report(self) -> Report:
        parts, settings = self.casework, self.site.parts.settings
        return generate_report(
            parts.log, parts.views, parts.standards, parts.law, start=date(2026, 6, 1), end=date(2026, 8, 1),
            as_of=START + timedelta(hours=1), zone=settings.zone, platform="P", masked=False,
        )  # fmt: skip


@pytest.fixture
def quick(sqlite_url: DatabaseUrl, tmp_path: Path) -> Iterator[Person]:
    """For what does not depend on the database."""
    with site_with(sqlite_url, tmp_path) as engine:
        yield Person(engine, tmp_path)


@pytest.fixture
def person(database_url: DatabaseUrl, tmp_path: Path) -> Iterator[Person]:
    """On both databases."""
    with site_with(database_url, tmp_path) as engine:
        yield Person(engine, tmp_path)


def holding(contents: dict[str, str]) -> list[str]:
    return [name for name, text in contents.items() if NAME in text]


def test_nothing_of_the_person_is_left_and_the_log_stays_as_it_was(person: Person) -> None:
    casework, proofs = person.hand_everything_in().casework, person.site.parts.proofs
    head = casework.log.head()
    stored, root, report = casework.log.stored(0, 1000), proofs.root(head), exports.as_json(person.report())
    assert sum(NAME.encode() in content for content in person.opened()) >= 7
    before = holding(person.seen())
    assert {"page", "uploader ", "staff ", "seen by staff"} <= set(before)
    person.site.clock.advance(timedelta(days=1))
    answer = person.post({"party": person.party, "answer": "erase"})
    assert (answer["kept"], [one["state"] for one in answer["requests"]]) == (0, ["erased"])
    assert [content for content in person.opened() if NAME.encode() in content] == []
    seen = person.seen()
    assert holding(seen) == []
    assert "(deleted on request)" in seen["page"]
    assert person.engine.waiting() == []
    assert not PreviewMaker(casework, person.site.parts.previews).make_one()
    # The log: what was written stays, two facts came after it, and the figures are the same.
    assert [row[4] for row in casework.log.stored(0, 1000)][:head] == [row[4] for row in stored]
    assert casework.log.head() == head + 2
    assert proofs.root(head) == root
    assert exports.as_json(person.report()) == report
    proofs.check()
    facts = list(proofs.facts(0, proofs.size()))
    assert list(map(str, check_report(report, facts))) == []
    assert person.compliance.get(f"{PATH}?party={person.party}").json()["people"][0]["kept"] == 0
    # A right holder loses the account too.
    right_holder, sessions = person.right_holder, person.site.parts.sessions
    session = sessions.open(right_holder.id)
    assert any(NAME.encode() in content for content in person.stored())
    answer = person.post({"party": right_holder.party, "answer": "erase"})
    assert (answer["kept"], answer["requests"][0]["state"]) == (0, "erased")
    for secret in (NAME, right_holder.email, right_holder.id):
        assert not any(secret.encode() in content for content in person.stored()), secret
    assert person.site.parts.callers.by_session(session).anonymous


def test_erasing_twice_changes_nothing_until_something_new_came(quick: Person) -> None:
    erase = {"party": quick.party, "answer": "erase"}
    first = quick.post(erase, **{"idempotency-key": "k"})
    head = quick.casework.log.head()
    assert quick.post(erase, **{"idempotency-key": "k"}) == first
    assert quick.post(erase) == first
    assert quick.casework.log.head() == head
    statement = quick.api.post(f"/api/v1/cases/{quick.case_id}/statements", json={"statement": f"{NAME} again."})
    assert statement.status_code == 200, statement.text
    again = quick.post(erase)
    assert [one["state"] for one in again["requests"]] == ["erased", "erased"]
    assert again["kept"] == 0


def test_a_key_that_was_used_erases_nothing(quick: Person) -> None:
    refused = {"party": quick.party, "answer": "refuse", "reason": "legal_claims"}
    first = quick.post(refused, **{"idempotency-key": "k"})
    erase = {"party": quick.party, "answer": "erase"}
    again = quick.compliance.post(PATH, json=erase, headers={"idempotency-key": "k"})
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_reused")
    assert quick.vault.count_of(quick.party) == first["kept"] > 0
    assert quick.post(erase, **{"idempotency-key": "e"})["kept"] == 0
    statement = quick.api.post(f"/api/v1/cases/{quick.case_id}/statements", json={"statement": f"{NAME} again."})
    assert statement.status_code == 200, statement.text
    # The answer to the same request once more: what came in since would go without a trace in the log.
    assert quick.post(erase, **{"idempotency-key": "e"})["kept"] == 1


class _Dying:
    """Accounts in a process that ends when the words are gone and nothing is recorded yet."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def held_of(self, party: str) -> int:
        return 0

    def forget(self, party: str) -> int:
        self._person.vault.erase(party)
        raise SystemExit


def test_a_process_that_dies_in_between_leaves_a_request_open(quick: Person) -> None:
    parts, party = quick.site.parts, quick.party
    officer = Actor(role=Role.COMPLIANCE, id="c-officer")
    references = EngineReferences(parts.engine, quick.vault, quick.casework.clock)
    dying = Erasing(quick.casework, _Dying(quick), references, parts.quarantine, parts.settings.zone)
    with pytest.raises(SystemExit):
        dying.erase(party, officer)
    assert parts.erasing.kept_of(party) == 0
    assert parts.erasing.requests(party).open is not None
    done = parts.erasing.erase(party, officer).state
    assert [one.erased is not None for one in done.requests] == [True]


def test_a_request_can_wait_and_be_refused_and_nothing_is_erased(quick: Person) -> None:
    asked = quick.post({"party": quick.party})
    assert asked["requests"][0]["state"] == "open"
    assert quick.post({"party": quick.party}) == asked
    refusal = {"party": quick.party, "answer": "refuse", "reason": "legal_claims", "until": "2027-01-31"}
    refused = quick.post(refusal)
    (one,) = refused["requests"]
    assert (one["state"], one["reason"], one["until"]) == ("refused", "legal_claims", "2027-01-31")
    assert quick.post(refusal) == refused
    assert refused["kept"] == asked["kept"] > 0
    past = quick.compliance.post(PATH, json={**refusal, "until": "2020-01-01"})
    assert (past.status_code, past.json()["code"]) == (409, "kept_until_past")
    listed = quick.compliance.get(PATH).json()["people"]
    assert [(each["party"], len(each["requests"])) for each in listed] == [(quick.party, 1)]
    figures = {key: row.value.number for key, row in quick.report().figures.rows.items() if "personal" in key}
    assert figures == {
        "personal_data.erasure_requests": 1,
        "personal_data.erased": 0,
        "personal_data.refused": 1,
    }


def test_only_compliance_erases_and_unknown_people_are_told_apart(sqlite_site: Site) -> None:
    officer = sqlite_site.account(Role.COMPLIANCE)
    api = sqlite_site.api(sqlite_site.token(officer, Scope.CASES_READ, Scope.CASES_ACT))
    unknown = sqlite_site.parts.casework.vault.pseudonym("up", "nobody")
    for party in (unknown, "up_short", "Anna"):
        for answer in ("none", "erase"):
            assert api.post(PATH, json={"party": party, "answer": answer}).status_code == 404
    wrong = (
        ({"party": unknown, "answer": "refuse"}, "/reason"),
        ({"party": unknown, "reason": "legal_claims"}, "/reason"),
        ({"party": unknown, "answer": "burn"}, "/answer"),
        ({"answer": "erase"}, "/party"),
    )
    for body, pointer in wrong:
        found = api.post(PATH, json=body)
        assert (found.status_code, found.json()["errors"][0]["pointer"]) == (422, pointer), found.text
    for role in (Role.RIGHT_HOLDER, Role.REVIEWER, Role.INTAKE):
        other = sqlite_site.api(sqlite_site.token(sqlite_site.account(role), Scope.CASES_READ, Scope.CASES_ACT))
        assert other.get(PATH).status_code == 403
        assert other.post(PATH, json={"party": unknown}).status_code == 403
