"""The parts of the sound engine on arrays: fingerprints, the index that takes additions and removals, and edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matching_adapter.engines.audio_alignment import SoundAligner, SoundAlignmentSettings
from matching_adapter.engines.audio_fingerprint import (
    BAND_TIMING,
    RATE,
    SoundFingerprint,
    SoundItems,
    fingerprint_of,
    milliseconds_of,
    query_of,
)
from matching_adapter.engines.item_index import ItemIndex, Items
from tests.matching.sounds import Sound, music, seconds_of, silence, tone


def song() -> Sound:
    """The work."""
    return music(7, 60)


def other() -> Sound:
    """Music that is no work."""
    return music(8, 60)


def _aligner(**sounds: Sound) -> SoundAligner:
    aligner = SoundAligner(BAND_TIMING, SoundAlignmentSettings())
    aligner.change({name: fingerprint_of(sound) for name, sound in sounds.items()})
    return aligner


def test_pieces_of_any_length_give_the_items_of_the_whole_and_hardly_any_sound_is_held() -> None:
    sound = np.tile(song(), 2)
    whole, pieces, chance = query_of(sound), SoundItems(), np.random.default_rng(4)
    place = held = 0
    while place < len(sound):
        end = place + int(chance.choice([1, 500, 16_384, 90_000]))
        pieces.add(sound[place:end])
        place, held = end, max(held, pieces.waiting)
    branched = pieces.copy()
    branched.add(other()[:100_000])
    found = pieces.query()
    assert found.fingerprint.to_bytes() == whole.fingerprint.to_bytes()
    assert np.array_equal(found.probes, whole.probes)
    assert branched.fingerprint().to_bytes() == fingerprint_of(np.concatenate([sound, other()[:100_000]])).to_bytes()
    assert held < 15 * RATE < len(sound)


def test_the_stored_form_gives_the_same_fingerprint_back() -> None:
    fingerprint = fingerprint_of(song())

    again = SoundFingerprint.from_bytes(fingerprint.to_bytes())

    assert again.milliseconds == fingerprint.milliseconds == 60_000
    assert np.array_equal(again.items, fingerprint.items)
    assert len(fingerprint.to_bytes()) * 60 < 200_000  # an hour
    for wrong in (b"", b"SND1", fingerprint.to_bytes()[:-1], b"SND2" + fingerprint.to_bytes()[4:]):
        with pytest.raises(ValueError, match="fingerprint"):
            SoundFingerprint.from_bytes(wrong)


def test_loudness_moves_hardly_a_bit() -> None:
    softer = fingerprint_of((song() * 0.25).astype(np.int16))

    different = np.bitwise_count(softer.items ^ fingerprint_of(song()).items).sum() / (32 * len(softer.items))
    assert different < 0.02


def test_silence_and_constant_tones_have_no_items() -> None:
    for sound in (silence(5), tone(440, 5), tone(330, 5) + tone(660, 5, 2000), tone(500, 5, 5)):
        assert not fingerprint_of(sound).items.any()
    assert fingerprint_of(song()).items.all()


def test_sound_shorter_than_one_item_is_no_fault() -> None:
    for samples in (0, 1, RATE // 2, RATE * 9 // 10):
        query = query_of(song()[:samples])
        assert query.probes.shape == (0, 32)
        assert _aligner(work=song()).align([query]) == []


def test_probes_are_the_item_and_flips_of_its_weakest_bits() -> None:
    query = query_of(seconds_of(song(), 0, 5))

    assert np.array_equal(query.probes[:, 0], query.fingerprint.items)
    for row in query.probes:
        assert len(set(row.tolist())) == 32
        assert np.bitwise_count(np.bitwise_or.reduce(row ^ row[0])) == 5


def test_lengths_are_whole_milliseconds() -> None:
    assert milliseconds_of(5512, RATE) == 1000
    assert milliseconds_of(5513, RATE) == 1000
    assert BAND_TIMING.start(0) == round(Fraction((2560 - 768) * 1000, 5512))
    assert BAND_TIMING.end(10) - BAND_TIMING.start(10) == pytest.approx(3 * 512 * 1000 / 5512, abs=1)
    assert BAND_TIMING.offset(-1000) == round(Fraction(-512_000_000, 5512))


def test_additions_and_removals_are_seen_by_the_next_look() -> None:
    aligner = _aligner(work=song())
    query = [query_of(np.concatenate([seconds_of(song(), 10, 30), seconds_of(other(), 10, 30)]))]

    assert [match.work_id for match in aligner.align(query)] == ["work"]
    aligner.change({"other": fingerprint_of(other())})
    assert sorted(match.work_id for match in aligner.align(query)) == ["other", "work"]
    aligner.change({}, ["work", "unknown"])
    assert [match.work_id for match in aligner.align(query)] == ["other"]
    aligner.change({"other": fingerprint_of(song())})
    (match,) = aligner.align(query)
    assert match.segments[0].upload[0] == 0


def _random_items(seed: int, count: int = 500) -> Items:
    return np.random.default_rng(seed).integers(1, 1 << 32, count, np.uint32)


def test_the_index_finds_every_item_whatever_came_and_went() -> None:
    index = ItemIndex(largest_block=20_000)
    chance = np.random.default_rng(3)
    held: dict[str, Items] = {}
    for step in range(120):
        name = f"work-{chance.integers(0, 60)}"
        if chance.random() < 0.35:
            held.pop(name, None)
            index.change({}, [name])
        else:
            held[name] = _random_items(step, int(chance.integers(0, 900)))
            index.change({name: held[name]})
    assert len(index) == len(held)

    wanted = {name: items[len(items) // 2] for name, items in held.items() if len(items)}
    probes = np.array([*wanted.values(), 0, 12345], np.uint32)
    found: dict[str, list[int]] = {}
    for block in index.find(probes, most=10, budget=10_000):
        for probe, work, position, first in zip(block.probe, block.work, block.position, block.first, strict=True):
            name = index.id_of(int(work))
            assert held[name][position - first] == probes[probe]
            assert block.items[position] == probes[probe]
            assert np.array_equal(index.items_of(int(work)), held[name])
            found.setdefault(name, []).append(int(position - first))
    assert found == {name: [len(held[name]) // 2] for name in wanted}


def test_the_index_stays_in_few_blocks_and_gives_room_back() -> None:
    index = ItemIndex()
    for number in range(64):
        index.change({f"work-{number}": _random_items(number)})
    assert len(index.block_sizes) <= 7
    assert sum(index.block_sizes) == 64 * 500
    assert index.bytes < 64 * 500 * 12.5

    index.change({}, [f"work-{number}" for number in range(40)])
    assert sum(index.block_sizes) <= 2 * 24 * 500
    index.change({}, [f"work-{number}" for number in range(64)])
    assert index.block_sizes == ()


def test_an_item_that_is_everywhere_tells_nothing() -> None:
    index = ItemIndex()
    index.change({"loop": np.full(50, 77, np.uint32), "other": np.array([5, 77], np.uint32)})

    assert [len(block) for block in index.find(np.array([77], np.uint32), most=60, budget=1000)] == [51]
    assert [len(block) for block in index.find(np.array([77], np.uint32), most=50, budget=1000)] == [0]


def test_endless_repetition_costs_no_endless_time() -> None:
    index = ItemIndex()
    loop = np.tile(np.arange(1, 201, dtype=np.uint32), 300)
    index.change({"loop": loop, "rare": np.arange(150, 251, dtype=np.uint32)})

    found = list(index.find(np.tile(np.arange(1, 251, dtype=np.uint32), 40), most=400, budget=5000))

    assert sum(len(places) for places in found) == 50 * 40  # the items that are in the rare work only
    everything = list(index.find(np.arange(1, 251, dtype=np.uint32), most=400, budget=1_000_000))
    assert sum(len(places) for places in everything) == len(loop) + 101
    assert max(len(places) for places in everything) <= 51_000


def test_a_piece_in_a_loop_is_found_all_the_time() -> None:
    piece = seconds_of(song(), 0, 15)
    (match,) = _aligner(piece=piece, other=other()).align([query_of(np.tile(piece, 45))])

    assert match.of_upload() >= 0.98 * 45 * 15_000
    assert match.of_work() == pytest.approx(15_000, abs=100)


def test_a_slow_drift_of_the_tempo_is_one_segment() -> None:
    places = np.arange(0, 40 * RATE, 1.004)
    slower = np.interp(places, np.arange(len(song())), song()).astype(np.int16)

    (match,) = _aligner(work=song(), other=other()).align([query_of(slower)])

    (segment,) = match.segments
    assert segment.upload == (0, milliseconds_of(len(slower), RATE))
    assert abs(segment.work[1] - 40_000) < 300


def test_edges_are_right_to_a_third_of_a_second_wherever_the_cut_falls() -> None:
    aligner = _aligner(work=song())
    for start in (11.0, 11.03, 11.06, 11.09):
        upload = np.concatenate(
            [seconds_of(other(), 0, 10), seconds_of(song(), start, start + 20), seconds_of(other(), 10, 20)]
        )
        (match,) = aligner.align([query_of(upload)])
        (segment,) = match.segments
        assert segment.upload[0] == pytest.approx(10_000, abs=330)
        assert segment.upload[1] == pytest.approx(30_000, abs=330)
        assert segment.work[0] - segment.upload[0] == pytest.approx((start - 10) * 1000, abs=100)


@pytest.mark.parametrize(
    "settings",
    [{"error_rate": 500}, {"error_rate": 0}, {"shortest": 10}, {"switch_cost": -1}, {"most_places": 0}],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must|need"):
        SoundAlignmentSettings(**settings)
