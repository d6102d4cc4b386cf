"""Row 4: from publishing a record to the word that a connected peer holds it durably.

Law: two processes on loopback; one record at a time, each waited for until the peer's NOTE is here. The yardstick is
the least this could take: two syncs to disk, one after the other, and one round trip of a WebSocket.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from typing import Any, Final

from node.bench import samples, yardsticks
from node.bench.nodes import Met, Neighbour, host, pin, process
from node.bench.table import Plan, Row, Step, median_of, percentile
from protocol.gossip import signals as s
from protocol.limits import SALT
from store.database import Tx
from store.publishing import Author, publish

_NODE: Final = Author(None, None, "operator")
_RECORD: Final[dict[str, Any]] = {
    "type": "member.introduce",
    "name": "policy analyst",
    "organisation": {"en": "A ministry that learns from its neighbours " * 4},
}


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """The row, in two lines: median and ninety-ninth percentile."""
    runs = []
    with process(host, plan.folder / "holder") as holder, process(yardsticks.echo) as echo:
        port = echo.recv()
        for number in range(plan.runs):
            step(f"publish {plan.published} records, each held by a peer: run {number + 1}")
            holder.send(None)
            runs.append(asyncio.run(_run(plan, holder.recv(), port)))
    found = median_of(runs)
    for name, goal in (("p50", 3.0), ("p99", 6.0)):
        yield Row(
            what=f"publish → held durably by a connected peer, {name}",
            measured=f"{found[f'{name}_ms']:.2f} ms",
            yardstick=f"{found[f'yardstick_{name}_ms']:.2f} ms, two fsyncs and an echo",
            goal=f"≤ {goal:g}",
            ratio=found[f"ratio_{name}"],
            met=found[f"ratio_{name}"] <= goal,
            figures={key: value for key, value in found.items() if name in key},
        )


async def _run(plan: Plan, holder: Met, echo: int) -> dict[str, float]:
    folder = plan.folder / "publisher"
    neighbour = await asyncio.to_thread(Neighbour, folder)
    async with neighbour.up():
        await pin(neighbour, holder)
        await neighbour.network.meet(holder.node)
        ours = [await _publish(neighbour) for _ in range(plan.published)]
        theirs = await _yardstick(plan, echo)
    await asyncio.to_thread(neighbour.store.close)
    await asyncio.to_thread(shutil.rmtree, folder)
    found: dict[str, float] = {}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        one, other = percentile(ours, share) * 1000, percentile(theirs, share) * 1000
        found |= {f"{name}_ms": one, f"yardstick_{name}_ms": other, f"ratio_{name}": one / other}
    return found


async def _publish(neighbour: Neighbour) -> float:
    """Seconds from the call to the peer's NOTE for it."""
    salt = secrets.token_bytes(SALT)

    def change(tx: Tx) -> None:
        publish(tx, neighbour.house.own, _NODE, _RECORD, salt=salt)

    size = neighbour.engine.feeds[neighbour.feed].size + 1

    def noted(_event: s.Event, outputs: list[s.Output]) -> bool:
        held = [output for output in outputs if isinstance(output, s.Held)]
        return any(
            feed == neighbour.feed and known >= size for output in held for feed, known in output.feeds
        )

    heard = asyncio.create_task(neighbour.seen(noted))
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()
    await neighbour.write(change)
    seconds = await heard - began
    await neighbour.write(_nothing)  # what the NOTE left to be written is written before the next
    return seconds


def _nothing(_tx: Tx) -> None:
    pass


async def _yardstick(plan: Plan, echo: int) -> list[float]:
    trips = await yardsticks.echoes(echo, plan.published, samples.ENVELOPE)
    path = plan.folder / "synced"
    syncs = [
        await asyncio.to_thread(lambda: yardsticks.fsync(path) + yardsticks.fsync(path))
        for _ in range(plan.published)
    ]
    return [sync + trip for sync, trip in zip(syncs, trips, strict=True)]
