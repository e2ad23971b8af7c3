"""``/log``: the proofs that anybody may ask for. Checkpoints, proofs, public facts, keys, receipts, cosignatures (F7).

Everything here is public. What can never change is said to be so to caches; one request costs a bounded piece of work.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, RawBody
from litestar.response import Stream

from casework.domain.facts import Refused
from casework.errors import FieldError, Invalid, NotFound
from casework.eventlog.merkle import leaf_hash
from casework.eventlog.notes import LARGEST_SIZE, MOST_BYTES, MalformedNote
from casework.log_proofs import NEW_AFTER, Lodged, LogProofs
from casework.views.access.guard import PUBLIC
from casework.views.api.documents import documented

NDJSON = "application/x-ndjson"
PLAIN = "text/plain"
MOST_FACTS = 10_000
"""Public facts of one answer at most."""

LINES_A_PIECE = 500

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_SECONDS = {"Cache-Control": f"public, max-age={int(NEW_AFTER.total_seconds())}"}
FOR_NOBODY_ELSE = {"Cache-Control": "private, no-store"}

Number = Annotated[int | None, QueryParameter(ge=0, le=LARGEST_SIZE)]
From = Annotated[int | None, QueryParameter(name="from", ge=0, le=LARGEST_SIZE)]
_TEXT = {"text/plain": {"type": "string"}}


class InclusionAnswer(msgspec.Struct, frozen=True):
    """The hashes beside the way from a leaf to the root, from the leaf upwards (RFC 9162, 2.1.3), in Base64."""

    index: int
    size: int
    leaf: str
    root: str
    proof: list[str]


class ConsistencyAnswer(msgspec.Struct, frozen=True):
    """What shows that the larger tree begins with the smaller one (RFC 9162, 2.1.4), in Base64."""

    first: int = msgspec.field(name="from")
    second: int = msgspec.field(name="to")
    first_root: str = msgspec.field(name="from_root")
    second_root: str = msgspec.field(name="to_root")
    proof: list[str]


class KeyAnswer(msgspec.Struct, frozen=True):
    """A key of the log as ``name+id+key``; ``announcement``: the note by which the key before it announced it."""

    key: str
    active: bool
    made_at: str
    retired_at: str | None
    announcement: str | None


class KeysAnswer(msgspec.Struct, frozen=True):
    """The name of the log, its keys, the oldest first, and the witnesses whose cosignatures are taken."""

    origin: str
    keys: list[KeyAnswer]
    witnesses: list[str]


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """``fact`` is the leaf, byte by byte; with ``proof`` it leads to the root in ``checkpoint``, a signed note."""

    index: int
    size: int
    fact: str
    leaf: str
    root: str
    proof: list[str]
    checkpoint: str


@get(
    "/log/checkpoint",
    opt=PUBLIC,
    sync_to_thread=True,
    operation_class=documented(public=True, answers={200: ("the signed note", _TEXT)}),
)
def get_checkpoint(proofs: NamedDependency[LogProofs], size: Number = None) -> Response[str]:
    """The latest signed checkpoint (C2SP signed note), or the one of a size, with the cosignatures there are so far.

    While the log grows a new one is signed every few seconds at most.
    """
    found = proofs.latest() if size is None else proofs.signed(size)
    if found is None:
        raise NotFound("checkpoint")
    return Response(found.note, media_type=PLAIN, headers=FOR_SECONDS)


@get("/log/proof/inclusion", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True, problems=(422,)))
def get_inclusion(
    proofs: NamedDependency[LogProofs], index: Number = None, size: Number = None
) -> Response[InclusionAnswer]:
    """The proof that leaf ``index`` (from 0) is in the log of ``size`` leaves; both must be given."""
    index, size = _given("index", index), _given("size", size)
    _require_size(proofs, "size", size)
    if index >= size:
        raise _unfit("index", f"there is no leaf {index} among {size}")
    leaf = leaf_hash(next(proofs.facts(index, index + 1)))
    proof = proofs.inclusion(index, size)
    answer = InclusionAnswer(index, size, _text(leaf), _text(proofs.root(size)), _texts(proof))
    return Response(answer, headers=FOR_GOOD)


@get(
    "/log/proof/consistency", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True, problems=(422,))
)
def get_consistency(
    proofs: NamedDependency[LogProofs], from_: From = None, to: Number = None
) -> Response[ConsistencyAnswer]:
    """The proof that the log of ``to`` leaves begins with that of ``from``; empty where that is plain."""
    first, second = _given("from", from_), _given("to", to)
    _require_size(proofs, "to", second)
    if first > second:
        raise _unfit("from", "must not be larger than to")
    proof = proofs.consistency(first, second)
    roots = _text(proofs.root(first)), _text(proofs.root(second))
    return Response(ConsistencyAnswer(first, second, *roots, _texts(proof)), headers=FOR_GOOD)


@get(
    "/log/facts",
    opt=PUBLIC,
    sync_to_thread=True,
    operation_class=documented(
        public=True, problems=(409, 422), answers={200: ("public facts, one a line", {NDJSON: {"type": "string"}})}
    ),
)
def get_facts(proofs: NamedDependency[LogProofs], from_: From = None, to: Number = None) -> Stream:
    """The public facts of the leaves from ``from`` up to, not including, ``to``: the very bytes that were hashed.

    One answer has at most 10,000; the header ``Link`` with ``rel="next"`` has the address of the rest. They end
    before the seating of the first panel that still sits, so that no reviewer sees from them that the other one ruled.
    """
    public = proofs.public_size()
    first, last = from_ or 0, public if to is None else to
    if last > public:
        _require_size(proofs, "to", last)
        raise Refused("facts_sealed", public=str(public))
    if first > last:
        raise _unfit("from", f"must not be larger than {last}")
    until = min(last, first + MOST_FACTS)
    headers = dict(FOR_SECONDS if to is None else FOR_GOOD)
    if until < last:
        rest = f"/api/v1/log/facts?from={until}" + ("" if to is None else f"&to={to}")
        headers["Link"] = f'<{rest}>; rel="next"'
    return Stream(_pieces(proofs.facts(first, until)), media_type=NDJSON, headers=headers)


@get("/log/keys", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_keys(proofs: NamedDependency[LogProofs]) -> Response[KeysAnswer]:
    """The keys by which checkpoints are verified, how each was announced, and the witnesses that are known."""
    proofs.keys.active()
    keys = [
        KeyAnswer(
            key=key.verifier.text,
            active=key.active,
            made_at=key.made_at.isoformat(),
            retired_at=None if key.retired_at is None else key.retired_at.isoformat(),
            announcement=key.announcement,
        )
        for key in proofs.keys.listed()
    ]
    answer = KeysAnswer(proofs.keys.origin, keys, [each.text for each in proofs.witnesses])
    return Response(answer, headers=FOR_SECONDS)


@get("/log/receipt/{code:str}", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_receipt(proofs: NamedDependency[LogProofs], code: FromPath[str]) -> Response[ReceiptAnswer]:
    """The proof that what was lodged under a receipt code is in the log; upper and lower case and hyphens are alike."""
    found = proofs.receipt(code)
    if found is None:
        raise NotFound("receipt")
    return Response(answer_receipt(found), headers=FOR_NOBODY_ELSE)


@post(
    "/log/cosignatures",
    opt=PUBLIC,
    status_code=200,
    sync_to_thread=True,
    request_max_body_size=MOST_BYTES,
    operation_class=documented(
        body=_TEXT, public=True, problems=(409, 413, 422), answers={200: ("the note with all cosignatures", _TEXT)}
    ),
)
def post_cosignatures(proofs: NamedDependency[LogProofs], body: RawBody) -> Response[str]:
    """Take cosignatures (C2SP tlog-cosignature) of known witnesses: a checkpoint of this log with their lines below."""
    try:
        found = proofs.cosign(body.decode())
    except MalformedNote as error:
        raise Invalid((FieldError("", "note", str(error)),)) from None
    return Response(found.note, media_type=PLAIN)


def answer_receipt(found: Lodged) -> ReceiptAnswer:
    """What a receipt proves, for programs."""
    return ReceiptAnswer(
        index=found.index,
        size=found.checkpoint.size,
        fact=found.fact.decode(),
        leaf=_text(leaf_hash(found.fact)),
        root=_text(found.checkpoint.root),
        proof=_texts(found.proof),
        checkpoint=found.checkpoint.note,
    )


def _given(name: str, number: int | None) -> int:
    if number is None:
        raise Invalid((FieldError(f"/{name}", "missing", "must be given"),))
    return number


def _require_size(proofs: LogProofs, name: str, size: int) -> None:
    here = proofs.size()
    if size > here:
        raise _unfit(name, f"the log has {here} leaves")


def _unfit(name: str, detail: str) -> Invalid:
    return Invalid((FieldError(f"/{name}", "out_of_range", detail),))


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    piece: list[bytes] = []
    for line in lines:
        piece.append(line + b"\n")
        if len(piece) == LINES_A_PIECE:
            yield b"".join(piece)
            piece = []
    yield b"".join(piece)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [_text(each) for each in hashes]


HANDLERS: tuple[Any, ...] = (
    get_checkpoint,
    get_inclusion,
    get_consistency,
    get_facts,
    get_keys,
    get_receipt,
    post_cosignatures,
)
