"""Under which addresses this node is reached, besides those of its settings: given by its operator, or come in at.

Law: an address somebody withheld stays withheld however often it is given again; the table has a maximum, and what was
withheld is forgotten last. Source: PROTOCOL section 9 "A node's published addresses".
"""

from __future__ import annotations

import sqlite3
from typing import Final, Literal, NamedTuple

from protocol.limits import MAX_REACHED
from store.database import Tx

Source = Literal["invite", "listener"]


class Reached(NamedTuple):
    """``address`` is HOST:PORT; ``at`` POSIX ms of the last time; ``withheld``: not published."""

    address: str
    source: Source
    at: int
    withheld: bool


_GIVE: Final = """
INSERT INTO reached (address, source, at, withheld) VALUES (?, ?, ?, 0)
ON CONFLICT DO UPDATE SET at = excluded.at, source = iif(source = 'invite', source, excluded.source)
"""
_FORGET: Final = """
DELETE FROM reached WHERE address NOT IN (
  SELECT address FROM reached ORDER BY withheld DESC, at DESC, address LIMIT ?)
"""


def give(tx: Tx, address: str, source: Source) -> None:
    """Peers reach this node there: its operator said so in a pairing code, or one came in at it."""
    tx.db.execute(_GIVE, (address, source, tx.now))
    tx.db.execute(_FORGET, (MAX_REACHED,))
    tx.topics.add("network")


def withhold(tx: Tx, address: str, withheld: bool) -> bool:
    """Publish an address no more, or again; whether it is known."""
    tx.topics.add("network")
    changed = tx.db.execute("UPDATE reached SET withheld = ? WHERE address = ?", (int(withheld), address))
    return changed.rowcount > 0


def everyone(db: sqlite3.Connection) -> list[Reached]:
    """All of them: what the operator gave first, then the last one first."""
    rows = db.execute("SELECT address, source, at, withheld FROM reached ORDER BY source, at DESC, address")
    return [Reached(address, source, at, bool(withheld)) for address, source, at, withheld in rows]
