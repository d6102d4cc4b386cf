"""WebP: the chunks of Exif, XMP and whatever is not the picture are left out. Source: RFC 9649, section 2."""

from __future__ import annotations

from typing import Final

from store.metadata import exif
from store.metadata.parts import SEGMENTS_MOST, Found, Odd, Source, Span

_EXTENDED: Final = b"VP8X"
_SHOWN: Final = frozenset({_EXTENDED, b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def look(source: Source) -> Found:
    """What a WebP picture tells and the parts without it."""
    found = Found()
    end = 8 + int.from_bytes(source.exactly(4, 4), "little")
    if end > source.size:
        raise Odd
    chunks: list[tuple[bytes, Span | bytes]] = []
    at = 12
    for _ in range(SEGMENTS_MOST):
        if at >= end:
            break
        head = source.exactly(at, 8)
        length = int.from_bytes(head[4:], "little")
        if at + 8 + length > end:
            raise Odd
        whole = Span(at, min(at + 8 + length + length % 2, end))
        part = _chunk(source, found, head[:4], length, whole)
        if part is not None:
            chunks.append((head[:4], part))
        at = whole.end
    else:
        raise Odd
    _put_together(source, found, chunks)
    found.behind(source, end)
    return found


def _chunk(source: Source, found: Found, kind: bytes, length: int, whole: Span) -> Span | bytes | None:
    """What is left of a chunk; None: nothing."""
    if kind in _SHOWN:
        return whole
    data = source.at(whole.start + 8, min(length, 1 << 20))
    if kind != b"EXIF":
        found.take(exif.codes_of_text(data) if kind == b"XMP " else {"other"})
        return None
    told = exif.read(data.removeprefix(b"Exif\0\0"))
    if told.plain:
        return whole
    found.take(set(told.codes))
    if told.orientation == exif.UPRIGHT:
        return None
    block = exif.least(told.orientation)
    return b"EXIF" + len(block).to_bytes(4, "little") + block


def _put_together(source: Source, found: Found, chunks: list[tuple[bytes, Span | bytes]]) -> None:
    """The parts behind a head that tells their length; the flags tell whether there is Exif still."""
    still = _EXIF_FLAG if any(kind == b"EXIF" for kind, _ in chunks) else 0
    size = 4 + sum(part.end - part.start if isinstance(part, Span) else len(part) for _, part in chunks)
    found.keep(b"RIFF" + size.to_bytes(4, "little") + b"WEBP")
    for kind, part in chunks:
        if kind == _EXTENDED and isinstance(part, Span):
            chunk = source.exactly(part.start, part.end - part.start)
            found.keep(chunk[:8] + bytes([chunk[8] & ~(_EXIF_FLAG | _XMP_FLAG) | still]) + chunk[9:])
        else:
            found.keep(part)
