"""A small validator of JSON Schema, of the keywords the API's description uses; anything else in a schema is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SILENT = {"description", "title", "default", "discriminator", "examples", "format"}
_STRUCTURE = {"properties", "patternProperties", "required", "additionalProperties", "items", "prefixItems"}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}


def faults(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str = "$"
) -> Iterator[str]:
    """Every way in which ``value`` is not what ``schema`` (of the OpenAPI ``document``) says; at which path."""
    for keyword, said in schema.items():
        if keyword in _SILENT or keyword in _STRUCTURE:
            continue
        yield from _keyword(document, keyword, said, value, at)
    if isinstance(value, dict):
        yield from _object(document, schema, value, at)
    if isinstance(value, list):
        yield from _array(document, schema, value, at)


def _keyword(document: Mapping[str, Any], keyword: str, said: Any, value: Any, at: str) -> Iterator[str]:
    if keyword == "$ref":
        yield from faults(document, _resolve(document, said), value, at)
    elif keyword in ("anyOf", "oneOf"):
        tried = [list(faults(document, option, value, at)) for option in said]
        fit = sum(not found for found in tried)
        if fit == 0 or (keyword == "oneOf" and fit > 1):
            yield f"{at}: fits {fit} of {keyword}; {min(tried, key=len)[:2]}"
    elif keyword == "propertyNames":
        for name in value if isinstance(value, dict) else ():
            yield from faults(document, said, name, f"{at}.{name}")
    elif keyword not in _SIMPLE:
        yield f"{at}: the schema says {keyword}, which nobody checks"
    elif not _SIMPLE[keyword](said, value):
        yield f"{at}: {keyword} {said!r:.80} does not hold for {value!r:.80}"


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _long(value: Any, otherwise: int) -> int:
    return len(value) if isinstance(value, str | list | dict) else otherwise


def _size(value: Any, otherwise: int) -> float:
    return value if _is("number", value) else otherwise


_SIMPLE: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda said, value: any(_is(kind, value) for kind in ([said] if isinstance(said, str) else said)),
    "enum": lambda said, value: value in said,
    "const": lambda said, value: value == said,
    "pattern": lambda said, value: not isinstance(value, str) or re.search(said, value) is not None,
    "minimum": lambda said, value: _size(value, said) >= said,
    "maximum": lambda said, value: _size(value, said) <= said,
    **dict.fromkeys(
        ("minLength", "minItems", "minProperties"), lambda said, value: _long(value, said) >= said
    ),
    **dict.fromkeys(
        ("maxLength", "maxItems", "maxProperties"), lambda said, value: _long(value, said) <= said
    ),
}


def _object(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: dict[str, Any], at: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    others = schema.get("additionalProperties", True)
    patterns = schema.get("patternProperties", {})
    for name, inner in value.items():
        matching = [described for pattern, described in patterns.items() if re.search(pattern, name)]
        for described in [properties[name]] if name in properties else matching:
            yield from faults(document, described, inner, f"{at}.{name}")
        if name in properties or matching:
            continue
        if others is False:
            yield f"{at}: {name} is not described"
        if isinstance(others, dict):
            yield from faults(document, others, inner, f"{at}.{name}")


def _array(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: list[Any], at: str
) -> Iterator[str]:
    first = schema.get("prefixItems", [])
    for position, inner in enumerate(value):
        described = first[position] if position < len(first) else schema.get("items", {})
        yield from faults(document, described, inner, f"{at}[{position}]")


def _resolve(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
