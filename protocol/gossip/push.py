"""What a peer is sent, unasked, when a feed grows.

Law: a restricted envelope goes to the nodes its audience names and to nobody else. A push that would need a join or
more than one frame is not made: a NOTE lets the peer pull. Source: PROTOCOL sections 5, 7 and 9.
"""

from __future__ import annotations

from protocol.frame_types import RESTRICTED, Chunk
from protocol.gossip.signals import Grew
from protocol.ids import NodeId
from protocol.limits import CHUNK, ENTRY_OVERHEAD, MAX_FRAME

FRAME_OVERHEAD = 256  # head, feed, start and framing of a CHUNK without proof


def chunk_for(node: NodeId, event: Grew) -> Chunk | None:
    """The new entries as this node may have them; None when they need more than one self-contained frame."""
    head, end = event.state.head, event.start + len(event.entries)
    if head is None or not event.entries or end != head.size:
        return None
    if event.start // CHUNK != (end - 1) // CHUNK:
        return None
    entries = tuple(
        (header, RESTRICTED if node not in event.audiences[index] else payload)
        if index in event.audiences
        else (header, payload)
        for index, (header, payload) in enumerate(event.entries, event.start)
    )
    size = sum(ENTRY_OVERHEAD + (len(payload) if isinstance(payload, bytes) else 1) for _, payload in entries)
    if size + FRAME_OVERHEAD > MAX_FRAME:
        return None
    return Chunk(event.feed, event.start, head, (), entries)
