"""Envelopes of ours that a named node must still get, on one conversation.

Law: an envelope is offered only to a node that has said it holds the header (or in the same CHUNK as the header), and
counts as acknowledged by a NOTE that covers it and comes after the offer. Source: PROTOCOL section 9.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocol.frame_types import Seen
from protocol.ids import Feed


class Owed:
    """Indexes by feed: what is owed, and which of it was offered on this connection."""

    __slots__ = ("_offered", "_owed")

    def __init__(self) -> None:
        self._owed: dict[Feed, set[int]] = {}
        self._offered: dict[Feed, set[int]] = {}

    def add(self, feed: Feed, indexes: Iterable[int]) -> None:
        self._owed.setdefault(feed, set()).update(indexes)

    def due(self, feed: Feed, known: int) -> tuple[int, ...]:
        """What to offer now that the peer holds ``known`` entries; it counts as offered from here on."""
        if not self._owed.get(feed):
            return ()
        offered = self._offered.setdefault(feed, set())
        ready = {index for index in self._owed[feed] if index < known} - offered
        offered |= ready
        return tuple(sorted(ready))

    def given(self, feed: Feed, start: int, end: int) -> None:
        """Envelopes of [start, end) went out with their headers."""
        if inside := {index for index in self._owed.get(feed, ()) if start <= index < end}:
            self._offered.setdefault(feed, set()).update(inside)

    def acknowledged(self, seen: Seen) -> tuple[int, ...]:
        """What a NOTE acknowledges; it is owed no longer."""
        offered = self._offered.get(seen.feed, set())
        covered = {index for index in offered if index < seen.size}
        offered -= covered
        self._owed.get(seen.feed, set()).difference_update(covered)
        return tuple(sorted(covered))

    def any(self) -> bool:
        """Whether something is still owed."""
        return any(self._owed.values())
