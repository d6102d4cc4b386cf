"""What was promised to be shared, what carries it, what delivered it.

Law: an activity is delivered by an artifact or update of the owner that names its key; an event of hers that names it
makes it scheduled and, once over, asks for that. Source: DOMAIN R4 and section 2, "Sharing".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, cast

from protocol.rules.pitches import PitchState, sharing_progress
from store.views import events
from store.views.ground import Said
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.shapes import ArtifactItem, Delivery, Sharing


def of_pitch(
    db: sqlite3.Connection,
    names: Names,
    pitch: tuple[PitchRow, PitchState],
    made: tuple[Sequence[Said], Sequence[ArtifactItem]],
    now: int,
) -> list[Sharing]:
    """Each promised activity; ``made`` are the steps about the pitch and the artifacts that came of it."""
    row, state = pitch
    delivered = _delivered(*made, row.owner)
    carried = events.carrying(db, names, row.id, row.owner) if state.sharing else {}
    planned = {key: [event["ends"] for event in some] for key, some in carried.items()}
    progress = {done.key: done for done in sharing_progress(state.sharing, delivered.keys(), now, planned)}
    return [
        {
            "key": activity.key,
            "avenue": activity.avenue,
            "audience": activity.audience,
            "due": activity.due,
            "state": cast(Any, progress[activity.key].state),
            "delivered": delivered.get(activity.key, []),
            "events": carried.get(activity.key, []),
        }
        for activity in state.sharing
    ]


def _delivered(steps: Iterable[Said], here: Iterable[ArtifactItem], owner: str) -> dict[str, list[Delivery]]:
    """By key, the updates and artifacts of the owner that deliver it."""
    found: dict[str, list[Delivery]] = {}
    for record in steps:
        if record.content["type"] == "pitch.update":
            delivery: Delivery = {"id": record.id, "type": "pitch.update", "title": None, "time": record.at}
            for key in record.content.get("fulfils") or ():
                found.setdefault(key, []).append(delivery)
    for artifact in here:
        if artifact["publisher"]["id"] == owner:
            delivery = {
                "id": artifact["id"],
                "type": "artifact.publish",
                "title": artifact["title"],
                "time": artifact["time"],
            }
            for key in artifact["fulfils"]:
                found.setdefault(key, []).append(delivery)
    return found
