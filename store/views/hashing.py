"""One hash over everything shared: equal on every node that holds the same records.

Law: shared columns of unrestricted rows only, in an order that is the same everywhere; no clock, nothing local, nothing
private. A row that waits or does not apply is not in it. Source: DOMAIN section 2, WEB "HTTP API" state_hash.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Final

_SHARED: Final = (
    "SELECT 'profile', node, place, name, kind, level, jurisdiction FROM profiles ORDER BY node",
    "SELECT 'policy', node, place FROM policies ORDER BY node, place",
    "SELECT 'member', id, node, name, was, retired, card FROM members WHERE restricted = 0 ORDER BY id",
    "SELECT 'move', member, heir, place FROM moves ORDER BY member",
    """
    SELECT 'pitch', id, node, owner, age, version, state, said, tallied, tally, progress, pledges, formed,
      applied, attested, ready, resourced, own_share, needed, starts, ends, lapses, closes
    FROM pitches WHERE restricted = 0 ORDER BY id
    """,
    """
    SELECT 'pledge', id, pitch, node, maker, giver, owner, ask, kind, unit, quantity, version, revised, time,
      state, taken, turn, accepted, accepted_at, fulfilled_at, return_state, return_due, delivered_at
    FROM pledges WHERE restricted = 0 AND applies = 1 ORDER BY id
    """,
    """
    SELECT 'step', f.node, f.epoch, s.key & 0xFFFFFFFFFF AS at, s.about, s.type
    FROM steps AS s JOIN feeds AS f ON f.no = s.key >> 40
    WHERE s.restricted = 0 AND s.applies = 1 ORDER BY f.node, f.epoch, at
    """,
    """
    SELECT 'comment', f.node, f.epoch, c.key & 0xFFFFFFFFFF AS at, c.about, c.revised, c.ended
    FROM comments AS c JOIN feeds AS f ON f.no = c.key >> 40
    WHERE c.restricted = 0 ORDER BY f.node, f.epoch, at
    """,
    """
    SELECT 'object', id, area, node, owner, about, age, due, version, state, ended
    FROM objects WHERE restricted = 0 ORDER BY id
    """,
    """
    SELECT 'seat', circle, member, node, since, basis FROM seats WHERE restricted = 0 ORDER BY circle, member
    """,
)


def state_hash(db: sqlite3.Connection) -> str:
    """SHA-256, hex, over the shared columns: one JSON array a row, one row a line."""
    digest = hashlib.sha256()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for query in _SHARED:
        for row in db.execute(query):
            digest.update(encode(row).encode())
            digest.update(b"\n")
    return digest.hexdigest()
