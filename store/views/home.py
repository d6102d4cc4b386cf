"""Home: what waits on the viewer, what she waits for, what came of what she gave and wrote, what is new for her.

Law: each line says who, until when and why; only the viewer's own things are looked at. Source: DOMAIN R16, WEB "Pages"
(Home).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from store.views import artifacts, came, news, pitches
from store.views.obligations import of_viewer
from store.views.people import Names
from store.views.shapes import ArtifactFilters, Home, PitchFilters, PitchItem, Viewer

NEWEST: Final = 4
"""Pitches and artifacts shown as new."""


def feed(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Home:
    """The home page of a viewer."""
    names = Names(db, viewer)
    on_me, on_others = of_viewer(db, viewer, now=now)
    wanted = news.interests(db, viewer, now)
    place, newest = _newest(db, viewer, wanted.place, now)
    return {
        "on_me": on_me,
        "on_others": on_others,
        "came": came.of_gifts(db, names, now) if viewer.member is not None else [],
        "reused": came.of_artifacts(db, names) if viewer.member is not None else [],
        "news": news.of_viewer(db, names, wanted, now=now),
        "newest": newest,
        "newest_in": place,
        "newest_artifacts": artifacts.listing(db, viewer, ArtifactFilters(), now=now, limit=NEWEST).items,
    }


def _newest(
    db: sqlite3.Connection, viewer: Viewer, place: str | None, now: int
) -> tuple[str | None, list[PitchItem]]:
    """The newest pitches of the viewer's jurisdiction, and of everywhere while it has none; ended ones are no news."""
    near = _living(db, viewer, PitchFilters(jurisdiction=place), now) if place else []
    return (place, near) if near else (None, _living(db, viewer, PitchFilters(), now))


def _living(db: sqlite3.Connection, viewer: Viewer, filters: PitchFilters, now: int) -> list[PitchItem]:
    return pitches.newest(db, viewer, filters, now=now, limit=NEWEST, living=True)
