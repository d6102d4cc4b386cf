"""The page of one circle, founded or a pitch's.

Law: it is put together from what is here, so it stands when the node it began at is gone or its owner has moved.
Source: DOMAIN R11, WEB "Pages" circles.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from protocol.records.events import EventSchedule
from protocol.records.polls import PollOpen
from protocol.rules.circles import second_wanted
from protocol.rules.moments import DAY
from store.views import artifacts, circle_rows, circles, issues, object_rows, pitch_rows, seats, talk
from store.views.circle_keeping import Standing, standing
from store.views.ground import as_a, listed
from store.views.held import audience_of, held_by
from store.views.object_rows import COLUMNS, ObjectRow
from store.views.people import Names
from store.views.pitch_items import items as pitch_items
from store.views.shapes import (
    Circle,
    CircleCan,
    Health,
    IssueItem,
    Keeper,
    Meeting,
    PitchItem,
    Place,
    Priorities,
    Priority,
    Viewer,
)
from store.views.timeline import steps_of_type

ACTIVE_DAYS: Final = 90
MAX_BESIDE: Final = 100  # polls, and events, of one circle that are looked at, the newest


def one(db: sqlite3.Connection, viewer: Viewer, circle: str, *, now: int) -> Circle | None:
    """A circle with its page; None if it is not here, or not formed yet."""
    names = Names(db, viewer)
    row = circle_rows.rows(db, names.people, [circle]).get(circle)
    if row is None:
        return None
    stands, here = standing(db, names.people, row, viewer.member, now), seats.places(db, circle)
    raised = issues.of_circle(db, names, circle)
    nodes = [keeper.member.partition("-")[0] for keeper in stands.keeping.stewards]
    return {
        **circles.items(db, names, [row], now)[0],
        "members_list": [_place(names, place) for place in here],
        "stewards": _keepers(names, stands),
        "second_steward_wanted": not stands.over and second_wanted(nodes),
        "issues": raised,
        "priorities": priorities(db, circle),
        "pitches": _pitches(db, names, circle, raised, now),
        "artifacts": artifacts.of_pitch(db, names, circle),
        "events": _events(db, circle),
        "comments": talk.count_on(db, viewer, circle),
        "health": _health(db, stands, here, raised, now),
        "version": row.version,
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": can(viewer, stands, now),
    }


def _place(names: Names, place: seats.Place) -> Place:
    return {"who": names.person(place.member), "basis": place.basis, "since": place.since}


def _keepers(names: Names, stands: Standing) -> list[Keeper]:
    return [
        {
            "who": names.person(keeper.member),
            "how": keeper.how,
            "by": names.person(keeper.by) if keeper.by else None,
            "since": keeper.since,
        }
        for keeper in stands.keeping.stewards
    ]


_OF_KEYS: Final = (
    "SELECT id FROM pitches WHERE key IN (SELECT value FROM json_each(?)) ORDER BY fresh, id LIMIT ?"
)


def of_keys(db: sqlite3.Connection, names: Names, keys: Iterable[int], now: int) -> list[PitchItem]:
    """Pitches at these row keys, newest first."""
    ids = [id_ for (id_,) in db.execute(_OF_KEYS, (listed(keys), MAX_BESIDE))]
    rows = pitch_rows.rows(db, ids)
    return pitch_items(db, names, [rows[id_] for id_ in ids], now)


def _pitches(
    db: sqlite3.Connection, names: Names, circle: str, raised: Sequence[IssueItem], now: int
) -> list[PitchItem]:
    """The circle's own pitch, then those that answer its issues."""
    own = list(pitch_rows.rows(db, [circle]).values())
    answering = of_keys(db, names, issues.answering(db, [issue["id"] for issue in raised]), now)
    return pitch_items(db, names, own, now) + [pitch for pitch in answering if pitch["id"] != circle]


def _beside(db: sqlite3.Connection, area: str, circle: str) -> list[ObjectRow]:
    """Objects of an area that are about a circle or name it, the newest."""
    return [ObjectRow(*row) for row in db.execute(_BESIDE, (area, circle, f"{area}.circle", MAX_BESIDE))]


_BESIDE: Final = f"""
SELECT {COLUMNS} FROM objects WHERE area = ?1 AND (about = ?2 OR key IN (
  SELECT key FROM facets WHERE facet = ?3 AND value = ?2)) ORDER BY fresh, id LIMIT ?4
"""  # noqa: S608


def _events(db: sqlite3.Connection, circle: str) -> list[Meeting]:
    """Events about a circle that were not cancelled, in the order they begin."""
    rows = [row for row in _beside(db, "event", circle) if row.ended is None]
    records = object_rows.records(db, rows)
    found = [(row.due or 0, row.id, as_a(EventSchedule, records[row.id])) for row in rows]
    return [
        {"id": id_, "title": event.title, "start": event.start}
        for _, id_, event in sorted(found, key=lambda one: one[:2])
    ]


# ── priorities ───────────────────────────────────────────────────────────────────────────────────────────────


def priorities(db: sqlite3.Connection, circle: str) -> Priorities | None:
    """The result of the circle's last closed rank poll, highest points first; None while there is none."""
    rows = _beside(db, "poll", circle)
    records = object_rows.records(db, rows)
    for row in sorted(rows, key=lambda row: (row.due or 0, row.id), reverse=True):
        poll = as_a(PollOpen, records[row.id])
        closed = steps_of_type(db, row.id, "poll.close") if poll.kind == "rank" else []
        if closed:
            first = min(closed, key=lambda step: step.place)
            return {
                "poll": row.id,
                "question": poll.question,
                "options": _ranked(poll, first.content["counts"]),
            }
    return None


def _ranked(poll: PollOpen, counts: dict[str, Any]) -> list[Priority]:
    found: list[Priority] = [
        {
            "ref": option.ref,
            "text": option.text,
            "points": _points(counts.get(option.key, 0), len(poll.options)),
        }
        for option in poll.options
    ]
    return sorted(found, key=lambda option: -option["points"])


def _points(count: int | dict[str, int], options: int) -> int:
    """Borda points: as counted, else from the table of ranks."""
    if isinstance(count, int):
        return count
    if "points" in count:
        return count["points"]
    return sum((options - int(rank)) * times for rank, times in count.items() if rank.isdigit())


# ── health, and what the viewer may do ───────────────────────────────────────────────────────────────────────

_DONE: Final = """
SELECT count(DISTINCT f.value) FROM facets AS f JOIN pitches AS p ON p.key = f.key
WHERE f.facet = 'pitch.answers' AND f.value IN (SELECT value FROM json_each(?)) AND p.applied >= 2
"""


def _health(
    db: sqlite3.Connection,
    stands: Standing,
    here: Sequence[seats.Place],
    raised: Sequence[IssueItem],
    now: int,
) -> Health:
    """An issue is open until a pitch that answers it is applied."""
    members = {place.member for place in here}
    recent = {event.by for event in stands.events if now - ACTIVE_DAYS * DAY < event.time <= now}
    (done,) = db.execute(_DONE, (listed(issue["id"] for issue in raised),)).fetchone()
    return {
        "members": len(members),
        "organisations": len({place.node for place in here}),
        "active": len(members & recent),
        "open_issues": len(raised) - int(done),
    }


def can(viewer: Viewer, stands: Standing, now: int) -> CircleCan:
    """What the viewer may do with a circle now."""
    member, sits = viewer.member, stands.seat is not None
    steward = stands.keeping.is_steward(member)
    return {
        "join": member is not None and not sits and not stands.over,
        "leave": sits,
        "take_role": sits and not steward and stands.keeping.may_take(now),
        "name_steward": steward,
        "lay_down_role": steward,
        "revise": member is not None and member == stands.row.owner,
        "raise_issue": sits,
        "comment": member is not None,
    }
