"""Home: what waits on the viewer, what she waits for, what came of what she gave.

Law: each line says who, until when and why; only the viewer's own pledges and pitches are looked at.
Source: DOMAIN R16, WEB "Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.rules.asks import TAKEN
from protocol.rules.pitches import clock_state
from store.views import artifacts, pitches
from store.views.obligations import of_viewer
from store.views.people import Names
from store.views.pledge_items import Known, by_role
from store.views.shapes import ArtifactFilters, Came, Home, PitchFilters, PitchItem, Viewer
from store.views.timeline import steps_of_type

NEWEST: Final = 5
"""Pitches and artifacts shown as new."""
MAX_CAME: Final = 10
"""Gifts of which it is told what came of them, the newest."""


def feed(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Home:
    """The home page of a viewer."""
    names = Names(db, viewer)
    on_me, on_others = of_viewer(db, viewer, now=now)
    return {
        "on_me": on_me,
        "on_others": on_others,
        "came": _came(db, names, now) if viewer.member is not None else [],
        "newest": _newest(db, viewer, now),
        "newest_artifacts": artifacts.listing(db, viewer, ArtifactFilters(), now=now, limit=NEWEST).items,
    }


# ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _came(db: sqlite3.Connection, names: Names, now: int) -> list[Came]:
    """What came of what she gave: pitches that are over, thanks, artifacts; the newest gifts first."""
    given = by_role(db, names.viewer, "giver", TAKEN)
    some = (_came_of(db, names, one, now) for one in given)
    return [came for came in some if came["thanks"] or came["artifacts"] or came["state"] in _OVER][:MAX_CAME]


_OVER: Final = ("sharing", "applied", "closed")


def _came_of(db: sqlite3.Connection, names: Names, one: Known, now: int) -> Came:
    thanked = [
        record
        for record in steps_of_type(db, one.pitch.id, "thanks")
        if one.row.id in (record.content.get("to") or [one.row.id])
    ]
    here = artifacts.of_pitch(db, names, one.pitch.id)
    return {
        "pledge": one.row.id,
        "pitch": one.pitch.id,
        "title": one.state.pitch.title,
        "state": clock_state(one.pitch.facts, now),
        "thanks": thanked[-1].content["text"] if thanked else None,
        "artifacts": [{"id": artifact["id"], "title": artifact["title"]} for artifact in here],
        "time": one.row.delivered_at or one.row.fulfilled_at or one.row.accepted_at or one.row.time,
    }


def _newest(db: sqlite3.Connection, viewer: Viewer, now: int) -> list[PitchItem]:
    """The newest pitches of the viewer's jurisdiction, and of everywhere while it has none; ended ones are no news."""
    row = db.execute("SELECT jurisdiction FROM profiles WHERE node = ?", (viewer.node,)).fetchone()
    near = _living(db, viewer, PitchFilters(jurisdiction=row[0]), now) if row else []
    return near or _living(db, viewer, PitchFilters(), now)


def _living(db: sqlite3.Connection, viewer: Viewer, filters: PitchFilters, now: int) -> list[PitchItem]:
    return pitches.newest(db, viewer, filters, now=now, limit=NEWEST, living=True)
