"""``/fees``: schedules everybody reads, charges and waivers by compliance, counted in the report and verified."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from casework.domain.facts import Role
from casework.reports import exports
from casework.reports.figures.masking import mask
from casework.reports.generation import Report, generate_report
from casework.views.access.tokens import Scope
from casework_verify.comparison import check_report
from tests.samples import MATCHER, decision_line
from tests.web import Browser, Site

PATH = "/api/v1/fees"
ITEMS: list[dict[str, Any]] = [
    {
        "code": "reference",
        "names": {"en": "Reference", "zh": "参考文件"},
        "service": "filter_request",
        "amount": "0.125",
        "currency": "CNY",
        "unit": "work",
    },
    {
        "code": "prior-review",
        "names": {"en": "Prior review", "zh": "事前审查"},
        "service": "prior_review",
        "amount": 200,
        "currency": "EUR",
        "unit": "case",
    },
]


def officer(site: Site, role: Role = Role.COMPLIANCE) -> Browser:
    return site.api(site.token(site.account(role), Scope.CASES_READ, Scope.CASES_ACT))


def taken(api: Browser, name: str, body: Any, **headers: str) -> dict[str, Any]:
    response = api.post(f"{PATH}/{name}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def report_of(site: Site) -> Report:
    parts = site.parts.casework
    return generate_report(
        parts.log, parts.views, parts.standards, parts.law, start=date(2026, 7, 1), end=date(2026, 8, 1),
        as_of=site.clock.now(), zone=site.parts.settings.zone, platform="P", masked=False,
    )  # fmt: skip


def numbers(report: Report) -> dict[str, str | None]:
    found = ((key, row.value.number) for key, row in report.figures.rows.items() if key.startswith("fees."))
    return {key: None if number is None else str(number) for key, number in found}


def test_fees_are_published_charged_waived_and_counted(site: Site) -> None:
    compliance, public = officer(site), site.api()
    assert public.get(PATH).json() == {"in_force": None, "schedules": [], "links": {"self": PATH}}
    assert numbers(report_of(site)) == {"fees.charged": "0", "fees.waived": "0"}
    (answer,) = site.parts.intake.take([decision_line("0.93", "fees")], MATCHER)
    assert answer.case_id is not None
    party = site.parts.casework.case(answer.case_id).right_holder
    charge = {"party": party, "item": "reference", "quantity": 3, "case": str(answer.case_id)}
    refused = compliance.post(f"{PATH}/charges", json=charge)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_schedule")
    taken(compliance, "schedules", {"effective": "2026-07-02", "items": ITEMS})
    early = compliance.post(f"{PATH}/schedules", json={"effective": "2026-07-01", "items": ITEMS})
    assert (early.status_code, early.json()["code"]) == (409, "schedule_not_ahead")
    found = taken(compliance, "schedules", {"effective": "2026-09-01", "items": ITEMS[:1]})
    assert [(one["schedule"], one["effective"], one["until"]) for one in found["schedules"]] == [
        (2, "2026-09-01", None),
        (1, "2026-07-02", "2026-09-01"),
    ]
    site.clock.advance(timedelta(days=2))
    account = taken(compliance, "charges", charge, **{"idempotency-key": "k1"})
    assert taken(compliance, "charges", charge, **{"idempotency-key": "k1"}) == account
    assert (account["charges"][0]["amount"], account["charges"][0]["schedule"]) == ("0.375", 1)
    for _ in range(5):
        taken(compliance, "charges", {"party": party, "item": "prior-review"})
    account = taken(compliance, "waivers", {"party": party, "charge": 2, "reason": "appeal_succeeded"})
    assert account["totals"] == [
        {"currency": "CNY", "charged": "0.375", "waived": "0"},
        {"currency": "EUR", "charged": "1000", "waived": "200"},
    ]
    assert [one["owed"] for one in account["charges"][:3]] == ["0.375", "0", "200"]
    report = report_of(site)
    assert numbers(report) == {
        "fees.schedule.2026-07-02/prior-review/EUR": "200",
        "fees.schedule.2026-07-02/reference/CNY": "0.125",
        "fees.charged": "6",
        "fees.charged_by_item.prior-review/EUR": "5",
        "fees.charged_by_item.reference/CNY": "1",
        "fees.charged_amount.prior-review/EUR": "1000.0000",
        "fees.charged_amount.reference/CNY": "0.3750",
        "fees.waived": "1",
        "fees.waived_by_item.prior-review/EUR": "1",
        "fees.waived_amount.prior-review/EUR": "200.0000",
    }
    facts = list(site.parts.proofs.facts(0, site.parts.proofs.size()))
    assert list(map(str, check_report(exports.as_json(report), facts))) == []
    # One charge of a known fee would be told by its amount, and by the other cell beside the total.
    hidden = {key for key, row in mask(report.figures).rows.items() if row.value.masked}
    assert hidden == {f"fees.charged_{name}.{cell}" for name in ("by_item", "amount") for cell in CELLS}


CELLS = ("prior-review/EUR", "reference/CNY")


def test_a_right_holder_sees_its_own_charges_and_nobody_else_does(sqlite_site: Site) -> None:
    compliance = officer(sqlite_site)
    account = sqlite_site.account(Role.RIGHT_HOLDER)
    own = sqlite_site.api(sqlite_site.token(account, Scope.CASES_READ, Scope.CASES_ACT))
    taken(compliance, "schedules", {"effective": "2026-07-02", "items": ITEMS})
    sqlite_site.clock.advance(timedelta(days=2))
    taken(compliance, "charges", {"party": account.party, "item": "reference"})
    (seen,) = own.get(f"{PATH}/charges").json()["parties"]
    assert (seen["party"], seen["charges"][0]["owed"]) == (account.party, "0.125")
    assert compliance.get(f"{PATH}/charges").json()["parties"] == [seen]
    other = sqlite_site.parts.casework.vault.pseudonym("rh", "another")
    assert own.get(f"{PATH}/charges?party={other}").status_code == 403
    assert compliance.get(f"{PATH}/charges?party={other}").json()["parties"][0]["charges"] == []
    for name, body in (
        ("schedules", {"effective": "2026-08-02", "items": ITEMS}),
        ("charges", {"party": other, "item": "reference"}),
        ("waivers", {"party": account.party, "charge": 1, "reason": "goodwill"}),
    ):
        assert own.post(f"{PATH}/{name}", json=body).status_code == 403
    assert officer(sqlite_site, Role.REVIEWER).get(f"{PATH}/charges").status_code == 403
    nobody = "00000000-0000-4000-8000-000000000000"
    unknown_money = {**ITEMS[0], "currency": "XYZ"}
    wrong: tuple[tuple[str, dict[str, Any], int, str], ...] = (
        ("charges", {"party": "Anna", "item": "reference"}, 404, ""),
        ("charges", {"party": other, "item": "reference", "quantity": 0}, 422, "/quantity"),
        (
            "charges",
            {"party": other, "item": "reference", "case": nobody},
            422,
            "/case",
        ),
        ("schedules", {"effective": "2026-08-02", "items": [ITEMS[0], ITEMS[0]]}, 422, "/items"),
        (
            "schedules",
            {"effective": "2026-08-02", "items": [unknown_money]},
            422,
            "/items/0/currency",
        ),
        ("waivers", {"party": account.party, "charge": 1, "reason": "no reason"}, 422, "/reason"),
        ("waivers", {"party": account.party, "charge": 1, "amount": "1", "reason": "goodwill"}, 409, ""),
        ("waivers", {"party": account.party, "charge": 1, "amount": "1e30", "reason": "goodwill"}, 409, ""),
    )
    for name, body, status, pointer in wrong:
        found = compliance.post(f"{PATH}/{name}", json=body)
        assert found.status_code == status, found.text
        assert pointer in ("", *(error["pointer"] for error in found.json().get("errors", ()))), found.text
