"""How each field of a frame is read and put.

Law: a reader takes any value the CBOR reader gives and returns the right one or raises Malformed; the table
of ``protocol.frames`` says which field stands where. Source: PROTOCOL sections 5 and 12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from protocol import frame_types as ft
from protocol.checkpoint import Head
from protocol.errors import Malformed
from protocol.frame_types import Payload, Seen
from protocol.ids import Feed, NodeId, node_bytes, node_id
from protocol.limits import (
    CHUNK,
    HASH,
    HEADER,
    MAX_CHANGES,
    MAX_ENVELOPE,
    MAX_ENVELOPES,
    MAX_ERR_TEXT,
    MAX_FETCH,
    MAX_FRAME,
    MAX_INT,
    MAX_KEYRING,
    MAX_PROOF,
    PIECE,
)

ERR_CODES: Final = (
    "not-admitted",
    "keyring-old",
    "unsupported",
    "not-here",
    "malformed",
    "invalid",
    "busy",
    "closing",
)

# Readers of single fields: any value in, the right one out or Malformed.


def _int(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_INT:
        raise Malformed("an integer from 0 to 2^53-1 is due")
    return value


def _positive(value: object) -> int:
    if _int(value) == 0:
        raise Malformed("a size is at least 1 here")
    return _int(value)


def _bool(value: object) -> bool:
    if type(value) is not bool:
        raise Malformed("true or false is due")
    return value


def byte_string(value: object, length: int) -> bytes:
    if type(value) is not bytes or len(value) != length:
        raise Malformed(f"{length} bytes are due")
    return value


def _bytes_up_to(value: object, most: int) -> bytes:
    if type(value) is not bytes or len(value) > most:
        raise Malformed(f"at most {most} bytes are due")
    return value


def array(value: object, length: int) -> tuple[Any, ...]:
    if type(value) is not tuple or len(value) != length:
        raise Malformed(f"an array of {length} is due")
    return value


def array_up_to(value: object, most: int) -> tuple[Any, ...]:
    if type(value) is not tuple or len(value) > most:
        raise Malformed(f"an array of at most {most} is due")
    return value


def _hash(value: object) -> bytes:
    return byte_string(value, HASH)


def _signature(value: object) -> bytes:
    return byte_string(value, 64)


def _generation(value: object) -> bytes:
    return byte_string(value, 16)


def _generation_or_null(value: object) -> bytes | None:
    return None if value is None else _generation(value)


def _node(value: object) -> NodeId:
    return node_id(byte_string(value, 20))


def _feed(value: object) -> Feed:
    node, epoch = array(value, 2)
    return Feed(_node(node), _int(epoch))


def _head(value: object) -> Head:
    size, root, signature = array(value, 3)
    return Head(_positive(size), _hash(root), _signature(signature))


def _proof(value: object) -> tuple[bytes, ...]:
    proof = array_up_to(value, MAX_PROOF)
    for digest in proof:
        _hash(digest)
    return proof


def _seen(value: object) -> tuple[Seen, ...]:
    return tuple(_one_seen(item) for item in array_up_to(value, MAX_CHANGES))


def _one_seen(value: object) -> Seen:
    node, epoch, size, root_tag, keyring_tag = array(value, 5)
    return Seen(
        Feed(_node(node), _int(epoch)), _int(size), byte_string(root_tag, 8), byte_string(keyring_tag, 4)
    )


def _notes(value: object) -> tuple[bytes, ...]:
    notes = array_up_to(value, MAX_KEYRING)
    if sum(len(_bytes_up_to(note, MAX_KEYRING)) for note in notes) > MAX_KEYRING:
        raise Malformed(f"a keyring is at most {MAX_KEYRING} bytes")
    return notes


def _payload(value: object) -> Payload:
    if type(value) is bytes and len(value) <= MAX_ENVELOPE:
        return value
    if type(value) is int and ft.RESTRICTED <= value <= ft.MISSING:
        return value
    raise Malformed(f"an envelope of at most {MAX_ENVELOPE} bytes or a state 0, 1 or 2 is due")


def _entries(value: object) -> tuple[ft.Entry, ...]:
    # The one hot reader: the library made the pairs, so they are looked over in bulk and kept as they are.
    entries = array_up_to(value, CHUNK)
    if not entries:
        return ()
    if set(map(type, entries)) != {tuple} or set(map(len, entries)) != {2}:
        raise Malformed("an entry is a header and a payload")
    headers, payloads = zip(*entries, strict=True)
    if set(map(type, headers)) != {bytes} or set(map(len, headers)) != {HEADER}:
        raise Malformed(f"a header is {HEADER} bytes")
    for payload in payloads:
        _payload(payload)
    return entries


def _items(value: object) -> tuple[ft.Item, ...]:
    items = array_up_to(value, MAX_ENVELOPES)
    for item in items:
        index, payload = array(item, 2)
        _int(index)
        _payload(payload)
    return items


def _indexes(value: object) -> tuple[int, ...]:
    return tuple(map(_int, array_up_to(value, MAX_FETCH)))


def _piece(value: object) -> bytes:
    return _bytes_up_to(value, PIECE)


def _frame_bytes(value: object) -> bytes:
    return _bytes_up_to(value, MAX_FRAME)


def _code(value: object) -> str:
    if type(value) is not str or value not in ERR_CODES:
        raise Malformed("not a code of ERR")
    return value


def _text(value: object) -> str:
    if type(value) is not str or len(value.encode()) > MAX_ERR_TEXT:
        raise Malformed(f"at most {MAX_ERR_TEXT} bytes of text are due")
    return value


# How values that are not plain travel.


def _plain(value: Any) -> Any:
    return value


def _put_feed(feed: Feed) -> tuple[bytes, int]:
    return node_bytes(feed.node), feed.epoch


def _put_seen(seen: tuple[Seen, ...]) -> list[tuple[bytes, int, int, bytes, bytes]]:
    return [(node_bytes(s.feed.node), s.feed.epoch, s.size, s.root_tag, s.keyring_tag) for s in seen]


class Field(NamedTuple):
    """How one field is read from what CBOR gives, and what CBOR is given to put it."""

    read: Callable[[object], Any]
    put: Callable[[Any], Any] = _plain


INT = Field(_int)
NODE = Field(_node, node_bytes)
FEED = Field(_feed, _put_feed)
HEAD = Field(_head)
DIGEST = Field(_hash)
PROOF = Field(_proof)
SEEN = Field(_seen, _put_seen)
NOTES = Field(_notes)
GENERATION_OR_NULL = Field(_generation_or_null)
GENERATION = Field(_generation)
BOOL = Field(_bool)
ENTRIES = Field(_entries)
INDEXES = Field(_indexes)
ITEMS = Field(_items)
PIECE_DATA = Field(_piece)
SIGNATURE = Field(_signature)
POSITIVE = Field(_positive)
CODE = Field(_code)
TEXT = Field(_text)
FRAME_BYTES = Field(_frame_bytes)
