"""Nodes for tests of the process: in this process with real sockets (``Neighbour``), or real ones (``Process``).

    async with neighbours(tmp_path, 2) as (a, b):   listeners on loopback, nobody paired
        await pair(a, b)                            b uses a code of a
        a.say("hello")                              a record of a's, durable
        await until(lambda: b.holds(a) == 1)        polls with a deadline

Nothing sleeps for a fixed time: ``until`` looks again every few milliseconds and gives up loudly.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from click.testing import CliRunner

from node import logs
from node.cli import main
from node.cli.shell import ask
from node.clock import SystemClock
from node.config import Bind, Settings
from node.house import House, own_of
from node.identity import create
from node.listening import bound, listening
from node.network import Network
from node.shelf import Shelf
from node.transport import Place
from protocol.entry import dump_json
from protocol.gossip.engine import Engine
from protocol.ids import Feed, NodeId
from store import log, peers
from store.rows import feed_row
from store.store import Store

DEADLINE = 60.0  # only a test that fails waits this long


async def until(true: Callable[[], bool], what: str = "", seconds: float = DEADLINE) -> None:
    """Wait for something to become true; AssertionError after the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not true():
        assert loop.time() < end, f"not within {seconds} s: {what or true}"
        await asyncio.sleep(0.005)


class Neighbour:
    """A node with its store and its network, no pages; its peers' listener is at ``place``."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        identity = create(folder)
        self.clock = SystemClock()
        self.store = Store.open(folder, own_of(identity), self.clock.ms)
        self.house = House(
            folder,
            Settings(discovery=False, **settings),
            identity,
            self.clock,
            self.store,
            "http://localhost",
        )
        self.node: NodeId = identity.node
        self.feed = Feed(self.node, 0)
        self.topics: list[set[str]] = []
        self.place = Place("127.0.0.1", 0)

    @asynccontextmanager
    async def up(self, port: int = 0) -> AsyncIterator[Neighbour]:
        """Listening and talking."""
        shelf = Shelf(self.store)
        begin = await asyncio.wrap_future(self.store.database.read(shelf.beginning))
        now = asyncio.get_running_loop().time()
        engine = Engine(self.node, **begin._asdict(), chance=lambda: 0.5, now=now)
        self.network = Network(self.house, shelf, engine, self.topics.append)
        app = web.Application()
        app.add_routes(self.network.routes())
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        sock = bound(Bind("127.0.0.1", port))
        self.place = Place("127.0.0.1", sock.getsockname()[1])
        async with listening(runner, sock):
            await self.network.start("127.0.0.1", self.place.port)
            try:
                yield self
            finally:
                await self.network.stop()

    def close(self) -> None:
        self.store.close()

    # what tests look at

    def write(self, change: Callable[[Any], Any]) -> Any:
        return self.store.database.write(change).result(DEADLINE)

    def read(self, query: Callable[[Any], Any]) -> Any:
        return self.store.database.read(query).result(DEADLINE)

    def say(self, *names: str) -> None:
        """Publish small records."""

        def change(tx: Any) -> None:
            for name in names:
                content = dump_json({"type": "member.introduce", "name": name})
                log.append_own(
                    tx, self.house.own, content, restricted=False, audience=None, salt=secrets.token_bytes(16)
                )

        self.write(change)

    def holds(self, other: Neighbour) -> int:
        """Entries of the other's feed under a signed head here."""
        row = self.read(lambda db: feed_row(db, other.feed))
        return row.head.size if row and row.head else 0

    def invite(self) -> bytes:
        """The secret of a fresh invite."""
        secret = secrets.token_bytes(16)
        self.write(lambda tx: peers.make_invite(tx, secret))
        return secret

    def peer(self, other: Neighbour) -> peers.PeerRow | None:
        found: peers.PeerRow | None = self.read(lambda db: peers.one(db, other.node))
        return found


@asynccontextmanager
async def neighbours(folder: Path, count: int, **settings: Any) -> AsyncIterator[list[Neighbour]]:
    """So many nodes, up."""
    made = [
        await asyncio.to_thread(Neighbour, folder / f"node-{number}", **settings) for number in range(count)
    ]
    try:
        async with AsyncExitStack() as up:
            for one in made:
                await up.enter_async_context(one.up())
            yield made
    finally:
        for one in made:
            await asyncio.to_thread(one.close)


async def pair(host: Neighbour, guest: Neighbour) -> str | None:
    """The guest uses a fresh code of the host; None once it was let in, else the word for what came of it."""
    secret = await asyncio.to_thread(host.invite)
    await asyncio.to_thread(
        guest.write, lambda tx: peers.pin(tx, host.node, [str(host.place)], invite=secret)
    )
    return await guest.network.meet(host.node)


# ── real processes ───────────────────────────────────────────────────────────────────────────────────────────


_ONE_AT_A_TIME = threading.Lock()  # a command run in this process borrows its standard streams


def exit_code(*arguments: str, data: Path | None = None, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run a command in this process; exit code, standard output and standard error."""
    line = [*arguments, *([] if data is None else ["--data", str(data)])]
    with _ONE_AT_A_TIME, _logging_as_before():
        done = CliRunner().invoke(main, line, input=stdin, prog_name="barnraise")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def barnraise(*arguments: str, data: Path | None = None, check: bool = True, stdin: bytes = b"") -> str:
    """The same: its standard output. AssertionError with what it said if it fails."""
    code, out, errors = exit_code(*arguments, data=data, stdin=stdin)
    assert not check or code == 0, f"{arguments}: {code}\n{out}\n{errors}"
    return out


class Process:
    """``barnraise run`` on a folder, up; ``facts`` are those of its ready line. ``first``: code it runs before."""

    first = ""

    def __init__(self, data: Path, *flags: str, peer: str = "127.0.0.1:0", web: str = "127.0.0.1:0") -> None:
        self.data, self.log = data, data / "test.log"
        self._flags = flags
        self._start(web, peer)

    def _start(self, web: str, peer: str) -> None:
        line = [
            sys.executable,
            "-c",
            f"{self.first}from node.cli import main; main()",
            "run",
            "--data",
            str(self.data),
        ]
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*line, "--web", web, "--peer", peer, "--no-discovery", *self._flags],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "BARNRAISE_LOG_FORMAT": "json"},
            )
        assert self.process.stdout is not None
        ready = self.process.stdout.readline().decode().split()
        assert ready[:1] == ["ready"], self.log.read_text()
        self.facts = dict(part.split("=", 1) for part in ready[1:])

    def come_back(self) -> None:
        """Run again after ``stop``, at the addresses it had."""
        self._start(self.facts["web"], self.facts["peer"])

    def ask(self, *arguments: str, stdin: bytes = b"") -> Any:
        """A command with --json against this node."""
        return json.loads(barnraise(*arguments, "--json", data=self.data, stdin=stdin))

    def until(self, true: Callable[[], bool], what: str = "") -> None:
        """Wait for something to become true; AssertionError with the log after the deadline."""
        end = time.monotonic() + DEADLINE
        while not true():
            assert time.monotonic() < end, f"not within {DEADLINE} s: {what}\n{self.log.read_text()}"
            time.sleep(0.05)

    def command(self, name: str, /, **arguments: Any) -> Any:
        """What the command line would ask this node, without starting a shell: ``command("member.add", name=…)``."""
        return ask(self.data, name, arguments)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@contextmanager
def processes(datas: Sequence[Path], *flags: str) -> Iterator[list[Process]]:
    """Running nodes on these folders, stopped at the end."""
    running: list[Process] = []
    try:
        for data in datas:
            running.append(Process(data, *flags))
        yield running
    finally:
        for process in running:
            process.stop()


@contextmanager
def logging_to(data: Path, form: str = "text") -> Iterator[Path]:
    """Lines as a node started from the shell writes them, in a year of their own; gives the file they are kept in."""
    with _logging_as_before():
        logs.configure(form, "info", lambda: 1_800_000_000_000, data)
        yield data / logs.FOLDER / logs.FILE


@contextmanager
def _logging_as_before() -> Iterator[None]:
    """What the command line configures here is closed again: the next test logs to no file of this one."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        yield
    finally:
        for handler in root.handlers:
            if handler not in before:
                handler.close()
        root.handlers[:], root.level = before, level
