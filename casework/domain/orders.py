"""Binding orders as cases and uploads both know them: what is demanded, since when, until when."""

from __future__ import annotations

from casework.domain.values import Availability, Moment, Outcome, OutsideForum, Rule, Value, VaultReference


class BindingOrder(Value):
    """An order of a court or an authority. ``received_at``: of several the latest counts. ``until`` is exclusive.

    ``words`` hold its reference. In another case it is known again by all of this together, so that an order that was
    lifted can be made again, and one that holds be prolonged, under the same reference.
    """

    forum: OutsideForum
    interim: bool
    availability: Availability
    received_at: Moment
    until: Moment | None = None
    words: VaultReference


class Beneath(Value):
    """What the rules of the standard say of an upload that an order covers: it holds once the order falls."""

    rule: Rule
    outcome: Outcome
