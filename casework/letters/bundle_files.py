"""Bundles on their way out: for which reader, as a PDF or as a ZIP that is streamed from a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from litestar import Response
from litestar.response import Stream

from casework.domain.facts import Role
from casework.errors import NotFound
from casework.letters.bundle import Bundle, Reader, write_zip
from casework.letters.bundle_pdf import bundle_pdf

_IN_MEMORY = 8 << 20
"""Bytes up to which a ZIP on its way out stays in memory; a larger one lies on the disk, without a name."""

_CHUNK = 1 << 16

_READERS = {
    Role.UPLOADER: Reader.UPLOADER,
    Role.RIGHT_HOLDER: Reader.RIGHT_HOLDER,
    Role.INTAKE: Reader.STAFF,
    Role.COMPLIANCE: Reader.STAFF,
}


def reader_of(role: Role, wanted: str | None = None) -> Reader:
    """Which bundle somebody gets; staff may ask for that of an external body.

    Raises ``NotFound`` for other roles (reviewers decide from their bench) and for what is not theirs.
    """
    own = _READERS.get(role)
    if own is None or wanted not in (None, own.value, Reader.EXTERNAL_BODY.value):
        raise NotFound("bundle")
    if wanted == Reader.EXTERNAL_BODY.value:
        if own is not Reader.STAFF:
            raise NotFound("bundle")
        return Reader.EXTERNAL_BODY
    return own


def zip_of(bundle: Bundle, target: IO[bytes]) -> None:
    """Write the ZIP of a bundle, in the language at hand."""
    write_zip(bundle, lambda entries, digest: bundle_pdf(bundle, entries, digest), target)


def pdf_of(bundle: Bundle) -> bytes:
    """The PDF alone, the same as in the ZIP."""
    entries = bundle.entries()
    return bundle_pdf(bundle, entries, bundle.digest(entries))


def answer_with(bundle: Bundle, ending: str) -> Response[bytes] | Stream:
    """The answer to a request for the PDF or the ZIP, as a download. Call it inside ``use_language``."""
    name = f"bundle-{bundle.case_id}-{bundle.reader.value}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if ending == "pdf":
        return Response(pdf_of(bundle), media_type="application/pdf", headers=headers)
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by who reads it out
    try:
        zip_of(bundle, file)
    except BaseException:
        file.close()
        raise
    return Stream(_read_out(file), media_type="application/zip", headers=headers)


def _read_out(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
