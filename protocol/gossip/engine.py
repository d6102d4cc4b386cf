"""The one door of gossip: an event and the time in, a list of outputs back.

Law: no IO. What is sent was durable before (Grew comes after the commit); what a peer asks for is read by the
driver (Serve), what it sends is verified and kept by the store (Ingest). What is dropped on the way the next SINCE
repairs. Source: PROTOCOL sections 5 to 7 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocol import frame_types as ft
from protocol.frame_types import Err, Frame, Graft, Since, Want
from protocol.gossip import signals as s
from protocol.gossip.calendar import Calendar
from protocol.gossip.core import Core
from protocol.gossip.growing import Growing
from protocol.gossip.hearing import Hearing
from protocol.gossip.keeping import Keeping
from protocol.gossip.own import OwnLog
from protocol.gossip.peer import Peer
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId
from protocol.limits import CHUNK


class Engine:
    """Gossip of one node. ``feeds`` and ``keyrings`` are what the store holds; ``chance()`` gives [0, 1)."""

    def __init__(
        self,
        node: NodeId,
        *,
        feeds: Mapping[Feed, FeedState],
        keyrings: Mapping[NodeId, bytes],
        pulls: Mapping[NodeId, Mapping[Feed, int]],
        chance: Callable[[], float],
        now: float,
    ) -> None:
        core = self._core = Core(node, feeds, keyrings, pulls)
        self.calendar = Calendar(chance, now)
        self._own = OwnLog(core)
        hearing, growing = Hearing(core), Growing(core)
        keeping = self._keeping = Keeping(core)
        self._events: dict[type, Callable[[Any, float], None]] = {
            s.PeerUp: self._peer_up,
            s.PeerDown: self._peer_down,
            s.Received: self._received,
            s.Served: self._served,
            s.Ingested: self._ingested,
            s.Grew: growing.grew,
            s.KeyringChanged: growing.keyring_changed,
            s.Conviction: growing.conviction,
            s.Owing: growing.owing,
            s.BlobsWanted: growing.blobs_wanted,
            s.BlobWhole: growing.blob_whole,
            s.GapsKnown: growing.gaps_known,
            s.OwnDoubted: lambda _event, _now: self._own.ask_again(),
            s.Tick: self._tick,
        }
        requests = (ft.KeyringWant, ft.Since, ft.Want, ft.Graft, ft.Fetch, ft.BlobWant)
        self._frames: dict[type, Callable[[Peer, Any, float], None]] = {
            **dict.fromkeys(requests, self._request),
            ft.Changes: hearing.changes,
            ft.Note: hearing.note,
            ft.Err: hearing.err,
            ft.Chunk: keeping.chunk,
            ft.Envelopes: keeping.envelopes,
            ft.Blob: keeping.blob,
            ft.BlobHere: keeping.blob_here,
            ft.KeyringNotes: keeping.keyring_notes,
            ft.EvidenceFrame: keeping.for_the_store,
            ft.Cosigned: keeping.cosigned,
        }

    @property
    def peers(self) -> Mapping[int, Peer]:
        """The conversations that stand, by conn."""
        return self._core.peers

    @property
    def dropped(self) -> Mapping[str, int]:
        """Names of feeds that were not kept, by cause: not-replicated, over-limit."""
        return self._core.dropped

    @property
    def feeds(self) -> Mapping[Feed, FeedState]:
        """What the engine knows to be held here."""
        return self._core.feeds

    def handle(self, event: s.Event, now: float) -> list[s.Output]:
        """What follows from an event at ``now`` (seconds, never going back)."""
        self._core.out = []
        self._events[type(event)](event, now)
        for output in self._core.out:
            if isinstance(output, s.Ingest):
                self._own.storing(output.conn, output.frame)
        self._own.settle()
        self._plan(now)
        return self._core.out

    def _peer_up(self, event: s.PeerUp, now: float) -> None:
        peer = Peer(event.conn, event.node, event.pinned, now)
        if event.node in self._core.keyrings:
            peer.tags[event.node] = self._core.keyrings[event.node]  # compared in the handshake
        self._core.peers[event.conn] = peer
        still = {
            feed: size
            for feed, size in self._core.owed_pulls.pop(event.node, {}).items()
            if self._core.pulls.lacking(feed, size)
        }
        self._core.owed_pulls[event.node] = still
        for feed, size in still.items():
            if not self._core.takes(peer, feed):
                continue
            self._core.told(peer, feed, size)
            if feed.node not in self._core.keyrings:
                self._core.want_keyring(peer, feed.node)
            self._core.pulls.wanted(peer, feed)
        peer.generation, peer.cursor = event.cursor or (None, 0)
        self._core.ask(peer, Since(peer.generation, peer.cursor))
        self._own.ask(peer)
        self._core.out.append(s.AskGaps(peer.conn, peer.node))
        self._core.fill(peer, now)

    def _ingested(self, event: s.Ingested, now: float) -> None:
        self._own.stored(event.conn, event.frame)
        self._keeping.ingested(event, now)

    def _peer_down(self, event: s.PeerDown, now: float) -> None:
        self._own.lost(event.conn)
        if not self._core.lost(event.conn):
            return
        for peer in self._core.peers.values():
            self._core.fill(peer, now)

    def _received(self, event: s.Received, now: float) -> None:
        peer = self._core.peers.get(event.conn)
        handler = self._frames.get(type(event.frame))
        if peer is not None and handler is not None:
            handler(peer, event.frame, now)

    def _tick(self, _event: s.Tick, now: float) -> None:
        for feed, source in self._core.pulls.stalled(now):
            if source in self._core.peers:
                self._core.untold(self._core.peers[source], feed)
            self._core.pulls.drop(feed)
        for peer in list(self._core.peers.values()):
            if any(deadline <= now for deadline in peer.disputes.values()):
                why = "neither evidence nor a join came"
                self._core.blame(peer, Err("invalid", why), s.Verdict.UNJOINED, why)
        self._core.blobs.due(self._core.peers.values(), now)
        if due := self.calendar.resync(list(self._core.peers.values()), now):
            peer, since = due
            self._core.ask(peer, since)
            self._core.out.append(s.AskGaps(peer.conn, peer.node))
        for peer in self._core.peers.values():
            self._core.fill(peer, now)

    def _plan(self, now: float) -> None:
        core = self._core
        disputed = any(peer.disputes for peer in core.peers.values())
        at = self.calendar.wake(now, busy=bool(core.pulls.active or core.blobs.wanted or disputed))
        if at is not None:
            core.out.append(s.Wake(at))

    def _request(self, peer: Peer, frame: Frame, _now: float) -> None:
        peer.requests.append(Want(frame.feed, frame.start, CHUNK) if isinstance(frame, Graft) else frame)
        self._core.serve(peer)

    def _served(self, event: s.Served, _now: float) -> None:
        peer = self._core.peers.get(event.conn)
        if peer is None:
            return
        for frame in event.frames:
            self._core.send(peer, frame)
        if event.rest is not None:
            self._core.serve(peer, event.rest)
            return
        peer.serving = False
        peer.requests.popleft()
        self._core.serve(peer)
