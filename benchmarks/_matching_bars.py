"""Bars that a measurement must meet, and the tables in which it is shown beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching_adapter.evaluation.evaluation import Errors, Evaluation, FalseWork

_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """Something measured and what it must be: at most (or, where `is_least`, at least) `bar`."""

    name: str
    measured: float
    bar: float
    is_least: bool = False

    @property
    def holds(self) -> bool:
        """Say whether the bar is met."""
        return self.measured >= self.bar if self.is_least else self.measured <= self.bar

    def __str__(self) -> str:
        """Return the row of the table."""
        most = "at least" if self.is_least else "at most"
        return (
            f"{self.name:<62}{self.measured:13,.3f}  {most:<8} {self.bar:>10,g}  {'holds' if self.holds else 'MISSED'}"
        )


Bars = Iterator[Bar]


def print_errors(found: Evaluation, hashed: Evaluation) -> None:
    """Print the errors by what was done to the upload, and beside them how many of these the exact hash found."""
    heads = ("uploads", "missed", "mean", "p95", "largest", "by hash")
    print(f"  {'done to the upload':<24}" + "".join(f"{head:>9}" for head in heads) + "   error of the share, points")
    groups = dict(found.by_transform)
    if found.all is not None:
        groups["all"] = found.all
    for name, one in groups.items():
        rows = [row for row in hashed.rows if name in ("all", row.transform)]
        print(f"  {name:<24}{_figures(one)}{sum(row.found for row in rows):9}")
    print_false_works(found)


def _figures(one: Errors) -> str:
    return f"{one.rows:9}{one.missed:9}{one.mean:9.2f}{one.p95:9.2f}{one.largest:9.2f}"


def print_false_works(found: Evaluation) -> None:
    """Print every work that was reported for an upload that has nothing from it."""
    for words, works in (("5 % and more", found.false_works), ("less than 5 %", found.small_false_works)):
        print(f"  wrong works reported with {words}: {len(works)}{_listed(works)}")


def _listed(works: Sequence[FalseWork]) -> str:
    listed = "".join(f"\n    {one.upload}: {one.work} {one.share}" for one in works[:_MOST_LISTED])
    return listed + (f"\n    and {len(works) - _MOST_LISTED} more" if len(works) > _MOST_LISTED else "")


def print_edges(found: Evaluation, medium: str) -> float:
    """Print how far starts and ends are off; return the larger of both 95th percentiles."""
    edges = found.boundaries[medium]
    print(
        f"  {edges.segments} starts {edges.start_median:.2f} / {edges.start_p95:.2f} {edges.unit} off (median / p95), "
        f"ends {edges.end_median:.2f} / {edges.end_p95:.2f}"
    )
    limits = ", ".join(f"{one.limit}: {one.wrong_by_share} of {one.rows}" for one in found.band_limits)
    inside = "" if found.inside_interval is None else f"; truth inside the interval: {found.inside_interval:.1%}"
    print(f"  limits decided wrongly by the bare share: {limits}{inside}")
    return max(edges.start_p95, edges.end_p95)


def times_real_time(found: Evaluation) -> float:
    """Return how many seconds are looked at in one second of one processor core, decoding included."""
    speed = found.speed
    return (speed.times_real_time or 0) * speed.seconds / max(speed.processor_seconds, 1e-9)
