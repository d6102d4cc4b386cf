"""The OpenAPI 3.1 description, made from the table of calls, the shapes and the record models.

Law: nothing is described by hand that a type already says. Source: OpenAPI 3.1, WEB "HTTP API".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Literal, NotRequired, Protocol, TypedDict

from protocol.limits import MAX_BLOB
from protocol.records import REGISTER
from store.audiences import WORDS
from store.table_files import BYTES_MOST
from web.access import Access
from web.api.queries import Query
from web.api.schema import Schema, Schemas, name_of

RECORD: Final = "Record"
ROWS: Final = ("application/json", "application/x-ndjson", "text/csv")
"""What a file of rows may come as."""


class Fault(TypedDict):
    """One thing wrong: dotted field (empty: the whole), stable code, a sentence in the caller's language.

    ``row`` says which row of a file it is in.
    """

    field: str
    code: str
    text: str
    row: NotRequired[int]


class Unready(TypedDict):
    """What a pitch misses before pledges to it may be accepted."""

    ready: Literal[False]
    missing: list[Fault]


class Problem(TypedDict):
    """RFC 9457. ``readiness`` stands where an accept was refused because the pitch is not ready."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[Fault]]
    readiness: NotRequired[Unready]


class Described(Protocol):
    """What the description needs of a call."""

    @property
    def method(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def answer(self) -> Any: ...
    @property
    def many(self) -> bool: ...
    @property
    def query(self) -> type[Query]: ...
    @property
    def status(self) -> int: ...
    @property
    def media(self) -> str: ...
    @property
    def also(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def problems(self) -> tuple[int, ...]: ...
    @property
    def waits(self) -> Any: ...
    @property
    def access(self) -> Access: ...


def describe(calls: Iterable[Described]) -> dict[str, Any]:
    """The document, without ``info`` and ``servers``."""
    schemas = Schemas()
    problem = schemas.of(Problem)
    schemas.components[RECORD] = _records(schemas)
    paths: dict[str, Any] = {}
    for call in calls:
        paths.setdefault(call.address, {})[call.method.lower()] = _operation(schemas, call, problem)
    return {
        "openapi": "3.1.0",
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(schemas: Schemas, call: Described, problem: Schema) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": call.about,
        "operationId": re.sub(
            r"\W+", "_", f"{call.method.lower()}{call.address.removeprefix('/api/v1')}"
        ).strip("_"),
        "parameters": _parameters(call),
        "responses": _responses(schemas, call, problem),
    }
    if call.body:
        described["requestBody"] = {"required": True, "content": _body(call.body)}
    if call.access is Access.ANYONE:
        described["security"] = []
    return described


def _parameters(call: Described) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", call.address)
    ]
    schema = call.query.model_json_schema()
    for name, about in schema.get("properties", {}).items():
        said = {key: value for key, value in about.items() if key not in ("title", "description")}
        parameter = {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": said,
        }
        found.append(parameter | ({"description": about["description"]} if "description" in about else {}))
    if call.body == "record":
        key = {"type": "string", "minLength": 1, "maxLength": 100}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _responses(schemas: Schemas, call: Described, problem: Schema) -> dict[str, Any]:
    answer: Schema = {"type": "string"} if call.answer is None else schemas.of(call.answer)
    if call.many:
        answer = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": answer}, "next": {"type": ["string", "null"]}},
            "required": ["items", "next"],
            "additionalProperties": False,
        }
    cursor = {400} if "cursor" in call.query.model_fields else set()
    content: dict[str, Any] = {call.media: {"schema": answer}}
    if call.also:
        content[call.also] = {"schema": {"type": "string"}}
    refusals = sorted(
        {401, 403, 422, 503, *cursor, *call.problems} if call.access is not Access.ANYONE else {503}
    )
    said = {"content": {"application/problem+json": {"schema": problem}}}
    waits = schemas.of(call.waits) if call.waits is not None else None
    return {
        str(call.status): {"description": call.about, "content": content},
        **({"202": {"description": _WAITS, "content": {call.media: {"schema": waits}}}} if waits else {}),
        **{str(status): {"description": _REASONS[status], **said} for status in refusals},
    }


_WAITS: Final = "kept, and signed as soon as this node may sign"
_REASONS: Final = {
    400: "the request cannot be read",
    401: "no token, or one that is not known or has ended",
    403: "not the caller's to do, or not in the scopes of the token",
    404: "not here, or not for the caller",
    413: "too large",
    415: "another content type is expected",
    422: "refused; every fault with its field",
    429: "too often",
    503: "busy; try again",
    507: "no room left on this node",
}


def _body(kind: str) -> dict[str, Any]:
    if kind == "record":
        return {"application/json": {"schema": {"$ref": f"#/components/schemas/{RECORD}"}}}
    most = BYTES_MOST if kind == "rows" else MAX_BLOB
    raw = {"schema": {"type": "string", "format": "binary", "maxLength": most}}
    form = {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
    whole = dict.fromkeys(ROWS if kind == "rows" else ("*/*",), raw)
    return {**whole, "multipart/form-data": {"schema": form}}


def _records(schemas: Schemas) -> Schema:
    """Any record as it is posted: without ``by``, with words for an audience and with what stays on the node."""
    for kind, model in REGISTER.items():
        schemas.of(model)
        schema = schemas.components[name_of(model)]
        schema["properties"].pop("by", None)
        schema["required"] = [name for name in schema.get("required", ()) if name != "by"]
        schema["properties"]["type"] = {"const": kind}
        audience = schema["properties"].get("audience", {"type": "array", "items": {"type": "string"}})
        schema["properties"]["audience"] = {"anyOf": [{"enum": list(WORDS)}, audience]}
        schema["properties"]["private"] = {"type": "object", "description": "stays on this node"}
    names = {kind: f"#/components/schemas/{name_of(model)}" for kind, model in REGISTER.items()}
    return {
        "oneOf": [{"$ref": name} for name in names.values()],
        "discriminator": {"propertyName": "type", "mapping": names},
    }
