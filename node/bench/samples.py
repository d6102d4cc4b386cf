"""Sample logs: records of 500 bytes in the mix an active node writes.

Law: the same bytes for the same node and count; every record is right, so that all of it ends in views and search.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from protocol.entry import dump_json
from protocol.ids import EntryId, NodeId
from protocol.limits import SALT
from store import log
from store.database import Tx
from store.own import Own

ENVELOPE: Final = 500
"""Bytes of every envelope."""
_BATCH: Final = 2_000
_STEMS: Final = (
    "intake",
    "form",
    "travel",
    "city",
    "library",
    "policy",
    "service",
    "design",
    "test",
    "permit",
    "flood",
)
_ENDS: Final = (
    "",
    "s",
    "ing",
    "ed",
    "room",
    "plan",
    "map",
    "work",
    "side",
    "house",
    "day",
    "line",
    "yard",
    "land",
)
_COMMON: Final = ("the", "of", "and", "to", "in", "for", "with", "a", "we", "our")
_WORDS: Final = (*_COMMON * 60, *(first + last + end for first in _STEMS for last in _STEMS for end in _ENDS))
"""A third of a text are common words, the rest some 1,700 others."""


def text(rng: random.Random, length: int) -> str:
    return " ".join(rng.choices(_WORDS, k=length // 2 + 1))[:length].rstrip() or "x"


class _Block(NamedTuple):
    """Ids of what the records of a block speak of; ``at`` is the place in the block, ``position`` in the log."""

    node: NodeId
    position: int
    at: int

    def id(self, at: int) -> str:
        return str(EntryId(self.node, 0, self.position - self.at + at))

    @property
    def pitch(self) -> str:
        return self.id(2 + self.at % 4)


def _member(block: _Block) -> dict[str, Any]:
    return {"type": "member.introduce", "name": f"policy analyst {block.position}", "languages": ["en"]}


def _pitch(block: _Block) -> dict[str, Any]:
    ask = {"key": "tester", "kind": "testing", "text": {"en": "Two hours"}, "quantity": 2, "unit": "hour"}
    opening = {
        "title": {"en": f"Learning visit {block.position}"},
        "opportunity": "change-lab",
        "topics": ["data"],
    }
    return {"type": "pitch.open", "by": block.id(0), **opening, "asks": [ask]}


def _offer(block: _Block) -> dict[str, Any]:
    offered = {"ask": "tester", "kind": "testing", "quantity": 1, "unit": "hour"}
    return {"type": "pledge.offer", "by": block.id(1), "pitch": block.id(block.at - 4), **offered}


def _accept(block: _Block) -> dict[str, Any]:
    return {"type": "pledge.accept", "by": block.id(0), "pledge": block.id(block.at - 4), "quantity": 1}


def _comment(block: _Block) -> dict[str, Any]:
    return {"type": "comment", "by": block.id(1), "on": block.pitch}


def _artifact(block: _Block) -> dict[str, Any]:
    known = {"kind": "guide", "title": {"en": f"What we learned {block.position}"}, "licence": "CC-BY-4.0"}
    return {"type": "artifact.publish", "by": block.id(0), **known, "topics": ["data"], "pitch": block.pitch}


def _update(block: _Block) -> dict[str, Any]:
    return {"type": "pitch.update", "by": block.id(0), "pitch": block.pitch}


_MIX: Final[Sequence[tuple[int, Callable[[_Block], dict[str, Any]], str]]] = (
    (2, _member, "organisation"),
    (4, _pitch, "why"),
    (4, _offer, "text"),
    (2, _accept, "return"),
    (4, _comment, "text"),
    (2, _artifact, "body"),
    (2, _update, "text"),
)
"""How many of each in a block, and the field that takes the long text."""
_PLACES: Final = tuple((make, name) for count, make, name in _MIX for _ in range(count))
BLOCK: Final = len(_PLACES)


def content(node: NodeId, index: int) -> bytes:
    """The record at this index of a sample log: as much text as makes its envelope ENVELOPE bytes."""
    make, name = _PLACES[index % BLOCK]
    bare = make(_Block(node, index, index % BLOCK))
    rng = random.Random(index)  # noqa: S311 - sample words, the same every time
    room = ENVELOPE - SALT - len(dump_json({**bare, name: {"en": ""}}))
    said = text(rng, min(room, 190) if name == "organisation" else room)
    data = dump_json({**bare, name: {"en": said}})
    return data + b" " * (ENVELOPE - SALT - len(data))


def salt(index: int) -> bytes:
    """A salt that is the same every time: nothing in a sample is worth hiding."""
    return hashlib.sha256(index.to_bytes(8, "big")).digest()[:SALT]


def batches(count: int) -> Iterator[range]:
    """Indexes below ``count``, as many at a time as one transaction takes."""
    for start in range(0, count, _BATCH):
        yield range(start, min(start + _BATCH, count))


def fill(tx: Tx, own: Own, indexes: range) -> None:
    """Append these records of the sample log to the own feed; the log only, no views."""
    for index in indexes:
        log.append_own(tx, own, content(own.node, index), restricted=False, audience=None, salt=salt(index))
