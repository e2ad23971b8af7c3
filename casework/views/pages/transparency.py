"""Published reports for everybody: their files, the facts they were computed from, how to check them, corrections.

A report stays as it was published. Where another one corrects it, every page of it says so at its top.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from secrets import token_hex
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Stream

from casework.domain.facts import Refused
from casework.domain.publication.state import Edition
from casework.errors import NotFound
from casework.log_proofs import LogProofs
from casework.publishing import Publishing
from casework.reports.log_block import FACTS, HASHES, write_facts
from casework.settings import Settings
from casework.views.access.guard import PUBLIC
from casework.views.language import Language, current_language, gettext
from casework.views.pages.case_page import download
from casework.views.published_changes import shown_changes
from casework.views.responses import render_page

ADDRESS = "/transparency"
PIECE = 65_536
FOR_GOOD = "public, max-age=31536000, immutable"

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=PUBLIC, sync_to_thread=True)
def show_transparency(
    request: AnyRequest, publishing: NamedDependency[Publishing], settings: NamedDependency[Settings]
) -> Response[str]:
    """All published reports, the latest period first, and how anybody can check one."""
    rows = [
        {
            "edition": edition,
            "href": f"{ADDRESS}/{edition.id}",
            "last": edition.published.end - timedelta(days=1),
        }
        for edition in publishing.editions()
    ]
    context = {"rows": rows, "platform": settings.platform_name}
    return render_page(request, "pages/transparency.html", context)


@get(ADDRESS + "/{identifier:str}", opt=PUBLIC, sync_to_thread=True)
def show_report(
    request: AnyRequest,
    identifier: FromPath[str],
    publishing: NamedDependency[Publishing],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """One report: its files with their digests, what it corrects and what corrects it, how to check it."""
    edition = publishing.edition(identifier)
    data = publishing.data(edition)
    changes = publishing.changes(edition)
    reasons = publishing.reasons(edition)
    context = {
        "edition": edition,
        "report": edition.published,
        "base": f"{ADDRESS}/{edition.id}",
        "last": edition.published.end - timedelta(days=1),
        "platform": settings.platform_name,
        "position": data["report"]["log_position"],
        "log": data.get("log"),
        "files": describe_files(edition, f"{ADDRESS}/{edition.id}"),
        "newer": _other(edition, edition.corrected_by),
        "older": _other(edition, edition.published.corrects),
        "reasons": reasons.get(current_language().value, ""),
        "changes": None if changes is None else shown_changes(changes),
    }
    return render_page(request, "pages/transparency_report.html", context)


@get(ADDRESS + "/{identifier:str}/read", opt=PUBLIC, sync_to_thread=True)
def read_report(
    identifier: FromPath[str], request: AnyRequest, publishing: NamedDependency[Publishing]
) -> Response[str]:
    """The report itself in the language of the page, with a banner over it once it is corrected."""
    edition = publishing.edition(identifier)
    ending = f".{current_language().value}.html"
    name = next((one.name for one in edition.published.files if one.name.endswith(ending)), None)
    if name is None:
        raise NotFound("report file")
    page = publishing.file(edition, name).decode()
    newer = _other(edition, edition.corrected_by)
    if newer:
        page = page.replace("<body>", f"<body>\n{_banner(newer)}", 1)
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})


@get(ADDRESS + "/{identifier:str}/changes.json", opt=PUBLIC, sync_to_thread=True)
def send_changes(identifier: FromPath[str], publishing: NamedDependency[Publishing]) -> Response[Any]:
    """Every figure that a correction changed, with the leaves of the events that changed it."""
    edition = publishing.edition(identifier)
    changes = publishing.changes(edition)
    if changes is None:
        raise NotFound("correction")
    return Response(changes, media_type=MediaType.JSON, headers={"Cache-Control": FOR_GOOD})


@get(ADDRESS + "/{identifier:str}/files/{name:str}", opt=PUBLIC, sync_to_thread=True)
def send_file(
    identifier: FromPath[str], name: FromPath[str], publishing: NamedDependency[Publishing]
) -> Response[bytes]:
    """One file, byte for byte as it was published."""
    edition = publishing.edition(identifier)
    answer = download(publishing.file(edition, name), name, media_type_of(name))
    answer.headers["Cache-Control"] = FOR_GOOD
    return answer


@get(ADDRESS + "/{identifier:str}/facts/{name:str}", opt=PUBLIC, sync_to_thread=True)
def send_facts(
    identifier: FromPath[str],
    name: FromPath[str],
    publishing: NamedDependency[Publishing],
    proofs: NamedDependency[LogProofs],
    settings: NamedDependency[Settings],
) -> Stream:
    """The public facts that a report was computed from, and their hashes: what verification needs beside it.

    Refused with ``facts_sealed`` while a ruling among them is still sealed.
    """
    log = publishing.data(publishing.edition(identifier)).get("log")
    if log is None or name not in (FACTS, HASHES):
        raise NotFound("facts")
    public = proofs.public_size()
    if name == FACTS and public < log["size"]:
        raise Refused("facts_sealed", public=str(public))
    path = _kept_facts(settings.reports_directory / "facts" / str(log["size"]), name, proofs, log["size"])
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": FOR_GOOD}
    return Stream(_pieces(path), media_type="application/octet-stream", headers=headers)


def _kept_facts(folder: Path, name: str, proofs: LogProofs, size: int) -> Path:
    """The file, made when it is first asked for: the same facts give the same bytes."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if name == FACTS:
            write_facts(proofs, path, 0, size)
        else:
            made = folder / f".{name}.{token_hex(8)}"
            made.write_bytes(b"".join(proofs.parts(size, 0)))
            made.replace(path)
    return path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def media_type_of(name: str) -> str:
    """What kind of file it is, by its ending."""
    return MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def describe_files(edition: Edition, base: str) -> list[dict[str, Any]]:
    """The files of a report for a page: kind, language, address, size and digest."""
    kinds = {
        "pdf": gettext("PDF document"),
        "html": gettext("Web page in one file"),
        "json": gettext("All figures as data (JSON)"),
        "csv": gettext("All figures as a table (CSV)"),
        "xlsx": gettext("All figures as a workbook (XLSX)"),
    }
    return [
        {
            "name": one.name,
            "kind": kinds.get(one.name.rpartition(".")[2], one.name),
            "language": next((each.own_name for each in Language if f".{each.value}." in one.name), ""),
            "href": f"{base}/files/{one.name}",
            "size": one.size,
            "digest": one.digest,
        }
        for one in edition.published.files
    ]


def _other(edition: Edition, number: int | None) -> str:
    """The address of another edition of the same period; empty where there is none."""
    return "" if number is None else f"{ADDRESS}/{edition.id.rpartition('.')[0]}.{number}"


def _banner(newer: str) -> str:
    said = escape(gettext("This report was corrected. What it says stays as it was published."))
    link = escape(gettext("Read the correction"))
    style = "border: 4px solid #942514; padding: 1rem; margin: 0 0 1.5rem; color: #0b0c0c; background: #ffffff"
    return f'<aside role="note" style="{style}"><strong>{said}</strong> <a href="{escape(newer)}">{link}</a></aside>'


HANDLERS = (show_transparency, show_report, read_report, send_changes, send_file, send_facts)
