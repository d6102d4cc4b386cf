"""Pictures and documents made byte by byte, with what a camera or an office program puts in: a GPS position, an author,
the number of a camera. ``SECRETS`` are the words that must be gone; the picture itself is a few grey pixels.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

SECRETS: Final = (b"Canon-SN-0815", b"Maria Silva", b"Long Beach", b"xmp:Secret", b"2027:03:09")
SCAN: Final = bytes(range(1, 200)) + b"\xff\x00\xff\xd0" + bytes(reversed(range(200)))
PROFILE: Final = b"ICC_PROFILE\0\x01\x01" + b"profile " * 20
_GPS: Final = 0x8825


def tiff(orientation: int = 6, order: str = "<", *, plain: bool = False, thumbnail: bool = False) -> bytes:
    """An Exif block: which way up, and unless ``plain`` camera, author, times and a place."""
    texts = [] if plain else [(0x010F, SECRETS[0]), (0x013B, SECRETS[1]), (0x9003, SECRETS[4])]
    fields = [
        (0x0112, 3, 1, struct.pack(f"{order}HH", orientation, 0)),
        (0x011A, 5, 1, struct.pack(f"{order}I", 8)),
    ]
    at = 8 + 2 + 12 * (len(fields) + len(texts) + (not plain)) + 4
    data = b""
    for tag, text in texts:
        fields.append((tag, 2, len(text) + 1, struct.pack(f"{order}I", at + len(data))))
        data += text + b"\0"
    if not plain:
        fields.append((_GPS, 4, 1, struct.pack(f"{order}I", at + len(data))))
        data += struct.pack(f"{order}HHHI4sI", 1, 1, 2, 2, b"N\0\0\0", 0) + SECRETS[2]
    body = struct.pack(f"{order}H", len(fields))
    for tag, kind, count, value in sorted(fields):
        body += struct.pack(f"{order}HHI", tag, kind, count) + value
    body += struct.pack(f"{order}I", at + len(data) if thumbnail else 0)
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8) + body + data


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2) + data


def jpeg(*extra: bytes, behind: bytes = b"", between: bytes = b"") -> bytes:
    """A JPEG with these segments after its head; ``between`` two scans, ``behind`` its end."""
    head = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    tables = (
        segment(0xDB, bytes(65)) + segment(0xC2, b"\x08\0\x08\0\x08\x01\x01\x11\0") + segment(0xC4, bytes(20))
    )
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + SCAN
    return head + b"".join(extra) + tables + scan + between + scan + b"\xff\xd9" + behind


def told_jpeg(orientation: int = 6) -> bytes:
    """A JPEG that tells everything, also behind its end and between its scans."""
    return jpeg(
        segment(0xE1, b"Exif\0\0" + tiff(orientation, thumbnail=True)),
        segment(0xE2, PROFILE),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>xmp:Secret dc:creator GPSLatitude</x>"),
        segment(0xE2, b"MPF\0xmp:Secret"),
        segment(0xED, b"Photoshop 3.0\0" + SECRETS[1]),
        segment(0xEE, b"Adobe\0d\0\0\0\0\0"),
        segment(0xFE, SECRETS[2]),
        between=segment(0xFE, SECRETS[0]),
        behind=jpeg(segment(0xE1, b"Exif\0\0" + tiff())),
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def png(*extra: bytes, behind: bytes = b"") -> bytes:
    """A PNG of four grey pixels with these chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)) + chunk(
        b"gAMA", struct.pack(">I", 45_455)
    )
    pixels = chunk(b"IDAT", zlib.compress(b"\0\x10\x20\0\x30\x40"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + pixels + chunk(b"IEND", b"") + behind


def told_png() -> bytes:
    """A PNG that tells everything."""
    return png(
        chunk(b"iCCP", b"name\0\0" + zlib.compress(PROFILE)),
        chunk(b"eXIf", tiff()),
        chunk(b"tEXt", b"Author\0" + SECRETS[1]),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0xmp:Secret GPSLatitude"),
        chunk(b"tIME", bytes(7)),
        chunk(b"prVW", SECRETS[2]),
        behind=SECRETS[0],
    )


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP picture of these chunks."""
    body = b"WEBP" + b"".join(
        kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def webp(*extra: tuple[bytes, bytes], flags: int = 0x20) -> bytes:
    """An extended WebP picture with a profile and these chunks behind its pixels."""
    return riff(
        (b"VP8X", bytes([flags, 0, 0, 0, 7, 0, 0, 7, 0, 0])), (b"ICCP", PROFILE), (b"VP8 ", SCAN), *extra
    )


def told_webp() -> bytes:
    """A WebP picture that tells everything."""
    return webp((b"EXIF", tiff()), (b"XMP ", b"xmp:Secret dc:creator"), (b"NOTE", SECRETS[1]), flags=0x2C)


def gif(*extra: bytes) -> bytes:
    """A GIF that moves, with these extensions before its picture."""
    head = b"GIF89a\x02\0\x02\0\x80\0\0" + bytes(6)
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    picture = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c\0\0\0\0\x02\0\x02\0\0" + b"\x02\x03\x84\x51\x00\0"
    return head + loop + b"".join(extra) + picture + b";"


def told_gif() -> bytes:
    """A GIF that tells everything."""
    comment = b"\x21\xfe" + bytes([len(SECRETS[1])]) + SECRETS[1] + b"\0"
    packet = b"xmp:Secret GPSLatitude"
    program = b"\x21\xff\x0bXMP DataXMP" + bytes([len(packet)]) + packet + b"\0"
    return gif(comment, program)


def box(kind: bytes, data: bytes) -> bytes:
    """A box of HEIC, AVIF or MP4."""
    return (len(data) + 8).to_bytes(4) + kind + data


def heic(*, told: bool) -> bytes:
    """A HEIC picture, with or without an item of Exif."""
    item = b"\x02\0\0\0\0\x01\0\0Exif\0" if told else b"\x02\0\0\0\0\x01\0\0hvc1\0"
    meta = box(b"meta", b"\0\0\0\0" + box(b"iinf", b"\0\0\0\0\0\x01" + box(b"infe", item)))
    return (
        box(b"ftyp", b"heic\0\0\0\0mif1heic")
        + meta
        + box(b"mdat", (b"\0\0\0\0" + tiff() if told else b"") + SCAN)
    )


def film(*, told: bool) -> bytes:
    """A film, with or without the place where it was taken."""
    place = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7+48.4284-123.3656/")) if told else b""
    return (
        box(b"ftyp", b"isom\0\0\0\0isommp42")
        + box(b"moov", box(b"mvhd", bytes(100)) + place)
        + box(b"mdat", SCAN)
    )


def package(parts: Mapping[str, bytes]) -> bytes:
    """A file of an office program."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def document(author: bytes = SECRETS[1], pictures: Iterable[bytes] = ()) -> bytes:
    """A text document that names who wrote it."""
    core = b"<cp:coreProperties><dc:creator>" + author + b"</dc:creator></cp:coreProperties>"
    media = {f"word/media/image{number}.jpeg": picture for number, picture in enumerate(pictures)}
    return package({"[Content_Types].xml": b"<Types/>", "docProps/core.xml": core, **media})


def pdf(author: bytes = b"Maria Silva", *, packed: bool = False) -> bytes:
    """A PDF whose catalogue names its author, plainly or in a compressed object stream."""
    info = b"<< /Title (Report) /Author (" + author + b") >>"
    if not packed:
        return b"%PDF-1.7\n1 0 obj\n" + info + b"\nendobj\ntrailer << /Info 1 0 R >>\n%%EOF\n"
    data = zlib.compress(b"1 0 " + info)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(data)
    return b"%PDF-1.7\n2 0 obj\n" + head + b"\nstream\n" + data + b"\nendstream\nendobj\n%%EOF\n"
