"""What the OpenAPI document at ``/schema`` says of a route beyond its signature: bodies, answers and problems.

Bodies are read by the routes themselves, exactly and with answers that name each field, so Litestar cannot know them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from pydantic import BaseModel

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) of the field"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "allowed_steps": {"type": "array", "items": {"type": "object"}},
    },
}
"""The schema of every problem."""

_MEANINGS = {
    400: "cannot be read",
    401: "no valid bearer token",
    403: "the caller may not do this",
    404: "there is no such thing, or it is not for this caller to see",
    409: "not possible in this state (with the steps that are), or changed by somebody else at the same moment",
    413: "larger than what is taken",
    415: "in a format that is not taken",
    422: "fields that do not fit, each by JSON pointer",
    503: "the database is away; nothing was saved",
}

Contents = Mapping[str, Mapping[str, Any]]
"""JSON schema by media type."""


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a form without references: a part of a document cannot refer to its own definitions."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    return cast("dict[str, Any]", _inlined(schema, definitions))


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(definitions[part["$ref"].rpartition("/")[2]], definitions)
        return {key: _inlined(value, definitions) for key, value in part.items() if value is not None}
    if isinstance(part, list):
        return [_inlined(value, definitions) for value in part]
    return part


def documented(
    *,
    body: Contents | None = None,
    answers: Mapping[int, tuple[str, Contents]] | None = None,
    problems: Iterable[int] = (),
    optional_body: bool = False,
    public: bool = False,
) -> type[Operation]:
    """The operation class of a route: its body, its answers where the signature does not tell, and its problems."""
    statuses = sorted({400, 404, 503, *problems} if public else {400, 401, 403, 503, *problems})

    @dataclass
    class Documented(Operation):
        def __post_init__(self) -> None:
            found = {str(status): response for status, response in (self.responses or {}).items()}
            # What Litestar adds by itself for bad parameters is not the shape of our problems.
            found.pop("400", None)
            for status, (description, contents) in (answers or {}).items():
                found[str(status)] = OpenAPIResponse(description=description, content=_contents(contents))
            for status in statuses:
                content = _contents({"application/problem+json": PROBLEM})
                found[str(status)] = OpenAPIResponse(description=_MEANINGS[status], content=content)
            self.responses = found
            if body is not None:
                self.request_body = RequestBody(content=_contents(body), required=not optional_body)
            self.security = [] if public else [{"token": []}]

    return Documented


def _contents(contents: Contents) -> dict[str, OpenAPIMediaType]:
    # Litestar passes plain mappings through as they are, which its annotations do not say.
    return {media: OpenAPIMediaType(schema=cast("Schema", dict(schema))) for media, schema in contents.items()}
