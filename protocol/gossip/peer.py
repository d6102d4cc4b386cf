"""One conversation, as the engine remembers it: what the other side holds, what it was asked, what it asked.

Law: memory only of what was said on this connection; it is forgotten with it. Source: PROTOCOL sections 5 and 6.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from protocol.frame_types import Chunk, Want
from protocol.gossip.asked import Asked, Request, T
from protocol.gossip.owed import Owed
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_WANTS


@dataclass(slots=True)
class Peer:
    """``sizes``: what it said it holds. ``told``: what we pushed or noted to it. ``tags``: its keyrings' tags.

    ``said``: sizes it announced, as last written down. ``same``: how far its tree of a feed held here is the own one.
    ``no_blob``: blobs, each of a size, it lacks. ``blobs_seen``: the state of wanted blobs that had none for it.
    ``keyrings_due``: keyrings to ask it for when those asked for have come. ``doubts``: nodes of which it showed a
    signature that did not hold, maybe under a keyring not seen here, and the tag of the keyring it was judged by.
    """

    conn: int
    node: NodeId
    pinned: bool
    since: float
    sizes: dict[Feed, int] = field(default_factory=dict)
    told: dict[Feed, int] = field(default_factory=dict)
    tags: dict[NodeId, bytes] = field(default_factory=dict)
    said: dict[Feed, int] = field(default_factory=dict)
    same: dict[Feed, int] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    requests: deque[object] = field(default_factory=deque)
    serving: bool = False
    todo: dict[Feed, None] = field(default_factory=dict)
    disputes: dict[Feed, float] = field(default_factory=dict)
    keyrings_due: dict[NodeId, None] = field(default_factory=dict)
    doubts: dict[NodeId, bytes] = field(default_factory=dict)
    owed: Owed = field(default_factory=Owed)
    no_blob: set[tuple[str, int]] = field(default_factory=set)
    blobs_seen: int = -1
    generation: bytes | None = None
    cursor: int = 0
    behind: int = 0

    def shows(self, node: NodeId, tag: bytes) -> None:
        """It goes by this keyring of the node. Another than before: what it sent until now is not held against it."""
        if self.tags.get(node) != tag:
            self.doubts.pop(node, None)
        self.tags[node] = tag

    def shares(self, feed: Feed, size: int) -> None:
        """Its tree of the feed and the own one are the same up to this size."""
        self.same[feed] = max(size, self.same.get(feed, 0))

    def wants(self) -> int:
        """Requests for entries that are not answered yet."""
        return self.asked.count(Want)

    def free(self) -> int:
        """How many more WANTs this peer may be sent now."""
        return MAX_WANTS - self.wants()

    def awaits(self, kind: type[Request]) -> bool:
        """Whether a request of this kind is not answered yet."""
        return self.asked.count(kind) > 0

    def fetches(self, feed: Feed) -> bool:
        """Whether envelopes of this feed are asked for already."""
        return self.asked.fetch(feed) is not None

    def answered(self, kind: type[T]) -> T | None:
        """Strike the oldest request of this kind; None if there was none."""
        found = self.asked.oldest(kind)
        if found is not None:
            self.asked.remove(found)
        return found

    def answered_want(self, chunk: Chunk) -> Want | None:
        """Strike the WANT this chunk completes, if any: it reaches start + count or its head's size."""
        want = self.asked.completed_by(chunk)
        if want is not None:
            self.asked.remove(want)
        return want

    def holds(self, feed: Feed) -> int:
        """Entries of a feed the peer has, or was sent, as far as this conversation tells."""
        return max(self.sizes.get(feed, 0), self.told.get(feed, 0))
