"""The commands `casework report`, `casework verify` and `casework-verify`, from the log to the verdict."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pikepdf import Array, Dictionary, Name

from casework.cli.main import casework
from casework.database import main_engine, parse_database_url
from casework.eventlog.notes import COSIGNATURE_ED25519, Note, Verifier, cosign, read_note
from casework.eventlog.receipts import RECEIPTED
from casework.parts import build_parts
from casework.reports.log_block import write_facts
from casework.reports.signing import Signing, signing_of
from casework.settings import Settings
from casework.views.api.log import answer_receipt
from casework_verify import opening, pdf
from casework_verify.command import main
from casework_verify.findings import FILE, PDF, Findings
from casework_verify.opening import Facts
from casework_verify.pdf import read_pdf
from casework_verify.tables import check_csv, check_workbook
from casework_verify.verification import open_report, verify
from tests.reports.histories import played, write
from tests.verify.signing import HABITS
from tests.web import environment_for, settings_for

STEM = "report-2026-01-01-2026-04-01"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Path:
    """A folder with a database and, under ``reports``, a report of it as data, tables, facts and hashes."""
    folder = tmp_path_factory.mktemp("verify")
    path = folder / "casework.db"
    path.write_bytes(_sqlite_template.read_bytes())
    parts = build_parts(settings_for(parse_database_url(f"sqlite:///{path}")))
    # Samples are drawn by pseudonyms, so those of played histories hold for one secret only.
    write(
        parts.casework.log, [step for step in played(40, 11, HABITS) if not step.events[0].TOPIC.startswith("sample.")]
    )
    parts.close()
    result = report(
        folder, "--as-of", "2026-06-01T00:00:00Z", "--out", str(folder / "reports"), formats="json,csv,xlsx"
    )
    assert result.exit_code == 0, result.output
    complete(folder)
    return folder


def complete(folder: Path) -> None:
    """Write all facts, as when the rulings have been opened that played histories leave sealed."""
    parts = build_parts(settings_for(parse_database_url(f"sqlite:///{folder / 'casework.db'}")))
    size = json.loads((folder / "reports" / f"{STEM}.json").read_text())["log"]["size"]
    write_facts(parts.proofs, folder / "reports" / "facts.ndjson.gz", 0, size)
    parts.close()


def environment(folder: Path) -> dict[str, str]:
    url = parse_database_url(f"sqlite:///{folder / 'casework.db'}")
    return {**environment_for(url, folder, {}), "CASEWORK_REGIME": "cn-e-commerce"}


def report(folder: Path, *more: str, formats: str = "json") -> Result:
    days = ("--from", "2026-01-01", "--to", "2026-04-01")
    arguments = ["report", *days, "--formats", formats, *more]
    return CliRunner().invoke(casework, arguments, env=environment(folder))


def copy_database(made: Path, folder: Path) -> None:
    for path in made.glob("casework*"):
        (folder / path.name).write_bytes(path.read_bytes())


def verified(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(
        casework, ["verify", str(folder / "reports" / f"{STEM}.json"), *more], env=environment(folder)
    )


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    """The files of the report alone, for a test that changes them."""
    for path in (made / "reports").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def alone(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main([str(each) for each in arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_an_honest_report_matches_offline_and_with_the_database(made: Path) -> None:
    names = {path.name for path in (made / "reports").iterdir()}
    assert names == {f"{STEM}.json", f"{STEM}.csv", f"{STEM}.xlsx", "facts.ndjson.gz", "facts.hashes"}
    plain = verified(made)
    assert (plain.exit_code, "all of them agree" in plain.stdout) == (0, True), plain.output
    key = json.loads((made / "reports" / f"{STEM}.json").read_text())["log"]["key"]
    document = json.loads(verified(made, "--key", key, "--json").stdout)
    assert (document["match"], document["differences"], document["remarks"]) == (True, [], [])
    with_database = verified(made, "--log", f"sqlite:///{made / 'casework.db'}", "--lang", "zh")
    assert (with_database.exit_code, "全部一致" in with_database.stdout) == (0, True), with_database.output


def test_a_later_report_proves_that_the_log_has_only_grown(made: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    result = report(made, "--as-of", "2026-02-15T00:00:00Z", "--out", str(earlier))
    assert result.exit_code == 0, result.output
    first = earlier / f"{STEM}.json"
    later = tmp_path / "later"
    assert report(made, "--as-of", "2026-06-01T00:00:00Z", "--out", str(later), "--previous", str(first)).exit_code == 0
    (later / "facts.ndjson.gz").write_bytes((made / "reports" / "facts.ndjson.gz").read_bytes())
    document = json.loads((later / f"{STEM}.json").read_text())
    assert len(document["previous"]["consistency"]) > 0
    found = CliRunner().invoke(casework, ["verify", str(later / f"{STEM}.json"), "--previous", str(first), "--json"])
    assert found.exit_code == 0, found.output
    assert [one["where"] for one in json.loads(found.stdout)["remarks"] if one["kind"] == "consistent"] == [
        "previous", "--previous",
    ]  # fmt: skip
    # The earlier report of another log is no beginning of this one.
    other = json.loads(first.read_text())
    size = other["log"]["size"]
    other["log"]["checkpoint"] = other["log"]["checkpoint"].replace(f"\n{size}\n", f"\n{size - 1}\n")
    first.write_text(json.dumps(other))
    found = CliRunner().invoke(casework, ["verify", str(later / f"{STEM}.json"), "--previous", str(first)])
    assert found.exit_code == 5
    assert "the log is not the one of the earlier report (--previous" in found.stdout
    broken = json.loads((later / f"{STEM}.json").read_text())
    broken["previous"]["consistency"][0] = broken["previous"]["consistency"][-1][::-1]
    (later / f"{STEM}.json").write_text(json.dumps(broken))
    assert "previous.consistency" in CliRunner().invoke(casework, ["verify", str(later / f"{STEM}.json")]).stdout


def test_facts_that_are_held_back_are_no_forgery(made: Path, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = report(made, "--as-of", "2026-06-01T00:00:00Z", "--out", str(copied))
    assert "facts are held back while panels sit: write them later (casework export events)" in result.stderr
    size = json.loads((copied / f"{STEM}.json").read_text())["log"]["size"]
    code, said = alone(capsys, copied / f"{STEM}.json")
    assert (code, f"of {size} facts, all right" in said, "differences: 1" in said) == (5, True, True), said[:500]


def test_another_key_is_not_believed(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Verifier(json_of(made)["log"]["origin"], 1, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    code, said = alone(capsys, made / "reports" / f"{STEM}.json", "--key", other.text)
    assert code == 5
    assert "log.checkpoint is not signed by a key that is trusted" in said
    assert alone(capsys, made / "reports" / f"{STEM}.json", "--key", "nonsense")[0] == 2


def json_of(made: Path) -> dict[str, dict[str, str]]:
    document: dict[str, dict[str, str]] = json.loads((made / "reports" / f"{STEM}.json").read_text())
    return document


def test_a_rotated_key_is_believed_by_who_trusts_the_old_one(made: Path, tmp_path: Path) -> None:
    copy_database(made, tmp_path)
    old = json_of(made)["log"]["key"]
    assert CliRunner().invoke(casework, ["keys", "rotate"], env=environment(tmp_path)).exit_code == 0
    out, earlier = tmp_path / "reports", made / "reports" / f"{STEM}.json"
    again = report(tmp_path, "--as-of", "2026-06-01T00:00:00Z", "--out", str(out), "--previous", str(earlier))
    assert again.exit_code == 0, again.output
    complete(tmp_path)
    new = json_of(tmp_path)["log"]["key"]
    assert new != old
    for key in (old, new):
        found = verified(tmp_path, "--key", key, "--previous", str(earlier))
        assert found.exit_code == 0, found.output


def test_a_witness_must_have_signed(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private = Ed25519PrivateKey.generate()
    witness = Verifier("witness.example", COSIGNATURE_ED25519, private.public_key().public_bytes_raw())
    path, note = made / "reports" / f"{STEM}.json", read_note(json_of(made)["log"]["checkpoint"])
    code, said = alone(capsys, path, "--witness", witness.text)
    assert (code, "witness.example has not signed" in said) == (5, True)
    signed = Note(note.text, (*note.signatures, cosign(note.text, witness.name, private, 1_780_000_000)))
    (tmp_path / "checkpoint").write_text(str(signed))
    code, said = alone(capsys, path, "--witness", witness.text, "--checkpoint", tmp_path / "checkpoint", "--lang", "zh")
    assert (code, "见证人 witness.example 已签署" in said) == (0, True)


def test_a_receipt_is_found_in_the_facts(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = build_parts(settings_for(parse_database_url(f"sqlite:///{made / 'casework.db'}")))
    row = next(row for row in parts.casework.log.stored(0, 1000) if row[3] in RECEIPTED)
    found = parts.proofs.receipt(parts.proofs.codes.code(row[1], row[2]))
    parts.close()
    assert found is not None
    answer = {name: getattr(answer_receipt(found), name) for name in ("index", "fact", "proof", "checkpoint")}
    receipt, path = tmp_path / "receipt.json", made / "reports" / f"{STEM}.json"
    receipt.write_text(json.dumps(answer))
    code, said = alone(capsys, path, "--receipt", receipt)
    assert (code, f"is fact {found.index}, and is counted" in said) == (0, True), said
    receipt.write_text(json.dumps(answer | {"index": found.index + 1}))
    assert alone(capsys, path, "--receipt", receipt)[0] == 5
    receipt.write_text("[]")
    assert alone(capsys, path, "--receipt", receipt)[0] == 2


# Files


def test_a_number_in_a_table_is_held_against_the_data(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = copied / f"{STEM}.csv"
    rows = list(csv.reader(io.StringIO(table.read_text(), newline="")))
    place = next(place for place, row in enumerate(rows) if row[0] == "decisions.total")
    rows[place][1] = "9"
    with table.open("w", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    code, said = alone(capsys, copied / f"{STEM}.json")
    assert code == 5
    assert f'{STEM}.csv decisions.total: the table says "9"' in said


def test_a_number_in_the_workbook_is_held_against_the_data(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = copied / f"{STEM}.xlsx"
    with zipfile.ZipFile(book) as file:
        kept = {name: file.read(name) for name in file.namelist()}
    sheet = kept["xl/worksheets/sheet2.xml"].decode()
    before = sheet.index('r="D2"')
    start = sheet.index("<v>", before) + 3
    kept["xl/worksheets/sheet2.xml"] = (sheet[:start] + "9" + sheet[start:]).encode()
    with zipfile.ZipFile(book, "w") as file:
        for name, content in kept.items():
            file.writestr(name, content)
    code, said = alone(capsys, copied / f"{STEM}.json")
    assert (code, f"{STEM}.xlsx screening.screened value" in said) == (5, True), said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id,value,", "value,id,value,"),
        ("id,value,", "id,values,"),
        (",label_zh,dimension,cell\r\n", ",label_zh,dimension,cell,value\r\n"),
        ("\r\ndecisions.total,", "\r\nmore,than,there,should,be\r\ndecisions.total,"),
    ],
)
def test_a_table_of_another_form_is_told(made: Path, before: str, after: str) -> None:
    content, document = (made / "reports" / f"{STEM}.csv").read_bytes(), json_of(made)
    assert before.encode() in content
    for table, codes in ((content, 0), (content.replace(before.encode(), after.encode(), 1), 5)):
        found = Findings()
        check_csv(document, table, f"{STEM}.csv", found)
        assert (found.exit_code, all(one.where.startswith(f"{STEM}.csv") for one in found.differences)) == (codes, True)


def test_facts_that_unpack_without_end_are_told(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = copied / "facts.ndjson.gz"
    facts.write_bytes(gzip.compress(b"\n" * 100_000, 9))
    assert alone(capsys, copied / f"{STEM}.json")[0] == 2
    facts.write_bytes(gzip.compress((b"x" * 999_999 + b"\n") * 10, 9))
    code, said = alone(capsys, copied / f"{STEM}.json")
    assert (code, "more than facts do" in said) == (2, True), said


def odd_books(kept: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Workbooks that show other numbers than a careless reader sees, or that cannot be read."""
    path, lists = "xl/worksheets/sheet2.xml", "xl/_rels/workbook.xml.rels"
    sheet = kept[path].decode()
    start = sheet.index("<v>", sheet.index('r="D2"'))
    end = sheet.index("</v>", start)
    for value in ("NaN", "sNaN", "Infinity", "9" * 5000, "", "1E999999"):
        yield {**kept, path: (sheet[:start] + "<v>" + value + sheet[end:]).encode()}
    yield {**kept, path: (sheet[:start] + "<f>1+1</f>" + sheet[start:]).encode()}
    shown = kept[lists].replace(b"worksheets/sheet2.xml", b"worksheets/shown.xml")
    other = (sheet[:start] + "<v>9" + sheet[start + 3 :]).encode()
    yield {**kept, lists: shown, "xl/worksheets/shown.xml": other}
    yield {**kept, path: b"<!DOCTYPE x>" + kept[path]}
    yield {name: content for name, content in kept.items() if name != lists}


def test_a_workbook_that_would_show_something_else_is_told(made: Path) -> None:
    whole, document = (made / "reports" / f"{STEM}.xlsx").read_bytes(), json_of(made)

    def checked(book: bytes) -> list[str]:
        found = Findings()
        check_workbook(document, book, "book", found)
        assert {one.kind for one in found.differences} <= {FILE}
        return [one.where for one in found.differences]

    assert checked(whole) == []
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        kept = {name: file.read(name) for name in file.namelist()}
    for number, odd in enumerate(odd_books(kept)):
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w") as file:
            for name, content in odd.items():
                file.writestr(name, content)
        where = checked(book.getvalue())
        assert where, number
        assert all(one.startswith("book") for one in where)
    for place in range(60, len(whole), len(whole) // 8):
        checked(whole[:place] + b"\xff\x00\xff" + whole[place + 3 :])


def test_a_file_that_unpacks_to_more_than_fits_is_told(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LARGEST_FILE", 1_000_000)
    (copied / "bomb.json").write_bytes(gzip.compress(bytes(1_000_001)))
    code, said = alone(capsys, copied / "bomb.json")
    assert (code, "larger than" in said) == (2, True), said


def attached(document: pikepdf.Pdf, name: str, content: bytes) -> pikepdf.AttachedFileSpec:
    return pikepdf.AttachedFileSpec(
        document, content, filename=name, mime_type="text/plain", description="", creation_date="", mod_date=""
    )


def pdf_with(json_bytes: bytes, csv_bytes: bytes) -> bytes:
    """A page with the data attached, as the typesetter leaves it."""
    document = pikepdf.new()
    document.add_blank_page()
    top = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, K=Array()))
    parents = document.make_indirect(Dictionary(Nums=Array()))
    document.Root.StructTreeRoot = document.make_indirect(
        Dictionary(Type=Name.StructTreeRoot, K=Array([top]), ParentTree=parents)
    )
    for name, content in ((f"{STEM}.json", json_bytes), (f"{STEM}.csv", csv_bytes)):
        document.attachments[name] = attached(document, name, content)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_a_pdf_is_read_and_its_signature_checked(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, table = (copied / f"{STEM}.json").read_bytes(), (copied / f"{STEM}.csv").read_bytes()
    path = copied / f"{STEM}.zh.pdf"
    path.write_bytes(pdf_with(data, table))
    code, said = alone(capsys, path)
    assert (code, "the PDF is not signed" in said, "decisions.total = " in said) == (0, True, True), said
    total = json.loads(data)["figures"]["decisions"]["total"]["value"]
    other = data.replace(f'"value": {total}'.encode(), f'"value": {total + 1}'.encode(), 1)
    path.write_bytes(pdf_with(other, table))
    code, said = alone(capsys, path)
    assert code == 5
    for expected in (f"decisions.total: reported {total + 1}", "part “figures”", "CSV decisions.total", "other data"):
        assert expected in said
    path.write_bytes(b"%PDF-1.7 nothing")
    assert alone(capsys, path)[0] == 2


@pytest.mark.parametrize(
    "entry",
    [
        "/AcroForm 5",
        "/AcroForm << /Fields [<< /FT /Sig /V << /ByteRange 5 /Contents 7 >> >>] >>",
        "/AcroForm << /Fields [<< /FT /Sig /V << /ByteRange [0 1 (x) 3] /Contents 7 >> >>] >>",
        "/Names << /EmbeddedFiles << /Names [(a.json) << /EF << /F 5 >> /F (a.json) >>] >> >>",
    ],
)
def test_an_odd_pdf_is_told(copied: Path, capsys: pytest.CaptureFixture[str], entry: str) -> None:
    path = copied / f"{STEM}.zh.pdf"
    whole = pdf_with((copied / f"{STEM}.json").read_bytes(), b"")
    path.write_bytes(whole.replace(b"/Type /Catalog", b"/Type /Catalog " + entry.encode(), 1))
    code, said = alone(capsys, path)
    assert (code, "cannot be read" in said) == (2, True), said


def test_a_pdf_whose_data_unpack_to_more_than_fits_is_told(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied / f"{STEM}.zh.pdf"
    path.write_bytes(packed(pdf_with(bytes(2_000_000), b"")))
    monkeypatch.setattr(pdf, "LARGEST_FILE", 1_000_000)
    code, said = alone(capsys, path)
    assert (code, "larger than" in said) == (2, True), said


def packed(content: bytes) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(file, compress_streams=True)
    assert len(file.getvalue()) < 100_000
    return file.getvalue()


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_signature_of_a_pdf_holds_for_every_byte(copied: Path, kind: str) -> None:
    data, table = (copied / f"{STEM}.json").read_bytes(), (copied / f"{STEM}.csv").read_bytes()
    signed = signing_with(copied, kind).sign(pdf_with(data, table), datetime.now(UTC))
    opened = read_pdf(signed)
    assert (opened.json, opened.fault) == (data, None)
    assert opened.signer is not None
    assert opened.signer[0] == "CN=平台"
    place = signed.index(b"/Contents <") + 200
    for faulty, why in (
        (signed.replace(b"/Type /Catalog", b"/Type /Catalon", 1), "does not fit"),
        (signed + b"\n% more", "something was added"),
        (signed[:place] + (b"0" if signed[place : place + 1] != b"0" else b"1") + signed[place + 1 :], ""),
    ):
        assert faulty != signed
        found = read_pdf(faulty)
        assert found.signer is None
        assert found.fault is not None
        assert why in found.fault
        told = Findings()
        assert open_report(faulty, told) is not None
        assert [one.kind for one in told.differences] == [PDF]
    assert PDF in [one.kind for one in verify(faulty, Facts(copied / "facts.ndjson.gz")).differences]


def signing_with(folder: Path, kind: str) -> Signing:
    """A key for signatures of this kind, in the files that settings name."""
    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "平台")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(private, SHA256())
    )  # fmt: skip
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = signing_of(Settings(report_certificate=files[0], report_key=files[1]))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere.json",), "nowhere.json"),
        (("{stem}.json", "--log", "nowhere.gz"), "nowhere.gz"),
        (("{stem}.json", "--log", "sqlite:///x.db"), "casework verify"),
        (("facts.hashes",), "cannot be read"),
        (("facts.ndjson.gz",), "cannot be read"),
        (("{stem}.json", "--previous", "{stem}.csv"), "earlier report"),
        (("{stem}.json", "--receipt", "{stem}.csv"), "csv"),
        (("{stem}.json", "--checkpoint", "{stem}.csv"), "note"),
        (("{stem}.json", "--witness", "x"), "key"),
    ],
)
def test_what_cannot_be_read_ends_with_2(
    copied: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    why: str,
) -> None:
    monkeypatch.chdir(copied)
    code, said = alone(capsys, *(each.format(stem=STEM) for each in arguments))
    assert (code, why in said) == (2, True), said


# The database


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_an_event_that_was_tampered_with_is_named(made: Path, tmp_path: Path, how: str) -> None:
    copy_database(made, tmp_path)
    url = parse_database_url(f"sqlite:///{tmp_path / 'casework.db'}")
    engine = main_engine(url)
    with engine.begin() as connection:
        if how == "drop":
            connection.execute(sa.text("DELETE FROM stored_events WHERE rowid = 30"))
        elif how == "change":
            state = bytes(connection.execute(sa.text("SELECT state FROM stored_events WHERE rowid = 30")).scalar_one())
            update = sa.text("UPDATE stored_events SET state = :s WHERE rowid = 30")
            connection.execute(update, {"s": state.replace(b'"recorded"', b'"Recorded"').replace(b"2026", b"2027", 1)})
        else:
            for old, new in ((30, -1), (31, 30), (-1, 31)):
                connection.execute(sa.text(f"UPDATE stored_events SET rowid = {new} WHERE rowid = {old}"))
    engine.dispose()
    found = verified(made, "--log", f"sqlite:///{tmp_path / 'casework.db'}")
    assert found.exit_code == 5, found.output
    assert "the stored event at position 30 is not the one of fact 29" in found.stdout
    assert ("position 31" in found.stdout) == (how == "swap")
