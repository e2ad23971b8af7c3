"""The texts of reports through their door: drafted by one officer, approved by another, read as of any moment.

Each section is a stream of its own. Events hold digests; the words lie in the store of contents, because they are made
for everybody to read. What no officer has approved yet is the draft that comes with the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from pydantic import Field

from casework.application import Casework
from casework.contents import Contents
from casework.domain.facts import Actor, Event
from casework.domain.publication import decisions
from casework.domain.publication.state import Draft, Texts, fold_texts
from casework.domain.publication.values import TextSection, text_stream
from casework.errors import FieldError
from casework.eventlog.vault import Prepared
from casework.reports.narrative import (
    Passage,
    passages_in_force,
    read_passages,
    split,
    unknown_placeholders,
)
from casework.steps import Form, Words


class TextForm(Form):
    """A section in one or both languages, and the day from which it describes what is done."""

    since: date
    en: Words | None = None
    zh: Words | None = None

    def faults(self) -> Iterable[FieldError]:
        """Only what the report can fill in may stand between braces."""
        for name, written in (("en", self.en), ("zh", self.zh)):
            unknown = unknown_placeholders(written or "")
            if unknown:
                detail = f"cannot be filled in: {', '.join(unknown)}"
                yield FieldError(f"/{name}", "placeholder_unknown", detail)


class ApprovalForm(Form):
    """Which draft is agreed to."""

    draft: int = Field(ge=1, strict=True)


class DeclineForm(Form):
    """Which draft is turned down, and why."""

    draft: int = Field(ge=1, strict=True)
    reasons: Words


class Narratives:
    """All sections of one application."""

    def __init__(self, casework: Casework, contents: Contents) -> None:
        self._casework = casework
        self._contents = contents

    def texts(self, section: TextSection, *, as_of: datetime | None = None) -> Texts:
        """All versions of a section now, or as known at a past moment."""
        return fold_texts(section, self._casework.log.load(text_stream(section), until_recorded=as_of))

    def all(self, *, as_of: datetime | None = None) -> Mapping[TextSection, Texts]:
        """All sections in the order of reports."""
        return {section: self.texts(section, as_of=as_of) for section in TextSection}

    def words(self, drafts: Iterable[Draft]) -> Mapping[str, str]:
        """What is written in these versions, by digest."""
        digests = [digest for one in drafts for digest in (one.en, one.zh) if digest is not None]
        return {digest: content.decode() for digest, content in self._contents.get_many(digests).items()}

    def passages(self, as_of: datetime, end: date) -> tuple[Passage, ...]:
        """Every section as a report of a period before ``end`` carries it, as known at ``as_of``."""
        shipped = {one.section: one for one in passages_in_force(read_passages(), end)}
        chosen = {section: texts.in_force(end) for section, texts in self.all(as_of=as_of).items()}
        words = self.words(draft for draft in chosen.values() if draft is not None)
        return tuple(_passage(shipped[section.value], draft, words) for section, draft in chosen.items())

    def unapproved(self, as_of: datetime, end: date) -> tuple[str, ...]:
        """The sections of which no version is approved in both languages as known at ``as_of``."""
        return tuple(section.value for section, texts in self.all(as_of=as_of).items() if texts.in_force(end) is None)

    def draft(self, section: TextSection, form: TextForm, actor: Actor) -> Texts:
        """Write a draft. Raises ``Refused`` and ``Conflict``."""
        kept = [None if one is None else "\n\n".join(split(one)).encode() for one in (form.en, form.zh)]
        put = iter(self._contents.put([one for one in kept if one]))
        en, zh = (next(put) if one else None for one in kept)
        command = decisions.DraftText(since=form.since, en=en, zh=zh)
        return self._write(section, lambda texts: decisions.draft_text(texts, command, actor), actor)

    def approve(self, section: TextSection, form: ApprovalForm, actor: Actor) -> Texts:
        """Agree to a draft. Raises ``Refused`` and ``Conflict``."""
        command = decisions.ApproveText(draft=form.draft)
        return self._write(section, lambda texts: decisions.approve_text(texts, command, actor), actor)

    def decline(self, section: TextSection, form: DeclineForm, actor: Actor) -> Texts:
        """Turn a draft down, or take one's own back. Raises ``Refused`` and ``Conflict``."""
        sealed = self._casework.vault.prepare(f"text:{section.value}", form.reasons.encode())
        command = decisions.DeclineText(draft=form.draft, reasons=sealed.reference)
        return self._write(section, lambda texts: decisions.decline_text(texts, command, actor), actor, words=[sealed])

    def _write(
        self,
        section: TextSection,
        decide: Callable[[Texts], tuple[Event, ...]],
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
    ) -> Texts:
        written = self._casework.streams.write(
            text_stream(section), partial(fold_texts, section), lambda texts, _now: decide(texts), actor, words=words
        )
        return written.state


def _passage(shipped: Passage, draft: Draft | None, words: Mapping[str, str]) -> Passage:
    if draft is None or draft.en is None or draft.zh is None:
        return shipped
    return Passage(
        section=shipped.section,
        since=draft.since,
        title=shipped.title,
        en=split(words[draft.en]),
        zh=split(words[draft.zh]),
        approved_at=draft.decided_at,
    )
