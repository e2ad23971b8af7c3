"""What the components say, in both languages, without a browser."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest
from jinja2 import Environment

from casework.views.language import Language, use_language
from tests.look.gallery import gallery_context, gallery_environment, gallery_page
from tests.look.leaks import english_leaks


@pytest.fixture(scope="module")
def environment() -> Environment:
    return gallery_environment()


def macro(environment: Environment, call: str, language: Language = Language.EN, **context: Any) -> str:
    """The result of one macro call; its file is the part before the colon."""
    file, name_and_arguments = call.split(":", 1)
    name = name_and_arguments.split("(")[0]
    source = f'{{% from "components/{file}.html" import {name} %}}{{{{ {name_and_arguments} }}}}'
    with use_language(language):
        return environment.from_string(source).render(**context)


def drawing(html: str) -> ET.Element:
    """The SVG in `html`, parsed, which it must be as XML."""
    match = re.search(r"<svg.*?</svg>", html, re.DOTALL)
    assert match is not None
    return ET.fromstring(match.group().replace("&nbsp;", " "))


SVG = "{http://www.w3.org/2000/svg}"


def test_chinese_gallery_has_no_english(environment: Environment) -> None:
    assert english_leaks(gallery_page(environment, Language.ZH)) == []


def test_english_gallery_would_be_found(environment: Environment) -> None:
    page = gallery_page(environment, Language.EN).replace('lang="en"', 'lang="zh-Hans-CN"')
    leaks = english_leaks(page)
    assert any("Presumed" in leak for leak in leaks)
    assert any("data-i18n" in leak for leak in leaks)


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<html lang="zh"><p>文字 text</p></html>', 1),
        ('<html lang="zh"><p lang="en">some text</p> 文字</html>', 0),
        ('<html lang="zh"><p lang="en">some <b lang="zh">leak</b> text</p></html>', 1),
        ('<html lang="zh"><input placeholder="Name"><br>text</html>', 2),
        ('<html lang="zh"><code>abcdef</code><script>function</script><p>PDF</p></html>', 0),
        ('<html lang="zh"><p translate="no">Someone</p></html>', 0),
        ('<html lang="zh"><svg><title>Chart</title><rect width="5"/></svg></html>', 1),
    ],
)
def test_leak_finder(html: str, count: int) -> None:
    assert len(english_leaks(html)) == count


@pytest.mark.parametrize("language", list(Language))
def test_page_has_no_styles_or_handlers_in_attributes(environment: Environment, language: Language) -> None:
    page = gallery_page(environment, language)
    assert " style=" not in page
    assert not re.search(r"\son[a-z]+=", page)
    scripts = re.findall(r"<script[^>]*>", page)
    assert len(scripts) == 3
    assert all('nonce="n"' in script for script in scripts)
    assert "hx-" not in page.replace("data-hx-", "").replace("casework-", "").replace("htmx-config", "")


@pytest.mark.parametrize("language", list(Language))
def test_every_drawing_has_title_and_description(environment: Environment, language: Language) -> None:
    page = gallery_page(environment, language)
    drawings = re.findall(r"<svg class=\"casework.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 8
    for source in drawings:
        svg = ET.fromstring(source)
        named = {element.get("id"): "".join(element.itertext()).strip() for element in svg if element.get("id")}
        for reference in svg.attrib["aria-labelledby"].split():
            assert named[reference]
        assert svg.get("lang") == language.html_lang
    identifiers = re.findall(r'\sid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_evidence_bars_are_in_proportion(environment: Environment) -> None:
    html = macro(
        environment,
        "evidence:evidence_picture('e', 'seconds', 60, 600, segments)",
        segments=[
            {
                "upload_start": Decimal(15),
                "upload_end": Decimal(45),
                "work_start": Decimal(300),
                "work_end": Decimal(330),
            }
        ],
    )
    svg = drawing(html)
    (upload,) = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "casework-segment-upload"]
    (work,) = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "casework-segment-work"]
    assert (upload.get("x"), upload.get("width")) == ("120", "240")
    assert (work.get("x"), work.get("width")) == ("240", "24")
    assert "0:15 to 0:45 of the upload is 5:00 to 5:30 of the work." in html
    assert "1 matching segment, 30 seconds of the upload in all." in html


def test_evidence_without_segments_or_length(environment: Environment) -> None:
    html = macro(environment, "evidence:evidence_picture('e', 'characters', 0, 0, [])")
    assert "0 matching segments" in html
    assert drawing(html) is not None


def test_share_bar_stays_below_the_limit_in_words_and_picture(environment: Environment) -> None:
    html = macro(environment, "evidence:share_bar('s', share, 'warning')", share=Decimal("0.89996"))
    assert "89.996\u00a0% of the upload comes from the work" in html
    bar = next(rect for rect in drawing(html).iter(f"{SVG}rect") if rect.get("class") == "casework-share--warning")
    assert float(bar.attrib["width"]) <= 432


def test_absent_values_are_not_zero(environment: Environment) -> None:
    html = macro(environment, "charts:bar_chart('b', 'T', 'D', [('a', none), ('b', 0), ('c', 3)])")
    assert html.count("n/a") == 2  # in the drawing and in the table
    bars = list(drawing(html).iter(f"{SVG}rect"))
    assert bars[0].get("width") == "0"
    assert len(bars) == 2


def test_charts_without_rows_are_drawn_empty(environment: Environment) -> None:
    for call in (
        "charts:bar_chart('x', 'T', 'D', [])",
        "charts:stacked_chart('x', 'T', 'D', ['a', 'b'], [])",
        "charts:band_histogram('x', 'T', 'D', [0, 0, 0, 0, 0, 0, 0, 0, 0, none])",
        "charts:line_chart('x', 'T', 'D', ['a'], [])",
    ):
        assert drawing(macro(environment, call)) is not None


def test_histogram_columns_share_one_scale(environment: Environment) -> None:
    html = macro(environment, "charts:band_histogram('h', 'T', 'D', [100, 50, 0, 0, 0, 0, 0, 0, 0, 25])")
    heights = [float(rect.attrib["height"]) for rect in drawing(html).iter(f"{SVG}rect")]
    assert heights == [160, 80, 40]


def test_line_breaks_where_a_value_is_absent(environment: Environment) -> None:
    html = macro(
        environment, "charts:line_chart('l', 'T', 'D', ['a'], [('1', [1]), ('2', [none]), ('3', [2]), ('4', [3])])"
    )
    (path,) = drawing(html).iter(f"{SVG}path")
    assert re.sub(r"[\d. ]+", " ", path.attrib["d"]).split() == ["M", "M", "L"]


def test_steps_go_across_and_then_down(environment: Environment) -> None:
    html = macro(environment, "charts:line_chart('l', 'T', 'D', ['a'], [('0', [1]), ('1', [0.5])], step=true, top=1)")
    (path,) = drawing(html).iter(f"{SVG}path")
    assert re.sub(r"[\d. ]+", " ", path.attrib["d"]).split() == ["M", "H", "V"]


def test_texts_from_outside_are_escaped(environment: Environment) -> None:
    html = macro(environment, "charts:bar_chart('b', name, name, [(name, 1)])", name='<b>&"x"')
    assert "<b>" not in html
    assert drawing(html) is not None


def test_start_token_travels_with_the_form(environment: Environment) -> None:
    html = macro(environment, "forms:form_fields(12)")
    assert '<input type="hidden" name="start_token" value="12">' in html
    assert 'name="_csrf_token"' in html


def test_no_errors_no_summary(environment: Environment) -> None:
    assert macro(environment, "forms:error_summary([])").strip() == ""


def test_cursor_pages_only_where_there_are_some(environment: Environment) -> None:
    assert macro(environment, "progress:pages()").strip() == ""
    assert 'rel="next"' in macro(environment, "progress:pages(next_url='/x')")


def test_gallery_context_is_whole_in_both_languages() -> None:
    english, chinese = (gallery_context(language)["t"] for language in (Language.EN, Language.ZH))
    assert english.keys() == chinese.keys()


def test_rows_leave_room_for_actions_only_where_there_are_some(environment: Environment) -> None:
    """Otherwise a fifth of the width stays empty, and dates break on wide screens."""
    link = {"href": "#x", "text": "Change"}
    plain = macro(environment, "text:rows(items)", items=[{"key": "A", "value": "1"}, {"key": "B", "value": "2"}])
    assert "no-actions" not in plain
    mixed = macro(
        environment, "text:rows(items)", items=[{"key": "A", "value": "1", "action": link}, {"key": "B", "value": "2"}]
    )
    assert mixed.count("no-actions") == 1
