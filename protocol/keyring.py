"""A node's identity: the chain of signed notes that says which keys speak for it.

Law: a chain is read whole or refused whole. Each note is judged by the one before it; what counts of a note
is its text and the signatures needed, in one order, so every holder keeps the same bytes.
Source: PROTOCOL section 1.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocol.crypto import Signer, sha256
from protocol.errors import Invalid, LocalError, Malformed, Refused, RemoteError
from protocol.ids import NodeId, node_id
from protocol.keyring_text import (
    Close,
    Link,
    Recovery,
    beginning,
    body,
    feed_name,
    parse_text,
    recovery_name,
    witness_name,
)
from protocol.limits import KEYRING_RECOVERY_RESERVE, MAX_EPOCHS, MAX_KEYRING, MAX_MESSAGE
from protocol.note import Note, Signature, parse, render, sign, verify_ed25519

__all__ = [
    "Close",
    "Comparison",
    "Keyring",
    "Link",
    "Recovery",
    "compare",
    "extend",
    "feed_name",
    "incept",
    "parse_keyring",
    "recovery_name",
    "tag_of",
    "take",
    "witness_name",
]


class Comparison(enum.Enum):
    """What another chain of a node means to the one held."""

    SAME = "same"  # nothing new
    PREFIX = "prefix"  # other is the beginning of the one held: ignored
    EXTENDS = "extends"  # other goes on where the one held ends: take it
    REPLACES = "replaces"  # recovery keys signed the first note that differs: take it, the held one falls
    LOSES = "loses"  # the held one has recovery keys at the first note that differs: keep it
    FROZEN = "frozen"  # feed authority on both sides, different texts: keep the one held, take nothing more


@dataclass(frozen=True, slots=True)
class Keyring:
    """A valid chain. ``notes`` are its bytes re-assembled, ``links`` what they say; both oldest first."""

    node: NodeId
    notes: tuple[bytes, ...]
    links: tuple[Link, ...]

    @property
    def seq(self) -> int:
        """Number of the newest note."""
        return len(self.links) - 1

    @property
    def epoch(self) -> int:
        """The newest epoch, the one that is open."""
        return self.links[-1].epoch

    @property
    def feed_keys(self) -> tuple[bytes, ...]:
        """The 32-byte feed key of each epoch, from 0 to the newest."""
        return tuple({link.epoch: link.feed for link in self.links}.values())

    def feed_key(self, epoch: int) -> bytes | None:
        """The feed key of an epoch; None for one not opened."""
        keys = self.feed_keys
        return keys[epoch] if 0 <= epoch < len(keys) else None

    @property
    def witness(self) -> bytes:
        """The 32-byte key that cosigns now."""
        return self.links[-1].witness

    @property
    def recovery(self) -> Recovery:
        """The recovery keys that count now."""
        return self.links[-1].recovery

    @property
    def closes(self) -> dict[int, Close]:
        """The last head of each closed epoch."""
        return {link.epoch - 1: link.close for link in self.links if link.close is not None}

    @property
    def tag(self) -> bytes:
        """The 4 bytes by which peers compare chains: first of SHA-256(text of the newest note)."""
        return tag_of(self.notes[-1])


def tag_of(note: bytes) -> bytes:
    """The first 4 bytes of SHA-256 of a note's text. Malformed for what is no note."""
    return sha256(parse(note).text.encode())[:4]


def _check_place(link: Link, before: Link | None) -> None:
    opened = 0 if before is None else before.epoch + (link.close is not None)
    if link.epoch != opened or opened >= MAX_EPOCHS:
        raise Invalid("a keyring note opens the wrong epoch")
    if before is not None and (link.feed == before.feed) == (link.close is not None):
        raise Invalid("a new feed key opens the next epoch, and nothing else does")


def _check_roles(links: Sequence[Link]) -> None:
    """Invalid if one key stands in two roles, two epochs, or twice among the recovery keys of a note."""
    roles: dict[bytes, str] = {}
    for link in links:
        if len(set(link.recovery.keys)) != len(link.recovery.keys):
            raise Invalid("a recovery key stands twice in a keyring note")
        named = [(link.feed, f"feed {link.epoch}"), (link.witness, "witness")]
        for key, role in [*named, *((key, "recovery") for key in link.recovery.keys)]:
            if roles.setdefault(key, role) != role:
                raise Invalid("a key stands in two places of a keyring")


def _found(note: Note, name: str, key: bytes) -> Signature | None:
    held = (item for item in note.signatures if verify_ed25519(note.text, item, name, key))
    return next(held, None)


def _judge(note: Note, link: Link, node: NodeId, before: Link | None) -> tuple[Link, list[Signature]]:
    """The link with its authority, and the signatures needed in their one order; Invalid if some lack."""
    own = _found(note, feed_name(node, link.epoch), link.feed)
    if own is None:
        raise Invalid("a keyring note lacks the signature of the feed key it names")
    if before is None:
        return link, [own]
    k, keys = before.recovery
    kit = [_found(note, recovery_name(node, at), key) for at, key in enumerate(keys, 1)]
    signed = [item for item in kit if item is not None]
    if len(signed) >= k:
        close = link.close and link.close._replace(by_recovery=True)
        return link._replace(by_recovery=True, close=close, kit=len(signed)), [own, *signed]
    if link.recovery != before.recovery:
        raise Invalid("only recovery keys change the recovery keys")
    authority = own if link.close is None else _found(note, feed_name(node, before.epoch), before.feed)
    if authority is None:
        raise Invalid("a keyring note without authority of the note before it")
    return link, [own] if link.close is None else [own, authority]


def _add(keyring: Keyring | None, data: bytes) -> Keyring:
    """The chain with one more note, in or out of order refused."""
    note = parse(data)
    before = keyring.links[-1] if keyring else None
    seq = len(keyring.links) if keyring else 0
    if not note.text.startswith(beginning(keyring.node if keyring else None, seq, before)):
        raise Malformed(f"note {seq} of a keyring does not follow")
    link = parse_text(note.text, seq)
    _check_place(link, before)
    node = keyring.node if keyring else node_id(sha256(note.text.encode())[:20])
    links, notes = (keyring.links, keyring.notes) if keyring else ((), ())
    _check_roles((*links, link))
    link, signatures = _judge(note, link, node, before)
    notes = (*notes, render(note.text, signatures).encode())
    room = MAX_KEYRING if link.by_recovery else MAX_KEYRING - KEYRING_RECOVERY_RESERVE
    if sum(map(len, notes)) > room:
        raise Invalid(f"a keyring longer than {room} bytes")
    return Keyring(node, notes, (*links, link))


def parse_keyring(notes: Sequence[bytes]) -> Keyring:
    """The chain these notes make, oldest first. Malformed or Invalid if any note or signature is wrong.

    Lines that are not needed are dropped, so ``notes`` of the result may be shorter than what came.
    """
    if not notes or sum(map(len, notes)) > MAX_MESSAGE:
        raise Malformed("a keyring is one note or more, in one message")
    keyring = _add(None, notes[0])
    for data in notes[1:]:
        keyring = _add(keyring, data)
    return keyring


# Writing


def _signatures(text: str, link: Link, node: NodeId, before: Link | None, signers: Iterable[Signer]) -> str:
    """The note of this text with every signature these signers have standing for."""
    names = {link.feed: feed_name(node, link.epoch)}
    if before is not None:
        names.setdefault(before.feed, feed_name(node, before.epoch))
        names |= {key: recovery_name(node, at) for at, key in enumerate(before.recovery.keys, 1)}
    return render(text, [sign(text, names[who.public], who) for who in signers if who.public in names])


def _written(notes: Sequence[bytes]) -> Keyring:
    try:
        return parse_keyring(notes)
    except RemoteError as error:
        raise Refused("keyring-refused", reason=str(error)) from error


def incept(
    feed_signer: Signer, witness_public: bytes, recovery_k: int, recovery_publics: Sequence[bytes]
) -> Keyring:
    """A new node: note 0, signed by its feed key. Refused if the keys cannot make one."""
    recovery = Recovery(recovery_k, tuple(recovery_publics))
    link = Link(0, 0, feed_signer.public, witness_public, recovery, None, False, "")
    text = beginning(None, 0, None) + body(link)
    node = node_id(sha256(text.encode())[:20])
    return _written([_signatures(text, link, node, None, [feed_signer]).encode()])


def extend(
    keyring: Keyring,
    *,
    signers: Iterable[Signer],
    feed_public: bytes | None = None,
    close: tuple[int, bytes] | None = None,
    witness_public: bytes | None = None,
    recovery: tuple[int, Sequence[bytes]] | None = None,
) -> Keyring:
    """The chain with one more note; what is not given stays as it is.

    ``feed_public`` opens the next epoch and needs ``close``, the (size, root) of the one before. Every signer
    signs under whatever role its key has: the feed key named, the feed key before, recovery keys (k of them
    give the note recovery authority). Refused with the reason if that is not enough.
    """
    before = keyring.links[-1]
    k, keys = before.recovery if recovery is None else recovery
    link = before._replace(
        seq=before.seq + 1,
        epoch=before.epoch + (feed_public is not None),
        feed=feed_public or before.feed,
        witness=witness_public or before.witness,
        recovery=Recovery(k, tuple(keys)),
        close=Close(*close, False) if close is not None else None,
    )
    text = beginning(keyring.node, link.seq, before) + body(link)
    data = _signatures(text, link, keyring.node, before, signers).encode()
    return _written([*keyring.notes, data])


# Comparing


def compare(held: Keyring, other: Keyring) -> Comparison:
    """What ``other`` means to a holder of ``held``, decided at the first note whose text differs.

    Of two notes signed by recovery keys the one with more of them wins, else the lower hash of the text, so that all
    holders end with the same. Equal texts of which other has more recovery signatures somewhere, and fewer nowhere,
    are REPLACES too: a node whose note was contested settles it by adding them. LocalError for two different nodes.
    """
    if held.node != other.node:
        raise LocalError("two nodes' keyrings cannot be compared")
    pairs = list(zip(held.links, other.links, strict=False))
    for mine, theirs in pairs:
        if mine.text != theirs.text:
            if not mine.kit and not theirs.kit:
                return Comparison.FROZEN
            return Comparison.REPLACES if _weight(theirs) > _weight(mine) else Comparison.LOSES
    if len(held.links) != len(other.links):
        return Comparison.PREFIX if len(other.links) < len(held.links) else Comparison.EXTENDS
    stronger = [theirs.kit - mine.kit for mine, theirs in pairs]
    return Comparison.REPLACES if min(stronger) == 0 < max(stronger) else Comparison.SAME


def _weight(link: Link) -> tuple[int, int]:
    """What decides between two notes of which one at least was signed by recovery keys: the larger wins."""
    return link.kit, -int.from_bytes(sha256(link.text.encode()), "big")


def take(held: Keyring, other: Keyring) -> Keyring:
    """The chain to keep once other was seen: the one ``compare`` says, each note with its best signatures.

    Without this a holder could be handed the same texts with recovery signatures stripped off and replaced by
    a stolen feed key's, and would then freeze where others do not.
    """
    won = compare(held, other) in (Comparison.EXTENDS, Comparison.REPLACES)
    winner, loser = (other, held) if won else (held, other)
    best = list(winner.notes)
    for at, (kept, seen) in enumerate(zip(winner.links, loser.links, strict=False)):
        if kept.text != seen.text:
            break
        if seen.kit > kept.kit:
            best[at] = loser.notes[at]
    if best == list(winner.notes):
        return winner
    try:
        return parse_keyring(best)
    except Invalid:  # the longer signatures leave later notes no room
        return winner
