"""What one line of waiting is made of, and how records that name somebody are found.

Law: records that name a member are found by facets, under whatever card she was named, the newest of them up to a
number. Source: DOMAIN R16.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from protocol.rules.obligations import Due
from store.views.ground import listed
from store.views.people import Names
from store.views.shapes import Person, Text, Wait

MAX_NAMED: Final = 100
"""Invitations, check-ins, pitches or reports that name one person looked at, the newest of each."""


class Open(NamedTuple):
    """Something that waits on the viewer (``mine``) or on whom she waits for."""

    mine: bool
    wait: Wait


def cards(names: Names) -> list[str]:
    """Every card the viewer has or had."""
    member = names.viewer.member or ""
    person = names.people.person(member.partition("-")[0], member)
    return [stretch.member for stretch in person if stretch.member]


def line(due: Due, about: tuple[str, str, Text | None], who: Person | None, now: int) -> Wait:
    """One line; ``about``: id, kind and title of the object to open."""
    id_, kind, title = about
    return {
        "what": due.what,
        "reason": due.reason,
        "id": id_,
        "kind": kind,  # type: ignore[typeddict-item]  # the callers' words are the shape's
        "title": title,
        "who": who,
        "due": due.until,
        "overdue": due.overdue(now),
        "since": due.since,
    }


_NAMED: Final = """
SELECT key FROM facets WHERE facet = ? AND value IN (SELECT value FROM json_each(?)) ORDER BY key DESC LIMIT ?
"""


def naming(db: sqlite3.Connection, facet: str, values: Sequence[str]) -> list[int]:
    """Keys of the newest records that have one of these values in a facet."""
    return [key for (key,) in db.execute(_NAMED, (facet, listed(values), MAX_NAMED))]
