"""One connection in front of the HTTP library: where it stands, and how long it may stand there.

Law: a head, a body, a pause between two requests each have a deadline, and every connection is always in one of them or
being answered. Who exceeds it is hung up on, whoever it is. Source: PROTOCOL section 12.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from aiohttp import web


class Patience(NamedTuple):
    """Seconds to say a whole request head, to send a body (a stranger's, a member's), to be silent between requests."""

    head: float
    body: float
    member_body: float
    idle: float


class Counting(Protocol):
    """What a caller tells the listener it came to."""

    patience: Patience

    def lost(self, caller: Caller) -> None:
        """The connection is over."""

    def slow(self, caller: Caller, cause: str) -> None:
        """It exceeded its patience: slow-head, slow-body or idle."""


class Caller(asyncio.Protocol):
    """Passes everything on to the HTTP protocol, and keeps the time. ``proxied``: it comes from a trusted proxy."""

    def __init__(self, inner: asyncio.Protocol, listener: Counting, *, proxied: bool) -> None:
        self.inner, self.proxied = inner, proxied
        self._listener = listener
        self._request: web.BaseRequest | None = None
        self._transport: asyncio.BaseTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heads = self._gone = False

    @property
    def busy(self) -> bool:
        """Whether a whole request is being answered, or an upgraded connection carried."""
        return self._request is not None and self._request.content.is_eof()

    def hang_up(self) -> None:
        """End it now, whatever is on its way."""
        self._gone = True
        if self._transport is not None:
            abort: Callable[[], None] = getattr(self._transport, "abort", self._transport.close)
            abort()

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────

    def begins(self, request: web.BaseRequest) -> None:
        """A whole head came and is answered from now on."""
        self._request, self._heads = request, False
        self._patient(self._listener.patience.body, "slow-body")

    def signed_in(self) -> None:
        """It is a member's request: her line may be slow and her file long."""
        self._patient(self._listener.patience.member_body, "slow-body")

    def ends(self) -> None:
        """The answer is made; the next head may come."""
        self._request = None
        self._patient(self._listener.patience.idle, "idle")

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _patient(self, seconds: float, cause: str) -> None:
        self._stop()
        if not self._gone:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._over, cause)

    def _over(self, cause: str) -> None:
        self._timer = None
        if cause == "slow-body" and self.busy:
            return  # it came; how long the answer may take is the application's to say
        self._listener.slow(self, cause)
        self.hang_up()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ── the protocol ─────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._heads = True
        self._patient(self._listener.patience.head, "slow-head")
        self.inner.connection_made(transport)
        if self._gone:
            self.hang_up()  # its place was given away while the loop was about to introduce it

    def data_received(self, data: bytes) -> None:
        if self._request is None and not self._heads:
            self._heads = True
            self._patient(self._listener.patience.head, "slow-head")
        self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self._listener.lost(self)
        self.inner.connection_lost(exc)
