"""Voices: what members say beside an object, each person once.

Law: the last word of a person counts, over all the cards she had; what she said is found again by the card she said it
under. Sources: DOMAIN R6, R10, area *events*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from protocol.ids import NodeId
from protocol.rules.people import turn
from store.payloads import Item
from store.views.ground import Batch, Said, listed, said
from store.views.succession import People

FACET: Final = "voice.by"


def take(batch: Batch, items: list[Item]) -> None:
    """Voices that are looked for by who raised them."""
    batch.take_voices(items)
    batch.facets.update((FACET, item.record.by, item.key) for item in items if item.record.by)


def last_words(people: People, records: Iterable[Said]) -> dict[str, Said]:
    """By who she is today, the last of these records each person made."""
    found: dict[str, tuple[tuple[int, int, int], Said]] = {}
    for record in records:
        by = str(record.content["by"])
        at = turn(people.person(record.node, by), NodeId(record.node), by, record.order)
        if at is None:
            continue
        heir = people.heir(by)
        if heir not in found or at > found[heir][0]:
            found[heir] = at, record
    return {heir: record for heir, (_, record) in found.items()}


_ON: Final = """
SELECT key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = ? AND applies IS NOT -1 AND applies = 1
"""
_BY: Final = """
SELECT s.key, s.about FROM facets AS f JOIN steps AS s ON s.key = f.key
WHERE f.facet = 'voice.by' AND f.value IN (SELECT value FROM json_each(?)) AND s.type = ? AND s.applies = 1
"""


def on(db: sqlite3.Connection, ids: Iterable[str], kind: str) -> list[Said]:
    """All voices of one type on these objects."""
    return list(said(db, [key for (key,) in db.execute(_ON, (listed(ids), kind))]).values())


def by(db: sqlite3.Connection, people: People, member: str, kind: str) -> list[Said]:
    """All voices of one type a person raised, under whatever card."""
    person = people.person(member.partition("-")[0], member)
    cards = [stretch.member for stretch in person if stretch.member]
    return list(said(db, [key for key, _ in db.execute(_BY, (listed(cards), kind))]).values())


def subjects(db: sqlite3.Connection, cards: Iterable[str], kind: str) -> set[str]:
    """The objects on which these cards raised a voice of one type."""
    return {about for _, about in db.execute(_BY, (listed(cards), kind))}
