"""The tree over a log: its hashes, its frontier, and the one proof everything else is a case of.

Law: a subtree proof ties the hash of ``[start, end)`` to the root over ``size`` leaves. The inclusion proof
of RFC 9162 is that of ``[i, i+1)``, its consistency proof that of ``[0, m)``; there is no second algorithm.
Source: PROTOCOL section 3, RFC 9162 section 2.1, draft-ietf-plants-merkle-tree-certs-05 (subtrees).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from protocol.errors import Invalid, LocalError
from protocol.limits import HASH, MAX_PROOF

EMPTY: Final = sha256(b"").digest()


def leaf_hash(header: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 ‖ bytes of the leaf)."""
    return sha256(b"\x00" + header).digest()


def leaf_hashes(headers: Iterable[bytes]) -> list[bytes]:
    """Hashes of leaves, in order; a hot loop, so spelled out."""
    return [sha256(b"\x00" + header).digest() for header in headers]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    # The one hot loop: spelled out, a call of node_hash a pair costs a third more.
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
    ]


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Root over the perfect subtrees of a ragged tree, largest first; at least one."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(frozen=True, slots=True)
class Frontier:
    """What must be remembered of a tree to append to it.

    ``hashes``: roots of the perfect subtrees that ``size`` divides into, largest (left) first; as many as
    there are bits set in size.
    """

    size: int
    hashes: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> Frontier:
        return cls(0, ())

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Inverse of to_bytes. LocalError if the length does not fit the size."""
        if size < 0 or len(data) != HASH * size.bit_count():
            raise LocalError(f"{len(data)} bytes are no frontier of {size} leaves")
        return cls(size, tuple(data[at : at + HASH] for at in range(0, len(data), HASH)))

    def to_bytes(self) -> bytes:
        """The hashes in order, 32 bytes each; the size is kept beside them."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier with these leaf hashes added in order; level by level, one hash a node."""
        level = list(leaves)
        total = self.size + len(level)
        kept, size, found = list(self.hashes), self.size, []
        while size or level:
            if size & 1:
                level.insert(0, kept.pop())
            if len(level) & 1:
                found.append(level.pop())
            level = _pairs(level)
            size >>= 1
        return Frontier(total, tuple(reversed(found)))

    def split(self, width: int) -> tuple[Frontier, Frontier]:
        """The whole blocks of ``width`` leaves (a power of two), each as one leaf, and what stands after them."""
        rest = self.size % width
        at = len(self.hashes) - rest.bit_count()
        return Frontier(self.size // width, self.hashes[:at]), Frontier(rest, self.hashes[at:])

    def followed(self, block: Frontier, width: int) -> Frontier:
        """Inverse of ``split``: whole blocks of ``width`` leaves with one more after them, whole or not."""
        whole = self.append(block.root()) if block.size == width else self
        after = block.hashes if block.size < width else ()
        return Frontier(self.size * width + block.size, whole.hashes + after)

    def root(self) -> bytes:
        """Root over all leaves so far; EMPTY of none."""
        return _fold(self.hashes) if self.hashes else EMPTY


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over these leaf hashes (MTH of RFC 9162)."""
    return Frontier.empty().extend(leaves).root()


def perfect_subtrees(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """A ``get`` for the functions below over leaf hashes in memory; LocalError for a subtree not there."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_pairs(levels[-1]))

    def get(level: int, index: int) -> bytes:
        if not (0 <= level < len(levels) and 0 <= index < len(levels[level])):
            raise LocalError(f"no perfect subtree {level}/{index} of {len(leaves)} leaves")
        return levels[level][index]

    return get


def is_subtree(start: int, end: int, size: int) -> bool:
    """Whether [start, end) is a subtree of a tree of size leaves; the empty one is not."""
    return 0 <= start < end <= size and start & ((1 << (end - start - 1).bit_length()) - 1) == 0


def subtree_root(start: int, end: int, get: Callable[[int, int], bytes]) -> bytes:
    """Hash of the subtree [start, end), ragged on the right or not.

    ``get(level, index)``: hash of the perfect subtree number ``index`` of 2**level leaves.
    """
    if not is_subtree(start, end, end):
        raise LocalError(f"[{start}, {end}) is no subtree")
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(get(level, start >> level))
        start += 1 << level
    return _fold(hashes)


def subtree_proof(start: int, end: int, size: int, get: Callable[[int, int], bytes]) -> list[bytes]:
    """Hashes that tie [start, end) to the root over size leaves, lowest first; ``get`` as in subtree_root."""
    if not is_subtree(start, end, size):
        raise LocalError(f"[{start}, {end}) is no subtree of {size} leaves")
    low, high, known = 0, size, True
    proof: list[bytes] = []
    while (start, end) != (low, high):
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= middle:
            proof.append(subtree_root(middle, high, get))
            high = middle
        else:
            proof.append(subtree_root(low, middle, get))
            # A subtree that straddles the middle starts at low: its left half goes into the proof.
            known = known and start >= middle
            low, start = middle, max(start, middle)
    if not known:
        proof.append(subtree_root(low, high, get))
    return proof[::-1]


def verify_subtree(  # noqa: PLR0917 - the six numbers of the draft, in its order
    start: int, end: int, size: int, subtree_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Invalid unless the proof ties subtree_hash of [start, end) to root over size leaves."""
    if len(proof) > MAX_PROOF:
        raise Invalid(f"a proof of {len(proof)} hashes")
    if not is_subtree(start, end, size):
        raise Invalid(f"[{start}, {end}) is no subtree of {size} leaves")
    if any(len(item) != HASH for item in (subtree_hash, root, *proof)):
        raise Invalid("a hash is 32 bytes")
    if _climb(start, end - 1, size - 1, subtree_hash, proof) != (subtree_hash, root):
        raise Invalid(f"the proof of [{start}, {end}) in {size} leaves does not hold")


def _climb(
    first: int, last: int, tree: int, subtree_hash: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Hashes of the subtree and of the whole as the proof tells them.

    ``first``, ``last`` and ``tree`` number, level by level, the nodes that hold the first and the last leaf
    of the subtree and the last leaf of the tree.
    """
    while first != last and (last & 1 or last == tree):
        first, last, tree = first >> 1, last >> 1, tree >> 1
    if first == last:
        rest, sub, whole = iter(proof), subtree_hash, subtree_hash
    else:
        if not proof:
            raise Invalid("the proof is too short")
        rest, sub, whole = iter(proof[1:]), proof[0], proof[0]
    for item in rest:
        if tree == 0:
            raise Invalid("the proof is too long")
        if last & 1 or last == tree:
            if first < last:
                sub = node_hash(item, sub)
            whole = node_hash(item, whole)
            while not last & 1:
                first, last, tree = first >> 1, last >> 1, tree >> 1
        else:
            whole = node_hash(whole, item)
        first, last, tree = first >> 1, last >> 1, tree >> 1
    if tree:
        raise Invalid("the proof is too short")
    return sub, whole
