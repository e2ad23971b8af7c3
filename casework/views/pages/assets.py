"""Style sheets and scripts, as the asset build left them in one folder; names carry the hash of their content."""

from __future__ import annotations

import re

from litestar import get
from litestar.params import FromPath
from litestar.response import File

from casework.errors import NotFound
from casework.views.access.guard import PUBLIC
from casework.views.templating import VENDOR_DIRECTORY

_NAME = re.compile(r"[\w-][\w.-]{0,99}", re.ASCII)


@get("/static/vendor/{name:str}", opt={**PUBLIC, "exclude_from_csrf": True}, sync_to_thread=True)
def show_asset(name: FromPath[str]) -> File:
    """One file of the folder; anything that is not the plain name of one is not found."""
    path = VENDOR_DIRECTORY / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound("asset")
    return File(path, filename=name, content_disposition_type="inline")


HANDLERS = (show_asset,)
