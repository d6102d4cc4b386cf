"""Which blob is fetched from whom.

Law: pieces of one blob come in order from one peer at a time, different blobs in parallel; never pushed. A peer that
does not have one is asked again later, since it may be fetching it itself. Source: PROTOCOL section 6.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol.frame_types import Blob, BlobWant
from protocol.gossip.peer import Peer
from protocol.limits import PIECE

RETRY_FIRST = 1.0  # seconds until peers that lacked a blob are asked again; doubles
RETRY_MAX = 300.0
STALL = 30.0  # seconds one piece may take on a slow line


@dataclass(slots=True)
class Wanted:
    """A blob on its way here: ``pieces`` verified ones are kept; ``source`` is asked for the next (None: nobody).

    ``retry_at``: with a source, when it has stalled; without one, when those that lacked the blob are asked again.
    """

    size: int
    pieces: int
    source: int | None = None
    retry_at: float = 0.0
    wait: float = RETRY_FIRST


class BlobPulls:
    """All blobs that records here refer to and that are not complete here."""

    def __init__(self) -> None:
        self.wanted: dict[str, Wanted] = {}
        self._state = 0  # goes up when a blob may be asked for that could not be before

    def add(self, blob: str, size: int, pieces: int) -> None:
        if blob not in self.wanted:
            self.wanted[blob] = Wanted(size, pieces)
            self._state += 1

    def fill(self, peer: Peer, now: float) -> list[BlobWant]:
        """The next piece to ask this peer for; one outstanding a peer."""
        if peer.blobs_seen == self._state or peer.awaits(BlobWant):
            return []
        for blob, wanted in self.wanted.items():
            if wanted.source is None and blob not in peer.no_blob:
                wanted.source = peer.conn
                return [self._next(blob, wanted, now)]
        peer.blobs_seen = self._state
        return []

    def arrived(self, peer: Peer, frame: Blob, now: float) -> None:
        """The peer does not have the blob: another, or later."""
        wanted = self.wanted.get(frame.hash.hex())
        if wanted is None or wanted.source != peer.conn or frame.data:
            return
        wanted.source = None
        self._state += 1
        peer.no_blob.add(frame.hash.hex())
        wanted.retry_at = now + wanted.wait
        wanted.wait = min(2 * wanted.wait, RETRY_MAX)

    def stored(self, peer: Peer, frame: Blob, now: float) -> list[BlobWant]:
        """A piece was verified and kept: ask for the next, or be done."""
        blob = frame.hash.hex()
        wanted = self.wanted.get(blob)
        if wanted is None or wanted.source != peer.conn:
            return []
        wanted.pieces = frame.offset // PIECE + 1
        wanted.wait = RETRY_FIRST
        if wanted.pieces * PIECE >= wanted.size:
            del self.wanted[blob]
            return []
        return [self._next(blob, wanted, now)]

    def lost(self, conn: int) -> None:
        for wanted in self.wanted.values():
            if wanted.source == conn:
                wanted.source = None
                self._state += 1

    def due(self, peers: list[Peer], now: float) -> None:
        """Take blobs from sources that stalled; forget who lacked those whose time to ask again has come."""
        for blob, wanted in self.wanted.items():
            if wanted.retry_at > now:
                continue
            wanted.source = None
            self._state += 1
            for peer in peers:
                peer.no_blob.discard(blob)

    def _next(self, blob: str, wanted: Wanted, now: float) -> BlobWant:
        wanted.retry_at = now + STALL
        offset = wanted.pieces * PIECE
        return BlobWant(bytes.fromhex(blob), offset, min(PIECE, wanted.size - offset))
