"""``POST /screenings``: tallies by engines, answered one by one, recorded once, counted in the report."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.domain.facts import Role
from casework.reports.figures.masking import mask
from casework.reports.figures.registry import Figures, compute
from casework.views.access.tokens import Scope
from casework.views.models import figures
from tests.web import Browser, Site

PATH = "/api/v1/screenings"
TALLY: dict[str, Any] = {"date": "2026-06-29", "medium": "video", "screened": 900, "matched": 12}


def counted(site: Site) -> Figures:
    tables = site.parts.casework.views.tables("figures")
    extract = figures.extract(site.parts.casework.views.engine, tables, date(2026, 6, 1), date(2026, 7, 1))
    return compute(extract, site.clock.now(), site.parts.settings.zone)


def post(api: Browser, *tallies: Any) -> tuple[int, list[dict[str, Any]]]:
    answer = api.post(PATH, json=list(tallies))
    return answer.status_code, answer.json()


def test_tallies_are_recorded_once_and_counted_by_their_day(site: Site) -> None:
    engine = site.engine_api()
    other = {**TALLY, "medium": "audio", "screened": 40, "matched": 3, "source": "audio-eu1"}
    code, answers = post(engine, TALLY, other, {**TALLY, "date": "2026-05-31"})
    assert (code, [one["status"] for one in answers]) == (200, ["created"] * 3)
    assert [one["source"] == "audio-eu1" for one in answers] == [False, True, False]
    code, answers = post(engine, other, TALLY)
    assert (code, [one["status"] for one in answers]) == (200, ["duplicate", "duplicate"])
    found = counted(site)
    assert (found["screening.screened"].number, found["screening.matched"].number) == (940, 15)
    assert str(found["screening.match_rate"].number) == "0.015957"
    assert found["screening.screened_by_medium.video"].number == 900
    rate = found["screening.match_rate_by_medium.audio"]
    assert (str(rate.number), rate.numerator, rate.denominator) == ("0.075000", 3, 40)
    assert found["screening.match_rate_by_medium.text"].number is None
    public = mask(found)
    # Three of forty would be told by the rate, and by the other cell beside the total.
    for key in ("matched_by_medium.audio", "match_rate_by_medium.audio", "matched_by_medium.video"):
        assert public[f"screening.{key}"].masked, key
    assert public["screening.match_rate_by_medium.video"].masked
    assert public["screening.matched"].number == 15


def test_what_does_not_fit_is_refused_by_name_and_the_rest_goes_in(sqlite_site: Site) -> None:
    engine = sqlite_site.engine_api()
    assert post(engine, TALLY)[0] == 200
    code, answers = post(
        engine,
        {**TALLY, "screened": 901},
        {**TALLY, "matched": 901, "date": "2026-06-28"},
        {**TALLY, "date": "2099-01-01"},
        "no tally",
        {**TALLY, "medium": "text"},
    )
    assert code == 207
    assert [one["status"] for one in answers] == ["refused"] * 4 + ["created"]
    errors = [[(error["pointer"], error["code"]) for error in one["errors"]] for one in answers]
    assert errors[:3] == [
        [("/screened", "differs_from_first_delivery")],
        [("/matched", "matched_above_screened")],
        [("/date", "tally_in_future")],
    ]
    assert errors[3]
    assert (answers[3]["date"], answers[3]["source"]) == (None, None)
    assert counted(sqlite_site)["screening.screened"].number == 1800
    for body in ("{", "{}", "[]"):
        assert engine.post(PATH, content=body, headers={"content-type": "application/json"}).status_code == 400
    assert engine.post(PATH, json=[TALLY] * 1001).status_code == 400
    assert engine.post(PATH, content="[]", headers={"content-type": "text/plain"}).status_code == 415
    for role in (Role.COMPLIANCE, Role.RIGHT_HOLDER):
        other = sqlite_site.api(sqlite_site.token(sqlite_site.account(role), Scope.CASES_READ))
        assert other.post(PATH, json=[TALLY]).status_code == 403
    assert sqlite_site.api().post(PATH, json=[TALLY]).status_code == 401
