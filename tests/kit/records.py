"""Records of a small, sound world for tests: one pitch, its owner, a giver elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from protocol.ids import NodeId
from protocol.records import Record, write
from protocol.records.pitches import PitchOpen

_VECTORS = Path(__file__).parents[2] / "docs/spec/vectors/records.json"
GOOD: dict[str, dict[str, Any]] = {
    vector["name"]: vector["content"] for vector in json.loads(_VECTORS.read_text("utf-8"))["good"]
}
FULL = GOOD["pitch.open, full"]
SMALL = GOOD["pitch.open, smallest"]
OWNER: str = FULL["by"]
GIVER: str = GOOD["pledge.offer, full"]["by"]
PITCH: str = GOOD["pledge.offer, full"]["pitch"]
HOME, AWAY = NodeId(OWNER[:32]), NodeId(GIVER[:32])


def opened(base: dict[str, Any] = FULL, **changes: Any) -> PitchOpen:
    """A pitch with some fields replaced; a field given as None is left out."""
    content = {**base, **changes}
    record = write({name: value for name, value in content.items() if value is not None})
    assert isinstance(record, PitchOpen)
    return record


def revise(**fields: Any) -> Any:
    return write({"type": "pitch.revise", "by": OWNER, "pitch": PITCH, **fields})


def advance(to: str, **fields: Any) -> Any:
    return write({"type": "pitch.advance", "by": OWNER, "pitch": PITCH, "to": to, **fields})


def ask(key: str, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "expertise",
        "text": {"en": key},
        "quantity": quantity,
        "unit": "hour",
        **fields,
    }


def record(name: str, **changes: Any) -> Record:
    """A good vector with some fields replaced; a field given as None is left out."""
    content = {**GOOD[name], **changes}
    return write({field: value for field, value in content.items() if value is not None})
