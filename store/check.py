"""Walk everything and name each invariant that is broken.

Law: believes no row it can work out again: leaves from headers, trees from leaves, heads from keys, payloads from their
hashes, views from payloads. Reads only. Each finding has the name of its invariant, for people and tests alike.
Source: OPERATIONS ``check``, QUALITY style 11.

    triggers     every table of truth refuses change
    keyrings     every chain reads, under its node id, with its tag and epoch
    entries      indexes of a feed are 0 to size - 1
    frontier     the kept frontier is that of the headers
    tiles        exactly the full tiles, with these hashes
    heads        the announced head and every earlier one are roots of this tree, signed by the feed's key
    payloads     each entry has an envelope or a gap, not both; envelopes fit their headers
    audiences    restricted envelopes here name this node or are ours
    arrivals     each envelope arrived once
    evidence     what convicts a feed convicts it
    blobs        whole files have their size and their root
    room         what files take is what is written down of it
    signed-head  the file agrees with the log
    views        rows are those the log gives
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from protocol import cbor
from protocol.checkpoint import Head, verify_head
from protocol.entry import check_envelope
from protocol.errors import LocalError, RemoteError
from protocol.evidence import Evidence, convicts
from protocol.frame_types import Chunk, KeyringNotes
from protocol.frames import decode
from protocol.ids import Feed, NodeId
from protocol.keyring import Keyring, parse_keyring
from protocol.limits import PIECE
from protocol.merkle import Frontier, leaf_hash, root_of
from store import signed_head, views
from store.blobs import Blobs
from store.database import Memory, Tx
from store.opening import open_reader
from store.own import Own
from store.payloads import NOT_FOR_US, Rejected, every
from store.rows import INDEX_BITS, FeedRow, all_feeds, entry_of, feed_of, feed_or_empty, key_of
from store.store import BLOBS, SIGNED_HEAD, Store
from store.tiles import WIDTH

APPEND_ONLY: Final = (
    "keyrings",
    "rivals",
    "heads",
    "entries",
    "envelopes",
    "arrivals",
    "tiles",
    "evidence",
    "cosignatures",
)


class Broken(NamedTuple):
    """An invariant that does not hold: its name, and where."""

    invariant: str
    detail: str


def check(store: Store) -> list[Broken]:
    """Everything that is broken, nothing if all is well; on one snapshot, for as long as it takes."""
    db = open_reader(store.database.path)
    try:
        db.execute("BEGIN")
        return _walk(db, store.own, store.folder)
    finally:
        db.close()


def _walk(db: sqlite3.Connection, own: Own, folder: Path) -> list[Broken]:
    walks: list[Callable[[], Iterator[Broken]]] = [
        lambda: _triggers(db),
        lambda: _keyrings(db),
        lambda: _feeds(db),
        lambda: _payloads(db),
        lambda: _audiences(db, own.node),
        lambda: _arrivals(db),
        lambda: _evidence(db),
        lambda: _blobs(db, folder),
        lambda: _room(db),
        lambda: _signed_head(db, own, folder),
    ]
    found = [broken for walk in walks for broken in walk()]
    # Views are worked out from what was just found sound; on a broken log they would only repeat its damage.
    return found or list(_views(db, own.node))


def _triggers(db: sqlite3.Connection) -> Iterator[Broken]:
    here = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    for table in APPEND_ONLY:
        for trigger in (f"{table}_update", f"{table}_delete"):
            if trigger not in here:
                yield Broken("triggers", trigger)


def _keyrings(db: sqlite3.Connection) -> Iterator[Broken]:
    for revision, node, notes, tag, epoch in db.execute(
        "SELECT revision, node, notes, tag, epoch FROM keyrings"
    ):
        try:
            keyring = parse_keyring(cbor.load(notes))
        except RemoteError as error:
            yield Broken("keyrings", f"revision {revision}: {error}")
            continue
        if (keyring.node, keyring.tag, keyring.epoch) != (node, tag, epoch):
            yield Broken("keyrings", f"revision {revision} says other than its chain")
    for revision, data in db.execute("SELECT revision, frame FROM rivals"):
        try:
            rival = isinstance(decode(data), KeyringNotes | Chunk)
        except RemoteError:
            rival = False
        if not rival:
            yield Broken("keyrings", f"what contradicts revision {revision} cannot be read")


# Trees


def _feeds(db: sqlite3.Connection) -> Iterator[Broken]:
    for row in all_feeds(db):
        yield from _tree(db, row)
    known = {row.no for row in all_feeds(db)}
    for (no,) in db.execute("SELECT DISTINCT key >> ? FROM entries", (INDEX_BITS,)):
        if no not in known:
            yield Broken("entries", f"entries of feed {no}, which is not here")


def _tree(db: sqlite3.Connection, row: FeedRow) -> Iterator[Broken]:
    """Work the feed's tree out from its headers, looking at tiles and heads on the way."""
    heads = [
        Head(*head)
        for head in db.execute(
            "SELECT size, root, signature FROM heads WHERE feed = ? ORDER BY size", (row.no,)
        )
    ]
    yield from _signatures(db, row, heads)
    frontier, waiting, roots = Frontier.empty(), iter(heads), [b""] * 0
    head = next(waiting, None)
    for number, leaves in enumerate(_blocks(db, row)):
        end = number * WIDTH + len(leaves)
        at = 0
        while head is not None and head.size <= end:
            frontier = frontier.extend(leaves[at : head.size - number * WIDTH])
            at = head.size - number * WIDTH
            if frontier.root() != head.root:
                yield Broken("heads", f"{row.feed}: head of {head.size}")
            head = next(waiting, None)
        frontier = frontier.extend(leaves[at:])
        if len(leaves) == WIDTH:
            roots.append(root_of(leaves))
            yield from _tile(db, row, 0, number, leaves)
    yield from _tiles_above(db, row, roots)
    yield from _summary(row, frontier, heads)


def _blocks(db: sqlite3.Connection, row: FeedRow) -> Iterator[list[bytes]]:
    """Leaf hashes of the feed, 256 at a time, as far as its indexes have no hole."""
    for start in range(0, row.size, WIDTH):
        first, end = key_of(row.no, start), key_of(row.no, min(start + WIDTH, row.size))
        rows = db.execute(
            "SELECT key, header FROM entries WHERE key >= ? AND key < ? ORDER BY key", (first, end)
        ).fetchall()
        if [key for key, _ in rows] != list(range(first, end)):
            return
        yield [leaf_hash(header) for _, header in rows]


def _summary(row: FeedRow, frontier: Frontier, heads: list[Head]) -> Iterator[Broken]:
    if frontier.size != row.size:
        yield Broken("entries", f"{row.feed}: {frontier.size} in a row of {row.size}")
    elif frontier != row.frontier:
        yield Broken("frontier", str(row.feed))
    newest = heads[-1] if heads else None
    if row.head != newest:
        yield Broken("heads", f"{row.feed}: the announced head is not the newest kept")


def _tile(
    db: sqlite3.Connection, row: FeedRow, level: int, number: int, hashes: list[bytes]
) -> Iterator[Broken]:
    kept = db.execute(
        "SELECT root, hashes FROM tiles WHERE feed = ? AND level = ? AND number = ?", (row.no, level, number)
    ).fetchone()
    if kept is None or kept != (root_of(hashes), b"".join(hashes)):
        yield Broken("tiles", f"{row.feed}: tile {number} of level {level}")


def _tiles_above(db: sqlite3.Connection, row: FeedRow, roots: list[bytes]) -> Iterator[Broken]:
    level, expected = 1, len(roots)
    while len(roots) >= WIDTH:
        full = [roots[at : at + WIDTH] for at in range(0, len(roots) - WIDTH + 1, WIDTH)]
        for number, hashes in enumerate(full):
            yield from _tile(db, row, level, number, hashes)
        roots, level, expected = [root_of(hashes) for hashes in full], level + 1, expected + len(full)
    (count,) = db.execute("SELECT count(*) FROM tiles WHERE feed = ?", (row.no,)).fetchone()
    if count != expected:
        yield Broken("tiles", f"{row.feed}: {count} tiles where {expected} are full")


def _signatures(db: sqlite3.Connection, row: FeedRow, heads: list[Head]) -> Iterator[Broken]:
    keyring = _keyring(db, row.feed.node)
    key = keyring.feed_key(row.feed.epoch) if keyring else None
    for head in [*heads, *([row.joined] if row.joined else [])]:
        close = keyring.closes.get(row.feed.epoch) if keyring else None
        if close is not None and (close.size, close.root) == (head.size, head.root):
            continue
        if key is None or not verify_head(row.feed, head, key):
            yield Broken("heads", f"{row.feed}: signature of the head of {head.size}")


def _keyring(db: sqlite3.Connection, node: NodeId) -> Keyring | None:
    row = db.execute(
        "SELECT notes FROM keyrings WHERE node = ? ORDER BY revision DESC LIMIT 1", (node,)
    ).fetchone()
    try:
        return parse_keyring(cbor.load(row[0])) if row else None
    except RemoteError:
        return None


# Payloads

_ODD: Final = """
    SELECT e.key, v.key IS NOT NULL, g.key IS NOT NULL FROM entries e
    LEFT JOIN envelopes v ON v.key = e.key LEFT JOIN gaps g ON g.key = e.key
    WHERE (v.key IS NULL) = (g.key IS NULL)
"""


def _payloads(db: sqlite3.Connection) -> Iterator[Broken]:
    for key, _, gap in db.execute(_ODD):
        yield Broken("payloads", f"{_name(db, key)} has {'both an envelope and a gap' if gap else 'neither'}")
    for key, header, envelope in db.execute(
        "SELECT v.key, e.header, v.envelope FROM envelopes v LEFT JOIN entries e ON e.key = v.key"
    ):
        if header is None or not check_envelope(header, envelope):
            yield Broken("payloads", f"the envelope of {_name(db, key)} is not its header's")


def _name(db: sqlite3.Connection, key: int) -> str:
    try:
        return str(entry_of(db, key))
    except LocalError:
        return f"key {key}"


def _audiences(db: sqlite3.Connection, own_node: NodeId) -> Iterator[Broken]:
    for row in all_feeds(db):
        kept: dict[int, set[str]] = {}
        bounds = (key_of(row.no, 0), key_of(row.no + 1, 0))
        for key, node in db.execute("SELECT key, node FROM audiences WHERE key >= ? AND key < ?", bounds):
            kept.setdefault(key, set()).add(node)
        for key, found in every(db, own_node, row.no):
            named = kept.pop(key, set())
            if set(found.audience or ()) != named:
                yield Broken("audiences", f"{_name(db, key)}: other nodes than its content names")
            if isinstance(found, Rejected) and found.verdict == NOT_FOR_US:
                yield Broken("audiences", f"{_name(db, key)} is here and not for this node")
        for key in kept:
            yield Broken("audiences", f"{_name(db, key)}: an audience without an envelope")


def _arrivals(db: sqlite3.Connection) -> Iterator[Broken]:
    due = 1
    for seq, count in db.execute("SELECT seq, count FROM arrivals ORDER BY seq"):
        if seq != due:
            yield Broken("arrivals", f"position {due} is missing")
        due = seq + count
    end = seen = 0
    for key, count in db.execute("SELECT key, count FROM arrivals ORDER BY key"):
        bounds = (key, key + count)
        (here,) = db.execute("SELECT count(*) FROM envelopes WHERE key >= ? AND key < ?", bounds).fetchone()
        if here != count or key < end:
            yield Broken("arrivals", f"{_name(db, key)} and what follows arrived twice, or are not here")
        end, seen = key + count, seen + here
    (envelopes,) = db.execute("SELECT count(*) FROM envelopes").fetchone()
    if seen != envelopes:
        yield Broken("arrivals", f"{seen} arrivals of {envelopes} envelopes")


def _evidence(db: sqlite3.Connection) -> Iterator[Broken]:
    for no, data in db.execute("SELECT feed, frame FROM evidence"):
        feed: Feed = feed_of(db, no)
        keyring = _keyring(db, feed.node)
        try:
            frame = decode(data)
            holds = keyring is not None and convicts(
                Evidence(*(getattr(frame, name) for name in frame.__slots__)), keyring
            )
        except (RemoteError, TypeError):
            holds = False
        if not holds:
            yield Broken("evidence", f"that against {feed} does not convict")


# Files


def _blobs(db: sqlite3.Connection, folder: Path) -> Iterator[Broken]:
    files = Blobs(folder / BLOBS)
    for blob, size in db.execute("SELECT hash, size FROM blobs WHERE complete = 1 ORDER BY hash"):
        try:
            with files.open(blob) as file:
                pieces = list(iter(lambda: file.read(PIECE), b""))
        except OSError:
            yield Broken("blobs", f"{blob} has no file")
            continue
        if sum(map(len, pieces)) != size or root_of(map(leaf_hash, pieces)).hex() != blob:
            yield Broken("blobs", f"{blob} is damaged")


def _room(db: sqlite3.Connection) -> Iterator[Broken]:
    whole = db.execute("SELECT coalesce(sum(size), 0) FROM blobs WHERE complete = 1").fetchone()[0]
    sent = db.execute(
        "SELECT coalesce(sum(size), 0) FROM (SELECT hash, max(size) AS size FROM sent GROUP BY hash)"
    )
    counted = dict(db.execute("SELECT what, bytes FROM room"))
    if counted != {"whole": whole, "sent": sent.fetchone()[0]}:
        yield Broken("room", "files take another number of bytes than is written down")


def _signed_head(db: sqlite3.Connection, own: Own, folder: Path) -> Iterator[Broken]:
    case = signed_head.compare(db, feed_or_empty(db, own.feed), signed_head.find(folder / SIGNED_HEAD))
    if case not in {signed_head.Case.EQUAL, signed_head.Case.LOG_AHEAD}:  # ahead: written when signing begins
        yield Broken("signed-head", case.name.lower().replace("_", "-"))


def _views(db: sqlite3.Connection, own_node: NodeId) -> Iterator[Broken]:
    """Rebuild the views in a scratch copy and compare."""
    scratch = sqlite3.connect("", isolation_level=None)
    try:
        db.backup(scratch)
        before = views.state_hash(scratch)
        scratch.execute("BEGIN")
        views.rebuild(Tx(scratch, 0, Memory()), own_node)
        if views.state_hash(scratch) != before:
            yield Broken("views", "rows differ from those the log gives: run rebuild")
    finally:
        scratch.close()
