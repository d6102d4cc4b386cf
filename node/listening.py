"""A listener that strangers cannot fill: bound sockets, a maximum of connections, patience with a limit.

Law: whoever opens a connection and says nothing, or says it drop by drop, loses it before a request exists; beyond the
maximum a new connection is closed at once. Afterwards the HTTP library's own limits hold. Source: PROTOCOL section 12,
QUALITY "Threats" (resource exhaustion on every listener).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from node.config import Bind
from protocol.errors import Refused
from protocol.invite import format_address

FIRST_REQUEST_SECONDS: Final = 10.0  # to say a whole request head; a phone on a train needs two
MAX_OPEN: Final = 1_024  # connections of one listener: pages' live streams of 1,000 members at their desks
_HEAD_ENDS: Final = b"\r\n\r\n"


def bound(bind: Bind) -> socket.socket:
    """A listening socket. Refused if the address is taken or not this machine's."""
    try:
        return socket.create_server(bind, family=socket.AF_INET6 if ":" in bind.host else socket.AF_INET)
    except OSError as error:
        where = f"{bind.host}:{bind.port}"
        raise Refused("address-in-use", field=where, reason=error.strerror or str(error)) from error


def address_of(sock: socket.socket) -> str:
    """HOST:PORT of a bound socket."""
    return format_address(*sock.getsockname()[:2])


class _Patience(asyncio.Protocol):
    """Passes everything on to the HTTP protocol, and hangs up on who does not say a first request in time."""

    def __init__(self, inner: asyncio.Protocol, counted: set[_Patience]) -> None:
        self._inner = inner
        self._counted = counted
        self._timer: asyncio.TimerHandle | None = None
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._counted) >= MAX_OPEN:
            transport.close()
        else:
            self._counted.add(self)
            self._timer = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, transport.close)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            self._tail = (self._tail + data)[-(len(data) + len(_HEAD_ENDS) - 1) :]
            if _HEAD_ENDS in self._tail:
                self._timer.cancel()
                self._timer, self._tail = None, b""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counted.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._inner.connection_lost(exc)


@asynccontextmanager
async def listening(runner: web.AppRunner, sock: socket.socket) -> AsyncIterator[None]:
    """The application of a runner behind a bound socket; at the end no one new comes in and requests are let finish."""
    await runner.setup()
    counted: set[_Patience] = set()

    def patient() -> _Patience:
        assert runner.server is not None  # noqa: S101 - set by setup
        return _Patience(runner.server(), counted)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(patient, sock=sock)
    try:
        yield
    finally:
        loop.remove_reader(sock)
        await asyncio.sleep(0)  # a closed server would drop, unclosed, whom the loop has just let in
        server.close()
        await runner.cleanup()
