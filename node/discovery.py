"""Neighbours on the local network, by multicast DNS: a hint where a node may be, never who it is.

Law: what is heard here only adds places to try for nodes already wanted and shows the operator who is near; trust
starts at the handshake. A neighbour's claims are bounded in number and length. Source: PROTOCOL section 8, OPERATIONS.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

import ifaddr
from zeroconf import IPVersion, ServiceInfo, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from node.gate import is_loopback
from node.logs import event
from node.reach import Reach
from node.transport import Place
from protocol.errors import Malformed
from protocol.ids import NodeId, parse_node, short
from protocol.limits import MAX_LINE, MAX_PUBLISHED

SERVICE: Final = "_barnraise._tcp.local."
MAX_NEIGHBOURS: Final = 256  # nodes remembered from the network; the oldest are forgotten
_LAN: Final = Reach(private=True)  # what a neighbour may name: never this machine, nothing link-local
_ANSWER_MS: Final = 3_000
_log: Final = logging.getLogger(__name__)


class Neighbour(NamedTuple):
    """What a node on this network says of itself; nothing of it is proven."""

    node: NodeId
    name: str
    places: tuple[Place, ...]


def own_addresses(host: str) -> list[str]:
    """Addresses of this machine that a listener bound to ``host`` can be reached at; none for loopback."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return [] if is_loopback(host) or host == "localhost" else [host]
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return [ip for ip in found if isinstance(ip, str) and not is_loopback(ip)]


def _read(info: ServiceInfo) -> Neighbour | None:
    claimed = (info.properties.get(b"node") or b"").decode("ascii", "replace")
    said = (info.properties.get(b"name") or b"").decode("utf-8", "replace")[:MAX_LINE]
    name = "".join(letter for letter in said if letter.isprintable())  # it goes to terminals
    try:
        node = parse_node(claimed)
    except Malformed:
        return None
    port = info.port or 0
    near = [address for address in info.parsed_addresses(IPVersion.All) if _LAN.may(address, port)]
    places = tuple(Place(address, port) for address in near[:MAX_PUBLISHED])
    return Neighbour(node, name, places)


class Discovery:
    """Announces this node and listens for others. ``changed`` is told when somebody appears or moves."""

    def __init__(self, node: NodeId, name: str, changed: Callable[[NodeId], None]) -> None:
        self.neighbours: OrderedDict[NodeId, Neighbour] = OrderedDict()
        self._node, self._name, self._changed = node, name, changed
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._asking: set[asyncio.Task[None]] = set()

    def places(self, node: NodeId) -> tuple[Place, ...]:
        """Where a node was heard of."""
        neighbour = self.neighbours.get(node)
        return neighbour.places if neighbour is not None else ()

    async def start(self, host: str, port: int) -> None:
        """Announce a listener and listen. A machine without multicast goes without, and the log says so."""
        addresses = await asyncio.to_thread(own_addresses, host)
        if not addresses:
            return
        info = AsyncServiceInfo(
            SERVICE,
            f"{self._node}.{SERVICE}",
            port=port,
            properties={"node": self._node, "name": self._name.encode()[:MAX_LINE]},
            parsed_addresses=addresses,
            server=f"{self._node}.local.",
        )
        try:
            self._zeroconf = AsyncZeroconf(ip_version=IPVersion.V4Only)
            self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, SERVICE, handlers=[self._heard])
            await self._zeroconf.async_register_service(info)
        except OSError as error:
            event(_log, logging.WARNING, "discovery-unavailable", why=str(error))

    async def stop(self) -> None:
        """Take the announcement back and stop listening."""
        for task in self._asking:
            task.cancel()
        if self._browser is not None:
            await self._browser.async_cancel()
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()

    def _heard(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is ServiceStateChange.Removed or len(self._asking) >= MAX_NEIGHBOURS:
            return
        task = asyncio.ensure_future(self._ask(zeroconf, AsyncServiceInfo(service_type, name)))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, zeroconf: Zeroconf, info: AsyncServiceInfo) -> None:
        if not await info.async_request(zeroconf, _ANSWER_MS):
            return
        neighbour = _read(info)
        if neighbour is None or neighbour.node == self._node:
            return
        if self.neighbours.get(neighbour.node) == neighbour:
            return
        self.neighbours[neighbour.node] = neighbour
        self.neighbours.move_to_end(neighbour.node)
        if len(self.neighbours) > MAX_NEIGHBOURS:
            self.neighbours.popitem(last=False)
        event(_log, logging.INFO, "neighbour", node=short(neighbour.node))
        self._changed(neighbour.node)
