"""Whether this node may sign, and if not, why not.

Law: after a start nothing is signed until the peers were asked what they hold of the own log; once stopped, nothing is
signed until what stopped it is settled. The reason is one word that doctor explains. Source: PROTOCOL section 11.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from protocol.ids import NodeId
from store import peers
from store.database import Tx
from store.signed_head import Case

ASKING: Final = (
    "asking-peers"  # cases 1 and 2: log and file agree, the peers have not said yet what they hold
)
LOG_BEHIND: Final = "log-behind"
NO_FILE: Final = "no-signed-head"
MOVED: Final = "another-place"  # the file was written elsewhere: this folder is a copy, or was put back
CONTRADICTION: Final = "contradiction"
OWN_HEAD: Final = "own-head-elsewhere"  # a head under our key that was not signed here
OWN_KEYRING: Final = "own-keyring-elsewhere"  # a keyring note of ours that was not made here

FETCHING: Final = frozenset({LOG_BEHIND, NO_FILE, MOVED})
"""Reasons for which own entries beyond the log are fetched back from peers."""
WAITING: Final = FETCHING | {ASKING}
"""Reasons that answers of peers can end."""
_AT_START: Final = {
    Case.LOG_BEHIND: LOG_BEHIND,
    Case.NO_FILE: NO_FILE,
    Case.CONTRADICTION: CONTRADICTION,
}


def stop(tx: Tx, node: NodeId, reason: str) -> None:
    """Sign nothing more in the feeds of ``node``, which is this one; its own feed takes nothing from peers either."""
    tx.db.execute("UPDATE feeds SET standing = 'stopped' WHERE node = ? AND standing = 'live'", (node,))
    _say(tx, reason)


def wait(tx: Tx, node: NodeId, reason: str) -> None:
    """Sign nothing until the peers have answered; ``reason`` is one of WAITING. What they hold can be fetched back."""
    _live(tx, node)
    _say(tx, reason)


def resume(tx: Tx, node: NodeId) -> None:
    """What kept this node from signing is settled."""
    _live(tx, node)
    tx.db.execute("DELETE FROM settings WHERE key = 'alarm'")
    tx.topics.add("network")


def alarm(db: sqlite3.Connection) -> str | None:
    """Why nothing is signed, one of the words above; None while all is well."""
    row = db.execute("SELECT value FROM settings WHERE key = 'alarm'").fetchone()
    return str(json.loads(row[0])["reason"]) if row else None


def settle(tx: Tx, node: NodeId, case: Case, *, moved: bool) -> None:
    """Wait, stop or go on as log and signed-head file stood at the start; ``moved``: the file was written elsewhere.

    An alarm raised while running stays. A node that has no peer to ask goes on where log and file agree, and without a
    file if it never had one; a copy may have been made before the first pairing, so it waits.
    """
    if alarm(tx.db) in {OWN_HEAD, OWN_KEYRING}:
        return
    reason = MOVED if moved else _AT_START.get(case)
    if reason is None and peers.any_pinned(tx.db):
        reason = ASKING
    if reason == NO_FILE and not peers.ever(tx.db, node):
        reason = None
    if reason is None:
        resume(tx, node)
    elif reason in WAITING:
        wait(tx, node, reason)
    else:
        stop(tx, node, reason)


def _live(tx: Tx, node: NodeId) -> None:
    tx.db.execute("UPDATE feeds SET standing = 'live' WHERE node = ? AND standing = 'stopped'", (node,))


def _say(tx: Tx, reason: str) -> None:
    tx.db.execute(
        "INSERT INTO settings (key, value) VALUES ('alarm', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (json.dumps({"reason": reason, "at": tx.now}),),
    )
    tx.topics.add("network")
