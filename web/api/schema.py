"""JSON Schema of the shapes that leave the store and of the models that come in.

Law: a description is made from the type that is really used, so it cannot drift. TypedDicts become objects that allow
nothing unnamed, NamedTuples with a list in front become pages; pydantic models describe themselves.
Source: JSON Schema 2020-12, OpenAPI 3.1, WEB "HTTP API".
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from pydantic import BaseModel

from store.views.shapes import Fragment, MatchReason, Missing

Schema = dict[str, Any]
_SIMPLE: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    Any: {},
}
SENT = "Record"  # stands before the names of what is sent
_TEXT: Schema = {"text": {"type": "string"}}
ADDED: dict[type, dict[str, Schema]] = {Missing: _TEXT, MatchReason: _TEXT}
"""What the API adds to a shape: the sentence of a missing thing or of a reason, in the caller's language."""


class Schemas:
    """Collects the named schemas of a document while types are described."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type; named ones are kept in ``components`` and referred to."""
        if kind in _SIMPLE:
            return dict(_SIMPLE[kind])
        origin, parts = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return _union([self.of(part) for part in parts])
        if origin in (NotRequired, Required):
            return self.of(parts[0])
        return self._collected(origin, parts) if origin else self._named(kind)

    def _collected(self, origin: Any, parts: tuple[Any, ...]) -> Schema:
        if origin is Literal:
            return {"enum": list(parts)}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if origin in (list, tuple):
            return {"type": "array", "items": self.of(parts[0])}
        raise TypeError(f"no schema for {origin!r}")

    def _named(self, kind: Any) -> Schema:
        name = name_of(kind)
        if name not in self.components:
            self.components[name] = {}  # so that a shape may hold itself
            self.components[name] = self._describe(kind)
        return {"$ref": f"#/components/schemas/{name}"}

    def _describe(self, kind: Any) -> Schema:
        if kind is Fragment:
            return {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "boolean"}],
                "minItems": 2,
                "maxItems": 2,
            }
        if is_typeddict(kind):
            return self._typed_dict(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self._model(kind)
        raise TypeError(f"no schema for {kind!r}")

    def _typed_dict(self, kind: Any) -> Schema:
        hints = get_type_hints(kind, include_extras=True)
        properties = {name: self.of(hint) for name, hint in hints.items()} | ADDED.get(kind, {})
        optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
        described: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if kind.__doc__:
            described["description"] = " ".join(kind.__doc__.split())
        if required := [name for name in properties if name not in optional]:
            described["required"] = required
        return described

    def _model(self, kind: type[BaseModel]) -> Schema:
        described = kind.model_json_schema(ref_template=f"#/components/schemas/{SENT}{{model}}")
        for name, inner in described.pop("$defs", {}).items():
            self.components.setdefault(f"{SENT}{name}", inner | {"additionalProperties": False})
        return described | {"additionalProperties": False}


def name_of(kind: Any) -> str:
    """The name a type has in the description: what is sent and what is answered may share one in the code."""
    return (
        f"{SENT}{kind.__name__}"
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        else str(kind.__name__)
    )


def _union(parts: list[Schema]) -> Schema:
    simple = [part["type"] for part in parts if set(part) == {"type"}]
    if len(simple) == len(parts):
        return {"type": simple}
    return {"anyOf": parts}
