"""Seeded changes of inputs, for the ordinary tests: what a fuzzer tries first, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

_ODD: Final = (
    *(b"\0", b"\xff", b"\x7f", b"\x80", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\n\n"),
    *(b'"', b"\\", b"{", b"[", b"]}", b":", b";", b"=", b"%", b"%00", b"-0", b"1e999", b"NaN", b"null"),
    *(b"9007199254740993", b"99999999999999999999", b"\xe2\x80\xae", b"\xc4\xb0", b"../", b"--", b"\xf7"),
)


def mutations(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """``count`` inputs made from ``seeds`` by one to four small changes each."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            _change(data, seeds, chance)
        yield bytes(data)


def _change(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    end = min(end, at + 64)
    match chance.randrange(7):
        case 0 if data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        case 1 if data:
            data[at % len(data)] = chance.randrange(256)
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end]
        case 4:
            data[at:at] = chance.choice(_ODD)
        case 5:
            del data[at:]
        case _:
            other = chance.choice(seeds)
            cut = chance.randint(0, len(other))
            data[at:end] = other[cut : cut + chance.randint(0, 64)]
