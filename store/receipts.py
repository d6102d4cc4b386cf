"""Receipts of what was published: made from the log, verified by anyone without it.

Law: under the head most witnesses have put their name to; of heads with as many, the newest.
Source: PROTOCOL section 3.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.checkpoint import Head, checkpoint_note
from protocol.errors import Refused
from protocol.ids import EntryId
from protocol.merkle import subtree_proof
from protocol.receipt import make_receipt
from store import cosign, keyrings
from store.reading import read_entry
from store.rows import feed_row
from store.tiles import getter

_WITNESSED: Final = """
    SELECT h.size, h.root, h.signature FROM heads h JOIN cosignatures c
        ON c.feed = h.feed AND c.size = h.size AND c.root = h.root
    WHERE h.feed = ? AND h.size > ? GROUP BY h.size ORDER BY count(*) DESC, h.size DESC LIMIT 1
"""


def receipt(db: sqlite3.Connection, entry: EntryId) -> str:
    """The receipt of an entry, as text (C2SP tlog-proof).

    Refused "not-here" for an entry that is not here, "no-envelope" without its envelope, "not-signed-yet" before a head
    covers it. Whether somebody may have it is the caller's to ask.
    """
    row, stored = feed_row(db, entry.feed), read_entry(db, entry)
    keyring = keyrings.get(db, entry.node)
    key = keyring.feed_key(entry.epoch) if keyring else None
    if row is None or stored is None or keyring is None or key is None:
        raise Refused("not-here", entry=str(entry))
    if isinstance(stored.payload, int):
        raise Refused("no-envelope", entry=str(entry))
    if row.head is None or entry.index >= row.head.size:
        raise Refused("not-signed-yet", entry=str(entry))
    head = row.head
    if entry.epoch not in keyring.closes:  # a closed epoch has one head, whoever cosigned others
        witnessed = db.execute(_WITNESSED, (row.no, entry.index)).fetchone()
        head = Head(*witnessed) if witnessed else head
    return make_receipt(
        stored.header,
        stored.payload,
        keyring.notes,
        index=entry.index,
        path=subtree_proof(entry.index, entry.index + 1, head.size, getter(db, row.no)),
        checkpoint_note=checkpoint_note(entry.feed, head, key, cosign.lines(db, row.no, head)),
    )
