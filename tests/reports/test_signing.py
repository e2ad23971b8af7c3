"""The signature on a PDF: valid, nothing but an addition, the same again, and gone with one changed byte."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from casework.cli.main import casework as command_line
from casework.reports.signing import Signing, SigningFailed, self_made, signing_of
from casework.settings import Settings
from tests.reports.sample_pdf import CREATED, small_pdf

PASSPHRASE = b"a passphrase"
NOW = datetime.now(UTC)
AS_OF = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return small_pdf()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    made = self_made("示例平台", NOW, PASSPHRASE)
    (folder / "signing.p12").write_bytes(made)
    (folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    key, certificate, _ = pkcs12.load_key_and_certificates(made, PASSPHRASE)
    assert key is not None
    assert certificate is not None
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return folder


def settings(keys: Path, certificate: str = "signing.p12", key: str | None = None) -> Settings:
    passphrase = keys / "passphrase" if key is None else None
    return Settings(
        report_certificate=keys / certificate,
        report_key=None if key is None else keys / key,
        report_passphrase_file=passphrase,
    )


def opened(keys: Path) -> Signing:
    found = signing_of(settings(keys))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def signing(keys: Path) -> Signing:
    return opened(keys)


@pytest.fixture(scope="module")
def signed(unsigned: bytes, signing: Signing) -> bytes:
    return signing.sign(unsigned, AS_OF)


def output(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False).stdout


def test_a_signed_file_is_the_unsigned_one_and_a_signature(unsigned: bytes, signed: bytes, tmp_path: Path) -> None:
    assert signed.startswith(unsigned)
    assert len(signed) > len(unsigned)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    verdict = output("pdfsig", path)
    assert "Signature is Valid." in verdict, verdict
    assert "Total document signed" in verdict
    assert "Signature Type: ETSI.CAdES.detached" in verdict
    assert "示例平台" in verdict
    with pikepdf.open(path) as document:
        signature = document.Root.AcroForm.Fields[0]
        assert str(signature.V.M) == f"D:{AS_OF:%Y%m%d%H%M%S}Z"
        assert str(document.docinfo["/ModDate"]) == f"D:{CREATED:%Y%m%d%H%M%S}Z"
        assert "/Contents" in signature.V


def test_the_same_key_signs_the_same_file_to_the_same_bytes(unsigned: bytes, signed: bytes, keys: Path) -> None:
    assert opened(keys).sign(unsigned, AS_OF) == signed


def test_one_changed_byte_makes_the_signature_invalid(unsigned: bytes, signed: bytes, tmp_path: Path) -> None:
    changed = bytearray(signed)
    changed[len(unsigned) // 2] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(changed)
    verdict = output("pdfsig", path)
    assert "Signature is Valid." not in verdict
    assert "Digest Mismatch" in verdict


def test_a_signed_file_stays_archival_and_accessible(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    tools = Path(sys.executable).parent
    assert "result: PASS (no findings)" in output(tools / "pdfua", "check", path)
    assert "ERROR" not in output(tools / "outloud", "--fail-on", "never", path)
    assert "No syntax or stream encoding errors found" in output("qpdf", "--check", path)
    with pikepdf.open(path) as document:
        metadata = bytes(document.Root.Metadata.read_bytes()).decode()
        (annotation,) = (one for page in document.pages for one in page.get("/Annots", []) if one.Subtype == "/Widget")
        low, bottom, right, top = (float(number) for number in annotation.Rect)
        assert (low, bottom) == (right, top)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_an_old_moment_is_not_claimed_before_the_certificate(unsigned: bytes, signing: Signing, tmp_path: Path) -> None:
    path = tmp_path / "old.pdf"
    path.write_bytes(signing.sign(unsigned, datetime(2020, 1, 1, tzinfo=UTC)))
    with pikepdf.open(path) as document:
        assert str(document.Root.AcroForm.Fields[0].V.M) == f"D:{signing.not_before:%Y%m%d%H%M%S}Z"


def test_a_pair_of_pem_files_signs_too(unsigned: bytes, signed: bytes, keys: Path) -> None:
    found = signing_of(settings(keys, "certificate.pem", "key.pem"))
    assert found is not None
    assert found.name == "示例平台"
    assert found.sign(unsigned, AS_OF) == signed


def test_without_a_certificate_nothing_signs() -> None:
    assert signing_of(Settings()) is None


def test_says_why_a_key_cannot_be_used(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(SigningFailed, match="cannot be opened"):
        signing_of(settings(keys, "none.p12"))
    (tmp_path / "passphrase").write_text("another one")
    (tmp_path / "signing.p12").write_bytes((keys / "signing.p12").read_bytes())
    with pytest.raises(SigningFailed, match=r"cannot be opened|no key and certificate"):
        signing_of(settings(tmp_path))
    (tmp_path / "signing.p12").write_bytes(self_made("P", NOW - timedelta(days=4000), PASSPHRASE))
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    with pytest.raises(SigningFailed, match="does not hold"):
        signing_of(settings(tmp_path))


def test_the_command_makes_a_certificate_that_signs(
    unsigned: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command_line, ["report-certificate", "--out", "s.p12", "--name", "平台"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "s.p12").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("CASEWORK_REPORT_CERTIFICATE", "s.p12")
    monkeypatch.setenv("CASEWORK_REPORT_PASSPHRASE_FILE", "s.passphrase")
    found = signing_of(Settings())
    assert found is not None
    assert found.name == "平台"
    again = CliRunner().invoke(command_line, ["report-certificate", "--out", "s.p12"])
    assert again.exit_code != 0
