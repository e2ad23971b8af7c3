"""A request for erasure is open, erased or refused; doing the same again changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from casework.domain.erasure.decisions import (
    RecordErasure,
    RefuseErasure,
    RequestErasure,
    record_erasure,
    refuse_erasure,
    request_erasure,
)
from casework.domain.erasure.events import RefusalReason
from casework.domain.erasure.state import Requests, erasure_stream, fold
from casework.domain.facts import Event, Refused, Role
from casework.streams import JustHappened
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, WARNED

TODAY = date(2026, 6, 30)
DONE, NOTHING = RecordErasure(items=3, accounts=0), RecordErasure(items=0, accounts=0)
REFUSAL = RefuseErasure(reason=RefusalReason.LEGAL_CLAIMS, until=date(2027, 1, 1))


def after(*events: Event) -> Requests:
    return fold("up_a", Role.UPLOADER, [JustHappened(event, NOON, OFFICER) for event in events])


def asked(requests: Requests) -> tuple[Event, ...]:
    return request_erasure(requests, RequestErasure(), OFFICER)


def topics(events: tuple[Event, ...]) -> list[str]:
    return [event.TOPIC.partition(".")[2] for event in events]


def test_one_request_is_open_at_a_time() -> None:
    first = asked(after())
    assert topics(first) == ["requested"]
    assert asked(after(*first)) == ()
    assert after(*first).open is not None


def test_erasing_answers_the_open_request_or_writes_it_down() -> None:
    first = asked(after())
    assert topics(record_erasure(after(*first), DONE, OFFICER)) == ["personal_data_erased"]
    at_once = record_erasure(after(), DONE, OFFICER)
    assert topics(at_once) == ["requested", "personal_data_erased"]
    erased = after(*at_once)
    assert erased.open is None
    assert record_erasure(erased, NOTHING, OFFICER) == ()
    again = record_erasure(erased, DONE, OFFICER)
    assert [getattr(event, "request", None) for event in again] == [2, 2]


def test_a_refusal_has_a_reason_and_is_given_once() -> None:
    refused = refuse_erasure(after(), REFUSAL, OFFICER, TODAY)
    assert topics(refused) == ["requested", "refused"]
    assert refuse_erasure(after(*refused), REFUSAL, OFFICER, TODAY) == ()
    other = RefuseErasure(reason=RefusalReason.LEGAL_DUTY)
    assert topics(refuse_erasure(after(*refused), other, OFFICER, TODAY)) == ["requested", "refused"]
    assert topics(record_erasure(after(*refused), NOTHING, OFFICER)) == ["requested", "personal_data_erased"]
    with pytest.raises(Refused, match="kept_until_past"):
        refuse_erasure(after(), REFUSAL, OFFICER, date(2027, 1, 1) + timedelta(days=1))


def test_only_compliance_answers() -> None:
    with pytest.raises(Refused, match="not_your_step"):
        request_erasure(after(), RequestErasure(), RIGHT_HOLDER)
    with pytest.raises(Refused, match="not_your_step"):
        record_erasure(after(), DONE, RIGHT_HOLDER)
    with pytest.raises(Refused, match="not_your_step"):
        refuse_erasure(after(), REFUSAL, RIGHT_HOLDER, TODAY)


def test_the_stream_is_of_one_person_and_holds_nothing_else() -> None:
    assert erasure_stream(Role.UPLOADER, "up_a") != erasure_stream(Role.UPLOADER, "up_b")
    with pytest.raises(ValueError, match="cannot go on"):
        after(WARNED)
