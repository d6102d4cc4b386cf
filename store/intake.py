"""What becomes of the payloads of entries that are in the log: kept, dropped, missing; shown or not.

Law: an envelope whose hash was checked is kept unless it is restricted and not for this node; what the views are to
show of it is gathered for whoever asked. The only module that inserts into ``envelopes``.
Source: PROTOCOL sections 2, 5 and 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from protocol.entry import VERSION, check_envelope
from protocol.frame_types import MISSING, RESTRICTED, Payload
from protocol.ids import EntryId, NodeId
from store import blobs, journal
from store.database import Tx
from store.payloads import NOT_FOR_US, Item, Rejected, classify, future_dated
from store.rows import FeedRow, key_of

RESTRICTED_FLAG: Final = 1  # bit 0 of a header's flags
_OPEN: Final = bytes((VERSION, 0))  # how the header of an entry begins that this version reads and all may


class Arriving(NamedTuple):
    """An entry of the log, by index, and what came as its payload, its hash checked; ``first_seen`` is POSIX ms."""

    position: int
    header: bytes
    payload: Payload
    first_seen: int


class Offer(NamedTuple):
    """Whom payloads are offered to and by whom; ``records`` gathers those the views are to show.

    None: they are rebuilt later, and payloads open to all are kept unread until then. The author's own word that an
    entry is restricted is final, so it matters who says so.
    """

    own_node: NodeId
    sender: NodeId
    records: list[Item] | None


@dataclass(slots=True)
class Taken:
    """What ``take`` did.

    Envelopes kept and dropped, payloads not shown; audiences of restricted ones, states of entries without an envelope.
    """

    kept: int = 0
    dropped: int = 0
    rejected: int = 0
    audiences: dict[int, frozenset[NodeId]] = field(default_factory=dict)
    states: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Rows:
    items: list[Item] = field(default_factory=list)
    envelopes: list[tuple[int, bytes]] = field(default_factory=list)
    gaps: list[tuple[int, int, int]] = field(default_factory=list)
    verdicts: list[tuple[int, str, str]] = field(default_factory=list)


def take(tx: Tx, offer: Offer, row: FeedRow, batch: Iterable[Arriving]) -> Taken:
    """Keep what may be kept of a batch in index order."""
    taken, rows = Taken(), _Rows()
    base, feed = key_of(row.no, 0), row.feed
    by_author = offer.sender == feed.node
    for index, header, payload, first_seen in batch:
        key = base + index
        if isinstance(payload, int):
            state = RESTRICTED if payload == RESTRICTED and header[1] & RESTRICTED_FLAG else MISSING
            rows.gaps.append((key, state, int(state == RESTRICTED and by_author)))
            taken.states[index] = state
            continue
        if offer.records is None and header[:2] == _OPEN:
            rows.envelopes.append((key, payload))
            continue
        found = classify(
            key, EntryId(*feed, index), header, payload, own_node=offer.own_node, first_seen=first_seen
        )
        if isinstance(found, Rejected):
            rows.verdicts.append((key, found.verdict, found.detail))
            taken.rejected += 1
            if found.verdict == NOT_FOR_US:
                rows.gaps.append((key, RESTRICTED, 1))
                taken.states[index] = RESTRICTED
                taken.dropped += 1
                continue
        else:
            rows.items.append(found)
            if odd := future_dated(found):
                rows.verdicts.append((key, odd.verdict, odd.detail))
        if found.audience is not None:
            taken.audiences[index] = found.audience
        rows.envelopes.append((key, payload))
    _insert(tx, rows, {base + index: audience for index, audience in taken.audiences.items()})
    taken.kept = len(rows.envelopes)
    blobs.refer(tx, rows.items)
    if offer.records is not None:
        offer.records.extend(rows.items)
    return taken


def _insert(tx: Tx, rows: _Rows, audiences: dict[int, frozenset[NodeId]]) -> None:
    db = tx.db
    if rows.envelopes:
        db.executemany("INSERT INTO envelopes (key, envelope) VALUES (?, ?)", rows.envelopes)
        journal.arrived(tx, [key for key, _ in rows.envelopes])
    if audiences:
        named = [(key, node) for key, nodes in audiences.items() for node in nodes]
        db.executemany("INSERT INTO audiences (key, node) VALUES (?, ?)", named)
    if rows.gaps:
        db.executemany(
            "INSERT INTO gaps (key, state, asked) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET state = min(state, excluded.state), asked = max(asked, excluded.asked)",
            rows.gaps,
        )
    if rows.verdicts:
        db.executemany(
            "INSERT INTO verdicts (key, verdict, detail) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET verdict = excluded.verdict, detail = excluded.detail",
            rows.verdicts,
        )


_AWAITED: Final = (
    "SELECT g.key, e.header, e.first_seen FROM gaps g JOIN entries e ON e.key = g.key"
    " WHERE g.key BETWEEN ? AND ? AND g.state <> 1 ORDER BY g.key"
)


def fill(tx: Tx, offer: Offer, row: FeedRow, offered: Mapping[int, Payload]) -> Taken | None:
    """Take payloads, by index, of entries that are in the log; only those awaited are looked at.

    None if an envelope is not the one its header commits to.
    """
    if not offered:
        return Taken()
    base = key_of(row.no, 0)
    rows = tx.db.execute(_AWAITED, (base + min(offered), base + max(offered)))
    batch = [
        Arriving(key - base, header, offered[key - base], first_seen)
        for key, header, first_seen in rows
        if key - base in offered
    ]
    if not all(isinstance(one.payload, int) or check_envelope(one.header, one.payload) for one in batch):
        return None
    taken = take(tx, offer, row, batch)
    got = [(base + one.position,) for one in batch if one.position not in taken.states]
    tx.db.executemany("DELETE FROM gaps WHERE key = ?", got)
    return taken
