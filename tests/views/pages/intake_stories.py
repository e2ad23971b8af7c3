"""Notices and counter-notices on a site whose platform has chosen its law, played through the door of pages and API."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casework import steps
from casework.database import parse_database_url
from casework.domain.facts import Actor, Role
from casework.domain.values import Measure
from casework.eventlog.clock import SimulatedClock
from tests.views.pages.stories import Story, open_case
from tests.web import START, Site, running, settings_for

LAW = "cn-e-commerce"
COUNTER_LAW = "cn-network-rights"
"""A law under which an accepted counter-notice restores the upload at once and bars another notice."""

NOTICE: Mapping[str, str | bool] = {
    "identity": "Film House Ltd.",
    "ownership_proof": "Registration 2024-117.",
    "location": "https://example.org/v/up-1, 0:40 to 2:10",
    "prima_facie_evidence": "The frames are those of the film.",
    "truthfulness_guarantee": True,
}
COUNTER_NOTICE: Mapping[str, str | bool] = {
    "identity": "A. Critic",
    "location": "https://example.org/v/up-1",
    "prima_facie_evidence": "A review that quotes.",
    "truthfulness_guarantee": True,
}
WHOLE: Mapping[str, str | bool] = {
    "identity": "Film House Ltd.",
    "contact": "law@film-house.example",
    "address": "1 Film Road, Shanghai",
    "work_identified": "The Film, 2024",
    "location": "https://example.org/v/up-1",
    "prima_facie_evidence": "The frames are those of the film.",
    "truthfulness_guarantee": True,
}
"""Every element under ``COUNTER_LAW``, of a notice as of a counter-notice."""


@contextmanager
def site_under(law: str | None, template: Path, folder: Path) -> Iterator[Site]:
    """A site on SQLite whose platform has chosen this law, if one is named; its clock stands until a test moves it."""
    path = folder / "casework.db"
    shutil.copyfile(template, path)
    settings = settings_for(parse_database_url(f"sqlite:///{path}"), regime=law)
    with running(settings, SimulatedClock(START)) as site:
        yield site


def officer_of(site: Site) -> Actor:
    """An intake officer with an account of their own."""
    return Actor(role=Role.INTAKE, id=site.account(Role.INTAKE).id)


def notify(story: Story, elements: Mapping[str, str | bool] = NOTICE, **more: Any) -> Story:
    """The right holder sends a notice, or completes it."""
    form = steps.NoticeForm(elements=dict(elements), measure_sought=Measure.BLOCK, **more)
    steps.notify(story.casework, story.id, story.right_holder, form)
    return story


def decide(story: Story, officer: Actor, **fields: Any) -> Story:
    """An officer decides on what waits for its check."""
    steps.decide_intake(story.casework, story.id, officer, steps.parse(steps.IntakeDecisionForm, fields))
    return story


def measured(site: Site, officer: Actor, measure: str = "block", elements: Mapping[str, Any] = NOTICE) -> Story:
    """A case in which a notice was accepted; the decision was a warning, so every measure is lawful."""
    story = notify(open_case(site, "0.7"), elements)
    return decide(
        story, officer, subject="notice", decision="accept", measure=measure, reasons="It shows the whole scene."
    )


def counter(story: Story, elements: Mapping[str, str | bool] = COUNTER_NOTICE) -> Story:
    """The uploader sends a counter-notice, or completes it."""
    steps.counter(story.casework, story.id, story.uploader, steps.CounterNoticeForm(elements=dict(elements)))
    return story
