"""Members who moved: a pair of claims becomes one person, and what she owns is settled anew.

Law: of several moves of one card the first in its feed that the other side confirms counts; one side alone changes
nothing, and what is not said to the network moves nobody: a person is the same everywhere. Source: DOMAIN R10.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from store.payloads import Item
from store.views import comment_rows, voices
from store.views.ground import Batch, listed, said

_MOVES: Final = """
SELECT key FROM steps WHERE about = ? AND type = 'member.move' AND restricted = 0 AND applies IS NOT -1
"""
_CLAIMED: Final = "SELECT 1 FROM members WHERE id = ? AND was = ? AND restricted = 0"
_WAS: Final = "SELECT was FROM members WHERE id IN (SELECT value FROM json_each(?)) AND was IS NOT NULL"
_PUT: Final = """
INSERT INTO moves (member, heir, place) VALUES (?, ?, ?)
ON CONFLICT (member) DO UPDATE SET heir = excluded.heir, place = excluded.place
"""


def take_moves(batch: Batch, items: list[Item]) -> None:
    """Claims to have moved on."""
    batch.take_voices(items)
    pair(batch, {str(item.record.by) for item in items})


def claimed(batch: Batch, cards: Iterable[str]) -> set[str]:
    """The cards that these new ones say they were."""
    return {was for (was,) in batch.db.execute(_WAS, (listed(cards),))}


def pair(batch: Batch, members: Iterable[str]) -> None:
    """Look whether the moves of these members are in effect now."""
    for member in members:
        found = _in_effect(batch, member)
        here = batch.db.execute("SELECT heir, place FROM moves WHERE member = ?", (member,)).fetchone()
        if found is None or found == here:
            continue
        owners = {batch.people.heir(member), batch.people.heir(found[0])}
        batch.db.execute(_PUT, (member, *found))
        batch.people.forget()
        _touch(batch, owners | {batch.people.heir(member)})


def announced(db: sqlite3.Connection, member: str) -> str | None:
    """The card a member last said she moved to, whether or not that card says so too; None: she said nothing."""
    keys = [key for (key,) in db.execute(_MOVES, (member,))]
    records = sorted(said(db, keys).values(), key=lambda record: record.place)
    return str(records[-1].content["to"]) if records else None


def _in_effect(batch: Batch, member: str) -> tuple[str, int] | None:
    """(heir, place of the move)."""
    keys = [key for (key,) in batch.db.execute(_MOVES, (member,))]
    for record in sorted(said(batch.db, keys).values(), key=lambda record: record.place):
        to = record.content["to"]
        if batch.db.execute(_CLAIMED, (to, member)).fetchone():
            return to, record.place
    return None


_OWNED: Final = """
SELECT 'pitch', id FROM pitches WHERE owner IN (SELECT value FROM json_each(?1))
UNION ALL SELECT area, id FROM objects WHERE owner IN (SELECT value FROM json_each(?1))
"""
_PLEDGES: Final = """
SELECT id FROM pledges WHERE giver IN (SELECT value FROM json_each(?1)) OR owner IN (SELECT value FROM json_each(?1))
"""
_SEATS: Final = """
SELECT circle FROM seats WHERE member IN (SELECT value FROM json_each(?1))
UNION SELECT circle FROM passages WHERE member IN (SELECT value FROM json_each(?1))
"""


def _cards(batch: Batch, owners: Iterable[str]) -> set[str]:
    """Every card of these people."""
    persons = (batch.people.person(owner.partition("-")[0], owner) for owner in owners)
    return {stretch.member for person in persons for stretch in person if stretch.member}


def _by_kind(some: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, id_ in some:
        found.setdefault(kind, []).append(id_)
    return found


def _touch(batch: Batch, owners: set[str]) -> None:
    """Settle anew all that these members own, and let what was taken for strangers' words about it wait again."""
    names = listed(sorted(owners))
    owned = batch.db.execute(_OWNED, (names,)).fetchall()
    owned += [("pledge", id_) for (id_,) in batch.db.execute(_PLEDGES, (names,))]
    batch.anew.update(id_ for kind, id_ in owned if kind != "pledge")
    batch.pledges.update(id_ for kind, id_ in owned if kind == "pledge")
    cards = _cards(batch, owners) | owners
    sat = batch.db.execute(_SEATS, (listed(sorted(cards)),))
    batch.seats.update((circle, owner) for (circle,) in sat for owner in owners)
    batch.witnessed.update(voices.subjects(batch.db, cards, "check_in.attest"))
    remarks = comment_rows.of_authors(batch.db, cards)
    batch.remarks.update(remarks)
    for kind, ids in _by_kind([*owned, *(("comment", id_) for id_ in remarks)]).items():
        batch.recall(ids, kind)
    batch.tx.topics.update(f"member:{owner}" for owner in owners)
