"""Ten thousand random histories of 5 to 60 steps: no invariant broken, replay identical to the live state.

`python -m benchmarks.histories [--histories 10000] [--seed 0] [--workers 2]`. Each history has a seed of its own; one
that breaks is printed with its seed, its error and the few moves that are enough to break it again. The run ends with
what was reached: facts by topic, states, refusals by code. Whatever no history reached is named, and the run fails.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))

from casework.domain.case.state import Procedure
from casework.domain.values import Availability
from tests.domain.history_player import CODEC, Player, Tally, shrink

SHARE = 100
"""Histories that one worker plays before it reports."""


@dataclass
class Played:
    """What a share of the histories led to."""

    tally: Tally = field(default_factory=Tally)
    broken: list[str] = field(default_factory=list)


def play(seeds: range) -> Played:
    """Play one history a seed."""
    played = Played()
    for seed in seeds:
        random = Random(seed)
        player = Player(random, played.tally)
        try:
            player.play(random.randint(5, 60))
        except Exception as error:  # noqa: BLE001 - whatever breaks is told, with the way to it
            played.broken.append("\n".join(_told(seed, player, error)))
    return played


def _told(seed: int, player: Player, error: Exception) -> Iterator[str]:
    opening = player.history.opening
    yield f"seed {seed}: {type(error).__name__}: {error}"
    yield f"  begins as {player.history.written.facts[0].event!r} under {opening.setting.chosen}"
    for move in shrink(opening, player.history.moves, player.wishes):
        yield f"  {move.at.isoformat()} {move.by.role} {move.by.id}: {move.step} {move.command!r}"


def _shares(first: int, count: int) -> Iterator[range]:
    for start in range(first, first + count, SHARE):
        yield range(start, min(start + SHARE, first + count))


def _table(title: str, counted: Counter[str]) -> Iterator[str]:
    yield f"\n{title}"
    for name, times in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        yield f"  {times:>9,}  {name}"


def unreached(tally: Tally) -> list[str]:
    """Topics and states that no history came to."""
    topics = {topic for topic in CODEC.topics if topic.startswith("case.")}
    states = {state.value for state in Procedure}
    seen = {one.value for one in Availability}
    return sorted((topics - {*tally.facts}) | (states - {*tally.states}) | (seen - {*tally.seen}))


def main(arguments: list[str] | None = None) -> int:
    """Play, print, and say by the exit code whether all held."""
    parser = argparse.ArgumentParser(prog="histories", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(arguments)
    whole, begun = Played(), perf_counter()
    with ProcessPoolExecutor(asked.workers) as workers:
        for played in workers.map(play, _shares(asked.seed, asked.histories)):
            whole.tally.add(played.tally)
            whole.broken.extend(played.broken)
    seconds = perf_counter() - begun
    tally = whole.tally
    print(f"histories {tally.histories:,}, moves {tally.moves:,}, facts {sum(tally.facts.values()):,}, ", end="")
    print(f"steps probed {tally.probes:,}, broken {len(whole.broken):,}, {seconds:.0f} s")
    for title in ("facts", "states", "seen", "refusals", "regimes"):
        print("\n".join(_table(title, getattr(tally, title))))
    missing = unreached(tally) if asked.histories >= SHARE else []
    print("\nnever reached:", ", ".join(missing) or "nothing")
    print("\n".join(whole.broken))
    return 1 if whole.broken or missing else 0


if __name__ == "__main__":
    sys.exit(main())
