"""Bar charts as PNG, drawn dot by dot: attachments of the demo that are real pictures without a drawing library.

Law: a pure function of numbers and labels; the same chart is the same bytes, so it has the same hash on every run.
Source: PNG (W3C), sections 5 and 11; colours of the look.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

Colour = tuple[int, int, int]

PAPER: Final[Colour] = (250, 247, 240)
INK: Final[Colour] = (43, 39, 33)
FIELD: Final[Colour] = (74, 107, 60)
TIMBER: Final[Colour] = (166, 106, 52)
RULE: Final[Colour] = (222, 214, 198)

WIDTH: Final = 720
HEIGHT: Final = 400
_BASE: Final = 320  # row of the ground line
_TALLEST: Final = 220
_DOT: Final = 4  # pixels of one dot of a letter
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

# Three dots wide, five high, each row a digit of which bit 4 is the left dot
_LETTERS: Final = {
    **{"0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717", "6": "74757"},
    **{"7": "71222", "8": "75757", "9": "75717", "A": "25755", "B": "65656", "C": "34443", "D": "65556"},
    **{"E": "74647", "F": "74644", "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655"},
    **{"L": "44447", "M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25563", "R": "65655"},
    **{"S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775", "X": "55255", "Y": "55222"},
    **{"Z": "71247", " ": "00000"},
}


class Bar(NamedTuple):
    """One bar: its label below, its value above, ``after`` when it shows the change."""

    label: str
    value: int
    after: bool = False


class _Sheet:
    def __init__(self) -> None:
        self.rows = [bytearray(PAPER * WIDTH) for _ in range(HEIGHT)]

    def fill(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        for row in self.rows[top : top + height]:
            row[left * 3 : (left + width) * 3] = bytes(colour * width)

    def write(self, left: int, top: int, text: str) -> None:
        for place, letter in enumerate(text.upper()):
            for line, bits in enumerate(_LETTERS[letter]):
                for column in range(3):
                    if int(bits) >> (2 - column) & 1:
                        self.fill(left + (place * 4 + column) * _DOT, top + line * _DOT, _DOT, _DOT, INK)

    def write_centred(self, middle: int, top: int, text: str) -> None:
        self.write(middle - (len(text) * 4 - 1) * _DOT // 2, top, text)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(rows: Sequence[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows), 9)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def bar_chart(title: str, bars: Sequence[Bar]) -> bytes:
    """A PNG of 720 by 400: one bar each, before in timber, after in field green. Labels: letters and digits."""
    sheet = _Sheet()
    sheet.write(28, 24, title)
    for step in range(1, 5):
        sheet.fill(28, _BASE - _TALLEST * step // 4, WIDTH - 56, 1, RULE)
    highest = max(bar.value for bar in bars)
    room = (WIDTH - 56) // len(bars)
    for place, bar in enumerate(bars):
        height, left = _TALLEST * bar.value // highest, 28 + place * room
        sheet.fill(left + room // 5, _BASE - height, room * 3 // 5, height, FIELD if bar.after else TIMBER)
        sheet.write_centred(left + room // 2, _BASE - height - 28, str(bar.value))
        sheet.write_centred(left + room // 2, _BASE + 14, bar.label)
    sheet.fill(28, _BASE, WIDTH - 56, 3, INK)
    return _png(sheet.rows)
