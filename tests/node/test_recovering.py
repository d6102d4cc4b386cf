"""E0 while a node runs: a copy of its key elsewhere, a jump of the clock, a snapshot whose tail is taken over."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from node import signing
from node.commands import recovery
from protocol.errors import Refused
from protocol.gossip.signals import OwnDoubted
from store import standing
from tests.kit.nodes import Neighbour, neighbours, pair, until


async def do(call: Any, *arguments: Any) -> Any:
    """A blocking look into a store, off the loop."""
    return await asyncio.to_thread(call, *arguments)


def alarm(node: Neighbour) -> str | None:
    return node.read(standing.alarm)  # type: ignore[no-any-return]


async def test_e0_a_copy_of_the_key_elsewhere_stops_signing_while_it_shows_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same identity dials the same peer: the older conversation is told "double", and its node signs nothing."""
    monkeypatch.setattr(signing, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(signing, "DOUBLE_SECONDS", 0.0)
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(b, a) is None
        await until(lambda: b.node in a.network.switchboard.links and a.network.signing.begun, "a signs")
        seen: list[str] = []
        asked = a.network.signing.doubted
        monkeypatch.setattr(a.network.signing, "doubted", lambda: (seen.append("asked again"), asked())[1])
        copy = await a.network.transport.dial(
            b.node, b.place, None
        )  # as another process with a's folder would
        talk = asyncio.create_task(copy.run(_ignore))
        await until(lambda: bool(seen), "a is told, and signs nothing")
        assert a.network.alarms["own-node"]
        copy.close()
        await talk
        await until(lambda: a.network.signing.begun, "a signs again once no other shows itself")
        assert await do(alarm, a) is None


async def _ignore(_frame: Any) -> None:
    """The copy says nothing."""


async def test_e0_after_a_jump_of_the_clock_nothing_is_signed_before_the_peers_have_answered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(b, a) is None
        await until(lambda: a.network.signing.begun, "a signs")
        doubts: list[object] = []
        handle = a.network.driver.handle
        monkeypatch.setattr(
            a.network.driver, "handle", lambda event: (doubts.append(event), handle(event))[1]
        )
        monkeypatch.setattr(a.network.signing, "_offset", time.time() - time.monotonic() - 3600)
        with pytest.raises(Refused, match="signing-stopped"):
            await do(a.say, "the first thing after the jump")
        await until(lambda: any(isinstance(event, OwnDoubted) for event in doubts), "the peers are asked")
        await until(lambda: a.network.signing.begun, "and have answered")
        await do(a.say, "now")
        await until(lambda: b.holds(a) == 1, "b holds it")


async def test_e0_a_tail_that_continues_the_own_log_is_taken_over_at_the_operators_word(
    tmp_path: Path,
) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(b, a) is None
        await do(a.say, "one", "two")
        await until(lambda: b.holds(a) == 2, "b holds both")
        with pytest.raises(Refused, match="nothing-to-take-over"):
            await do(recovery.take_over, a.house)
        await do(a.write, lambda tx: standing.stop(tx, a.node, standing.OWN_HEAD))
        with pytest.raises(Refused, match="not-alone"):
            await do(recovery.go_on, a.house)
        told = await do(recovery.take_over, a.house)
        assert told["signing"] in {standing.MOVED, "yes"}
        await until(lambda: alarm(a) is None, "b has answered")
        await do(a.say, "three")
        await until(lambda: b.holds(a) == 3, "b holds all")
        assert (await do(recovery.status, a.house))["signing"] == "yes"
