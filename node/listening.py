"""A listener that strangers cannot fill: its own accepting, a share for each who comes, patience with a limit.

Law: whoever opens a connection and says nothing, or says it drop by drop, loses it; at its share an address, a network
or an account makes room for its newest connection out of its own (``node.crowd``). When the system has no descriptor
left the listener waits a moment instead of asking again and again. Source: PROTOCOL section 12, QUALITY "Threats"
(resource exhaustion on every listener).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiohttp import web

from node.caller import Caller, Patience
from node.config import Bind
from node.crowd import Crowd, Shares, TurnedAway
from node.gate import crowd_of
from node.logs import event
from node.metrics import Metric, counters, gauge
from protocol.errors import Refused
from protocol.invite import format_address
from protocol.limits import MAX_REMEMBERED
from protocol.rates import Bucket, Share
from web.forwarded import address_of as client_of
from web.seats import SEAT

AT_ONCE: Final = 16  # connections let in before others have the loop again
BACKLOG: Final = 1_024  # connections that wait in the system to be let in
PAUSE_SECONDS: Final = 0.2  # when the system has no descriptors
RETRY_SECONDS: Final = 5  # what who is turned away for now is told
WEB_PATIENCE: Final = Patience(head=10, body=20, member_body=1_800, idle=75)  # idle: longer than a proxy's
PEER_PATIENCE: Final = Patience(head=10, body=10, member_body=10, idle=15)
_EMPTY: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
)  # of descriptors, buffers
_log: Final = logging.getLogger(__name__)

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Coming(NamedTuple):
    """New connections of one /24 or /48 a second, and at once; seconds of any SHARE_WINDOW in which any are let in."""

    rate: float
    burst: float
    share: float


PEER_COMING: Final = Coming(rate=100, burst=4_096, share=0.005)  # who is cut off and comes back is no news
WEB_COMING: Final = Coming(rate=400, burst=8_192, share=0.02)


class Rules(NamedTuple):
    """What a listener allows, and whose X-Forwarded-For it believes; ``name`` is for the log."""

    name: str = "peer"
    shares: Shares = Shares(1_024, 64, 256, 64)
    patience: Patience = PEER_PATIENCE
    proxies: Collection[str] = ()
    coming: Coming = PEER_COMING


def web_rules(most: int, proxies: Collection[str]) -> Rules:
    """For members' pages: an office of hundreds behind one address, and no address takes it all."""
    return Rules(
        "web", Shares(most, max(most // 4, 1), max(most // 2, 1), 64), WEB_PATIENCE, proxies, WEB_COMING
    )


def peer_rules(most: int, proxies: Collection[str]) -> Rules:
    """For peers and auditors: few connections each."""
    shares = Shares(most, max(min(64, most // 4), 1), max(min(256, most // 2), 1), 64)
    return Rules("peer", shares, PEER_PATIENCE, proxies)


def bound(bind: Bind) -> socket.socket:
    """A listening socket. Refused if the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    try:
        return socket.create_server(bind, family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{bind.host}:{bind.port}"
        raise Refused("address-in-use", field=where, reason=error.strerror or str(error)) from error


def address_of(sock: socket.socket) -> str:
    """HOST:PORT of a bound socket."""
    return format_address(*sock.getsockname()[:2])


class Listener:
    """Lets connections in, counts them, and lets go of them. See ``listening``."""

    def __init__(self, runner: web.AppRunner, sock: socket.socket, rules: Rules) -> None:
        self.crowd: Crowd[Caller] = Crowd(rules.shares)
        self.patience = rules.patience
        self._runner, self._sock, self._rules = runner, sock, rules
        self._loop = asyncio.get_running_loop()
        self._callers: dict[asyncio.Protocol, Caller] = {}
        self._coming: set[asyncio.Task[None]] = set()
        self._open = False
        self._share = Share(rules.coming.share)
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        runner.app.middlewares.insert(0, self._counted)
        runner.app[SEAT] = self._member

    # ── letting in ───────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Let connections in from now on."""
        self._sock.setblocking(False)
        self._open = True
        self._loop.add_reader(self._sock, self._accept)

    async def stop(self) -> None:
        """Let nobody in any more; who was let in is met and let go by the runner's cleanup."""
        self._open = False
        self._loop.remove_reader(self._sock)
        await asyncio.gather(*self._coming, return_exceptions=True)
        self._sock.close()

    def _accept(self) -> None:
        """Let in who waits, within this listener's share of the loop: who comes without end waits in the system."""
        began = self._loop.time()
        self._accept_some()
        now = self._loop.time()
        self._share.used(now - began, now)
        if (wait := self._share.wait(now)) > 0:
            self._loop.remove_reader(self._sock)
            self._loop.call_later(wait, self._go_on)

    def _accept_some(self) -> None:
        for _ in range(AT_ONCE):
            try:
                sock, where = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._rest(error)
                return
            self._let_in(sock, str(where[0]) if where else "")

    def _rest(self, error: OSError) -> None:
        """The system lets nobody in, mostly for want of descriptors: look again in a moment."""
        cause = "no-descriptors" if error.errno in _EMPTY else "not-accepted"
        self.crowd.causes[cause] += 1
        event(_log, logging.WARNING, cause, listener=self._rules.name, why=error.strerror)
        self._loop.remove_reader(self._sock)
        self._loop.call_later(PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self._open:
            self._loop.add_reader(self._sock, self._accept)

    def _let_in(self, sock: socket.socket, address: str) -> None:
        assert self._runner.server is not None  # noqa: S101 - set by setup
        proxied = address in self._rules.proxies
        if not proxied and self._too_fast(crowd_of(address)):
            self.crowd.causes["too-fast"] += 1
            sock.close()
            return
        caller = Caller(self._runner.server(), self, proxied=proxied)
        try:
            self._make_room(self.crowd.enter(caller, None if proxied else address))
        except TurnedAway as no:
            event(_log, logging.INFO, "turned-away", listener=self._rules.name, why=no.cause)
            sock.close()
            return
        self._callers[caller.inner] = caller
        sock.setblocking(False)
        task = self._loop.create_task(self._meet(sock, caller))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def _too_fast(self, network: str) -> bool:
        """Count a connection of this network; whether it opens them faster than it may."""
        bucket = self._buckets.pop(network, None) or Bucket(self._rules.coming.rate, self._rules.coming.burst)
        self._buckets[network] = bucket
        if len(self._buckets) > MAX_REMEMBERED:
            self._buckets.popitem(last=False)
        now = self._loop.time()
        if bucket.take(0, now) > 0:
            return True
        bucket.take(1, now)
        return False

    async def _meet(self, sock: socket.socket, caller: Caller) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: caller, sock)
        except OSError:
            self.lost(caller)
            sock.close()

    def _make_room(self, out: list[Caller]) -> None:
        for caller in out:
            event(_log, logging.INFO, "made-room", listener=self._rules.name)
            self._callers.pop(caller.inner, None)
            caller.hang_up()

    def metrics(self) -> list[Metric]:
        """Connections there are, and those that were ended or turned away."""
        name = self._rules.name
        return [
            gauge(f"{name}_connections", f"Connections to the {name} listener", len(self.crowd)),
            counters(
                f"{name}_hangups_total",
                f"Connections to the {name} listener ended or turned away",
                "cause",
                self.crowd.causes,
            ),
        ]

    # ── what callers tell ────────────────────────────────────────────────────────────────────────────────────

    def lost(self, caller: Caller) -> None:
        """See node.caller.Counting."""
        self.crowd.leave(caller)
        self._callers.pop(caller.inner, None)

    def slow(self, caller: Caller, cause: str) -> None:
        """See node.caller.Counting."""
        self.crowd.causes[cause] += 1
        self.lost(caller)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handle) -> web.StreamResponse:
        caller = self._callers.get(request.protocol)
        if caller is None:  # it was hung up on while its request was on the way here
            raise web.HTTPServiceUnavailable
        caller.begins(request)
        try:
            if caller.proxied:
                self._count(
                    request, lambda: self.crowd.stranger(caller, client_of(request, self._rules.proxies))
                )
            return await handler(request)
        finally:
            if caller.inner in self._callers:
                if caller.proxied:
                    self.crowd.nobodys(caller)
                self.crowd.waits(caller)
                caller.ends()

    def _count(self, request: web.Request, place: Callable[[], list[Caller]]) -> None:
        try:
            self._make_room(place())
        except TurnedAway as no:
            event(_log, logging.INFO, "turned-away", listener=self._rules.name, why=no.cause)
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_SECONDS)}) from no

    def _member(self, request: web.Request, account: int) -> bool:
        """See web.seats.Seat."""
        caller = self._callers.get(request.protocol)
        if caller is None:
            return False
        try:
            self._make_room(self.crowd.member(caller, account))
        except TurnedAway:
            return False
        caller.signed_in()
        return True


@asynccontextmanager
async def listening(
    runner: web.AppRunner,
    sock: socket.socket,
    rules: Rules = Rules(),  # noqa: B008 - a frozen value
) -> AsyncIterator[Listener]:
    """The application of a runner behind a bound socket; at the end no one new comes in and requests are let finish."""
    listener = Listener(runner, sock, rules)
    await runner.setup()
    listener.start()
    try:
        yield listener
    finally:
        await listener.stop()
        await runner.cleanup()
