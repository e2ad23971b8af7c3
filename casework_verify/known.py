"""One pass over all facts: what is known of every case, and what happened when, as far as figures ask for it.

Most cases are a decision and nothing more, so such a case is kept as a few numbers; only what goes on becomes a
``Course``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from casework_verify.course import Course, Shape
from casework_verify.facts import Fact, Problem, read_facts
from casework_verify.fees import Fees
from casework_verify.filter_requests import FilterRequests
from casework_verify.following import follow
from casework_verify.moments import microseconds
from casework_verify.rules import Rules
from casework_verify.statistics import OUTCOMES

_MOST_RULINGS = 2
DECISION = "case.filtering_decision_recorded"
MEDIA = ("text", "audio", "image", "video")
UNKNOWN_BAND = "unknown"
BANDS = (*(f"{tenth}0_{tenth + 1}0" if tenth else "00_10" for tenth in range(10)), UNKNOWN_BAND)


class Resting(NamedTuple):
    """A case that is a decision so far: its place in the log, its moments, its shape, and what content it restricts."""

    n: int
    decided: int
    informed: int
    shape: Shape
    content: str | None


class Tally(NamedTuple):
    """What the platform screened and matched of a medium on a day (a day of its reports, no moment)."""

    day: date
    medium: str
    screened: int
    matched: int


class Sample(NamedTuple):
    """An audit sample as it was drawn; ``strata`` names the stratum of each drawn case."""

    stream: str
    moment: int
    design: str
    strata: tuple[str, ...]


class Announced(NamedTuple):
    """What the fact of an announcement says: its place in the log, when it was recorded, and its public fields."""

    n: int
    recorded: int
    plan: Mapping[str, Any]


class Drawing(NamedTuple):
    """What the fact of a draw says: its place in the log, its sample, and its public fields."""

    n: int
    stream: str
    data: Mapping[str, Any]


class Labelled(NamedTuple):
    """A case of an audit sample whose labels were opened; ``pair``: those of both sides, if both labelled."""

    drawn_at: int
    stratum: tuple[str, str]
    probability: Fraction
    acted: str
    truth: str
    pair: tuple[str, str] | None


Happening = tuple[int, str, str, int]
"""When something occurred, what it is counted as, in which cell, and how often it counts."""

PLAIN: Mapping[str, str] = {
    "case.warning_lapsed": "warnings.lapsed",
    "case.prior_review_expired": "prior_review.expired_unreviewed",
    "case.urgent_block_declared": "appeals.urgent_blocks",
    "case.reviewer_recused": "review.recusals",
    "case.reviewer_released": "review.releases",
    "case.barred_reviewer_refused": "review.conflicts_barred",
    "case.notice_found_deficient": "notices.deficient",
    "case.notice_amended": "notices.cured",
    "case.repeat_notice_barred": "notices.barred_repeats",
    "case.counter_notice_found_deficient": "counter_notices.deficient",
    "case.counter_notice_amended": "counter_notices.cured",
    "case.counter_notice_accepted": "counter_notices.accepted",
    "case.counter_notice_forwarded": "counter_notices.forwarded",
    "case.order_lifted": "outside.orders_ended",
    "party.conduct_warned": "abuse.warnings",
    "party.conduct_assessed": "abuse.assessments",
    "party.suspension_lifted": "abuse.lifted",
    "party.sanction_appeal_lodged": "abuse.appeals",
    "party.good_faith_defence_accepted": "abuse.good_faith_accepted",
    "party.bad_faith_found": "abuse.bad_faith_found",
    "party.trusted_flagger_reported": "abuse.flaggers_reported",
    "work.prior_review_requested": "prior_review.requests",
    "erasure.requested": "personal_data.erasure_requests",
    "erasure.personal_data_erased": "personal_data.erased",
    "erasure.refused": "personal_data.refused",
}
"""Figures that count an event whenever it occurred, whatever else there is."""

_TYPES: Mapping[str, type] = {
    **dict.fromkeys(
        ("answer", "availability", "cause", "design", "forum", "ground", "measure", "outcome", "regime", "reviewer",
         "right", "side", "truth", "topic"),
        str,
    ),
    **dict.fromkeys(("appeal", "counter_notice", "items", "notice", "order", "proceeding"), int),
    **dict.fromkeys(("implemented", "interim", "on_merits", "restored", "stays", "trusted", "waits"), bool),
}  # fmt: skip
"""What must stand in a field of this name, after the decision."""

_ANSWERS = {"notify": "notified", "tolerate": "tolerated", "license": "licensed"}


class Known:
    """All that is known as of ``as_of`` (microseconds; ``None``: everything), with what is wrong with the facts.

    ``courses`` are the cases that went on, in no order that matters.
    """

    def __init__(self, rules: Rules, as_of: int | None = None) -> None:
        self.rules, self.as_of = rules, as_of
        self.problems: list[Problem] = []
        self.cases: dict[str, Resting | Course] = {}
        self.courses: list[Course] = []
        self.happenings: list[Happening] = []
        self.rulings: list[tuple[int, str]] = []
        self.implemented: list[int] = []
        self.tallies: list[Tally] = []
        self.fees = Fees()
        self.filter_requests = FilterRequests()
        self.samples: list[Sample] = []
        self.labels: list[Labelled] = []
        self.announced: dict[str, Announced] = {}
        self.drawings: list[Drawing] = []
        self.count = 0
        self._cut: set[str] = set()
        self._drawn: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._beside: dict[str, int] = {}
        self._shapes: dict[Shape, Shape] = {}
        self._bands: dict[str | None, str] = {None: UNKNOWN_BAND}

    def read(self, lines: Iterable[bytes]) -> Known:
        """Take in all facts, in the order of the log."""
        return self.take(read_facts(lines, self.problems))

    def take(self, facts: Iterable[tuple[Fact, int]]) -> Known:
        """Take in facts that were read, each with the moment at which it was recorded."""
        as_of, cut, cases = self.as_of, self._cut, self.cases
        for fact, recorded in facts:
            stream = fact["stream"]
            if as_of is not None and (recorded > as_of or stream in cut):
                # What follows a fact of the same stream that is not known yet is not known either.
                cut.add(stream)
                continue
            self.count += 1
            topic = fact["topic"]
            try:
                if topic == DECISION:
                    self._decide(stream, fact, recorded)
                elif topic.startswith("case."):
                    case = cases[stream]
                    self._go_on(case if isinstance(case, Course) else self._taken_up(stream, case), fact)
                else:
                    self._beside_cases(stream, fact)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                self._wrong(fact, f"cannot follow what was before it ({type(error).__name__}: {error})")
        return self

    def _wrong(self, fact: Fact, what: str) -> None:
        self.problems.append(Problem(fact["n"], what))

    def _decide(self, stream: str, fact: Fact, recorded: int) -> None:
        data = fact["data"]
        if stream in self.cases or fact["version"] != 1:
            self._wrong(fact, "begins a case that has begun before")
            return
        shape = self._shape(data)
        decided, content = microseconds(data["decided_at"]), None
        if shape.restricts_at_once and "content_sha256" in data["upload"]:
            content = f"{data['upload']['content_sha256']} {data['work']['id']}"
        resting = Resting(fact["n"], decided, recorded, shape, content)
        order = data.get("order")
        if shape.own == "prior_review" or order is not None:
            since = 0 if order is None else microseconds(order["received_at"])
            fast = "time_sensitive" in data["work"].get("flags", ())
            course = self._course(stream, resting)
            course.begin(order, since, fast=fast)
        else:
            self.cases[stream] = resting

    def _shape(self, data: Mapping[str, Any]) -> Shape:
        evidence, outcome, beneath = data["evidence"], data["outcome"], data.get("beneath")
        share = evidence.get("share_of_upload")
        band = self._bands.get(share)
        if band is None:
            band = self._bands[share] = BANDS[min(9, int(Fraction(share) * 10))]
        shape = Shape(
            outcome,
            data["rule"],
            data["upload"]["medium"],
            evidence["method"],
            f"{evidence['engine']}@{evidence['engine_version']}",
            data["standard"],
            band,
            tuple([mark["basis"] for mark in data.get("marks", ())]),
            outcome if beneath is None else beneath["outcome"],
            "grace_until" in data,
            data.get("ordered"),
            "order" in data,
        )
        known = self._shapes.get(shape)
        if known is None:
            if not all(isinstance(word, str) for word in (*shape[:7], *shape.marks, shape.own)):
                raise TypeError("a word is no text")
            known = self._shapes[shape] = shape
        return known

    def _course(self, stream: str, resting: Resting) -> Course:
        course = Course(resting.n, resting.decided, resting.informed, resting.shape, resting.content, self.rules)
        self.cases[stream] = course
        self.courses.append(course)
        return course

    def _taken_up(self, stream: str, resting: Resting) -> Course:
        course = self._course(stream, resting)
        course.begin(None, 0, fast=False)
        return course

    def _go_on(self, course: Course, fact: Fact) -> None:
        _check(fact["data"])
        if fact["version"] != course.version + 1:
            self._wrong(fact, f"is number {fact['version']} of its case, after number {course.version}")
        course.version = fact["version"]
        moment, topic, data = microseconds(fact["occurred"]), fact["topic"], fact["data"]
        step = topic[5:]
        if step == "rulings_opened":
            self._opened(course, data, moment)
        follow(course, fact["n"], step, data, moment)
        if step == "outside_proceeding_decided" and data["implemented"]:
            if course.proceedings[data["proceeding"]].kind == "external_body":
                self.implemented.append(microseconds(data["decided_at"]))
        else:
            self._happened(topic, data, moment)

    def _happened(self, topic: str, data: Mapping[str, Any], moment: int) -> None:
        name = PLAIN.get(topic)
        add = self.happenings.append
        if name is not None:
            add((moment, name, "", 1))
        elif topic == "case.lawful_use_marked":
            add((moment, "marks.after_decision", _word(data["mark"]["basis"]), 1))
        elif topic == "case.warning_answered":
            add((moment, f"warnings.{_ANSWERS[data['answer']]}", "", 1))
        elif topic == "case.notice_received":
            add((moment, "notices.items", "", data.get("items", 1)))
            if data.get("trusted"):
                add((moment, "notices.by_trusted", "", 1))
        elif topic == "case.legal_action_reported":
            add((moment, "counter_notices.legal_action_reported", "", int(data["stays"])))
        elif topic == "case.order_received":
            add((moment, "outside.orders", "interim" if data["interim"] else "final", 1))
        elif topic == "case.ruling_submitted":
            self.rulings.append((moment, data["reviewer"]))
        elif topic == "party.right_suspended":
            add((moment, f"abuse.suspensions.{data['side']}", data["right"], 1))

    def _opened(self, course: Course, data: Mapping[str, Any], moment: int) -> None:
        rulings = data["rulings"]
        if not 1 <= len(rulings) <= _MOST_RULINGS or not all(ruling["outcome"] in OUTCOMES for ruling in rulings):
            raise ValueError("opens other rulings than one or two")
        for ruling in rulings:
            for basis in dict.fromkeys(ruling["bases"]):
                self.happenings.append((moment, "review.basis", _word(basis), 1))
        outcomes = [_word(ruling["outcome"]) for ruling in rulings]
        if len(outcomes) > 1:
            self.happenings.append((moment, "review.first_rulings", "/".join(outcomes), 1))
            return
        first, second = course.first_outcomes
        sided = "first" if outcomes[0] == first else "second" if outcomes[0] == second else "neither"
        self.happenings.append((moment, "review.re_review_sided_with", sided, 1))

    def _beside_cases(self, stream: str, fact: Fact) -> None:
        before = self._beside.get(stream, 0)
        if fact["version"] != before + 1:
            self._wrong(fact, f"is number {fact['version']} of its stream, after number {before}")
        self._beside[stream] = fact["version"]
        topic, data, moment = fact["topic"], fact["data"], microseconds(fact["occurred"])
        if topic.startswith("fees."):
            counts = self.fees.take(stream, topic, data)
            self.happenings.extend((moment, name, cell, number) for name, cell, number in counts)
            return
        if topic.startswith("filter_request."):
            told = self.filter_requests.take(stream, topic, data, moment)
            self.happenings.extend((moment, name, cell, 1) for name, cell in told)
            return
        _check(data)
        if topic == "sample.drawn":
            strata = tuple([_word(drawn["stratum"]) for drawn in data["drawn"]])
            for drawn in data["drawn"]:
                if not 0 < Fraction(drawn["chances"], drawn["out_of"]) <= 1:
                    raise ValueError("a probability lies between 0 and 1")
                self._drawn[stream, drawn["case"]] = drawn
            self.samples.append(Sample(stream, moment, data["design"], strata))
            self.drawings.append(Drawing(fact["n"], stream, data))
        elif topic == "sample.announced":
            self.announced[stream] = Announced(fact["n"], microseconds(fact["at"]), data)
        elif topic == "sample.labels_opened":
            self._labels_opened(stream, data)
        elif topic == "screening.tally_recorded":
            self.tallies.append(_tally(data))
        else:
            self._happened(topic, data, moment)

    def _labels_opened(self, stream: str, data: Mapping[str, Any]) -> None:
        if data["drawn"] != self._drawn.get((stream, data["drawn"]["case"])):
            raise ValueError("labels a case that was not drawn so")
        drawn, truths = data["drawn"], {label["side"]: _word(label["truth"]) for label in data["labels"]}
        both = "platform" in truths and "regulator" in truths
        self.labels.append(
            Labelled(
                microseconds(data["drawn_at"]),
                (stream, _word(drawn["stratum"])),
                Fraction(drawn["chances"], drawn["out_of"]),
                _word(drawn["acted"]),
                data["truth"],
                (truths["platform"], truths["regulator"]) if both else None,
            )
        )


def _tally(data: Mapping[str, Any]) -> Tally:
    screened, matched = data["screened"], data["matched"]
    if type(screened) is not int or type(matched) is not int or not 0 <= matched <= screened:
        raise ValueError("matches more than it screened, or counts what is no number")
    if data["medium"] not in MEDIA:
        raise ValueError(f"there is no medium {data['medium']!r}")
    return Tally(date.fromisoformat(data["date"]), data["medium"], screened, matched)


def _check(data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        wanted = _TYPES.get(name)
        if wanted is not None and type(value) is not wanted:
            raise TypeError(f"{name} cannot be {value!r}")


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a word cannot be {value!r}")
    return value
