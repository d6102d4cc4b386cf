"""From an entry's bytes to a record, or to the reason why it is not shown.

Law: a payload never stops a feed. Whatever it holds, the answer is an Item for the views or a Rejected with its
verdict. Source: PROTOCOL sections 2 and 9, DOMAIN section 2.

The rungs, in this order:

    1  header of a version and with flags this version knows     → future-version
    2  content is one I-JSON object                              → invalid
    3  restricted flag if and only if an audience                → invalid
    4  the audience names this node, or it is the author's       → not-for-us (the envelope is dropped)
    5  a type this version knows                                 → unknown-type
    6  the shape of its type                                     → invalid
    7  ``by`` is a member of the node that signed                → invalid
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from protocol.entry import RESTRICTED, VERSION, content_of, parse_json
from protocol.errors import Malformed, Unsupported
from protocol.ids import EntryId, Feed, NodeId
from protocol.limits import MAX_AUDIENCE, MAX_INT
from protocol.records import Record, known, read
from store.rows import feed_of, key_of, split

FUTURE_VERSION: Final = "future-version"
UNKNOWN_TYPE: Final = "unknown-type"
INVALID: Final = "invalid"
NOT_FOR_US: Final = "not-for-us"
FUTURE_DATED: Final = "future-dated"
UNREAD: Final = frozenset({FUTURE_VERSION, UNKNOWN_TYPE, INVALID, NOT_FOR_US})
"""Verdicts on what is no record here: nothing in it may be relied on."""
FUTURE_MS: Final = 10 * 60 * 1000  # clocks differ by minutes; more is noted, and shown under the time it came
_BEGINNING: Final = struct.Struct(
    ">BBQ"
)  # version, flags and claimed time of a header: all that is looked at here
_NODE: Final = re.compile(r"[a-z2-7]{32}", re.ASCII)


class Item(NamedTuple):
    """One record as the views get it; ``time`` is claimed, both times are POSIX ms.

    ``content`` has the fields of its type alone (``protocol.records.known``): what else was sent is in the log.
    """

    key: int
    entry: EntryId
    restricted: bool
    audience: frozenset[NodeId] | None
    time: int
    first_seen: int
    record: Record
    content: dict[str, Any]

    @property
    def at(self) -> int:
        """Effective time: as claimed, but not after it was first seen here."""
        return min(self.time, self.first_seen)


class Rejected(NamedTuple):
    """Why an entry is not shown: ``verdict`` as in table verdicts, ``detail`` for the operator, never content.

    ``audience``: who may have the envelope all the same (None: the network).
    """

    verdict: str
    detail: str
    audience: frozenset[NodeId] | None = None


def classify(  # noqa: PLR0911 - one return a rung
    key: int, entry: EntryId, header: bytes, envelope: bytes, *, own_node: NodeId, first_seen: int
) -> Item | Rejected:
    """The record an envelope holds; ``envelope`` is the one its header commits to, ``first_seen`` POSIX ms."""
    version, flags, time = _BEGINNING.unpack_from(header)
    if version != VERSION or flags & ~RESTRICTED:
        nobody = _NOBODY if flags & RESTRICTED else None
        return Rejected(FUTURE_VERSION, f"version {version}, flags {flags}", nobody)  # 1
    try:
        content = parse_json(content_of(envelope))
        audience = _audience(content, flags == RESTRICTED)
    except Malformed as error:
        return Rejected(INVALID, str(error), _NOBODY if flags else None)  # 2, 3
    if audience is not None and own_node not in audience and own_node != entry.node:
        return Rejected(
            NOT_FOR_US, "a restricted record whose audience does not name this node", audience
        )  # 4
    try:
        record = read(content)
    except Unsupported as error:
        return Rejected(UNKNOWN_TYPE, str(error), audience)  # 5
    except Malformed as error:
        return Rejected(INVALID, str(error), audience)  # 6
    if record.by is not None and not record.by.startswith(entry.node):
        return Rejected(INVALID, "by names a member of another node", audience)  # 7
    said = known(content)
    return Item(key, entry, flags == RESTRICTED, audience, min(time, MAX_INT), first_seen, record, said)


def future_dated(item: Item) -> Rejected | None:
    """The verdict on a record that is shown all the same, when its claimed time lies ahead of its arrival."""
    ahead = item.time - item.first_seen
    return Rejected(FUTURE_DATED, f"{ahead} ms ahead of its arrival") if ahead > FUTURE_MS else None


_NOBODY: Final[frozenset[NodeId]] = frozenset()


def _audience(content: dict[str, Any], restricted: bool) -> frozenset[NodeId] | None:
    """The nodes a record is for, None: the network. Malformed if flag and content say different things."""
    named = content.get("audience")
    if named is None and not restricted:
        return None
    if not restricted or type(named) is not list or not 1 <= len(named) <= MAX_AUDIENCE:
        raise Malformed("the restricted flag and the audience do not fit")
    if not all(type(node) is str and _NODE.fullmatch(node) for node in named):
        raise Malformed("an audience is an array of node ids")
    return frozenset(map(NodeId, named))


_EVERY: Final = (
    "SELECT e.key, e.header, e.first_seen, v.envelope FROM envelopes v JOIN entries e ON e.key = v.key"
    " WHERE e.key >= ? AND e.key < ? ORDER BY e.key"
)


def every(db: sqlite3.Connection, own_node: NodeId, no: int) -> Iterator[tuple[int, Item | Rejected]]:
    """(row key, what it holds) of every envelope of a feed that is here, in index order: views are rebuilt from it."""
    feed: Feed = feed_of(db, no)
    for key, header, first_seen, envelope in db.execute(_EVERY, (key_of(no, 0), key_of(no + 1, 0))):
        entry = EntryId(*feed, split(key)[1])
        yield key, classify(key, entry, header, envelope, own_node=own_node, first_seen=first_seen)
