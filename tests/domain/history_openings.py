"""How random histories begin: a decision under any shipped standard, and the settings in which people act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import (
    KnownOfParties,
    Pseudonyms,
    RecordFilteringDecision,
    record_filtering_decision,
)
from casework.domain.decision import WithoutBlock
from casework.domain.facts import Actor, Role
from casework.domain.party.state import CLEAN, Standing
from casework.domain.party.values import Right
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability
from casework.law import Law, read_law, read_standards
from tests.samples import MATCHER, NOON, RIGHT_HOLDER, UPLOADER, binding, decision_line, reference, standard

LAWS: Mapping[str | None, Law] = {
    None: read_law(),
    **{regime.id: read_law(regime.id) for regime in read_law().regimes.all},
}
"""The law by the regime that the platform chose; ``None`` while it has not."""

SHIPPED: tuple[Standard, ...] = read_standards(LAWS[None]).all
STANDARDS: tuple[Standard, ...] = (
    *SHIPPED,
    standard(procedure__restore_on_contest=True),
    standard(procedure__overdue_restores=True, prior_review__on_expiry="hold"),
)
CHINESE = (None, "cn-civil-code", "cn-e-commerce", "cn-network-rights")
BY_FAMILY = {"DE": "de-urhdag", "EU": "eu-dsa", "US": "us-dmca"}
REVIEWERS = tuple(Actor(role=Role.REVIEWER, id=f"r-{number}") for number in range(40))
CONFLICTED = {each.id: "conflict_of_interest" for each in REVIEWERS[:4]}
"""Reviewers in a conflict with a party, as the accounts say."""


@dataclass(frozen=True)
class Setting:
    """What lies outside the case and may change: the regime chosen, and the standings of both parties."""

    chosen: str | None
    standings: Mapping[Role, Standing]


@dataclass(frozen=True)
class Opening:
    """The decision as delivered, what was known then, and what was made of it."""

    command: RecordFilteringDecision
    pseudonyms: Pseudonyms
    known: KnownOfParties
    standard: Standard
    setting: Setting
    personal: tuple[str, ...]
    at: datetime = NOON
    by: Actor = field(default=MATCHER)

    def record(self) -> FilteringDecisionRecorded:
        """Apply the standard; the same decision delivered again gives the same fact."""
        regime = LAWS[self.setting.chosen].regime_of(self.standard)
        return record_filtering_decision(
            self.command, self.pseudonyms, self.known, self.standard, self.at, regime=regime
        )


def _standing(random: Random, rights: tuple[Right, ...], *, trusted: bool) -> Standing:
    if random.random() > 0.15:
        return Standing(trusted=trusted)
    chosen = random.sample(rights, random.randint(1, len(rights)))
    until = random.choice([None, NOON + timedelta(days=3), NOON + timedelta(days=40)])
    return Standing(dict.fromkeys(chosen, until), trusted=trusted, flagger=random.random() < 0.2)


def random_setting(random: Random, governing: Standard) -> Setting:
    """A regime of the standard's family, and standings: mostly clean, sometimes trusted, sometimes suspended."""
    chosen = BY_FAMILY.get(governing.regime) or random.choice((*CHINESE, *CHINESE[1:], *CHINESE[1:]))
    holder = (Right.NOTICES, Right.URGENT_MEASURES, Right.APPEALS)
    standings = {
        Role.UPLOADER: _standing(random, (Right.MARKING, Right.APPEALS), trusted=False),
        Role.RIGHT_HOLDER: _standing(random, holder, trusted=random.random() < 0.7),
    }
    return Setting(chosen, standings)


def random_opening(random: Random) -> Opening:
    """Any share, flags, marks, lists, orders and doubts; about as often blocked as public."""
    governing = random.choice(STANDARDS)
    setting = random_setting(random, governing)
    personal = [f"{what} 李雷 {random.random()}!" for what in ("title", "address", "uploader", "right holder")]
    marks = [
        {"basis": "own_work", "statement": f"statement 李雷 {random.random()}!"}
        for _ in range(random.choice([0, 0, 0, 0, 0, 1, 2]))
    ]
    line = decision_line(random.choice(["0.93", "0.95", "0.90", "0.93", "0.40", "0.70", "0.10"]), marks=marks)
    line["upload"] |= {"title": personal[0], "url": personal[1], "uploader_id": personal[2]}
    line["upload"]["commercial"] = random.random() < 0.2
    line["work"] |= {"right_holder_id": personal[3]}
    _flag(random, line)
    command = RecordFilteringDecision.model_validate(line)
    statements = tuple(reference(mark["statement"]) for mark in marks)
    pseudonyms = Pseudonyms(
        uploader=UPLOADER.id, right_holder=RIGHT_HOLDER.id, description=reference(personal[0]), statements=statements
    )
    texts = (*personal, *(mark["statement"] for mark in marks))
    return Opening(command, pseudonyms, _known(random, setting), governing, setting, texts)


def _flag(random: Random, line: dict[str, Any]) -> None:
    """Works of every haste, evidence with doubts, uploads that were public already."""
    line["work"]["flags"] = random.choice([[], [], ["time_sensitive"], ["high_loss"]])
    line["work"]["kind"] = random.choice(["film", "film", "sports_event", "series"])
    if random.random() < 0.2:
        line["evidence"]["amount"] = {"seconds": "10"}
    if random.random() < 0.4:
        line["upload"]["public_since"] = "2026-06-01T00:00:00+08:00"
    if random.random() < 0.1:
        line["evidence"]["share_of_upload_low"] = "0.05"
    line["evidence"]["share_of_work"] = random.choice(["0.005", "0.033", "0.20", "0.60"])


def _known(random: Random, setting: Setting) -> KnownOfParties:
    uploader = setting.standings.get(Role.UPLOADER, CLEAN)
    holder = setting.standings.get(Role.RIGHT_HOLDER, CLEAN)
    ordered = random.random() < 0.06
    return KnownOfParties(
        no_block=random.random() < 0.06,
        licensed=random.random() < 0.04,
        marking_suspended=uploader.is_suspended(Right.MARKING, NOON),
        order=binding(random.choice([Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED]))
        if ordered
        else None,
        prior_review_requested=random.random() < 0.7,
        urgent_suspended=holder.is_suspended(Right.URGENT_MEASURES, NOON),
        without_block=random.choice(list(WithoutBlock)) if random.random() < 0.06 else None,
    )
