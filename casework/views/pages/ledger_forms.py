"""Forms of ledgers and records on pages: described once, shown by one template, read back into what the API takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, tzinfo
from typing import Any

from casework import steps
from casework.domain.facts import Refused
from casework.errors import Invalid
from casework.eventlog.store import Conflict
from casework.views.language import gettext
from casework.views.refusals import refusal_text

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"[0-9]{1,16}")
_GAPS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``kind`` is text, words, lines, choice, codes, cases, case, day, date, number or decimal.

    Or a ``number_choice``, which becomes the chosen number. A ``day`` becomes the moment at which it begins, a
    ``date`` stays one; ``codes`` are any number of the choices.
    """

    name: str
    kind: str
    label: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = True


@dataclass(frozen=True, slots=True)
class RecordForm:
    """A form of a page: where it is sent, its fields, what was typed and what is wrong with it.

    ``start_token``: what was recorded when it was opened, by which a second click is recognised.
    """

    step: str
    title: str
    button: str
    fields: tuple[Field, ...]
    hint: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    start_token: str = ""

    @property
    def id(self) -> str:
        """Its id on the page: the step, and the number of what it is about."""
        return "-".join([self.step, *(value for name, value in self.fixed.items() if name != "work")])

    @property
    def errors(self) -> list[dict[str, str]]:
        """For the error summary."""
        listed = [{"href": f"#{self.id}-{name}", "text": said} for name, said in self.wrong.items()]
        return [{"href": f"#{self.id}", "text": self.refused}, *listed] if self.refused else listed


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: taken, or the form to be shown again."""

    again: RecordForm | None = None


def send(
    form: RecordForm, shape: type[steps.Form], data: Mapping[str, Any], zone: tzinfo, take: Callable[[Any], object]
) -> Sent:
    """Read the form and take its step; days are those of ``zone``. What was typed is never lost."""
    values = {one.name: _codes(data, one.name) if one.kind == "codes" else _text(data, one.name) for one in form.fields}
    form = replace(form, values=values)
    try:
        take(steps.parse(shape, {**_numbers(form.fixed), **_read(form.fields, values, zone)}))
    except Invalid as invalid:
        return Sent(replace(form, wrong=_wrong(form.fields, invalid)))
    except Refused as refused:
        return Sent(replace(form, refused=refusal_text(refused)))
    except Conflict:
        again = gettext("Others changed this at the same moment. Nothing was saved; please try again.")
        return Sent(replace(form, refused=again))
    return Sent()


def find_form(forms: Sequence[RecordForm], step: str, data: Mapping[str, Any]) -> RecordForm | None:
    """The form of a page that was sent, by its step and what is fixed in it."""
    for form in forms:
        if form.step == step and all(_text(data, name) == value for name, value in form.fixed.items()):
            return form
    return None


def with_form(forms: Sequence[RecordForm], again: RecordForm | None) -> list[RecordForm]:
    """The forms of a page with the one that is shown again in its place."""
    return [again if again is not None and one.id == again.id else one for one in forms]


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    written = value[-1] if isinstance(value, list) and value else value
    return steps.typed(written.replace("\r\n", "\n")) if isinstance(written, str) else ""


def _codes(data: Mapping[str, Any], name: str) -> str:
    """All that was chosen, one a line."""
    value = data.get(name, [])
    return "\n".join(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _numbers(fixed: Mapping[str, str]) -> dict[str, Any]:
    return {name: int(value) if _DIGITS.fullmatch(value) else value for name, value in fixed.items()}


def _read(fields: Sequence[Field], values: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """What was typed as the API would take it; an empty field is left out."""
    found: dict[str, Any] = {}
    for one in fields:
        written = values[one.name]
        if not written:
            continue
        if one.kind == "cases":
            found[one.name] = [_case(part) for part in _GAPS.split(written) if part]
        elif one.kind in ("lines", "codes"):
            found[one.name] = [line.strip() for line in written.splitlines() if line.strip()]
        elif one.kind == "case":
            found[one.name] = _case(written)
        elif one.kind in ("number", "number_choice"):
            plain = written.replace(",", "").replace(" ", "")
            found[one.name] = int(plain) if _DIGITS.fullmatch(plain) else written
        elif one.kind == "decimal":
            found[one.name] = written.replace(",", "").replace(" ", "")
        elif one.kind == "day":
            found[one.name] = _day(written, zone)
        else:
            found[one.name] = written
    return found


def _case(written: str) -> str:
    """The id of a case, whatever address it stands in."""
    found = _UUID.search(written)
    return written if found is None else found.group()


def _day(written: str, zone: tzinfo) -> str:
    """The beginning of a day where the platform is, as the API takes it; what is no day stays as it is."""
    try:
        return datetime.combine(date.fromisoformat(written), time(), zone).isoformat()
    except ValueError:
        return written


def _wrong(fields: Sequence[Field], invalid: Invalid) -> dict[str, str]:
    by_name = {one.name: one for one in fields}
    wrong: dict[str, str] = {}
    for error in invalid.errors:
        name = error.pointer.strip("/").partition("/")[0]
        found = by_name.get(name) or next(iter(by_name.values()))
        wrong.setdefault(found.name, _sentence(found, error.code))
    return {one.name: wrong[one.name] for one in fields if one.name in wrong}


def _sentence(one: Field, code: str) -> str:
    if code == "not_a_case_of_this_party":
        return gettext("Give only cases of this very party")
    if code == "missing":
        return gettext("Fill in: %(label)s") % {"label": one.label}
    return {
        "choice": gettext("Choose one of the answers"),
        "number_choice": gettext("Choose one of the answers"),
        "codes": gettext("Choose at least one"),
        "cases": gettext("Give the ids of cases, one on each line"),
        "case": gettext("Give the id of a case"),
        "day": gettext("Give a day, such as 2026-07-01"),
        "date": gettext("Give a day, such as 2026-07-01"),
        "number": gettext("Give a whole number, such as 12"),
        "decimal": gettext("Give an amount, such as 1500000"),
    }.get(one.kind, gettext("This does not fit: %(label)s") % {"label": one.label})
