"""The closing words this node owes: which ballots of its members' polls count.

Law: the node where a poll's owner is now says it, one day after the poll closed, and nobody else; once. From then on
exactly the ballots in time and below the cut count. Source: DOMAIN section 3, "Polls".
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from protocol.ids import NodeId
from protocol.records.polls import PollOpen
from protocol.rules.moments import DAY
from store.views import object_rows
from store.views.ground import as_a
from store.views.object_rows import ObjectRow
from store.views.poll_counts import at_cut, ballots_of, cut_now
from store.views.succession import People

AFTER: Final = DAY
"""How long ballots cast in time may be on their way."""
_MOST: Final = 20  # closed in one transaction; the rest in the next
_DUE: Final = """
SELECT id FROM objects
WHERE area = 'poll' AND ended IS NULL AND substr(owner, 1, 32) = ? AND due <= ? ORDER BY due LIMIT ?
"""


def due_ids(db: sqlite3.Connection, node: NodeId, now: int) -> list[str]:
    """The polls this node is to close now."""
    return [id_ for (id_,) in db.execute(_DUE, (node, now - AFTER, _MOST))]


def due(db: sqlite3.Connection, node: NodeId, now: int) -> list[dict[str, Any]]:
    """The contents of the ``poll.close`` records this node owes; ``now`` is POSIX ms."""
    ids = due_ids(db, node, now)
    if not ids:
        return []
    rows = object_rows.rows(db, ids)
    records = object_rows.records(db, list(rows.values()))
    return [_content(db, rows[id_], as_a(PollOpen, records[id_])) for id_ in ids]


def _content(db: sqlite3.Connection, row: ObjectRow, poll: PollOpen) -> dict[str, Any]:
    ballots = ballots_of(db, row, poll)
    cut = cut_now(db, poll, ballots)
    counts = at_cut(db, People(db), poll, ballots, cut).result.counts
    content = {"type": "poll.close", "poll": row.id, "cut": cut, "counts": counts}
    return content | ({"audience": list(poll.audience)} if poll.audience else {})
