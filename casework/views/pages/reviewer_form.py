"""The form of a ruling: what was ticked and typed, what is missing, and the ruling that comes of it (product.md E4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from casework import steps
from casework.domain.case.bases import BASES, INFRINGING_BASES, LAWFUL_BASES, OTHER_LAWS_BASES
from casework.domain.case.panel import Ruling
from casework.domain.case.state import AppealKind, Case
from casework.domain.values import EXCEPTIONS, RulingOutcome
from casework.views.factors import FACTORS, WEIGHTS, factor_question, weigh, weight_label
from casework.views.labels import (
    factor_label,
    legal_basis_label,
    provision_text,
    ruling_label,
)
from casework.views.language import gettext
from casework.views.pages.opinions import meaning_of
from casework.views.presentation import TimelineEntry

MOST_REASONS = 20_000
"""Characters of the reasons in one language at most; the same as in the API."""

MOST_FACTOR_WORDS = 2_000
"""Characters of the words on one factor at most: reasons belong under the reasons."""

STAGES = ("check", "change", "submit", "next")


@dataclass(slots=True)
class RulingDraft:
    """A ruling on its way. ``wrong`` names fields by their id on the page; ``changes`` are news since it was opened."""

    outcome: str = ""
    bases: tuple[str, ...] = ()
    weights: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    reasons_zh: str = ""
    reasons_en: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    changes: Sequence[TimelineEntry] = ()
    refused: str = ""

    @property
    def errors(self) -> list[dict[str, str]]:
        """For the error summary."""
        listed = [{"href": f"#{name}", "text": text} for name, text in self.wrong.items()]
        return [{"href": "#ruling", "text": self.refused}, *listed] if self.refused else listed

    @property
    def typed(self) -> tuple[str, ...]:
        """Every text that was typed, so that none is lost when the form can no longer be sent."""
        texts = (self.reasons_zh, self.reasons_en, *(self.words.get(name, "") for name in FACTORS))
        return tuple(text for text in texts if text)

    def check(self) -> None:
        """Fill ``wrong`` with a sentence for each field that does not fit."""
        wrong = self.wrong
        if self.outcome not in {outcome.value for outcome in RulingOutcome}:
            wrong["outcome"] = gettext("Choose an outcome")
        if not self.bases or not set(self.bases) <= set(BASES):
            wrong["bases"] = gettext("Choose at least one statutory basis")
        for name in FACTORS:
            if self.weights.get(name) not in WEIGHTS:
                wrong[f"{name}-weight"] = gettext("Weigh this factor: %(factor)s") % {"factor": factor_label(name)}
            self._check_text(f"{name}-words", self.words.get(name, ""), MOST_FACTOR_WORDS)
        if not self.reasons_zh and not self.reasons_en:
            wrong["reasons_zh"] = gettext("Give reasons in Chinese, in English, or in both")
        self._check_text("reasons_zh", self.reasons_zh, MOST_REASONS)
        self._check_text("reasons_en", self.reasons_en, MOST_REASONS)

    def _check_text(self, name: str, text: str, most: int) -> None:
        if len(text) > most:
            self.wrong[name] = gettext("Use at most %(most)s characters") % {"most": most}
        elif "\x00" in text:
            self.wrong[name] = gettext("There is a character in the text that cannot be kept")

    def form(self) -> steps.RulingForm:
        """The ruling as the step takes it. Raises ``Invalid`` for what ``check`` would find too."""
        fields = {
            "outcome": self.outcome,
            "bases": self.bases,
            "factors": {name: weigh(self.weights[name], self.words.get(name, "")) for name in FACTORS},
            "evidence_ids": self.evidence,
            "reasons": {"zh": self.reasons_zh or None, "en": self.reasons_en or None},
        }
        return steps.parse(steps.RulingForm, fields)

    def ruling(self) -> Ruling:
        """The ruling for the preview."""
        return Ruling.model_validate(self.form().model_dump(exclude={"reviewer_id"}))

    def key(self, case_id: UUID, token: str) -> str:
        """The same form sent twice, such as by two clicks, is one ruling."""
        return hashlib.sha256(f"{case_id}:{token}:{self.form().model_dump_json()}".encode()).hexdigest()


def read_draft(data: Mapping[str, Any]) -> RulingDraft:
    """What a posted form says, with plain line ends; unknown fields are nobody's business."""
    known = [code for code in BASES if code in values(data, "bases")]
    return RulingDraft(
        outcome=text(data, "outcome"),
        bases=tuple(known),
        weights={name: text(data, f"{name}-weight") for name in FACTORS},
        words={name: text(data, f"{name}-words") for name in FACTORS},
        evidence=tuple(dict.fromkeys(values(data, "evidence")))[:100],
        reasons_zh=text(data, "reasons_zh"),
        reasons_en=text(data, "reasons_en"),
    )


def text(data: Mapping[str, Any], name: str) -> str:
    """A field that comes once; of several the last counts."""
    value = data.get(name, "")
    found = str(value[-1] if isinstance(value, list) and value else value or "")
    return steps.typed(found.replace("\r\n", "\n").replace("\r", "\n"))


def values(data: Mapping[str, Any], name: str) -> list[str]:
    """A field that may come several times."""
    value = data.get(name, [])
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button or checkbox."""

    value: str
    label: str
    hint: str = ""


def outcome_choices(kind: str) -> list[Choice]:
    """The three outcomes with what each means for this upload; ``kind`` is empty in a review before publication."""
    return [Choice(one.value, ruling_label(one.value), meaning_of(kind, one.value)) for one in RulingOutcome]


def weight_choices() -> list[Choice]:
    """The three weights of a factor."""
    return [Choice(one, weight_label(one)) for one in WEIGHTS]


def factor_choices() -> list[Choice]:
    """The four factors with what to look at."""
    return [Choice(one, factor_label(one), factor_question(one)) for one in FACTORS]


def basis_groups(case: Case) -> dict[str, list[Choice]]:
    """Bases by group: ``claimed`` by the uploader, ``lawful``, ``infringing``, and the ``rest`` of article 24.

    Where another law than China's governs, its lawful uses are among the ``lawful``.
    """
    claimed = [mark.provision for mark in case.marks if mark.provision]
    if case.appeal is not None and case.appeal.kind is AppealKind.CONTEST:
        ground = "" if case.appeal.ground is None else case.appeal.ground.value.upper()
        claimed += [ground] if ground in LAWFUL_BASES else []
    first = list(dict.fromkeys(claimed))
    rest = [code for code in EXCEPTIONS if code not in first]
    country = (case.decision.regime or "").partition("-")[0].upper()
    of_law = [code for code in OTHER_LAWS_BASES if code.startswith(f"{country}_")]
    return {
        "claimed": [_basis(code) for code in first],
        "lawful": [_basis(code) for code in (*of_law, *LAWFUL_BASES) if code not in first],
        "infringing": [_basis(code) for code in INFRINGING_BASES],
        "rest": [_basis(code) for code in rest],
    }


def _basis(code: str) -> Choice:
    hints = {
        "LICENSED": gettext("The right holder or somebody who acts for it gave permission for this use."),
        "PUBLIC_DOMAIN": gettext("The work was never protected, or its protection has ended."),
        "OWN_WORK": gettext("The uploader made what was matched, or owns the rights in it."),
        "MISIDENTIFICATION": gettext("What was matched is not this work."),
        "WRONG_SHARE": gettext("The engine measured more of the work than the upload contains."),
        "CN_ART53_01": gettext(
            "The upload makes the work available without permission, and no exception or licence covers it."
        ),
    }
    return Choice(code, legal_basis_label(code), hints.get(code) or provision_text(code))
