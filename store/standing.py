"""Whether this node may sign, and if not, why not.

Law: once stopped, nothing is signed until what stopped it is settled; the reason is one word that doctor explains.
Source: PROTOCOL section 11.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from protocol.ids import NodeId
from store.database import Tx
from store.signed_head import Case

AT_START: Final = {
    Case.LOG_BEHIND: "log-behind",
    Case.NO_FILE: "no-signed-head",
    Case.CONTRADICTION: "contradiction",
}
OWN_HEAD: Final = "own-head-elsewhere"  # a head under our key that was not signed here
OWN_KEYRING: Final = "own-keyring-elsewhere"  # a keyring note of ours that was not made here


def stop(tx: Tx, node: NodeId, reason: str) -> None:
    """Sign nothing more in the feeds of ``node``, which is this one."""
    tx.db.execute("UPDATE feeds SET standing = 'stopped' WHERE node = ? AND standing = 'live'", (node,))
    tx.db.execute(
        "INSERT INTO settings (key, value) VALUES ('alarm', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (json.dumps({"reason": reason, "at": tx.now}),),
    )
    tx.topics.add("network")


def resume(tx: Tx, node: NodeId) -> None:
    """What stopped signing is settled."""
    tx.db.execute("UPDATE feeds SET standing = 'live' WHERE node = ? AND standing = 'stopped'", (node,))
    tx.db.execute("DELETE FROM settings WHERE key = 'alarm'")
    tx.topics.add("network")


def alarm(db: sqlite3.Connection) -> str | None:
    """Why nothing is signed: a value of AT_START, OWN_HEAD or OWN_KEYRING; None while all is well."""
    row = db.execute("SELECT value FROM settings WHERE key = 'alarm'").fetchone()
    return str(json.loads(row[0])["reason"]) if row else None


def settle(tx: Tx, node: NodeId, case: Case) -> None:
    """Stop or go on as log and signed-head file stood at the start; an alarm raised while running stays."""
    if case in AT_START:
        stop(tx, node, AT_START[case])
    elif alarm(tx.db) in AT_START.values():
        resume(tx, node)
