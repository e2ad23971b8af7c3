"""The words of the trade as types: shares, amounts, marks, outcomes and measures.

Sources: case.md (names), Copyright Law of the People's Republic of China (2020) art. 24 (closed list of lawful
uses), interfaces.md (shapes at the edge). Every model is frozen and refuses what it does not know.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

LONGEST_ID = 200
"""Characters of an opaque id at most (interfaces.md)."""

MOST_DIGITS = 40
"""Digits of a decimal at most: more is not a measurement but an attack."""

_SMALL = 10**15
_is_plain = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,19})?").fullmatch

_LONGEST_NUMBER = 100
"""Characters of a decimal string at most: 40 digits, sign, point and exponent need far fewer."""


class Value(BaseModel):
    """A frozen value that forbids unknown fields. Its errors do not repeat the input, which may be personal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Text(Value):
    """The same text in both languages of the product."""

    en: str
    zh: str


def exact_decimal(value: Any) -> Decimal:
    """Turn a JSON number or a decimal string into an exact decimal.

    Binary floats are refused, because 0.9 as a float is not 0.9: whoever reads JSON reads its numbers as decimals.
    Raises a validation error for NaN, infinities, booleans, and numbers with more than ``MOST_DIGITS`` digits.
    Zero loses its sign.
    """
    # Nearly all numbers are short and plain, and a delivery has very many of them: the rest is for the others.
    kind = type(value)
    if (kind is int and -_SMALL < value < _SMALL) or ((kind is Decimal or kind is str) and _is_plain(str(value))):
        plain = Decimal(value)
        return plain or plain.copy_abs()
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise PydanticCustomError("decimal_type", "must be a JSON number or a decimal string")
    if isinstance(value, str):
        _check_spelling(value)
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise PydanticCustomError("decimal_parsing", "must be a decimal number") from None
    if not number.is_finite():
        raise PydanticCustomError("finite_number", "must be a finite number, not NaN or infinity")
    _, digits, exponent = number.as_tuple()
    if len(digits) > MOST_DIGITS or not -MOST_DIGITS <= int(exponent) <= MOST_DIGITS:
        raise PydanticCustomError("decimal_digits", "must have at most 40 digits")
    return number.copy_abs() if number.is_zero() else number


def _check_spelling(value: str) -> None:
    """Refuse what ``Decimal`` would read but JSON could not say: spaces, underscores, digits of other scripts."""
    if len(value) > _LONGEST_NUMBER:
        raise PydanticCustomError("decimal_digits", "must have at most 40 digits")
    if not value.isascii() or "_" in value or value.strip() != value:
        raise PydanticCustomError("decimal_parsing", "must be a decimal number")


def zoned(value: datetime) -> datetime:
    """Refuse a time without an offset (interfaces.md: RFC 3339 with offset), and keep it in UTC: its one form."""
    if value.tzinfo is None:
        raise PydanticCustomError("timezone_missing", "must carry an offset, such as 2026-06-30T23:59:59+08:00")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_range", "must lie between the years 1 and 9999 in UTC") from None


_BEFORE_TIME = ("T", "t", " ")
"""What stands between date and time in RFC 3339."""


def only_text(value: Any) -> Any:
    """Refuse numbers where a time is due, in digits too: seconds since 1970 are not RFC 3339."""
    if not (isinstance(value, datetime) or (isinstance(value, str) and value[10:11] in _BEFORE_TIME)):
        raise PydanticCustomError("datetime_type", "must be a time such as 2026-06-30T23:59:59+08:00")
    if isinstance(value, str) and value[16:19] == ":60":
        raise PydanticCustomError("leap_second", "must not be a leap second: give second 59 of that minute")
    return value


def storable(value: str) -> str:
    """Refuse NUL and lone surrogates, which no database or JSON document can carry."""
    if value.isprintable():
        return value
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise PydanticCustomError("text_characters", "must not contain NUL or lone surrogate characters")
    return value


Moment = Annotated[datetime, BeforeValidator(only_text), AfterValidator(zoned)]
Exact = Annotated[Decimal, BeforeValidator(exact_decimal)]
Share = Annotated[Decimal, Field(ge=0, le=1), BeforeValidator(exact_decimal)]
"""A fraction in [0, 1] as an exact decimal."""
_TENTHS = tuple(Decimal(tenth).scaleb(-1) for tenth in range(1, 10))


def tenth_of(share: Decimal) -> int:
    """Which tenth a share lies in, 0 to 9: ``[low, high)``, the last one closed (figures.md).

    By comparison: a product is rounded to 28 digits, so that a share just below a limit would count as above it.
    """
    return bisect_right(_TENTHS, share)


Quantity = Annotated[Decimal, Field(ge=0), BeforeValidator(exact_decimal)]
Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_ID, strict=True), AfterValidator(storable)
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strict=True), AfterValidator(storable)]
Sentence = Annotated[str, StringConstraints(max_length=20_000, strict=True), AfterValidator(storable)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]


class Medium(StrEnum):
    """What kind of content the upload is."""

    TEXT = "text"
    AUDIO = "audio"
    IMAGE = "image"
    VIDEO = "video"


class WorkKind(StrEnum):
    """What kind of work is protected."""

    TEXT = "text"
    MUSIC = "music"
    FILM = "film"
    SERIES = "series"
    SPORTS_EVENT = "sports_event"
    IMAGE = "image"
    OTHER_AUDIOVISUAL = "other_audiovisual"


class WorkFlag(StrEnum):
    """Why a right holder may ask for prior human review (product.md A5)."""

    TIME_SENSITIVE = "time_sensitive"
    HIGH_LOSS = "high_loss"


class Method(StrEnum):
    """How the match was found."""

    HASH = "hash"
    METADATA = "metadata"
    KEYWORD = "keyword"
    FINGERPRINT = "fingerprint"


class MarkBasis(StrEnum):
    """Why the uploader says that the use is lawful (product.md C1)."""

    STATUTORY_EXCEPTION = "statutory_exception"
    LICENSED = "licensed"
    PUBLIC_DOMAIN = "public_domain"
    OWN_WORK = "own_work"


EXCEPTIONS: tuple[str, ...] = tuple(f"CN_ART24_{number:02d}" for number in range(1, 14))
"""The thirteen lawful uses of Copyright Law (2020) art. 24(1): a closed list."""


class Rule(StrEnum):
    """The rule that decided, in the order of case.md."""

    ORDER = "order"
    NO_BLOCK = "no_block"
    PRIOR_REVIEW = "prior_review"
    MARKED = "marked"
    DE_MINIMIS = "de_minimis"
    OVERLAP_LIMIT = "overlap_limit"
    NAME_ONLY = "name_only"
    BAND_LOW = "band_low"
    BAND_MIDDLE = "band_middle"
    BAND_HIGH = "band_high"


class Outcome(StrEnum):
    """What the filtering decision said."""

    CLEARED = "cleared"
    PRESUMED_LAWFUL = "presumed_lawful"
    MARKED_LAWFUL = "marked_lawful"
    WARNING = "warning"
    PRESUMED_INFRINGING = "presumed_infringing"
    PRIOR_REVIEW = "prior_review"


class Action(StrEnum):
    """What the platform does with the upload."""

    PUBLISH = "publish"
    HOLD = "hold"
    BLOCK = "block"


class Availability(StrEnum):
    """What the public sees of the upload on account of one case."""

    HELD = "held"
    PUBLIC = "public"
    PUBLIC_LIMITED = "public_limited"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"


class RulingOutcome(StrEnum):
    """What becomes of the platform's initial decision (never of the appeal)."""

    UPHELD = "upheld"
    PARTIALLY_REVERSED = "partially_reversed"
    REVERSED = "reversed"


class ContestGround(StrEnum):
    """Why the uploader says that the block is wrong."""

    STATUTORY_EXCEPTION = "statutory_exception"
    LICENSED = "licensed"
    PUBLIC_DOMAIN = "public_domain"
    OWN_WORK = "own_work"
    MISIDENTIFICATION = "misidentification"
    WRONG_SHARE = "wrong_share"
    OTHER = "other"


class ChallengeGround(StrEnum):
    """Why the right holder says that the use is not lawful."""

    NO_EXCEPTION = "no_exception"
    NO_LICENCE = "no_licence"
    NOT_PUBLIC_DOMAIN = "not_public_domain"
    NOT_OWN_WORK = "not_own_work"
    COMMERCIAL_USE = "commercial_use"
    WRONG_SHARE = "wrong_share"
    OTHER = "other"


class Measure(StrEnum):
    """What a platform does upon an accepted notice: in proportion, so not always removal (Civil Code art. 1195)."""

    NONE = "none"
    LABEL = "label"
    DEMOTE = "demote"
    BLOCK = "block"


MEASURES: Mapping[Measure, Availability] = {
    Measure.NONE: Availability.PUBLIC,
    Measure.LABEL: Availability.PUBLIC_LIMITED,
    Measure.DEMOTE: Availability.PUBLIC_LIMITED,
    Measure.BLOCK: Availability.BLOCKED,
}


class WarningAnswer(StrEnum):
    """What a right holder says to a warning (product.md D2)."""

    NOTIFY = "notify"
    TOLERATE = "tolerate"
    LICENSE = "license"


class PauseCause(StrEnum):
    """Delay outside the right holder's control, not counted in the wait (SPC Reply 2020, no. 3)."""

    NOTARISATION = "notarisation"
    AUTHENTICATION = "authentication"


class OutsideForum(StrEnum):
    """Who decides outside the platform."""

    COURT = "court"
    AUTHORITY = "authority"
    EXTERNAL_BODY = "external_body"


class OutsideOutcome(StrEnum):
    """How an outside proceeding ended, for the platform's initial decision; ``DEFAULT``: not on the merits."""

    UPHELD = "upheld"
    PARTIALLY_REVERSED = "partially_reversed"
    REVERSED = "reversed"
    DEFAULT = "default"
    OMITTED = "omitted"


class ReopeningCause(StrEnum):
    """Why a closed case is opened again (case.md)."""

    NEW_EVIDENCE = "new_evidence"
    REFERENCE_WITHDRAWN = "reference_withdrawn"
    OWNERSHIP_FALSE = "ownership_false"
    AUDIT_DISAGREEMENT = "audit_disagreement"


class ReleaseCause(StrEnum):
    """Why a seat on a panel became free."""

    CONFLICT_OF_INTEREST = "conflict_of_interest"
    EARLIER_PART = "earlier_part"
    BIAS = "bias"
    ABSENCE = "absence"
    DEACTIVATED = "deactivated"


class DeadlineKind(StrEnum):
    """What falls due; the worker asks for each when its moment has come."""

    GRACE = "grace"
    PRIOR_REVIEW = "prior_review"
    WARNING_ANSWER = "warning_answer"
    NOTICE_CURE = "notice_cure"
    COUNTER_NOTICE_CURE = "counter_notice_cure"
    WAIT = "wait"
    RULING = "ruling"
    ORDER = "order"
    EXTERNAL_BODY = "external_body"


class Remedy(StrEnum):
    """Where else help may be sought; nothing bars the way to court (product.md C6)."""

    MARK = "mark"
    CONTEST = "contest"
    CHALLENGE = "challenge"
    COUNTER_NOTICE = "counter_notice"
    FURTHER_REVIEW = "further_review"
    EXTERNAL_BODY = "external_body"
    AUTHORITY = "authority"
    COURT = "court"


class Amount(Value):
    """Absolute size, each unit on its own; ``None`` means unknown, never zero."""

    seconds: Quantity | None = None
    characters: Count | None = None
    words: Count | None = None
    bytes: Count | None = None


class VaultReference(Value):
    """Points at personal data outside the log: item id and salted SHA-256 (design.md, events on disk)."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    digest: Digest


class Evidence(Value):
    """A file that a party puts forward; the bytes and the name lie in the vault.

    ``fingerprint`` is a keyed MAC of the bytes: it tells the same file sent twice, and nothing to whoever has no key. A
    plain hash would let anybody who holds a file prove that it was put forward, even after its erasure.
    """

    id: Identifier
    file: VaultReference
    name: VaultReference
    media_type: Word
    size: Count
    fingerprint: Digest


_of_another_law = re.compile(r"(?!CN_)[A-Z]{2}_[A-Z][A-Z0-9_]{0,60}").fullmatch


def check_provision(basis: MarkBasis, provision: str | None) -> None:
    """A statutory exception names its provision of the closed list; the other bases name none.

    Source: Copyright Law (2020) art. 24(1). The lists of other laws stand in their regimes' files; whether the
    provision is on the list of the regime that governs is a matter of the decision. Raises a validation error.
    """
    if basis is MarkBasis.STATUTORY_EXCEPTION and not (
        provision in EXCEPTIONS or (provision is not None and _of_another_law(provision))
    ):
        raise PydanticCustomError("provision_unknown", "provision must be one of CN_ART24_01 to CN_ART24_13")
    if basis is not MarkBasis.STATUTORY_EXCEPTION and provision is not None:
        raise PydanticCustomError("provision_superfluous", "provision belongs to statutory_exception only")


class Mark(Value):
    """The uploader's word that the use is lawful, with its basis."""

    basis: MarkBasis
    provision: str | None = None
    statement: VaultReference | None = None

    @model_validator(mode="after")
    def _provision_fits(self) -> Mark:
        check_provision(self.basis, self.provision)
        return self


class StatementOfReasons(Value):
    """Why an upload is held, limited or blocked; stands in the event that does it (case.md, invariant 2)."""

    measure: Availability
    standard: Identifier
    rule: Rule | None = None
    bases: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...]
    contest_until: Moment | None = None
