"""GIF: comments and the data of programs are left out, but for the loop and the colour profile. Source: GIF89a."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from store.metadata import exif
from store.metadata.parts import SEGMENTS_MOST, Found, Odd, Source, Span

_SHOWN: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_BLOCKS_MOST: Final = 1_000_000  # four times what the largest file has when its blocks are full
_IMAGE, _EXTENSION, _END = 0x2C, 0x21, 0x3B
_COMMENT, _PROGRAM = 0xFE, 0xFF


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head[:6] in (b"GIF87a", b"GIF89a")


def look(source: Source) -> Found:
    """What a GIF tells and the parts without it."""
    found = Found()
    at = 13 + _colours(source.exactly(10, 1)[0])
    if at > source.size:
        raise Odd
    found.keep(Span(0, at))
    blocks = iter(range(_BLOCKS_MOST))
    for _ in range(SEGMENTS_MOST):
        start = at
        kind = source.exactly(at, 1)[0]
        if kind == _END:
            found.keep(Span(at, at + 1))
            found.behind(source, at + 1)
            return found
        if kind == _IMAGE:
            at += 11 + _colours(source.exactly(at + 9, 1)[0])
            at = _blocks(source, at, blocks)
            found.keep(Span(start, at))
        elif kind == _EXTENSION:
            at = _blocks(source, at + 2, blocks)
            _extension(source, found, Span(start, at))
        else:
            raise Odd
    raise Odd


def _colours(packed: int) -> int:
    """Bytes of the table of colours a packed field tells of."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _blocks(source: Source, at: int, left: Iterator[int]) -> int:
    """Where a row of blocks ends that begins at a place; ``left`` counts those the whole file may still have."""
    for _ in left:
        length = source.exactly(at, 1)[0]
        at += 1 + length
        if not length:
            return at
    raise Odd


def _extension(source: Source, found: Found, whole: Span) -> None:
    label = source.exactly(whole.start + 1, 1)[0]
    if label == _COMMENT:
        found.take({"text"})
    elif label != _PROGRAM or source.at(whole.start + 3, 11) in _SHOWN:
        found.keep(whole)
    else:
        found.take(exif.codes_of_text(source.at(whole.start, min(whole.end - whole.start, 65_536))))
