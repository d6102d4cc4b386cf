"""The sums of private pledges a pitch owes the network, and the rounds in which they are told.

Law: the owner's node says them and nobody else; said again only when they changed. They are told in rounds: all pitches
of a policy at the same moments, each at most once a round, and never in the transaction of a private step, so that
neither when a sum is told nor how often says which step is behind it. A round is a row, so that a restart forgets none.
Source: DOMAIN R12.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from protocol.ids import NodeId
from protocol.rules.asks import PledgeFacts
from protocol.rules.tally import tally_content
from store.database import Tx
from store.views import pitch_rows
from store.views.ground import listed
from store.views.pitch_rows import PitchRow, fitting
from store.views.places import order_of, place_in

HOUR: Final = 3_600_000
LATE: Final = 60_000  # what was told so soon after a round was told in it
MOST: Final = 50  # pitches told in one transaction; the rest in the next
_WAIT: Final = """
INSERT INTO tally_rounds (pitch, due) VALUES (:pitch, (:now / :every + 1) * :every)
ON CONFLICT DO UPDATE SET due = max((:now / :every + 1) * :every, (told + 2 * :every - :late) / :every * :every)
WHERE due IS NULL OR :private AND due <= :now
"""
_RIPE: Final = "SELECT pitch FROM tally_rounds WHERE due <= ? ORDER BY due, pitch LIMIT ?"
_TOLD: Final = "UPDATE tally_rounds SET due = NULL, told = ? WHERE pitch = ?"
_PRIVATE: Final = """
SELECT DISTINCT pitch FROM pledges
WHERE pitch IN (SELECT value FROM json_each(?)) AND private = 1 AND applies = 1 AND turn >= 0
"""
_TAKEN: Final = """
SELECT ask, kind, unit, quantity, state, taken, turn, private FROM pledges
WHERE pitch = ? AND applies = 1 AND turn >= 0
"""


def due(tx: Tx, node: NodeId, changed: Iterable[str], *, may_sign: bool) -> list[dict[str, Any]]:
    """The contents of the ``pitch.tally`` records this node is to say now.

    ``changed``: pitches this transaction changed; what they owe since is written down for the next round, or said at
    once where their policy knows no rounds. While the node may not sign all of it waits.
    """
    owed = _owed(tx.db, node, changed)
    rows = pitch_rows.rows(tx.db, owed.keys())
    policies = pitch_rows.Policies(tx.db)
    every = {id_: policies.at(row.node, place_in(id_)).tally_every * HOUR for id_, row in rows.items()}
    private = any(
        item.restricted for item in tx.taken
    )  # whoever sees when it came must not see its sum come with it
    now = {"now": tx.now, "private": private, "late": LATE}
    for pitch in owed:
        if every[pitch] or not may_sign:
            tx.db.execute(_WAIT, now | {"pitch": pitch, "every": every[pitch] or 1})
    if not may_sign:
        return []
    at_once = {pitch: content for pitch, content in owed.items() if not every[pitch]}
    ripe = [] if private else [pitch for (pitch,) in tx.db.execute(_RIPE, (tx.now, MOST))]
    tx.db.executemany(_TOLD, [(tx.now, pitch) for pitch in ripe])
    return list((at_once | _owed(tx.db, node, ripe)).values())


def next_round(db: sqlite3.Connection) -> int | None:
    """POSIX ms of the next round there is something to tell in; None: there is nothing."""
    found: int | None = db.execute("SELECT min(due) FROM tally_rounds WHERE due IS NOT NULL").fetchone()[0]
    return found


def _owed(db: sqlite3.Connection, node: NodeId, pitches: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The tally of each of these pitches of this node whose sums are not those it told last."""
    own = [pitch for pitch in pitches if pitch.startswith(node)]
    ids = [pitch for (pitch,) in db.execute(_PRIVATE, (listed(own),))]
    contents = {id_: _content(db, row) for id_, row in pitch_rows.rows(db, ids).items()}
    return {id_: content for id_, content in contents.items() if content is not None}


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
