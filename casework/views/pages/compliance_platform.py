"""The platform profile at the compliance desk: what the platform declared to be, and what follows from it (A6)."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.platform.events import ServiceKind
from casework.domain.platform.state import filtering_duty_applies, is_german_small_provider, is_german_start_up
from casework.ledger_steps import ProfileForm, declare_profile
from casework.settings import Settings
from casework.views import ledger_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.pages.ledger_forms import Field, RecordForm, send
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
ADDRESS = "/compliance/platform"

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_platform(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The profile in force, all that were declared, and the form for the next."""
    return _show(request, casework, _form(), done=bool(done))


@post(f"{ADDRESS}/profiles", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_platform(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Declare a profile, or show the form again."""
    actor = caller.actor_as(Role.COMPLIANCE)
    sent = send(_form(), ProfileForm, data, settings.zone, lambda shape: declare_profile(casework, actor, shape))
    if sent.again is None:
        return see_other(request, f"{ADDRESS}?done=profile")
    return _show(request, casework, sent.again)


def _show(request: AnyRequest, casework: Casework, form: RecordForm, *, done: bool = False) -> Response[str]:
    platform, now = casework.ledgers.platform(), casework.clock.now()
    profile = platform.profile(now)
    context = {
        "wide": True,
        "here": "platform",
        "profile": profile,
        "declared": tuple(reversed(platform.profiles)),
        "applies": filtering_duty_applies(profile),
        "start_up": None if profile is None else is_german_start_up(profile, now),
        "small": None if profile is None else is_german_small_provider(profile),
        "form": form,
        "errors": form.errors,
        "labels": labels,
        "done": done,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/compliance_platform.html", context, status_code=status)


def _form() -> RecordForm:
    kinds = tuple((one.value, labels.service_label(one.value)) for one in ServiceKind)
    fields = (
        Field("service", "choice", gettext("Kind of service"), choices=kinds),
        Field("yearly_active_users", "number", gettext("Active users in a year")),
        Field("market_value_cny", "decimal", gettext("Market value in CNY")),
        Field("effective", "day", gettext("In force from"), gettext("Leave this empty to begin now."), needed=False),
        Field(
            "turnover_eur",
            "decimal",
            gettext("Turnover of a year in the European Union, in EUR"),
            gettext("For Germany."),
            needed=False,
        ),
        Field(
            "monthly_visitors",
            "number",
            gettext("Average number of different visitors a month"),
            gettext("For Germany."),
            needed=False,
        ),
        Field("on_market_since", "day", gettext("On the market since"), gettext("For Germany."), needed=False),
    )
    return RecordForm("profiles", gettext("Declare a profile"), gettext("Declare the profile"), fields)


HANDLERS = (show_platform, post_platform)
