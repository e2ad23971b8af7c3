"""How handlers answer with pages: the whole page, or for htmx one block of the same template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER

from casework.views.frame import frame_of, page_of
from casework.views.language import use_language
from casework.views.templating import render_block, use_page_request

AnyRequest = Request[Any, Any, Any]


def asked_by_htmx(request: AnyRequest) -> bool:
    """Whether htmx wants a part of a page; boosted links want the whole one."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def render_page(
    request: AnyRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    block: str | None = None,
    status_code: int = HTTP_200_OK,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Answer with a page; with ``block``, an htmx request gets that block alone.

    Rendering takes milliseconds of processor time, so call this in a handler that runs in a thread.
    """
    environment: Environment = request.app.state.templates
    values = {} if context is None else context
    with use_language(frame_of(request.scope).language), use_page_request(page_of(request)):
        if block is not None and asked_by_htmx(request):
            content = render_block(environment, template, block, values)
        else:
            content = environment.get_template(template).render(values)
    return Response(
        content,
        media_type=MediaType.HTML,
        status_code=status_code,
        headers=dict(headers or {}),
    )


def see_other(request: AnyRequest, address: str) -> Response[Any]:
    """Send the browser to another address with GET, after a form or in place of a page."""
    if asked_by_htmx(request):
        return Response("", media_type=MediaType.HTML, status_code=HTTP_200_OK, headers={"HX-Redirect": address})
    return Redirect(address, status_code=HTTP_303_SEE_OTHER)


def safe_address(wanted: str | None) -> str:
    """An address of this site to go on to; anything that a browser might take for another site becomes ``/``."""
    if not wanted or len(wanted) > 2000 or not wanted.startswith("/") or wanted[1:2] in ("/", "\\"):
        return "/"
    if "\\" in wanted or any(character <= " " or character == "\x7f" for character in wanted):
        return "/"
    return wanted
