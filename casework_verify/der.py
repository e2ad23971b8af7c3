"""As much of a CMS signature (RFC 5652) as a PDF has: what was signed, by which certificate, with what result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509

_DIGESTS = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_PSS = bytes.fromhex("2a864886f70d01010a")
_SEQUENCE, _SET, _OCTETS, _OBJECT, _INTEGER, _FIRST = 0x30, 0x31, 0x04, 0x06, 0x02, 0xA0
_LONG = 0x80


class Malformed(ValueError):
    """The bytes are not the signature that they should be."""


@dataclass(frozen=True, slots=True)
class SignedData:
    """``attributes``: the bytes that were signed, which hold ``message_digest``, the digest of the document."""

    digest: str
    message_digest: bytes
    attributes: bytes
    signature: bytes
    certificate: bytes
    pss: bool


@dataclass(frozen=True, slots=True)
class _Value:
    tag: int
    content: bytes
    whole: bytes

    def inside(self) -> list[_Value]:
        return list(_values(self.content))


def read_signed_data(contents: bytes) -> SignedData:
    """Read a signature with one signer and signed attributes; zeros may follow. Raises ``Malformed``."""
    try:
        _kind, wrapped = next(_values(contents)).inside()
        _version, _digests, _nothing, *rest = wrapped.inside()[0].inside()
        certificates = [value.whole for value in rest[0].inside()] if rest[0].tag == _FIRST else []
        (signer,) = rest[-1].inside()
        _version, identity, algorithm, attributes, scheme, signature, *_more = signer.inside()
        if attributes.tag != _FIRST or signature.tag != _OCTETS:
            raise Malformed("its attributes are not signed")
        return SignedData(
            digest=_DIGESTS[algorithm.inside()[0].content],
            message_digest=_digest_in(attributes),
            attributes=bytes([_SET]) + attributes.whole[1:],
            signature=signature.content,
            certificate=_certificate(certificates, identity),
            pss=scheme.inside()[0].content == _PSS,
        )
    except (IndexError, KeyError, StopIteration, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("it cannot be read") from None


def _digest_in(attributes: _Value) -> bytes:
    found = [each.inside() for each in attributes.inside()]
    (digest,) = [values.inside()[0].content for kind, values in found if kind.content == _MESSAGE_DIGEST]
    return digest


def _certificate(certificates: list[bytes], identity: _Value) -> bytes:
    """The one of the signer, by its serial number and issuer."""
    issuer, number = identity.inside()
    serial = int.from_bytes(number.content, "big", signed=True)
    for each in certificates:
        certificate = x509.load_der_x509_certificate(each)
        if certificate.serial_number == serial and certificate.issuer.public_bytes() == issuer.whole:
            return each
    raise Malformed("the certificate of its signer is not in it")


def _values(content: bytes) -> Iterator[_Value]:
    place = 0
    while place < len(content):
        tag, length, begin = content[place], content[place + 1], place + 2
        if length & _LONG:
            count = length & ~_LONG
            if not 0 < count <= 4:
                raise Malformed("it is not in DER")
            length, begin = int.from_bytes(content[begin : begin + count], "big"), begin + count
        end = begin + length
        if end > len(content):
            raise Malformed("it is cut off")
        yield _Value(tag, content[begin:end], content[place:end])
        place = end
