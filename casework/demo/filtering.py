"""The filter requests of the demonstration: a film asked for well, a song completed later, a letter that says nothing.

Days count back from the present; the work, its right holder and what is said belong to the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from casework import filter_requests as taking
from casework.application import Casework
from casework.demo.people import Cast
from casework.domain.facts import Actor, Role
from casework.domain.values import WorkKind

Plan = Callable[[datetime, Callable[[], None]], None]
"""Has something done at a moment: ``Story.at``."""

_FILM = taking.FilterRequestForm(
    work="w-dusk-film",
    kind=WorkKind.FILM,
    title="Streets at Dusk",
    release_date=date(2026, 1, 16),
    authorship_credit="Opening and closing credits name Harbour Stage as the producer.",
    chain_of_title="Assignment by the director of 4 May 2025; contract with the composer of 11 June 2025.",
    release_licence="Public screening licence no. 2026-0116.",
    sample="The master file lies with the matching engine under w-dusk-film.",
    core_scenes="The tram at the corner, 00:04; the lamps going on, 00:11.",
    character_images="The lamplighter with the long pole.",
    short_forms=("Dusk",),
    code_names=("D-u-s-k", "黄昏那部"),
    infringing_seconds=Decimal(30),
    frame_share=Decimal("0.5"),
)
_SONG = taking.FilterRequestForm(
    work="w-river-song",
    kind=WorkKind.MUSIC,
    title="河上的歌",
    authorship_credit="唱片封套署名：河声唱片。",
    recording_number="录音编号 XX-A01-26-00017。",
    sample="样本已存于匹配引擎，编号 w-river-song。",
    short_forms=("河歌",),
)
_REST_OF_SONG = taking.SuppliedForm(
    chain_of_title="2025年3月1日与词曲作者签订的转让合同。",
    audio_features="主旋律为十六个音，速度每分钟96拍。",
    infringing_seconds=Decimal(10),
    account_uploads=5,
)
_LETTER = taking.FilterRequestForm(
    work="w-flour-hours-film",
    kind=WorkKind.FILM,
    title="Flour Hours: the film",
    release_date=date(2026, 10, 1),
    cast="To be announced.",
)


def plan_filter_requests(casework: Casework, plan: Plan, cast: Cast, end: datetime) -> None:
    """Plan the three requests and what becomes of them."""
    intake = Actor(role=Role.INTAKE, id=cast.intake.id)
    made: dict[str, UUID] = {}

    def make(holder: str, form: taking.FilterRequestForm) -> Callable[[], None]:
        def act() -> None:
            made[form.work] = taking.make_request(casework, _owner(cast, holder), form)[0]

        return act

    def complete() -> None:
        taking.supply_more(casework, made[_SONG.work], _owner(cast, "rh-river-sound"), _REST_OF_SONG)

    def accept(form: taking.FilterRequestForm) -> Callable[[], None]:
        def act() -> None:
            taking.accept(casework, made[form.work], intake)

        return act

    for days_ago, act in (
        (131.0, make("rh-harbour-stage", _FILM)),
        (129.6, accept(_FILM)),
        (118.0, make("rh-river-sound", _SONG)),
        (113.5, complete),
        (112.8, accept(_SONG)),
        (44.0, make("rh-gull-press", _LETTER)),
    ):
        plan(end - timedelta(days=days_ago), act)


def _owner(cast: Cast, holder: str) -> Actor:
    party = cast.right_holders[holder].party
    if party is None:
        raise ValueError(f"{holder} acts for nobody")
    return Actor(role=Role.RIGHT_HOLDER, id=party)
