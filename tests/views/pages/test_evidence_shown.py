"""What stands beside a match on every page that shows it: technique, interval, regions, other findings, signals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

from casework.domain.facts import Role
from tests.look.leaks import english_leaks
from tests.samples import decision_line
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_samples import drawn
from tests.web import Browser, Site

ALSO_FOUND = [
    {"method": "hash", "engine": "exact-hash", "engine_version": "1.0", "track": "file", "share_of_upload": "0"},
    {"method": "keyword", "engine": "titles", "engine_version": "2.0"},
]
SIGNALS = [
    {
        "kind": "advertising",
        "value": "banner <b>below</b>",
        "provenance": "player settings",
        "observed_at": "2026-06-30T10:00:00+08:00",
    },
    {"kind": "uploader_type", "value": "company", "provenance": "domain suffix"},
]
IMAGE: dict[str, Any] = {
    "upload__medium": "image",
    "evidence__amount": None,
    "evidence__track": "image",
    "evidence__share_of_upload_low": "0.92",
    "evidence__share_of_upload_high": "0.94",
    "evidence__engine_share": "0.55",
    "evidence__segments": [
        {"upload_region": ["0.25", "0.5", "0.75", "1"], "work_region": ["0", "0", "1", "0.5"], "score": "0.9"},
        {"upload_region": ["0", "0", "0.1", "0.1"]},
    ],
    "evidence__also_found": ALSO_FOUND,
    "signals": SIGNALS,
}
SHOWN = (
    "Comparison of the content itself (fingerprint)",
    "What was compared",
    "chromaprint 1.5.1",
    "Error interval",
    "92.0\u00a0% to 94.0\u00a0%",
    "55.0\u00a0% of the upload",
    "each place once, so the two can differ",
    "Measured between 92",
    "Where the image matches the work: 2 regions",
    "25\u00a0%–75\u00a0% from the left, 50\u00a0%–100\u00a0% from the top",
    "Also found, not added up",
    "exact-hash 1.0",
    "The files are the same (comparison of checksums)",
    "banner <b>below</b>",
    "domain suffix",
    "they never decide alone",
)
NAMES = ("company", "domain", "suffix", "player", "settings", "banner", "below", "exact-hash", "titles", "chromaprint")


def shown_on(site: Site, story: Story, language: str = "en") -> Iterator[str]:
    """Every page that shows the evidence of a case."""
    intake = site.browser(site.account(Role.INTAKE), language=language)
    holder = site.browser(site.account(Role.RIGHT_HOLDER), language=language)
    compliance = site.browser(site.account(Role.COMPLIANCE), language=language)
    places: list[tuple[Browser, str]] = [
        (site.browser(language=language), story.page),
        (holder, story.desk),
        (intake, f"/intake/cases/{story.id}"),
        (compliance, f"/compliance/cases/{story.id}"),
    ]
    for browser, address in places:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        yield answer.text


def test_every_page_of_the_case_shows_technique_regions_other_findings_and_signals(shared_site: Site) -> None:
    story = open_case(shared_site, **IMAGE)
    for page in shown_on(shared_site, story):
        assert "<b>below</b>" not in page
        for said in SHOWN:
            assert said in unescape(page), said


def test_what_an_engine_leaves_out_of_its_interval_is_said(shared_site: Site) -> None:
    one_bound = open_case(shared_site, evidence__share_of_upload_low="0.90", evidence__segments=[])
    page = unescape(shared_site.browser().get(one_bound.page).text)
    assert "Measured between 90.0\u00a0% and 93.0\u00a0%" in page
    same = open_case(shared_site, "1", evidence__method="hash", evidence__segments=[])
    page = unescape(shared_site.browser().get(same.page).text)
    assert "none: the files are the same, byte for byte" in page
    whole = open_case(shared_site, "1", evidence__share_of_upload_low="1", evidence__share_of_upload_high="1")
    page = unescape(shared_site.browser().get(whole.page).text)
    assert "none: the engine says exactly 100.0\u00a0%" in page
    assert "Measured between" not in page
    plain = unescape(shared_site.browser().get(open_case(shared_site, "0.3").page).text)
    assert "the engine states none" in plain
    assert "What the engine claims" not in plain


def test_the_same_in_chinese(shared_site: Site) -> None:
    story = open_case(shared_site, **IMAGE)
    page = next(shown_on(shared_site, story, "zh"))
    for said in ("其他技术的结果（不累加）", "商业性使用的迹象", "图像与权利作品的匹配位置：2个区域", "距左边25"):
        assert said in unescape(page), said
    main = page[page.index('<section aria-labelledby="evidence"') :]
    assert list(english_leaks(main[: main.index("</section>")], NAMES)) == []


def test_regions_are_drawn_where_they_are(shared_site: Site) -> None:
    page = shared_site.browser().get(open_case(shared_site, **IMAGE).page).text
    svg = re.search(r'<figure class="casework-picture" id="regions">\s*(<svg.*?</svg>)', page, re.DOTALL)
    assert svg is not None
    boxes = [one for one in ET.fromstring(svg[1]).iter() if "casework-region" in one.get("class", "")]
    found = [
        [one.get("class", ""), *(float(one.get(side, "")) for side in ("x", "y", "width", "height"))] for one in boxes
    ]
    assert found == [
        ["casework-region-upload", 58, 109.5, 114, 85.5],
        ["casework-region-upload", 1, 24, 22.8, 17.1],
        ["casework-region-work", 251, 24, 228, 85.5],
    ]


def test_a_plain_decision_shows_none_of_it(shared_site: Site) -> None:
    page = unescape(shared_site.browser().get(open_case(shared_site, "0.3").page).text)
    for absent in ("What was compared", "Also found", "Signals of a commercial use", 'id="regions"'):
        assert absent not in page, absent


def test_whoever_labels_a_sample_sees_it_too(sqlite_site: Site) -> None:
    # On the site that the other tests share, the sample might begin with one of their cases.
    open_case(sqlite_site, **IMAGE)
    officer = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    item = officer.get(f"{drawn(officer, population='restricted')}/next").headers["location"]
    page = unescape(officer.get(item).text)
    for said in SHOWN[3:]:
        assert said in page, said


def test_the_api_answers_with_all_of_it(shared_site: Site) -> None:
    story = open_case(shared_site, **IMAGE)
    answer = shared_site.engine_api().get(f"/api/v1/cases/{story.id}").json()
    line = decision_line(**IMAGE)
    assert answer["evidence"]["also_found"] == line["evidence"]["also_found"]
    assert answer["evidence"]["segments"] == line["evidence"]["segments"]
    assert [one["provenance"] for one in answer["signals"]] == ["player settings", "domain suffix"]
