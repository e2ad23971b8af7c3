"""Filter requests as they come in from pages and from the API, once for both (product.md B1 to B3).

A form is what stands in the body of a request. Its words go to the vault under the right holder, whole and as JSON;
what the rules need of it, which elements there are and the yardsticks, goes into the event.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from casework.application import Casework
from casework.command_ids import command_key, repeats
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.filter_request import decisions
from casework.domain.filter_request.elements import IDENTIFICATION, OWNERSHIP, Element
from casework.domain.filter_request.events import FilterRequestReceived, RejectionReason, Yardsticks
from casework.domain.filter_request.state import FilterRequest, filter_request_stream, fold
from casework.domain.party.values import Right
from casework.domain.screening.events import Day
from casework.domain.values import Count, Identifier, Quantity, Share, VaultReference, Word, WorkKind
from casework.errors import FieldError, NotFound
from casework.eventlog.vault import Prepared, Vault
from casework.ledger_steps import Cases, OwnershipFindingForm, OwnershipForm, take_work_step
from casework.steps.forms import Form, Words
from casework.steps.keeping import JSON, TEXT
from casework.streams import Decided, Written

Names = Annotated[tuple[Word, ...], Field(max_length=200)]
YARDSTICKS = tuple(Yardsticks.model_fields)
NAMES = ("short_forms", "aliases", "code_names")


class SuppliedForm(Form):
    """``completions``: what proves ownership, what the work is recognised by, further names, yardsticks.

    Every element by its name, in words: what the document says, where a file lies, its digest. At least one is needed.
    """

    authorship_credit: Words | None = None
    chain_of_title: Words | None = None
    release_licence: Words | None = None
    recording_number: Words | None = None
    publication_record: Words | None = None
    original_file: Words | None = None
    organiser_agreement: Words | None = None
    licence_territory_term: Words | None = None
    sample: Words | None = None
    audio_features: Words | None = None
    core_scenes: Words | None = None
    character_images: Words | None = None
    short_forms: Names = ()
    aliases: Names = ()
    code_names: Names = ()
    infringing_seconds: Quantity | None = None
    account_seconds: Quantity | None = None
    frame_share: Share | None = None
    account_uploads: Count | None = None
    repeat_infringers: Words | None = None

    def faults(self) -> Iterable[FieldError]:
        """An empty form says nothing."""
        if not self.supplied() and self.yardsticks() is None and self.repeat_infringers is None:
            yield FieldError("/authorship_credit", "nothing_supplied", "supply at least one element")

    def supplied(self) -> tuple[Element, ...]:
        """Which elements are there; yardsticks are told apart."""
        found = [one for one in (*OWNERSHIP, *IDENTIFICATION) if getattr(self, one.value) is not None]
        return (*found, Element.OTHER_NAMES) if any(getattr(self, name) for name in NAMES) else tuple(found)

    def yardsticks(self) -> Yardsticks | None:
        """The yardsticks, if there is one."""
        given = {name: value for name in YARDSTICKS if (value := getattr(self, name)) is not None}
        return Yardsticks(**given) if given else None


class FilterRequestForm(SuppliedForm):
    """A request to filter: the work, its title, and as much as there is of what the list for its kind asks for.

    ``release_date`` and ``cast`` may be told, but a letter that tells nothing else is rejected at once: it says neither
    whose work it is nor what to look for.
    """

    work: Identifier
    kind: WorkKind
    title: Words
    release_date: Day | None = None
    cast: Words | None = None

    def faults(self) -> Iterable[FieldError]:
        """A bare letter is no fault of form: it is taken in, and rejected with reasons."""
        return ()


class IncompleteForm(Form):
    """``deficiencies``: which elements are asked for, and why what was supplied does not do."""

    missing: Annotated[tuple[Element, ...], Field(min_length=1, max_length=len(Element))]
    remarks: Words


class FilterRejectionForm(Form):
    """``rejections``: for one of the reasons, and in words."""

    reason: RejectionReason
    reasons: Words


class NothingForm(Form):
    """The step says it all."""


class FindingForm(Form):
    """``ownership-findings``: the work does not belong to who asked. ``cases``, if any: where it said so before."""

    finding: Words
    cases: Cases | None = None


# Steps ---------------------------------------------------------------------------------------------------------------


def make_request(
    casework: Casework, actor: Actor, form: FilterRequestForm, *, idempotency_key: str | None = None
) -> tuple[UUID, Written[FilterRequest]]:
    """Take a request in and score it. Raises ``Refused`` (``filter_request_open`` while an earlier one is not over)."""
    key = _key(casework, "filter-requests", actor, idempotency_key, form)
    number = 1
    while history := casework.log.load(stream := filter_request_stream(actor.id, form.work, number)):
        if repeats(history, key):
            return stream, Written(fold(history), (), history[-1].position)
        if not fold(history).is_over:
            raise Refused("filter_request_open")
        number += 1
    content = _content(actor.id, form)
    now = casework.clock.now()
    standing = casework.ledgers.party(Role.RIGHT_HOLDER, actor.id).standing(now)
    command = decisions.MakeFilterRequest(
        work=form.work,
        kind=form.kind,
        request=number,
        supplied=form.supplied(),
        yardsticks=form.yardsticks(),
        content=content.reference,
        suspended=standing.is_suspended(Right.AUTOMATIC_BLOCKING, now),
    )

    def decide(request: FilterRequest, moment: datetime) -> Decided:
        own = decisions.make_filter_request(request, command, actor, moment)
        checked = (decisions.check_at_once(event) for event in own if isinstance(event, FilterRequestReceived))
        return Decided(own, after=tuple(chain.from_iterable(checked)))

    return stream, casework.streams.write(stream, fold, decide, actor, words=[content], command_id=key)


def supply_more(
    casework: Casework, stream: UUID, actor: Actor, form: SuppliedForm, *, idempotency_key: str | None = None
) -> Written[FilterRequest]:
    """Add to a request. Raises ``NotFound`` and ``Refused``."""
    content = _content(actor.id, form)
    command = decisions.SupplyMore(supplied=form.supplied(), yardsticks=form.yardsticks(), content=content.reference)
    key = _key(casework, f"completions:{stream}", actor, idempotency_key, form)
    return _write(casework, stream, actor, decisions.supply_more, command, [content], key)


def ask_for_more(
    casework: Casework, stream: UUID, actor: Actor, form: IncompleteForm, *, idempotency_key: str | None = None
) -> Written[FilterRequest]:
    """Ask for what is lacking. Raises ``NotFound`` and ``Refused``."""
    remarks = _words_about(casework, stream, form.remarks)
    command = decisions.FindFilterRequestIncomplete(missing=form.missing, remarks=remarks.reference)
    key = _key(casework, f"deficiencies:{stream}", actor, idempotency_key, form)
    return _write(casework, stream, actor, decisions.find_incomplete, command, [remarks], key)


def accept(
    casework: Casework, stream: UUID, actor: Actor, *, idempotency_key: str | None = None
) -> Written[FilterRequest]:
    """Accept a request, unless the record of the work stands against it. Raises ``NotFound`` and ``Refused``."""
    made = known(casework, stream).made
    work = casework.ledgers.work(made.work)
    command = decisions.AcceptFilterRequest(
        ownership_false=made.right_holder in work.false_claimants, no_block=work.no_block is not None
    )
    key = _key(casework, f"acceptances:{stream}", actor, idempotency_key, None)
    return _write(casework, stream, actor, decisions.accept_filter_request, command, (), key)


def reject(
    casework: Casework, stream: UUID, actor: Actor, form: FilterRejectionForm, *, idempotency_key: str | None = None
) -> Written[FilterRequest]:
    """Reject a request. Raises ``NotFound`` and ``Refused``."""
    reasons = _words_about(casework, stream, form.reasons)
    command = decisions.RejectFilterRequest(reason=form.reason, reasons=reasons.reference)
    key = _key(casework, f"rejections:{stream}", actor, idempotency_key, form)
    return _write(casework, stream, actor, decisions.reject_filter_request, command, [reasons], key)


def withdraw(
    casework: Casework, stream: UUID, actor: Actor, *, idempotency_key: str | None = None
) -> Written[FilterRequest]:
    """Take a request back. Raises ``NotFound`` and ``Refused``."""
    key = _key(casework, f"withdrawals:{stream}", actor, idempotency_key, None)
    command = decisions.WithdrawFilterRequest()
    return _write(casework, stream, actor, decisions.withdraw_filter_request, command, (), key)


def find_ownership_false(
    casework: Casework, stream: UUID, actor: Actor, form: FindingForm, *, idempotency_key: str | None = None
) -> FilterRequest:
    """Find that the work does not belong to who asked: recorded of the work, from which all else follows (B3).

    The request ends in the same transaction; open cases are reopened and the claimant is warned by what the record of
    the work leads to. Raises ``NotFound``, ``Refused``, and ``Invalid`` for cases of others.
    """
    made = known(casework, stream).made
    said: dict[str, Any] = {"claimant": made.right_holder, "finding": form.finding}
    finding = OwnershipForm(**said) if form.cases is None else OwnershipFindingForm(**said, cases=form.cases)
    take_work_step(casework, "ownership-findings", made.work, actor, finding, idempotency_key=idempotency_key)
    return known(casework, stream)


def known(casework: Casework, stream: UUID) -> FilterRequest:
    """A request that was made. Raises ``NotFound``."""
    request = casework.ledgers.filter_request(stream)
    if not request.version:
        raise NotFound("filter request")
    return request


def _write(
    casework: Casework,
    stream: UUID,
    actor: Actor,
    decide: Callable[[FilterRequest, Any, Actor, datetime], tuple[Event, ...]],
    command: Any,
    words: Iterable[Prepared],
    key: str,
) -> Written[FilterRequest]:
    known(casework, stream)
    return casework.streams.write(
        stream,
        fold,
        lambda request, now: decide(request, command, actor, now),
        actor,
        words=list(words),
        command_id=key,
    )


def _content(subject: str, form: SuppliedForm) -> Prepared:
    said = form.model_dump(mode="json", exclude={"work", "kind"}, exclude_none=True)
    text = json.dumps({name: value for name, value in said.items() if value != []}, ensure_ascii=False)
    return Vault.prepare(subject, text.encode(), JSON)


def _words_about(casework: Casework, stream: UUID, text: str) -> Prepared:
    """What staff write to the right holder concerns the right holder, and goes with it."""
    return Vault.prepare(known(casework, stream).made.right_holder, text.encode(), TEXT)


def _key(casework: Casework, step: str, actor: Actor, given: str | None, form: Form | None) -> str:
    body = "" if form is None else form.model_dump_json()
    return command_key(casework.vault, actor, given, f"{step}\n{body}".encode())


# What is shown -------------------------------------------------------------------------------------------------------


def open_contents(casework: Casework, references: Iterable[VaultReference]) -> Mapping[str, Any]:
    """What was said in all deliveries, the latest word on each thing; empty once it was erased."""
    wanted = list(references)
    opened = casework.vault.open_many(wanted)
    said: dict[str, Any] = {}
    for reference in wanted:
        item = opened.get(reference.id)
        if item is not None:
            said |= json.loads(item.content)
    return said


def words_of_staff(casework: Casework, request: FilterRequest) -> str | None:
    """What an officer wrote with the latest deficiency, rejection or finding; ``None`` for nothing, or once erased."""
    found = None if request.words is None else casework.vault.open(request.words)
    return None if found is None else found.decode("utf-8", "replace")
