"""Binding orders as cases and uploads both know them: what is demanded, since when, until when."""

from __future__ import annotations

from casework.domain.values import Availability, Moment, Outcome, OutsideForum, Rule, Value, VaultReference


class BindingOrder(Value):
    """An order of a court or an authority. ``received_at``: of several the latest counts. ``until`` is exclusive.

    ``words`` hold its reference; by their place in the vault an order is known again in another case.
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
