"""Circles, read: a founded one from its object, a pitch's from the pitch and what its owner said of the circle.

Law: a pitch's circle needs no record of its own and no node to be there: it has the pitch's id, title and topics until
the pitch's owner says otherwise. Source: DOMAIN R11.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from protocol.ids import NodeId
from protocol.records import read
from protocol.records.circles import CircleFound
from protocol.rules.objects import revised
from protocol.rules.ownership import when_said
from protocol.rules.pitches import PitchState
from store.views import object_rows, pitch_rows
from store.views.ground import Said, as_a, listed, said
from store.views.object_rows import ObjectRow
from store.views.pitch_rows import PitchRow
from store.views.shapes import Ref
from store.views.succession import People, number_of

AREA: Final = "circle"


class CircleRow(NamedTuple):
    """A circle as it is now: where it comes from, whose it is, what it says of itself. ``version``: the record that
    says what it is now."""

    key: int
    id: str
    kind: Literal["founded", "pitch"]
    node: str
    owner: str
    age: int
    fresh: int
    restricted: int
    version: str
    record: CircleFound


def rows(db: sqlite3.Connection, people: People, ids: Iterable[str]) -> dict[str, CircleRow]:
    """The circles of these ids that are here: founded, or of a pitch and formed."""
    wanted = list(ids)
    objects = [row for row in object_rows.rows(db, wanted).values() if row.area == AREA]
    pitches = [row for row in pitch_rows.rows(db, wanted).values() if row.formed]
    return {row.id: row for row in (*founded(db, objects), *of_pitches(db, people, pitches))}


def founded(db: sqlite3.Connection, some: Sequence[ObjectRow]) -> list[CircleRow]:
    """Circles somebody founded, in the order given."""
    now = object_rows.records(db, some)
    return [
        CircleRow(
            row.key,
            row.id,
            "founded",
            row.node,
            row.owner,
            row.age,
            row.fresh,
            row.restricted,
            row.version,
            as_a(CircleFound, now[row.id]),
        )
        for row in some
    ]


def of_pitches(db: sqlite3.Connection, people: People, some: Sequence[PitchRow]) -> list[CircleRow]:
    """The circles of pitches, in the order given."""
    states, told = pitch_rows.states(db, some), _revises(db, [row.id for row in some])
    return [_of_pitch(people, row, states[row.id], told.get(row.id, ())) for row in some]


_REVISES: Final = """
SELECT s.about, s.key FROM steps AS s JOIN pitches AS p ON p.id = s.about
WHERE s.about IN (SELECT value FROM json_each(?)) AND s.applies IS NOT -1 AND s.type = 'circle.revise'
  AND s.restricted = p.restricted
"""


def _revises(db: sqlite3.Connection, pitches: Sequence[str]) -> Mapping[str, Sequence[Said]]:
    """What was said of the circles of these pitches, by whomever."""
    found: dict[str, list[int]] = {}
    for about, key in db.execute(_REVISES, (listed(pitches),)):
        found.setdefault(about, []).append(key)
    return {about: list(said(db, keys).values()) for about, keys in found.items()}


def _of_pitch(people: People, row: PitchRow, state: PitchState, told: Sequence[Said]) -> CircleRow:
    """A pitch's circle: what the pitch says, then what its owner restated of the circle, in her order."""
    pitch, owner = state.pitch, people.person(row.node, row.owner)
    first = {
        "type": "circle.found",
        "by": row.owner,
        "name": pitch.title,
        "topics": list(pitch.topics or ()),
        **({"lang": pitch.lang} if pitch.lang else {}),
    }
    record, version = as_a(CircleFound, read(first)), row.version
    steps = []
    for one in told:
        step = read(one.content)
        at = when_said(step, NodeId(one.node), one.order, owner=owner)
        if at is not None:
            steps.append((number_of(at), one.id, step))
    for _, id_, step in sorted(steps, key=lambda step: step[0]):
        record, version = as_a(CircleFound, revised(record, step)), id_
    return CircleRow(
        row.key, row.id, "pitch", row.node, row.owner, row.age, row.fresh, row.restricted, version, record
    )


def titles(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Ref]:
    """Circles by id, with their names; one that is not here is left out."""
    found = rows(db, People(db), ids)
    return {id_: {"id": id_, "title": row.record.name} for id_, row in found.items()}


_COUNTS: Final = """
SELECT s.circle, count(*), count(DISTINCT s.node) FROM seats AS s LEFT JOIN members AS m ON m.id = s.member
WHERE s.circle IN (SELECT value FROM json_each(?)) AND coalesce(m.retired, 0) = 0 GROUP BY s.circle
"""


def counts(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """(members, organisations) of each circle."""
    return {circle: (members, nodes) for circle, members, nodes in db.execute(_COUNTS, (listed(ids),))}


_SITS: Final = "SELECT circle FROM seats WHERE member = ? AND circle IN (SELECT value FROM json_each(?))"


def sits_in(db: sqlite3.Connection, member: str | None, ids: Iterable[str]) -> set[str]:
    """The circles of these in which somebody is."""
    return {circle for (circle,) in db.execute(_SITS, (member, listed(ids)))}
