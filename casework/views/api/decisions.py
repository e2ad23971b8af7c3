"""``POST /decisions``: what matching engines deliver, as one object, an array or NDJSON, answered line by line.

The whole delivery is received before anything is done, so that a connection that breaks changes nothing; the work is
done in a worker thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency

from casework.delivery import TooLarge, Unreadable, begins_with, check_line_count, elements, lines, spool, unpack, whole
from casework.domain.case.intake import RecordFilteringDecision
from casework.domain.facts import Actor, Role
from casework.errors import FieldError
from casework.intake import Answer, Intake, parse_line
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import Contents, documented, schema_of
from casework.views.language import gettext
from casework.views.problems import Problem, answer_problem

NDJSON = "application/x-ndjson"
JSON = "application/json"
MULTI_STATUS = 207

_DECISION = schema_of(RecordFilteringDecision)
_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": [
        "decision_id",
        "case_id",
        "status",
        "outcome",
        "rule",
        "standard",
        "action",
        "decision_page",
        "errors",
    ],
    "properties": {
        **{name: {"type": ["string", "null"]} for name in ("decision_id", "case_id", "outcome", "rule", "standard")},
        "status": {"enum": ["created", "duplicate", "refused"]},
        "action": {"enum": ["publish", "hold", "block", None]},
        "decision_page": {"type": ["string", "null"], "description": "path of the uploader's page"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_ANSWERS: Contents = {
    JSON: {"anyOf": [_ANSWER, {"type": "array", "items": _ANSWER}]},
    NDJSON: {"type": "string", "description": "one answer a line, in the order sent"},
}


class Disconnected(Exception):
    """The caller went away before the body was complete."""


@post(
    "/decisions",
    opt=for_scopes(Scope.DECISIONS_WRITE),
    status_code=200,
    request_max_body_size=None,
    operation_class=documented(
        body={
            JSON: {"anyOf": [_DECISION, {"type": "array", "items": {}, "maxItems": 1000}]},
            NDJSON: {"type": "string", "description": "one decision a line"},
        },
        answers={
            200: ("all went in or were there already", _ANSWERS),
            MULTI_STATUS: ("some were refused; the others went in", _ANSWERS),
        },
        problems=(400, 413, 415),
    ),
)
async def post_decisions(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    intake: NamedDependency[Intake],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take filtering decisions in.

    Send one object or an array as ``application/json``, or one object a line as ``application/x-ndjson``, packed with
    gzip if you like. Decisions that fit go in even when others are refused. Sending again is safe: what is there
    already is answered as ``duplicate``, or refused where its content differs. Numbers are kept exactly as written;
    of a field given twice neither is taken.
    """
    kind = _kind(request)
    packing = request.headers.get("content-encoding", "identity").strip().lower()
    if kind is None or packing not in ("identity", "gzip", "x-gzip"):
        return _refused_whole(request, 415, "unsupported_media_type", _formats())
    actor = caller.actor_as(Role.MATCHER)
    with spool() as received:
        try:
            await _receive(request, received, settings.most_body_bytes)
            delivery = _Delivery(intake, settings, actor)
            answer = await sync_to_thread(delivery.take, received, kind, packing != "identity")
        except TooLarge as error:
            return _refused_whole(request, 413, "too_large", str(error))
        except Unreadable as error:
            return _refused_whole(request, 400, "bad_request", str(error))
        except Disconnected:
            return Response(b"", status_code=400)
    return answer


def _kind(request: Request[Any, Any, Any]) -> str | None:
    """The media type if it is one of ours, in UTF-8."""
    kind, parameters = request.content_type
    charset = parameters.get("charset", "utf-8").strip('"').lower()
    return kind.lower() if kind.lower() in (JSON, NDJSON) and charset in ("utf-8", "utf8", "us-ascii") else None


def _formats() -> str:
    return f"send {JSON} or {NDJSON} in UTF-8, as it is or packed with gzip"


async def _receive(request: Request[Any, Any, Any], file: IO[bytes], most_bytes: int) -> None:
    """Write the body to a file as it comes in. Raises ``TooLarge`` as soon as it is, ``Disconnected``."""
    too_large = TooLarge(f"the delivery has more than {most_bytes} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise too_large
    total = 0
    while True:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        total += len(piece)
        if total > most_bytes:
            raise too_large
        file.write(piece)
        if not message.get("more_body", False):
            break
    if total == 0:
        raise Unreadable("the body is empty")


class _Delivery:
    """One delivery, taken in by a worker thread."""

    def __init__(self, intake: Intake, settings: Settings, actor: Actor) -> None:
        self._intake = intake
        self._settings = settings
        self._actor = actor

    def take(self, received: IO[bytes], kind: str, packed: bool) -> Response[bytes]:
        """Raises ``TooLarge`` and ``Unreadable``; nothing has gone in then."""
        if not packed:
            return self._take_plain(received, kind)
        with unpack(received, most_bytes=self._settings.most_body_bytes) as unpacked:
            return self._take_plain(unpacked, kind)

    def _take_plain(self, file: IO[bytes], kind: str) -> Response[bytes]:
        return self._take_lines(file) if kind == NDJSON else self._take_json(file)

    def _take_lines(self, file: IO[bytes]) -> Response[bytes]:
        settings = self._settings
        file.seek(0)
        check_line_count(file, most_lines=settings.most_lines, most_line_bytes=settings.most_line_bytes)
        answers, refused = self._answers(lines(file, most_line_bytes=settings.most_line_bytes))
        if not answers:
            raise Unreadable("the body is empty")
        return _response(b"\n".join(answers) + b"\n", NDJSON, refused=refused)

    def _take_json(self, file: IO[bytes]) -> Response[bytes]:
        settings = self._settings
        body = whole(file)
        start, first = begins_with(body)
        if first == b"[":
            documents = elements(body, start, most=settings.most_array, most_bytes=settings.most_line_bytes)
            answers, refused = self._answers(documents)
            return _response(b"[" + b",".join(answers) + b"]", JSON, refused=refused)
        if first != b"{":
            raise Unreadable("the body is neither a JSON object nor an array of them")
        if len(body) - start > settings.most_line_bytes:
            raise TooLarge(f"the decision has more than {settings.most_line_bytes} bytes")
        try:
            document = parse_line(bytes(body[start:]))
        except ValueError as error:
            raise Unreadable(str(error)) from None
        answers, refused = self._answers([document])
        return _response(answers[0], JSON, refused=refused)

    def _answers(self, documents: Iterable[Any]) -> tuple[Sequence[bytes], bool]:
        """Every answer as JSON, and whether one of them is a refusal."""
        encoded: list[bytes] = []
        refused = False
        for answer in self._intake.take(documents, self._actor):
            refused = refused or _is_refusal(answer)
            encoded.append(answer.encoded())
        return encoded, refused


def _is_refusal(answer: Answer) -> bool:
    return answer.status == "refused"


def _response(content: bytes, media_type: str, *, refused: bool) -> Response[bytes]:
    return Response(content, media_type=media_type, status_code=MULTI_STATUS if refused else 200)


def _refused_whole(request: Request[Any, Any, Any], status: int, code: str, detail: str) -> Response[Any]:
    """The delivery as a whole was not taken: nothing went in."""
    headers = {"Accept": f"{JSON}, {NDJSON}", "Accept-Encoding": "gzip, identity"} if status == 415 else {}
    problem = Problem(
        status,
        code,
        gettext("Nothing was taken in"),
        gettext("The delivery as a whole cannot be taken, so nothing of it went in."),
        (FieldError("", code, detail),),
        headers=headers,
    )
    return answer_problem(request, problem)


HANDLERS = (post_decisions,)
