"""Nodes to measure: a store and a network each, no pages; alone, or in a process of their own.

Law: everything a frame passes through is the real thing; only the engine is watched from outside.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from aiohttp import web

from node import memory
from node.clock import Clock, SystemClock
from node.config import Bind, Settings
from node.house import House, own_of
from node.identity import create, open_identity
from node.listening import bound, listening
from node.network import Network
from node.shelf import Shelf
from node.transport import Place
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.ids import Feed, NodeId
from protocol.limits import INVITE_BYTES
from store import peers
from store.store import Store

T = TypeVar("T")
SECONDS: Final = 600.0
"""After this long something is broken, not slow."""


Watch = Callable[[s.Event, list[s.Output]], None]


class Watched(Engine):
    """An engine that shows every event and what followed from it to its neighbour's ``watch``."""

    neighbour: Neighbour

    def handle(self, event: s.Event, now: float) -> list[s.Output]:
        """As the engine does."""
        outputs = super().handle(event, now)
        self.neighbour.watch(event, outputs)
        return outputs


def _look_away(_event: s.Event, _outputs: list[s.Output]) -> None:
    pass


class Neighbour:
    """A node on loopback. Its keys are made if the folder has none."""

    def __init__(self, folder: Path, *, shown: bool = True, clock: Clock | None = None) -> None:
        identity = open_identity(folder) if (folder / "keys").exists() else create(folder)
        clock = clock or SystemClock()
        self.store = Store.open(folder, own_of(identity), clock.ms)
        self.store.shown = shown
        settings = Settings(discovery=False)
        self.house = House(folder, settings, identity, clock, self.store, "http://localhost")
        self.node: NodeId = identity.node
        self.feed = Feed(self.node, identity.keyring.epoch)
        self.place = Place("127.0.0.1", 0)
        self.watch: Watch = _look_away
        self.engine: Watched
        self.network: Network

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Listening and talking."""
        shelf = Shelf(self.store)
        begin = await asyncio.wrap_future(self.store.database.read(shelf.beginning))
        now = asyncio.get_running_loop().time()
        self.engine = Watched(self.node, **begin._asdict(), chance=lambda: 0.5, now=now)
        self.engine.neighbour = self
        self.network = Network(self.house, shelf, self.engine, lambda _topics: None)
        app = web.Application()
        app.add_routes(self.network.routes())
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        sock = bound(Bind("127.0.0.1", 0))
        self.place = Place("127.0.0.1", sock.getsockname()[1])
        async with listening(runner, sock):
            await self.network.start("127.0.0.1", self.place.port)
            try:
                yield
            finally:
                await self.network.stop()

    async def write(self, change: Callable[[Any], T]) -> T:
        """A change, durable when this returns."""
        return await asyncio.wrap_future(self.store.database.write(change))

    async def read(self, query: Callable[[Any], T]) -> T:
        """What a query finds."""
        return await asyncio.wrap_future(self.store.database.read(query))

    async def seen(self, true: Callable[[s.Event, list[s.Output]], bool]) -> float:
        """Wait for an event of the engine; the loop's time when it was handled. TimeoutError after SECONDS."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[float] = loop.create_future()

        def watch(event: s.Event, outputs: list[s.Output]) -> None:
            if not found.done() and true(event, outputs):
                found.set_result(loop.time())

        self.watch = watch
        async with asyncio.timeout(SECONDS):
            return await found


class Met(NamedTuple):
    """How to reach a node that expects us."""

    node: NodeId
    feed: Feed
    place: Place
    invite: bytes


async def expect(host: Neighbour) -> Met:
    """An invite of a node that is up."""
    secret = secrets.token_bytes(INVITE_BYTES)
    await host.write(lambda tx: peers.make_invite(tx, secret))
    return Met(host.node, host.feed, host.place, secret)


async def pin(guest: Neighbour, host: Met) -> None:
    """Make the host a peer of the guest's; dialled by ``network.meet``."""
    await guest.write(lambda tx: peers.pin(tx, host.node, [str(host.place)], invite=host.invite))


def grown(feed: Feed, size: int) -> Callable[[s.Event, list[s.Output]], bool]:
    """True of the commit with which a feed is here to this size."""

    def true(event: s.Event, _outputs: list[s.Output]) -> bool:
        return isinstance(event, s.Grew) and event.feed == feed and _announced(event.state) >= size

    return true


def _announced(state: s.FeedState) -> int:
    return state.head.size if state.head else 0


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def process(main: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """``main(pipe, *arguments)`` in a fresh process; our end of the pipe. Ended when the block is left."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=main, args=(theirs, *arguments), daemon=True)
    child.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        child.join(SECONDS)


def host(pipe: Connection, folder: Path) -> None:
    """The process of a node that others fetch from: sends an invite for every word it gets, ends with the pipe."""
    memory.settle()
    asyncio.run(_host(pipe, folder))


async def _host(pipe: Connection, folder: Path) -> None:
    neighbour = await asyncio.to_thread(Neighbour, folder)
    async with neighbour.up():
        while await asyncio.to_thread(_next, pipe):
            pipe.send(await expect(neighbour))
    await asyncio.to_thread(neighbour.store.close)


def _next(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True


def peak_bytes() -> int:
    """The most memory this process has had at once (VmHWM of its own pages, not of what started it)."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
