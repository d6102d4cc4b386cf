"""Values a JSON Schema describes, and values it does not, made from a seed.

    Maker(document, Random(1), pool).value(schema)   mostly what the schema takes; ids and texts from the pool
    Maker(…).spoilt(value)                           the same with one part of it replaced by something odd

Why not a library: those for OpenAPI bring a dozen packages and a client of their own; records need ids that exist, which no
schema tells. Enough of JSON Schema for our own documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

ODD: Sequence[Any] = (
    None, True, 0, -1, 2**53, 1.5, "", " ", "\0", "é" * 300, "a" * 40_000, [], {}, [None], {"": ""}, "../..", "%00", "' OR 1=1 --",
    "<b>", {"en": ""}, {"en": "x", "xx-": "y"}, "2027-02-31", "1e9", "\ud83d\ude00", [[[]]], {"type": "erase"},
)  # fmt: skip
DEPTH = 6


class Maker:
    """Makes values; the same seed makes the same ones. ``pool``: texts by pattern."""

    def __init__(self, document: Mapping[str, Any], rng: Random, pool: Mapping[str, Sequence[str]]) -> None:
        self.document, self.rng, self.pool = document, rng, pool

    def value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        rng = self.rng
        if "$ref" in schema:
            return self.value(
                self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth
            )
        for name in ("anyOf", "oneOf"):
            if name in schema:
                return self.value(rng.choice(schema[name]), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = kind if isinstance(kind, str) else rng.choice(kind)
        return getattr(self, f"_{kind}")(schema, depth)

    def _string(self, schema: Mapping[str, Any], _depth: int) -> str:
        pattern = schema.get("pattern", "")
        texts = self.pool.get(pattern) or self.pool[""]
        return self.rng.choice(texts)[: schema.get("maxLength", 10_000)]

    def _integer(self, schema: Mapping[str, Any], _depth: int) -> int:
        least, most = schema.get("minimum", -(2**53) + 1), schema.get("maximum", 2**53 - 1)
        return self.rng.choice(
            (least, most, min(max(1, least), most), self.rng.randint(least, min(most, 10**6)))
        )

    def _number(self, schema: Mapping[str, Any], depth: int) -> int:
        return self._integer(schema, depth)

    def _boolean(self, _schema: Mapping[str, Any], _depth: int) -> bool:
        return self.rng.random() < 0.5

    def _null(self, _schema: Mapping[str, Any], _depth: int) -> None:
        return None

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        size = (
            least if depth > DEPTH else self.rng.randint(least, max(least, min(2, schema.get("maxItems", 2))))
        )
        return [self.value(schema.get("items", {}), depth + 1) for _ in range(size)]

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        made = {
            name: self.value(inner, depth + 1)
            for name, inner in properties.items()
            if name in required or (depth <= DEPTH and self.rng.random() < 0.4)
        }
        others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
        for inner in others:
            if isinstance(inner, Mapping):
                made[self.rng.choice(("en", "fr", "travel", "a"))] = self.value(inner, depth + 1)
        return made

    def spoilt(self, value: Any) -> Any:
        """The value with one part replaced, left out or added."""
        if isinstance(value, dict) and value and self.rng.random() < 0.8:
            name = self.rng.choice(sorted(value))
            if self.rng.random() < 0.2:
                return {key: inner for key, inner in value.items() if key != name}
            return {**value, name: self.spoilt(value[name])}
        if isinstance(value, list) and value and self.rng.random() < 0.8:
            at = self.rng.randrange(len(value))
            return [self.spoilt(inner) if at == number else inner for number, inner in enumerate(value)]
        return self.rng.choice(ODD)
