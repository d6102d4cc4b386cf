"""What every frame on every pretend or real wire of the tests must keep to: private bytes go only to the nodes they name.

Written without the code under test: header flags and the content's own ``audience`` decide.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from protocol.frame_types import Chunk, Envelopes, Frame
from protocol.ids import NodeId

SALT_BYTES = 16
FLAGS_AT = 1  # the second byte of a header


def breach(frame: Frame, receiver: NodeId) -> str | None:
    """Why this frame must not reach this node; None if it may."""
    if not isinstance(frame, Chunk | Envelopes) or frame.feed.node == receiver:
        return None
    for index, envelope in _private(frame):
        audience = _audience(envelope)
        if receiver not in audience:
            return f"entry {index} of {frame.feed}, which is for {sorted(audience)}, on its way to {receiver}"
    return None


def _private(frame: Chunk | Envelopes) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of each restricted envelope that travels in it."""
    if isinstance(frame, Chunk):
        for index, (header, payload) in enumerate(frame.entries, frame.start):
            if isinstance(payload, bytes) and header[FLAGS_AT] & 1:
                yield index, payload
    else:
        for index, payload in frame.items:
            if isinstance(payload, bytes) and b'"audience"' in payload:
                yield index, payload


def _audience(envelope: bytes) -> frozenset[str]:
    try:
        content = json.loads(envelope[SALT_BYTES:])
        return frozenset(content["audience"])
    except (ValueError, KeyError, TypeError):
        return frozenset()


def given_to(db: sqlite3.Connection, blob: str) -> frozenset[str] | None:
    """The nodes that a store's records let have a file; None: everybody, by a record for all."""
    named: set[str] = set()
    for (key,) in db.execute("SELECT key FROM blob_refs WHERE hash = ?", (blob,)):
        nodes = {node for (node,) in db.execute("SELECT node FROM audiences WHERE key = ?", (key,))}
        if not nodes:
            return None
        (author,) = db.execute("SELECT node FROM feeds WHERE no = ?", (key >> 40,)).fetchone()
        named |= nodes | {author}
    return frozenset(named)
