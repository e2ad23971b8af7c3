"""HTML to PDF: the only place that knows WeasyPrint. Archival (PDF/A-3a), accessible (PDF/UA-1), reproducible.

The HTML comes from templates on top of `paper.html`; nothing is fetched but `data:` addresses and our own static
files. Rendering is slow pure Python and changes process-wide settings for its duration: run it in a worker process,
never on the web loop. Renderings in one process wait for one another.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import weasyprint
from weasyprint.pdf import tags as weasyprint_tags
from weasyprint.urls import URLFetcher, URLFetcherResponse

from casework.reports.fonts import FontMissing
from casework.reports.pdf_finish import embedded_font_names, finish
from casework.views.language import Language

__all__ = ["Attachment", "FontMissing", "render_pdf"]

STATIC_DIRECTORY = Path(__file__).resolve().parent.parent / "static"
STYLE_SHEET = STATIC_DIRECTORY / "report.css"
STATIC_PREFIX = "casework:/static/"
"""How a template names one of our static files: `casework:/static/...`."""

EXPECTED_FONTS = ("NotoSansCJKsc", "NotoSansMonoCJKsc", "NotoSansSC", "Noto-Sans-CJK-SC", "Noto-Sans-SC")
"""Beginnings of the PostScript names under which the fonts of the style sheet are embedded, hyphens aside."""

STEPS = 8

Progress = Callable[[int, int], None]
"""Called with the step that begins and the number of steps."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF: its name, content, media type and what it is."""

    name: str
    content: bytes
    media_type: str
    description: str


def render_pdf(
    html: str,
    *,
    language: Language,
    title: str,
    created: datetime,
    attachments: Sequence[Attachment] = (),
    progress: Progress | None = None,
) -> bytes:
    """The PDF of `html`: tagged, with bookmarks from its headings and the attachments embedded.

    `created` stands in the metadata and makes the bytes reproducible: equal arguments give equal bytes.

    Raises:
        ValueError: `created` has no time zone, or the language of `html` is not `language`.
        FontMissing: the fonts are not installed, so Chinese would be set in wrong shapes or not at all.

    """
    if created.tzinfo is None:
        raise ValueError("the time of creation needs a time zone")
    if f'lang="{language.html_lang}"' not in html[:1000]:
        raise ValueError(f"the document does not say that its language is {language.html_lang}")
    moment = created.astimezone(UTC).replace(microsecond=0)
    with _one_at_a_time, _fixed_epoch(moment), _languages_in_tags(), _reported(progress):
        fetcher = _OwnFilesOnly()
        source = weasyprint.HTML(string=html, url_fetcher=fetcher)
        document = source.render(stylesheets=[weasyprint.CSS(string=STYLE_SHEET.read_text(encoding="utf-8"))])
        _describe(document, title, moment, attachments)
        # Given to render() the variant is silently ignored.
        written: bytes = document.write_pdf(pdf_variant="pdf/a-3a")
        if progress is not None:
            progress(STEPS, STEPS)
        result = finish(written, {attachment.name: attachment.media_type for attachment in attachments})
    _require_fonts(result)
    return result


def _describe(document: Any, title: str, moment: datetime, attachments: Sequence[Attachment]) -> None:
    document.metadata.title = title
    document.metadata.created = document.metadata.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=attachment.content,
            name=attachment.name,
            description=attachment.description,
            relationship="Data",
            created=moment,
            modified=moment,
        )
        for attachment in attachments
    ]


def _require_fonts(pdf: bytes) -> None:
    names = embedded_font_names(pdf)
    if not any(name.replace("-", "").startswith(_plain_font_names()) for name in names):
        raise FontMissing(
            f"none of the document's fonts was found (embedded instead: {sorted(names)}). "
            "Install the Noto Sans CJK fonts (Debian: fonts-noto-cjk)."
        )


def _plain_font_names() -> tuple[str, ...]:
    return tuple(name.replace("-", "") for name in EXPECTED_FONTS)


class _OwnFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Fetches `data:` addresses and files below `casework/static`; everything else is refused."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",))

    def fetch(self, url: str, headers: Any = None) -> Any:
        if not url.startswith(STATIC_PREFIX):
            return super().fetch(url, headers)
        path = (STATIC_DIRECTORY / unquote(urlsplit(url).path).removeprefix("/static/")).resolve()
        if not path.is_relative_to(STATIC_DIRECTORY) or not path.is_file():
            raise ValueError(f"no static file at {url}")
        return URLFetcherResponse(url, path.read_bytes())


@contextmanager
def _fixed_epoch(moment: datetime) -> Iterator[None]:
    """Let fontTools stamp subset fonts with `moment`; it reads the time from this variable and nowhere else."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


@contextmanager
def _languages_in_tags() -> Iterator[None]:
    """Write the `lang` of every HTML element into its structure element, which WeasyPrint 70 leaves out.

    Without it the English parts of a Chinese report are read in a Chinese voice. The function is private:
    WeasyPrint is pinned below 71, and a test looks for the languages in a finished file.
    """
    original = weasyprint_tags._build_box_tree

    def with_language(box: Any, *arguments: Any) -> Iterator[Any]:
        inner = getattr(box, "_box", box)
        element = getattr(inner, "element", None)
        language = None if element is None else element.get("lang")
        for structure in original(box, *arguments):
            if language and inner.element_tag not in ("html", "body") and "Lang" not in structure:
                structure["Lang"] = weasyprint_tags.pydyf.String(language)
            yield structure

    weasyprint_tags._build_box_tree = with_language
    try:
        yield
    finally:
        weasyprint_tags._build_box_tree = original


class _ProgressHandler(logging.Handler):
    """Turns WeasyPrint's "Step 5 - ..." into calls, each step once."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.INFO)
        self.progress = progress
        self.last = 0
        self.thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        words = str(record.msg).split(maxsplit=2)
        if record.thread != self.thread or len(words) < 2 or not words[1].isdigit():
            return
        step = int(words[1])
        if step > self.last:
            self.last = step
            self.progress(step, STEPS)


@contextmanager
def _reported(progress: Progress | None) -> Iterator[None]:
    if progress is None:
        yield
        return
    logger = logging.getLogger("weasyprint.progress")
    handler, level = _ProgressHandler(progress), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
