"""Sockets to other nodes: WebSocket both ways, Noise inside, admission before the first frame.

Law: no rule of gossip and no SQL. Whoever answers or dials here ends as an admitted Link or as a named failure; what
costs time (signatures, the store) runs in worker threads. TLS certificates are not looked at: the handshake says who
is there. Source: PROTOCOL sections 4 and 12.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, NamedTuple
from urllib.request import getproxies_environment, proxy_bypass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientWSTimeout,
    DummyCookieJar,
    TraceConfig,
    WSMsgType,
    web,
)

from node.admission import Admission
from node.config import Settings
from node.gate import Gate, is_loopback
from node.link import FAREWELL_SECONDS, Link, Wire
from node.logs import event
from node.reach import Reach, Scope, scope_of
from node.turns import Turns
from protocol.errors import BarnraiseError
from protocol.frame_types import Err
from protocol.frames import encode
from protocol.handshake import Answerer, Dialler, Established, HandshakeFailed, Held, Identity, OwnNode
from protocol.ids import NodeId, short
from protocol.invite import format_address
from protocol.keyring import Keyring
from protocol.limits import HANDSHAKE_SECONDS, MAX_MESSAGE, MAX_RESOLVED
from web.forwarded import address_of

SUBPROTOCOL: Final = "barnraise.sync.v1"
PATH: Final = "/peer"
_LARGEST: Final = MAX_MESSAGE + 1  # the library refuses what reaches its maximum
_log: Final = logging.getLogger(__name__)


async def _stay(*_: object) -> None:
    """A peer is where it is dialled: it sends this node nowhere else."""
    raise ClientError("sent on to another address")


Admit = Callable[[Established, str, bool], Awaitable[Admission]]
"""Store the keyring shown and say whether this session may go on: given where it is and whether it was dialled."""


Converse = Callable[[Link], Awaitable[None]]
"""Carry the frames of a link until it ends."""


class Place(NamedTuple):
    """Where a node may be found. ``learned``: the node itself or a neighbour says so, no operator did."""

    host: str
    port: int
    tls: bool = False
    learned: bool = False

    def __str__(self) -> str:
        return format_address(self.host, self.port)


class MeetingFailed(BarnraiseError):
    """No session came of it. ``code`` is a word for the operator; ``offence`` lengthens the back-off.

    ``answered``: somebody is there, and does not speak WebSocket, at least not this way.
    """

    def __init__(self, code: str, *, offence: bool = False, answered: bool = False, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.offence = offence
        self.answered = answered


def _plain(address: str) -> str:
    """An IPv4 address that came in at an IPv6 socket as what it is."""
    found = ip_address(address)
    return str((isinstance(found, IPv6Address) and found.ipv4_mapped) or found)


def _as_named(place: Place, host: str) -> dict[str, Any]:
    """What tells the other side which name it was dialled by, where ``host`` is what that resolved to."""
    if host == place.host:
        return {}
    return {"headers": {"Host": str(place)}, **({"server_hostname": place.host} if place.tls else {})}


class Transport:
    """Makes links. ``identity`` and ``held`` are what the handshake needs; ``alarm`` is called on meeting OwnNode.

    ``shown`` gets a valid chain whose bearer did not prove its newest key: it may contradict the one held.
    ``reach`` says which addresses may be dialled that no operator named; ``arrived`` gets each HOST:PORT of this
    machine that a pinned peer came in at.
    """

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        *,
        held: Held,
        admit: Admit,
        alarm: Callable[[str], None],
        shown: Callable[[Keyring], None],
        turns: Turns,
        reach: Callable[[], Reach],
        arrived: Callable[[str], None],
    ) -> None:
        self.ends: Counter[str] = Counter()  # how handshakes ended, for metrics
        self.gate = Gate(max(1, settings.connections // 2))
        self._identity = identity
        self._static = os.urandom(32)
        self._settings = settings
        self._held = held
        self._admit = admit
        self._alarm = alarm
        self._shown = shown
        self._turns = turns
        self._reach = reach
        self._arrived = arrived
        self._closed = False
        self._greeted: set[asyncio.Transport] = set()  # sockets on which a handshake is under way
        self.private_peer = False  # whether a pinned peer was met in a private network since the start
        stays = TraceConfig()
        stays.on_request_redirect.append(_stay)
        self._session = ClientSession(cookie_jar=DummyCookieJar(), trace_configs=[stays])
        self._proxy = settings.proxy or getproxies_environment().get("https")
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    async def close(self) -> None:
        """Let go of the client's sockets, and of who was about to come in."""
        self._closed = True
        for transport in list(self._greeted):
            transport.abort()
        await self._session.close()

    # ── dialling ─────────────────────────────────────────────────────────────────────────────────────────────

    async def dial(self, node: NodeId, place: Place, invite: bytes | None = None) -> Link:
        """A link to this node at this place. MeetingFailed says why there is none."""
        wire = await self._connect(place)
        try:
            machine = Dialler(self._identity, node, self._static, os.urandom(32), invite, self._held)
            await wire.send_bytes(machine.start())
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                session = await self._shake(wire, machine)
            link = await self._admitted(wire, session, str(place), dialled=True)
            self._look_how_far(wire, link, place)
            return link
        except (OSError, ClientError, RuntimeError, TimeoutError) as error:
            await wire.close()
            raise MeetingFailed("no-handshake", detail=type(error).__name__) from error
        except (HandshakeFailed, MeetingFailed) as error:
            await wire.close()
            raise self._failure(error, str(place)) from error
        except asyncio.CancelledError:  # this node stops, or the peer is wanted no more
            await wire.close()
            raise

    def _look_how_far(self, wire: Wire, link: Link, place: Place) -> None:
        peer = wire.get_extra_info("peername") if not (place.learned or self._proxy_for(place)) else None
        if link.pinned and peer and scope_of(peer[0]) is Scope.PRIVATE:
            self.private_peer = True

    def _proxy_for(self, place: Place) -> str | None:
        """The proxy of the settings, else of the environment; never for this machine or what NO_PROXY names."""
        here = place.host == "localhost" or is_loopback(place.host)
        return None if here or proxy_bypass(place.host) else self._proxy

    async def _connect(self, place: Place) -> Wire:
        failed = MeetingFailed("address-refused", detail="not dialled on the word of another node")
        for host in await self._checked(place) if place.learned else [place.host]:
            try:
                return await self._open(place, host)
            except MeetingFailed as failure:
                failed = failure
        raise failed

    async def _checked(self, place: Place) -> list[str]:
        """What the host of a learned place resolves to, as far as that may be dialled; connected to is just this."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise MeetingFailed("unreachable", detail="the name leads nowhere") from error
        hosts = dict.fromkeys(str(spot[4][0]) for spot in found)
        return [host for host in hosts if self._reach().may(host, place.port)][:MAX_RESOLVED]

    async def _open(self, place: Place, host: str) -> Wire:
        url = f"{'wss' if place.tls else 'ws'}://{format_address(host, place.port)}{PATH}"
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                wire: Wire = await self._session.ws_connect(
                    url,
                    protocols=(SUBPROTOCOL,),
                    timeout=ClientWSTimeout(ws_close=FAREWELL_SECONDS),
                    autoping=False,
                    autoclose=False,
                    max_msg_size=_LARGEST,
                    proxy=self._proxy_for(place),
                    ssl=self._tls,
                    **_as_named(place, host),
                )
                return wire
        except TimeoutError as error:
            raise MeetingFailed("unreachable", detail="no answer in time") from error
        except (OSError, ClientError, ValueError) as error:
            answered = isinstance(error, ClientError) and not isinstance(error, ClientConnectorError)
            raise MeetingFailed("unreachable", answered=answered, detail=str(error)[:120]) from error

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, request: web.Request, converse: Converse) -> web.WebSocketResponse:
        """Shake hands with whoever dialled, and hand an admitted link to ``converse`` for as long as it lasts.

        HTTPTooManyRequests or HTTPServiceUnavailable when the gate says no.
        """
        address = address_of(request, self._settings.trusted_proxies)
        if self._closed:
            raise web.HTTPServiceUnavailable
        self._enter(address)
        wire = web.WebSocketResponse(
            timeout=FAREWELL_SECONDS,
            protocols=(SUBPROTOCOL,),
            autoping=False,
            autoclose=False,
            compress=False,
            max_msg_size=_LARGEST,
        )
        try:
            link = await self._greet(wire, request, address)
            if link is not None:
                self._look_where(request, link)
                await converse(link)
        finally:
            self.gate.leave()
        return wire

    async def _greet(self, wire: web.WebSocketResponse, request: web.Request, address: str) -> Link | None:
        if (transport := request.transport) is not None:
            self._greeted.add(transport)
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await wire.prepare(request)
                return await self._answered(wire, address)
        except TimeoutError:
            event(_log, logging.INFO, "handshake-slow", address=address)
            await wire.close()
            return None
        finally:
            self._greeted -= {transport}
            self.gate.shaken(address)

    def _look_where(self, request: web.Request, link: Link) -> None:
        """Where a pinned peer came in, if it came by itself and from the same kind of network: others may too."""
        at = request.transport.get_extra_info("sockname") if request.transport is not None else None
        if not link.pinned or at is None or link.address != request.remote:
            return
        scope = scope_of(at[0])
        if scope in {Scope.GLOBAL, Scope.PRIVATE} and scope is scope_of(link.address):
            self._arrived(format_address(_plain(at[0]), at[1]))

    def _enter(self, address: str) -> None:
        reason = self.gate.enter(address)
        if reason is not None:
            self.ends[reason] += 1
            event(_log, logging.INFO, "handshake-refused", why=reason, address=address)
            raise web.HTTPServiceUnavailable() if reason == "full" else web.HTTPTooManyRequests()

    async def _answered(self, wire: Wire, address: str) -> Link | None:
        machine = Answerer(self._identity, self._static, os.urandom(32), self._held)
        try:
            session = await self._shake(wire, machine)
            return await self._admitted(wire, session, address, dialled=False)
        except (OSError, RuntimeError) as error:
            event(_log, logging.DEBUG, "handshake-lost", why=type(error).__name__)
        except (HandshakeFailed, MeetingFailed) as error:
            if isinstance(error, HandshakeFailed) and error.reply is not None:
                await wire.send_bytes(error.reply)
            failure = self._failure(error, address)
            event(_log, logging.INFO, "handshake-failed", why=failure.code, address=address)
        await wire.close()
        return None

    # ── both ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _shake(self, wire: Wire, machine: Dialler | Answerer) -> Established:
        while True:
            message = await wire.receive()
            if message.type in {WSMsgType.PING, WSMsgType.PONG}:
                continue
            if message.type is not WSMsgType.BINARY:
                raise MeetingFailed("hung-up")
            step = await asyncio.to_thread(machine.receive, message.data)
            if step.send is not None:
                await wire.send_bytes(step.send)
            if step.result is not None:
                return step.result

    async def _admitted(self, wire: Wire, session: Established, address: str, *, dialled: bool) -> Link:
        if not dialled and not self.gate.may(session.node, asyncio.get_running_loop().time()):
            await self._turn_away(wire, session, Err("busy", "too many handshakes within a minute"))
        admission = await self._admit(session, address, dialled)
        if admission is Admission.REFUSED:
            await self._turn_away(wire, session, Err("not-admitted", "this node does not know you yet"))
        self.ends["admitted"] += 1
        pinned = admission is Admission.PINNED
        return Link(wire, session, dialled=dialled, pinned=pinned, address=address, turns=self._turns)

    async def _turn_away(self, wire: Wire, session: Established, err: Err) -> None:
        await wire.send_bytes(session.send.encrypt(encode(err)))
        raise MeetingFailed(err.code, detail=short(session.node))

    def _failure(self, error: HandshakeFailed | MeetingFailed, address: str) -> MeetingFailed:
        self.ends[error.code] += 1
        if isinstance(error, MeetingFailed):
            return error
        if error.shown is not None:
            self._shown(error.shown)
        if isinstance(error, OwnNode):
            self._alarm(address)
            return MeetingFailed("own-node", offence=True)
        return MeetingFailed(error.code, offence=error.code != "keyring-old", detail=str(error))
