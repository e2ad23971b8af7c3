"""The headers of every answer: a strict content policy with a nonce a request, caching, and the language cookie."""

from __future__ import annotations

import re
from typing import Any

from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE
from litestar.types import Message, Scope

from casework.views.frame import LANGUAGE_COOKIE, Frame, frame_of, is_api

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HASHED = re.compile(r"^/static/vendor/[^/]+\.[0-9a-f]{12}\.[a-z]+$")
_YEAR = 365 * 24 * 3600


class Headers:
    """Completes every answer on its way out, those of unknown addresses and faults included."""

    def __init__(self, *, secure: bool) -> None:
        """``secure``: the site is reached over TLS only."""
        self._secure = secure

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Add what is missing; a handler's own ``Cache-Control`` and content policy (of a download) are kept."""
        if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
            return
        frame = frame_of(scope)
        headers = MutableScopeHeaders.from_message(message)
        headers.setdefault("Content-Security-Policy", POLICY.format(nonce=frame.nonce))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if self._secure:
            headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
        if message["status"] == HTTP_413_REQUEST_ENTITY_TOO_LARGE and scope["http_version"].startswith("1"):
            # The rest of the body is not read, so the server ends the connection: said, or the next request is lost.
            headers["Connection"] = "close"
        path = scope["path"]
        if path.startswith("/static/"):
            found = message["status"] in (200, 206, 304)
            keep = found and _HASHED.match(path)
            headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if keep else "no-cache"
            return
        headers.setdefault("Cache-Control", "private, no-store")
        _vary(headers, ["Accept-Language", "Authorization" if is_api(path) else "Cookie, HX-Request"])
        if frame.chosen and not is_api(path):
            headers.add("Set-Cookie", self._language_cookie(frame))

    def _language_cookie(self, frame: Frame) -> str:
        cookie = Cookie(
            LANGUAGE_COOKIE,
            value=frame.language.value,
            max_age=_YEAR,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return cookie.to_header(header="")


def _vary(headers: MutableScopeHeaders, names: list[str]) -> None:
    before: Any = headers.get("Vary")
    headers["Vary"] = ", ".join([*([before] if before else []), *names])
