"""Random histories of all steps, all regimes and all standards, with every invariant after each step.

A few hundred here, chosen by fixed seeds and by Hypothesis; ``python -m benchmarks.histories`` plays ten thousand.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.domain.case.state import Procedure
from casework.domain.values import Availability
from tests.domain import history_player, reference_model
from tests.domain.history_invariants import Written
from tests.domain.history_player import CODEC, Player, Tally, again, shrink

HISTORIES = 25
"""What a core plays in two seconds; the long run also fails where any fact or state was not reached."""


def test_no_invariant_breaks_and_histories_reach_deep() -> None:
    """A check that is never reached proves nothing."""
    tally = Tally()
    for seed in range(HISTORIES):
        random = Random(seed)
        Player(random, tally).play(random.randint(5, 60))
    topics = {topic for topic in CODEC.topics if topic.startswith("case.")}
    assert len(tally.facts) > len(topics) * 3 // 4
    assert len(tally.states) > len(Procedure) * 3 // 4
    assert {*tally.seen} == {one.value for one in Availability}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.randoms(use_true_random=False), st.integers(5, 25))
def test_no_invariant_breaks_however_chance_is_led(random: Random, moves: int) -> None:
    Player(random, Tally()).play(moves)


def test_a_history_that_breaks_is_found_and_made_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can fail: an invariant that no case keeps is broken by one single move."""

    def nobody_ever_sues(written: Written) -> None:
        assert not any(True for _ in written.named("legal_action_reported"))

    monkeypatch.setattr(history_player, "INVARIANTS", (nobody_ever_sues,))
    for seed in range(200):
        random = Random(seed)
        player = Player(random, Tally())
        try:
            player.play(60)
        except AssertionError:
            history = player.history
            kept = shrink(history.opening, history.moves, player.wishes)
            assert [move.step for move in kept] == ["legal-actions"]
            assert isinstance(again(history.opening, kept, player.wishes), AssertionError)
            return
    pytest.fail("nothing broke")


def test_a_model_that_differs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference model is compared after every fact, so a state that the table does not know cannot pass."""
    monkeypatch.setitem(reference_model.REVIEW, "contest_lodged", "panel")
    with pytest.raises(AssertionError, match=r"after case\.contest_lodged"):
        _play_many()


def _play_many() -> None:
    for seed in range(200):
        Player(Random(seed), Tally()).play(60)
