"""Audit samples through their door: announce, draw, label, close; load and fold, decide, save, as everywhere.

A sample is a stream of its own. The read model of samples has the population, which never changes once it is recorded;
every case that is drawn from it is then held against its own decision in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from pydantic import Field

from casework.application import Casework
from casework.command_ids import command_key
from casework.domain.case.bases import BASES
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.facts import Actor, Event, Happened
from casework.domain.sample import decisions
from casework.domain.sample.drawing import Population
from casework.domain.sample.events import SampleAnnounced, SampleDrawn
from casework.domain.sample.state import Given, Sample, fold
from casework.domain.sample.values import (
    MOST_DRAWN,
    Acted,
    Allocation,
    Beacon,
    BeaconKind,
    Design,
    Label,
    SeedWord,
    Side,
    SizeMeasure,
    Stratifier,
    Truth,
    acted_by,
)
from casework.domain.values import Moment, Outcome, Word
from casework.errors import FieldError, NotFound
from casework.log_proofs import LogProofs
from casework.steps import Form, Words
from casework.steps.forms import missing, superfluous
from casework.streams import Written
from casework.views.models.sample_frame import load_frame

_JSON = "application/json"
_NAMESPACE = uuid5(NAMESPACE_OID, "casework audit samples")
_NO_CASES: tuple[tuple[UUID, Acted], ...] = ()
_NOBODY = decisions.Candidates(Population((), (), ()), _NO_CASES.__getitem__)


class AnnouncementForm(Form):
    """What will be drawn: the body of ``POST /samples``. Without ``as_of`` the population is what is known now."""

    start: Moment
    end: Moment
    as_of: Moment | None = None
    outcomes: tuple[Outcome, ...] = ()
    design: Design
    stratify_by: Stratifier | None = None
    allocation: Allocation | None = None
    size_by: SizeMeasure | None = None
    cases: int = Field(ge=1, le=MOST_DRAWN, strict=True)
    seed: SeedWord
    sides: tuple[Side, ...] = Field(min_length=1, max_length=2)
    reopens: bool = Field(default=False, strict=True)


class DrawForm(Form):
    """Where the rest of the seed comes from: the checkpoint that ends with the announcement, or a public beacon.

    A public beacon is a value that others publish, such as a randomness beacon's, with its source and when it came out.
    """

    beacon: BeaconKind
    value: SeedWord | None = None
    source: SeedWord | None = None
    published: Moment | None = None

    def faults(self) -> Iterable[FieldError]:
        """A public beacon has all three; a checkpoint is looked up, so that nobody types it."""
        given = {"value": self.value, "source": self.source, "published": self.published}
        for name, value in given.items():
            if self.beacon is BeaconKind.PUBLIC and value is None:
                yield missing(name, "for a public beacon")
            elif self.beacon is BeaconKind.CHECKPOINT and value is not None:
                yield superfluous(name, "a checkpoint is looked up")


class LabelForm(Form):
    """What somebody finds of a case."""

    truth: Truth
    bases: tuple[Word, ...] = Field(default=(), max_length=20)
    reasons: Words

    def faults(self) -> Iterable[FieldError]:
        """Bases become public, so nothing may be named that is not on the closed list."""
        for number, basis in enumerate(self.bases):
            if basis not in BASES:
                yield FieldError(f"/bases/{number}", "basis_unknown", "must be one of the bases of a ruling")


class ClosingForm(Form):
    """No more labels are taken; nothing is to be said."""


class Auditing:
    """All samples of one application."""

    def __init__(self, casework: Casework, proofs: LogProofs) -> None:
        self._casework = casework
        self._proofs = proofs

    def sample(self, identifier: UUID) -> Sample:
        """A sample now. Raises ``NotFound``."""
        found = _folded(identifier, self._casework.log.load(identifier))
        if found.announced is None:
            raise NotFound("sample")
        return found

    def announce(self, form: AnnouncementForm, actor: Actor, *, key: str | None = None) -> Written[Sample]:
        """Announce a sample. The same request under the same key gives the same sample. Raises ``Refused``."""
        command_id = command_key(self._casework.vault, actor, key, b"announce:" + form.model_dump_json().encode())
        # Of a repeated request the first half is the same whatever its body is: a key used twice is found out.
        identifier = uuid4() if key is None else uuid5(_NAMESPACE, command_id.partition(".")[0])
        plan = SampleAnnounced(
            **{**form.model_dump(), "as_of": form.as_of or self._casework.clock.now()},
        )
        command = decisions.AnnounceSample(plan=plan)

        def decide(sample: Sample, now: datetime) -> tuple[Event, ...]:
            return decisions.announce_sample(sample, command, actor, now)

        return self._casework.streams.write(
            identifier, partial(_folded, identifier), decide, actor, command_id=command_id
        )

    def draw(self, identifier: UUID, form: DrawForm, actor: Actor) -> Written[Sample]:
        """Draw an announced sample. Raises ``NotFound`` and ``Refused``."""
        sample = self.sample(identifier)
        decisions.side_of(actor)
        if form.value is not None:
            beacon = Beacon(
                kind=BeaconKind.PUBLIC, randomness=form.value, publisher=form.source, published=form.published
            )
        else:
            # The tree that ends with the announcement: nobody could know its root before, nor choose another one now.
            found = self._proofs.checkpoint_at(self._casework.log.load(identifier)[0].position)
            beacon = Beacon(kind=BeaconKind.CHECKPOINT, randomness=found.root.hex(), size=found.size)
        command = decisions.DrawSample(beacon=beacon)
        candidates = _NOBODY if sample.drawn is not None else self._candidates(sample)

        def decide(fresh: Sample, now: datetime) -> tuple[Event, ...]:
            events = decisions.draw_sample(fresh, command, candidates, actor, now)
            self._check_drawn(events)
            return events

        return self._casework.streams.write(identifier, partial(_folded, identifier), decide, actor)

    def label(
        self, identifier: UUID, item: str, form: LabelForm, actor: Actor, *, key: str | None = None
    ) -> Written[Sample]:
        """Label the case behind an item. Raises ``NotFound``, ``Refused`` and ``Conflict``."""
        case = self.case_of(self.sample(identifier), item)
        label = Label(truth=form.truth, bases=form.bases, reasons=form.reasons)
        sealed = self._casework.vault.prepare(f"sample:{identifier}", label.model_dump_json().encode(), _JSON)
        command = decisions.LabelCase(case=case, label=label, sealed=sealed.reference)
        took_part = self.took_part(case, actor)

        def decide(sample: Sample, now: datetime) -> tuple[Event, ...]:
            others = self._open(sample.items[case].given)
            return decisions.label_case(sample, command, others, actor, now, took_part=took_part)

        body = f"label:{identifier}:{item}:{form.model_dump_json()}".encode()
        command_id = command_key(self._casework.vault, actor, key, body)
        return self._casework.streams.write(
            identifier, partial(_folded, identifier), decide, actor, words=[sealed], command_id=command_id
        )

    def close(self, identifier: UUID, actor: Actor) -> Written[Sample]:
        """Close a sample and open what is sealed. Raises ``NotFound`` and ``Refused``."""
        self.sample(identifier)

        def decide(sample: Sample, now: datetime) -> tuple[Event, ...]:
            waiting = decisions.sealed_labels(sample)
            labels = self.labels(one for given in waiting.values() for one in given.values())
            sealed = {
                case: {side: labels[one.sealed.id] for side, one in given.items() if one.sealed.id in labels}
                for case, given in waiting.items()
            }
            sealed = {case: found for case, found in sealed.items() if found}
            return decisions.close_sample(sample, sealed, actor, now)

        return self._casework.streams.write(identifier, partial(_folded, identifier), decide, actor)

    def item_of(self, sample: Sample, case: UUID) -> str:
        """Under which name a case is shown for labelling: neither its id nor its place in the public draw."""
        return self._casework.vault.pseudonym("item", f"{sample.id}:{case}")

    def case_of(self, sample: Sample, item: str) -> UUID:
        """The case behind an item. Raises ``NotFound``."""
        for case in sample.items:
            if self.item_of(sample, case) == item:
                return case
        raise NotFound("sample item")

    def queue(self, sample: Sample, side: Side) -> list[str]:
        """The items that a side has still to label, in an order that says nothing of them."""
        return sorted(self.item_of(sample, case) for case in sample.awaits(side))

    def took_part(self, case: UUID, actor: Actor) -> bool:
        """Whether somebody took a step in a case, and so cannot judge it apart from what was decided."""
        return any(one.by.id == actor.id for one in self._casework.history(case))

    def next_item(self, sample: Sample, actor: Actor) -> str | None:
        """The next item that this very person can label; ``None`` when none is left for him or her."""
        waiting = {self.item_of(sample, case): case for case in sample.awaits(decisions.side_of(actor))}
        return next((item for item in sorted(waiting) if not self.took_part(waiting[item], actor)), None)

    def pseudonym(self, case: UUID) -> str:
        """What stands for a case in public facts."""
        return self._casework.vault.pseudonym("case", str(case))

    def labels(self, given: Iterable[Given]) -> Mapping[str, Label]:
        """Labels from the vault by the id of their reference; one that is no longer there is missing."""
        opened = self._casework.vault.open_many(one.sealed for one in given)
        return {reference: Label.model_validate_json(found.content) for reference, found in opened.items()}

    def _open(self, given: Mapping[Side, Given]) -> dict[Side, Label]:
        labels = self.labels(given.values())
        return {side: labels[one.sealed.id] for side, one in given.items() if one.sealed.id in labels}

    def _candidates(self, sample: Sample) -> decisions.Candidates:
        """Who can be drawn, from the read model brought up to now."""
        announced = sample.announced
        if announced is None:
            raise NotFound("sample")
        views = self._casework.views
        views.catch_up(["samples"], until=self._casework.log.head())
        with views.engine.connect() as connection:
            frame = load_frame(
                connection,
                views.tables("samples")["frame"],
                (announced.start, announced.end),
                recorded_by=announced.as_of,
                outcomes=announced.outcomes,
                stratify_by=announced.stratify_by,
            )
        population = Population(frame.pseudonyms, frame.strata, frame.sizes)
        return decisions.Candidates(
            population, lambda place: (UUID(bytes=frame.cases[place]), acted_by(frame.outcomes[place]))
        )

    def _check_drawn(self, events: Sequence[Event]) -> None:
        """Every case that was drawn is in the log as the read model had it. Raises ``RuntimeError`` if one is not."""
        for event in events:
            if not isinstance(event, SampleDrawn):
                continue
            found = self._casework.log.first_events([one.case for one in event.drawn])
            for one in event.drawn:
                recorded = found.get(one.case)
                decision = None if recorded is None else recorded.event
                if not isinstance(decision, FilteringDecisionRecorded) or acted_by(decision.outcome) is not one.acted:
                    raise RuntimeError(
                        "the list of decisions does not agree with the log: rebuild the read model samples"
                    )


def _folded(identifier: UUID, history: Sequence[Happened]) -> Sample:
    """The sample after its history, which may be empty. Raises ``NotFound`` for the history of something else."""
    if history and not isinstance(history[0].event, SampleAnnounced):
        raise NotFound("sample")
    return fold(identifier, history)
