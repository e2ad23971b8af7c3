"""Answers to whatever goes wrong: problems (RFC 9457) for programs, a plain page for people, never a traceback.

An unexpected fault is logged under an id, and the id is all that the answer tells.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from casework.database import DatabaseUnavailable
from casework.domain.facts import Refused
from casework.errors import STATUS, FieldError, Forbidden, Invalid, NotFound
from casework.eventlog.store import Conflict
from casework.log_proofs import LogShorter
from casework.reports.dsa.particulars import ParticularsWrong
from casework.views.access.guard import NotSignedIn
from casework.views.access.throttle import TooManyAttempts
from casework.views.frame import frame_of, is_api
from casework.views.language import gettext, use_language
from casework.views.models.log_tree import RootDiffers
from casework.views.refusals import refusal_text
from casework.views.responses import AnyRequest, render_page, see_other

logger = structlog.get_logger()

PROBLEM_MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:casework:problem:"


class StepRefused(Refused):
    """A refusal with the steps that the caller may take instead; each is a mapping as the API lists them."""

    def __init__(self, refused: Refused, allowed_steps: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(refused.code, record=None, **refused.details)
        self.allowed_steps = allowed_steps


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer to something that went wrong. ``code`` is stable; ``title`` and ``detail`` are for people."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The members of the problem document."""
        document: dict[str, Any] = {
            "type": f"{_TYPE}{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = [error.as_json() for error in self.errors]
        return {**document, **self.more}


def answer_exception(request: AnyRequest, exception: Exception) -> Response[Any]:
    """The answer to an exception, in the form and the language that the caller reads."""
    with use_language(frame_of(request.scope).language):
        if isinstance(exception, NotSignedIn) and not wants_problem(request):
            if request.method == "POST":
                return answer_problem(request, _signed_out())
            return see_other(request, f"/sign-in?{urlencode({'next': _came_from(request)})}")
        return answer_problem(request, problem_of(exception))


def answer_problem(request: AnyRequest, problem: Problem) -> Response[Any]:
    """The problem as a document for programs or as a page for people."""
    if wants_problem(request):
        return Response(
            msgspec.json.encode(problem.as_json(), enc_hook=str),
            media_type=PROBLEM_MEDIA_TYPE,
            status_code=problem.status,
            headers=dict(problem.headers),
        )
    return render_page(
        request,
        "pages/problem.html",
        {"problem": problem},
        status_code=problem.status,
        headers=problem.headers,
    )


def wants_problem(request: AnyRequest) -> bool:
    """Whether the caller is a program: on the API always, elsewhere when it asks for JSON and not for HTML."""
    if is_api(request.scope["path"]):
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "html" not in accepted


def problem_of(exception: Exception) -> Problem:
    """What an exception means to the caller, in the present language."""
    for kind in type(exception).__mro__:
        describe = _DESCRIPTIONS.get(kind)
        if describe is not None:
            return describe(exception)
    return _fault(exception)


def _invalid(error: Invalid) -> Problem:
    return _unfit(STATUS[Invalid][0], error.errors)


def _unfit(status: int, errors: tuple[FieldError, ...]) -> Problem:
    return Problem(
        status, "invalid", gettext("This does not fit"), gettext("Some of what was sent does not fit."), errors
    )


def _not_found(_error: NotFound) -> Problem:
    return Problem(
        STATUS[NotFound][0],
        "not_found",
        gettext("Page not found"),
        gettext("There is nothing at this address, or it is not for you to see."),
    )


def _forbidden(error: Forbidden) -> Problem:
    detail = gettext("You are signed in, but your account may not do this.")
    return Problem(STATUS[Forbidden][0], "forbidden", gettext("Not allowed"), detail, more={"needs": error.needs})


def _not_signed_in(_error: NotSignedIn) -> Problem:
    return Problem(
        401,
        "not_signed_in",
        gettext("Credentials needed"),
        gettext("A valid bearer token is needed. It may be missing, wrong, expired or revoked."),
        headers={"WWW-Authenticate": 'Bearer realm="casework"'},
    )


def _signed_out() -> Problem:
    """A form came after the session had ended: to send its sender away would lose what was typed."""
    return Problem(
        401,
        "signed_out",
        gettext("You are no longer signed in"),
        gettext(
            "Nothing was recorded. Sign in again in another tab, then come back here and send the form again; where "
            "you no longer see it, reload this page and let the browser send it once more."
        ),
        headers={"WWW-Authenticate": 'Bearer realm="casework"'},
    )


def _too_many(error: TooManyAttempts) -> Problem:
    seconds = max(1, round(error.retry_after.total_seconds()))
    return Problem(
        429,
        "too_many_attempts",
        gettext("Too many attempts"),
        gettext("There were too many attempts to sign in. Please wait a moment and try again."),
        headers={"Retry-After": str(seconds)},
    )


def _refused(error: Refused) -> Problem:
    more: dict[str, Any] = {"refusal": error.code, "details": error.details}
    if isinstance(error, StepRefused):
        more["allowed_steps"] = list(error.allowed_steps)
    return Problem(STATUS[Refused][0], error.code, gettext("Not possible now"), refusal_text(error), more=more)


def _conflict(_error: Conflict) -> Problem:
    return Problem(
        STATUS[Conflict][0],
        "conflict",
        gettext("Changed by somebody else"),
        gettext("Others changed this at the same moment. Nothing was saved; please try again."),
        headers={"Retry-After": "1"},
    )


def _unavailable(error: Exception) -> Problem:
    logger.error("database_unavailable", kind=type(error).__name__)
    return Problem(
        503,
        "unavailable",
        gettext("Not available at the moment"),
        gettext("The service cannot reach its database. Nothing was saved; please try again in a moment."),
        headers={"Retry-After": "5"},
    )


def _log_differs(error: Exception) -> Problem:
    """Said to everybody: whoever asks for proofs has a right to know that there can be none."""
    logger.error("log_differs", exc_info=error)
    return Problem(
        503,
        "log_differs",
        gettext("The log is not the one that was signed"),
        gettext("The events are not those of the last signed checkpoint, so nothing more is signed. Please tell us."),
    )


def _particulars_wrong(error: ParticularsWrong) -> Problem:
    """A file of the platform's own is at fault, not the caller; ``casework check`` names it too."""
    logger.error("particulars_wrong", why=str(error))
    return Problem(
        503,
        "particulars_wrong",
        gettext("The platform's particulars do not fit"),
        gettext("The file that the setting dsa_particulars names has to be put right: %(why)s") % {"why": str(error)},
    )


def _database_error(error: Exception) -> Problem:
    """A database that is away is no fault of ours; a statement that it refuses is."""
    away = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or (
        isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    )
    return _unavailable(error) if away else _fault(error)


def _parameters(error: ValidationException) -> Problem:
    """Parameters of the address or a body that Litestar itself found unfit."""
    found = []
    for one in error.extra if isinstance(error.extra, list) else ():
        key = str(one.get("key") or "")[:200] if isinstance(one, dict) else ""
        message = str(one.get("message") or "") if isinstance(one, dict) else str(one)
        # An argument cannot have the name of a keyword of Python, as ``from`` is.
        name = _HEADERS.get(key, key.removesuffix("_"))
        found.append(FieldError(f"/{name}" if name else "", "invalid", message[:300]))
    return _unfit(400, tuple(found[:50]))


_HEADERS = {"key": "Idempotency-Key"}
"""Names of headers, where Litestar tells the name of the handler's argument."""


def _http(error: HTTPException) -> Problem:
    if error.status_code >= 500:
        return _fault(error)
    title, detail = _http_texts().get(
        error.status_code, (gettext("Bad request"), gettext("This cannot be understood."))
    )
    code = _HTTP_CODES.get(error.status_code, "bad_request")
    kept = {name.lower(): value for name, value in (error.headers or {}).items()}
    headers: dict[str, str] = {name: kept[name] for name in ("allow", "retry-after") if name in kept}
    if "GET" in headers.get("allow", ""):
        headers["allow"] += ", HEAD"
    return Problem(error.status_code, code, title, detail, headers=headers)


_HTTP_CODES = {
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


def _http_texts() -> dict[int, tuple[str, str]]:
    form = gettext(
        "The form was open for too long or came from elsewhere. Please go back, copy what you typed, reload the page "
        "and try again."
    )
    return {
        403: (gettext("The form is no longer valid"), form),
        404: (
            gettext("Page not found"),
            gettext("There is nothing at this address, or it is not for you to see."),
        ),
        405: (gettext("Not possible here"), gettext("This address does not take requests of this kind.")),
        413: (gettext("Too large"), gettext("What was sent is larger than this service takes.")),
        415: (gettext("Format not taken"), gettext("What was sent is in a format that this service does not take.")),
        429: (gettext("Too many requests"), gettext("Please wait a moment and try again.")),
    }


def _unreadable(_error: Exception) -> Problem:
    return Problem(400, "bad_request", gettext("Bad request"), gettext("What was sent is not valid text (UTF-8)."))


def _fault(error: Exception) -> Problem:
    identifier = secrets.token_hex(6)
    logger.error("fault", fault=identifier, exc_info=error)
    return Problem(
        500,
        "fault",
        gettext("Something went wrong"),
        gettext("This is our fault. Please try again later; if it happens again, tell us the number of the fault."),
        more={"fault": identifier},
    )


_DESCRIPTIONS: Mapping[type, Callable[[Any], Problem]] = {
    Invalid: _invalid,
    NotFound: _not_found,
    Forbidden: _forbidden,
    NotSignedIn: _not_signed_in,
    TooManyAttempts: _too_many,
    Refused: _refused,
    Conflict: _conflict,
    DatabaseUnavailable: _unavailable,
    RootDiffers: _log_differs,
    LogShorter: _log_differs,
    ParticularsWrong: _particulars_wrong,
    sa.exc.SQLAlchemyError: _database_error,
    ValidationException: _parameters,
    HTTPException: _http,
    UnicodeError: _unreadable,
}


def _came_from(request: AnyRequest) -> str:
    """Where to go on to after signing in: the page asked for."""
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")
