"""What became durable here, and who hears of it.

Law: own entries go to every peer, others' to every peer that lacks them, and the author is always told.
Source: PROTOCOL sections 6, 7 and 9.
"""

from __future__ import annotations

from protocol.frame_types import BlobHere, Fetch, KeyringNotes, Note
from protocol.gossip import signals as s
from protocol.gossip.core import Core
from protocol.gossip.peer import Peer
from protocol.gossip.pull import announced
from protocol.gossip.push import chunk_for
from protocol.gossip.signals import FeedState


class Growing:
    """Handlers of the store's events."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def grew(self, event: s.Grew, now: float) -> None:
        before = self._core.feeds.get(event.feed)
        self._core.now_at(event.feed, event.state)
        grown = announced(event.state) > (announced(before) if before else 0)
        for peer in self._core.peers.values():
            if grown and peer.conn != event.conn:
                self._push(peer, event)
            self._core.fill(peer, now)

    def _push(self, peer: Peer, event: s.Grew) -> None:
        """Entries to who lacks them; to their author the NOTE that counts as held, however they came."""
        feed, head = event.feed, event.state.head
        if (
            head is None
            or feed == self._core.hidden(peer)
            or (peer.holds(feed) >= head.size and feed.node != peer.node)
        ):
            return
        chunk = None if feed.node == peer.node else chunk_for(peer.node, event)
        if chunk is None or 0 < peer.holds(feed) < event.start:
            self._core.send(peer, Note((self._core.seen(feed),)))
        else:
            self._core.send(peer, chunk)
            peer.owed.given(feed, event.start, head.size)
        peer.told[feed] = head.size

    def keyring_changed(self, event: s.KeyringChanged, now: float) -> None:
        """Tell every peer at once; of a node that was frozen both sides, the one held first before the other."""
        first = event.node not in self._core.keyrings
        self._core.keyrings[event.node] = event.tag
        for feed, state in event.feeds:
            self._core.now_at(feed, state)
        for peer in self._core.peers.values():
            if event.rival is not None:
                for feed, _ in event.feeds:
                    peer.disputes.pop(feed, None)
                self._core.send(peer, KeyringNotes(event.node, event.notes))
                self._core.send(peer, event.rival)
            if not first:
                self._core.tell_newest(peer, event.node)
            self._core.want_feeds(peer, event.node)
            self._core.fill(peer, now)

    def conviction(self, event: s.Conviction, _now: float) -> None:
        feed = event.frame.feed
        state = self._core.feeds.get(feed)
        if state:
            self._core.now_at(feed, FeedState(state.size, state.head, taking=False))
        for peer in self._core.peers.values():
            peer.disputes.pop(feed, None)
            if feed.node in self._core.keyrings:
                self._core.send(peer, KeyringNotes(feed.node, event.notes))
                self._core.send(peer, event.frame)

    def owing(self, event: s.Owing, _now: float) -> None:
        for peer in self._core.peers.values():
            if peer.node == event.node:
                peer.owed.add(event.feed, event.indexes)
                self._core.told(peer, event.feed, event.known)
                self._core.offer(peer, event.feed)

    def blobs_wanted(self, event: s.BlobsWanted, now: float) -> None:
        for blob, size, pieces in event.blobs:
            self._core.blobs.add(blob, size, pieces)
        for peer in self._core.peers.values():
            self._core.fill(peer, now)

    def blob_whole(self, event: s.BlobWhole, now: float) -> None:
        """A file is whole here, or more may have it: whoever may is told, and need not wait to ask again."""
        self._core.blobs.whole(self._core.peers.values(), event.blob)
        for peer in self._core.peers.values():
            if event.nodes is None or peer.node in event.nodes:
                self._core.send(peer, BlobHere(bytes.fromhex(event.blob), event.size))
            self._core.fill(peer, now)

    def gaps_known(self, event: s.GapsKnown, _now: float) -> None:
        peer = self._core.peers.get(event.conn)
        if peer is not None and event.indexes and not peer.fetches(event.feed):
            self._core.ask(peer, Fetch(event.feed, event.indexes))
