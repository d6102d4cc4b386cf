"""Fields a record's type does not have, of every JSON type, at every depth: what a peer may add to anything it signs."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from protocol.records import REGISTER, read
from protocol.records.base import BlobRef

VALUES: Final[tuple[Any, ...]] = ("x", 7, True, None, ["x", 3, {}], {"en": 5, "hash": []}, 1.5, "", [], {})
"""One of every JSON type, and the empty ones."""
NAMES: Final = tuple(
    sorted(
        {
            *(field.alias or name for model in (*REGISTER.values(), BlobRef) for name, field in model.model_fields.items()),
            *("id", "key", "node", "time", "seen", "restricted", "state", "kind", "content", "private", "words"),
            *("verdict", "applies", "about", "__proto__", "constructor", "", "type.x"),
        }
    )
)  # fmt: skip
"""Every field of any type, and what rows and answers call their own."""


def with_extra(content: Mapping[str, Any], turn: int = 0) -> dict[str, Any]:
    """A content with every field its type does not have, each of another JSON type; ``turn`` goes round the types."""
    record = read(dict(content))
    return _with(content, record, turn)


def _with(content: Mapping[str, Any], part: BaseModel, turn: int) -> dict[str, Any]:
    own = {field.alias or name: name for name, field in type(part).model_fields.items()}
    kept = {
        name: _inside(value, getattr(part, own[name], None), turn) if name in own else value
        for name, value in content.items()
    }
    return {name: _value(name, turn) for name in NAMES if name not in own} | kept


def _inside(value: Any, part: Any, turn: int) -> Any:
    if isinstance(part, BaseModel) and isinstance(value, Mapping):
        return _with(value, part, turn)
    if isinstance(part, tuple) and isinstance(value, list):
        return [_inside(one, beside, turn) for one, beside in zip(value, part, strict=True)]
    return value


def _value(name: str, turn: int) -> Any:
    return VALUES[(zlib.crc32(name.encode()) + turn) % len(VALUES)]
