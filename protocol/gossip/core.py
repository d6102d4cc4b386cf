"""What all rooms of the engine share: what is held, who is there, and the outputs of the event at hand.

Law: owned by one Engine; ``out`` is emptied before each event. No table grows by what is neither held nor wanted, and a
name costs the same however many are known. Source: PROTOCOL sections 5, 6 and 12.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from protocol.frame_types import Err, Fetch, Frame, KeyringWant, Note, Seen, Want
from protocol.gossip import signals as s
from protocol.gossip.asked import Request
from protocol.gossip.blobs import BlobPulls
from protocol.gossip.peer import Peer
from protocol.gossip.pull import Pulls
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_CHECKS, MAX_EPOCHS, MAX_FEEDS, MAX_KEYRING_WANTS, MAX_WANTS

NO_TAG = b"\0\0\0\0"  # a keyring tag when the keyring itself is not here


class Core:
    """``feeds`` and ``keyrings`` mirror the store; ``owed_pulls`` is what each source announced and is not here yet.

    ``wanted``: feeds not held that a conversation has named and that may come here. ``dropped``: names that were not
    kept, by cause.
    ``own`` is the own newest feed, ``answered`` are the nodes that may be sent it (section 11).
    """

    def __init__(
        self,
        node: NodeId,
        feeds: Mapping[Feed, FeedState],
        keyrings: Mapping[NodeId, bytes],
        pulls: Mapping[NodeId, Mapping[Feed, int]],
    ) -> None:
        self.node = node
        self.feeds = dict(feeds)
        self.keyrings = dict(keyrings)
        self.peers: dict[int, Peer] = {}
        self.wanted: set[Feed] = set()
        self.dropped: Counter[str] = Counter()
        self.owed_pulls = {source: dict(sizes) for source, sizes in pulls.items()}
        self.pulls = Pulls(self.feeds, self.keyrings, self.peers)
        self.blobs = BlobPulls()
        self.own = max((feed for feed in self.feeds if feed.node == node), default=None)
        self.answered: set[NodeId] = set()  # who has said since the start what it holds of the own log
        self.out: list[s.Output] = []

    def fill(self, peer: Peer, now: float) -> None:
        for ask in self.pulls.fill(peer, now):
            self.ask(peer, ask)
        for want in self.blobs.fill(peer, now):
            self.ask(peer, want)

    def drop(self, feed: Feed, now: float) -> None:
        """End the pull of a feed; whoever else holds more of it is asked at once."""
        self.pulls.drop(feed)
        for peer in self.peers.values():
            self.fill(peer, now)

    def ask(self, peer: Peer, request: Request) -> None:
        peer.asked.add(request)
        self.send(peer, request)

    def check(self, peer: Peer, want: Want) -> None:
        """Ask for a head that does not look like ours: once, and of so many feeds at a time."""
        if want not in peer.asked and peer.wants() < MAX_WANTS + MAX_CHECKS:
            self.ask(peer, want)

    def send(self, peer: Peer, frame: Frame) -> None:
        self.out.append(s.Send(peer.conn, frame))

    def blame(self, peer: Peer, err: Err, verdict: s.Verdict, detail: str) -> None:
        """End a conversation for what nobody but the other side can be the cause of."""
        self.out.append(s.Close(peer.conn, err, offence=True, blame=s.Blame(peer.node, verdict, detail)))
        self.lost(peer.conn)

    def lost(self, conn: int) -> bool:
        """Forget a conversation; False if it is forgotten already. What only it named is wanted no more."""
        peer = self.peers.pop(conn, None)
        if peer is None:
            return False
        self.pulls.lost(conn)
        self.blobs.lost(conn)
        for feed in peer.sizes.keys() & self.wanted:
            self._let_go(feed)
        return True

    def seen(self, feed: Feed) -> Seen:
        head = self.feeds[feed].head
        tag = self.keyrings.get(feed.node, NO_TAG)
        return Seen(feed, head.size, head.root[:8], tag) if head else Seen(feed, 0, b"\0" * 8, tag)

    def takes(self, peer: Peer, feed: Feed) -> bool:
        """Whether this feed may come here: what is held already, what is wanted, what there is room to want.

        Until trust is built, that is what pinned peers announce and whatever a node known here has.
        """
        if feed in self.feeds or feed in self.wanted:
            return True
        if feed.epoch >= MAX_EPOCHS or not (
            peer.pinned or feed.node == peer.node or feed.node in self.keyrings
        ):
            self.dropped["not-replicated"] += 1
            return False
        if len(self.feeds) + len(self.wanted) >= MAX_FEEDS:
            self.dropped["over-limit"] += 1
            return False
        return True

    def told(self, peer: Peer, feed: Feed, size: int) -> None:
        """A feed that may come here is held by this peer, so far at least."""
        peer.sizes[feed] = max(size, peer.sizes.get(feed, 0))
        if feed not in self.feeds:
            self.wanted.add(feed)

    def untold(self, peer: Peer, feed: Feed) -> None:
        """The peer does not give this feed: forget that it said so."""
        if peer.sizes.pop(feed, None) is not None:
            self._let_go(feed)

    def untold_node(self, peer: Peer, node: NodeId) -> None:
        """The peer has no keyring of this node: what it named of it can never be checked."""
        peer.tags.pop(node, None)
        for feed in _feeds_of(node):
            if feed not in self.feeds:
                self.untold(peer, feed)
                peer.todo.pop(feed, None)
                self.owed_pulls.get(peer.node, {}).pop(feed, None)

    def _let_go(self, feed: Feed) -> None:
        if not any(feed in peer.sizes for peer in self.peers.values()):
            self.wanted.discard(feed)

    def held_of(self, node: NodeId) -> Iterator[Feed]:
        """Feeds of a node that are held here, oldest first."""
        return (feed for feed in _feeds_of(node) if feed in self.feeds)

    def tell_newest(self, peer: Peer, node: NodeId) -> None:
        """A NOTE of the node's newest feed: it shows by which keyring of that node this one goes."""
        newest = max(self.held_of(node), default=None)
        if newest is not None and newest != self.hidden(peer):
            self.send(peer, Note((self.seen(newest),)))

    def want_keyring(self, peer: Peer, node: NodeId) -> None:
        """Ask for a keyring, or note that it is due when many are asked for already."""
        if KeyringWant(node) in peer.asked:
            return
        if peer.asked.count(KeyringWant) < MAX_KEYRING_WANTS:
            peer.keyrings_due.pop(node, None)
            self.ask(peer, KeyringWant(node))
        else:
            peer.keyrings_due[node] = None

    def keyring_answered(self, peer: Peer, node: NodeId) -> bool:
        """Strike a request for a keyring, and ask for the next that is due; then its feeds may be pulled.

        Whether it was asked for.
        """
        asked = KeyringWant(node) in peer.asked
        if asked:
            peer.asked.remove(KeyringWant(node))
        if peer.keyrings_due:
            due = next(iter(peer.keyrings_due))
            self.want_keyring(peer, due)
            self.want_feeds(peer, due)
        return asked

    def want_feeds(self, peer: Peer, node: NodeId) -> None:
        """Pull what the peer holds of this node and is not here."""
        for feed in _feeds_of(node):
            if feed in peer.sizes and self.pulls.lacking(feed, peer.sizes[feed]):
                self.pulls.wanted(peer, feed)

    def hidden(self, peer: Peer) -> Feed | None:
        """The own newest feed as long as the peer may not hear of it: it has not answered, or signing has stopped."""
        own = self.own
        told = own is None or (peer.node in self.answered and self.feeds[own].taking)
        return None if told else own

    def serve(self, peer: Peer, rest: object | None = None) -> None:
        """Answer the peer's first request, or go on with the ``rest`` of its answer."""
        if rest is not None or (peer.requests and not peer.serving):
            peer.serving = True
            request = rest if rest is not None else peer.requests[0]
            self.out.append(s.Serve(peer.conn, peer.node, request, self.hidden(peer)))

    def offer(self, peer: Peer, feed: Feed) -> None:
        """Push what is owed and can be checked there: envelopes whose headers the peer has said it holds."""
        if feed == self.hidden(peer):
            return
        if due := peer.owed.due(feed, peer.sizes.get(feed, 0)):
            peer.requests.append(Fetch(feed, due))
            self.serve(peer)

    def now_at(self, feed: Feed, state: FeedState) -> None:
        self.feeds[feed] = state
        self.wanted.discard(feed)
        if feed.node == self.node:
            self.own = max(feed, self.own or feed)
        self.pulls.settle(feed)


def _feeds_of(node: NodeId) -> Iterator[Feed]:
    """Every feed a node may have, oldest first."""
    return (Feed(node, epoch) for epoch in range(MAX_EPOCHS))
