"""Waiting ends by the event, by the clock, and always by a cancel."""

from __future__ import annotations

import asyncio

import pytest

from node.waiting import set_within


async def test_it_ends_by_the_event_or_by_the_clock() -> None:
    event = asyncio.Event()
    await set_within(event, 0)
    event.set()
    await set_within(event, 3600)


@pytest.mark.parametrize("ticks", range(5))
async def test_a_cancel_that_comes_with_the_event_is_not_lost(ticks: int) -> None:
    """The background work of a node is such a loop; were it to go on, stopping would wait for it for ever."""
    event = asyncio.Event()

    async def work() -> None:
        while True:
            await set_within(event, 3600)
            event.clear()

    task = asyncio.create_task(work())
    for _ in range(3):
        await asyncio.sleep(0)
    event.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    assert ended
