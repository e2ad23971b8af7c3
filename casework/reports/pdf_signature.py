"""The only place that knows pyHanko: it puts a signature after a PDF and changes nothing else in it.

The library would stamp the file with the present moment, in its metadata and in the signature, and with a random id.
Both are taken over here, so that a signed file is the unsigned one and a signature that depends on nothing but the
file, the key and the claimed time. The methods are private: pyHanko is pinned, and tests compare the bytes.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError

FIELD = "Signature"
_DICTIONARY: Any = generic.DictionaryObject
_NUMBER: Any = generic.NumberObject

_OUTSIDE = (-10, -10, -10, -10)
"""No size and outside of every page: a field that is not seen needs no appearance (ISO 19005-3, 6.3.3)."""


class _Addition(IncrementalPdfFileWriter):
    """An addition to a file that leaves its metadata alone."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        # The second half of the id tells revisions of a file apart (ISO 32000-1, 14.4).
        second = generic.ByteStringObject(hashlib.sha256(pdf).digest()[:16])
        self._document_id = generic.ArrayObject([self._document_id[0], second])

    def _update_meta(self) -> None:
        """The file's metadata says when it was made; the signature says what it claims."""


class _AsOf(signers.PdfSigner):
    """Signs as of a moment instead of now."""

    claimed: datetime

    def init_signing_session(self, *arguments: Any, **named: Any) -> Any:
        """The session of the library, with its time."""
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self.claimed
        return session


def load(path: Path, key: Path | None, passphrase: bytes | None) -> Any:
    """A signer from a PKCS#12 file, or from PEM certificates, own one first, and a PEM key.

    ``None`` when they do not fit or the passphrase does not open them. Raises ``OSError`` and ``ValueError``.
    """
    chain: Any = signers.SimpleSigner
    try:
        for file in (path, *(() if key is None else (key,))):
            file.read_bytes()
        if key is None:
            return chain.load_pkcs12(str(path), passphrase=passphrase)
        return chain.load(str(key), str(path), key_passphrase=passphrase)
    except SigningError as error:
        raise ValueError(str(error)) from None


def signed(pdf: bytes, signer: Any, name: str, claimed: datetime) -> bytes:
    """``pdf`` with a certifying signature after it: any later change makes it invalid."""
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=name,
    )
    addition = _Addition(pdf)
    fields.append_signature_field(addition, fields.SigFieldSpec(FIELD, box=_OUTSIDE, readable_field_name=FIELD))
    _tag_field(addition)
    pdf_signer = _AsOf(metadata, signer=signer)
    pdf_signer.claimed = claimed
    return bytes(pdf_signer.sign_pdf(addition, existing_fields_only=True).getvalue())


def _tag_field(addition: Any) -> None:
    """Give the field its place at the end of what is read out (ISO 14289-1, 7.18.4)."""
    name, number, dictionary = generic.NameObject, _NUMBER, _DICTIONARY
    page, _ = addition.find_page_for_modification(0)
    field = addition.root["/AcroForm"]["/Fields"].raw_get(0)
    tree = addition.root["/StructTreeRoot"]
    kids = tree.raw_get("/K")
    top = kids[0] if isinstance(kids, generic.ArrayObject) else tree["/K"]
    top_reference = kids.raw_get(0) if isinstance(kids, generic.ArrayObject) else kids
    key = int(tree["/ParentTreeNextKey"]) if "/ParentTreeNextKey" in tree else _next_key(tree["/ParentTree"])
    seen = dictionary({name("/Type"): name("/OBJR"), name("/Obj"): field, name("/Pg"): page})
    element = addition.add_object(
        dictionary(
            {
                name("/Type"): name("/StructElem"),
                name("/S"): name("/Form"),
                name("/P"): top_reference,
                name("/Pg"): page,
                name("/K"): seen,
            }
        )
    )
    top["/K"].append(element)
    tree["/ParentTree"]["/Nums"].extend([number(key), element])
    tree[name("/ParentTreeNextKey")] = number(key + 1)
    field.get_object()[name("/StructParent")] = number(key)
    page.get_object()[name("/Tabs")] = name("/S")
    for changed in (top, top["/K"], tree, tree["/ParentTree"], tree["/ParentTree"]["/Nums"], field.get_object()):
        addition.update_container(changed)
    addition.update_container(page.get_object())


def _next_key(parents: Any) -> int:
    numbers = parents["/Nums"]
    return max((int(numbers[place]) for place in range(0, len(numbers), 2)), default=-1) + 1
