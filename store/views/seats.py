"""Who is in which circle: the seats a batch of records gives and takes.

Law: a seat is worked out anew from all that brings this one person into this one circle, never from what the row said;
a pitch's are kept before its circle forms, and shown from then on. What is said to some of those who see the circle
gives no seat in it. Source: DOMAIN R11.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from protocol.ids import parse_entry
from protocol.records.practice import CheckInAttest
from protocol.rules.circles import LEFT, Basis, Passage, Seat, seat
from protocol.rules.people import turn
from store.payloads import Item
from store.rows import entry_key
from store.views.ground import Batch, about, as_a, listed, said
from store.views.places import order_of, place_of
from store.views.succession import People, number_of

_WORDS: Final = {"catalyse": "catalyst", "circle.join": "joined", "circle.leave": LEFT}
_ATTEST: Final = "check_in.attest"

Pair = tuple[str, str]
"""(circle, member)."""


class Circle(NamedTuple):
    """What seats need to know of a circle, or of the pitch it forms around. ``begun``: POSIX ms."""

    id: str
    owner: str
    begun: int
    restricted: int


def settle(batch: Batch, kinds: Mapping[str, list[Item]]) -> None:
    """Work out the seats of everybody this batch speaks of. What it judged is written down before."""
    _keep(batch, [item for kind in _WORDS for item in kinds.get(kind, ())])
    spoken = {about(item) for item in kinds.get("check_in", ())} | _attested(batch.db, kinds.get(_ATTEST, []))
    _attest_anew(batch, spoken | batch.anew | batch.opened.keys())
    founded = {id_ for id_, item in batch.made.items() if item.record.type == "circle.found"}
    new = founded | batch.opened.keys()
    batch.seats |= _passing(batch.db, new)
    batch.seats |= {(id_, batch.opened[id_].record.by or "") for id_ in batch.opened}
    batch.seats |= {(id_, batch.made[id_].record.by or "") for id_ in founded}
    batch.seats |= {(circle.id, circle.owner) for circle in circles_of(batch.db, batch.anew).values()}
    if batch.seats:
        _seat(batch, batch.seats)


# ── what brings people in and takes them out ─────────────────────────────────────────────────────────────────

_PUT: Final = """
INSERT INTO passages (circle, member, key, word, place, time, restricted) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""


def _keep(batch: Batch, items: Iterable[Item]) -> None:
    rows = [
        (
            about(item),
            item.record.by,
            item.key,
            _WORDS[item.record.type],
            place_of(item.entry),
            item.time,
            int(item.restricted),
        )
        for item in items
    ]
    batch.db.executemany(_PUT, rows)
    batch.seats.update((str(circle), str(member)) for circle, member, *_ in rows)


_PITCH_OF: Final = "SELECT about FROM steps WHERE key = ? AND type = 'check_in' AND applies = 1"


def _attested(db: sqlite3.Connection, items: Iterable[Item]) -> set[str]:
    """The pitches of whose check-ins somebody attests something; one not here brings its own when it comes."""
    found: set[str] = set()
    for item in items:
        check_in = entry_key(db, parse_entry(as_a(CheckInAttest, item.record).check_in))
        found.update(pitch for (pitch,) in db.execute(_PITCH_OF, (check_in,)))
    return found


_CHECK_INS: Final = """
SELECT s.about, f.node || '-' || f.epoch || '-' || (s.key & 0xFFFFFFFFFF), s.restricted
FROM steps AS s JOIN feeds AS f ON f.no = s.key >> 40
WHERE s.about IN (SELECT value FROM json_each(?)) AND s.type = 'check_in' AND s.applies = 1 AND s.applies IS NOT -1
"""
_ATTESTS: Final = """
SELECT key FROM steps
WHERE about = ? AND type = 'check_in.attest' AND applies = 1 AND applies IS NOT -1 AND restricted = ?
"""
_ATTESTERS: Final = """
SELECT circle, member FROM passages WHERE circle IN (SELECT value FROM json_each(?)) AND word = 'attester'
"""
_FORGET: Final = """
DELETE FROM passages WHERE circle IN (SELECT value FROM json_each(?)) AND word = 'attester'
"""


def _attest_anew(batch: Batch, pitches: set[str]) -> None:
    """Attesters of pitches one of whose check-ins may count now, or count no more."""
    if not pitches:
        return
    names, db = listed(sorted(pitches)), batch.db
    batch.seats.update(db.execute(_ATTESTERS, (names,)).fetchall())
    db.execute(_FORGET, (names,))
    for pitch, check_in, restricted in db.execute(_CHECK_INS, (names,)).fetchall():
        keys = [key for (key,) in db.execute(_ATTESTS, (check_in, restricted))]
        rows = [
            (pitch, one.content["by"], one.key, "attester", one.place, one.time, restricted)
            for one in said(db, keys).values()
        ]
        db.executemany(_PUT, rows)
        batch.seats.update((pitch, str(member)) for _, member, *_ in rows)


_PASSING: Final = "SELECT circle, member FROM passages WHERE circle IN (SELECT value FROM json_each(?))"


def _passing(db: sqlite3.Connection, circles: set[str]) -> set[Pair]:
    """Everybody who said something that brings her into these circles, or out."""
    return set(db.execute(_PASSING, (listed(sorted(circles)),))) if circles else set()


# ── who sits where ───────────────────────────────────────────────────────────────────────────────────────────

_CIRCLES: Final = """
SELECT id, owner, -age, restricted FROM pitches WHERE id IN (SELECT value FROM json_each(?1))
UNION ALL
SELECT id, owner, -age, restricted FROM objects
WHERE id IN (SELECT value FROM json_each(?1)) AND area = 'circle'
"""
_SEATS: Final = """
SELECT s.circle, s.member, s.node, s.since, s.basis, s.restricted
FROM json_each(?) AS w CROSS JOIN seats AS s ON s.circle = w.value ->> 0 AND s.member = w.value ->> 1
"""
_DROP: Final = "DELETE FROM seats WHERE circle = ? AND member = ?"
_WRITE: Final = """
INSERT INTO seats (circle, member, node, since, basis, restricted) VALUES (?, ?, ?, ?, ?, ?)
"""


def _seat(batch: Batch, touched: set[Pair]) -> None:
    """Seat these pairs anew, each person under the card she has now."""
    wanted = {(circle, batch.people.heir(member)) for circle, member in touched}
    circles = circles_of(batch.db, {circle for circle, _ in wanted})
    found = passages_of(batch.db, batch.people, circles, wanted)
    after = {
        (circle, member, member.partition("-")[0], place.since, place.basis, circles[circle].restricted)
        for circle, member in wanted
        if (place := seat(found.get((circle, member), ())))
    }
    before = set(batch.db.execute(_SEATS, (json.dumps(sorted(touched | wanted)),)))
    batch.db.executemany(_DROP, [row[:2] for row in before - after])
    batch.db.executemany(_WRITE, sorted(after - before))
    changed = {row[0] for row in before ^ after}
    batch.tx.topics.update(f"circle:{id_}" for id_ in changed)
    if changed:
        batch.tx.topics.add("circles")


def circles_of(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Circle]:
    """Circles and pitches of these ids that are here."""
    return {row[0]: Circle(*row) for row in db.execute(_CIRCLES, (listed(sorted(ids)),))}


_PASSAGES: Final = """
SELECT p.circle, p.member, p.word, p.place, p.time, p.restricted
FROM json_each(?) AS w CROSS JOIN passages AS p ON p.circle = w.value ->> 0 AND p.member = w.value ->> 1
"""
_GIVEN: Final = """
SELECT p.pitch, p.giver, min(p.accepted_at)
FROM json_each(?) AS w CROSS JOIN pledges AS p ON p.giver = w.value ->> 1 AND +p.pitch = w.value ->> 0
WHERE p.private = 0 AND p.applies = 1 AND p.turn >= 0 AND p.accepted_at IS NOT NULL
GROUP BY p.pitch, p.giver
"""


def passages_of(
    db: sqlite3.Connection, people: People, circles: Mapping[str, Circle], pairs: Iterable[Pair]
) -> dict[Pair, list[Passage]]:
    """All that brings each of these into a circle that is here or takes her out; members as they are now."""
    here = [(circle, member) for circle, member in pairs if circle in circles]
    found: dict[Pair, list[Passage]] = {}
    for circle, member in here:
        if circles[circle].owner == member:
            found.setdefault((circle, member), []).append(Passage("owner", circles[circle].begun))
    for circle, giver, time in db.execute(_GIVEN, (json.dumps(here),)):
        found.setdefault((circle, giver), []).append(Passage("giver", time))
    cards = [(circle, card) for circle, member in here for card in _cards(people, member)]
    for circle, card, word, place, time, restricted in db.execute(_PASSAGES, (json.dumps(cards),)):
        node = card.partition("-")[0]
        at = turn(people.person(node, card), node, card, order_of(place))
        if at is not None and restricted == circles[circle].restricted:
            pair = circle, people.heir(card)
            found.setdefault(pair, []).append(Passage(word, time, number_of(at)))
    return found


def _cards(people: People, member: str) -> set[str]:
    person = people.person(member.partition("-")[0], member)
    return {member} | {stretch.member for stretch in person if stretch.member}


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Place(NamedTuple):
    """Somebody in a circle: why, and since when (POSIX ms)."""

    member: str
    node: str
    since: int
    basis: Basis


_FORMED: Final = """
SELECT 1 FROM pitches WHERE id = :circle AND formed = 1
UNION ALL SELECT 1 FROM objects WHERE id = :circle AND area = 'circle'
"""
_IN: Final = """
SELECT s.member, s.node, s.since, s.basis FROM seats AS s LEFT JOIN members AS m ON m.id = s.member
WHERE s.circle = ? AND coalesce(m.retired, 0) = 0 ORDER BY s.since, s.member
"""
_ONE: Final = "SELECT since, basis FROM seats WHERE circle = ? AND member = ?"
_NODES: Final = """
SELECT DISTINCT s.node FROM seats AS s LEFT JOIN members AS m ON m.id = s.member
WHERE s.circle = ? AND coalesce(m.retired, 0) = 0 ORDER BY s.node
"""


def is_formed(db: sqlite3.Connection, circle: str) -> bool:
    """Whether there is a circle of this id: a founded one, or that of a pitch once a pledge was accepted."""
    return db.execute(_FORMED, {"circle": circle}).fetchone() is not None


def places(db: sqlite3.Connection, circle: str) -> list[Place]:
    """Who is in a circle today, the longest there first; those who retired are not."""
    return [Place(*row) for row in db.execute(_IN, (circle,))] if is_formed(db, circle) else []


def place_in_circle(db: sqlite3.Connection, circle: str, member: str | None) -> Seat | None:
    """The place of one member (as she is now) in a circle that is formed."""
    if member is None or not is_formed(db, circle):
        return None
    row = db.execute(_ONE, (circle, member)).fetchone()
    return Seat(*row) if row else None


def nodes_of(db: sqlite3.Connection, circle: str) -> list[str]:
    """The nodes of a circle's members today."""
    return [node for (node,) in db.execute(_NODES, (circle,))] if is_formed(db, circle) else []
