"""When signing may begin after a start, and what is done then.

Law: the peers are the judges. A folder whose log and signed-head file agree may still be an older copy of a disk, so
every pinned peer is asked first; a folder that shows itself to be a copy, or that lost its file, waits for all that
were heard from lately. Source: PROTOCOL section 11, cases 1 to 4.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.merkle import EMPTY
from store import outbox, peers, publishing, signed_head, standing
from store.database import Tx
from store.own import Own
from store.rows import FeedRow, entry_of, feed_or_empty, key_of
from store.signed_head import Case, Signed

RECENT_MS: Final = (
    90 * 24 * 3600 * 1000
)  # a peer heard from this long before the newest time here must answer


class Heard(NamedTuple):
    """What came of the questions: nodes that have ``answered`` since the start, those ``connected`` now.

    ``waited``: the time to wait for peers that cannot be reached is over.
    """

    answered: frozenset[NodeId]
    connected: frozenset[NodeId]
    waited: bool


class Needed(NamedTuple):
    """What still keeps this node from signing: ``silent`` peers; ``behind``: own entries are being fetched back."""

    silent: tuple[NodeId, ...]
    behind: bool

    @property
    def nothing(self) -> bool:
        return not self.silent and not self.behind


def needed(db: sqlite3.Connection, own: Own, path: Path, heard: Heard) -> Needed:
    """What must still happen while the reason is one of ``standing.WAITING``; ``path`` is the signed-head file's."""
    reason, row = standing.alarm(db), feed_or_empty(db, own.feed)
    pinned = [peer for peer in peers.everyone(db) if peer.pinned]
    behind = row.joined is not None or (reason == standing.LOG_BEHIND and not _caught_up(db, row, path))
    if reason in {standing.NO_FILE, standing.MOVED}:
        recent = _recent(db, pinned)
        silent = sorted(recent - heard.answered)
        if not silent and not heard.answered & {peer.node for peer in pinned}:
            silent = sorted(peer.node for peer in pinned)
            return Needed(
                tuple(silent), behind=behind or not silent
            )  # a copy that knows no peer asks its operator
        return Needed(tuple(silent), behind)
    asked = {peer.node for peer in pinned}
    if heard.waited:
        asked &= heard.connected
    return Needed(tuple(sorted(asked - heard.answered)), behind)


def _caught_up(db: sqlite3.Connection, row: FeedRow, path: Path) -> bool:
    case = signed_head.compare(db, row, signed_head.find(path))
    return case is Case.EQUAL or _beyond(db, row, signed_head.read(path))


def _beyond(db: sqlite3.Connection, row: FeedRow, signed: Signed | None) -> bool:
    """Whether the log holds all that the file names, and more."""
    return (
        signed is not None
        and signed.size < row.size
        and signed_head.root_of(db, row, signed.size) == signed.root
    )


def _recent(db: sqlite3.Connection, pinned: list[peers.PeerRow]) -> set[NodeId]:
    """Pinned peers heard from in the 90 days before the newest time in the store."""
    times = [peer.last_seen or peer.added for peer in pinned]
    (entry,) = db.execute(
        "SELECT coalesce(max(first_seen), 0) FROM (SELECT first_seen FROM entries ORDER BY key DESC LIMIT 1)"
    ).fetchone()
    newest = max([entry, *times])
    return {peer.node for peer, at in zip(pinned, times, strict=True) if at >= newest - RECENT_MS}


def begin(tx: Tx, own: Own, path: Path) -> None:
    """Sign from now on: the file says where the log stands, and all that waits is signed in order."""
    row = feed_or_empty(tx.db, own.feed)
    signed_head.write(path, Signed(own.feed, row.size, row.frontier.root() if row.size else EMPTY))
    standing.resume(tx, own.node)
    sign_outbox(tx, own)


def sign_outbox(tx: Tx, own: Own) -> None:
    """Sign all that waits, in the order it was said; what was fetched back is signed already."""
    rows = list(outbox.waiting(tx.db))
    back = _fetched_back(tx.db, own, rows)
    for row in rows:
        key = back.get(row.header or b"")
        if key is not None:
            publishing.found_again(tx, row, entry_of(tx.db, key))
        else:
            publishing.sign_queued(tx, own, row)


def _fetched_back(db: sqlite3.Connection, own: Own, rows: list[outbox.Row]) -> dict[bytes, int]:
    """Row keys of own entries that came from peers and have the header of a row."""
    if not rows:
        return {}
    feed, wanted = feed_or_empty(db, own.feed), {row.header for row in rows}
    entries = db.execute(
        "SELECT key, header FROM entries WHERE key >= ? AND key < ? AND first_seen >= ?",
        (key_of(feed.no, 0), key_of(feed.no + 1, 0), min(row.said for row in rows)),
    )
    return {header: key for key, header in entries if header in wanted}
