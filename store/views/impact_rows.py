"""The rows figures are made of, each read once.

Law: unrestricted rows alone. A place is an ISO 3166 code; a country is the place of its subdivisions too.
Source: DOMAIN R15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from store.views.ground import said
from store.views.pitch_rows import COLUMNS, PitchRow
from store.views.shapes import ImpactFilters
from store.views.succession import People

EARLIEST: Final = -(2**62)
LATEST: Final = 2**62
_ROWS: Final = 1_000  # records read back at a time


class Place:
    """Where pitches and organisations are."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._nodes = dict(db.execute("SELECT node, jurisdiction FROM profiles"))
        self._pitches = longest(db, "pitch.jurisdiction")

    def of_node(self, node: str) -> str | None:
        """The place of an organisation, None while its profile is not here."""
        return self._nodes.get(node)

    def of_pitch(self, row: PitchRow) -> str | None:
        """Where a pitch takes place, else where its organisation is."""
        return self._pitches.get(row.key) or self.of_node(row.node)


def longest(db: sqlite3.Connection, facet: str) -> dict[int, str]:
    """The place of each object in a facet that has its country too."""
    found: dict[int, str] = {}
    for value, key in kinds(db, facet):
        found[key] = max(found.get(key, ""), value, key=len)
    return found


def kinds(db: sqlite3.Connection, facet: str) -> Iterator[tuple[str, int]]:
    """(value, key) of everything in a facet."""
    yield from db.execute("SELECT value, key FROM facets WHERE facet = ?", (facet,))


def is_in(place: str | None, wanted: str | None) -> bool:
    """Whether a place is the one asked for or a part of it."""
    return wanted is None or (place is not None and wanted in (place, place[:2]))


def having(db: sqlite3.Connection, facet: str, value: str | None) -> set[int] | None:
    """Keys of what has a value in a facet; None if none is asked for."""
    if value is None:
        return None
    return {
        key for (key,) in db.execute("SELECT key FROM facets WHERE facet = ? AND value = ?", (facet, value))
    }


_PITCHES: Final = f"SELECT {COLUMNS} FROM pitches WHERE restricted = 0 AND age > ? AND age <= ? ORDER BY id"  # noqa: S608


def pitches(
    db: sqlite3.Connection, places: Place, filters: ImpactFilters, between: tuple[int, int]
) -> list[PitchRow]:
    """Pitches opened in [from, to) that the filters leave."""
    since, until = between
    topic = having(db, "pitch.topic", filters.topic)
    found = (PitchRow(*values) for values in db.execute(_PITCHES, (-until, -since)))
    return [
        one
        for one in found
        if (topic is None or one.key in topic) and is_in(places.of_pitch(one), filters.jurisdiction)
    ]


class Pledged(NamedTuple):
    """What figures need of a pledge; times in ms, ``due`` a date."""

    pitch: str
    node: str
    giver: str | None
    state: str
    returned: str
    due: str | None
    delivered: int | None


_PLEDGES: Final = """
SELECT pitch, node, giver, state, return_state, return_due, delivered_at FROM pledges
WHERE restricted = 0 AND applies = 1
"""


def pledges(db: sqlite3.Connection) -> Iterator[Pledged]:
    """All pledges everybody sees."""
    yield from (Pledged(*values) for values in db.execute(_PLEDGES))


_FIRST: Final = """
SELECT about, owner, max(age) FROM objects
WHERE area = 'artifact' AND restricted = 0 AND ended IS NULL AND about IS NOT NULL GROUP BY about, owner
"""


def first_artifacts(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """The claimed time of the first artifact, by pitch and who published it."""
    return {(pitch, owner): -age for pitch, owner, age in db.execute(_FIRST)}


class Uses(NamedTuple):
    """One use of an artifact: from which place to which, by whom, how it went."""

    source: str | None
    target: str | None
    person: str
    result: str


_USES: Final = """
SELECT o.key, o.node, s.key FROM objects AS o JOIN steps AS s ON s.about = o.id
WHERE o.area = 'artifact' AND o.restricted = 0 AND o.ended IS NULL
  AND s.applies IS NOT -1 AND s.applies = 1 AND s.type = 'reuse' AND s.restricted = 0
"""


def uses(
    db: sqlite3.Connection, places: Place, filters: ImpactFilters, between: tuple[int, int]
) -> Iterator[Uses]:
    """Uses said in [from, to) of artifacts that stand."""
    people, topic = People(db), having(db, "artifact.topic", filters.topic)
    chosen = {
        key: places.of_node(node)
        for artifact, node, key in db.execute(_USES)
        if (topic is None or artifact in topic) and is_in(places.of_node(node), filters.jurisdiction)
    }
    since, until = between
    for keys in _some(sorted(chosen)):
        for key, record in said(db, keys).items():
            if since <= record.time < until:
                by = people.heir(str(record.content["by"]))
                yield Uses(chosen[key], places.of_node(record.node), by, str(record.content["result"]))


def _some(keys: list[int]) -> Iterable[list[int]]:
    return (keys[at : at + _ROWS] for at in range(0, len(keys), _ROWS))


_CARDS: Final = """
SELECT key, id, node FROM members
WHERE restricted = 0 AND retired = 0 AND id NOT IN (SELECT member FROM moves)
"""
_STANDING: Final = """
SELECT key, owner, node FROM objects
WHERE area = 'offer' AND restricted = 0 AND ended IS NULL AND due > ?
"""


def offering(
    db: sqlite3.Connection, places: Place, filters: ImpactFilters, now: int
) -> Iterator[tuple[str, str]]:
    """(kind, member) of what cards and standing offers offer today."""
    for area, rows in (("member", db.execute(_CARDS)), ("offer", db.execute(_STANDING, (now,)))):
        at, topic = longest(db, f"{area}.jurisdiction"), having(db, f"{area}.topic", filters.topic)
        offered: dict[int, list[str]] = {}
        for kind, key in kinds(db, f"{area}.{'offers' if area == 'member' else 'kind'}"):
            offered.setdefault(key, []).append(kind)
        for key, person, node in rows.fetchall():
            place = at.get(key) or places.of_node(node)
            if (topic is None or key in topic) and is_in(place, filters.jurisdiction):
                yield from ((kind, person) for kind in offered.get(key, ()))
