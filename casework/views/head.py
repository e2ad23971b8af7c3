"""HEAD for every address that answers GET (RFC 9110 section 9.3.2): the same headers, no content.

Monitors, link previews and download managers ask this way; the framework itself would answer 405.
"""

from __future__ import annotations

from typing import Any, cast

from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send


class HeadAnswering(Litestar):
    """The application, which takes HEAD as a GET whose content is left out."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or take part in start and end of the server."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return
        asked = cast("Scope", {**scope, "method": "GET"})
        await super().__call__(asked, cast("Receive", receive), _without_content(send))


def _without_content(send: Send) -> Send:
    """Passes on all but the bytes of the content; ``Content-Length`` stays what a GET would say."""

    async def pass_on(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return pass_on
