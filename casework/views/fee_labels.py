"""What the codes of fees and of erasure say to people."""

from __future__ import annotations

from decimal import Decimal

from casework.domain.fees.values import Names
from casework.views import formatting
from casework.views.language import Language, current_language, gettext


def fee_service_label(code: str) -> str:
    """What a fee is for."""
    return {
        "filter_request": gettext("Filter requests and references"),
        "prior_review": gettext("Prior human review"),
        "challenge": gettext("Challenges"),
        "contest": gettext("Contests"),
        "notice": gettext("Notices"),
        "external_body": gettext("External dispute body"),
        "other": gettext("Other"),
    }.get(code, code)


def fee_unit_label(code: str) -> str:
    """By what a fee is counted."""
    return {
        "request": gettext("per request"),
        "work": gettext("per work"),
        "case": gettext("per case"),
        "hour": gettext("per hour"),
        "month": gettext("per month"),
        "year": gettext("per year"),
    }.get(code, code)


def waiver_reason_label(code: str) -> str:
    """Why a charge was waived."""
    return {
        "appeal_succeeded": gettext("The appeal succeeded"),
        "charged_in_error": gettext("Charged in error"),
        "hardship": gettext("Hardship"),
        "public_interest": gettext("Public interest"),
        "goodwill": gettext("Goodwill"),
    }.get(code, code)


def erasure_reason_label(code: str) -> str:
    """Why personal data are kept for now."""
    return {
        "proceedings_open": gettext("Proceedings are still open"),
        "legal_claims": gettext("Kept for legal claims"),
        "legal_duty": gettext("The law demands that they are kept"),
        "not_the_person": gettext("The request did not come from the person"),
    }.get(code, code)


def in_words(names: Names) -> str:
    """The name of an item in the language of the page."""
    return names.zh if current_language() is Language.ZH else names.en


def money(amount: Decimal, currency: str) -> str:
    """An exact amount with its currency."""
    return f"{formatting.format_money(amount)} {currency}"
