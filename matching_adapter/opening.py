"""Opens files that were inspected a while ago. By now one may be a pipe, a device or a link, which have no end."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.port import Failed, FileReference


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file to be read.

    Raises:
        OSError: also for whatever is no regular file; nothing is waited for.

    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Not a regular file")
        yield stream


def read_text(engine: str, file: FileReference) -> str | Failed:
    """Return the text of the very file that was inspected, or why the engine of this name has none."""
    try:
        with opened(file.path) as stream:
            content = stream.read(file.size + 1)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return Failed(engine, "changed", f"{file.name} was changed after it was inspected", retryable=True)
        return decode_text(content)
    except Undecodable as error:
        return Failed(engine, "undecodable", f"{file.name}: {error}", retryable=False)
    except OSError as error:
        return Failed(engine, "unreadable", f"{file.name}: {error.strerror}", retryable=True)
