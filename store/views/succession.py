"""Who is one person: members that moved from node to node, both sides having said so.

Law: a move is in effect from when ``member.move`` and the card that names it in ``was`` are both here; then everything
the old card owned is settled anew, as if the person had always been one. Source: DOMAIN R10, ``protocol.rules.people``.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.ids import NodeId
from protocol.rules.people import MAX_STRETCHES, Person, Stretch, Turn, alone
from store.views.places import order_of

_HEIR: Final = "SELECT heir, place FROM moves WHERE member = ?"
_FORMER: Final = "SELECT member FROM moves WHERE heir = ?"
TURN_BITS: Final = 50
"""Below a stretch's number: 40 bits of index and as many of the epoch as a keyring has room for, twice over."""


def number_of(turn: Turn) -> int:
    """A turn as a column: ascending in the order of what a person said."""
    stretch, epoch, index = turn
    return stretch << TURN_BITS | epoch << 40 | index


class People:
    """Persons, looked up once a batch or query; where nobody has moved nothing is looked up but that."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.forget()

    def forget(self) -> None:
        """Somebody has moved: look again."""
        self._any: bool | None = None
        self._heirs: dict[str, str] = {}
        self._persons: dict[str, Person] = {}

    @property
    def moved(self) -> bool:
        """Whether anybody has."""
        if self._any is None:
            self._any = self._db.execute("SELECT 1 FROM moves LIMIT 1").fetchone() is not None
        return self._any

    def person(self, node: str, member: str | None) -> Person:
        """Who a member of ``node`` is, was and became; who is not named is known by her node alone."""
        if member is None or not self.moved:
            return alone(NodeId(node), member)
        if member not in self._persons:
            self._persons[member] = self._walk(member)
        return self._persons[member]

    def heir(self, member: str) -> str:
        """The card under which a person speaks today."""
        if not self.moved:
            return member
        last = self.person(member.partition("-")[0], member)[-1].member
        return last or member

    def same(self, member: str, other: str | None) -> bool:
        """Whether two cards are one person's."""
        return other is not None and self.heir(member) == self.heir(other)

    def _walk(self, member: str) -> Person:
        first, seen = member, {member}
        while (row := self._db.execute(_FORMER, (first,)).fetchone()) and row[0] not in seen:
            first = row[0]
            seen.add(first)
        found: list[Stretch] = []
        at: str | None = first
        seen = set()
        while at is not None and at not in seen and len(found) < MAX_STRETCHES:
            seen.add(at)
            row = self._db.execute(_HEIR, (at,)).fetchone()
            until = order_of(row[1]) if row and row[0] not in seen else None
            found.append(Stretch(NodeId(at.partition("-")[0]), at, until))
            at = row[0] if row else None
        return tuple(found)
