"""The PDF renderer: accessible, archival, reproducible, in the right fonts, with what it was given inside."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from casework.reports import pdf as pdf_module
from casework.reports.pdf import FontMissing, render_pdf
from casework.reports.pdf_finish import embedded_font_names, structure_elements
from casework.views.language import Language
from tests.reports.sample_pdf import ATTACHMENTS, CREATED, PARTS, SECTIONS, TITLES, sample_html, sample_pdf

LANGUAGES = (Language.ZH, Language.EN)
MINIMAL = '<!DOCTYPE html><html lang="en"><title>t</title><body><h1>Title</h1>{}</body></html>'


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, Path]:
    folder = tmp_path_factory.mktemp("reports")
    paths = {}
    for language in LANGUAGES:
        paths[language] = folder / f"report-{language}.pdf"
        paths[language].write_bytes(sample_pdf(language))
    return paths


def minimal(body: str, **named: Any) -> bytes:
    return render_pdf(MINIMAL.format(body), language=Language.EN, title="t", created=CREATED, **named)


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def marked_content(kids: Any) -> list[int]:
    """The numbers of the marked content that a structure element holds itself."""
    return [int(kid) for kid in (kids if isinstance(kids, Array) else [kids]) if not isinstance(kid, Dictionary)]


def test_is_sound_for_pdfua_outloud_and_qpdf(reports: dict[Language, Path]) -> None:
    tools, paths = Path(sys.executable).parent, list(reports.values())
    # Each is started once for both: to start takes as long as to check.
    verdict = run(tools / "pdfua", "check", *paths)
    assert verdict.count("result: PASS (no findings)") == len(paths), verdict
    findings = run(tools / "outloud", "--fail-on", "never", *paths)
    assert "ERROR" not in findings, findings
    assert findings.count(": 0 error(s)") == len(paths), findings
    for path in paths:
        assert "No syntax or stream encoding errors found" in run("qpdf", "--check", path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_says_that_it_is_archival_and_accessible(reports: dict[Language, Path], language: Language) -> None:
    with pikepdf.open(reports[language]) as document:
        metadata = bytes(document.Root.Metadata.read_bytes()).decode()
        assert str(document.Root.Lang) == language.html_lang
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.docinfo["/Title"]) == TITLES[language]
    assert re.search(r'pdfaid:part(="|>)3', metadata)
    assert re.search(r'pdfaid:conformance(="|>)A', metadata)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in metadata


def test_chinese_text_can_be_selected(reports: dict[Language, Path]) -> None:
    text = run("pdftotext", reports[Language.ZH], "-")
    assert "本节说明统计期间内平台依照过滤标准作出的决定" in text.replace("\n", "")
    # Rarer characters than webfonts carry, which names and titles of works do have.
    for character in "㐂菻訟":
        assert character in text
    assert not [character for character in text if unicodedata.category(character) == "Co"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_bookmarks_follow_the_headings(reports: dict[Language, Path], language: Language) -> None:
    with pikepdf.open(reports[language]) as document, document.open_outline() as outline:
        (top,) = outline.root
        assert top.title == TITLES[language]
        chapters = [item.title for item in top.children]
        assert chapters[:4] == SECTIONS[language]
        assert tuple(len(item.children) for item in top.children[:4]) == PARTS


def test_contents_name_the_pages(reports: dict[Language, Path]) -> None:
    text = run("pdftotext", "-f", "2", "-l", "2", "-layout", reports[Language.EN], "-")
    pages = dict(re.findall(r"^\s*(\S.*?)\s*\.{3,}\s*(\d+)\s*$", text, re.MULTILINE))
    assert set(SECTIONS[Language.EN]) <= set(pages), text
    for name in SECTIONS[Language.EN]:
        there = run("pdftotext", "-f", pages[name], "-l", pages[name], reports[Language.EN], "-")
        assert f"\n{name}\n" in there


def test_attachments_come_out_as_they_went_in(reports: dict[Language, Path]) -> None:
    with pikepdf.open(reports[Language.ZH]) as document:
        assert {name: file.get_file().read_bytes() for name, file in document.attachments.items()} == {
            attachment.name: attachment.content for attachment in ATTACHMENTS
        }
        listed = {str(item.UF): item for item in document.Root.AF}
        for attachment in ATTACHMENTS:
            item = listed[attachment.name]
            assert item.AFRelationship == Name.Data
            assert str(item.Desc) == attachment.description
            assert item.EF.F.Subtype == Name("/" + attachment.media_type)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_chosen_fonts_are_embedded(reports: dict[Language, Path], language: Language) -> None:
    names = embedded_font_names(reports[language].read_bytes())
    assert names
    # Japanese shapes of the same characters are the likeliest mistake.
    assert all(re.match(r"Noto-?Sans-?(Mono-?)?(CJK-?)?SC", name, re.IGNORECASE) for name in names), names
    assert any("Bold" in name for name in names)


def test_two_runs_give_the_same_bytes(reports: dict[Language, Path]) -> None:
    again = sample_pdf(Language.ZH)
    assert hashlib.sha256(again).hexdigest() == hashlib.sha256(reports[Language.ZH].read_bytes()).hexdigest()


def test_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12")
    minimal("<p>text</p>")
    assert os.environ["SOURCE_DATE_EPOCH"] == "12"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    minimal("<p>text</p>")
    assert "SOURCE_DATE_EPOCH" not in os.environ


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_an_alternative_text(reports: dict[Language, Path], language: Language) -> None:
    with pikepdf.open(reports[language]) as document:
        figures = [element for element, _ in structure_elements(document) if Name.Figure == element.S]
        # The charts, the share bar and the evidence picture.
        assert len(figures) == sum(PARTS) + 2
        assert all(len(str(figure.get("/Alt", ""))) > 8 for figure in figures)


def test_every_header_cell_says_what_it_heads(reports: dict[Language, Path]) -> None:
    with pikepdf.open(reports[Language.EN]) as document:
        headers = [element for element, _ in structure_elements(document) if element.S == Name.TH]
        scopes = {str(header.A.Scope) for header in headers}
    assert len(headers) > 30
    assert scopes == {"/Column", "/Row"}


def test_foreign_words_carry_their_language(reports: dict[Language, Path]) -> None:
    with pikepdf.open(reports[Language.ZH]) as document:
        english = [element for element, _ in structure_elements(document) if str(element.get("/Lang", "")) == "en"]
        assert len(english) >= len(SECTIONS[Language.ZH])


def test_running_heads_are_not_read_out(reports: dict[Language, Path]) -> None:
    with pikepdf.open(reports[Language.EN]) as document:
        page = document.pages[3]
        artifacts = [
            instruction
            for instruction in pikepdf.parse_content_stream(page)
            if str(instruction.operator) == "BDC" and instruction.operands[0] == Name.Artifact
        ]
        assert artifacts
        in_tree: set[int] = set()
        for element, _ in structure_elements(document):
            if element.get("/Pg", Dictionary()) == page.obj:
                in_tree.update(marked_content(element.get("/K", Array())))
        marked = {
            int(instruction.operands[1].MCID)
            for instruction in pikepdf.parse_content_stream(page)
            if str(instruction.operator) == "BDC" and "/MCID" in instruction.operands[1]
        }
        assert marked <= in_tree


def test_a_group_inside_a_definition_list_disappears() -> None:
    result = minimal("<dl><div><dt>Term</dt><dd>Text</dd></div></dl>")
    with pikepdf.open(io.BytesIO(result)) as document:
        lists = [element for element, _ in structure_elements(document) if element.S == Name.L]
        assert [[kid.S for kid in element.K] for element in lists] == [[Name.LI, Name.LI]]


def test_reports_each_step_once_and_in_order() -> None:
    seen: list[tuple[int, int]] = []
    minimal("<p>text</p>", progress=lambda step, steps: seen.append((step, steps)))
    assert [step for step, _ in seen] == list(range(1, 9))
    assert {steps for _, steps in seen} == {8}


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:9/x.png", "casework:/static/../app.py"])
def test_nothing_from_elsewhere_is_fetched(address: str) -> None:
    with pytest.raises(ValueError, match=r"disallowed protocol|no static file|unknown url type"):
        pdf_module._OwnFilesOnly().fetch(address)
    assert b"/Image" not in minimal(f'<p>text <img alt="elsewhere" src="{address}"></p>')


def test_data_addresses_and_own_files_are_fetched() -> None:
    fetcher = pdf_module._OwnFilesOnly()
    assert fetcher.fetch("data:text/plain,hello").read() == b"hello"
    assert b"@page" in fetcher.fetch("casework:/static/report.css").read()


def test_refuses_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_pdf(MINIMAL.format(""), language=Language.EN, title="t", created=CREATED.replace(tzinfo=None))


def test_refuses_a_document_in_another_language() -> None:
    with pytest.raises(ValueError, match="zh-Hans-CN"):
        render_pdf(MINIMAL.format(""), language=Language.ZH, title="t", created=CREATED)


def test_missing_fonts_are_an_error_and_not_a_document_of_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "EXPECTED_FONTS", ("Kein Font",))
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        minimal("<p>text</p>")


def test_sample_has_no_styles_in_attributes() -> None:
    assert " style=" not in sample_html(Language.ZH)
