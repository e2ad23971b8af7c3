"""Packs for the regulator: asked for over the API or on a page, made by the worker, as by the command."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casework.domain.facts import Role
from casework.jobs.report_runs import RunKind
from casework.jobs.report_worker import ReportMaker
from casework.reports.regulator_pack import Wanted, regulator_pack, write_pack
from casework.views.access.tokens import Scope
from tests.look.leaks import english_leaks
from tests.views.pages.publishing_stories import submit
from tests.views.pages.stories import open_case
from tests.web import Site

WANTED = {"from": "2026-06-01", "to": "2026-08-01", "cases": 2, "seed": "letter of 3 July"}
PACKS = "/api/v1/regulator-packs"


def make_all(site: Site, folder: Path) -> None:
    parts = site.parts
    object.__setattr__(parts.settings, "reports_directory", folder)
    maker = ReportMaker(
        parts.casework, parts.report_runs, folder, zone=parts.settings.zone, platform="P", proofs=parts.proofs
    )
    while maker.make_one():
        pass


def test_a_pack_is_made_in_the_background_and_is_that_of_the_command(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    for _ in range(3):
        open_case(site)
    oversight = site.account(Role.OVERSIGHT)
    regulator = site.api(site.token(oversight, Scope.SAMPLES))
    asked = regulator.post(PACKS, json=WANTED, headers={"Idempotency-Key": "one"})
    assert asked.status_code == 202
    run: dict[str, Any] = asked.json()
    assert asked.headers["location"] == run["links"]["self"]
    assert (run["state"], run["cases"], run["seed"]) == ("waiting", 2, "letter of 3 July")
    assert regulator.post(PACKS, json=WANTED, headers={"Idempotency-Key": "one"}).json()["id"] == run["id"]
    other = regulator.post(PACKS, json={**WANTED, "seed": "mine"}, headers={"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert regulator.get(f"{run['links']['self']}.zip").status_code == 404, "it is not made yet"
    site.clock.advance(timedelta(seconds=1))
    too_large = regulator.post(PACKS, json={**WANTED, "size": 99_999}).json()
    reasons = regulator.post(PACKS, json={**WANTED, "with_reasons": True})
    assert (reasons.status_code, reasons.json()["code"]) == (409, "not_your_step")
    for wrong in ({"cases": 0}, {"seed": ""}, {"to": "2026-06-01"}, {"more": 1}):
        assert regulator.post(PACKS, json={**WANTED, **wrong}).status_code == 422, wrong
    make_all(site, tmp_path)
    failed = regulator.get(too_large["links"]["self"]).json()
    assert (failed["state"], failed["problem"]) == ("failed", "log_size")
    done = regulator.get(run["links"]["self"]).json()
    assert (done["state"], done["done"]) == ("done", done["whole"])
    assert [one["id"] for one in regulator.get(PACKS).json()["packs"]] == [too_large["id"], run["id"]]
    archive = regulator.get(done["links"]["archive"])
    assert archive.headers["content-type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(archive.content))
    sample = json.loads(packed.read("sample.json"))
    assert (len(sample["cases"]), sample["population"]) == (2, 3)
    parts = site.parts
    wanted = Wanted(
        date(2026, 6, 1), date(2026, 8, 1), 2, "letter of 3 July", parts.settings.zone, size=sample["log_size"]
    )
    write_pack(regulator_pack(parts.casework, parts.proofs, wanted), tmp_path / "command.zip")
    assert archive.content == (tmp_path / "command.zip").read_bytes()
    # It is none of the reports, and no report is one of the packs.
    reader = site.api(site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_READ))
    assert reader.get("/api/v1/reports").json() == {"reports": []}
    assert reader.get(f"/api/v1/reports/{run['id']}").status_code == 404
    assert reader.get(PACKS).status_code == 403
    # What lies there must be what was made.
    stored = parts.report_runs.get(run["id"], RunKind.PACK)
    (tmp_path / stored.id / stored.files[0]).write_bytes(b"another")
    changed = regulator.get(done["links"]["archive"])
    assert (changed.status_code, changed.json()["code"]) == (409, "report_files_differ")


def test_officers_and_regulators_have_a_button(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    open_case(site)
    regulator, officer = (site.browser(site.account(role)) for role in (Role.OVERSIGHT, Role.COMPLIANCE))
    assert "/regulator-packs" in regulator.get("/samples").text
    assert "/regulator-packs" in officer.get("/samples").text
    page = regulator.get("/regulator-packs").text
    assert "<h3" not in page.partition("<h2")[0]
    assert "with_reasons" not in page
    assert "with_reasons" in officer.get("/regulator-packs").text
    typed = {"start": "2026-06-01", "end": "2026-08-01", "cases": "1", "seed": "of the regulator"}
    wrong = submit(regulator, "/regulator-packs", "/regulator-packs/new", {**typed, "cases": "many", "end": "x"})
    assert wrong.status_code == 422
    assert "of the regulator" in wrong.text
    backwards = submit(regulator, "/regulator-packs", "/regulator-packs/new", {**typed, "end": "2026-01-01"})
    assert backwards.status_code == 422
    sent = submit(regulator, "/regulator-packs", "/regulator-packs/new", typed)
    assert sent.status_code == 303
    address = sent.headers["location"]
    waiting = regulator.get(address).text
    assert "Waiting for a worker" in waiting
    assert 'data-hx-trigger="every 2s"' in waiting
    with_reasons = submit(officer, "/regulator-packs", "/regulator-packs/new", {**typed, "with_reasons": "yes"})
    make_all(site, tmp_path)
    ready = regulator.get(address).text
    assert "Ready" in ready
    archive = regulator.get(f"{address}/archive")
    assert (archive.status_code, archive.content[:2]) == (200, b"PK")
    told = officer.get(f"{with_reasons.headers['location']}/archive")
    assert json.loads(zipfile.ZipFile(io.BytesIO(told.content)).read("sample.json"))["with_reasons"] is True
    chinese = site.browser(site.account(Role.COMPLIANCE), language="zh")
    for page in ("/regulator-packs", address):
        assert english_leaks(chinese.get(page).text, {"ZIP", "SHA", "of", "the", "regulator"}) == []
    reviewer = site.browser(site.account(Role.REVIEWER))
    assert reviewer.get("/regulator-packs").status_code == reviewer.get(f"{address}/archive").status_code == 403
    assert officer.get("/regulator-packs/rp_none").status_code == 404
