"""Starting, asking and stopping the nodes of the demo.

Law: a child that ends by itself is never overlooked: what waits is given up, and the last lines of its log are shown.
Children live in sessions of their own, so that Ctrl-C reaches the parent alone and it stops them in order; should the
parent vanish, the end of their standard input tells them. Source: OPERATIONS ``demo``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from node import asking
from node.demo.cast import Organisation
from protocol.errors import BarnraiseError

T = TypeVar("T")
HOST: Final = "127.0.0.1"
TEMPORARY: Final = "--temporary"  # the child takes its folder away when its parent vanished
LOG_LINES: Final = 15
LOOK_SECONDS: Final = 0.05
START_SECONDS: Final = 60.0  # a node is up in two; a machine busy with its own installation takes longer
STOP_SECONDS: Final = 10.0


class DemoFailed(BarnraiseError):
    """The demo cannot go on; the text says why, in words for whoever started it."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


@dataclass(slots=True)
class Child:
    """A node of the demo and its process. ``folder`` is its data folder, its log lies beside it."""

    organisation: Organisation
    folder: Path
    web: int
    peer: int
    temporary: bool
    facts: dict[str, Any] | None = None
    process: asyncio.subprocess.Process | None = None
    stopping: bool = False

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web}"

    @property
    def address(self) -> str:
        """Where peers reach it."""
        return f"{HOST}:{self.peer}"

    @property
    def node(self) -> str:
        """Its node id, once it is up."""
        return str(self.facts["node"]) if self.facts else ""

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    async def start(self, *, clock: Path | None = None) -> None:
        """Start the process and wait until it answers. DemoFailed if it does not."""
        flags = ["--web", f"{HOST}:{self.web}", "--peer", self.address, "--url", self.url, "--no-discovery"]
        flags += ["--clock", str(clock)] if clock else []
        marks = [TEMPORARY] if self.temporary else []
        log = await asyncio.to_thread(self.log.open, "ab")
        try:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "node.demo.child", *marks, str(self.folder), *flags),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            log.close()
        self.stopping = False
        await until(self._answers, f"{self.organisation.title} did not start.", START_SECONDS)

    async def _answers(self) -> bool:
        if self.process is None or self.process.returncode is not None:
            raise await self.ended()
        self.facts = await asyncio.to_thread(asking.running, self.folder)
        return self.facts is not None

    async def stop(self) -> None:
        """Stop it in order; a process that does not stop is killed."""
        self.stopping = True
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Have the node carry out a command of the shell."""
        if self.facts is None:
            raise DemoFailed(f"{self.organisation.title} does not run.")
        return await asyncio.to_thread(asking.ask, self.facts, command, arguments)

    async def ended(self) -> DemoFailed:
        """Which process ended by itself and what it said last."""
        code = self.process.returncode if self.process else None
        said = await asyncio.to_thread(self._last_lines)
        return DemoFailed(
            f"the node of {self.organisation.title} ended by itself (code {code}). It said last:\n{said}"
        )

    def _last_lines(self) -> str:
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-LOG_LINES:])


async def until(true: Callable[[], Awaitable[bool]], failed: str, seconds: float) -> None:
    """Look again and again until something is true. DemoFailed with the text ``failed`` after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await true():
                    return
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise DemoFailed(failed) from None


async def _watch(child: Child) -> DemoFailed:
    """Wait until a process ends that nobody stopped."""
    while True:
        process = child.process
        if process is not None:
            await process.wait()
            if child.process is process and not child.stopping:
                return await child.ended()
        await asyncio.sleep(LOOK_SECONDS)


async def while_up(children: Sequence[Child], work: Awaitable[T]) -> T:
    """The result of ``work``; DemoFailed as soon as a child ends by itself."""
    task = asyncio.ensure_future(work)
    watches = [asyncio.create_task(_watch(child)) for child in children]
    try:
        done, _ = await asyncio.wait([task, *watches], return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        raise next(watch.result() for watch in watches if watch in done)
    finally:
        for each in (task, *watches):
            each.cancel()
        await asyncio.gather(task, *watches, return_exceptions=True)


async def stop_all(children: Sequence[Child]) -> None:
    """Stop every process, the last of the line first, each before the next."""
    for child in reversed(children):
        await child.stop()
