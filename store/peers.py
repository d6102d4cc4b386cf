"""The nodes this one talks to, and what must still be done for each: rows, never tasks.

Law: an invite's secret is kept as its hash and spent in the transaction that pins its bearer; what is owed stays owed
until the node named has said it holds it. Source: PROTOCOL sections 4, 6 and 9.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from protocol.crypto import sha256
from protocol.gossip.signals import Owing, Verdict
from protocol.ids import Feed, NodeId
from protocol.limits import INVITE_DAYS, MAX_FETCH, MAX_KNOCKS
from store import travel
from store.database import Tx
from store.rows import entry_of, feed_no, feed_of, key_of, split

DAY_MS: Final = 24 * 3600 * 1000


class PeerRow(NamedTuple):
    """A peer as the operator's page and the dialler see it; times are POSIX ms."""

    node: NodeId
    addresses: tuple[str, ...]
    pinned: bool
    blocked: bool
    tls: bool
    invite: bytes | None
    cursor: int
    added: int
    last_seen: int | None
    last_error: str | None
    dialled: int | None


class Trust(IntEnum):
    """What a stranger showed: a made-up pairing code, none, or one made here that is used up or too old."""

    MADE_UP = 0
    PLAIN = 1
    CODE = 2


class Knock(NamedTuple):
    """A stranger that asked to come in; ``last`` is POSIX ms."""

    node: NodeId
    address: str
    times: int
    last: int
    trust: int = Trust.PLAIN


class Refusal(NamedTuple):
    """How often a peer's offers ended in a verdict that took nothing; ``last`` is POSIX ms."""

    node: NodeId
    verdict: str
    times: int
    last: int
    detail: str


# Who is a peer


def pin(
    tx: Tx, node: NodeId, addresses: Sequence[str] = (), *, tls: bool = False, invite: bytes | None = None
) -> None:
    """Make the node a pinned peer; addresses given replace those known, ``invite`` is shown until it lets us in.

    What it announces counts for more from now on, so the cursor of a guest is forgotten: the next SINCE asks for all.
    """
    tx.db.execute(
        "INSERT INTO peers (node, addresses, pinned, blocked, tls, invite, cursor, added)"
        " VALUES (?, ?, 1, 0, ?, ?, 0, ?)"
        " ON CONFLICT DO UPDATE SET generation = iif(pinned, generation, NULL), pinned = 1, blocked = 0,"
        " addresses = iif(excluded.addresses = '[]', addresses, excluded.addresses),"
        " tls = iif(excluded.addresses = '[]', tls, excluded.tls),"
        " invite = coalesce(excluded.invite, invite)",
        (node, json.dumps(list(addresses)), int(tls), invite, tx.now),
    )
    tx.db.execute("DELETE FROM knocks WHERE node = ?", (node,))
    tx.topics.add("network")


def block(tx: Tx, node: NodeId) -> None:
    """Neither admit nor replicate the node from now on; what is here of it stays."""
    tx.db.execute(
        "INSERT INTO peers (node, addresses, pinned, blocked, tls, cursor, added) VALUES (?, '[]', 0, 1, 0, 0, ?)"
        " ON CONFLICT DO UPDATE SET pinned = 0, blocked = 1",
        (node, tx.now),
    )
    tx.topics.add("network")


def remove(tx: Tx, node: NodeId) -> bool:
    """Forget the node as a peer (a block too); whether it was one."""
    gone = tx.db.execute("DELETE FROM peers WHERE node = ?", (node,)).rowcount > 0
    tx.db.execute("DELETE FROM pulls WHERE source = ?", (node,))
    tx.topics.add("network")
    return gone


_PEER: Final = (
    "SELECT node, addresses, pinned, blocked, tls, invite, cursor, added, last_seen, last_error, dialled"
    " FROM peers"
)


def everyone(db: sqlite3.Connection) -> list[PeerRow]:
    """All peers, pinned first, then by node id."""
    return [_peer(row) for row in db.execute(f"{_PEER} ORDER BY pinned DESC, node")]


def one(db: sqlite3.Connection, node: NodeId) -> PeerRow | None:
    """The peer; None if the node is none."""
    row = db.execute(f"{_PEER} WHERE node = ?", (node,)).fetchone()
    return _peer(row) if row else None


def _peer(row: Sequence[object]) -> PeerRow:
    node, addresses, pinned, blocked, tls, *rest = row
    return PeerRow(node, tuple(json.loads(addresses)), bool(pinned), bool(blocked), bool(tls), *rest)  # type: ignore[arg-type]


def is_pinned(db: sqlite3.Connection, node: NodeId) -> bool:
    return _has(db, "SELECT 1 FROM peers WHERE node = ? AND pinned = 1", node)


def any_pinned(db: sqlite3.Connection) -> bool:
    """Whether there is a peer to ask what it holds of the own log."""
    return _has(db, "SELECT 1 FROM peers WHERE pinned = 1")


def ever(db: sqlite3.Connection, own: NodeId) -> bool:
    """Whether anybody else may hold something of this node: there is a peer, or something of another node is here."""
    return _has(db, "SELECT 1 FROM peers LIMIT 1") or _has(db, "SELECT 1 FROM keyrings WHERE node <> ?", own)


def is_blocked(db: sqlite3.Connection, node: NodeId) -> bool:
    return _has(db, "SELECT 1 FROM peers WHERE node = ? AND blocked = 1", node)


def _has(db: sqlite3.Connection, sql: str, *nodes: NodeId) -> bool:
    return db.execute(sql, nodes).fetchone() is not None


def seen(tx: Tx, node: NodeId, *, pinned: bool = True) -> None:
    """A conversation with the peer stands or stood just now. One as pinned peers used up the code of its operator."""
    tx.db.execute(
        "UPDATE peers SET last_seen = ?, last_error = NULL, invite = iif(?, NULL, invite) WHERE node = ?",
        (tx.now, int(pinned), node),
    )


def dialled(tx: Tx, node: NodeId, error: str | None = None) -> None:
    """The peer was dialled; ``error`` says why that failed."""
    tx.db.execute("UPDATE peers SET dialled = ?, last_error = ? WHERE node = ?", (tx.now, error, node))


# Coming in


def make_invite(tx: Tx, secret: bytes, *, vouch: bool = True) -> int:
    """Keep the hash of a fresh invite secret; POSIX ms at which it expires."""
    expires = tx.now + INVITE_DAYS * DAY_MS
    tx.db.execute(
        "INSERT INTO invites (hash, created, expires, vouch) VALUES (?, ?, ?, ?)",
        (sha256(secret), tx.now, expires, int(vouch)),
    )
    return expires


def spend_invite(tx: Tx, secret: bytes, node: NodeId, addresses: Sequence[str] = ()) -> bool:
    """Whether the invite lets this node in: open and in time, or spent by the same node before. Then it is pinned."""
    row = tx.db.execute("SELECT expires, used_by FROM invites WHERE hash = ?", (sha256(secret),)).fetchone()
    if (
        row is None
        or row[1] not in {None, node}
        or (row[1] is None and row[0] <= tx.now)
        or is_blocked(tx.db, node)
    ):
        return False
    tx.db.execute("UPDATE invites SET used_by = ? WHERE hash = ?", (node, sha256(secret)))
    pin(tx, node, addresses)
    return True


def trust_in(db: sqlite3.Connection, secret: bytes | None) -> Trust:
    """What the code a stranger showed says of it, after it did not open."""
    if secret is None:
        return Trust.PLAIN
    made_here = db.execute("SELECT 1 FROM invites WHERE hash = ?", (sha256(secret),)).fetchone()
    return Trust.CODE if made_here else Trust.MADE_UP


def knock(
    tx: Tx, node: NodeId, address: str, *, trust: Trust = Trust.PLAIN, network: str | None = None
) -> None:
    """A stranger asked to come in. Beyond the limit those with made-up codes are forgotten first, then those of the
    network most came from; who came back stays before who came once."""
    tx.db.execute(
        "INSERT INTO knocks (node, address, count, last) VALUES (?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET address = excluded.address, count = count + 1, last = excluded.last",
        (node, address, tx.now),
    )
    tx.db.execute(
        "INSERT INTO knockers (node, trust, network) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET trust = excluded.trust, network = excluded.network",
        (node, trust, network or address),
    )
    tx.db.execute(_FORGET_KNOCKS, (MAX_KNOCKS,))
    tx.topics.add("network")


_KNOCKS: Final = """
SELECT k.node, k.address, k.count, k.last, coalesce(w.trust, 1) AS trust, coalesce(w.network, k.address) AS network
FROM knocks AS k LEFT JOIN knockers AS w ON w.node = k.node
"""
_FORGET_KNOCKS: Final = f"""
DELETE FROM knocks WHERE node NOT IN (
  SELECT node FROM ({_KNOCKS})
  ORDER BY trust DESC, count(*) OVER (PARTITION BY trust, network), count DESC, last DESC, node LIMIT ?)
"""  # noqa: S608


_LISTED: Final = f"""
SELECT node, address, count, last, trust FROM ({_KNOCKS}) ORDER BY trust DESC, last DESC, node
"""  # noqa: S608


def knocks(db: sqlite3.Connection) -> list[Knock]:
    """Strangers that asked to come in: who showed no made-up code first, then the last first."""
    return [Knock(*row) for row in db.execute(_LISTED)]


# How far each side is


def save_cursor(
    tx: Tx, node: NodeId, generation: bytes, cursor: int, pulls: Iterable[tuple[Feed, int]]
) -> None:
    """Everything the peer announced up to its cursor is held here, or written down now as still to be pulled."""
    tx.db.execute("UPDATE peers SET generation = ?, cursor = ? WHERE node = ?", (generation, cursor, node))
    tx.db.executemany(
        "INSERT INTO pulls (node, epoch, size, source) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET size = max(size, excluded.size)",
        [(*feed, size, node) for feed, size in pulls],
    )


def cursor_of(db: sqlite3.Connection, node: NodeId) -> tuple[bytes, int] | None:
    """(generation, cursor) saved for the peer; None: ask for everything."""
    row = db.execute("SELECT generation, cursor FROM peers WHERE node = ?", (node,)).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def pulls(db: sqlite3.Connection) -> dict[NodeId, dict[Feed, int]]:
    """What each source announced that is still to be pulled, for the engine."""
    found: dict[NodeId, dict[Feed, int]] = {}
    for source, node, epoch, size in db.execute("SELECT source, node, epoch, size FROM pulls"):
        found.setdefault(source, {})[Feed(node, epoch)] = size
    return found


def pulled(tx: Tx, feed: Feed, size: int) -> None:
    """The feed is here to this size: what was written down up to it is done."""
    tx.db.execute("DELETE FROM pulls WHERE node = ? AND epoch = ? AND size <= ?", (*feed, size))


def holds(tx: Tx, node: NodeId, feeds: Iterable[tuple[Feed, int]]) -> None:
    """The node has said how far it holds these feeds."""
    for feed, size in feeds:
        no = feed_no(tx.db, feed)
        if no is not None and travel.holds(tx, node, no, size):
            tx.topics.add(f"held:{feed}")


# What is owed


def owe(tx: Tx, key: int, nodes: Iterable[NodeId]) -> None:
    """These nodes must get this restricted envelope of ours."""
    tx.db.executemany(
        "INSERT INTO owed (key, node) VALUES (?, ?) ON CONFLICT DO NOTHING", [(key, n) for n in nodes]
    )


def acked(tx: Tx, node: NodeId, feed: Feed, indexes: Iterable[int]) -> None:
    """The node has acknowledged these restricted envelopes."""
    no = feed_no(tx.db, feed)
    if no is not None:
        keys = travel.owed_of(tx.db, node, [key_of(no, index) for index in indexes])
        tx.db.executemany("DELETE FROM owed WHERE key = ? AND node = ?", [(key, node) for key in keys])
        travel.acknowledged(tx, node, keys)
        for key in keys:
            with tx.because_of(str(entry_of(tx.db, key))):
                tx.topics.add(f"held:{feed}")


def owed_to(db: sqlite3.Connection, node: NodeId) -> list[Owing]:
    """What the node must still get, at most MAX_FETCH entries a feed, for the engine."""
    indexes: dict[int, list[int]] = {}
    for (key,) in db.execute("SELECT key FROM owed WHERE node = ? ORDER BY key", (node,)):
        no, index = split(key)
        if len(indexes.setdefault(no, [])) < MAX_FETCH:
            indexes[no].append(index)
    known = dict(db.execute("SELECT feed, size FROM holders WHERE node = ?", (node,)))
    return [Owing(node, feed_of(db, no), tuple(found), known.get(no, 0)) for no, found in indexes.items()]


def creditors(db: sqlite3.Connection) -> list[NodeId]:
    """Nodes that are owed anything: to be dialled even if they are no pinned peers."""
    return [NodeId(node) for (node,) in db.execute("SELECT DISTINCT node FROM owed ORDER BY node")]


def owed_counts(db: sqlite3.Connection) -> list[tuple[NodeId, int]]:
    """How many envelopes each node is owed, most first."""
    rows = db.execute("SELECT node, count(*) FROM owed GROUP BY node ORDER BY count(*) DESC, node")
    return [(NodeId(node), number) for node, number in rows]


# What was not taken


def refused(tx: Tx, node: NodeId, verdict: Verdict, detail: str) -> None:
    """Count an offer of the peer that was not taken, for the network page and doctor."""
    tx.db.execute(
        "INSERT INTO refusals (node, verdict, count, last, detail) VALUES (?, ?, 1, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = count + 1, last = excluded.last, detail = excluded.detail",
        (node, verdict.value, tx.now, detail[:200]),
    )


def refusals(db: sqlite3.Connection) -> list[Refusal]:
    """What was not taken, by peer and verdict, the last first."""
    rows = db.execute(
        "SELECT node, verdict, count, last, detail FROM refusals ORDER BY last DESC, node, verdict"
    )
    return [Refusal(*row) for row in rows]
