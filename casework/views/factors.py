"""The four fair-use factors of a ruling: a weight from the form, then words if there are any, kept as one text.

The text is ``favours_use``, ``neutral`` or ``against_use``, followed by ``: `` and the words of the reviewer. Rulings
that come in through the API may say anything; what begins with no weight is words only.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.views.language import gettext

WEIGHTS = ("favours_use", "neutral", "against_use")
FACTORS = ("purpose", "nature", "amount", "market")
_BETWEEN = ": "


@dataclass(frozen=True, slots=True)
class Weighed:
    """One factor as a person weighed it; ``weight`` is empty where only words were given."""

    weight: str
    words: str

    @property
    def label(self) -> str:
        """The weight in the language of the page."""
        return weight_label(self.weight)

    @property
    def text(self) -> str:
        """Weight and words in one sentence."""
        if not self.weight or not self.words:
            return self.label or self.words
        return gettext("%(weight)s: %(words)s") % {"weight": self.label, "words": self.words}


def weight_label(weight: str) -> str:
    """What a weight says, in the language of the page."""
    return {
        "favours_use": gettext("Favours the use"),
        "neutral": gettext("Neutral"),
        "against_use": gettext("Weighs against the use"),
    }.get(weight, "")


def factor_question(name: str) -> str:
    """What to look at for one factor."""
    return {
        "purpose": gettext("Is it criticism, review, teaching or news, or does it only take the place of the work?"),
        "nature": gettext("Is the work published, factual or highly creative?"),
        "amount": gettext("How much was taken, and was it needed for the purpose?"),
        "market": gettext("Does the use harm the normal exploitation of the work or its possible markets?"),
    }.get(name, "")


def weigh(weight: str, words: str) -> str:
    """The text that is kept."""
    return f"{weight}{_BETWEEN}{words}" if words else weight


def weighed(text: str) -> Weighed:
    """Read a kept text."""
    weight, _between, words = text.partition(_BETWEEN)
    return Weighed(weight, words) if weight in WEIGHTS else Weighed("", text)
