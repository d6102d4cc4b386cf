"""PNG: chunks that are text, time or Exif are left out, and what stands behind the end. Source: PNG 3rd edition."""

from __future__ import annotations

import zlib
from typing import Final

from store.metadata import exif
from store.metadata.parts import SEGMENTS_MOST, Found, Odd, Source, Span

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SHOWN: Final = frozenset(
    {
        *(
            b"tRNS",
            b"cHRM",
            b"gAMA",
            b"iCCP",
            b"sBIT",
            b"sRGB",
            b"cICP",
            b"mDCV",
            b"cLLI",
            b"bKGD",
            b"hIST",
            b"pHYs",
        ),
        *(b"sPLT", b"acTL", b"fcTL", b"fdAT", b"oFFs", b"pCAL", b"sCAL", b"sTER", b"vpAg", b"iDOT", b"gIFg"),
    }
)
"""Ancillary chunks that say how the picture is shown."""
_TEXTS: Final = {b"tEXt", b"zTXt", b"iTXt"}


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head.startswith(SIGNATURE)


def look(source: Source) -> Found:
    """What a PNG tells and the parts without it."""
    found = Found()
    found.keep(Span(0, len(SIGNATURE)))
    at = len(SIGNATURE)
    for _ in range(SEGMENTS_MOST):
        head = source.exactly(at, 8)
        kind, length = head[4:], int.from_bytes(head[:4])
        end = at + 12 + length
        if end > source.size or not kind.isalpha():
            raise Odd
        _chunk(source, found, kind, Span(at, end))
        at = end
        if kind == b"IEND":
            found.behind(source, at)  # what was cut away may still stand there
            return found
    raise Odd


def _chunk(source: Source, found: Found, kind: bytes, whole: Span) -> None:
    length = whole.end - whole.start - 12
    if kind in _TEXTS:
        data = source.at(whole.start + 8, min(length, 65_536))
        found.take(exif.codes_of_text(data) or {"text"})
    elif kind == b"tIME":
        found.take({"time"})
    elif kind == b"eXIf":
        _exif(found, source.exactly(whole.start + 8, length), whole)
    elif kind[:1].isupper() or kind in _SHOWN:
        found.keep(whole)
    else:
        found.take({"other"})


def _exif(found: Found, data: bytes, whole: Span) -> None:
    told = exif.read(data)
    if told.plain:
        found.keep(whole)
        return
    found.take(set(told.codes))
    if told.orientation != exif.UPRIGHT:
        block = b"eXIf" + exif.least(told.orientation)
        found.keep((len(block) - 4).to_bytes(4) + block + zlib.crc32(block).to_bytes(4))
