"""Settlement between the parties, and the withdrawal of the upload: ways to end a case without a ruling (C5)."""

from __future__ import annotations

from typing import Literal

from casework.domain.case.adjudication import PARTIES
from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import PartiesSettled, SettlementProposed, UploadWithdrawn
from casework.domain.case.reasons import reasons_by_rule
from casework.domain.case.state import Case
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.values import Availability, VaultReference


class Settle(Command):
    """What this side offers: what shall become of the upload, and on which terms."""

    availability: Literal[Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED]
    terms: VaultReference


def may_settle(case: Case, circumstances: Circumstances) -> None:
    """Either side, while an appeal is open: the same for both (invariant 7). Raises ``Refused``."""
    require_party(case, circumstances.actor, *PARTIES)
    if not case.under_appeal:
        raise Refused("no_open_appeal")


def settle(case: Case, command: Settle, circumstances: Circumstances) -> tuple[Event, ...]:
    """Agree with the other side's open offer, or make an offer that replaces what was open and needs agreement anew.

    To agree is to name the very same availability and the very same terms, by their place in the vault: nobody settles
    on words that the other side has not seen. Nothing is agreed against an order in force. The same offer again yields
    no event.
    """
    may_settle(case, circumstances)
    side, open_offer = circumstances.actor.role, case.settlement
    if case.order is not None and command.availability is not case.order:
        raise Refused("against_order", order=case.order.value)
    same = (command.availability, command.terms)
    if open_offer is None or (open_offer.availability, open_offer.terms) != same:
        return (SettlementProposed(side=side, availability=command.availability, terms=command.terms),)
    if open_offer.side is side:
        return ()
    return (
        PartiesSettled(
            appeal=len(case.appeals),
            availability=command.availability,
            statement_of_reasons=reasons_by_rule(case, command.availability, circumstances),
        ),
    )


class WithdrawUpload(Command):
    """The uploader takes the upload away."""


def may_withdraw_upload(case: Case, circumstances: Circumstances) -> None:
    """Only the uploader, in every state, once. Raises ``Refused``."""
    require_party(case, circumstances.actor, Role.UPLOADER)
    if case.withdrawn_at is not None:
        raise Refused("upload_withdrawn")


def withdraw_upload(case: Case, command: WithdrawUpload, circumstances: Circumstances) -> tuple[Event, ...]:
    """The case is moot; what was put forward is kept for its retention. Twice yields no event."""
    require_party(case, circumstances.actor, Role.UPLOADER)
    return () if case.withdrawn_at is not None else (UploadWithdrawn(),)
