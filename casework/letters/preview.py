"""Letters as they would go out, before a step is taken: nothing is stored and nothing is decided for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from uuid import UUID

from casework.application import Casework
from casework.domain.case.decisions import decide
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Command
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import Prepared
from casework.letters.kinds import SIDES
from casework.letters.letter import Letter
from casework.letters.writing import Correspondence
from casework.steps import IntakeDecisionForm
from casework.steps.notices import intake_command


def preview(
    casework: Casework,
    case_id: UUID,
    command: Command,
    actor: Actor,
    zone: tzinfo,
    *,
    words: Sequence[Prepared] = (),
) -> list[Letter]:
    """The letters that a step would make, the uploader's first.

    ``words`` are what the command's references point to. Raises ``NotFound``, and ``Refused`` as the step would.
    """
    history = casework.history(case_id)
    case: Case = casework.case(case_id)
    events = decide(case, command, casework.circumstances(case, actor))
    now, last = casework.clock.now(), history[-1]
    planned = [
        Recorded(
            position=last.position + place,
            stream=last.stream,
            version=last.version + place,
            event=event,
            occurred=now,
            recorded=now,
            by=actor,
            command="preview",
            cause=None,
        )
        for place, event in enumerate(events, start=1)
    ]
    drafts = {one.id: one.content for one in words}
    posts = Correspondence(casework, case_id, [*history, *planned], zone, drafts)
    known = Correspondence(casework, case_id, history, zone)
    return [
        posts.letter(side, heading.number)
        for side in SIDES
        for heading in posts.headings(side)[len(known.headings(side)) :]
    ]


def preview_intake(
    casework: Casework, case_id: UUID, form: IntakeDecisionForm, actor: Actor, zone: tzinfo
) -> list[Letter]:
    """The letters that a decision of intake would make (ux.md, habit 8), from its form."""
    words: list[Prepared] = []
    command = intake_command(case_id, casework.case(case_id), form, words)
    return preview(casework, case_id, command, actor, zone, words=words)
