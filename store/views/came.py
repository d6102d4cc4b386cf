"""What came of what the viewer gave and of what she wrote: the reason to come back.

Law: only her own gifts and artifacts are looked at, whatever cards she had; what is private is told to whom it is
between. Source: DOMAIN R7 ("every giver is told what came of the gift"), WEB "Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.rules.asks import TAKEN
from protocol.rules.pitches import clock_state
from store.views import artifacts, object_rows
from store.views.access import is_open
from store.views.ground import Said, said
from store.views.people import Names
from store.views.pledge_items import Known, by_role
from store.views.shapes import Came, Ref, Reused
from store.views.timeline import steps_of_type, thanks

MAX_CAME: Final = 10
"""Gifts of which it is told what came of them, the newest."""
MAX_REUSED: Final = 5
"""Uses of her artifacts, the newest."""
_OVER: Final = ("sharing", "applied", "closed")


def of_gifts(db: sqlite3.Connection, names: Names, now: int) -> list[Came]:
    """Pitches she gave to that are over, thanks, artifacts; the newest gifts first."""
    given = by_role(db, names.viewer, "giver", TAKEN)
    some = (_came_of(db, names, one, now) for one in given)
    return [came for came in some if came["thanks"] or came["artifacts"] or came["state"] in _OVER][:MAX_CAME]


def _came_of(db: sqlite3.Connection, names: Names, one: Known, now: int) -> Came:
    thanked = [
        record
        for record in steps_of_type(db, one.pitch.id, "thanks")
        if one.row.id in (record.content.get("to") or [one.row.id])
    ]
    here = artifacts.of_pitch(db, names, one.pitch.id)
    return {
        "pledge": one.row.id,
        "kind": one.row.kind,
        "pitch": one.pitch.id,
        "title": one.state.pitch.title,
        "state": clock_state(one.pitch.facts, now),
        "thanks": [thanks(names, record) for record in thanked[-1:]],
        "artifacts": [{"id": artifact["id"], "title": artifact["title"]} for artifact in here],
        "time": one.row.delivered_at or one.row.fulfilled_at or one.row.accepted_at or one.row.time,
    }


_USES: Final = """
SELECT s.key FROM objects AS o JOIN steps AS s ON s.about = o.id
WHERE o.owner = ? AND o.area = 'artifact' AND o.ended IS NULL
  AND s.applies IS NOT -1 AND s.applies = 1 AND s.type = 'reuse'
ORDER BY s.at DESC LIMIT ?
"""


def of_artifacts(db: sqlite3.Connection, names: Names) -> list[Reused]:
    """Who put to use what she wrote, the newest first; what she did with it herself is no news."""
    keys = [key for (key,) in db.execute(_USES, (names.viewer.member, 4 * MAX_REUSED))]
    used = [
        record
        for record in sorted(said(db, keys).values(), key=lambda record: (-record.at, record.id))
        if is_open(db, names.viewer, record) and not names.is_viewer(record.content["by"])
    ][:MAX_REUSED]
    rows = list(object_rows.rows(db, {record.content["artifact"] for record in used}).values())
    titles = {id_: record.title for id_, record in object_rows.records(db, rows).items()}  # type: ignore[attr-defined]
    return [
        _reused(
            names, record, {"id": record.content["artifact"], "title": titles[record.content["artifact"]]}
        )
        for record in used
    ]


def _reused(names: Names, record: Said, artifact: Ref) -> Reused:
    return {
        "id": record.id,
        "artifact": artifact,
        "who": names.person(record.content["by"]),
        "where": record.content.get("where"),
        "what": record.content.get("what"),
        "result": record.content["result"],
        "time": record.at,
    }
