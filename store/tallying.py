"""The sums of private pledges a pitch owes the network.

Law: the owner's node says them and nobody else; said again only when they changed. Source: DOMAIN R12.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from protocol.ids import NodeId
from protocol.rules.asks import PledgeFacts
from protocol.rules.tally import tally_content
from store.views import pitch_rows
from store.views.ground import listed
from store.views.pitch_rows import PitchRow, fitting
from store.views.places import order_of

_PRIVATE: Final = """
SELECT DISTINCT pitch FROM pledges
WHERE pitch IN (SELECT value FROM json_each(?)) AND private = 1 AND applies = 1 AND turn >= 0
"""
_TAKEN: Final = """
SELECT ask, kind, unit, quantity, state, taken, turn, private FROM pledges
WHERE pitch = ? AND applies = 1 AND turn >= 0
"""


def due(db: sqlite3.Connection, node: NodeId, pitches: Iterable[str]) -> list[dict[str, Any]]:
    """The contents of the ``pitch.tally`` records this node owes for these pitches."""
    own = [pitch for pitch in pitches if pitch.startswith(node)]
    ids = [pitch for (pitch,) in db.execute(_PRIVATE, (listed(own),))]
    contents = (_content(db, row) for row in pitch_rows.rows(db, ids).values())
    return [content for content in contents if content is not None]


def _content(db: sqlite3.Connection, row: PitchRow) -> dict[str, Any] | None:
    state = pitch_rows.state_of(db, row)
    facts = [
        PledgeFacts(
            ask=fitting(state, ask, kind, unit),
            offered=quantity,
            state=of,
            accepted=taken,
            order=order_of(turn),
            private=bool(private),
        )
        for ask, kind, unit, quantity, of, taken, turn, private in db.execute(_TAKEN, (row.id,))
    ]
    content = tally_content(row.id, state.asks, facts)
    if content is None or content["asks"] == (json.loads(row.tally) if row.tally else None):
        return None
    return content | ({"audience": list(state.pitch.audience)} if state.pitch.audience else {})
