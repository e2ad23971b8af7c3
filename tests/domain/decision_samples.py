"""Situations that the tests of the decision rules start from."""

from __future__ import annotations

from typing import Any

from casework.domain.decision import Situation
from tests.samples import evidence

ASKED: dict[str, Any] = {"work_flags": ("time_sensitive",), "prior_review_requested": True}
"""A flagged work whose right holder asked for prior review."""


def situation(share: str | None = "0.93", *, found: dict[str, Any] | None = None, **changes: Any) -> Situation:
    """A commercial-free video that takes three minutes of a film, unless changed."""
    facts: dict[str, Any] = {"medium": "video", "commercial": False, "work_kind": "film"}
    facts["evidence"] = evidence(share, **(found or {}))
    return Situation.model_validate(facts | changes)
