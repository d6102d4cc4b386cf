"""The recovery kit: the offline key of a node as words a person can copy by hand.

Law: a pure codec; where the kit is kept is the business of ``node.identity``. Words are proquints, sixteen bits each
(source: D. S. Wilkerson, "A Proposal for Proquints", arXiv:0901.4016); the last one is a checksum that also binds the
node, so a slip of the pen or the kit of another node is noticed. Source: PROTOCOL section 1, OPERATIONS ``init``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from protocol.crypto import SEED, sha256
from protocol.errors import Refused
from protocol.ids import NodeId, b32encode

_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_SHIFTS: Final = ((12, _CONSONANTS), (10, _VOWELS), (6, _CONSONANTS), (4, _VOWELS), (0, _CONSONANTS))
_DOMAIN: Final = b"barnraise/kit/1\n"


class Kit(NamedTuple):
    """A node and the 32-byte seed of its recovery key."""

    node: NodeId
    seed: bytes


def _word(pair: bytes) -> str:
    number = int.from_bytes(pair, "big")
    return "".join(letters[(number >> shift) % len(letters)] for shift, letters in _SHIFTS)


def _pair(word: str) -> bytes:
    if len(word) != len(_SHIFTS):
        raise Refused("kit-unreadable", field="kit", word=word)
    number = 0
    for letter, (shift, letters) in zip(word, _SHIFTS, strict=True):
        if letter not in letters:
            raise Refused("kit-unreadable", field="kit", word=word)
        number |= letters.index(letter) << shift
    return number.to_bytes(2, "big")


def _checksum(kit: Kit) -> bytes:
    return sha256(_DOMAIN + kit.node.encode("ascii") + kit.seed)[:2]


def words(kit: Kit) -> tuple[str, ...]:
    """The seventeen words of a kit, the last a checksum."""
    data = kit.seed + _checksum(kit)
    return tuple(_word(data[at : at + 2]) for at in range(0, len(data), 2))


def read_words(node: NodeId, text: str) -> Kit:
    """The kit of this node from words typed with any spaces or dashes between. Refused names what is wrong."""
    found = text.lower().replace("-", " ").split()
    if len(found) != SEED // 2 + 1:
        raise Refused("kit-length", field="kit", words=len(found), expected=SEED // 2 + 1)
    data = b"".join(map(_pair, found))
    kit = Kit(node, data[:SEED])
    if _checksum(kit) != data[SEED:]:
        raise Refused("kit-checksum", field="kit")
    return kit


def link(kit: Kit) -> str:
    """What the QR code of a kit says."""
    return f"barnraise-kit:{kit.node}?recovery={b32encode(kit.seed)}"
