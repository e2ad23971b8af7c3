"""Letters on pages and over the API: lists, files, who gets which, and previews that change nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from casework.domain.facts import Actor, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Measure
from casework.letters.kinds import LetterKind
from casework.letters.preview import preview_intake
from casework.steps import IntakeDecisionForm
from tests.api.players import Players
from tests.api.procedures import measured, noticed
from tests.letters.conftest import At


@pytest.fixture
def civil(at: At) -> Players:
    """People around a site under the Civil Code."""
    return at("cn-civil-code")


def link_of(players: Players, case_id: str) -> str:
    """The address of the uploader's page."""
    parts = players.site.parts
    return f"/d/{parts.links.token(UUID(case_id), parts.epochs.present(UUID(case_id)))}"


def test_the_uploader_reads_its_letters_below_its_link(civil: Players) -> None:
    case_id, _ = measured(civil, "page")
    base = link_of(civil, case_id)
    browser = civil.site.browser()
    page = browser.get(base).text
    assert re.findall(rf'href="{base}/letters/([0-9]+)"', page) == ["2", "1"], "the newest first"
    shown = browser.get(f"{base}/letters/2")
    assert shown.status_code == 200
    assert "Notice about your upload" in shown.text
    assert "The Studio Ltd." in shown.text
    for wrong in ("0", "3", "x", "2.exe", "2.json", "2.pdf.pdf"):
        assert browser.get(f"{base}/letters/{wrong}").status_code == 404, wrong
    assert browser.get("/d/0000/letters/1").status_code == 404
    chinese = civil.site.browser(language="zh").get(f"{base}/letters/2").text
    assert "关于您的上传内容的侵权通知" in chinese


def test_a_letter_is_a_download_as_pdf_and_html(civil: Players, tmp_path: Path) -> None:
    case_id, _ = measured(civil, "files")
    base = link_of(civil, case_id)
    for language, expected in (("zh", "侵权通知"), ("en", "Notice about your upload")):
        pdf = civil.site.browser(language=language).get(f"{base}/letters/2.pdf")
        assert pdf.headers["content-type"] == "application/pdf"
        assert "uploader-002-notice-forwarded.pdf" in pdf.headers["content-disposition"]
        path = tmp_path / f"{language}.pdf"
        path.write_bytes(pdf.content)
        checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
        assert "No syntax or stream encoding errors found" in checked.stdout
        said = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        assert expected in said, "Chinese can be selected and copied"
    again = civil.site.browser(language="en").get(f"{base}/letters/2.pdf")
    assert again.content == pdf.content
    html = civil.site.browser().get(f"{base}/letters/2.html")
    assert html.headers["content-disposition"].startswith("attachment")
    assert "<script" not in html.text


def test_the_right_holder_reads_letters_of_its_own_works_alone(civil: Players) -> None:
    case_id, _ = measured(civil, "holder")
    own = civil.site.browser(civil.site.account(Role.RIGHT_HOLDER))
    other = civil.site.browser(civil.site.account(Role.RIGHT_HOLDER, right_holder_id="rh-9"))
    base = f"/right-holder/cases/{case_id}"
    assert f'href="{base}/letters/3"' in own.get(base).text
    assert "Your notice was accepted" in own.get(f"{base}/letters/3").text
    assert other.get(f"{base}/letters/3").status_code == 404
    assert civil.site.browser().get(f"{base}/letters/3").status_code in (302, 303, 401, 403)


def test_compliance_reads_the_letters_of_both_sides(civil: Players) -> None:
    case_id, _ = measured(civil, "staff")
    officer = civil.site.browser(civil.site.account(Role.COMPLIANCE))
    base = f"/compliance/cases/{case_id}"
    page = officer.get(base).text
    assert f'href="{base}/letters/uploader/2"' in page
    assert f'href="{base}/letters/right-holder/3"' in page
    assert "Notice about your upload" in officer.get(f"{base}/letters/uploader/2").text
    assert officer.get(f"{base}/letters/nobody/2").status_code == 404
    reviewer = civil.site.browser(civil.site.account(Role.REVIEWER))
    assert reviewer.get(f"{base}/letters/uploader/2").status_code == 403


def test_the_api_lists_letters_and_gives_each_in_three_forms(civil: Players) -> None:
    case_id, uploader = measured(civil, "api")
    address = f"/api/v1/cases/{case_id}/letters"
    listed = uploader.get(address).json()["letters"]
    assert [one["kind"] for one in listed] == ["warning", "notice_forwarded"]
    data = uploader.get(listed[1]["links"]["json"]).json()
    assert (data["receipt"], data["side"]) == (listed[1]["receipt"], "uploader")
    assert uploader.get(f"{address}/2").json() == data
    assert data["elements"][0]["said"] == "The Studio Ltd."
    assert uploader.get(listed[1]["links"]["html"]).headers["content-type"].startswith("text/html")
    assert uploader.get(listed[1]["links"]["pdf"]).content.startswith(b"%PDF")
    assert uploader.get(f"{address}/1?side=right_holder").status_code == 404
    assert uploader.get(f"{address}/9").status_code == 404


def test_the_api_gives_staff_both_sides_and_reviewers_none(civil: Players) -> None:
    case_id, _uploader, panel = civil.contested("roles")
    address = f"/api/v1/cases/{case_id}/letters"
    both = civil.compliance.get(address).json()["letters"]
    assert {one["side"] for one in both} == {"uploader", "right_holder"}
    assert civil.compliance.get(f"{address}/1").status_code == 422
    assert civil.intake.get(f"{address}/1?side=uploader").json()["kind"] == "block"
    for nobody in (panel[0], civil.oversight, civil.other_right_holder):
        assert nobody.get(address).status_code == 404
        assert nobody.get(f"{address}/1?side=uploader").status_code == 404


def test_a_preview_is_the_letter_that_would_go_out_and_changes_nothing(civil: Players) -> None:
    case_id, _ = noticed(civil, "preview")
    parts = civil.site.parts
    officer = Actor(role=Role.INTAKE, id="ac_officer")
    before = parts.casework.history(UUID(case_id))
    accept = IntakeDecisionForm(
        subject="notice", decision="accept", measure=Measure.BLOCK, reasons="It is the whole film."
    )
    letters = preview_intake(parts.casework, UUID(case_id), accept, officer, parts.settings.zone)
    assert [one.heading.kind for one in letters] == [LetterKind.NOTICE_FORWARDED, LetterKind.NOTICE_ACCEPTED]
    assert [[said.text for said in one.quotations] for one in letters] == [["It is the whole film."]] * 2
    lacking = IntakeDecisionForm(
        subject="notice", decision="deficient", missing=(NoticeElement.IDENTITY,), remarks="Who are you?"
    )
    (letter,) = preview_intake(parts.casework, UUID(case_id), lacking, officer, parts.settings.zone)
    assert letter.heading.kind is LetterKind.NOTICE_DEFICIENT
    assert [one.label for one in letter.elements if one.missing] == ["True name"]
    assert parts.casework.history(UUID(case_id)) == before
