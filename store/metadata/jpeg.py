"""JPEG: segments before and between the scans, and what hangs on behind the picture.

Law: what decoders need stays: tables, frames, scans, the colour profile, Adobe's transform. Of Exif the orientation
stays. Sources: ITU-T T.81 annex B, JFIF 1.02, Exif 2.32, ICC.1 annex B.4.
"""

from __future__ import annotations

import re
from typing import Final

from store.metadata import exif
from store.metadata.parts import SEGMENTS_MOST, Found, Odd, Source, Span

_EXIF: Final = b"Exif\0\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_PROFILE: Final = b"ICC_PROFILE\0"
_SOI, _EOI, _SOS, _COMMENT, _FIRST_APP, _LAST_APP = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xEF
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_KEPT: Final = {0xE0: (b"JFIF\0",), 0xE2: (_PROFILE,), 0xEE: (b"Adobe",)}
_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_STEP: Final = 256 * 1024
_FILL: Final = 4 * 1024


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head.startswith(b"\xff\xd8\xff")


def look(source: Source) -> Found:
    """What a JPEG tells and the parts without it."""
    found = Found()
    found.keep(Span(0, 2))
    at = 2
    for _ in range(SEGMENTS_MOST):
        start = at
        marker, at = _marker(source, at)
        if marker == _EOI:
            found.keep(Span(start, at))
            found.behind(source, at)  # another picture, a film, a maker's own notes
            return found
        if marker in _ALONE:
            found.keep(Span(start, at))
            continue
        end = at + _length(source, at)
        _segment(source, found, marker, Span(start, end), at + 2)
        at = end
        if marker == _SOS:
            at = _after_scan(source, end)
            found.keep(Span(end, at))
            if at == source.size:
                return found  # cut short: it is shown as far as it goes
    raise Odd


def _marker(source: Source, at: int) -> tuple[int, int]:
    """The marker at a place, and where it ends; fill bytes may stand before it."""
    pair = source.exactly(at, 2)
    if pair[0] != 0xFF:
        raise Odd
    if pair[1] == 0xFF:
        at = _after_fill(source, at) - 1
        pair = source.exactly(at, 2)
    return pair[1], at + 2


def _after_fill(source: Source, at: int) -> int:
    """Where fill bytes end; many are read at once, there may be as many as the file is long."""
    while data := source.at(at, _FILL):
        rest = data.lstrip(b"\xff")
        at += len(data) - len(rest)
        if rest:
            return at
    raise Odd


def _length(source: Source, at: int) -> int:
    length = int.from_bytes(source.exactly(at, 2))
    if length < 2 or at + length > source.size:
        raise Odd
    return length


def _segment(source: Source, found: Found, marker: int, whole: Span, at: int) -> None:
    data = source.at(at, whole.end - at)
    if marker == _COMMENT:
        found.take({"text"})
    elif not _FIRST_APP <= marker <= _LAST_APP or data.startswith(_KEPT.get(marker, ())):
        found.keep(whole)
    elif marker == 0xE1 and data.startswith(_EXIF):
        _exif(found, data[len(_EXIF) :], whole)
    elif marker == 0xE1 and data.startswith(_XMP):
        found.take(exif.codes_of_text(data))
    elif marker == 0xED:
        found.take({"text"})
    elif marker == 0xE0:
        found.take({"thumbnail"})
    else:
        found.take({"other"})


def _exif(found: Found, data: bytes, whole: Span) -> None:
    told = exif.read(data)
    if told.plain:
        found.keep(whole)
        return
    found.take(set(told.codes))
    if told.orientation != exif.UPRIGHT:
        block = _EXIF + exif.least(told.orientation)
        found.keep(b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block)


def _after_scan(source: Source, at: int) -> int:
    """Where the next marker that is no part of a scan stands; the end of the file when there is none."""
    while at < source.size:
        data = source.at(at, _STEP)
        seen = _NEXT.search(data)
        if seen:
            return at + seen.start()
        if len(data) < 2 or at + len(data) >= source.size:
            return source.size
        at += len(data) - 1  # a marker may begin with the last byte read
    return source.size
