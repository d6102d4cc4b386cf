"""Frames to bytes and back.

Law: ``decode`` gives a frame that is right in every length, range and count, or raises Malformed or
UnsupportedFrame; ``encode`` never lets out a frame that breaks a rule or is too long. One row of the table is
one frame: its name, its class, how each field travels, and the rule that ties its fields together.
Source: PROTOCOL sections 5 and 12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from protocol import cbor
from protocol import frame_fields as ff
from protocol import frame_types as ft
from protocol.errors import LocalError, Malformed, RemoteError, Unsupported
from protocol.frame_types import Frame
from protocol.limits import CHUNK, MAX_BLOB, MAX_ERR_TEXT, MAX_FRAME, PIECE

ERR_CODES: Final = ff.ERR_CODES
MAY_IGNORE: Final = 0x80  # types from here on may be skipped by who does not know them


class UnsupportedFrame(Unsupported):
    """A frame that must be understood and is not: answered with ERR, the connection stays."""

    def __init__(self, frame_type: int) -> None:
        super().__init__(f"frame type {frame_type:#04x} is not known to this version")
        self.type = frame_type


# Rules that tie fields of one frame together.


def _chunk_fits(chunk: ft.Chunk) -> None:
    if chunk.start % CHUNK + len(chunk.entries) > CHUNK:
        raise Malformed(f"a chunk does not cross a multiple of {CHUNK}")
    if chunk.start + len(chunk.entries) > chunk.head.size:
        raise Malformed("a chunk ends beyond its head")


def _want_on_edge(want: ft.BlobWant) -> None:
    if want.offset % PIECE or not 0 < want.length <= MAX_BLOB or want.offset >= MAX_BLOB:
        raise Malformed("a blob is asked for in whole pieces within its limit")


def _piece_fits(blob: ft.Blob) -> None:
    if blob.total > MAX_BLOB or blob.offset % PIECE:
        raise Malformed("a blob comes in whole pieces within its limit")
    if blob.data and len(blob.data) != min(PIECE, blob.total - blob.offset):
        raise Malformed("a piece is whole or the last")


def _within_limit(here: ft.BlobHere) -> None:
    if here.total > MAX_BLOB:
        raise Malformed("a blob is within its limit")


def _heads_in_order(evidence: ft.EvidenceFrame) -> None:
    if evidence.a.size > evidence.b.size:
        raise Malformed("the smaller head of evidence stands first")


def _no_rule(_frame: object) -> None:
    pass


class _Row(NamedTuple):
    name: str
    cls: type[Frame]
    fields: tuple[ff.Field, ...]
    rule: Callable[[Any], None] = _no_rule


_TABLE: Final[Mapping[int, _Row]] = MappingProxyType(
    {
        0x01: _Row("KEYRING_WANT", ft.KeyringWant, (ff.NODE,)),
        0x02: _Row("KEYRING", ft.KeyringNotes, (ff.NODE, ff.NOTES)),
        0x03: _Row("SINCE", ft.Since, (ff.GENERATION_OR_NULL, ff.INT)),
        0x04: _Row("CHANGES", ft.Changes, (ff.GENERATION, ff.INT, ff.SEEN, ff.BOOL)),
        0x05: _Row("WANT", ft.Want, (ff.FEED, ff.INT, ff.INT)),
        0x06: _Row("CHUNK", ft.Chunk, (ff.FEED, ff.INT, ff.HEAD, ff.PROOF, ff.ENTRIES), _chunk_fits),
        0x07: _Row("NOTE", ft.Note, (ff.SEEN,)),
        0x08: _Row("PRUNE", ft.Prune, (ff.FEED,)),
        0x09: _Row("GRAFT", ft.Graft, (ff.FEED, ff.INT)),
        0x0A: _Row("FETCH", ft.Fetch, (ff.FEED, ff.INDEXES)),
        0x0B: _Row("ENVELOPES", ft.Envelopes, (ff.FEED, ff.ITEMS)),
        0x0C: _Row("BLOB_WANT", ft.BlobWant, (ff.DIGEST, ff.INT, ff.INT), _want_on_edge),
        0x0D: _Row("BLOB", ft.Blob, (ff.DIGEST, ff.INT, ff.INT, ff.PIECE_DATA, ff.PROOF), _piece_fits),
        0x0E: _Row(
            "EVIDENCE", ft.EvidenceFrame, (ff.FEED, ff.HEAD, ff.HEAD, ff.DIGEST, ff.PROOF), _heads_in_order
        ),
        0x0F: _Row("COSIGNED", ft.Cosigned, (ff.FEED, ff.POSITIVE, ff.DIGEST, ff.NODE, ff.INT, ff.SIGNATURE)),
        0x12: _Row("ERR", ft.Err, (ff.CODE, ff.TEXT)),
        0x81: _Row("RELAY", ft.Relay, (ff.NODE, ff.NODE, ff.FRAME_BYTES)),
        0x82: _Row("BLOB_HERE", ft.BlobHere, (ff.DIGEST, ff.POSITIVE), _within_limit),
    }
)

FRAMES: Final[Mapping[int, type[Frame]]] = MappingProxyType({t: row.cls for t, row in _TABLE.items()})
NAMES: Final[Mapping[int, str]] = MappingProxyType({t: row.name for t, row in _TABLE.items()})
_TYPE_OF: Final[Mapping[type[Frame], int]] = MappingProxyType({row.cls: t for t, row in _TABLE.items()})


def decode(data: bytes) -> Frame:
    """The frame ``data`` holds (PROTOCOL section 5).

    Malformed if it is not one, whatever the bytes; UnsupportedFrame for a type below 0x80 not known here;
    Ignored for one above.
    """
    if not 0 < len(data) <= MAX_FRAME:
        raise Malformed(f"a frame is 1 to {MAX_FRAME} bytes")
    row = _TABLE.get(data[0])
    if row is None:
        if data[0] < MAY_IGNORE:
            raise UnsupportedFrame(data[0])
        return ft.Ignored(data[0])
    return _read(row, cbor.load(data[1:]))


def _read(row: _Row, values: object) -> Frame:
    array = ff.array(values, len(row.fields))
    frame = row.cls(*[field.read(value) for field, value in zip(row.fields, array, strict=True)])
    row.rule(frame)
    return frame


def encode(frame: Frame) -> bytes:
    """The bytes of a frame. LocalError if they are too many, or the frame breaks a rule."""
    frame_type = _TYPE_OF.get(type(frame))
    if frame_type is None:
        raise LocalError(f"not a frame to send: {type(frame).__name__}")
    row = _TABLE[frame_type]
    values = [getattr(frame, name) for name in frame.__slots__]
    try:
        row.rule(frame)
        array = [field.put(value) for field, value in zip(row.fields, values, strict=True)]
    except RemoteError as error:
        raise LocalError(f"{row.name} would be refused: {error}") from error
    data = bytes((frame_type,)) + cbor.dump(array)
    if len(data) > MAX_FRAME:
        raise LocalError(f"{row.name} of {len(data)} bytes does not fit a frame")
    return data


def err_of(error: RemoteError) -> ft.Err:
    """The frame that tells the other side of its fault, its text cut to what ERR carries."""
    return ft.Err(error.code, str(error).encode(errors="replace")[:MAX_ERR_TEXT].decode(errors="ignore"))
