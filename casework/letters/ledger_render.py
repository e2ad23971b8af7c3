"""Letters about the sanction ledger as documents: a fragment for pages, a file that stands alone, a PDF, and JSON.

Written and rendered in one language, like the letters of cases: do both inside ``use_language``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from casework.letters.ledger import LedgerLetter
from casework.letters.render import STYLE_SHEET, fact_data, moment_data, paragraphs_of
from casework.views import ledger_labels
from casework.views.language import current_language


def ledger_fragment(letter: LedgerLetter, environment: Environment, platform: str) -> Markup:
    """The letter from its title on, for a page that has a frame of its own."""
    template = environment.get_template(_template_of(letter))
    # Our own templates made it, with everything in it escaped.
    return Markup(template.render(letter=letter, platform=platform, labels=ledger_labels))  # noqa: S704


def _template_of(letter: LedgerLetter) -> str:
    return f"letters/ledger/{letter.heading.kind}.html"


def ledger_file_stem(letter: LedgerLetter) -> str:
    """The name of a letter's files, without the ending."""
    return f"record-{letter.heading.number:03d}-{letter.heading.kind.replace('_', '-')}"


def ledger_html(letter: LedgerLetter, environment: Environment, platform: str) -> bytes:
    """One HTML file that needs nothing else."""
    page = environment.get_template("letters/standalone.html").render(
        title=letter.heading.title,
        content=ledger_fragment(letter, environment, platform),
        style=STYLE_SHEET.read_text("utf-8"),
    )
    return page.encode()


def ledger_pdf(letter: LedgerLetter, environment: Environment, platform: str) -> bytes:
    """The PDF: tagged, with its fonts inside. Raises ``FontMissing``."""
    # Loading the typesetter takes seconds, and most processes never need it.
    from casework.reports.pdf import render_pdf

    html = environment.get_template("letters/paper.html").render(
        title=letter.heading.title, author=platform, content=ledger_fragment(letter, environment, platform)
    )
    return render_pdf(html, language=current_language(), title=letter.heading.title, created=letter.heading.at)


def ledger_data(letter: LedgerLetter, environment: Environment, platform: str) -> dict[str, Any]:
    """The same as plain data; times in UTC."""
    heading = letter.heading
    words = {"letter": letter, "platform": platform, "labels": ledger_labels}
    return {
        "party": letter.party,
        "side": letter.side.value,
        "number": heading.number,
        "kind": heading.kind,
        "written_at": moment_data(heading.at),
        "receipt": heading.receipt,
        "language": current_language().value,
        "platform": platform,
        "title": heading.title,
        "paragraphs": paragraphs_of(environment.get_template(_template_of(letter)), words),
        "facts": [fact_data(one) for one in letter.facts],
        "quotations": [{"title": one.title, "text": one.text} for one in letter.quotations],
        "law": list(letter.law),
        "options": [
            {"code": one.code, "text": one.text, "until": None if one.until is None else moment_data(one.until)}
            for one in letter.options
        ],
    }


def ledger_json(letter: LedgerLetter, environment: Environment, platform: str) -> bytes:
    """The data as JSON, the same bytes for the same letter."""
    plain = msgspec.json.encode(ledger_data(letter, environment, platform))
    return msgspec.json.format(plain, indent=2) + b"\n"


LEDGER_FORMS: dict[str, tuple[Callable[[LedgerLetter, Environment, str], bytes], str]] = {
    "json": (ledger_json, "application/json"),
    "html": (ledger_html, "text/html; charset=utf-8"),
    "pdf": (ledger_pdf, "application/pdf"),
}
"""Forms by their endings, with their media types."""
