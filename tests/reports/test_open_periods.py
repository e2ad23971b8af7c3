"""A report as of a moment at which its period was not over says so everywhere; before it begins there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from casework.cli.main import casework
from casework.database import DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.reports.generation import PeriodNotBegun
from casework.reports.render import standalone_html
from casework.views.access.tokens import Scope
from casework.views.language import Language
from casework_verify.comparison import check_report
from tests.reports.test_report import generated, opened
from tests.verify.published import PERIOD, published
from tests.verify.signing import as_bytes
from tests.web import Site, environment_for, post_form

WITHIN = datetime(2026, 2, 20, tzinfo=UTC)
SAID = "interim figures of an open period"


def test_a_report_of_an_open_period_says_so_and_is_held_to_it() -> None:
    made = published(6, 3, as_of=WITHIN)
    document = made.document
    assert document["report"]["period_over"] is False
    assert check_report(made.json, made.facts) == []
    document["report"]["period_over"] = True
    (told,) = check_report(as_bytes(document), made.facts)
    assert (told.where, told.recomputed) == ("report.period_over", False)
    assert standalone_html(made.report, Language.EN).count(SAID) == 2
    assert standalone_html(made.report, Language.ZH).count("未结束期间的中期数字") == 2
    # The day after the last one is the first on which it is over, where the platform is: there it begins at 16:00 UTC.
    assert PERIOD[1].isoformat() == "2026-03-20"
    moments = [datetime(2026, 3, 19, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 19, 16, tzinfo=UTC)]
    assert [replace(made.report, as_of=one).over for one in moments] == [False, True]


def test_before_the_period_begins_there_is_no_report(sqlite_url: DatabaseUrl) -> None:
    log, views = opened(sqlite_url)
    with pytest.raises(PeriodNotBegun):
        generated(log, views, as_of=datetime(2025, 12, 31, 15, 59, tzinfo=UTC))
    assert not generated(log, views, as_of=datetime(2025, 12, 31, 16, tzinfo=UTC)).over
    log.close()


def test_pages_api_and_command_say_the_same(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    officer = site.browser(site.account(Role.COMPLIANCE))
    period = {"from": "2026-06-01", "to": "2026-08-01"}
    early = post_form(officer, "/compliance/reports", {**period, "at": "2026-05-31T23:59"})
    assert early.status_code == 422
    assert "The period had not begun at that time." in unescape(early.text)
    to_come = post_form(officer, "/compliance/reports", {"from": "2026-09-01", "to": "2026-10-01"})
    assert to_come.status_code == 422
    asked = post_form(officer, "/compliance/reports", period)
    assert "figures are interim ones" in officer.get(asked.headers["location"]).text
    over = post_form(officer, "/compliance/reports", {**period, "to": "2026-07-01"})
    assert "figures are interim ones" not in officer.get(over.headers["location"]).text
    assert SAID in unescape(officer.get("/compliance/reports/figures", params=period).text)
    figures = officer.get("/compliance/reports/figures", params={**period, "at": "2026-05-31T23:59"})
    assert figures.status_code == 422
    api = site.api(site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_WRITE))
    for more, where in (({"as_of": "2026-05-31T00:00:00Z"}, "/as_of"), ({"from": "2026-07-30"}, "/from")):
        refused = api.post("/api/v1/reports", json={**period, **more})
        assert refused.status_code == 422
        assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(where, "period_not_begun")]
    url = parse_database_url(site.parts.settings.database_url)
    arguments = ["report", "--from", "2026-06-01", "--to", "2026-08-01", "--formats", "json", "--out", str(tmp_path)]
    environment = {**environment_for(url, tmp_path, {}), "CASEWORK_REGIME": "cn-e-commerce"}
    refusing = CliRunner().invoke(casework, [*arguments, "--as-of", "2026-05-31T00:00:00Z"], env=environment)
    assert (refusing.exit_code, "begins on 2026-06-01" in refusing.output) == (2, True), refusing.output
    interim = CliRunner().invoke(casework, [*arguments, "--as-of", "2026-06-30T00:00:00Z"], env=environment)
    assert (interim.exit_code, "interim" in interim.output) == (0, True), interim.output
