"""Whether a decision of the desk would be in one's own cause.

Law: who made something, under whatever card and named or not, decides nothing about it here, and who reported it does
not decide the report. Asked in the transaction of the decision. Source: DOMAIN R9, R14, R16.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.errors import Refused
from protocol.roles import STEWARD
from store.views.care import author_of
from store.views.shapes import Viewer
from store.views.succession import People


def is_own(db: sqlite3.Connection, viewer: Viewer, *entries: str) -> bool:
    """Whether the viewer made one of these entries."""
    mine, people = viewer.member, People(db)
    made = [author for entry in entries if (author := author_of(db, entry)) is not None]
    return mine is not None and any(people.same(author, mine) for author in made)


def ask(db: sqlite3.Connection, viewer: Viewer, *entries: str, field: str = "") -> None:
    """Refused ``own-cause`` when the viewer made one of these entries."""
    if is_own(db, viewer, *entries):
        raise Refused("own-cause", field=field)


def others_keep(db: sqlite3.Connection, *entries: str) -> bool:
    """Whether a steward here made none of these entries: then a decision about them need not wait on the operator."""
    people = People(db)
    made = [author for entry in entries if (author := author_of(db, entry)) is not None]
    members = [member for (member,) in db.execute(_STEWARDS, (STEWARD,))]
    return any(
        all(member is None or not people.same(author, member) for author in made) for member in members
    )


_STEWARDS: Final = "SELECT member FROM accounts WHERE role = ? AND disabled = 0"
