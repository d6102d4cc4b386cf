"""What conversations need of the store, under one name each.

Law: no state and no loop; every function runs inside a job of the store's threads. Frames and outputs of the engine
find the store's door here and nowhere else. Source: PROTOCOL sections 4 to 9.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from node.dialler import Target
from node.reach import Reach
from node.transport import Place
from protocol.errors import Malformed
from protocol.frame_types import Frame
from protocol.gossip import signals as s
from protocol.gossip.signals import FeedState, Outcome
from protocol.ids import Feed, NodeId
from protocol.invite import parse_address
from protocol.keyring import Keyring
from protocol.limits import MAX_PUBLISHED
from store import blobs, keyrings, peers, reading, serve
from store.database import Database, Tx
from store.store import Store
from store.views import profiles

HTTPS: Final = 443


class Beginning(NamedTuple):
    """What the engine must know before its first event."""

    feeds: dict[Feed, FeedState]
    keyrings: dict[NodeId, bytes]
    pulls: dict[NodeId, dict[Feed, int]]


def places_of(addresses: tuple[str, ...] | list[str], *, tls: bool = False) -> tuple[Place, ...]:
    """Addresses as places; what cannot be read is left out, since profiles come from strangers."""
    found = []
    for address in addresses:
        try:
            found.append(Place(*parse_address(address), tls))
        except Malformed:
            continue
    return tuple(found)


def learned_places(db: sqlite3.Connection, node: NodeId, reach: Reach) -> tuple[Place, ...]:
    """Where a node says it is, as far as that may be dialled; at 443 TLS is spoken, elsewhere what answers."""
    said = places_of(profiles.addresses(db, node)[:MAX_PUBLISHED])
    return tuple(
        place._replace(learned=True, tls=place.port == HTTPS)
        for place in said
        if reach.might(place.host, place.port)
    )


class Shelf:
    """The store, as the driver and the dialler use it."""

    def __init__(self, store: Store) -> None:
        self.database: Database = store.database
        self._store = store

    # ── frames ───────────────────────────────────────────────────────────────────────────────────────────────

    def answer(
        self, db: sqlite3.Connection, request: serve.Request, node: NodeId, hidden: Feed | None
    ) -> serve.Answer:
        """Frames that answer a peer's request, and what is left of it; ``hidden`` is a feed that is not here."""
        return serve.answer(db, request, node, self._store.blobs, hidden)

    def tell_again(self, tx: Tx) -> None:
        """Name the own feed in the next answers to SINCE."""
        self._store.tell_again(tx)

    def take(self, tx: Tx, frames: Sequence[Frame], node: NodeId) -> list[Outcome]:
        """Verify and keep what a peer sent, in the order it came."""
        outcomes = self._store.take_all(tx, frames, node)
        for feed, state in {one.feed: one.state for one in outcomes}.items():
            if feed is not None and state is not None:
                peers.pulled(tx, feed, state.size)
        return outcomes

    def keep(self, tx: Tx, output: s.SaveCursor | s.Held | s.Acked | s.HasBlob | s.Blame) -> None:
        """Write down what the engine learned of a peer."""
        if isinstance(output, s.SaveCursor):
            peers.save_cursor(tx, output.node, output.generation, output.cursor, output.pulls)
        elif isinstance(output, s.Held):
            peers.holds(tx, output.node, output.feeds)
        elif isinstance(output, s.HasBlob):
            blobs.holds(tx, output.node, output.blob, output.size)
        elif isinstance(output, s.Blame):
            peers.refused(tx, output.node, output.verdict, output.detail)
        else:
            peers.acked(tx, output.node, output.feed, output.indexes)

    # ── what a conversation begins with ──────────────────────────────────────────────────────────────────────

    def beginning(self, db: sqlite3.Connection) -> Beginning:
        """Everything the engine begins with."""
        return Beginning(reading.feed_states(db), keyrings.tags(db), peers.pulls(db))

    def held(self, node: NodeId) -> Keyring | None:
        """The keyring held of a node; waits for a reader, so never on the loop."""
        return self.database.read(lambda db: keyrings.get(db, node)).result()

    def cursor(self, db: sqlite3.Connection, node: NodeId) -> tuple[bytes, int] | None:
        """How far this node had asked the peer."""
        return peers.cursor_of(db, node)

    def owed(self, db: sqlite3.Connection, node: NodeId) -> list[s.Owing]:
        """What the node must still get from us."""
        return peers.owed_to(db, node)

    def gaps(self, db: sqlite3.Connection, node: NodeId) -> list[tuple[Feed, tuple[int, ...]]]:
        """Entries whose envelope is missing here and that this node may give, by feed."""
        return reading.gaps_for(db, node)

    def blobs_wanted(self, db: sqlite3.Connection) -> s.BlobsWanted:
        """Files that records here refer to and that are not whole."""
        return s.BlobsWanted(tuple(blobs.wanted(db, self._store.room.others_left(db))))

    # ── whom to dial ─────────────────────────────────────────────────────────────────────────────────────────

    def targets(self, db: sqlite3.Connection, limit: int, reach: Reach) -> list[Target]:
        """Pinned peers, the one heard last first and ``limit`` at most, then who is owed something.

        What an operator named is looked at first, then what the node's profile says, as far as ``reach`` goes.
        """
        everyone = peers.everyone(db)
        pinned = [peer for peer in everyone if peer.pinned]
        pinned.sort(key=lambda peer: peer.last_seen or peer.added, reverse=True)
        found = {
            peer.node: Target(
                peer.node,
                (*places_of(peer.addresses, tls=peer.tls), *learned_places(db, peer.node, reach)),
                peer.invite,
            )
            for peer in pinned[:limit]
        }
        blocked = {peer.node for peer in everyone if peer.blocked}
        for node in peers.creditors(db):
            if node not in blocked and node not in found:
                found[node] = Target(node, learned_places(db, node, reach))
        return list(found.values())
