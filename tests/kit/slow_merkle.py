"""The definitions of RFC 9162 and of the subtree draft written down as they read, slow and without sharing a line.

Law: this file imports nothing of ours; it is what the fast code is compared with.
"""

from __future__ import annotations

import hashlib


def _h(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, over leaf bytes."""
    if not leaves:
        return _h(b"")
    if len(leaves) == 1:
        return _h(b"\0" + leaves[0])
    k = split(len(leaves))
    return _h(b"\1" + mth(leaves[:k]) + mth(leaves[k:]))


def split(n: int) -> int:
    """Largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def is_subtree(start: int, end: int, n: int) -> bool:
    if not 0 <= start < end <= n:
        return False
    ceil = 1
    while ceil < end - start:
        ceil *= 2
    return start % ceil == 0


def inclusion_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*inclusion_path(m, leaves[:k]), mth(leaves[k:])]
    return [*inclusion_path(m - k, leaves[k:]), mth(leaves[:k])]


def consistency(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = split(n)
    if m <= k:
        return [*consistency(m, leaves[:k], whole), mth(leaves[k:])]
    return [*consistency(m - k, leaves[k:], False), mth(leaves[:k])]


def subtree_proof(start: int, end: int, leaves: list[bytes], known: bool = True) -> list[bytes]:
    """SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs."""
    n = len(leaves)
    if start == 0 and end == n:
        return [] if known else [mth(leaves)]
    k = split(n)
    if end <= k:
        return [*subtree_proof(start, end, leaves[:k], known), mth(leaves[k:])]
    if k <= start:
        return [*subtree_proof(start - k, end - k, leaves[k:], known), mth(leaves[:k])]
    return [*subtree_proof(0, end - k, leaves[k:], False), mth(leaves[:k])]


def holds(  # noqa: PLR0917 - the same six as the function it is compared with
    start: int, end: int, n: int, subtree: bytes, proof: list[bytes], root: bytes
) -> bool:
    """Whether the proof holds, by the recursion that makes it run backwards: no bit is shifted here."""
    if not is_subtree(start, end, n):
        return False
    todo = list(proof)

    def back(start: int, end: int, n: int, known: bool) -> tuple[bytes, bytes]:
        """Hashes of the subtree and of the whole; takes hashes from the end of the proof."""
        if start == 0 and end == n:
            found = subtree if known else todo.pop()
            return found, found
        k = split(n)
        other = todo.pop()
        if end <= k:
            sub, whole = back(start, end, k, known)
            return sub, _h(b"\1" + whole + other)
        if k <= start:
            sub, whole = back(start - k, end - k, n - k, known)
            return sub, _h(b"\1" + other + whole)
        sub, whole = back(0, end - k, n - k, False)
        return _h(b"\1" + other + sub), _h(b"\1" + other + whole)

    try:
        sub, whole = back(start, end, n, True)
    except IndexError:
        return False
    return not todo and sub == subtree and whole == root
