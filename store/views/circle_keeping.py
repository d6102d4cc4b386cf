"""How somebody stands to a circle now: whether she is in it, who keeps it, whether it still goes on.

Law: stewards follow from all that was said about the circle, by the times it claims; what is said to some of those who
see the circle makes nobody one. Source: DOMAIN R11, ``protocol.rules.circles``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from protocol.rules.circles import Event, Keeping, Passage, Seat, is_over, keeping, seat
from store.views import seats
from store.views.circle_rows import CircleRow
from store.views.ground import Said, said
from store.views.succession import People

MAX_EVENTS: Final = (
    2_000  # records about one circle that are looked at, the newest: roles apart, so that talk hides none
)

What = Literal["says", "names", "lays-down", "leaves"]


class Standing(NamedTuple):
    """A circle as one member stands to it. ``events``: what was said about it, by whom, in no order."""

    row: CircleRow
    seat: Seat | None
    keeping: Keeping
    events: list[Event]
    over: bool


def standing(
    db: sqlite3.Connection, people: People, row: CircleRow, member: str | None, now: int
) -> Standing:
    """How a member (as she is now; None: nobody) stands to a circle at a time."""
    events = _events(db, people, row)
    kept = keeping(row.owner, -row.age, events, _was_in(db, people, row), now)
    place = seats.place_in_circle(db, row.id, member)
    return Standing(row, place, kept, events, is_over(row.record.sunset, now))


def _was_in(db: sqlite3.Connection, people: People, row: CircleRow) -> Callable[[str, int], bool]:
    """Whether somebody was in the circle at a time; looked up for those who are asked about only."""
    known: dict[str, list[Passage]] = {}

    def was_in(member: str, at: int) -> bool:
        if member not in known:
            circles = seats.circles_of(db, [row.id])
            found = seats.passages_of(db, people, circles, [(row.id, member)])
            known[member] = found.get((row.id, member), [])
        return seat(passage for passage in known[member] if passage.time <= at) is not None

    return was_in


_ROLES: Final = """
SELECT key FROM steps WHERE about = ? AND restricted = ? AND applies IS NOT -1
  AND type IN ('circle.role', 'circle.leave') ORDER BY at DESC LIMIT ?
"""
_STEPS: Final = """
SELECT key FROM steps WHERE about = ? AND restricted = ? AND applies IS NOT -1
  AND type NOT IN ('circle.role', 'circle.leave') ORDER BY at DESC LIMIT ?
"""
_TALK: Final = "SELECT key FROM comments WHERE about = ? AND restricted = ? ORDER BY at DESC LIMIT ?"
_OBJECTS: Final = """
SELECT -age, id, owner FROM objects WHERE about = ? AND restricted = ? ORDER BY fresh LIMIT ?
"""


def _events(db: sqlite3.Connection, people: People, row: CircleRow) -> list[Event]:
    about = (row.id, row.restricted, MAX_EVENTS)
    keys = [key for query in (_ROLES, _STEPS, _TALK) for (key,) in db.execute(query, about)]
    spoken = [_event(people, record) for record in said(db, keys).values() if record.content.get("by")]
    made = [Event(time, id_, owner) for time, id_, owner in db.execute(_OBJECTS, about)]
    return spoken + made


def _event(people: People, record: Said) -> Event:
    content = record.content
    what, member = _what(content)
    by = people.heir(content["by"])
    return Event(record.time, record.id, by, what, people.heir(member) if member else None)


def _what(content: dict[str, Any]) -> tuple[What, str | None]:
    if content["type"] == "circle.leave":
        return "leaves", None
    if content["type"] != "circle.role":
        return "says", None
    return ("names" if content["role"] == "steward" else "lays-down"), str(content["member"])
