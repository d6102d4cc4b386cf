"""Which blob is fetched from whom.

Law: pieces of one blob come in order from one peer at a time, different blobs in parallel; never pushed. What is wanted
is a blob of a size: two records that tell different sizes of one hash are two wants, of which one at most comes true. A
peer that does not have one is asked again as soon as it says so, and later anyway. Source: PROTOCOL sections 5 and 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from protocol.frame_types import Blob, BlobWant
from protocol.gossip.peer import Peer
from protocol.limits import PIECE

RETRY_FIRST = 1.0  # seconds until peers that lacked a blob are asked again; doubles
RETRY_MAX = 300.0
STALL = 30.0  # seconds one piece may take on a slow line


class Claim(NamedTuple):
    """A blob as a record names it: blob id and size in bytes."""

    blob: str
    size: int


@dataclass(slots=True)
class Wanted:
    """A blob on its way here: ``pieces`` verified ones are kept; ``source`` is asked for the next (None: nobody).

    ``retry_at``: with a source, when it has stalled; without one, when those that lacked the blob are asked again.
    """

    pieces: int
    source: int | None = None
    retry_at: float = 0.0
    wait: float = RETRY_FIRST


class BlobPulls:
    """All blobs that records here refer to and that are not complete here."""

    def __init__(self) -> None:
        self.wanted: dict[Claim, Wanted] = {}
        self._asked: dict[int, Claim] = {}  # by conn: what the one request that is out is for
        self._state = 0  # goes up when a blob may be asked for that could not be before

    def add(self, blob: str, size: int, pieces: int) -> None:
        if (claim := Claim(blob, size)) not in self.wanted:
            self.wanted[claim] = Wanted(pieces)
            self._state += 1

    def whole(self, peers: Iterable[Peer], blob: str) -> None:
        """It is here: nothing of this hash is wanted any more, under whatever size."""
        for claim in [claim for claim in self.wanted if claim.blob == blob]:
            del self.wanted[claim]
            for peer in peers:
                peer.no_blob.discard(claim)

    def fill(self, peer: Peer, now: float) -> list[BlobWant]:
        """The next piece to ask this peer for; one outstanding a peer."""
        if peer.blobs_seen == self._state or peer.awaits(BlobWant):
            return []
        for claim, wanted in self.wanted.items():
            if wanted.source is None and claim not in peer.no_blob:
                wanted.source = peer.conn
                return [self._next(peer, claim, wanted, now)]
        peer.blobs_seen = self._state
        return []

    def answered(self, peer: Peer, frame: Blob, now: float) -> bool:
        """Whether this piece is one that was wanted; else the peer lacks what it was asked for: another, or later."""
        claim = self._asked.pop(peer.conn, None)
        if frame.data and claim == Claim(frame.hash.hex(), frame.total):
            return True
        wanted = self.wanted.get(claim) if claim else None
        if claim is not None and wanted is not None and wanted.source == peer.conn:
            wanted.source = None
            peer.no_blob.add(claim)
            wanted.retry_at = now + wanted.wait
            wanted.wait = min(2 * wanted.wait, RETRY_MAX)
            self._state += 1
        return False

    def stored(self, peer: Peer, frame: Blob, now: float) -> list[BlobWant]:
        """A piece was verified and kept: ask for the next, or be done."""
        claim = Claim(frame.hash.hex(), frame.total)
        wanted = self.wanted.get(claim)
        if wanted is None or wanted.source != peer.conn:
            return []
        wanted.pieces = frame.offset // PIECE + 1
        wanted.wait = RETRY_FIRST
        if wanted.pieces * PIECE >= claim.size:
            del self.wanted[claim]
            return []
        return [self._next(peer, claim, wanted, now)]

    def here(self, peer: Peer, blob: str, size: int) -> None:
        """The peer says that it has the file whole: it may be asked at once."""
        wanted = self.wanted.get(Claim(blob, size))
        if wanted is not None:
            peer.no_blob.discard((blob, size))
            wanted.wait = RETRY_FIRST
            self._state += 1

    def lost(self, conn: int) -> None:
        self._asked.pop(conn, None)
        for wanted in self.wanted.values():
            if wanted.source == conn:
                wanted.source = None
                self._state += 1

    def due(self, peers: Iterable[Peer], now: float) -> None:
        """Take blobs from sources that stalled; forget who lacked those whose time to ask again has come."""
        due = [claim for claim, wanted in self.wanted.items() if wanted.retry_at <= now]
        for claim in due:
            self.wanted[claim].source = None
            self._state += 1
        for peer in peers:
            peer.no_blob.difference_update(due)

    def _next(self, peer: Peer, claim: Claim, wanted: Wanted, now: float) -> BlobWant:
        wanted.retry_at = now + STALL
        self._asked[peer.conn] = claim
        offset = wanted.pieces * PIECE
        return BlobWant(bytes.fromhex(claim.blob), offset, min(PIECE, claim.size - offset))
