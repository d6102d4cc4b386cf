"""What happened in a circle: who founded it, came, went and kept it, as steps.

Law: a step is shown to whoever sees the circle; talk, issues, events and polls have lists of their own.
Source: WEB "Look" (what happened), DOMAIN R11.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from store.views import circle_rows
from store.views.ground import said
from store.views.people import Names
from store.views.shapes import Step, Viewer
from store.views.timeline import in_time, step, steps_of_type

KINDS: Final = ("circle.join", "circle.leave", "circle.role", "circle.revise")
MAX_EACH: Final = 50  # steps of one kind on a page, the newest


def steps(db: sqlite3.Connection, viewer: Viewer, circle: str) -> list[Step]:
    """The newest steps about a circle, oldest first; none where there is no such circle."""
    names = Names(db, viewer)
    row = circle_rows.rows(db, names.people, [circle]).get(circle)
    if row is None:
        return []
    found = [record for kind in KINDS for record in steps_of_type(db, circle, kind, MAX_EACH)]
    founded = list(said(db, [row.key]).values()) if row.kind == "founded" else []
    return [step(names, record) for record in in_time([*founded, *found])]
