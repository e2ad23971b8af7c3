"""Reads a report as PDF: the data attached to it, and its signature (PAdES, ETSI EN 319 142-1).

Of the signature is checked that it holds for every byte of the file. Who owns the certificate a reader decides: its
fingerprint is told.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from casework_verify.der import Malformed, SignedData, read_signed_data
from casework_verify.opening import LARGEST_FILE, CannotRead

if TYPE_CHECKING:
    import pikepdf

MARK = b"%PDF-"
_UNFIT = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
    OverflowError,
    MemoryError,
    NotImplementedError,
)
"""What pikepdf raises for objects of another kind than they should be."""


@dataclass(frozen=True, slots=True)
class PdfReport:
    """The data in a PDF. ``signer``: the certificate's subject and fingerprint, if a signature holds.

    ``fault``: what is wrong with the signature.
    """

    json: bytes
    csv: bytes | None
    signer: tuple[str, str] | None
    fault: str | None


def read_pdf(content: bytes) -> PdfReport:
    """Take a report apart. Raises ``CannotRead``."""
    try:
        import pikepdf
    except ImportError:
        raise CannotRead(
            "a report as PDF needs one more package: pip install 'casework-verify[pdf]';"
            " or take the JSON file attached to it, which any PDF reader can save"
        ) from None
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            found = {name: _unpacked(file.get_file().obj) for name, file in document.attachments.items()}
            signatures = list(_signatures(document))
    except (pikepdf.PdfError, *_UNFIT) as error:
        raise CannotRead(f"the PDF cannot be read: {error}") from None
    data = [each for name, each in found.items() if name.endswith(".json")]
    table = [each for name, each in found.items() if name.endswith(".csv")]
    if len(data) != 1:
        raise CannotRead(f"the PDF has {len(data)} attached files of data, not one")
    signer, fault = _check(content, signatures)
    return PdfReport(data[0], table[0] if table else None, signer, fault)


def _unpacked(stream: Any) -> bytes:
    """What is attached, without letting a few bytes unpack to more than fits. Raises ``ValueError``."""
    import pikepdf

    filters = stream.get("/Filter")
    packing = [] if filters is None else filters if isinstance(filters, pikepdf.Array) else [filters]
    raw = bytes(stream.read_raw_bytes())
    if not packing:
        return raw
    if [str(each) for each in packing] != ["/FlateDecode"] or "/DecodeParms" in stream:
        raise ValueError("what is attached is packed in an unusual way")
    content = zlib.decompressobj().decompress(raw, LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"what is attached is larger than {LARGEST_FILE:,} bytes")
    return content


def _signatures(document: pikepdf.Pdf) -> Any:
    form = document.Root.get("/AcroForm")
    for field in [] if form is None else form.get("/Fields", []):
        if field.get("/FT") == "/Sig" and "/V" in field:
            value = field.V
            yield [int(number) for number in value.ByteRange], bytes(value.Contents)


def _check(content: bytes, signatures: list[tuple[list[int], bytes]]) -> tuple[tuple[str, str] | None, str | None]:
    if not signatures:
        return None, None
    extent, contents = signatures[-1]
    try:
        if len(extent) != 4 or extent[0] != 0 or extent[2] + extent[3] != len(content) or extent[1] > extent[2]:
            raise Malformed("it does not cover the whole file: something was added after it")
        gap = content[extent[1] : extent[2]]
        if gap[:1] != b"<" or gap[-1:] != b">" or bytes.fromhex(gap[1:-1].decode("ascii")) != contents:
            raise Malformed("what it leaves out is not the signature itself")
        covered = content[: extent[1]] + content[extent[2] :]
        signed = read_signed_data(contents)
        certificate = x509.load_der_x509_certificate(signed.certificate)
        _verify(covered, signed, certificate)
    except InvalidSignature:
        return None, "it does not fit the file"
    except (Malformed, ValueError, TypeError, UnsupportedAlgorithm) as error:
        return None, str(error)
    return (certificate.subject.rfc4514_string(), certificate.fingerprint(hashes.SHA256()).hex()), None


def _verify(covered: bytes, signed: SignedData, certificate: x509.Certificate) -> None:
    kind = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[signed.digest]
    computed = hashes.Hash(kind)
    computed.update(covered)
    if computed.finalize() != signed.message_digest:
        raise InvalidSignature
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        scheme = padding.PSS(padding.MGF1(kind), padding.PSS.AUTO) if signed.pss else padding.PKCS1v15()
        key.verify(signed.signature, signed.attributes, scheme, kind)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signed.signature, signed.attributes, ec.ECDSA(kind))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signed.signature, signed.attributes)
    else:
        raise Malformed("its kind of key is not known here")
