"""The words of fees: money and its currency, what is charged for, by what it is counted, why it is waived."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from casework.domain.values import Value, Word, exact_decimal

PLACES = 4
"""Decimal places of an amount at most: no currency has more (ISO 4217)."""

SMALLEST = Decimal(1).scaleb(-PLACES)

CURRENCIES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XCG",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWG",
    ]
)
"""Codes of the money that is in use (ISO 4217)."""


class FeeService(StrEnum):
    """What a fee is for: one of the services to right holders and uploaders (product.md B, C, D)."""

    FILTER_REQUEST = "filter_request"
    PRIOR_REVIEW = "prior_review"
    CHALLENGE = "challenge"
    CONTEST = "contest"
    NOTICE = "notice"
    EXTERNAL_BODY = "external_body"
    OTHER = "other"


class FeeUnit(StrEnum):
    """By what a fee is counted."""

    REQUEST = "request"
    WORK = "work"
    CASE = "case"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"


class WaiverReason(StrEnum):
    """Why a charge is waived; ``APPEAL_SUCCEEDED``: whoever was right pays nothing (DSA art. 21(5))."""

    APPEAL_SUCCEEDED = "appeal_succeeded"
    CHARGED_IN_ERROR = "charged_in_error"
    HARDSHIP = "hardship"
    PUBLIC_INTEREST = "public_interest"
    GOODWILL = "goodwill"


def _to_the_place(value: Decimal) -> Decimal:
    # Not by quantizing: that fails for amounts of more digits than arithmetic is set to.
    if (Fraction(value) / Fraction(SMALLEST)).denominator != 1:
        raise PydanticCustomError("decimal_max_places", "must have at most 4 decimal places")
    return value


def _known_currency(value: str) -> str:
    if value not in CURRENCIES:
        raise PydanticCustomError("currency_unknown", "must be a currency of ISO 4217, such as CNY")
    return value


_is_code = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?").fullmatch


def _plain_code(value: str) -> str:
    if not _is_code(value):
        raise PydanticCustomError(
            "item_code", "must be 1 to 60 small letters, digits, hyphens and underscores, such as prior-review"
        )
    return value


Money = Annotated[Decimal, Field(ge=0, lt=10**8), BeforeValidator(exact_decimal), AfterValidator(_to_the_place)]
"""The fee for one: exact, below a hundred million of its currency."""

Sum = Annotated[Decimal, Field(ge=0), BeforeValidator(exact_decimal), AfterValidator(_to_the_place)]
"""An amount that was computed from fees: exact."""

Currency = Annotated[str, StringConstraints(strict=True), AfterValidator(_known_currency)]
ItemCode = Annotated[str, StringConstraints(strict=True), AfterValidator(_plain_code)]
Times = Annotated[int, Field(ge=1, le=10_000, strict=True)]
"""How many units are charged at once."""

Number = Annotated[int, Field(ge=1, le=10**6, strict=True)]


class Names(Value):
    """What an item is called, in both languages."""

    en: Word
    zh: Word


class FeeItem(Value):
    """One line of a schedule: what one unit of it costs; an ``amount`` of nought says that it is free."""

    code: ItemCode
    names: Names
    service: FeeService
    amount: Money
    currency: Currency
    unit: FeeUnit
