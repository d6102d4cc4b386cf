"""The secret by which this node alone knows who cast a secret ballot.

Law: 32 random bytes, made once, kept in this node's own tables: never gossiped, never exported, never logged. Without
it a token says nothing of who is behind it. Source: DOMAIN section 3, "Polls".
"""

from __future__ import annotations

import secrets
import sqlite3
from typing import Final

from protocol.errors import LocalError
from protocol.rules import polls

_KEY: Final = "ballot-secret"
_BYTES: Final = 32
_HAVE: Final = "SELECT value FROM meta WHERE key = ?"


def ensure_secret(db: sqlite3.Connection) -> None:
    """Make the secret if there is none."""
    if db.execute(_HAVE, (_KEY,)).fetchone() is None:
        db.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (_KEY, secrets.token_bytes(_BYTES)))


def token_of(db: sqlite3.Connection, member: str, poll: str) -> str:
    """The token of a member of this node in a poll."""
    row = db.execute(_HAVE, (_KEY,)).fetchone()
    if row is None:
        raise LocalError("the ballot secret is not here")
    return polls.token(row[0], member, poll)
