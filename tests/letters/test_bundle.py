"""The bundle of evidence: whole, checkable, the same for the same state; for each reader no more than it may see."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Actor, Role
from casework.letters.bundle import Bundle, Reader, bundle_for, write_zip
from casework.letters.bundle_entries import Entry, safe_name
from casework.letters.bundle_pdf import bundle_html
from casework.previews.parts import Part
from casework.previews.subjects import subject_of
from casework.steps.media import deposit
from casework.views.language import Language, use_language
from tests.api.players import PNG, RULING, Players, step
from tests.api.procedures import (
    ACCEPT_COUNTER,
    SECRET_ADDRESS,
    SECRET_CONTACT,
    WRITER_ADDRESS,
    WRITER_CONTACT,
    countered,
    taken,
)
from tests.letters.conftest import At
from tests.letters.stories import settled
from tests.samples import MATCHER

EVERY_SECRET = (SECRET_ADDRESS, SECRET_CONTACT, WRITER_ADDRESS, WRITER_CONTACT)


def bundle(players: Players, case_id: str, reader: Reader) -> Bundle:
    """The bundle of a case for somebody."""
    parts = players.site.parts
    case = parts.casework.case(UUID(case_id))
    actors = {
        Reader.UPLOADER: Actor(role=Role.UPLOADER, id=case.uploader),
        Reader.RIGHT_HOLDER: Actor(role=Role.RIGHT_HOLDER, id=case.right_holder),
    }
    actor = actors.get(reader, Actor(role=Role.COMPLIANCE, id="ac_officer"))
    zone = parts.settings.zone
    return bundle_for(parts.casework, parts.previews, UUID(case_id), actor, reader, zone, "Example Platform")


def files_of(made: Bundle) -> dict[str, bytes]:
    """The files of the ZIP; the page of the PDF stands in for the PDF, which takes long."""
    target = io.BytesIO()
    write_zip(made, lambda entries, digest: bundle_html(made, entries, digest).encode(), target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def upload_file(players: Players, client: object, case_id: str, name: str, content: bytes = PNG) -> None:
    """Put a file forward."""
    answer = client.post(  # type: ignore[attr-defined]  # a browser
        f"/api/v1/cases/{case_id}/evidence", files=[("files", (name, content, "image/png"))]
    )
    assert answer.status_code == 200, answer.text


def test_the_manifest_names_the_hash_of_every_file_and_the_pdf_their_digest(at: At) -> None:
    players = at("cn-civil-code")
    case_id, uploader = players.heard("manifest")
    upload_file(players, uploader, case_id, "review notes.png")
    found = files_of(bundle(players, case_id, Reader.UPLOADER))
    manifest = json.loads(found["manifest.json"])
    assert {one["name"] for one in manifest["files"]} == found.keys() - {"manifest.json"}
    for one in manifest["files"]:
        content = found[one["name"]]
        assert (one["sha256"], one["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    lines = "".join(f"{one['sha256']}  {one['name']}\n" for one in manifest["files"] if one["name"] != "bundle.pdf")
    assert manifest["digest"]["value"] == hashlib.sha256(lines.encode()).hexdigest()
    assert manifest["digest"]["value"] in found["bundle.pdf"].decode()
    assert found["exhibits/001-review_notes.png"] == PNG
    assert json.loads(found["case.json"])["case_id"] == case_id


def test_the_same_state_gives_the_same_bytes(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.heard("same")
    first = files_of(bundle(players, case_id, Reader.STAFF))
    players.site.clock.advance_to(players.site.clock.now().replace(year=2027))
    assert files_of(bundle(players, case_id, Reader.STAFF)) == first


def test_each_reader_gets_what_it_may_see(at: At) -> None:
    players = at("cn-network-rights")
    case_id, _ = countered(players, "readers", "cn-network-rights")
    taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    seen = {}
    for reader in Reader:
        whole = b"\n".join(files_of(bundle(players, case_id, reader)).values()).decode()
        seen[reader] = {secret for secret in EVERY_SECRET if secret in whole}
        assert "The Studio Ltd." in whole, reader
        assert "A. Writer" in whole, reader
    assert seen == {
        Reader.UPLOADER: {WRITER_ADDRESS, WRITER_CONTACT},
        Reader.RIGHT_HOLDER: {SECRET_ADDRESS, SECRET_CONTACT},
        Reader.STAFF: set(EVERY_SECRET),
        Reader.EXTERNAL_BODY: set(),
    }


def test_nobody_outside_learns_who_decided_and_nothing_of_a_sealed_ruling(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _, panel = players.contested("sealed")
    taken(step(panel[0], case_id, "rulings", RULING))
    for reader in Reader:
        whole = b"\n".join(files_of(bundle(players, case_id, reader)).values()).decode()
        assert RULING["reasons"]["en"] not in whole, reader
    taken(step(panel[1], case_id, "rulings", RULING))
    for reader in (Reader.UPLOADER, Reader.RIGHT_HOLDER, Reader.EXTERNAL_BODY):
        whole = b"\n".join(files_of(bundle(players, case_id, reader)).values()).decode()
        assert RULING["reasons"]["en"] in whole, reader
        assert not [one for one in players.reviewers if one in whole], reader


def test_an_external_body_learns_nothing_of_offers_to_settle(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = settled(players)
    whole = b"\n".join(files_of(bundle(players, case_id, Reader.EXTERNAL_BODY)).values()).decode()
    assert "The film is named." not in whole
    assert "settlement_proposed" not in whole
    assert "The film is named." in b"\n".join(files_of(bundle(players, case_id, Reader.UPLOADER)).values()).decode()


def test_erased_words_are_shown_as_erased_and_erased_files_left_out(at: At) -> None:
    players = at("cn-civil-code")
    case_id, uploader = players.heard("erased")
    upload_file(players, uploader, case_id, "notes.png")
    players.site.parts.casework.vault.erase(players.site.parts.casework.case(UUID(case_id)).uploader)
    found = files_of(bundle(players, case_id, Reader.RIGHT_HOLDER))
    assert "(deleted on request)" in found["bundle.pdf"].decode()
    assert not [name for name in found if name.startswith("exhibits/")]


def lay(players: Players, case_id: str, folder: Path, side: MediaSide, parts: list[Part]) -> None:
    """Lay a file beside a case, with these previews."""
    site, path = players.site.parts, folder / f"{side.value} take.txt"
    path.write_text(f"The {side.value}.")
    deposit(site.casework, site.previews, UUID(case_id), MATCHER, side, path, limit_bytes=1000)
    row = site.previews.take("test")
    file = site.casework.case(UUID(case_id)).media_of(side)
    assert row is not None
    assert file is not None
    assert site.previews.finish(row, file.file.file, subject_of(site.casework.case(UUID(case_id)), side), parts)


def film(colour: bytes) -> list[Part]:
    """Previews of a film."""
    facts = {
        "kind": "video",
        "seconds": "200",
        "length": "69",
        "pieces": [{"start": "100", "end": "169", "at": "0"}],
        "marks": [{"start": "5", "end": "64", "segment": 0}],
        "peaks": [10, 80],
        "frames": [str(number) for number in range(8)],
    }
    return [
        Part("facts", "application/json", json.dumps(facts).encode()),
        Part("excerpt", "video/mp4", b"an excerpt in " + colour),
        Part("strip", "image/jpeg", b"frames in " + colour),
    ]


def test_compared_files_are_in_it_as_far_as_the_reader_may_have_them(at: At, tmp_path: Path) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.heard("compared", upload__medium="video")
    lay(players, case_id, tmp_path, MediaSide.UPLOAD, film(b"red"))
    lay(players, case_id, tmp_path, MediaSide.WORK, film(b"blue"))
    previews = {f"media/{side}-{part}" for side in ("upload", "work") for part in ("excerpt.mp4", "strip.jpg")}
    own, theirs = "media/upload-original-upload_take.txt", "media/work-original-work_take.txt"
    files = {Reader.UPLOADER: {own}, Reader.RIGHT_HOLDER: {theirs}, Reader.STAFF: {own, theirs}}
    for reader in Reader:
        found = files_of(bundle(players, case_id, reader))
        assert {name for name in found if name.startswith("media/")} == previews | files.get(reader, set()), reader
        assert found["media/work-strip.jpg"] == b"frames in blue"
        upload, work = json.loads(found["media.json"])["media"]
        assert (upload["side"], upload["state"], work["state"]) == ("upload", "ready", "ready")
        assert upload["excerpt"]["matched"] == [{"segment": 1, "start": "5", "end": "64"}]
        named = {one["name"]: one["sha256"] for one in upload["files"] + work["files"]}
        assert named == {name: hashlib.sha256(found[name]).hexdigest() for name in found if name.startswith("media/")}
        page = found["bundle.pdf"].decode()
        for content in (b"frames in red", b"frames in blue"):
            assert base64.b64encode(content).decode() in page
        assert "casework-waveform" in page
    players.site.parts.casework.vault.erase(players.site.parts.casework.case(UUID(case_id)).uploader)
    found = files_of(bundle(players, case_id, Reader.STAFF))
    assert {name for name in found if name.startswith("media/upload")} == set()
    assert json.loads(found["media.json"])["media"][0]["state"] == "none"
    assert "There is no file to look at." in found["bundle.pdf"].decode()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "004-passwd"),
        ("C:\\Windows\\system32.dll", "004-system32.dll"),
        ("合同 扫描件.pdf", "004.pdf"),
        ("a b\u202egnp.exe", "004-a_b_gnp.exe"),
        (".hidden", "004.hidden"),
        ("", "004"),
        ("x" * 300 + ".png", "004-" + "x" * 80 + ".png"),
    ],
)
def test_names_in_the_zip_lead_nowhere_else(name: str, safe: str) -> None:
    assert safe_name(4, name) == safe
    assert re.fullmatch(r"[0-9]{3}(-[A-Za-z0-9._-]+)?(\.[A-Za-z0-9._-]+)?", safe)


def test_the_pdf_has_a_title_page_contents_with_pages_and_chinese_that_can_be_copied(at: At, tmp_path: Path) -> None:
    players = at("cn-civil-code")
    case_id, uploader = players.heard("pdf")
    answer = uploader.get(f"/api/v1/cases/{case_id}/bundle.pdf", headers={"accept-language": "zh"})
    assert answer.headers["content-type"] == "application/pdf"
    path = tmp_path / "bundle.pdf"
    path.write_bytes(answer.content)
    assert "No syntax or stream encoding errors found" in output("qpdf", "--check", path)
    title, contents, *rest = output("pdftotext", "-layout", path, "-").removesuffix("\f").split("\f")
    assert len(rest) >= 4
    assert "证据材料汇编" in title
    listed = [int(number) for number in re.findall(r"\.{3,}\s*(\d+)$", contents, re.MULTILINE)]
    assert len(listed) == 12
    assert listed == sorted(listed)
    assert listed[-1] <= len(rest) + 2
    assert "匹配片段" in "".join(rest), "the segments are listed"


def output(*command: str | Path) -> str:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=True).stdout


def test_the_api_and_the_pages_send_it_to_each_reader_and_to_nobody_else(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _uploader, panel = players.contested("routes")
    address = f"/api/v1/cases/{case_id}/bundle.zip"
    sent = players.right_holder.get(address)
    assert sent.headers["content-type"] == "application/zip"
    assert f"bundle-{case_id}-right-holder.zip" in sent.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert archive.read("bundle.pdf").startswith(b"%PDF")
    for nobody in (panel[0], players.oversight, players.other_right_holder):
        assert nobody.get(address).status_code == 404
    assert players.right_holder.get(f"{address}?for=external-body").status_code == 404
    parts = players.site.parts
    link = f"/d/{parts.links.token(UUID(case_id), parts.epochs.present(UUID(case_id)))}"
    browser = players.site.browser()
    assert f'href="{link}/bundle/evidence.pdf?lang=en"' in browser.get(link).text
    assert browser.get(f"{link}/bundle/evidence.exe").status_code == 404
    assert browser.get("/d/0000/bundle/evidence.zip").status_code == 404
    officer = players.site.browser(players.site.account(Role.COMPLIANCE))
    outside = officer.get(f"/compliance/cases/{case_id}/bundle/evidence.pdf?for=external-body")
    assert outside.content.startswith(b"%PDF")


def test_both_languages_say_everything(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.heard("languages")
    made = bundle(players, case_id, Reader.STAFF)
    entries: list[Entry] = []
    with use_language(Language.ZH):
        chinese = bundle_html(made, entries, "0" * 64)
    english = bundle_html(made, entries, "0" * 64)
    for title in ("Decision and match evidence", "Exhibits", "Letters", "Files and their hashes"):
        assert title in english
        assert title not in chinese
