"""Signed notes: the example that their makers published, keys, checkpoints and what is refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.eventlog.notes import (
    COSIGNATURE_ED25519,
    ED25519,
    CheckpointBody,
    MalformedNote,
    Note,
    Signature,
    Verifier,
    cosign,
    read_checkpoint,
    read_note,
    read_verifier,
    require_name,
    sign,
    witnesses,
)

PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = CheckpointBody("log.example/casework", 7, bytes(range(32)))


def test_reads_and_makes_the_published_example() -> None:
    verifier = read_verifier(PUBLISHED_KEY)
    note = read_note(PUBLISHED_NOTE)
    assert verifier.text == PUBLISHED_KEY
    assert verifier.accepts(note.text, note.signatures[0])
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(PUBLISHED_SEED)[1:])
    assert str(Note(note.text, (sign(note.text, "PeterNeumann", key),))) == PUBLISHED_NOTE


def test_a_changed_text_key_or_signature_is_not_accepted() -> None:
    verifier = Verifier("log", ED25519, KEY.public_key().public_bytes_raw())
    signature = sign(BODY.text, "log", KEY)
    assert verifier.accepts(BODY.text, signature)
    assert not verifier.accepts(BODY.text.replace("7", "8"), signature)
    assert not verifier.accepts(BODY.text, Signature("log", signature.key_id, signature.value[:-1] + b"x"))
    assert not verifier.accepts(BODY.text, Signature("other", signature.key_id, signature.value))
    assert not verifier.accepts(BODY.text, Signature("log", b"1234", signature.value))
    assert not verifier.accepts(BODY.text, Signature("log", signature.key_id, b"short"))


def test_a_cosignature_binds_its_time() -> None:
    witness = Verifier("witness.example", COSIGNATURE_ED25519, KEY.public_key().public_bytes_raw())
    signature = cosign(BODY.text, "witness.example", KEY, 1_679_315_147)
    assert witness.accepts(BODY.text, signature)
    moved = Signature(signature.name, signature.key_id, (1).to_bytes(8) + signature.value[8:])
    assert not witness.accepts(BODY.text, moved)
    assert not witness.accepts(BODY.text, Signature(signature.name, signature.key_id, b"1234"))
    plain = Verifier("witness.example", ED25519, witness.public)
    assert plain.key_id != witness.key_id


def test_a_checkpoint_says_origin_size_and_root() -> None:
    assert BODY.text == "log.example/casework\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert read_checkpoint(BODY.text) == BODY
    assert read_checkpoint(BODY.text + "an extension\n") == BODY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n",
        "\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log\n07\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log\n-7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log\n9999999999999999999\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log\n7\nAAEC\n",
        "log\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
        "log\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ],
)
def test_refuses_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedNote):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name AAAA",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name !!!!\n",
        "text\n\n— na+me AAAAAAAA\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
        "x" * 70_000 + "\n\n— name AAAAAAAA\n",
    ],
)
def test_refuses_what_is_no_note(content: str) -> None:
    with pytest.raises(MalformedNote):
        read_note(content)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("Peter", "Paul"),
        PUBLISHED_KEY[:-4],
        "name+00000000+" + base64.b64encode(b"\x07" + bytes(32)).decode(),
    ],
)
def test_refuses_what_is_no_key_of_a_verifier(key: str) -> None:
    with pytest.raises(MalformedNote):
        read_verifier(key)


def test_witnesses_have_keys_for_cosignatures() -> None:
    witness = Verifier("witness.example", COSIGNATURE_ED25519, KEY.public_key().public_bytes_raw())
    assert witnesses([witness.text]) == (witness,)
    with pytest.raises(MalformedNote, match="PeterNeumann"):
        witnesses([PUBLISHED_KEY])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "x" * 201, "a\u200bb"])
def test_refuses_names_that_notes_cannot_have(name: str) -> None:
    with pytest.raises(MalformedNote):
        require_name(name)
