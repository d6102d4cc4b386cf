"""One conversation, as the engine remembers it: what the other side holds, what it was asked, what it asked.

Law: memory only of what was said on this connection; it is forgotten with it. Source: PROTOCOL sections 5 and 6.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from protocol.frame_types import BlobWant, Chunk, Fetch, KeyringWant, Since, Want
from protocol.gossip.owed import Owed
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_WANTS

Request = KeyringWant | Since | Want | Fetch | BlobWant


@dataclass(slots=True)
class Peer:
    """``sizes``: what it said it holds. ``told``: what we pushed or noted to it. ``tags``: its keyrings' tags.

    ``keyrings_due``: keyrings to ask it for when those asked for have come. ``doubts``: nodes of which it showed a head
    that did not hold, maybe under a keyring not seen here, and the tag of the keyring it was judged by.
    """

    conn: int
    node: NodeId
    pinned: bool
    since: float
    sizes: dict[Feed, int] = field(default_factory=dict)
    told: dict[Feed, int] = field(default_factory=dict)
    tags: dict[NodeId, bytes] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    requests: deque[object] = field(default_factory=deque)
    serving: bool = False
    todo: deque[Feed] = field(default_factory=deque)
    disputes: dict[Feed, float] = field(default_factory=dict)
    keyrings_due: dict[NodeId, None] = field(default_factory=dict)
    doubts: dict[NodeId, bytes] = field(default_factory=dict)
    owed: Owed = field(default_factory=Owed)
    no_blob: set[str] = field(default_factory=set)
    generation: bytes | None = None
    cursor: int = 0
    behind: int = 0

    def wants(self) -> int:
        """Requests for entries that are not answered yet."""
        return sum(type(request) is Want for request in self.asked)

    def free(self) -> int:
        """How many more WANTs this peer may be sent now."""
        return MAX_WANTS - self.wants()

    def awaits(self, kind: type[Request]) -> bool:
        """Whether a request of this kind is not answered yet."""
        return any(type(request) is kind for request in self.asked)

    def fetches(self, feed: Feed) -> bool:
        """Whether envelopes of this feed are asked for already."""
        return any(isinstance(request, Fetch) and request.feed == feed for request in self.asked)

    def answered(self, kind: type[Request]) -> Request | None:
        """Strike the oldest request of this kind; None if there was none."""
        for at, request in enumerate(self.asked):
            if type(request) is kind:
                return self.asked.pop(at)
        return None

    def answered_want(self, chunk: Chunk) -> Want | None:
        """Strike the WANT this chunk completes, if any: it reaches start + count or its head's size."""
        end = chunk.start + len(chunk.entries)
        for at, request in enumerate(self.asked):
            if type(request) is not Want or request.feed != chunk.feed or request.start > chunk.start:
                continue
            if request.count == 0:
                complete = chunk.start == request.start and not chunk.entries
            else:
                complete = end >= min(request.start + request.count, chunk.head.size)
            if complete:
                del self.asked[at]
                return request
        return None

    def holds(self, feed: Feed) -> int:
        """Entries of a feed the peer has, or was sent, as far as this conversation tells."""
        return max(self.sizes.get(feed, 0), self.told.get(feed, 0))
