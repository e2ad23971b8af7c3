"""Ledgers of parties, records of works and the platform's profile: streams beside the cases.

They are written through ``casework.streams``. What decisions on cases may know of them is looked up here as well, for
many cases at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from casework.domain.case.intake import NOTHING_KNOWN, KnownOfParties
from casework.domain.case.state import Case
from casework.domain.decision import WithoutBlock
from casework.domain.facts import Actor, Command, Event, Role
from casework.domain.filter_request import decisions as of_filter_requests
from casework.domain.filter_request import state as filter_request_state
from casework.domain.filter_request.events import FilterRequestReceived
from casework.domain.filter_request.state import FilterRequest, filter_request_stream
from casework.domain.orders import BindingOrder
from casework.domain.party import decisions as of_parties
from casework.domain.party import state as party_state
from casework.domain.party.state import Ledger, Standing, party_stream
from casework.domain.party.values import Right
from casework.domain.platform import decisions as of_platform
from casework.domain.platform import state as platform_state
from casework.domain.platform.state import PLATFORM_STREAM, Platform, filtering_duty_applies
from casework.domain.policies import when_order_changes_bind_upload, when_ownership_found_false_end_filter_request
from casework.domain.upload import decisions as of_uploads
from casework.domain.upload import state as upload_state
from casework.domain.upload.state import Upload, upload_stream
from casework.domain.work import decisions as of_works
from casework.domain.work import state as work_state
from casework.domain.work.events import OwnershipFoundFalse
from casework.domain.work.state import Work, WorkStanding, work_stream
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Append
from casework.eventlog.vault import Prepared
from casework.streams import CLOCK, Decided, JustHappened, Streams, Written

_Decide = Callable[[Any, Any, Actor, datetime], tuple[Event, ...]]

DECISIONS: Mapping[type[Command], _Decide] = {
    of_parties.WarnOfConduct: of_parties.warn_of_conduct,
    of_parties.AcceptGoodFaithDefence: of_parties.accept_good_faith_defence,
    of_parties.FindBadFaith: of_parties.find_bad_faith,
    of_parties.AssessConduct: of_parties.assess_conduct,
    of_parties.SuspendRight: of_parties.suspend_right,
    of_parties.LiftSuspension: of_parties.lift_suspension,
    of_parties.LodgeSanctionAppeal: of_parties.lodge_sanction_appeal,
    of_parties.DecideSanctionAppeal: of_parties.decide_sanction_appeal,
    of_parties.GrantTrust: of_parties.grant_trust,
    of_parties.EndTrust: of_parties.end_trust,
    of_parties.ReportTrustedFlagger: of_parties.report_trusted_flagger,
    of_works.ListNoBlock: of_works.list_no_block,
    of_works.DelistNoBlock: of_works.delist_no_block,
    of_works.RecordLicence: of_works.record_licence,
    of_works.EndLicence: of_works.end_licence,
    of_works.RequestPriorReview: of_works.request_prior_review,
    of_works.AcceptPriorReview: of_works.accept_prior_review,
    of_works.RefusePriorReview: of_works.refuse_prior_review,
    of_works.WithdrawPriorReview: of_works.withdraw_prior_review,
    of_works.WithdrawReference: of_works.withdraw_reference,
    of_works.ReinstateReference: of_works.reinstate_reference,
    of_works.FindOwnershipFalse: of_works.find_ownership_false,
    of_works.ConfirmOwnership: of_works.confirm_ownership,
    of_platform.DeclareProfile: of_platform.declare_profile,
}


class UploadVersion(NamedTuple):
    """One version of an upload, as engines name it."""

    id: str
    version: int


class Claim(NamedTuple):
    """Whose upload, in whose name claimed, of which work: what is looked up for a filtering decision."""

    uploader: str
    right_holder: str
    work: str
    upload: UploadVersion | None = None


KnownOf = Callable[[Sequence[Claim]], Sequence[KnownOfParties]]
"""What is known of parties and works of some decisions at once, in their order; one look-up for all of them."""


def nothing_known(claims: Sequence[Claim]) -> Sequence[KnownOfParties]:
    """Where nothing is on record of parties and works."""
    return [NOTHING_KNOWN] * len(claims)


class Standings(NamedTuple):
    """What decisions on one case may know beside it."""

    parties: Mapping[Role, Standing]
    work: WorkStanding


class Ledgers:
    """Everything that is recorded beside the cases, for one application."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._log = streams.log
        self._clock = streams.clock
        self._more = False

    def party_history(self, side: Role, party: str) -> list[Recorded]:
        """All events of a party's ledger; empty where nothing is recorded."""
        return self._log.load(party_stream(side, party))

    def party(self, side: Role, party: str) -> Ledger:
        """The ledger of a party; a clean sheet where nothing is recorded."""
        return party_state.fold(party, side, self.party_history(side, party))

    def work_history(self, work: str) -> list[Recorded]:
        """All events of a work's record; empty where nothing is recorded."""
        return self._log.load(work_stream(work))

    def work(self, work: str) -> Work:
        """The record of a work; an empty one where nothing is recorded."""
        return work_state.fold(work, self.work_history(work))

    def latest_filter_request(self, right_holder: str, work: str) -> tuple[UUID, list[Recorded]] | None:
        """The stream and history of a right holder's latest request for a work, if it ever made one."""
        found, number = None, 1
        while history := self._log.load(stream := filter_request_stream(right_holder, work, number)):
            found, number = (stream, history), number + 1
        return found

    def filter_request(self, stream: UUID) -> FilterRequest:
        """One request; one that was never made where the stream is none of a filter request."""
        history = self._log.load(stream)
        if not history or not isinstance(history[0].event, FilterRequestReceived):
            return FilterRequest()
        return filter_request_state.fold(history)

    def beside_findings(self, events: Sequence[Event]) -> Sequence[Append]:
        """What findings about a work mean for the claimant's filter request: written in the same transaction (B3)."""
        written = []
        for event in events:
            if not isinstance(event, OwnershipFoundFalse):
                continue
            latest = self.latest_filter_request(event.claimant, event.work)
            if latest is None:
                continue
            request = filter_request_state.fold(latest[1])
            command = when_ownership_found_false_end_filter_request(event)
            ended = of_filter_requests.end_for_false_ownership(request, command)
            written += [Append(latest[0], request.version, ended)] if ended else []
        return written

    def platform(self) -> Platform:
        """All declared profiles of the platform."""
        return platform_state.fold(self._log.load(PLATFORM_STREAM))

    def standings_of(self, claim: Claim) -> Standings:
        """The standings of both parties of a case and of its work now, by one query."""
        now = self._clock.now()
        found = self._log.load_many(list(_streams(claim)))
        parties = {
            side: party_state.fold(party, side, found.get(party_stream(side, party), ())).standing(now)
            for side, party in ((Role.UPLOADER, claim.uploader), (Role.RIGHT_HOLDER, claim.right_holder))
        }
        work = work_state.fold(claim.work, found.get(work_stream(claim.work), ()))
        return Standings(parties, work.standing(now, claim.right_holder))

    def upload(self, upload: UploadVersion) -> Upload:
        """The record of an upload version; an empty one where no order was ever recorded."""
        return upload_state.fold(*upload, self._log.load(upload_stream(*upload)))

    def beside_orders(self, case_id: UUID, case: Case, events: Sequence[Event], now: datetime) -> Sequence[Append]:
        """What the orders in a case's new events mean for its upload: written in the same transaction (E8)."""
        commands = when_order_changes_bind_upload(case_id, case, events, now)
        if not commands:
            return ()
        upload = self.upload(UploadVersion(case.decision.upload.id, case.decision.upload.version))
        known = upload.version
        written: list[Event] = []
        for command in commands:
            for event in of_uploads.decide(upload, command):
                upload = upload_state.evolve(upload, JustHappened(event, now, CLOCK))
                written.append(event)
        stream = upload_stream(upload.id, upload.upload_version)
        return (Append(stream, known, written),) if written else ()

    def look(self) -> KnownOf:
        """How to look up what the rules may know, for a while: in vain, where nothing but cases was ever recorded."""
        self._more = self._more or self._log.has_more_than_cases()
        return self.known_of if self._more else nothing_known

    def known_of(self, claims: Sequence[Claim]) -> Sequence[KnownOfParties]:
        """What the rules of the standard may know for each of these claims, by one query for all of them."""
        now = self._clock.now()
        streams = dict.fromkeys(stream for claim in claims for stream in _streams(claim))
        streams |= dict.fromkeys(upload_stream(*claim.upload) for claim in claims if claim.upload is not None)
        found = self._log.load_many([PLATFORM_STREAM, *streams])
        if not found:
            return [NOTHING_KNOWN] * len(claims)
        profile = platform_state.fold(found.get(PLATFORM_STREAM, ())).profile(now)
        lookup = _Lookup(found, now, exempt=not filtering_duty_applies(profile))
        return [lookup.known(claim) for claim in claims]

    def handle_party(
        self,
        side: Role,
        party: str,
        command: Command,
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
        command_id: str | None = None,
        cause: str | None = None,
    ) -> Written[Ledger]:
        """Decide and save one command on the ledger of a party. Raises ``Refused`` and ``Conflict``."""
        return self._streams.write(
            party_stream(side, party),
            partial(party_state.fold, party, side),
            _deciding(command, actor),
            actor,
            words=words,
            command_id=command_id,
            cause=cause,
        )

    def handle_work(
        self,
        work: str,
        command: Command,
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
        command_id: str | None = None,
        cause: str | None = None,
    ) -> Written[Work]:
        """Decide and save one command on the record of a work. Raises ``Refused`` and ``Conflict``."""
        deciding = _deciding(command, actor)

        def decide(state: Work, now: datetime) -> Decided:
            events = deciding(state, now)
            return Decided(events, beside=self.beside_findings(events))

        return self._streams.write(
            work_stream(work),
            partial(work_state.fold, work),
            decide,
            actor,
            words=words,
            command_id=command_id,
            cause=cause,
        )

    def handle_platform(
        self, command: Command, actor: Actor, *, command_id: str | None = None, cause: str | None = None
    ) -> Written[Platform]:
        """Decide and save one command on the platform's profile. Raises ``Refused`` and ``Conflict``."""
        return self._streams.write(
            PLATFORM_STREAM,
            platform_state.fold,
            _deciding(command, actor),
            actor,
            command_id=command_id,
            cause=cause,
        )


def _deciding(command: Command, actor: Actor) -> Callable[[Any, datetime], tuple[Event, ...]]:
    decision = DECISIONS[type(command)]
    return lambda state, now: decision(state, command, actor, now)


class _Lookup:
    """Answers for one page of decisions; each party and work is folded once."""

    def __init__(self, found: Mapping[UUID, Sequence[Recorded]], now: datetime, *, exempt: bool) -> None:
        self._found = found
        self._now = now
        self._exempt = exempt
        self._parties: dict[UUID, Standing] = {}
        self._works: dict[UUID, Work] = {}

    def known(self, claim: Claim) -> KnownOfParties:
        """What is known for one decision."""
        uploader, right_holder, _work = _streams(claim)
        marker = self._party(uploader, Role.UPLOADER, claim.uploader)
        holder = self._party(right_holder, Role.RIGHT_HOLDER, claim.right_holder)
        work = self._work(claim)
        return KnownOfParties(
            no_block=work.no_block,
            order=self._order(claim.upload),
            licensed=work.is_licensed(claim.uploader, self._now),
            marking_suspended=marker.is_suspended(Right.MARKING, self._now),
            prior_review_requested=work.prior_review,
            urgent_suspended=holder.is_suspended(Right.URGENT_MEASURES, self._now),
            without_block=self._without_block(holder, work),
        )

    def _order(self, upload: UploadVersion | None) -> BindingOrder | None:
        if upload is None or (history := self._found.get(upload_stream(*upload))) is None:
            return None
        return upload_state.fold(*upload, history).order(self._now)

    def _without_block(self, holder: Standing, work: WorkStanding) -> WithoutBlock | None:
        """The first reason that there is; one is enough."""
        reasons = {
            WithoutBlock.PLATFORM_EXEMPT: self._exempt,
            WithoutBlock.OWNERSHIP_FALSE: work.ownership_false,
            WithoutBlock.REFERENCE_WITHDRAWN: work.reference_withdrawn,
            WithoutBlock.AUTOMATIC_BLOCKING_SUSPENDED: holder.is_suspended(Right.AUTOMATIC_BLOCKING, self._now),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)

    def _party(self, stream: UUID, side: Role, party: str) -> Standing:
        if stream not in self._found:
            return party_state.CLEAN
        if stream not in self._parties:
            self._parties[stream] = party_state.fold(party, side, self._found[stream]).standing(self._now)
        return self._parties[stream]

    def _work(self, claim: Claim) -> WorkStanding:
        stream = work_stream(claim.work)
        if stream not in self._found:
            return work_state.NOTHING_RECORDED
        if stream not in self._works:
            self._works[stream] = work_state.fold(claim.work, self._found[stream])
        return self._works[stream].standing(self._now, claim.right_holder)


def _streams(claim: Claim) -> tuple[UUID, UUID, UUID]:
    return (
        party_stream(Role.UPLOADER, claim.uploader),
        party_stream(Role.RIGHT_HOLDER, claim.right_holder),
        work_stream(claim.work),
    )
