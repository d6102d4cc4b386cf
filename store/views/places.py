"""Places: the order of entries inside a node as one number, the same on every node.

Law: place = epoch * 2^40 + index. Source: docs/spec/views.md.
"""

from __future__ import annotations

from protocol.ids import EntryId
from protocol.limits import MAX_INDEX
from store.rows import INDEX_BITS


def place_of(entry: EntryId) -> int:
    """The order of an entry inside its node, the same on every node."""
    return entry.epoch << INDEX_BITS | entry.index


def place_in(entry: str) -> int:
    """``place_of`` for an entry id as text."""
    _, epoch, index = entry.split("-")
    return int(epoch) << INDEX_BITS | int(index)


def order_of(place: int) -> tuple[int, int]:
    """(epoch, index) of a place."""
    return place >> INDEX_BITS, place & (MAX_INDEX - 1)
