"""CBOR as the protocol allows it: one item, definite lengths, no tags, nothing left over.

Law: whatever the bytes, the reader gives plain immutable values (int, bytes, str, bool, None, float, tuple,
mapping, CBOR's own simple values and its undefined) or raises Malformed without repeating what came. Shapes and ranges
are the caller's to check, floats and simple values included: no field takes one.
Source: PROTOCOL section 5; RFC 8949.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, NoReturn

import cbor2

from protocol.errors import LocalError, Malformed
from protocol.limits import CBOR_DEPTH


def _refuse_tag(_value: object, _immutable: bool) -> NoReturn:
    raise Malformed("CBOR tags are not used")


class _EveryTag(dict[int, Callable[[Any, bool], Any]]):
    """Answers for every tag: the library reads some sixty by itself, and one of them makes integers."""

    def __missing__(self, _tag: int) -> Callable[[Any, bool], Any]:
        return _refuse_tag


_NO_TAGS = _EveryTag()


def load(data: bytes, *, max_depth: int = CBOR_DEPTH) -> Any:
    """The one item ``data`` holds; arrays come as tuples. Malformed otherwise (PROTOCOL section 5)."""
    source = BytesIO(data)
    decoder = cbor2.CBORDecoder(
        source,
        tag_hook=_refuse_tag,
        semantic_decoders=_NO_TAGS,
        max_depth=max_depth,
        allow_indefinite=False,
        allow_duplicate_keys=False,
        strict_hashable_types=True,
    )
    try:
        value = decoder.decode(immutable=True)
    except (cbor2.CBORError, ValueError, OverflowError, MemoryError) as error:
        # What the library says may repeat a key or a text of the input.
        ends = isinstance(error, cbor2.CBORDecodeEOF)
        raise Malformed("not CBOR: it ends too soon" if ends else "not CBOR") from error
    if source.tell() != len(data):
        raise Malformed("bytes left over after the CBOR item")
    return value


def dump(value: object) -> bytes:
    """Shortest encoding of plain values. LocalError for anything else, such as half a character."""
    try:
        return cbor2.dumps(value)
    except (cbor2.CBORError, ValueError) as error:
        raise LocalError(f"not to be put as CBOR: {error}") from error
