"""Letters as documents: a fragment for pages, an HTML file that stands alone, a PDF, and JSON.

A letter is written and rendered in one language: do both inside ``use_language``. PDFs take about a second of processor
time and are made where they are asked for, so call this from a worker thread.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, Template
from markupsafe import Markup

from casework.letters.letter import Fact, Letter
from casework.letters.writing import event_name
from casework.views import deadline_labels, labels, regime_labels, step_labels
from casework.views.language import current_language

STYLE_SHEET = Path(__file__).resolve().parent.parent / "static" / "report.css"
_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_WORDS = {
    "labels": labels,
    "regime_labels": regime_labels,
    "step_labels": step_labels,
    "deadline_labels": deadline_labels,
}
"""What the templates of letters put codes into words with."""


def letter_fragment(letter: Letter, environment: Environment, platform: str) -> Markup:
    """The letter from its title on, for a page that has a frame of its own."""
    template = environment.get_template(template_of(letter))
    # Our own templates made it, with everything in it escaped.
    return Markup(template.render(letter=letter, platform=platform, **_WORDS))  # noqa: S704


def template_of(letter: Letter) -> str:
    """The template of a letter's kind."""
    return f"letters/{letter.heading.kind.value}.html"


def standalone_html(letter: Letter, environment: Environment, platform: str) -> str:
    """One HTML file that needs nothing else."""
    return environment.get_template("letters/standalone.html").render(
        title=letter.heading.title,
        content=letter_fragment(letter, environment, platform),
        style=STYLE_SHEET.read_text("utf-8"),
    )


def letter_pdf(letter: Letter, environment: Environment, platform: str) -> bytes:
    """The PDF: tagged, with its fonts inside. Raises ``FontMissing``."""
    # Loading the typesetter takes seconds, and most processes never need it.
    from casework.reports.pdf import render_pdf

    html = environment.get_template("letters/paper.html").render(
        title=letter.heading.title,
        author=platform,
        content=letter_fragment(letter, environment, platform),
    )
    return render_pdf(html, language=current_language(), title=letter.heading.title, created=letter.heading.at)


def file_stem(letter: Letter) -> str:
    """The name of a letter's files, without the ending."""
    heading = letter.heading
    return f"{heading.side.value.replace('_', '-')}-{heading.number:03d}-{heading.kind.value.replace('_', '-')}"


def letter_data(letter: Letter, environment: Environment, platform: str) -> dict[str, Any]:
    """The same as plain data; times in UTC."""
    template = environment.get_template(template_of(letter))
    said = paragraphs_of(template, {"letter": letter, "platform": platform, **_WORDS})
    heading = letter.heading
    return {
        "case_id": str(letter.case_id),
        "number": heading.number,
        "side": heading.side.value,
        "kind": heading.kind.value,
        "event": event_name(letter.event),
        "written_at": moment_data(heading.at),
        "receipt": heading.receipt,
        "language": current_language().value,
        "platform": platform,
        "title": heading.title,
        "paragraphs": [*said, letter.now_public],
        "facts": [fact_data(one) for one in letter.facts],
        "elements": [
            {"name": one.label, "article": one.article, "said": one.said, "stated": one.stated, "missing": one.missing}
            for one in letter.elements
        ],
        "quotations": [
            {"title": one.title, "text": one.text, "language": one.language or None} for one in letter.quotations
        ],
        "rule": [fact_data(one) for one in letter.rule],
        "law": list(letter.law),
        "options": [
            {"code": one.code, "text": one.text, "until": None if one.until is None else moment_data(one.until)}
            for one in letter.options
        ],
        "next": {"sentence": letter.required.sentence, "detail": letter.required.detail},
    }


def letter_json(letter: Letter, environment: Environment, platform: str) -> bytes:
    """The data as JSON, the same bytes for the same letter."""
    plain = msgspec.json.encode(letter_data(letter, environment, platform))
    return msgspec.json.format(plain, indent=2) + b"\n"


def fact_data(fact: Fact) -> dict[str, str]:
    """One row of facts."""
    return {"name": fact.label, "value": fact.value}


def paragraphs_of(template: Template, words: dict[str, Any]) -> list[str]:
    """The paragraphs of the block ``said`` of a letter's template, as plain text."""
    said = "".join(template.blocks["said"](template.new_context(words)))
    return [_plain(found) for found in _PARAGRAPH.findall(said)]


def _plain(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", markup)).split())


def moment_data(moment: datetime) -> str:
    """A moment in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
