"""Who fetches which feed from whom.

Law: a feed is pulled from one source at a time, in order; a source that gives nothing for STALL_SECONDS loses it.
Everything verified is kept at once, so a pull that breaks resumes at the own size. Source: PROTOCOL section 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.frame_types import Chunk, Want
from protocol.gossip.asked import Request
from protocol.gossip.peer import Peer
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId
from protocol.limits import CHUNK, STALL_SECONDS

SPAN = (
    4 * CHUNK
)  # entries one WANT asks for: two in flight keep the pipe full, little is asked twice after a stall
AHEAD_WANTS = 2  # WANTs of one pull in flight


@dataclass(slots=True)
class Pull:
    """One feed on its way here. ``next``: first entry not asked for; ``flying``: WANTs not answered."""

    source: int
    target: int
    next: int
    deadline: float
    flying: int = 0


class Pulls:
    """All feeds that are wanted. Asks are returned as (conn, frame); the engine sends and remembers them."""

    def __init__(
        self,
        feeds: Mapping[Feed, FeedState],
        keyrings: Mapping[NodeId, bytes],
        peers: Mapping[int, Peer],
    ) -> None:
        self._feeds = feeds
        self._keyrings = keyrings
        self._peers = peers
        self.active: dict[Feed, Pull] = {}

    def lacking(self, feed: Feed, size: int) -> bool:
        """Whether entries of this feed up to ``size`` are wanted here and not here."""
        state = self._feeds.get(feed)
        return size > 0 and (state is None or (state.taking and announced(state) < size))

    def wanted(self, peer: Peer, feed: Feed) -> None:
        """This peer has more of the feed than is here: queue it, and aim a running pull further."""
        pull = self.active.get(feed)
        if pull is not None and pull.source == peer.conn:
            pull.target = max(pull.target, peer.sizes[feed])
        else:
            peer.todo.setdefault(feed)

    def fill(self, peer: Peer, now: float) -> list[Request]:
        """What to ask this peer next, within its free slots."""
        asks: list[Request] = []
        for feed, pull in list(self.active.items()):
            if pull.source == peer.conn:
                asks += self._further(feed, pull, peer.free() - _wants(asks))
        while peer.todo and peer.free() - _wants(asks) > 0:
            feed = next(iter(peer.todo))
            del peer.todo[feed]
            asks += self._begin(peer, feed, now, peer.free() - _wants(asks))
        return asks

    def _begin(self, peer: Peer, feed: Feed, now: float, free: int) -> list[Request]:
        if feed in self.active or not self.lacking(feed, peer.sizes.get(feed, 0)):
            return []
        if feed.node not in self._keyrings or feed.node in peer.keyrings_due:
            return []  # its keyring before anything else of a node; the feed is wanted again once that was asked for
        size = self._size(feed)
        pull = Pull(peer.conn, peer.sizes[feed], size, now + STALL_SECONDS)
        self.active[feed] = pull
        if size == 0:
            return self._further(feed, pull, free)
        # The join first: entries under a head that is not shown to continue our tree would be refused.
        return [Want(feed, size, 0), *self._further(feed, pull, free - 1)]

    def _further(self, feed: Feed, pull: Pull, free: int) -> list[Request]:
        asks: list[Request] = []
        while pull.next < pull.target and pull.flying < AHEAD_WANTS and len(asks) < free:
            count = min(SPAN - pull.next % CHUNK, pull.target - pull.next)
            asks.append(Want(feed, pull.next, count))
            pull.next += count
            pull.flying += 1
        return asks

    def arrived(self, peer: Peer, chunk: Chunk, answered: Want | None, now: float) -> None:
        """A chunk of a pulled feed came from its source: it is not stalled."""
        pull = self.active.get(chunk.feed)
        if pull is None or pull.source != peer.conn:
            return
        pull.deadline = now + STALL_SECONDS
        if answered is not None and answered.count:
            pull.flying -= 1

    def settle(self, feed: Feed) -> None:
        """The feed grew or stands still: end its pull when nothing more is wanted from its source."""
        pull = self.active.get(feed)
        if pull is not None and not self.lacking(feed, pull.target):
            del self.active[feed]

    def drop(self, feed: Feed) -> None:
        """End a pull; others that hold more of the feed are asked."""
        pull = self.active.pop(feed, None)
        if pull is None:
            return
        for peer in self._peers.values():
            if peer.conn != pull.source and self.lacking(feed, peer.sizes.get(feed, 0)):
                self.wanted(peer, feed)

    def again(self, peer: Peer, feed: Feed) -> None:
        """What came did not fit (its head is not joined here): begin anew with the join once all is answered."""
        pull = self.active.get(feed)
        if pull is not None and pull.source == peer.conn and pull.flying <= 0:
            del self.active[feed]
            peer.todo.setdefault(feed)

    def stalled(self, now: float) -> list[tuple[Feed, int]]:
        """Feeds whose source gave nothing in time, with that source."""
        return [(feed, pull.source) for feed, pull in self.active.items() if pull.deadline <= now]

    def lost(self, conn: int) -> None:
        """A conversation ended: its feeds go to others."""
        for feed in [feed for feed, pull in self.active.items() if pull.source == conn]:
            self.drop(feed)

    def _size(self, feed: Feed) -> int:
        state = self._feeds.get(feed)
        return state.size if state else 0


def announced(state: FeedState) -> int:
    """Size of the largest signed head whose whole tree is here; 0: none."""
    return state.head.size if state.head else 0


def _wants(asks: Iterable[Request]) -> int:
    return sum(type(ask) is Want for ask in asks)
