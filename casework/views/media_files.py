"""Sends files that people look at in place, whole or by ranges, so that a player can jump without loading all.

What is shown in place was made by us: pictures and sound encoded anew. What others sent is only ever saved as a file.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response

from casework.previews.reading import OpenedPart

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_SHOWN = {
    "Accept-Ranges": "bytes",
    # Kept by the browser of whoever may see it, and asked for again soon: links are revoked and people erased.
    "Cache-Control": "private, max-age=300",
    "Content-Disposition": "inline",
    # A link into an excerpt opens it alone: its player must be let load the file that it shows, and nothing runs there.
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox allow-same-origin",
    "X-Content-Type-Options": "nosniff",
}
_NO_SUCH_RANGE = 416


def send_shown(request: Request[Any, Any, Any], part: OpenedPart) -> Response[bytes]:
    """A part of previews: 200 with all of it, 206 with one range, 304 where the browser has it, 416 for a false range.

    Several ranges at once, and ranges of something that has changed since, are answered with all of it (RFC 9110).
    """
    tag = f'"{part.tag[:32]}"'
    headers = {**_SHOWN, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    size = len(part.content)
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or asked.group(0) == "bytes=-" or request.headers.get("if-range", tag) != tag:
        return Response(part.content, media_type=part.media_type, headers=headers)
    first, last = asked.groups()
    start = int(first[:19]) if first else max(size - int(last[:19]), 0)
    end = min(int(last[:19]) + 1, size) if first and last else size
    if start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(b"", status_code=_NO_SUCH_RANGE, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(part.content[start:end], media_type=part.media_type, status_code=206, headers=headers)
