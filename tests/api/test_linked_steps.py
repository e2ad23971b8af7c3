"""Steps that meet others at the same moment, and cases of one upload and work: no panel may block another one."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from casework import steps
from casework.application import Casework, Handled
from casework.database import DatabaseUrl
from casework.domain.facts import Refused
from casework.eventlog.clock import SimulatedClock
from casework.views.models.catch_up import Views
from tests.api.players import CONTEST, PNG, RULING, Players, step
from tests.web import Site, running, settings_for


@pytest.fixture
def people(sqlite_site: Site) -> Players:
    """People around a site of this test's own."""
    return Players(sqlite_site, sqlite_site.engine_api())


def contested(people: Players, decision_id: str, upload: str) -> str:
    """A case under contest."""
    case_id, uploader = people.open(decision_id, upload__id=upload)
    assert step(uploader, case_id, "contests", CONTEST).status_code == 200
    return case_id


def seated(people: Players, case_id: str) -> None:
    """Let compliance seat the panel now."""
    response = step(people.compliance, case_id, "panels", {})
    assert response.status_code == 200, response.text


def test_panels_of_two_cases_of_one_upload_have_no_member_in_common(people: Players) -> None:
    people.hire(4)
    cases = [contested(people, name, "linked") for name in ("linked-1", "linked-2")]
    for case_id in cases:
        seated(people, case_id)
    # A ruling on one bars from the other: a shared reviewer could never give the second one.
    for case_id in cases:
        for reviewer in people.panel(case_id):
            response = step(reviewer, case_id, "rulings", RULING)
            assert response.status_code == 200, response.text
        assert people.compliance.get(f"/api/v1/cases/{case_id}").json()["procedure"] == "decided"


def test_a_panel_waits_rather_than_share_a_reviewer_with_a_linked_case(people: Players) -> None:
    people.hire(3)
    cases = [contested(people, name, "linked") for name in ("linked-1", "linked-2")]
    seated(people, cases[0])
    assert step(people.compliance, cases[1], "panels", {}).json()["refusal"] == "too_few_reviewers"
    people.hire(4)
    seated(people, cases[1])


def test_who_heard_a_party_gets_none_of_its_cases_for_a_set_time(
    database_url: DatabaseUrl, clock: SimulatedClock
) -> None:
    with running(settings_for(database_url, same_party_days=30), clock) as site:
        people = Players(site, site.engine_api())
        people.hire(4)
        panels = []
        for name in ("first", "second"):
            case_id = contested(people, name, name)
            seated(people, case_id)
            panels.append(people.panel(case_id))
            for reviewer in panels[-1]:
                assert step(reviewer, case_id, "rulings", RULING).status_code == 200
        assert not [reviewer for reviewer in panels[0] if reviewer in panels[1]]
        third = contested(people, "third", "third")
        assert step(people.compliance, third, "panels", {}).json()["refusal"] == "too_few_reviewers"
        clock.advance(timedelta(days=30, seconds=1))
        seated(people, third)


def test_a_ruling_counts_though_the_worker_seats_the_third_reviewer_first(
    people: Players, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.hire(3)
    case_id = contested(people, "race", "race")
    seated(people, case_id)
    first, second = people.panel(case_id)
    assert step(first, case_id, "rulings", RULING).status_code == 200
    seat = Casework.seat
    codes: list[str] = []

    def seat_after_the_worker(casework: Casework, case: object) -> Handled | None:
        monkeypatch.setattr(Casework, "seat", seat)
        seat(casework, case)  # type: ignore[arg-type]  # what `_finish` passes on
        try:
            return seat(casework, case)  # type: ignore[arg-type]
        except Refused as refused:
            codes.append(refused.code)
            raise

    monkeypatch.setattr(Casework, "seat", seat_after_the_worker)
    response = step(second, case_id, "rulings", {**RULING, "outcome": "reversed"})
    assert (response.status_code, response.json()["procedure"]) == (200, "re_review"), response.text
    assert codes == ["no_panel_due"]
    assert len(people.panel(case_id)) == 1


def test_what_is_in_the_log_is_not_denied_when_the_views_fail(people: Players, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, uploader = people.open("views away")

    def fail(*_arguments: object, **_named: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Views, "catch_up", fail)
        response = step(uploader, case_id, "contests", CONTEST)
    assert (response.status_code, response.json()["procedure"]) == (200, "adjudication")
    people.site.parts.casework.views.catch_up()
    assert [row["procedure"] for row in people.compliance.get("/api/v1/cases").json()["cases"]] == ["adjudication"]


def test_nothing_public_and_no_cursor_counts_events(people: Players) -> None:
    people.hire(2)
    case_id = contested(people, "counted-1", "counted-1")
    seated(people, case_id)
    first, _second = people.panel(case_id)

    def seen() -> list[object]:
        people.site.parts.casework.views.catch_up()
        listed = people.right_holder.get("/api/v1/cases?limit=1").json()
        return [people.right_holder.get("/readyz").json(), listed["next"]]

    people.open("counted-2")
    before = seen()
    assert before[1] is not None
    assert step(first, case_id, "rulings", RULING).status_code == 200
    assert seen() == before
    # What a newer case is called says nothing of how much happened before it.
    newest, _uploader = people.open("counted-3")
    assert str(newest) in str(seen()[1])


def test_a_ruling_rests_on_known_bases_only(people: Players) -> None:
    people.hire(2)
    case_id = contested(people, "bases", "bases")
    seated(people, case_id)
    reviewer = people.panel(case_id)[0]
    response = step(reviewer, case_id, "rulings", {**RULING, "bases": ["ZHANG_WEI_13800138000"]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/bases/0"
    assert "13800138000" not in response.text


def test_files_and_repeats_leave_no_plain_hash_in_the_log(people: Players) -> None:
    """What was put forward cannot be guessed by its hash: neither a file nor the words of a keyed request."""
    case_id, uploader = people.open("hashes")
    assert step(uploader, case_id, "contests", CONTEST, key="contest").status_code == 200
    sent = uploader.post(f"/api/v1/cases/{case_id}/evidence", files=[("files", ("proof.png", PNG, "image/png"))])
    assert sent.status_code == 200, sent.text
    plain = hashlib.sha256(PNG).hexdigest()
    form = steps.parse(steps.ContestForm, CONTEST)
    words = hashlib.sha256(f"contests\n{form.model_dump_json()}".encode()).hexdigest()
    identifier = hashlib.sha256(f"{case_id}:uploader:{plain}".encode()).hexdigest()
    history = people.site.parts.casework.history(UUID(case_id))
    log = repr(history) + sent.text
    for hashed in (plain, words, identifier):
        assert hashed[:24] not in log
    again = uploader.post(f"/api/v1/cases/{case_id}/evidence", files=[("files", ("again.png", PNG, "image/png"))])
    assert len(again.json()["exhibits"]) == 1
