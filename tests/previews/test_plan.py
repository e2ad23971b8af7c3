"""What people get to see of a file: all of a short upload, of a work no more than was matched."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from casework.domain.case.media_events import MediaSide
from casework.domain.matching import MatchEvidence
from casework.previews.passages import CONTEXT, LONGEST_PASSAGE, passages
from casework.previews.plan import WHOLE, Mark, Piece, crop, inside, marks, pieces
from matching_adapter.media.previews import MOST_STRETCHES
from tests.samples import evidence

UPLOAD, WORK = MediaSide.UPLOAD, MediaSide.WORK
D = Decimal


def found(*segments: dict[str, Any], **changes: Any) -> MatchEvidence:
    return evidence("0.9", segments=list(segments), **changes)


def both(start: int, end: int, offset: int) -> dict[str, Any]:
    return {"upload": [start, end], "work": [start + offset, end + offset]}


def test_a_short_upload_is_shown_whole_and_of_the_work_what_was_matched_with_five_seconds_around() -> None:
    match = found(both(10, 20, 100), both(40, 50, 300))
    assert pieces(match, UPLOAD, D(60)) == (Piece(D(0), D(60), D(0)),)
    placed = pieces(match, WORK, D(4000))
    assert placed == (Piece(D(105), D(125), D(0)), Piece(D(335), D(355), D(20)))
    assert marks(match, WORK, placed) == (Mark(D(5), D(15), 0), Mark(D(25), D(35), 1))


def test_stretches_that_touch_are_one_and_never_leave_the_file() -> None:
    match = found(both(0, 20, 0), both(24, 30, 0))
    assert pieces(match, WORK, D(33)) == (Piece(D(0), D(33), D(0)),)


def test_a_long_upload_is_shown_where_it_was_matched_for_ten_minutes_at_most() -> None:
    match = found(both(1000, 1100, 0), both(3000, 5000, 0))
    placed = pieces(match, UPLOAD, D(9000))
    assert placed == (Piece(D(995), D(1105), D(0)), Piece(D(2995), D(3485), D(110)))
    assert marks(match, UPLOAD, placed)[-1] == Mark(D(115), D(600), 1)
    assert pieces(found(), UPLOAD, D(9000)) == (Piece(D(0), D(600), D(0)),)
    many = found(*(both(100 * n, 100 * n + 1, 0) for n in range(40)))
    assert len(pieces(many, WORK, D(9000))) == MOST_STRETCHES


def test_nothing_of_a_work_is_shown_when_nobody_knows_what_was_taken() -> None:
    nowhere = found({"upload": [0, 10]})
    assert pieces(nowhere, WORK, D(100)) == ()
    assert crop(nowhere, WORK) is None
    assert passages("the whole novel", nowhere, WORK) == ()
    same_file = found(method="hash")
    assert pieces(same_file, WORK, D(100)) == (Piece(D(0), D(100), D(0)),)
    assert crop(same_file, WORK) == WHOLE


def test_of_a_picture_the_matched_part_is_shown_and_regions_are_told_in_it() -> None:
    region = ["0.4", "0.4", "0.6", "0.6"]
    match = found({"upload_region": ["0", "0", "1", "1"], "work_region": region})
    shown = crop(match, WORK)
    assert shown == (D("0.35"), D("0.35"), D("0.65"), D("0.65"))
    assert crop(match, UPLOAD) == WHOLE
    assert inside((D("0.4"), D("0.4"), D("0.6"), D("0.6")), shown) == tuple(
        map(D, ("0.1667", "0.1667", "0.8333", "0.8333"))
    )
    assert inside((D(0), D(0), D("0.1"), D(1)), shown) is None


def test_passages_stand_in_their_surroundings_with_what_is_shared_marked() -> None:
    text = "a" * 500 + "SHARED" + "b" * 10 + "TOO" + "c" * 500
    match = found(both(500, 506, 0), both(516, 519, 0))
    first, second = passages(text, match, WORK)
    assert first.start == 500 - CONTEXT
    assert [first.text[start:end] for start, end in first.marks] == ["SHARED", "TOO"]
    assert len(first.text) == CONTEXT + 6 + CONTEXT
    assert (second.segment, first.cut, second.cut) == (1, False, False)


def test_a_long_passage_is_cut_and_says_so() -> None:
    match = found(both(0, 50_000, 0))
    (only,) = passages("x" * 60_000, match, UPLOAD)
    assert (len(only.text), only.cut) == (LONGEST_PASSAGE, True)
    assert passages("short", found(both(10, 20, 0)), UPLOAD) == ()
