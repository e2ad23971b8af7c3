"""Every event type that may stand in the log, listed by hand: nothing is discovered or registered by an import."""

from __future__ import annotations

from casework.domain.case.events import EVENTS as CASE_EVENTS
from casework.domain.erasure.events import EVENTS as ERASURE_EVENTS
from casework.domain.facts import Event
from casework.domain.fees.events import EVENTS as FEE_EVENTS
from casework.domain.filter_request.events import EVENTS as FILTER_REQUEST_EVENTS
from casework.domain.party.events import EVENTS as PARTY_EVENTS
from casework.domain.platform.events import EVENTS as PLATFORM_EVENTS
from casework.domain.publication.events import EVENTS as PUBLICATION_EVENTS
from casework.domain.sample.events import EVENTS as SAMPLE_EVENTS
from casework.domain.screening.events import EVENTS as SCREENING_EVENTS
from casework.domain.upload.events import EVENTS as UPLOAD_EVENTS
from casework.domain.work.events import EVENTS as WORK_EVENTS

EVENT_TYPES: tuple[type[Event], ...] = (
    *CASE_EVENTS,
    *PARTY_EVENTS,
    *WORK_EVENTS,
    *UPLOAD_EVENTS,
    *PLATFORM_EVENTS,
    *SAMPLE_EVENTS,
    *SCREENING_EVENTS,
    *FEE_EVENTS,
    *ERASURE_EVENTS,
    *FILTER_REQUEST_EVENTS,
    *PUBLICATION_EVENTS,
)
