"""Documents that name who wrote them: PDF and the files of office programs. They are warned about, never changed.

Law: nothing is run, and nothing is unpacked beyond a bound. Sources: ISO 32000-2, 14.3; ECMA-376 part 2; ODF 1.3
part 3.
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from store.metadata import jpeg
from store.metadata.parts import Found, Odd, Source

_PDF: Final = b"%PDF-"
_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STEP: Final = 1024 * 1024
_OVERLAP: Final = 4_096
_UNPACKED_MOST: Final = 1024 * 1024  # of one part
_PARTS_MOST: Final = 200
_TAIL: Final = 22 + 65_535  # where the record of the end of a package stands
_CONTENTS_MOST: Final = 2 * 1024 * 1024
_STREAMS_MOST: Final = 500
_PDF_AUTHOR: Final = re.compile(
    rb"/Author\s*(?:\((?!\s*\))|<(?!\s*>)[0-9A-Fa-f]|\d+\s+\d+\s+R)|<dc:creator>[^<]*<rdf:Seq>\s*<rdf:li[^>]*>[^<\s]"
)
_OBJECTS: Final = re.compile(rb"/Type\s*/ObjStm[^>]{0,400}>>\s*stream\r?\n")
# A tag ends before the next one begins: each byte is looked at once, however many tags are left open.
_NAMED: Final = re.compile(
    rb"<(?:dc:creator|cp:lastModifiedBy|Manager|Company|meta:initial-creator|w:author|author)\b[^<>]*>\s*[^<\s]"
    rb"|\bw:author=\"[^\"]"
)
_NAMING: Final = re.compile(
    r"(?:docProps/(?:core|app)\.xml|meta\.xml|word/(?:document|comments|footnotes)\.xml|xl/(?:comments\d*|persons/.*)\.xml"
    r"|ppt/commentAuthors\.xml)"
)
_PICTURE: Final = re.compile(r"(?:.*/)?(?:media|Pictures)/[^/]+\.jpe?g", re.IGNORECASE)


def begins(head: bytes) -> bool:
    """Whether a file may be one."""
    return head.startswith((_ZIP, _OLD_OFFICE)) or _PDF in head


def look(source: Source) -> Found:
    """Whether a document names its author, or holds a photo that tells where it was taken."""
    head = source.at(0, 64)
    if head.startswith(_OLD_OFFICE):
        return Found(warned={"file-author"})  # its properties name the account it was written under
    return _office(source) if head.startswith(_ZIP) else _pdf(source)


def _pdf(source: Source) -> Found:
    streams = 0
    for data in _windows(source):
        if _PDF_AUTHOR.search(data):
            return Found(warned={"file-author"})
        for one in _OBJECTS.finditer(data):
            streams += 1
            if streams <= _STREAMS_MOST and _PDF_AUTHOR.search(_inflated(data[one.end() :])):
                return Found(warned={"file-author"})
    return Found()


def _windows(source: Source) -> Iterator[bytes]:
    """The file piece by piece, each with the end of the one before."""
    for at in range(0, source.size, _STEP):
        begin = max(0, at - _OVERLAP)
        yield source.at(begin, at - begin + _STEP)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _UNPACKED_MOST)
    except zlib.error:
        return b""


def _office(source: Source) -> Found:
    found = Found()
    _bounded(source)
    try:
        with zipfile.ZipFile(_Reader(source)) as packed:
            names = [info for info in packed.infolist() if _NAMING.fullmatch(info.filename)]
            pictures = [info for info in packed.infolist() if _PICTURE.fullmatch(info.filename)]
            for info in names[:_PARTS_MOST]:
                if not info.flag_bits & 1 and _NAMED.search(_unpacked(packed, info)):
                    found.warned.add("file-author")
            for info in pictures[:_PARTS_MOST]:
                if not info.flag_bits & 1 and "location" in _of_picture(_unpacked(packed, info)):
                    found.warned.add("file-location")
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        ValueError,
        NotImplementedError,
        EOFError,
    ):
        raise Odd from None
    return found


def _bounded(source: Source) -> None:
    """Odd for a package whose table of contents is larger than any office program makes it."""
    tail = source.at(max(0, source.size - _TAIL), _TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22 or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise Odd
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _CONTENTS_MOST:
        raise Odd


def _unpacked(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with packed.open(info) as part:
        return part.read(_UNPACKED_MOST)


def _of_picture(data: bytes) -> set[str]:
    if not jpeg.begins(data):
        return set()
    try:
        return jpeg.look(Source(io.BytesIO(data))).taken
    except Odd:
        return set()


class _Reader(io.RawIOBase):
    """A source as ``zipfile`` wants it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._source.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what RawIOBase hands over
        data = self._source.at(self._at, min(len(buffer), _STEP))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
