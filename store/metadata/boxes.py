"""Pictures and films made of boxes: HEIC, AVIF, JPEG XL, MP4, QuickTime. They are looked at and not rewritten.

Law: boxes point at places in the file, so nothing is cut out: a picture that carries Exif or XMP is refused, a film
that tells where it was taken is warned about. Sources: ISO/IEC 14496-12, 23008-12, QuickTime File Format.
"""

from __future__ import annotations

from typing import Final

from store.metadata import exif
from store.metadata.parts import Found, Odd, Source

_JXL: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
_PICTURES: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"MiHE"}
)
_PLACE: Final = (b"\xa9xyz", b"com.apple.quicktime.location", b"loci")
_AUTHOR: Final = (b"\xa9ART", b"\xa9aut", b"com.apple.quicktime.author")
_LOOKED_AT: Final = 4 * 1024 * 1024  # of a film's table of contents
_ITEMS: Final = (b"Exif", b"application/rdf+xml")
_BOXES_MOST: Final = 10_000


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head[4:8] == b"ftyp" or head.startswith(_JXL)


def look(source: Source) -> Found:
    """What a picture or film made of boxes tells."""
    head = source.at(0, 64)
    brands = {head[8:12], *(head[place : place + 4] for place in range(16, 64, 4))}
    found, items = Found(), set[bytes]()
    picture = head.startswith(_JXL) or bool(brands & _PICTURES)
    for kind, start, end in _boxes(source):
        if picture and kind in (b"Exif", b"xml ", b"brob"):
            found.taken |= _told(source.at(start, min(end - start, _LOOKED_AT)))
        elif picture and kind == b"meta":
            items |= _items(source.at(start, min(end - start, _LOOKED_AT)))
        elif not picture and kind in (b"moov", b"meta", b"udta"):
            _film(found, source.at(start, min(end - start, _LOOKED_AT)))
    if b"Exif" in items:  # once, however many say so
        found.taken |= _told(source.at(0, min(source.size, _LOOKED_AT)))
    if b"application/rdf+xml" in items:
        found.taken.add("other")
    return found


def _boxes(source: Source) -> list[tuple[bytes, int, int]]:
    """(type, start and end of what is inside) of every outer box."""
    found: list[tuple[bytes, int, int]] = []
    at = 0
    while at + 8 <= source.size:
        head = source.at(at, 16)
        length, kind, skip = int.from_bytes(head[:4]), head[4:8], 8
        if length == 1:
            length, skip = int.from_bytes(head[8:16]), 16
        end = source.size if length == 0 else at + length
        if end < at + skip or end > source.size or len(found) >= _BOXES_MOST:
            raise Odd
        found.append((kind, at + skip, end))
        at = end
    return found


def _items(meta: bytes) -> set[bytes]:
    """What of Exif and XMP stands among the items of a picture."""
    entries = meta.partition(b"iinf")[2]
    return {kind for kind in _ITEMS if kind in entries}


def _told(data: bytes) -> set[str]:
    """What the first Exif in these bytes tells; where there is none to be read, what else it may be."""
    places = [at for order in (b"II*\0", b"MM\0*") if (at := data.find(order)) >= 0]
    if places:
        return set(exif.read(data[min(places) :]).codes)
    return exif.codes_of_text(data) or {"other"}


def _film(found: Found, data: bytes) -> None:
    if any(mark in data for mark in _PLACE):
        found.warned.add("file-location")
    if any(mark in data for mark in _AUTHOR):
        found.warned.add("file-author")
