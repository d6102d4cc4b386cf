"""One encrypted connection: frames in, frames out, at a pace that neither side can push.

Law: knows no rule of gossip. What is sent waits in one bounded queue; who reads too slowly is let go and repaired by
the next SINCE. What is received is counted against the rates before the next message is read, so a fast sender is
slowed by its own socket. Source: PROTOCOL sections 4, 5 and 12.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import ClientWebSocketResponse, WSMsgType, web

from node.logs import event
from node.turns import Turns
from protocol.errors import LocalError, Malformed, RemoteError, Unsupported
from protocol.frame_types import Err, Frame, Ignored, names_in
from protocol.frames import decode, encode
from protocol.handshake import Established
from protocol.ids import short
from protocol.limits import (
    MAX_CONNECTION_MESSAGES,
    MAX_CONNECTION_SECONDS,
    MAX_ERR_TEXT,
    PING_SECONDS,
    SEND_QUEUE_BYTES,
    SEND_QUEUE_LOW,
    SILENCE_SECONDS,
)
from protocol.rates import Rates

Wire = ClientWebSocketResponse | web.WebSocketResponse
OnFrame = Callable[[Frame], Awaitable[None]]

FAREWELL_SECONDS: Final = 2.0  # how long the last words of a connection may take to leave
_STAYS: Final = frozenset(
    {"not-here", "unsupported"}
)  # codes of ERR that are answers: the connection goes on
_log: Final = logging.getLogger(__name__)


def _err(error: RemoteError) -> Err:
    return Err(error.code, str(error).encode()[:MAX_ERR_TEXT].decode(errors="ignore"))


class Link:
    """A session with one node. ``dialled`` says who began; ``address`` is where it is, for the operator only."""

    def __init__(
        self,
        wire: Wire,
        session: Established,
        *,
        dialled: bool,
        pinned: bool,
        address: str,
        turns: Turns,
    ) -> None:
        self.node = session.node
        self.session = session
        self.dialled = dialled
        self.pinned = pinned
        self.address = address
        self.error: str | None = None  # the ERR by which the other side ended it
        self.doubled = (
            False  # the other side ended it for a newer one that this node dialled, or a copy of it
        )
        self.let_in = False  # the other side has spoken as one does to a peer
        self.offence = False  # ended because the other side broke a rule
        self.heard = asyncio.Event()  # set by the first frame, and by the end
        self.bytes_in = self.bytes_out = 0
        self.frames_in: Counter[str] = Counter()
        self._wire = wire
        self._turns = turns
        self._queue: deque[tuple[bytes, int]] = deque()  # frames, and how many names each holds
        self._queued = 0
        self._work = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + MAX_CONNECTION_SECONDS

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, frame: Frame) -> None:
        """Queue a frame. A queue that is full ends the connection: what it missed the next SINCE repairs."""
        if self._closing:
            return
        data = encode(frame)
        if self._queued + len(data) > SEND_QUEUE_BYTES:
            event(_log, logging.WARNING, "peer-too-slow", node=short(self.node), queued=self._queued)
            self._queue.clear()
            self._queued = 0
            self.close(Err("busy", "reads too slowly"))
            return
        self._put(data, names_in(frame))

    def _put(self, data: bytes, names: int = 0) -> None:
        self._queue.append((data, names))
        self._queued += len(data)
        self._work.set()
        if self._queued > SEND_QUEUE_LOW:
            self._drained.clear()

    def close(self, err: Err | None = None, *, offence: bool = False) -> None:
        """Say the last word and end; what was queued before still leaves if it leaves soon."""
        if self._closing:
            return
        self.offence = self.offence or offence
        if err is not None:
            self._put(encode(err))
        self._closing = True
        self._work.set()
        self._drained.set()
        self._loop.call_later(FAREWELL_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        """End without further words: the other side had its time."""
        if self._task is not None:
            self._task.cancel()

    async def drained(self) -> None:
        """Wait until little is queued: the moment to read more for the other side."""
        await self._drained.wait()

    async def _write(self) -> None:
        pace = Rates(pinned=self.pinned)
        encrypt = self.session.send.encrypt
        while True:
            while self._queue:
                await self._turns.turn()
                data, names = self._queue.popleft()
                with self._turns.measured():
                    sealed = encrypt(data)
                await self._wire.send_bytes(sealed)
                self._queued -= len(data)
                self.bytes_out += len(data)
                if self._queued <= SEND_QUEUE_LOW:
                    self._drained.set()
                if (wait := pace.frame(len(data), names, self._loop.time())) > 0:
                    await asyncio.sleep(wait)
            if self._closing:
                await self._wire.close()
                return
            self._work.clear()
            await self._work.wait()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._wire.ping()

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _read(self, on_frame: OnFrame) -> None:
        pace = Rates(pinned=self.pinned)
        decrypt = self.session.receive.decrypt
        messages = 0
        while messages < MAX_CONNECTION_MESSAGES and self._loop.time() < self._ends:
            message = await self._wire.receive(SILENCE_SECONDS)
            names = 0
            if message.type is WSMsgType.PING:
                await self._wire.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                messages += 1
                await self._turns.turn()
                with self._turns.measured():
                    data = decrypt(message.data)
                    self.bytes_in += len(data)
                    frame = self._decoded(data)
                if frame is not None:
                    names = names_in(frame)
                    await self._take(frame, on_frame)
            elif message.type is WSMsgType.TEXT:
                raise Malformed("messages are binary")
            elif message.type is not WSMsgType.PONG:
                return
            if (wait := pace.frame(len(message.data), names, self._loop.time())) > 0:
                await asyncio.sleep(wait)

    def _decoded(self, data: bytes) -> Frame | None:
        """The frame, or None for one of a kind not known here, which is answered."""
        try:
            return decode(data)
        except Unsupported as error:
            self.send(_err(error))
            return None

    async def _take(self, frame: Frame, on_frame: OnFrame) -> None:
        self.frames_in[type(frame).__name__] += 1
        if isinstance(frame, Err) and frame.code not in _STAYS:
            self.error = frame.code
            self.doubled = (frame.code, frame.text) == ("closing", "double")
        else:
            self.let_in = True
        self.heard.set()
        if not isinstance(frame, Ignored):
            await on_frame(frame)

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, on_frame: OnFrame) -> None:
        """Carry frames until either side ends it. Raises nothing that the other side or the network can cause."""
        self._task = asyncio.create_task(self._converse(on_frame))
        try:
            await self._task
        except asyncio.CancelledError:
            if not self._closing:
                raise
        finally:
            self._closing = True
            self._drained.set()
            self.heard.set()

    async def _converse(self, on_frame: OnFrame) -> None:
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._ping())]
        try:
            await self._read_to_the_end(on_frame)
            if self._closing:
                await helpers[0]
        except (OSError, RuntimeError, TimeoutError) as error:
            event(_log, logging.DEBUG, "connection-lost", node=short(self.node), why=type(error).__name__)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            with contextlib.suppress(OSError, RuntimeError, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._wire.close()

    async def _read_to_the_end(self, on_frame: OnFrame) -> None:
        try:
            await self._read(on_frame)
        except RemoteError as error:
            event(_log, logging.WARNING, "offence", node=short(self.node), code=error.code, why=str(error))
            self.close(_err(error), offence=True)
        except LocalError as error:
            event(_log, logging.ERROR, "own-fault", node=short(self.node), why=str(error))
            self.close(Err("closing", ""))
