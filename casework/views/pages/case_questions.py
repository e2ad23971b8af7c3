"""Questions of a step as pages ask them: described once, drawn by one template, read back and checked here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from casework.errors import Invalid
from casework.steps import typed
from casework.views.language import gettext
from casework.views.presentation.required import joined

MOST_CHARACTERS = 20_000
"""Characters of one text at most; the same as in the API."""

YES = "yes"
"""What a ticked box sends."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One field with its own label, why it is asked, and the article that asks for it.

    ``kind`` is line, words, choice, confirm, number, day or moment. ``statement`` is what a box confirms.
    """

    name: str
    kind: str
    label: str
    hint: str = ""
    why: str = ""
    article: str = ""
    choices: tuple[Choice, ...] = ()
    needed: bool = True
    statement: str = ""

    @property
    def explanation(self) -> str:
        """How to answer, why it is asked, and the article that asks for it."""
        return joined(joined(self.hint, self.why), self.article)

    def shown(self, value: str) -> str:
        """An answer as the check page repeats it."""
        if self.kind == "confirm":
            return self.statement if value else gettext("No")
        if self.kind == "choice":
            return next((one.label for one in self.choices if one.value == value), value)
        return value.replace("T", " ") if self.kind == "moment" else value


@dataclass(frozen=True, slots=True)
class StepForm:
    """The form of one step. ``staged``: the answers are shown once more before anything is sent.

    ``folded``: closed until somebody needs it. ``warning``: what cannot be undone. ``fixed``: hidden answers.
    """

    step: str
    title: str
    button: str
    questions: tuple[Question, ...]
    intro: tuple[str, ...] = ()
    staged: bool = False
    folded: bool = False
    warning: str = ""
    link: str = ""


def read_answers(questions: Sequence[Question], fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What was answered, by the names of the questions, with plain line ends and without blanks around it."""
    found = {}
    for question in questions:
        values = fields.get(question.name, ())
        found[question.name] = typed(values[-1].replace("\r\n", "\n").replace("\r", "\n")) if values else ""
    return found


def check_answers(questions: Sequence[Question], values: Mapping[str, str], zone: tzinfo) -> dict[str, str]:
    """What is wrong, each with the sentence that stands beside its field."""
    return dict(_faults(questions, values, zone))


def _faults(questions: Sequence[Question], values: Mapping[str, str], zone: tzinfo) -> Iterator[tuple[str, str]]:
    for question in questions:
        value = values[question.name]
        if not value:
            if question.needed:
                yield question.name, _missing(question)
        elif len(value) > MOST_CHARACTERS:
            yield question.name, gettext("Use at most %(most)s characters") % {"most": MOST_CHARACTERS}
        elif "\x00" in value:
            yield question.name, gettext("There is a character in the text that cannot be kept")
        elif question.kind == "choice" and value not in {one.value for one in question.choices}:
            yield question.name, gettext("Choose one of the answers")
        elif question.kind == "number" and not (value.isascii() and value.isdigit() and len(value) < 7 and int(value)):
            yield question.name, gettext("Give a whole number, such as 12")
        elif question.kind in ("day", "moment") and read_moment(value, zone) is None:
            yield question.name, gettext("Give a day, such as 2026-07-01")


def misfits(questions: Sequence[Question], invalid: Invalid) -> dict[str, str]:
    """What the step itself found wrong with an answer that looks right, each beside its field; others are left out."""
    kinds = {one.name: one.kind for one in questions}
    found = {}
    for error in invalid.errors:
        name = error.pointer.lstrip("/").partition("/")[0]
        if kinds.get(name) == "number":
            found[name] = gettext("Give a smaller number")
        elif kinds.get(name) in ("day", "moment"):
            found[name] = gettext("Give a day, such as 2026-07-01")
    return found


def _missing(question: Question) -> str:
    if question.kind == "confirm":
        return gettext("Confirm: %(label)s") % {"label": question.label}
    if question.kind == "choice":
        return gettext("Choose an answer: %(label)s") % {"label": question.label}
    return gettext("Fill in: %(label)s") % {"label": question.label}


def read_moment(value: str, zone: tzinfo) -> datetime | None:
    """A day (its beginning) or a minute where the platform is; ``None`` for what is neither."""
    try:
        if "T" in value or " " in value:
            found = datetime.fromisoformat(value)
        else:
            found = datetime.combine(date.fromisoformat(value), time())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
