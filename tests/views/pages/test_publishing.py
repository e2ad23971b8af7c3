"""Texts and reports at the desk and in public: two officers, both languages, corrections, what stays online."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

from casework.domain.facts import Role
from casework.reports.narrative import PLACEHOLDERS
from casework_verify.command import main
from tests.look.leaks import english_leaks
from tests.samples import REVERSED, UPHELD
from tests.views.pages.publishing_stories import ADDRESS, WORDS, agree, approve_all, make_run, officers, propose, submit
from tests.views.pages.stories import open_case, seat_reviewers
from tests.web import Site


def verified(site: Site, address: str, folder: Path) -> None:
    """The published data and facts, as anybody can save them, verify."""
    anybody = site.browser()
    folder.mkdir()
    page = unescape(anybody.get(address).text)
    (data,) = re.findall(r'href="(/transparency/[^"]+\.json)"', page.replace("/changes.json", ""))
    facts = anybody.get(f"{address}/facts/facts.ndjson.gz")
    assert facts.status_code == 200
    (folder / "facts.ndjson.gz").write_bytes(facts.content)
    (folder / "facts.hashes").write_bytes(anybody.get(f"{address}/facts/facts.hashes").content)
    (folder / "report.json").write_bytes(anybody.get(data).content)
    assert main([str(folder / "report.json")]) == 0


def test_a_text_is_drafted_in_both_languages_and_approved_by_another_officer(sqlite_site: Site) -> None:
    author, second = officers(sqlite_site)
    page = "/compliance/texts/fees"
    assert "Nothing is approved yet." in author.get(page).text
    wrong = submit(author, page, f"{page}/drafts", {**WORDS, "en": "We {guess}."})
    assert wrong.status_code == 422
    assert "This does not fit: Text in English" in unescape(wrong.text)
    assert "We {guess}." in unescape(wrong.text)
    half = submit(author, page, f"{page}/drafts", {**WORDS, "zh": ""})
    assert half.status_code == 303
    refused = submit(second, page, f"{page}/approvals", {"draft": "1"})
    assert refused.status_code == 422
    assert "not approved yet in both languages" in refused.text
    assert submit(author, page, f"{page}/drafts", WORDS).status_code == 303
    shown = second.get(page).text
    assert "<ins>" in shown
    assert "<del>" in shown
    assert "由{platform}负责。" in shown
    late = submit(second, page, f"{page}/approvals", {"draft": "1"})
    assert late.headers["location"].endswith("?done=changed")
    assert submit(second, page, f"{page}/approvals", {"draft": "2"}).status_code == 303
    assert "The draft was approved." in second.get(f"{page}?done=approvals").text
    assert "Approve this draft" not in second.get(page).text
    reworded = {**WORDS, "en": "We write that.\n\nAnd {platform} stands for it."}
    assert submit(second, page, f"{page}/drafts", reworded).status_code == 303
    shown = unescape(author.get(page).text)
    assert re.search(r"<del>.{0,60}Left out: </span>this\.", shown)
    assert re.search(r"<ins>.{0,60}New: </span>that\.", shown)
    assert submit(author, page, f"{page}/declines", {"draft": "3", "reasons": "No."}).status_code == 303
    chinese = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE), language="zh")
    assert english_leaks(chinese.get("/compliance/texts").text) == []
    # What is written in English, and what the report fills in, stays as it is.
    filled = {word for name in PLACEHOLDERS for word in name.split("_")}
    written = {"We", "write", "this", "that", "And", "stands", "for", "it", "English", "Person"}
    assert english_leaks(chinese.get(page).text, filled | written) == []


def test_a_report_is_published_by_a_second_officer_and_corrected(site: Site, tmp_path: Path) -> None:
    seat_reviewers(site)
    first, second = officers(site)
    for _ in range(6):
        open_case(site)
    early = make_run(site, first, tmp_path)
    refused = propose(first, early)
    assert refused.status_code == 422
    assert "not approved yet in both languages" in refused.text
    approve_all(site)
    site.clock.advance(timedelta(minutes=1))
    run = make_run(site, first, tmp_path)
    assert propose(first, run).status_code == 303
    own = agree(first, "agreements", 1)
    assert own.status_code == 422
    assert "nobody approves their own proposal" in unescape(own.text)
    assert site.browser().get("/transparency").status_code == 200
    assert "No report is published yet" in site.browser().get("/transparency").text
    assert agree(second, "declines", 1, reasons="Look at the texts again.").status_code == 303
    assert "Look at the texts again." in first.get(f"/compliance/publications/{ADDRESS}").text
    assert propose(first, run).status_code == 303
    assert agree(second, "agreements", 2).status_code == 303
    anybody = site.browser()
    assert f"/transparency/{ADDRESS}.1" in anybody.get("/transparency").text
    page = unescape(anybody.get(f"/transparency/{ADDRESS}.1").text)
    files = re.findall(r'href="(/transparency/[^"]+/files/[^"]+)"', page)
    assert sorted(name.rpartition(".")[2] for name in files) == ["csv", "html", "html", "json", "xlsx"]
    for name in files:
        assert hashlib.sha256(anybody.get(name).content).hexdigest() in page
    read = anybody.get(f"/transparency/{ADDRESS}.1/read").text
    assert "We write this." in read
    assert "This report was corrected" not in read
    # A case of the period is recorded late, and one is decided otherwise.
    site.clock.advance(timedelta(hours=1))
    open_case(site).contest().rule(UPHELD, REVERSED, REVERSED)
    later = make_run(site, first, tmp_path)
    alone = propose(first, later)
    assert alone.status_code == 422
    assert "propose this one as its correction, with reasons" in alone.text
    half = propose(first, later, why_en="One decision came late.")
    assert "A correction needs reasons in both languages." in half.text
    assert "One decision came late." in half.text
    why = {"why_en": "One decision came late.", "why_zh": "一项决定迟到。"}
    assert propose(first, later, **why).status_code == 303
    desk = unescape(second.get(f"/compliance/publications/{ADDRESS}").text)
    assert "decisions.total" in desk
    assert "/compliance/cases/" in desk
    assert agree(second, "agreements", 3).status_code == 303
    old, new = (unescape(anybody.get(f"/transparency/{ADDRESS}.{number}").text) for number in (1, 2))
    assert f'href="/transparency/{ADDRESS}.2"' in old
    assert "This report was corrected." in old
    assert "This report was corrected." in anybody.get(f"/transparency/{ADDRESS}.1/read").text
    assert anybody.get(files[0]).status_code == 200
    assert "One decision came late." in new
    assert "/compliance/cases/" not in new
    changes = anybody.get(f"/transparency/{ADDRESS}.2/changes.json").json()
    for number in (1, 2):
        verified(site, f"/transparency/{ADDRESS}.{number}", tmp_path / str(number))
    total = next(one for one in changes["figures"] if one["key"] == "decisions.total")
    assert (total["old"]["value"], total["new"]["value"]) == (6, 7)
    assert len(total["events"]) == 1
    event = changes["events"][str(total["events"][0])]
    assert event["topic"] == "case.filtering_decision_recorded"
    received = next(one for one in changes["figures"] if one["key"] == "appeals.uploader.received")
    assert [changes["events"][str(n)]["topic"] for n in received["events"]] == ["case.contest_lodged"]
    chinese = site.browser(language="zh")
    staff = site.browser(site.account(Role.COMPLIANCE), language="zh")
    odd = {"CSV", "JSON", "XLSX", "SHA", "Person", "Example", "Platform", "chromaprint"}
    for address in ("/transparency", f"/transparency/{ADDRESS}.1", f"/transparency/{ADDRESS}.2"):
        assert english_leaks(chinese.get(address).text, odd) == [], address
    for address in ("/compliance/publications", f"/compliance/publications/{ADDRESS}"):
        assert english_leaks(staff.get(address).text, odd | {"Look", "at", "the", "texts", "again"}) == [], address


def test_what_is_not_there_is_not_found(shared_site: Site) -> None:
    anybody = shared_site.browser()
    for address in (f"{ADDRESS}.9", "none", "2026-06-01", f"{ADDRESS}.x", f"{ADDRESS}.01"):
        assert anybody.get(f"/transparency/{address}").status_code == 404, address
    reviewer = shared_site.browser(shared_site.account(Role.REVIEWER))
    for page in ("/compliance/texts", "/compliance/publications", "/compliance/texts/fees"):
        assert reviewer.get(page).status_code == 403
    officer = shared_site.browser(shared_site.account(Role.COMPLIANCE))
    assert officer.get("/compliance/texts/none").status_code == 404
    assert officer.get("/compliance/publications/none").status_code == 404
