"""The words of the sanction ledger: rights, conduct, and the four factors; nothing here names a person.

Sources: case.md "Sanction ledger"; law.md section 1.4 (UrhDaG section 18), section 3.1 (DSA articles 22 and 23).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from casework.domain.facts import Role


class Right(StrEnum):
    """A right that may be suspended, each apart from the others (case.md, "Sanction ledger")."""

    MARKING = "marking"
    NOTICES = "notices"
    URGENT_MEASURES = "urgent_measures"
    APPEALS = "appeals"
    MANUAL_CLAIMS = "manual_claims"
    AUTOMATIC_BLOCKING = "automatic_blocking"


class Conduct(StrEnum):
    """What a party is warned of. Each kind has a ledger of its own: a warning for one is none for another."""

    WRONG_MARKS = "wrong_marks"
    FALSE_OWNERSHIP = "false_ownership"
    UNFOUNDED_NOTICES = "unfounded_notices"
    UNFOUNDED_APPEALS = "unfounded_appeals"
    WRONG_URGENT_MEASURES = "wrong_urgent_measures"
    WRONG_MANUAL_CLAIMS = "wrong_manual_claims"
    WRONG_AUTOMATIC_BLOCKS = "wrong_automatic_blocks"


class Gravity(StrEnum):
    """How heavy the misuse and its consequences were (DSA art. 23(3)(c))."""

    SLIGHT = "slight"
    CONSIDERABLE = "considerable"
    SERIOUS = "serious"


class Intention(StrEnum):
    """What was found of the party's intention (DSA art. 23(3)(d)); it need not be knowable."""

    NOT_IDENTIFIABLE = "not_identifiable"
    NEGLIGENT = "negligent"
    INTENTIONAL = "intentional"


class Trust(StrEnum):
    """In what a party is trusted: by the platform for urgent blocks, or by an authority as flagger (DSA art. 22)."""

    RIGHT_HOLDER = "right_holder"
    FLAGGER = "flagger"


class SanctionAppealOutcome(StrEnum):
    """What became of a suspension on appeal."""

    UPHELD = "upheld"
    LIFTED = "lifted"


RIGHTS_CONCERNED: Mapping[Role, Mapping[Conduct, frozenset[Right]]] = {
    Role.UPLOADER: {
        Conduct.WRONG_MARKS: frozenset({Right.MARKING}),
        Conduct.UNFOUNDED_APPEALS: frozenset({Right.APPEALS}),
    },
    Role.RIGHT_HOLDER: {
        Conduct.FALSE_OWNERSHIP: frozenset(
            {Right.NOTICES, Right.URGENT_MEASURES, Right.MANUAL_CLAIMS, Right.AUTOMATIC_BLOCKING}
        ),
        Conduct.UNFOUNDED_NOTICES: frozenset({Right.NOTICES}),
        Conduct.UNFOUNDED_APPEALS: frozenset({Right.APPEALS}),
        Conduct.WRONG_URGENT_MEASURES: frozenset({Right.URGENT_MEASURES}),
        Conduct.WRONG_MANUAL_CLAIMS: frozenset({Right.MANUAL_CLAIMS}),
        Conduct.WRONG_AUTOMATIC_BLOCKS: frozenset({Right.AUTOMATIC_BLOCKING}),
    },
}
"""Who can do what wrong, and which rights it may cost.

UrhDaG section 18(1): false claims of ownership cost the procedures of sections 7 and 8; 18(3): wrong urgent blocks cost
that procedure only; 18(5): wrong marks cost marking. DSA art. 23(2): unfounded notices and complaints cost their
processing.
"""

Number = Annotated[int, Field(ge=1)]
"""Counts the suspensions of one ledger from 1."""
