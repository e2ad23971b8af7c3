"""What the figures of a report rest on beside the log: times that standards and regimes set, and working days.

Whoever counts the report again needs these and nothing else of the program. Each standard and regime comes with the
SHA-256 of all that it says, so that what stands here can be held against what was published.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from casework.domain.calendars import Calendar
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard, Standards
from casework.law import Law


def rules_document(standards: Standards, law: Law) -> dict[str, Any]:
    """Every standard and regime that a case may be under, and the calendars of regimes that name a last day."""
    dated = {regime.calendar for regime in law.regimes.all if regime.wait.latest is not None}
    return {
        "standards": {standard.id: _standard(standard) for standard in standards.all},
        "regimes": {regime.id: _regime(regime) for regime in law.regimes.all},
        "calendars": {name.value: _calendar(law.calendars[name]) for name in sorted(dated)},
    }


def digest_of(published: BaseModel) -> str:
    """SHA-256 of a standard or regime: the document that the API answers, without its links, as canonical JSON.

    That is with sorted keys and no spaces; there are no floats in it (RFC 8785).
    """
    canonical = json.dumps(published.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _standard(standard: Standard) -> dict[str, Any]:
    review = standard.prior_review
    return {
        "digest": digest_of(standard),
        "time_zone": standard.procedure.time_zone,
        "ruling_due_days": standard.procedure.ruling_due_days,
        "prior_review": {
            "due_minutes": review.due_minutes,
            "due_minutes_time_sensitive": review.due_minutes_time_sensitive,
        },
    }


def _regime(regime: Regime) -> dict[str, Any]:
    wait = regime.wait
    return {
        "digest": digest_of(regime),
        "calendar": regime.calendar.value,
        "wait": {
            "kind": wait.kind.value,
            "starts": None if wait.starts is None else wait.starts.value,
            "latest": wait.latest,
        },
    }


def _calendar(calendar: Calendar) -> dict[str, Any]:
    return {
        "every_day": calendar.every_day,
        "years": sorted(calendar.years),
        "holidays": sorted(day.isoformat() for day in calendar.holidays),
        "make_up_days": sorted(day.isoformat() for day in calendar.make_up_days),
    }
