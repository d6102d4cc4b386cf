"""Entries: the 46-byte header that a log is made of, and the envelope it commits to.

Law: nothing is encoded anew to be checked; a header of unknown version or flags is carried, proven and never
interpreted; content is read strictly or not at all. Source: PROTOCOL section 2, RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
import re
import struct
from hashlib import sha256
from typing import Any, Final, NamedTuple

from protocol.errors import LocalError, Malformed, Refused
from protocol.limits import HASH, HEADER, JSON_DEPTH, MAX_ENVELOPE, MAX_INT, RESTRICTED_PAD, SALT

VERSION: Final = 1
RESTRICTED: Final = 0x01
_LAYOUT: Final = struct.Struct(">BBQI32s")


class Header(NamedTuple):
    """A header, read. ``time`` is the claimed POSIX millisecond, ``length`` and ``digest`` the envelope's."""

    version: int
    flags: int
    time: int
    length: int
    digest: bytes

    @property
    def restricted(self) -> bool:
        """Whether only the nodes named in the content may hold the envelope."""
        return bool(self.flags & RESTRICTED)

    @property
    def known(self) -> bool:
        """Whether this version may interpret the content."""
        return self.version == VERSION and not self.flags & ~RESTRICTED


def encode_header(header: Header) -> bytes:
    """The 46 bytes. LocalError if a field does not fit."""
    if not 0 <= header.time <= MAX_INT or len(header.digest) != HASH:
        raise LocalError("a header field out of range")
    try:
        return _LAYOUT.pack(*header)
    except struct.error as error:
        raise LocalError("a header field out of range") from error


def parse_header(data: bytes) -> Header:
    """The fields of 46 bytes; Malformed for any other length. A time over 2^53−1 reads as 2^53−1."""
    if len(data) != HEADER:
        raise Malformed(f"a header is {HEADER} bytes")
    version, flags, time, length, digest = _LAYOUT.unpack(data)
    return Header(version, flags, min(time, MAX_INT), length, digest)


def make_entry(content: bytes, salt: bytes, time_ms: int, restricted: bool) -> tuple[bytes, bytes]:
    """Header and envelope of a record; restricted content is padded with spaces to a multiple of 512 bytes.

    ``salt``: 16 fresh random bytes. Refused ``record-too-long`` over 32,768 bytes of envelope.
    """
    if len(salt) != SALT:
        raise LocalError(f"a salt is {SALT} bytes")
    envelope = salt + content + b" " * (-len(content) % RESTRICTED_PAD if restricted else 0)
    if len(envelope) > MAX_ENVELOPE:
        raise Refused("record-too-long", length=len(envelope), limit=MAX_ENVELOPE)
    flags = RESTRICTED if restricted else 0
    header = Header(VERSION, flags, time_ms, len(envelope), sha256(envelope).digest())
    return encode_header(header), envelope


def check_envelope(header: bytes, envelope: bytes) -> bool:
    """Whether length and hash of the envelope are the header's."""
    return (
        len(header) == HEADER
        and len(envelope) <= MAX_ENVELOPE
        and int.from_bytes(header[10:14], "big") == len(envelope)
        and header[14:] == sha256(envelope).digest()
    )


def content_of(envelope: bytes) -> bytes:
    """The content without the salt."""
    return envelope[SALT:]


# Content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key stands twice in a JSON object")
    return found


def _integer(text: str) -> int:
    # The length first: int() of a long text is slow.
    if len(text) > 17 or abs(found := int(text)) > MAX_INT:
        raise Malformed("a JSON integer beyond 2^53-1")
    return found


def _number(text: str) -> float:
    found = float(text)
    if found in (float("inf"), float("-inf")):
        raise Malformed("a JSON number too large")
    return found


def _constant(text: str) -> float:
    raise Malformed(f"{text} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
# The closing quote is optional so that a string without end costs one pass, not one from each quote in it.
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_SPACE: Final = " \t\n\r"  # RFC 8259 section 2
_NOT_BRACKET: Final = re.compile(r"[^][{}]+")


def _check_depth(text: str) -> None:
    depth = 0
    for sign in _NOT_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if sign in "[{" else -1
        if depth > JSON_DEPTH:
            raise Malformed(f"JSON nested deeper than {JSON_DEPTH}")


def _decoded(text: str) -> Any:
    """The value a text is. The decoder's own ``decode`` looks for white space by two regular expressions: slower."""
    text = text.strip(_SPACE)
    found, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise Malformed("more than one JSON value")
    return found


def parse_json(content: bytes) -> dict[str, Any]:
    """The one JSON object the content is; Malformed for anything else.

    UTF-8, no key twice, no NaN or infinity, integers within ±(2^53−1), depth at most 16, no lone surrogates.
    """
    try:
        text = content.decode("utf-8")
        if text.count("{") + text.count("[") > JSON_DEPTH:
            _check_depth(text)
        found = _decoded(text)
        if "\\u" in text:
            dump_json(found)  # a \ud800 alone is JSON but no text: it cannot be encoded again
    except (ValueError, LocalError) as error:
        raise Malformed("content is not one I-JSON object") from error
    if type(found) is not dict:
        raise Malformed("content is not a JSON object")
    return found


def dump_json(value: Any) -> bytes:
    """Compact UTF-8 JSON. LocalError for what JSON cannot say: NaN, lone surrogates, objects of ours."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise LocalError("a value JSON cannot say") from error
