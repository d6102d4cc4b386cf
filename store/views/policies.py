"""The policy of an organisation and of a pitch, as pages show it.

Law: what departs from the defaults is named, and who decided it. Source: DOMAIN section 1, head.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.records import read
from protocol.records.network import NodePolicy
from protocol.rules.policies import Policy as Numbers
from protocol.rules.policies import differences, policy_of
from store.views.ground import as_a, said
from store.views.shapes import Policy

_LAST: Final = "SELECT key FROM policies WHERE node = ? ORDER BY place DESC LIMIT 1"
_BEFORE: Final = "SELECT key FROM policies WHERE node = ? AND place < ? ORDER BY place DESC LIMIT 1"


def latest(db: sqlite3.Connection, node: str) -> Policy:
    """The policy a node's next pitch is opened under."""
    return _shown(db, db.execute(_LAST, (node,)).fetchone())


def at(db: sqlite3.Connection, node: str, place: int) -> Policy:
    """The policy of a pitch opened at a place."""
    return _shown(db, db.execute(_BEFORE, (node, place)).fetchone())


def _shown(db: sqlite3.Connection, row: tuple[int] | None) -> Policy:
    record = as_a(NodePolicy, read(said(db, [row[0]])[row[0]].content)) if row else None
    return _shape(policy_of(record), record)


def _shape(numbers: Numbers, record: NodePolicy | None) -> Policy:
    return {
        "own_share": numbers.own_share,
        "time_instead": numbers.time_instead,
        "apply_within": numbers.apply_within,
        "share_within": numbers.share_within,
        "check_ins": list(numbers.check_ins),
        "min_group": numbers.min_group,
        "tally_every": numbers.tally_every,
        "decided_by": numbers.decided_by,
        "text": record.text if record else None,
        "set": list(differences(numbers)),
    }
