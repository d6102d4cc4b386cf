"""The text of one keyring note: its lines and what they say.

Law: every line stands in its one place and has its one spelling, so text and meaning decide each other. Who
may say it is judged in protocol/keyring.py. Source: PROTOCOL section 1.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from protocol.crypto import check_public_key, sha256
from protocol.errors import Malformed
from protocol.ids import NodeId, parse_int
from protocol.limits import HASH, MAX_RECOVERY_KEYS
from protocol.merkle import EMPTY
from protocol.note import b64decode, b64encode

HEAD: Final = "barnraise/keyring/1"


class Close(NamedTuple):
    """The last head of an epoch, for good; ``by_recovery`` if a note of recovery authority says so."""

    size: int
    root: bytes
    by_recovery: bool


class Recovery(NamedTuple):
    """The offline keys: ``k`` of ``keys`` must sign."""

    k: int
    keys: tuple[bytes, ...]


class Link(NamedTuple):
    """One note, read: what it says. ``close`` is the end of the epoch before, or None.

    ``kit`` is how many recovery keys of the note before signed it, 0 for a note of feed authority.
    """

    seq: int
    epoch: int
    feed: bytes
    witness: bytes
    recovery: Recovery
    close: Close | None
    by_recovery: bool
    text: str
    kit: int = 0


def feed_name(node: NodeId, epoch: int) -> str:
    """Key name under which a feed key signs keyring notes."""
    return f"barnraise/{node}/feed/{epoch}"


def recovery_name(node: NodeId, position: int) -> str:
    """Key name of a recovery key; position counts from 1 in the order of the note before."""
    return f"barnraise/{node}/recovery/{position}"


def witness_name(node: NodeId) -> str:
    """Key name of a node's cosignatures."""
    return f"barnraise/{node}/witness"


def _words(line: str, name: str, least: int, most: int) -> list[str]:
    first, *words = line.split(" ")
    if first != name or not least <= len(words) <= most:
        raise Malformed(f"a keyring line that should begin with {name!r}")
    return words


def _key(text: str) -> bytes:
    raw = b64decode(text)
    if len(raw) != HASH:
        raise Malformed("a key in a keyring is 32 bytes")
    return check_public_key(raw)


def _recovery(line: str) -> Recovery:
    k, *keys = _words(line, "recovery", 2, 1 + MAX_RECOVERY_KEYS)
    found = Recovery(parse_int(k), tuple(map(_key, keys)))
    if not 1 <= found.k <= len(keys):
        raise Malformed("a keyring asks for more recovery keys than it has")
    return found


def _close(line: str, epoch: int) -> Close:
    closed, size, root = _words(line, "close", 3, 3)
    found = Close(parse_int(size), b64decode(root), False)
    if parse_int(closed) != epoch - 1:
        raise Malformed("a keyring closes an epoch that is not the one before")
    if len(found.root) != HASH or (found.size == 0) != (found.root == EMPTY):
        raise Malformed("a keyring closes an epoch with an impossible head")
    return found


def parse_text(text: str, seq: int) -> Link:
    """What the text of note number seq says, authority unknown. Malformed for a line out of place."""
    lines = text.split("\n")[:-1]
    after = 2 if seq == 0 else 4  # where the close or feed line stands
    closing = len(lines) == after + 4
    if len(lines) not in (after + 3, after + 4) or (closing and seq == 0):
        raise Malformed("a keyring note has too few or too many lines")
    epoch, feed = _words(lines[-3], "feed", 2, 2)
    number = parse_int(epoch)
    return Link(
        seq=seq,
        epoch=number,
        feed=_key(feed),
        witness=_key(_words(lines[-2], "witness", 1, 1)[0]),
        recovery=_recovery(lines[-1]),
        close=_close(lines[after], number) if closing else None,
        by_recovery=False,
        text=text,
    )


def beginning(node: NodeId | None, seq: int, before: Link | None) -> str:
    """The lines of a note that its place in the chain decides."""
    if node is None or before is None:
        return f"{HEAD}\nseq 0\n"
    return f"{HEAD}\nnode {node}\nseq {seq}\nprev {b64encode(sha256(before.text.encode()))}\n"


def body(link: Link) -> str:
    """The lines of a note that follow its beginning."""
    close = ""
    if link.close is not None:
        close = f"close {link.epoch - 1} {link.close.size} {b64encode(link.close.root)}\n"
    recovery = " ".join([str(link.recovery.k), *map(b64encode, link.recovery.keys)])
    keys = f"feed {link.epoch} {b64encode(link.feed)}\nwitness {b64encode(link.witness)}\n"
    return f"{close}{keys}recovery {recovery}\n"
