"""The course of one case: where it rests, what the public sees, and what begins and ends in it.

Written from the meaning of the events and the definitions of the figures, and from nothing of the program that made
the report. What an event does to the upload is said by the event itself (``availability``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from casework_verify.rules import Rules

PUBLIC = "public"
RESTRICTIVE = {"presumed_infringing": "blocked", "prior_review": "held"}
"""What a decision of this outcome makes of the upload; all others leave it public."""

LAWFUL = ("presumed_lawful", "marked_lawful")
BY_DEFAULT, OMITTED, PENDING = "by_default", "omitted", "pending"
REVERSALS = ("partially_reversed", "reversed")
FORUMS = ("court", "authority", "external_body")


class Shape(NamedTuple):
    """All of a decision that a figure asks for, except its moments. Equal ones are one object.

    ``outcome`` and ``rule`` are those that decided; ``own`` is the outcome without the order that covered it.
    """

    outcome: str
    rule: str
    medium: str
    method: str
    engine: str
    standard: str
    band: str
    marks: tuple[str, ...]
    own: str
    grace: bool
    ordered: str | None
    order_kept: bool

    @property
    def measure(self) -> str:
        """What the platform's own part of the decision made of the upload."""
        if self.ordered is not None and not self.order_kept:
            return self.ordered
        return PUBLIC if self.grace else RESTRICTIVE.get(self.own, PUBLIC)

    @property
    def restricts_at_once(self) -> bool:
        """Whether the upload was not public after the decision, on whatever ground."""
        return (self.ordered or self.measure) != PUBLIC


class Item:
    """Something that begins and ends: an appeal, a review, a notice, a counter-notice, a proceeding outside.

    ``since``: from when its time counts. ``fresh``: the upload was public before it. ``root``: the round that a further
    review goes on with. ``later``: what a further review made of it. ``loss``: when and how it took the upload away.
    """

    __slots__ = (
        "began", "cell", "due", "ended", "fate", "fresh", "kind", "later", "loss", "measure", "number", "on_mark",
        "on_measure", "root", "side", "since",
    )  # fmt: skip

    def __init__(self, kind: str, began: int, cell: str = "", number: int = 0, due: int | None = None) -> None:
        self.kind, self.began, self.since, self.cell, self.number, self.due = kind, began, began, cell, number, due
        self.ended: int | None = None
        self.fate = PENDING
        self.later: str | None = None
        self.loss: tuple[int, str] | None = None
        self.measure: str | None = None
        self.fresh = self.on_mark = self.on_measure = False
        self.side = ""
        self.root: Item = self

    def end(self, moment: int, fate: str) -> None:
        """It ends, never before it began."""
        self.ended, self.fate = max(moment, self.began), fate

    @property
    def became(self) -> str:
        """What has become of it, at the latest level of review that ruled."""
        return self.later or self.fate

    @property
    def has_result(self) -> bool:
        """Whether it ended as those who waited for it wanted."""
        if self.kind == "notice":
            return self.fate in ("accepted", "rejected")
        if self.kind == "counter_notice":
            return self.fate in ("restored_at_once", "restored_after_wait")
        return self.ended is not None and self.fate != OMITTED

    @property
    def took(self) -> int:
        """How long it took, once it has ended."""
        return max(0, (self.ended or 0) - self.since)


class Notice:
    """The latest notice of a case. ``rested`` is where the case would rest without its measure."""

    __slots__ = ("counter", "ended", "item", "received", "rested", "stage")

    def __init__(self, item: Item, received: int, rested: str) -> None:
        self.item, self.received, self.rested = item, received, rested
        self.stage = "notice_check"
        self.ended = False
        self.counter: Counter | None = None


class Counter:
    """The latest counter-notice to a notice."""

    __slots__ = ("amended", "delivered", "item", "lapsed", "received", "regime", "waits")

    def __init__(self, item: Item, received: int, regime: str) -> None:
        self.item, self.received, self.regime = item, received, regime
        self.amended: int | None = None
        self.delivered: int | None = None
        self.waits = self.lapsed = False


class Overlay(NamedTuple):
    """A word from outside that lies over the platform's own measure."""

    moment: int
    availability: str
    binding: bool


Reversal = tuple[str, int] | None
"""Why the restriction fell, and since when the upload was back."""


class Course:
    """One case, as far as its facts are known."""

    __slots__ = (
        "before", "content", "decided", "decisions", "fell_at", "first_outcomes", "gone", "held", "informed", "items",
        "lawful", "measure", "n", "notice", "orders", "own", "prior_review", "proceedings", "public_since",
        "restricted_since", "rests", "review_open", "rounds", "ruled", "rules", "shape", "shown_before", "shown_last",
        "stays", "version", "waits", "words",
    )  # fmt: skip

    def __init__(self, n: int, decided: int, informed: int, shape: Shape, content: str | None, rules: Rules) -> None:
        self.n, self.decided, self.informed, self.shape, self.content = n, decided, informed, shape, content
        self.rules = rules
        self.version = 1
        self.rests = shape.own
        self.measure = self.before = shape.measure
        self.shown_before = self.shown_last = self.measure
        self.items: list[Item] = []
        self.rounds: list[Item] = []
        self.review_open = self.gone = self.ruled = False
        self.prior_review: Item | None = None
        self.notice: Notice | None = None
        self.orders: dict[int, Overlay] = {}
        self.proceedings: dict[int, Item] = {}
        self.decisions: dict[int, Overlay] = {}
        self.words: dict[tuple[str, int], Reversal] = {}
        self.stays: list[int] = []
        self.own: Reversal = None
        self.fell_at: int | None = None
        self.first_outcomes: tuple[str, str] = ("", "")
        self.held: tuple[int, int] | None = None
        self.waits: list[tuple[int, int]] = []
        self.restricted_since: int | None = None
        self.public_since: int | None = None
        self.lawful = self.rests in LAWFUL

    def begin(self, order: dict[str, Any] | None, order_moment: int, *, fast: bool) -> None:
        """The decision itself; ``order`` is the binding order that covered it, ``fast`` whether time presses."""
        if order is not None:
            self.orders[1] = Overlay(order_moment, order["availability"], True)
        self.shown_before = self.shown_last = self.shown
        if self.shown_last == PUBLIC:
            self.public_since = self.decided
        else:
            self.restricted_since = self.decided
        if self.rests == "prior_review":
            standard = self.rules.standards[self.shape.standard]
            length = standard.prior_review_due_fast if fast else standard.prior_review_due
            self.prior_review = Item("prior_review", self.informed, due=self.informed + length)
            self.items.append(self.prior_review)

    @property
    def shown(self) -> str:
        """What the public sees: as a court or authority says, else an external body, else the platform itself.

        Of several words the latest counts; of those of one moment an order, and then the first.
        """
        if not self.orders and not self.decisions:
            return self.measure
        words = [*self.orders.values(), *(self.decisions[number] for number in sorted(self.decisions))]
        for binding in (True, False):
            found = [word for word in words if word.binding is binding]
            if found:
                return max(found, key=lambda word: word.moment).availability
        return self.measure

    @property
    def reversal(self) -> Reversal:
        """How the restriction fell, as of the latest fact. A word from outside counts before all else."""
        if self.restricted_since is None:
            return None
        return list(self.words.values())[-1] if self.words else self.own

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal is open; the review before publication is none."""
        return self.review_open and bool(self.rounds)

    def back_since(self, moment: int) -> int:
        """Since when the upload is back: now, or since it was shown again before."""
        return moment if self.public_since is None else self.public_since

    def lodge(self, kind: str, cell: str, number: int, moment: int) -> Item:
        """A new round of review begins."""
        due = moment + self.rules.standards[self.shape.standard].ruling_due
        item = Item(kind, moment, cell, number, due)
        item.fresh = self.before == PUBLIC
        self.items.append(item)
        self.rounds.append(item)
        self.review_open = True
        self.first_outcomes = ("", "")
        return item

    def lose(self, item: Item, moment: int, how: str) -> None:
        """The round took the upload away, if the upload was public before the round and until now."""
        if item.fresh and item.loss is None and self.before == PUBLIC != self.measure:
            item.loss = (moment, how)
