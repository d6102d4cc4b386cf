"""What all rooms of the engine share: what is held, who is there, and the outputs of the event at hand.

Law: owned by one Engine; ``out`` is emptied before each event. Source: PROTOCOL sections 5 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocol.frame_types import Err, Fetch, Frame, KeyringWant, Seen
from protocol.gossip import signals as s
from protocol.gossip.blobs import BlobPulls
from protocol.gossip.peer import Peer, Request
from protocol.gossip.pull import Pulls
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_EPOCHS, MAX_FEEDS, MAX_KEYRING_WANTS

NO_TAG = b"\0\0\0\0"  # a keyring tag when the keyring itself is not here


class Core:
    """``feeds`` and ``keyrings`` mirror the store; ``owed_pulls`` is what each source announced and is not here yet."""

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
        self.owed_pulls = {source: dict(sizes) for source, sizes in pulls.items()}
        self.pulls = Pulls(self.feeds, self.keyrings, self.peers)
        self.blobs = BlobPulls()
        self.out: list[s.Output] = []

    def fill(self, peer: Peer, now: float) -> None:
        for ask in self.pulls.fill(peer, now):
            self.ask(peer, ask)
        for want in self.blobs.fill(peer, now):
            self.ask(peer, want)

    def ask(self, peer: Peer, request: Request) -> None:
        peer.asked.append(request)
        self.send(peer, request)

    def send(self, peer: Peer, frame: Frame) -> None:
        self.out.append(s.Send(peer.conn, frame))

    def close(self, peer: Peer, err: Err, *, offence: bool = False) -> None:
        self.out.append(s.Close(peer.conn, err, offence))
        self.peers.pop(peer.conn, None)
        self.pulls.lost(peer.conn)
        self.blobs.lost(peer.conn)

    def seen(self, feed: Feed) -> Seen:
        head = self.feeds[feed].head
        tag = self.keyrings.get(feed.node, NO_TAG)
        return Seen(feed, head.size, head.root[:8], tag) if head else Seen(feed, 0, b"\0" * 8, tag)

    def replicated(self, peer: Peer, feed: Feed) -> bool:
        """Until trust is built: what pinned peers announce, and what is held here already."""
        if feed in self.feeds:
            return True
        if len(self.feeds) + len(self.pulls.active) >= MAX_FEEDS or feed.epoch >= MAX_EPOCHS:
            return False
        return peer.pinned or feed.node == peer.node or feed.node in self.keyrings

    def want_keyring(self, peer: Peer, node: NodeId) -> None:
        """Ask for a keyring, or note that it is due when many are asked for already."""
        if KeyringWant(node) in peer.asked:
            return
        if sum(type(request) is KeyringWant for request in peer.asked) < MAX_KEYRING_WANTS:
            peer.keyrings_due.pop(node, None)
            self.ask(peer, KeyringWant(node))
        else:
            peer.keyrings_due[node] = None

    def keyring_answered(self, peer: Peer, node: NodeId) -> None:
        """Strike a request for a keyring, and ask for the next that is due; then its feeds may be pulled."""
        if KeyringWant(node) in peer.asked:
            peer.asked.remove(KeyringWant(node))
        if peer.keyrings_due:
            due = next(iter(peer.keyrings_due))
            self.want_keyring(peer, due)
            self.want_feeds(peer, due)

    def want_feeds(self, peer: Peer, node: NodeId) -> None:
        """Pull what the peer holds of this node and is not here."""
        for feed in [feed for feed in peer.sizes if feed.node == node]:
            if self.pulls.lacking(feed, peer.sizes[feed]):
                self.pulls.wanted(peer, feed)

    def serve(self, peer: Peer) -> None:
        if peer.requests and not peer.serving:
            peer.serving = True
            self.out.append(s.Serve(peer.conn, peer.node, peer.requests[0]))

    def offer(self, peer: Peer, feed: Feed) -> None:
        """Push what is owed and can be checked there: envelopes whose headers the peer has said it holds."""
        if due := peer.owed.due(feed, peer.sizes.get(feed, 0)):
            peer.requests.append(Fetch(feed, due))
            self.serve(peer)

    def now_at(self, feed: Feed, state: FeedState) -> None:
        self.feeds[feed] = state
        self.pulls.settle(feed)
