"""Exif, as far as it says what it tells and which way up the picture is; and the least there is of it.

Law: whatever the bytes, a walk over them ends; what cannot be read is told as ``other``. Sources: TIFF 6.0, Exif 2.32
(CIPA DC-008).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

UPRIGHT: Final = 1
_ENTRIES_MOST: Final = 1_000
_BLOCKS_MOST: Final = 16
_ORIENTATION: Final = 0x0112
_EXIF: Final = 0x8769
_GPS: Final = 0x8825
_INTEROP: Final = 0xA005
_ABOUT: Final[dict[int, str]] = {
    _GPS: "location",
    **dict.fromkeys(
        (0x010F, 0x0110, 0xA431, 0xA432, 0xA433, 0xA434, 0xA435, 0x927C, 0xC62F, 0xC614), "camera"
    ),
    **dict.fromkeys((0x013B, 0x8298, 0xA430, 0x9C9D), "author"),
    **dict.fromkeys((0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292), "time"),
    **dict.fromkeys((0x010E, 0x9286, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F, 0x010D), "text"),
}
_SHOWN: Final = frozenset(
    {
        *(_ORIENTATION, _EXIF, _INTEROP, 0x0001, 0x0002, 0x011A, 0x011B, 0x0128, 0x0213),
        *(0x9000, 0x9101, 0xA000, 0xA001, 0xA002, 0xA003),
    }
)
"""How the picture is shown, and nothing else: resolution, versions, colour space, size."""
_LEAST: Final = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, UPRIGHT, 0, 0)
_AT: Final = 18  # of the orientation in it


class Told(NamedTuple):
    """What an Exif block tells (codes), which way up (1 to 8), and whether it says only how the picture is shown."""

    codes: frozenset[str]
    orientation: int
    plain: bool


class _Field(NamedTuple):
    tag: int
    kind: int
    length: int
    value: bytes


def read(data: bytes) -> Told:
    """What a block says that begins with its byte order."""
    try:
        fields, thumbnail = _walk(data)
    except (struct.error, ValueError):
        return Told(frozenset({"other"}), UPRIGHT, plain=False)
    codes = {_ABOUT.get(one.tag, "other") for one in fields if one.tag not in _SHOWN}
    codes |= {"thumbnail"} if thumbnail else set()
    turned = next((one for one in fields if one.tag == _ORIENTATION), None)
    orientation = _short(data, turned) if turned else UPRIGHT
    known = orientation if 1 <= orientation <= 8 else UPRIGHT
    return Told(frozenset(codes), known, plain=not codes)


def least(orientation: int) -> bytes:
    """A block that says which way up the picture is, and nothing else."""
    return _LEAST[:_AT] + struct.pack(">H", orientation) + _LEAST[_AT + 2 :]


def codes_of_text(data: bytes) -> set[str]:
    """What XMP or IPTC in these bytes tells, by the names of its fields."""
    names = {
        "location": (b"GPS", b"Location", b"City"),
        "camera": (b"SerialNumber", b"tiff:Model", b"tiff:Make", b"aux:Lens"),
        "author": (b"dc:creator", b"dc:rights", b"Artist", b"photoshop:Credit", b"Author"),
        "time": (b"CreateDate", b"DateCreated", b"ModifyDate"),
        "text": (b"dc:description", b"dc:title", b"dc:subject", b"Headline", b"UserComment"),
    }
    return {code for code, words in names.items() if any(word in data for word in words)}


def _order(data: bytes) -> str:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        raise ValueError
    return order


def _walk(data: bytes) -> tuple[list[_Field], bool]:
    """Every field of the first directory and of those it points to, and whether a second picture follows."""
    order = _order(data)
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    fields, following = _directory(data, order, first)
    seen, waiting = {first}, [*_pointers(order, fields)]
    while waiting:
        at = waiting.pop()
        if at in seen or len(seen) >= _BLOCKS_MOST:
            continue
        seen.add(at)
        more, _ = _directory(data, order, at)
        fields += more
        waiting += _pointers(order, more)
    return fields, following != 0


def _directory(data: bytes, order: str, at: int) -> tuple[list[_Field], int]:
    (count,) = struct.unpack_from(f"{order}H", data, at)
    if count > _ENTRIES_MOST:
        raise ValueError
    fields = [
        _Field(*struct.unpack_from(f"{order}HHI4s", data, at + 2 + 12 * number)) for number in range(count)
    ]
    end = at + 2 + 12 * count
    (following,) = struct.unpack_from(f"{order}I", data, end) if end + 4 <= len(data) else (0,)
    return fields, following


def _pointers(order: str, fields: list[_Field]) -> Iterator[int]:
    for one in fields:
        if one.tag in (_EXIF, _INTEROP):
            yield struct.unpack(f"{order}I", one.value)[0]


def _short(data: bytes, one: _Field) -> int:
    form = f"{_order(data)}{'I' if one.kind == 4 else 'H'}"
    return int(struct.unpack_from(form, one.value)[0])
