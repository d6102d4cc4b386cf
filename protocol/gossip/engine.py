"""The one door of gossip: an event and the time in, a list of outputs back.

Law: no IO. What is sent was durable before (Grew comes after the commit); what a peer asks for is read by the
driver (Serve), what it sends is verified and kept by the store (Ingest). Own entries go to every peer, others'
entries on to every peer that does not have them; what is dropped on the way the next SINCE repairs.
Source: PROTOCOL sections 5 to 7 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocol.frame_types import (
    Blob,
    BlobWant,
    Changes,
    Chunk,
    Cosigned,
    Envelopes,
    Err,
    EvidenceFrame,
    Fetch,
    Frame,
    Graft,
    KeyringNotes,
    KeyringWant,
    Note,
    Seen,
    Since,
    Want,
)
from protocol.gossip import signals as s
from protocol.gossip.blobs import BlobPulls
from protocol.gossip.calendar import Calendar
from protocol.gossip.peer import Peer, Request
from protocol.gossip.pull import Pulls, announced
from protocol.gossip.push import chunk_for
from protocol.gossip.signals import OFFENCES, FeedState, Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.limits import (
    CHUNK,
    JOIN_SECONDS,
    MAX_EPOCHS,
    MAX_FEEDS,
    MAX_PENDING,
)

NO_TAG = b"\0\0\0\0"  # a keyring tag when the keyring itself is not here


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
        self.node = node
        self.feeds = dict(feeds)
        self.keyrings = dict(keyrings)
        self.peers: dict[int, Peer] = {}
        self.owed_pulls = {source: dict(sizes) for source, sizes in pulls.items()}
        self.pulls = Pulls(self.feeds, self.keyrings, self.peers)
        self.blobs = BlobPulls()
        self.calendar = Calendar(chance, now)
        self._out: list[s.Output] = []
        self._handlers: dict[type, Callable[[Any, float], None]] = {
            s.PeerUp: self._peer_up,
            s.PeerDown: self._peer_down,
            s.Received: self._received,
            s.Served: self._served,
            s.Ingested: self._ingested,
            s.Grew: self._grew,
            s.KeyringChanged: self._keyring_changed,
            s.Conviction: self._conviction,
            s.Owing: self._owing,
            s.BlobsWanted: self._blobs_wanted,
            s.GapsKnown: self._gaps_known,
            s.Tick: self._tick,
        }
        self._frames: dict[type, Callable[[Peer, Any, float], None]] = {
            KeyringWant: self._request,
            Since: self._request,
            Want: self._request,
            Graft: self._request,
            Fetch: self._request,
            BlobWant: self._request,
            KeyringNotes: self._keyring_notes,
            Changes: self._changes,
            Chunk: self._chunk,
            Note: self._note,
            Envelopes: self._envelopes,
            Blob: self._blob,
            EvidenceFrame: self._for_the_store,
            Cosigned: self._for_the_store,
            Err: self._err,
        }

    def handle(self, event: s.Event, now: float) -> list[s.Output]:
        """What follows from an event at ``now`` (seconds, never going back)."""
        self._out = []
        self._handlers[type(event)](event, now)
        self._plan(now)
        return self._out

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────────

    def _peer_up(self, event: s.PeerUp, now: float) -> None:
        peer = Peer(event.conn, event.node, event.pinned, now)
        self.peers[event.conn] = peer
        still = {
            feed: size
            for feed, size in self.owed_pulls.pop(event.node, {}).items()
            if self.pulls.lacking(feed, size)
        }
        self.owed_pulls[event.node] = still
        for feed, size in still.items():
            peer.sizes[feed] = size
            self.pulls.wanted(peer, feed)
        peer.generation, peer.cursor = event.cursor or (None, 0)
        self._ask(peer, Since(peer.generation, peer.cursor))
        self._out.append(s.AskGaps(peer.conn, peer.node))
        self._fill(peer, now)

    def _peer_down(self, event: s.PeerDown, now: float) -> None:
        if self.peers.pop(event.conn, None) is None:
            return
        self.pulls.lost(event.conn)
        self.blobs.lost(event.conn)
        for peer in self.peers.values():
            self._fill(peer, now)

    def _received(self, event: s.Received, now: float) -> None:
        peer = self.peers.get(event.conn)
        handler = self._frames.get(type(event.frame))
        if peer is not None and handler is not None:
            handler(peer, event.frame, now)

    def _tick(self, _event: s.Tick, now: float) -> None:
        for feed, source in self.pulls.stalled(now):
            if source in self.peers:
                self.peers[source].sizes.pop(feed, None)
            self.pulls.drop(feed)
        for peer in list(self.peers.values()):
            if any(deadline <= now for deadline in peer.disputes.values()):
                self._close(peer, Err("invalid", "neither evidence nor a join came"), offence=True)
        self.blobs.due(list(self.peers.values()), now)
        if due := self.calendar.resync(list(self.peers.values()), now):
            peer, since = due
            self._ask(peer, since)
            self._out.append(s.AskGaps(peer.conn, peer.node))
        for peer in self.peers.values():
            self._fill(peer, now)

    def _plan(self, now: float) -> None:
        under_way = (
            self.pulls.active or self.blobs.wanted or any(peer.disputes for peer in self.peers.values())
        )
        at = self.calendar.wake(now, busy=bool(under_way))
        if at is not None:
            self._out.append(s.Wake(at))

    # ── what they ask ────────────────────────────────────────────────────────────────────────────────────────

    def _request(self, peer: Peer, frame: Frame, _now: float) -> None:
        if len(peer.requests) >= MAX_PENDING:
            self._close(peer, Err("busy", "too many requests wait for their answer"))
            return
        peer.requests.append(Want(frame.feed, frame.start, CHUNK) if isinstance(frame, Graft) else frame)
        self._serve(peer)

    def _serve(self, peer: Peer) -> None:
        if peer.requests and not peer.serving:
            peer.serving = True
            self._out.append(s.Serve(peer.conn, peer.node, peer.requests[0]))

    def _served(self, event: s.Served, _now: float) -> None:
        peer = self.peers.get(event.conn)
        if peer is None:
            return
        for frame in event.frames:
            self._send(peer, frame)
        if event.rest is not None:
            self._out.append(s.Serve(peer.conn, peer.node, event.rest))
            return
        peer.serving = False
        peer.requests.popleft()
        self._serve(peer)

    # ── what they tell ───────────────────────────────────────────────────────────────────────────────────────

    def _changes(self, peer: Peer, frame: Changes, now: float) -> None:
        if peer.answered(Since) is None:
            return
        peer.behind = len(frame.seen)
        self._learn(peer, frame.seen, now)
        pulls = tuple(
            (seen.feed, seen.size)
            for seen in frame.seen
            if self._replicated(peer, seen.feed) and self.pulls.lacking(seen.feed, seen.size)
        )
        self.owed_pulls.setdefault(peer.node, {}).update(pulls)
        self._out.append(s.SaveCursor(peer.node, frame.generation, frame.cursor, pulls))
        progress = peer.generation != frame.generation or frame.cursor > peer.cursor
        peer.generation, peer.cursor = frame.generation, frame.cursor
        if frame.more and frame.seen and progress:
            self._ask(peer, Since(frame.generation, frame.cursor))

    def _note(self, peer: Peer, frame: Note, now: float) -> None:
        self._learn(peer, frame.seen, now)
        for seen in frame.seen:
            if acknowledged := peer.owed.acknowledged(seen):
                self._out.append(s.Acked(peer.node, seen.feed, acknowledged))

    def _learn(self, peer: Peer, seen: tuple[Seen, ...], now: float) -> None:
        held = tuple((one.feed, one.size) for one in seen if one.size and self._replicated(peer, one.feed))
        if held:
            self._out.append(s.Held(peer.node, held))
        for one in seen:
            self._one_seen(peer, one)
            self._offer(peer, one.feed)
        self._fill(peer, now)

    def _one_seen(self, peer: Peer, seen: Seen) -> None:
        feed = seen.feed
        peer.tags[feed.node] = seen.keyring_tag
        if not self._replicated(peer, feed):
            return
        peer.sizes[feed] = max(seen.size, peer.sizes.get(feed, 0))
        if self.keyrings.get(feed.node) != seen.keyring_tag:
            self._want_keyring(peer, feed.node)
        state = self.feeds.get(feed)
        if state and state.head and state.head.size == seen.size and state.head.root[:8] != seen.root_tag:
            self._ask(peer, Want(feed, seen.size, 0))
        elif feed.node == self.node:
            if state is None or announced(state) < seen.size:
                self._ask(peer, Want(feed, state.size if state else 0, 0))
        elif self.pulls.lacking(feed, seen.size):
            self.pulls.wanted(peer, feed)

    def _replicated(self, peer: Peer, feed: Feed) -> bool:
        """Until trust is built: what pinned peers announce, and what is held here already."""
        if feed in self.feeds:
            return True
        if len(self.feeds) + len(self.pulls.active) >= MAX_FEEDS or feed.epoch >= MAX_EPOCHS:
            return False
        return peer.pinned or feed.node == peer.node or feed.node in self.keyrings

    def _want_keyring(self, peer: Peer, node: NodeId) -> None:
        if KeyringWant(node) not in peer.asked:
            self._ask(peer, KeyringWant(node))

    def _err(self, peer: Peer, frame: Err, now: float) -> None:
        if frame.code != "not-here":
            return
        want = peer.answered(Want)
        if isinstance(want, Want):
            peer.sizes.pop(want.feed, None)
            self.pulls.drop(want.feed)
        self._fill(peer, now)

    # ── what they send to be kept ────────────────────────────────────────────────────────────────────────────

    def _chunk(self, peer: Peer, frame: Chunk, now: float) -> None:
        answered = peer.answered_want(frame)
        if not self._replicated(peer, frame.feed):
            return
        peer.sizes[frame.feed] = max(frame.head.size, peer.sizes.get(frame.feed, 0))
        self._offer(peer, frame.feed)
        self.pulls.arrived(peer, frame, answered, now)
        if frame.feed.node not in self.keyrings:
            self._want_keyring(peer, frame.feed.node)
            self.pulls.wanted(peer, frame.feed)
            return
        self._for_the_store(peer, frame, now)
        self._fill(peer, now)

    def _envelopes(self, peer: Peer, frame: Envelopes, now: float) -> None:
        for request in peer.asked:
            if isinstance(request, Fetch) and request.feed == frame.feed:
                left = set(request.indexes) - {index for index, _ in frame.items}
                peer.asked.remove(request)
                if left:
                    peer.asked.append(Fetch(frame.feed, tuple(sorted(left))))
                break
        if frame.feed in self.feeds:
            self._for_the_store(peer, frame, now)

    def _blob(self, peer: Peer, frame: Blob, now: float) -> None:
        asked = peer.answered(BlobWant)
        if not isinstance(asked, BlobWant) or (asked.hash, asked.offset) != (frame.hash, frame.offset):
            return
        if frame.data:
            self._for_the_store(peer, frame, now)
        else:
            self.blobs.arrived(peer, frame, now)
            self._fill(peer, now)

    def _keyring_notes(self, peer: Peer, frame: KeyringNotes, now: float) -> None:
        request = KeyringWant(frame.node)
        if request in peer.asked:
            peer.asked.remove(request)
        if frame.notes and (peer.pinned or frame.node in self.keyrings or frame.node == peer.node):
            self._for_the_store(peer, frame, now)

    def _for_the_store(self, peer: Peer, frame: Frame, _now: float) -> None:
        self._out.append(s.Ingest(peer.conn, peer.node, frame))

    def _ingested(self, event: s.Ingested, now: float) -> None:
        outcome, frame = event.outcome, event.frame
        if outcome.feed is not None and outcome.state is not None:
            self._now_at(outcome.feed, outcome.state)
        peer = self.peers.get(event.conn)
        if peer is None:
            return
        if outcome.verdict in OFFENCES:
            self._offence(peer, frame, outcome)
        elif isinstance(frame, Chunk):
            self._after_chunk(peer, frame, outcome, now)
        elif isinstance(frame, Envelopes) and outcome.verdict is not Verdict.NOT_FOR_US:
            self._acknowledge(peer, frame.feed)
        elif isinstance(frame, Blob) and outcome.verdict is Verdict.STORED:
            for ask in self.blobs.stored(peer, frame, now):
                self._ask(peer, ask)
        self._fill(peer, now)

    def _after_chunk(self, peer: Peer, frame: Chunk, outcome: Outcome, now: float) -> None:
        feed, verdict = frame.feed, outcome.verdict
        if verdict in {Verdict.STORED, Verdict.JOINED, Verdict.NOTHING_NEW}:
            peer.disputes.pop(feed, None)
            if frame.entries:
                self._acknowledge(peer, feed)
            if self.pulls.lacking(feed, frame.head.size):
                self.pulls.wanted(peer, feed)
        elif verdict is Verdict.AHEAD:
            self.pulls.again(peer, feed)
            if self.pulls.lacking(feed, frame.head.size):
                self.pulls.wanted(peer, feed)
        elif verdict is Verdict.UNJOINED:
            self.pulls.drop(feed)
            peer.sizes.pop(feed, None)
            peer.disputes.setdefault(feed, now + JOIN_SECONDS)
            state = self.feeds.get(feed)
            if state and state.head:
                self._send(peer, Chunk(feed, state.head.size, state.head, (), ()))
        else:
            self.pulls.drop(feed)
            peer.sizes.pop(feed, None)

    def _acknowledge(self, peer: Peer, feed: Feed) -> None:
        """A node that kept entries or envelopes of an author it is connected to tells it so at once."""
        if feed.node == peer.node and feed in self.feeds:
            self._send(peer, Note((self._seen(feed),)))

    def _offence(self, peer: Peer, frame: Frame, outcome: Outcome) -> None:
        subject = outcome.feed.node if outcome.feed else None
        tag = peer.tags.get(subject) if subject else None
        if (
            outcome.verdict is Verdict.BAD_SIGNATURE
            and subject
            and tag not in {None, self.keyrings.get(subject)}
        ):
            # It may sign under a keyring we have not seen: ask before holding it against the sender.
            self._want_keyring(peer, subject)
            if outcome.feed:
                self.pulls.drop(outcome.feed)
            return
        del frame
        self._close(peer, Err("invalid", outcome.verdict.value), offence=True)

    # ── what became durable here ─────────────────────────────────────────────────────────────────────────────

    def _now_at(self, feed: Feed, state: FeedState) -> None:
        self.feeds[feed] = state
        self.pulls.settle(feed)

    def _grew(self, event: s.Grew, now: float) -> None:
        before = self.feeds.get(event.feed)
        self._now_at(event.feed, event.state)
        grown = announced(event.state) > (announced(before) if before else 0)
        for peer in self.peers.values():
            if grown and peer.conn != event.conn:
                self._push(peer, event)
            self._fill(peer, now)

    def _push(self, peer: Peer, event: s.Grew) -> None:
        """Entries to who lacks them; to their author the NOTE that counts as held, however they came."""
        feed, head = event.feed, event.state.head
        if head is None or (peer.holds(feed) >= head.size and feed.node != peer.node):
            return
        chunk = None if feed.node == peer.node else chunk_for(peer.node, event)
        if chunk is None or 0 < peer.holds(feed) < event.start:
            self._send(peer, Note((self._seen(feed),)))
        else:
            self._send(peer, chunk)
            peer.owed.given(feed, event.start, head.size)
        peer.told[feed] = head.size

    def _keyring_changed(self, event: s.KeyringChanged, now: float) -> None:
        first = event.node not in self.keyrings
        self.keyrings[event.node] = event.tag
        for feed, state in list(self.feeds.items()):
            if feed.node == event.node and state.taking and not event.taking:
                self._now_at(feed, FeedState(state.size, state.head, taking=False))
        for peer in self.peers.values():
            if event.other_branch:
                self._send(peer, KeyringNotes(event.node, event.other_branch))
            elif not first and peer.tags.get(event.node) not in {None, event.tag}:
                self._tell_newest(peer, event.node)
            for feed in [feed for feed in peer.sizes if feed.node == event.node]:
                if self.pulls.lacking(feed, peer.sizes[feed]):
                    self.pulls.wanted(peer, feed)
            self._fill(peer, now)

    def _tell_newest(self, peer: Peer, node: NodeId) -> None:
        newest = max((feed for feed in self.feeds if feed.node == node), default=None)
        if newest is not None:
            self._send(peer, Note((self._seen(newest),)))

    def _conviction(self, event: s.Conviction, _now: float) -> None:
        feed = event.frame.feed
        state = self.feeds.get(feed)
        if state:
            self._now_at(feed, FeedState(state.size, state.head, taking=False))
        for peer in self.peers.values():
            peer.disputes.pop(feed, None)
            if feed.node in self.keyrings:
                self._send(peer, event.frame)

    def _owing(self, event: s.Owing, _now: float) -> None:
        for peer in self.peers.values():
            if peer.node == event.node:
                peer.owed.add(event.feed, event.indexes)
                peer.sizes[event.feed] = max(event.known, peer.sizes.get(event.feed, 0))
                self._offer(peer, event.feed)

    def _offer(self, peer: Peer, feed: Feed) -> None:
        """Push what is owed and can be checked there: envelopes whose headers the peer has said it holds."""
        if due := peer.owed.due(feed, peer.sizes.get(feed, 0)):
            peer.requests.append(Fetch(feed, due))
            self._serve(peer)

    def _blobs_wanted(self, event: s.BlobsWanted, now: float) -> None:
        for blob, size, pieces in event.blobs:
            self.blobs.add(blob, size, pieces)
        for peer in self.peers.values():
            self._fill(peer, now)

    def _gaps_known(self, event: s.GapsKnown, _now: float) -> None:
        peer = self.peers.get(event.conn)
        if peer is not None and event.indexes and not peer.awaits(Fetch):
            self._ask(peer, Fetch(event.feed, event.indexes))

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────

    def _fill(self, peer: Peer, now: float) -> None:
        for ask in self.pulls.fill(peer, now):
            self._ask(peer, ask)
        for want in self.blobs.fill(peer, now):
            self._ask(peer, want)

    def _ask(self, peer: Peer, request: Request) -> None:
        peer.asked.append(request)
        self._send(peer, request)

    def _send(self, peer: Peer, frame: Frame) -> None:
        self._out.append(s.Send(peer.conn, frame))

    def _close(self, peer: Peer, err: Err, *, offence: bool = False) -> None:
        self._out.append(s.Close(peer.conn, err, offence))
        self.peers.pop(peer.conn, None)
        self.pulls.lost(peer.conn)
        self.blobs.lost(peer.conn)

    def _seen(self, feed: Feed) -> Seen:
        head = self.feeds[feed].head
        tag = self.keyrings.get(feed.node, NO_TAG)
        return Seen(feed, head.size, head.root[:8], tag) if head else Seen(feed, 0, b"\0" * 8, tag)
