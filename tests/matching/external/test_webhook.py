"""Signatures by the rules of Standard Webhooks: the published example, two keys, time, and what strangers try."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.external.webhook import Keys, NotSigned, check_signed, key_bytes, signed

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Key, message and signature of the example that the reference libraries of Standard Webhooks test themselves by."""
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'
NOW = 1614265330
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()


def test_the_published_example() -> None:
    assert check_signed(Keys((KEY,)), EXAMPLE, BODY, NOW) == EXAMPLE["webhook-id"]
    assert signed(Keys((KEY,)), EXAMPLE["webhook-id"], NOW, BODY) == EXAMPLE


def test_both_keys_count_while_one_replaces_the_other() -> None:
    assert check_signed(Keys((OTHER, KEY)), EXAMPLE, BODY, NOW)
    both = signed(Keys((OTHER, KEY)), "m", NOW, BODY)
    assert len(both["webhook-signature"].split(" ")) == 2
    assert check_signed(Keys((KEY,)), both, BODY, NOW) == "m"
    other_kind = {**both, "webhook-signature": "v1a,abc " + both["webhook-signature"]}
    assert check_signed(Keys((OTHER,)), other_kind, BODY, NOW) == "m"


@pytest.mark.parametrize(
    ("code", "headers", "body", "now"),
    [
        ("bad_signature", {}, BODY + b" ", NOW),
        ("bad_signature", {"webhook-id": "another"}, BODY, NOW),
        ("bad_signature", {"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        ("bad_signature", {"webhook-signature": "v1,"}, BODY, NOW),
        ("bad_signature", {"webhook-signature": EXAMPLE["webhook-signature"].removeprefix("v1,")}, BODY, NOW),
        ("bad_signature", {"webhook-signature": "v2" + EXAMPLE["webhook-signature"][2:]}, BODY, NOW),
        ("bad_signature", {"webhook-signature": "v1,ünï"}, BODY, NOW),
        ("bad_header", {"webhook-timestamp": "-1"}, BODY, NOW),
        ("bad_header", {"webhook-timestamp": "1e9"}, BODY, NOW),
        ("bad_header", {"webhook-id": "with space"}, BODY, NOW),
        ("bad_header", {"webhook-id": "a.b"}, BODY, NOW),
        ("bad_header", {"webhook-signature": "v1,a " * 11}, BODY, NOW),
        ("missing_header", {"webhook-signature": ""}, BODY, NOW),
        ("missing_header", {"webhook-id": ""}, BODY, NOW),
        ("too_old", {}, BODY, NOW + 301),
        ("too_new", {}, BODY, NOW - 301),
    ],
)
def test_what_is_not_signed_now(code: str, headers: dict[str, str], body: bytes, now: int) -> None:
    with pytest.raises(NotSigned) as caught:
        check_signed(Keys((KEY,)), {**EXAMPLE, **headers}, body, now)
    assert caught.value.code == code


@pytest.mark.parametrize("now", [NOW - 300, NOW + 300])
def test_the_last_second_counts(now: int) -> None:
    assert check_signed(Keys((KEY,)), EXAMPLE, BODY, now)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!!", "whsec_" + base64.b64encode(b"x" * 23).decode(), "é"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        key_bytes(text)


def test_keys_are_one_or_two_and_are_not_shown() -> None:
    for several in ((), (KEY, KEY), (KEY, OTHER, "whsec_" + base64.b64encode(b"y" * 32).decode())):
        with pytest.raises(ValueError, match="key"):
            Keys(several)
    assert "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" not in repr(Keys((KEY,)))


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=60), st.binary(max_size=50))
def test_nothing_that_is_made_up_counts(message_id: str, sent: str, signature: str, body: bytes) -> None:
    headers = {"webhook-id": message_id, "webhook-timestamp": sent, "webhook-signature": signature}
    with pytest.raises(NotSigned):
        check_signed(Keys((KEY,)), headers, body, NOW)
