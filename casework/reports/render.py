"""A report as documents: a page for the site, an HTML file that stands alone, and the PDF with its data inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.reports.generation import Report
from casework.reports.sections import build_sections
from casework.reports.writer import Writer
from casework.views import formatting
from casework.views.language import Language, use_language
from casework.views.templating import environment_in

if TYPE_CHECKING:
    from casework.reports.pdf import Progress

STYLE_SHEET = Path(__file__).resolve().parent.parent / "static" / "report.css"


def _context(report: Report, language: Language, link: Callable[[str], str] | None) -> dict[str, Any]:
    writer = Writer(report, language, link)
    last = formatting.format_date(report.end - timedelta(days=1))
    return {
        "title": writer.say("title"),
        "running_head": writer.say("running_head"),
        "lead": writer.say("to", start=formatting.format_date(report.start), last=last),
        "platform": report.platform,
        "author": report.platform,
        "as_of_label": writer.say("as_of"),
        "as_of": formatting.format_datetime(report.as_of, report.zone, zone=True),
        "note": writer.say("masked_note" if report.masked else "unmasked_note"),
        "open_note": "" if report.over else writer.say("open_period_note"),
        "sections": build_sections(writer),
        "contents_title": writer.say("contents"),
        "definition_head": [writer.say(each) for each in ("figure", "kind", "definition")],
        "files_title": writer.say("files"),
        "files": [
            {"name": f"{report.name}.json", "description": writer.say("data_json")},
            {"name": f"{report.name}.csv", "description": writer.say("data_csv")},
        ],
    }


def _render(
    report: Report, language: Language, template: str, *, link: Callable[[str], str] | None = None, **more: Any
) -> str:
    with use_language(language):
        context = _context(report, language, link)
        return environment_in(report.zone).get_template(template).render(**context, **more)


def partial_html(report: Report, language: Language, link: Callable[[str], str] | None = None) -> str:
    """The sections alone, headings from level two, for a page of the site.

    ``link`` makes of a figure's key the address of the cases behind it, for those who may see them.
    """
    return _render(report, language, "reports/partial.html", link=link)


def standalone_html(report: Report, language: Language) -> str:
    """One HTML file that needs nothing else."""
    return _render(report, language, "reports/standalone.html", style=STYLE_SHEET.read_text("utf-8"))


def report_pdf(
    report: Report, language: Language, data_json: bytes, data_csv: bytes, progress: Progress | None = None
) -> bytes:
    """The PDF, with both data files attached. Slow: run it in a worker process. Raises ``FontMissing``."""
    # Loading the typesetter takes seconds, and web processes never need it.
    from casework.reports.pdf import Attachment, render_pdf

    html = _render(report, language, "reports/paper.html")
    with use_language(language):
        writer = Writer(report, language)
        attachments = (
            Attachment(f"{report.name}.json", data_json, "application/json", writer.say("data_json")),
            Attachment(f"{report.name}.csv", data_csv, "text/csv", writer.say("data_csv")),
        )
        title = f"{writer.say('title')} {report.start.isoformat()}/{report.end.isoformat()}"
    return render_pdf(
        html, language=language, title=title, created=report.as_of, attachments=attachments, progress=progress
    )
