"""Who put an artifact to use, where, and how it went.

Law: a reuse is said beside the artifact by whoever made it and counted when the artifact is read; what its own
organisation did with it is told apart from what others did. Source: DOMAIN section 3, area *knowledge*, WEB "Library".
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Final

from store.views.access import is_open
from store.views.ground import Said
from store.views.object_rows import ObjectRow
from store.views.people import Names
from store.views.shapes import Reuse, Reuses
from store.views.timeline import steps_of_type

MAX_COUNTED: Final = 2_000  # reuses of one artifact looked at, the newest
MAX_SHOWN: Final = 100
_PLACE: Final = "SELECT jurisdiction FROM profiles WHERE node = ?"


def of_artifact(db: sqlite3.Connection, names: Names, artifact: ObjectRow) -> Reuses:
    """The uses of an artifact the viewer may see."""
    newest = steps_of_type(db, artifact.id, "reuse", MAX_COUNTED)[::-1]
    made = [record for record in newest if is_open(db, names.viewer, record)]
    own = [record for record in made if record.node == artifact.node]
    places = {node: _place(db, node) for node in {record.node for record in made}}
    return {
        "own": len(own),
        "others": len(made) - len(own),
        "results": dict(sorted(Counter(record.content["result"] for record in made).items())),
        "jurisdictions": len(set(places.values()) - {None}),
        "items": [_reuse(names, record, artifact, places[record.node]) for record in made[:MAX_SHOWN]],
    }


def _place(db: sqlite3.Connection, node: str) -> str | None:
    row = db.execute(_PLACE, (node,)).fetchone()
    return row[0] if row else None


def _reuse(names: Names, record: Said, artifact: ObjectRow, place: str | None) -> Reuse:
    return {
        "id": record.id,
        "who": names.person(record.content["by"]),
        "node": record.node,
        "node_name": names.node(record.node),
        "jurisdiction": place,
        "own": record.node == artifact.node,
        "where": record.content.get("where"),
        "what": record.content.get("what"),
        "result": record.content["result"],
        "time": record.at,
    }
