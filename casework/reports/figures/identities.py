"""What must add up in every report. A breach refuses the report: a wrong sum means a wrong projection or log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from casework.domain.values import Rule, RulingOutcome
from casework.reports.figures.values import Figure, Row, Unit

_FORUM_ENDS = ("decided_for_platform", "against", "without_decision")
OUTSIDE_ENDS: Mapping[str, tuple[str, ...]] = {
    "court": _FORUM_ENDS,
    "authority": _FORUM_ENDS,
    "external_body": ("upheld", "partially_reversed", "reversed", "default", "omitted"),
}
"""How proceedings outside end, in the words of the figures."""


class Identity(NamedTuple):
    """The sum of the figures on the left equals that on the right.

    An id names a figure, all cells of a breakdown (``...{outcome}``), or one cell of it.
    """

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]


class IdentityBroken(Exception):
    """Some identities do not hold; ``breaches`` say which and with what numbers."""

    def __init__(self, breaches: Sequence[str]) -> None:
        self.breaches = tuple(breaches)
        super().__init__("; ".join(breaches))


def _appeal_flow(side: str, kind: str) -> tuple[Identity, ...]:
    prefix = f"appeals.{side}"
    return (
        Identity(
            f"{prefix}: open at start + received = decided + omitted + open at end",
            (f"{prefix}.open_at_start", f"{prefix}.received"),
            (
                f"{prefix}.decided_on_merits",
                f"{prefix}.decided_by_default",
                f"{prefix}.omitted",
                f"{prefix}.open_at_end",
            ),
        ),
        Identity(
            f"times.{kind}: finished = decided",
            (f"times.{kind}.finished",),
            (f"{prefix}.decided_on_merits", f"{prefix}.decided_by_default"),
        ),
        Identity(
            f"{prefix}: overturned = fates reversed",
            (f"{prefix}.overturned",),
            (f"{prefix}.fate.reversed", f"{prefix}.fate.partially_reversed"),
        ),
    )


def _flow(prefix: str, received: str, *ends: str) -> Identity:
    """What was open at the start and came in has ended in one of the ways, or is open at the end."""
    text = " + ".join(end.rpartition(".")[2].replace("_", " ") for end in ends)
    return Identity(
        f"{prefix}: open at start + {received.replace('_', ' ')} = {text} + open at end",
        (f"{prefix}.open_at_start", f"{prefix}.{received}"),
        (*(f"{prefix}.{end}" for end in ends), f"{prefix}.open_at_end"),
    )


_OUTCOMES = tuple(outcome.value for outcome in RulingOutcome)
_SAME = tuple(f"review.first_rulings.{outcome}/{outcome}" for outcome in _OUTCOMES)
_NEW = "appeals.{}.new_restrictions_by.ruling"


_MIDDLES = ("appealed", "not_appealed")
_WAYS: Mapping[str, tuple[str, ...]] = {
    "filtering.restrictions": tuple(f"restricted/{one}/{last}" for one in _MIDDLES for last in ("reversed", "stands")),
    "filtering.reversed": tuple(f"restricted/{one}/reversed" for one in _MIDDLES),
    "filtering.passed_then_restricted": tuple(f"public/{one}/restricted" for one in _MIDDLES),
}
"""The cells of ``decisions.paths`` that figures of filtering count too."""


IDENTITIES: tuple[Identity, ...] = (
    Identity(
        "decisions: restrictions + passed = total",
        ("filtering.restrictions", "filtering.passed"),
        ("decisions.total",),
    ),
    Identity(
        "filtering: solely + partly automated = restrictions",
        ("filtering.solely_automated", "filtering.partly_automated"),
        ("filtering.restrictions",),
    ),
    Identity(
        "filtering: not automated = measures upon notices + new restrictions by rulings",
        ("filtering.not_automated",),
        (
            "notices.measures.label",
            "notices.measures.demote",
            "notices.measures.block",
            _NEW.format("uploader"),
            _NEW.format("right_holder"),
        ),
    ),
    *_appeal_flow("uploader", "contest"),
    *_appeal_flow("right_holder", "challenge"),
    _flow("appeals.further_reviews", "received", "decided", "omitted"),
    _flow("appeals.reopenings", "received", "decided", "omitted"),
    Identity("review: agreed + disagreed = panels", ("review.agreed", "review.disagreed"), ("review.panels",)),
    Identity("review: agreed = pairs of the same outcome", ("review.agreed",), _SAME),
    _flow("notices", "received", "accepted", "rejected", "lapsed", "withdrawn", "moot"),
    Identity(
        "times.notice: finished = accepted + rejected",
        ("times.notice.finished",),
        ("notices.accepted", "notices.rejected"),
    ),
    _flow(
        "counter_notices",
        "received",
        "restored_at_once",
        "restored_after_wait",
        "stayed",
        "lapsed",
        "ended_otherwise",
    ),
    Identity(
        "times.counter_notice: finished = restored at once + restored after the wait",
        ("times.counter_notice.finished",),
        ("counter_notices.restored_at_once", "counter_notices.restored_after_wait"),
    ),
    _flow("prior_review", "held", "released", "limited", "blocked", "omitted"),
    Identity(
        "times.prior_review: finished = released + limited + blocked",
        ("times.prior_review.finished",),
        ("prior_review.released", "prior_review.limited", "prior_review.blocked"),
    ),
    *(
        Identity(
            f"outside.{forum}: pending at start + opened = {' + '.join(ends).replace('_', ' ')} + pending",
            (f"outside.{forum}.pending_at_start", f"outside.{forum}.opened"),
            (*(f"outside.{forum}.{end}" for end in ends), f"outside.{forum}.pending"),
        )
        for forum, ends in OUTSIDE_ENDS.items()
    ),
    Identity(
        "decisions over time: other rules = every rule but the bands",
        ("decisions.over_time.other.{step}",),
        tuple(f"decisions.by_rule.{rule.value}" for rule in Rule if not rule.value.startswith("band_")),
    ),
    *(
        Identity(f"{name} = its ways", (name,), tuple(f"decisions.paths.{way}" for way in ways))
        for name, ways in _WAYS.items()
    ),
    Identity("marks: before + after = set", ("marks.before_decision", "marks.after_decision"), ("marks.set",)),
    Identity("marks: right + wrong = examined", ("marks.found_right", "marks.found_wrong"), ("marks.examined",)),
)


def with_parents(registry: Iterable[Figure], identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """The identities, and for each breakdown with a parent that its cells add up to it."""
    sums = (
        Identity(f"{figure.id}: cells add up to {figure.parent}", (figure.id,), (figure.parent,))
        for figure in registry
        if figure.parent is not None
    )
    return (*identities, *sums)


def check(rows: Mapping[str, Row], registry: Iterable[Figure], identities: Iterable[Identity]) -> None:
    """Raise ``IdentityBroken`` naming every breach: unequal sums, negative counts, parts larger than their whole."""
    registry = tuple(registry)
    breaches, named = [], keys_by_name(rows)
    for identity in with_parents(registry, identities):
        left, right = _sum(rows, named, identity.left), _sum(rows, named, identity.right)
        if left != right:
            breaches.append(f"{identity.name}: {left} is not {right}")
    for key, row in rows.items():
        number = row.value.number
        if row.figure.unit is Unit.COUNT and (number is None or number < 0):
            breaches.append(f"{key}: a count cannot be {number}")
        if row.figure.unit is Unit.SHARE and (row.value.numerator or 0) > (row.value.denominator or 0):
            breaches.append(f"{key}: {row.value.numerator} is more than {row.value.denominator}")
    if breaches:
        raise IdentityBroken(breaches)


def keys_by_name(rows: Mapping[str, Row]) -> Mapping[str, list[str]]:
    """The rows that a name stands for: that of a row for itself, that of a figure for all its cells."""
    named: dict[str, list[str]] = {}
    for key, row in rows.items():
        for name in {key, row.figure.id}:
            named.setdefault(name, []).append(key)
    return named


def _sum(rows: Mapping[str, Row], named: Mapping[str, list[str]], identifiers: Iterable[str]) -> int:
    wanted = {key for identifier in identifiers for key in named.get(identifier, ())}
    return sum(int(rows[key].value.number or 0) for key in wanted)
