"""What peers send to be kept, and what follows from the store's verdict on it.

Law: every frame that carries bytes of others goes to the store, which alone verifies; an offence closes the
connection, anything merely late or unwanted does not. Source: PROTOCOL section 5.
"""

from __future__ import annotations

from protocol.frame_types import (
    Blob,
    BlobHere,
    BlobWant,
    Chunk,
    Cosigned,
    Envelopes,
    Err,
    EvidenceFrame,
    Fetch,
    Frame,
    KeyringNotes,
    KeyringWant,
    Note,
    Want,
)
from protocol.gossip import signals as s
from protocol.gossip.core import Core
from protocol.gossip.peer import Peer
from protocol.gossip.signals import OFFENCES, UNASKED, Outcome, Sent, Verdict
from protocol.ids import Feed, NodeId
from protocol.keyring import tag_of
from protocol.limits import JOIN_SECONDS


class Keeping:
    """Handlers of CHUNK, ENVELOPES, BLOB, KEYRING, EVIDENCE and COSIGNED, and of what became of them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def chunk(self, peer: Peer, frame: Chunk, now: float) -> None:
        answered = peer.answered_want(frame)
        if not self._core.takes(peer, frame.feed):
            return
        self._core.told(peer, frame.feed, frame.head.size)
        self._core.offer(peer, frame.feed)
        self._core.pulls.arrived(peer, frame, answered, now)
        if frame.feed.node not in self._core.keyrings:
            self._core.want_keyring(peer, frame.feed.node)
            self._core.pulls.wanted(peer, frame.feed)
            return
        self.for_the_store(peer, frame, now)
        self._core.fill(peer, now)

    def envelopes(self, peer: Peer, frame: Envelopes, now: float) -> None:
        if (asked := peer.asked.fetch(frame.feed)) is not None:
            left = set(asked.indexes) - {index for index, _ in frame.items}
            peer.asked.remove(asked)
            if left:
                peer.asked.add(Fetch(frame.feed, tuple(sorted(left))))
        if frame.feed in self._core.feeds:
            self.for_the_store(peer, frame, now)

    def blob(self, peer: Peer, frame: Blob, now: float) -> None:
        asked = peer.answered(BlobWant)
        if asked is None or (asked.hash, asked.offset) != (frame.hash, frame.offset):
            return
        if self._core.blobs.answered(peer, frame, now):
            self._store(peer, frame, UNASKED)
        else:
            self._core.fill(peer, now)

    def blob_here(self, peer: Peer, frame: BlobHere, now: float) -> None:
        blob = frame.hash.hex()
        self._core.out.append(s.HasBlob(peer.node, blob, frame.total))
        self._core.blobs.here(peer, blob, frame.total)
        self._core.fill(peer, now)

    def keyring_notes(self, peer: Peer, frame: KeyringNotes, now: float) -> None:
        asked = self._core.keyring_answered(peer, frame.node)
        if asked and not frame.notes and frame.node in peer.doubts:
            self._held_against(peer, Verdict.BAD_SIGNATURE, "a head under a keyring it does not have")
            return
        if not frame.notes:
            self._core.untold_node(peer, frame.node)
        if frame.notes and (peer.pinned or frame.node in self._core.keyrings or frame.node == peer.node):
            self._store(peer, frame, Sent(peer.tags.get(frame.node), asked))
        self._core.fill(peer, now)

    def for_the_store(self, peer: Peer, frame: Chunk | Envelopes | EvidenceFrame, _now: float) -> None:
        self._store(peer, frame, Sent(peer.tags.get(frame.feed.node), asked=False))

    def cosigned(self, peer: Peer, frame: Cosigned, _now: float) -> None:
        self._store(peer, frame, Sent(peer.tags.get(frame.witness), asked=False))

    def _store(self, peer: Peer, frame: Frame, sent: Sent) -> None:
        self._core.out.append(s.Ingest(peer.conn, peer.node, frame, sent))

    def ingested(self, event: s.Ingested, now: float) -> None:
        outcome, frame = event.outcome, event.frame
        if outcome.feed is not None and outcome.state is not None:
            self._core.now_at(outcome.feed, outcome.state)
        peer = self._core.peers.get(event.conn)
        if peer is None:
            return
        if outcome.verdict in OFFENCES:
            self._offence(peer, event, now)
        elif isinstance(frame, Chunk):
            self._after_chunk(peer, frame, outcome, now)
        elif isinstance(frame, Envelopes) and outcome.verdict is Verdict.STORED:
            for other in self._core.peers.values():
                self._acknowledge(other, frame.feed)
        elif isinstance(frame, Envelopes) and outcome.verdict not in {Verdict.NOT_FOR_US, Verdict.NO_ROOM}:
            self._acknowledge(peer, frame.feed)
        elif isinstance(frame, Envelopes) and outcome.verdict is Verdict.NOT_FOR_US:
            self._core.out.append(s.Blame(peer.node, outcome.verdict, outcome.detail))
        elif isinstance(frame, KeyringNotes):
            self._after_keyring(peer, frame, outcome, event.sent)
        elif isinstance(frame, Blob) and outcome.verdict in {Verdict.STORED, Verdict.NOTHING_NEW}:
            if frame.offset + len(frame.data) == frame.total:
                self._core.out.append(s.HasBlob(peer.node, frame.hash.hex(), frame.total))
            for ask in self._core.blobs.stored(peer, frame, now):
                self._core.ask(peer, ask)
        self._core.fill(peer, now)

    def _after_chunk(self, peer: Peer, frame: Chunk, outcome: Outcome, now: float) -> None:
        feed, verdict = frame.feed, outcome.verdict
        if verdict in {Verdict.STORED, Verdict.JOINED, Verdict.NOTHING_NEW}:
            peer.disputes.pop(feed, None)
            peer.shares(feed, frame.head.size)
            if frame.entries:
                self._acknowledge(peer, feed)
            if self._core.pulls.lacking(feed, frame.head.size):
                self._core.pulls.wanted(peer, feed)
        elif verdict is Verdict.AHEAD:
            self._core.pulls.again(peer, feed)
            if self._core.pulls.lacking(feed, frame.head.size):
                self._core.pulls.wanted(peer, feed)
        elif verdict is Verdict.UNJOINED:
            self._core.untold(peer, feed)
            self._core.drop(feed, now)
            peer.disputes.setdefault(feed, now + JOIN_SECONDS)
            state = self._core.feeds.get(feed)
            if state and state.head:
                self._core.send(peer, Chunk(feed, state.head.size, state.head, (), ()))
        else:
            self._core.untold(peer, feed)
            self._core.drop(feed, now)
            if (
                verdict is Verdict.STANDSTILL and not frame.entries
            ):  # a head shown in a dispute: say why it stands
                peer.requests.append(KeyringWant(feed.node))
                self._core.serve(peer)

    def _acknowledge(self, peer: Peer, feed: Feed) -> None:
        """A node that kept entries or envelopes of an author it is connected to tells it so at once."""
        if feed.node == peer.node and feed in self._core.feeds:
            self._core.send(peer, Note((self._core.seen(feed),)))

    def _after_keyring(self, peer: Peer, frame: KeyringNotes, outcome: Outcome, sent: Sent) -> None:
        """An answer tells by which chain the peer goes: a signature it showed that did not hold is judged by that.

        A chain that came unasked is news, maybe of a conflict: it tells that only where nothing was known.
        """
        shown = tag_of(frame.notes[-1])
        if not sent.asked:
            peer.tags.setdefault(frame.node, shown)
        if sent.asked and peer.tags.get(frame.node) == sent.tag:  # nothing newer was shown since it came
            peer.tags[frame.node] = shown
            if peer.doubts.pop(frame.node, None) == shown and sent.tag in {None, shown}:
                self._held_against(peer, Verdict.BAD_SIGNATURE, "a head that does not hold under its keyring")
                return
        if outcome.verdict is Verdict.NOTHING_NEW and shown != self._core.keyrings.get(frame.node):
            self._core.tell_newest(peer, frame.node)  # ours counts, maybe for signatures under one text

    def _offence(self, peer: Peer, event: s.Ingested, now: float) -> None:
        """Close, where nobody but the sender can be the cause.

        A signature counts only if its sender went by the keyring it was judged by (section 1); an envelope that came
        without its header, only if the sender's tree is known to be the own one.
        """
        outcome, frame = event.outcome, event.frame
        judged_by = outcome.judged_by if outcome.verdict is Verdict.BAD_SIGNATURE else None
        if judged_by is not None and event.sent.tag != judged_by[1]:
            self._doubted(peer, event, judged_by, now)
            return
        if isinstance(frame, Envelopes) and not self._same_tree(peer, frame):
            self._compare(peer, frame.feed)
            return
        self._held_against(peer, outcome.verdict, outcome.detail)

    def _same_tree(self, peer: Peer, frame: Envelopes) -> bool:
        """Whether the peer's entries of these indexes are known to be ours; an author's word is always its own."""
        end = 1 + max((index for index, _ in frame.items), default=0)
        return frame.feed.node == peer.node or end <= peer.same.get(frame.feed, 0)

    def _compare(self, peer: Peer, feed: Feed) -> None:
        """Its author may have shown it another history: ask for its head, which joins ours or begins a dispute."""
        state = self._core.feeds.get(feed)
        if state is not None and state.taking:
            self._core.check(peer, Want(feed, state.size, 0))

    def _doubted(self, peer: Peer, event: s.Ingested, judged_by: tuple[NodeId, bytes], now: float) -> None:
        """Ask by which keyring it goes; if it has said so since, what it sent before is dropped without blame."""
        (node, tag), feed = judged_by, event.outcome.feed
        unchanged = event.sent.tag == peer.tags.get(node)
        if unchanged:
            peer.doubts[node] = tag
            self._core.want_keyring(peer, node)
        if feed is not None:
            self._core.drop(feed, now)
            if not unchanged and self._core.pulls.lacking(feed, peer.sizes.get(feed, 0)):
                self._core.pulls.wanted(peer, feed)

    def _held_against(self, peer: Peer, verdict: Verdict, detail: str) -> None:
        self._core.blame(peer, Err("invalid", verdict.value), verdict, detail)
