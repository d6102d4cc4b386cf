"""Turns of frames in front of the loop, by a hand clock: a share for all, in line, one frame a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from node import turns as module
from node.turns import Turns
from protocol.frame_types import Note, Seen
from protocol.frames import encode
from protocol.ids import Feed
from protocol.limits import FRAMES_SHARE, SHARE_WINDOW
from tests.kit.logs import Author
from tests.kit.nodes import until
from tests.node.test_offences import rude

YIELD = asyncio.sleep


class Hand:
    """A clock that goes when somebody works or sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await YIELD(0)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    clock = Hand()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module.asyncio, "sleep", clock.sleep)
    return clock


def talker(turns: Turns, hand: Hand, done: list[str], name: str) -> Callable[[float, int], Awaitable[None]]:
    """A connection that brings so many frames, each so many seconds of work."""

    async def talk(work: float, frames: int) -> None:
        for _ in range(frames):
            await turns.turn()
            with turns.measured(), turns.measured():
                hand.now += work
            done.append(name)

    return talk


async def test_c2_a_flood_of_names_leaves_the_loop_to_others(hand: Hand) -> None:
    """18 to 75 ms of the loop a frame, without end: all frames together get 25 ms of any 100 ms."""
    turns, done = Turns(), []
    await asyncio.gather(*(talker(turns, hand, done, str(n))(0.005, 50) for n in range(4)))
    worked = 200 * 0.005
    assert len(done) == 200
    assert worked <= FRAMES_SHARE / SHARE_WINDOW * hand.now + FRAMES_SHARE + 0.005
    assert hand.now <= worked * SHARE_WINDOW / FRAMES_SHARE + 1, "and it gets that much"
    assert turns.waited


async def test_c2_who_floods_does_not_delay_another_peers_next_frame(hand: Hand) -> None:
    """Honest peers go on syncing beside one that floods: turns go round."""
    turns, done = Turns(), []
    flood = asyncio.create_task(talker(turns, hand, done, "flood")(0.01, 40))
    while len(done) < 20:
        await YIELD(0)
    await talker(turns, hand, done, "honest")(0.001, 5)
    assert done.count("flood") <= 20 + 2 * 5 + 2, "its turns come between, not before"
    await flood


async def test_c2_a_piece_longer_than_the_share_is_waited_for_afterwards(hand: Hand) -> None:
    """One frame of 75 ms passes, and the next waits until it is paid for."""
    turns, done = Turns(), []
    await talker(turns, hand, done, "long")(0.075, 2)
    assert hand.now == pytest.approx(0.075 + 0.2 + 0.075, abs=0.01)


async def test_c2_a_connection_that_floods_names_is_slowed_and_not_cut(tmp_path: Path) -> None:
    """A real socket: every frame is heard, none is an offence, and no name of a stranger's is kept."""
    names = tuple(Seen(Feed(Author(7).node, epoch), 9, bytes(8), bytes(4)) for epoch in range(100, 1_100))
    async with rude(tmp_path) as (a, b, far):
        await until(lambda: b.node in a.network.switchboard.links)
        for _ in range(12):
            await far.send(encode(Note(names)))
        link = a.network.switchboard.links[b.node]
        await until(lambda: link.frames_in["Note"] == 12)
        assert a.network.driver.engine.dropped["not-replicated"] == 12_000
        assert not any(peer.sizes for peer in a.network.driver.engine.peers.values())
        assert not link.offence
