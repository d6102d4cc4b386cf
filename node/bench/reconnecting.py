"""Rows 5 and 6: two nodes in step that meet again, with nothing new and with one feed in a hundred changed.

Law: what is counted is every byte of every frame after the handshake, both ways, each with its 16-byte tag and its
WebSocket header; a round trip is the time of one WebSocket echo measured in the same run.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.bench import samples, yardsticks
from node.bench.nodes import SECONDS, Neighbour, expect, pin, process
from node.bench.table import Plan, Row, Step, median_of
from protocol.checkpoint import sign_head
from protocol.crypto import Ed25519Signer, sha256
from protocol.entry import make_entry
from protocol.frame_types import Changes, Chunk, Err, Frame, KeyringNotes
from protocol.frames import encode
from protocol.gossip import signals as s
from protocol.ids import Feed
from protocol.keyring import Keyring, incept
from protocol.merkle import Frontier, leaf_hash
from store.database import Tx

_AT: Final = 1_800_000_000_000
_TAG: Final = 16
_BATCH: Final = 500
_ECHOES: Final = 100
_MASK: Final = 4  # bytes a WebSocket client adds to each message


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """Both rows."""
    with process(yardsticks.echo) as echo:
        yield from asyncio.run(_rows(plan, step, echo.recv()))


async def _rows(plan: Plan, step: Step, echo: int) -> list[Row]:
    step(f"{plan.feeds} feeds at two nodes")
    crowd = [_Author(number) for number in range(plan.feeds)]
    a, b = [await asyncio.to_thread(Neighbour, plan.folder / name) for name in ("here", "there")]
    said = [author.first() for author in crowd]
    for node in (a, b):
        await _seed(node, said)
    quiet, changed = [], []
    async with a.up():
        await pin(b, await expect(a))
        await _meet(a, b)
        for number in range(plan.runs):
            step(f"reconnect, nothing new: run {number + 1}")
            await _meet(a, b)  # what was fetched last time is named to the other side once
            quiet.append(await _meet_again(a, b) | await _trip(echo))
            step(f"reconnect, 1 % changed: run {number + 1}")
            some = crowd[number :: max(1, plan.feeds // max(1, plan.feeds // 100))]
            await _seed(a, [author.next() for author in some])
            changed.append(await _meet(a, b, expected=len(some)))
    for node in (a, b):
        await asyncio.to_thread(node.store.close)
    return [_quiet(plan, median_of(quiet)), _changed(plan, median_of(changed))]


class _Author:
    """A node whose log grows a record at a time, kept in memory."""

    def __init__(self, number: int) -> None:
        keys = [
            Ed25519Signer.from_seed(sha256(f"bench author {number} {role}".encode())) for role in range(3)
        ]
        self._signer = keys[0]
        self.keyring: Keyring = incept(keys[0], keys[1].public, 1, [keys[2].public])
        self._feed = Feed(self.keyring.node, 0)
        self._frontier = Frontier.empty()

    def first(self) -> tuple[KeyringNotes, Chunk]:
        """The keyring and the first record."""
        return KeyringNotes(self.keyring.node, self.keyring.notes), self.next()

    def next(self) -> Chunk:
        """One more record, as it is pushed."""
        start = self._frontier.size
        header, envelope = make_entry(
            samples.content(self.keyring.node, start), samples.salt(start), _AT, restricted=False
        )
        self._frontier = self._frontier.append(leaf_hash(header))
        head = sign_head(self._feed, start + 1, self._frontier.root(), self._signer)
        return Chunk(self._feed, start, head, (), ((header, envelope),))


async def _seed(node: Neighbour, said: Sequence[Chunk | tuple[KeyringNotes, Chunk]]) -> None:
    """Have a node keep what authors said, as if a third had sent it."""
    for start in range(0, len(said), _BATCH):

        def keep(
            tx: Tx, some: Sequence[Chunk | tuple[KeyringNotes, Chunk]] = said[start : start + _BATCH]
        ) -> None:
            for one in some:
                for frame in one if isinstance(one, tuple) else (one,):
                    node.store.take(
                        tx, frame, frame.node if isinstance(frame, KeyringNotes) else frame.feed.node
                    )

        await node.write(keep)


@dataclass(slots=True)
class _Talk:
    """What one side heard in one conversation, and when."""

    began: float = 0.0
    answered: float = 0.0
    grown: int = 0
    expected: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    changes: tuple[Changes, ...] = ()
    frames: tuple[Frame, ...] = ()

    @property
    def bytes(self) -> int:
        """On the wire: frames, their tags, the headers of their WebSocket messages."""
        sizes = [len(encode(frame)) + _TAG for frame in self.frames]
        return sum(size + (2 if size < 126 else 4) for size in sizes)


def _listen(node: Neighbour, *, expected: int = 0) -> _Talk:
    """Keep what the node hears until it has an answer to SINCE and this many feeds grew."""
    talk, loop = _Talk(expected=expected), asyncio.get_running_loop()

    def watch(event: s.Event, _outputs: list[s.Output]) -> None:
        if isinstance(event, s.PeerUp):
            talk.began = loop.time()
        elif isinstance(event, s.Grew):
            talk.grown += 1
        elif isinstance(event, s.Received):
            talk.frames += (event.frame,) if not isinstance(event.frame, Err) else ()  # the goodbye
            if isinstance(event.frame, Changes):
                talk.changes += (event.frame,)
                talk.answered = loop.time()
        if talk.changes and not talk.changes[-1].more and talk.grown >= talk.expected:
            talk.over.set()

    node.watch = watch
    return talk


async def _meet(a: Neighbour, b: Neighbour, *, expected: int = 0) -> dict[str, float]:
    """Start ``b``, which dials ``a``, and stop it once both have said what changed; what was carried for that."""
    talks = _listen(b, expected=expected), _listen(a)
    async with b.up(), asyncio.timeout(SECONDS):
        await _over(*talks)
    await a.network.switchboard.parted(b.node)
    return _carried(*talks)


async def _meet_again(a: Neighbour, b: Neighbour) -> dict[str, float]:
    """The same for a ``b`` that runs on: what a connection costs that was lost and made anew."""
    talks = _listen(b), _listen(a)
    async with b.up(), asyncio.timeout(SECONDS):
        await _over(*talks)
        b.network.part(a.node)
        await b.network.switchboard.parted(a.node)
        await a.network.switchboard.parted(b.node)
        talks = _listen(b), _listen(a)
        await b.network.meet(a.node)
        await _over(*talks)
    await a.network.switchboard.parted(b.node)
    return _carried(*talks)


async def _over(heard: _Talk, asked: _Talk) -> None:
    await asyncio.gather(heard.over.wait(), asked.over.wait())


def _carried(heard: _Talk, asked: _Talk) -> dict[str, float]:
    named = sum(len(changes.seen) for changes in heard.changes)
    told = sum(len(encode(changes)) for changes in heard.changes)
    return {
        "wire_bytes": float(heard.bytes + asked.bytes + _MASK * len(asked.frames)),
        "seconds": heard.answered - heard.began,
        "round_trips": float(len(heard.changes)),
        "changed_feeds": float(named),
        "changes_bytes_per_feed": told / named if named else 0.0,
    }


async def _trip(echo: int) -> dict[str, float]:
    return {"echo_seconds": statistics.median(await yardsticks.echoes(echo, _ECHOES, 64))}


def _quiet(plan: Plan, found: dict[str, float]) -> Row:
    return Row(
        what=f"reconnect, nothing new, {plan.feeds:,} feeds",
        measured=f"{found['wire_bytes']:.0f} B, {found['seconds'] * 1000:.2f} ms",
        yardstick=f"{found['echo_seconds'] * 1000:.2f} ms, one WebSocket echo",
        goal="≤ 200 B, one round trip",
        ratio=None,
        met=found["wire_bytes"] <= 200 and found["round_trips"] == 1,
        figures=found,
    )


def _changed(plan: Plan, found: dict[str, float]) -> Row:
    return Row(
        what=f"reconnect, 1 % of {plan.feeds:,} feeds changed",
        measured=f"{found['changes_bytes_per_feed']:.1f} B of CHANGES a feed",
        yardstick=f"{found['changed_feeds']:.0f} feeds, {found['seconds'] * 1000:.2f} ms",
        goal="≤ 50 B",
        ratio=None,
        met=found["changes_bytes_per_feed"] <= 50,
        figures=found,
    )
