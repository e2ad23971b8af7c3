"""The platform's signature on a PDF: PAdES (ETSI EN 319 142-1, level B-B), by a key that settings name.

A signature is an addition at the end: the signed file begins with the unsigned one, byte for byte. The time that it
claims is T of the report, so that an RSA key signs the same report to the same bytes again; a signature by an ECDSA key
holds chance and differs each time. It says who stands by the file, not when it was signed: that takes a time stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from casework.eventlog.clock import SystemClock

if TYPE_CHECKING:
    from casework.settings import Settings

KEY_BITS = 3072
DAYS_VALID = 3 * 365


class SigningFailed(RuntimeError):
    """The key of the settings cannot sign: it is missing, cannot be opened, or its certificate does not hold now."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Signs PDFs with one key. ``name`` is the common name of its certificate."""

    name: str
    not_before: datetime
    signer: Any

    def sign(self, pdf: bytes, moment: datetime) -> bytes:
        """``pdf`` with the signature after it, claiming ``moment``, or the first moment of the certificate if later.

        The signature certifies the document: any later change makes it invalid.
        """
        from casework.reports.pdf_signature import signed

        return signed(pdf, self.signer, self.name, max(moment.astimezone(UTC), self.not_before).replace(microsecond=0))


def signing_of(settings: Settings) -> Signing | None:
    """What signs reports by the settings; ``None`` without a certificate. Raises ``SigningFailed``."""
    # Certificates hold in the world, whatever time a trial simulates.
    now = SystemClock().now()
    # Loading the library takes a while, and most processes never sign.
    from casework.reports.pdf_signature import load

    path = settings.report_certificate
    if path is None:
        return None
    try:
        passphrase = None
        if settings.report_passphrase_file is not None:
            passphrase = settings.report_passphrase_file.read_bytes().strip()
        signer = load(path, settings.report_key, passphrase)
    except (OSError, ValueError) as error:
        raise SigningFailed(f"the key that signs reports cannot be opened: {error}") from None
    if signer is None:
        raise SigningFailed(f"{path} holds no key and certificate that the passphrase opens")
    certificate = x509.load_der_x509_certificate(signer.signing_cert.dump())
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise SigningFailed(f"the certificate in {path} does not hold at {now.isoformat()}")
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return Signing(name, certificate.not_valid_before_utc, signer)


def self_made(name: str, now: datetime, passphrase: bytes) -> bytes:
    """A PKCS#12 file with a new RSA key and a certificate of its own making, for trials: nobody vouches for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signs_only = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS_VALID))
        .add_extension(signs_only, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, None, BestAvailableEncryption(passphrase)
    )
