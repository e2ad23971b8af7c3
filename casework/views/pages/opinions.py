"""What reviewers ruled, for those who may read it: without names, in an order that says nothing of who came first.

Nothing here opens a ruling that is still sealed, but for the one who wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.application import Casework
from casework.domain.case.panel import Ruling
from casework.domain.case.state import Case
from casework.domain.values import RulingOutcome, VaultReference
from casework.errors import NotFound
from casework.views.factors import FACTORS, Weighed, weighed
from casework.views.labels import factor_label, legal_basis_label, prior_review_meaning, ruling_label, ruling_meaning
from casework.views.language import Language, current_language, gettext


@dataclass(frozen=True, slots=True)
class Opinion:
    """One ruling as pages show it. ``reasons`` are (language tag, text); everything said is missing once erased."""

    title: str
    outcome: RulingOutcome
    label: str
    meaning: str
    bases: tuple[str, ...]
    factors: Mapping[str, Weighed]
    reasons: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    own: bool = False

    @property
    def basis_labels(self) -> tuple[str, ...]:
        """The bases in words."""
        return tuple(legal_basis_label(code) for code in self.bases)

    @property
    def factor_rows(self) -> tuple[tuple[str, Weighed], ...]:
        """The factors with their names."""
        return tuple((factor_label(name), self.factors[name]) for name in FACTORS if name in self.factors)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One point on which two rulings agree or differ; ``first`` and ``second`` say what each holds.

    ``quoted``: these are the reviewers' own words, in whatever language they wrote.
    """

    point: str
    agree: bool
    first: str
    second: str
    quoted: bool = False


def meaning_of(kind: str, outcome: str) -> str:
    """What a ruling means for the upload; without an appeal it ends the review before publication."""
    return ruling_meaning(kind, outcome) if kind else prior_review_meaning(outcome)


def opinion(title: str, kind: str, said: Ruling, file_names: Mapping[str, str], *, own: bool = False) -> Opinion:
    """A ruling in the words of a page; ``file_names`` by evidence id."""
    return Opinion(
        title=title,
        outcome=said.outcome,
        label=ruling_label(said.outcome.value),
        meaning=meaning_of(kind, said.outcome.value),
        bases=said.bases,
        factors={name: weighed(getattr(said.factors, name)) for name in FACTORS},
        reasons=reasons_by_language(said.reasons.zh, said.reasons.en),
        files=tuple(file_names[one] for one in said.evidence_ids if one in file_names),
        own=own,
    )


def reasons_by_language(chinese: str | None, english: str | None) -> tuple[tuple[str, str], ...]:
    """Reasons with the language tag of each, those in the language of the page first."""
    given = [(Language.ZH, chinese), (Language.EN, english)]
    given.sort(key=lambda pair: pair[0] is not current_language())
    return tuple((language.html_lang, text) for language, text in given if text)


def own_opinion(casework: Casework, case: Case, reviewer: str, file_names: Mapping[str, str]) -> Opinion | None:
    """The ruling that this reviewer gave; ``None`` where there is none or its words were erased."""
    for submission in case.submitted:
        if submission.reviewer == reviewer:
            said = _read(casework, submission.sealed)
            return None if said is None else opinion(gettext("Your ruling"), _kind(case), said, file_names, own=True)
    return None


def opened_opinions(
    casework: Casework, case_id: UUID, case: Case, reviewer: str, file_names: Mapping[str, str]
) -> tuple[Opinion, ...]:
    """The rulings whose seals are broken: the first two by a hash, then that of the third reviewer."""
    first_two = sorted(case.opened[:2], key=lambda opened: _order(case_id, opened.content))
    titles = (gettext("Ruling A"), gettext("Ruling B"), gettext("Ruling of the third reviewer"))
    found = []
    for title, opened in zip(titles, (*first_two, *case.opened[2:3]), strict=False):
        said = _read(casework, opened.content)
        own = opened.reviewer == reviewer
        if said is not None:
            found.append(opinion(title, _kind(case), said, file_names, own=own))
        else:
            label, meaning = ruling_label(opened.outcome.value), meaning_of(_kind(case), opened.outcome.value)
            found.append(Opinion(title, opened.outcome, label, meaning, opened.bases, {}, (), (), own))
    return tuple(found)


def compare(opinions: Sequence[Opinion]) -> tuple[Comparison, ...]:
    """Where the first two rulings agree and differ: outcome, bases, and the weight of each factor."""
    if len(opinions) < 2:
        return ()
    one, two = opinions[0], opinions[1]
    between = gettext("; ")
    bases = (between.join(one.basis_labels), between.join(two.basis_labels))
    rows = [
        Comparison(gettext("Outcome"), one.outcome is two.outcome, one.label, two.label),
        Comparison(gettext("Statutory basis"), set(one.bases) == set(two.bases), *bases),
    ]
    for name in FACTORS:
        if name in one.factors and name in two.factors:
            first, second = one.factors[name], two.factors[name]
            same = first.weight == second.weight if first.weight and second.weight else first == second
            quoted = not (first.label and second.label)
            said = (first.label or first.words, second.label or second.words)
            rows.append(Comparison(factor_label(name), same, *said, quoted))
    return tuple(rows)


def _kind(case: Case) -> str:
    return "" if case.appeal is None else case.appeal.kind.value


def _order(case_id: UUID, content: VaultReference) -> bytes:
    return hashlib.sha256(f"{case_id}:{content.digest}".encode()).digest()


def _read(casework: Casework, reference: VaultReference) -> Ruling | None:
    try:
        return casework.ruling(reference)
    except NotFound:
        return None
