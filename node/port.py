"""The running node as its members' pages and the shell see it.

Law: everything the web floor asks at once is answered from memory, refreshed after commits; what waits is a coroutine.
Implements ``web.port.Port``. Source: ARCHITECTURE "Floors".
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from node import commands, metrics
from node.commands import health
from node.house import House
from node.listening import Listener
from node.logs import event, tell_counted
from node.network import Network
from node.version import VERSION
from node.waiting import set_within
from protocol.errors import BarnraiseError
from protocol.gossip.pull import announced
from protocol.ids import NodeId
from protocol.limits import MAX_CONNECTIONS, SALT
from store import figures, peers
from store.peers import PeerRow
from store.publishing import Author, Published, Queued, publish
from store.store import Store
from store.views import nodes
from store.views.shapes import Node, Viewer
from web.guards import host_of
from web.i18n import Language, Text
from web.port import Direction, OwnAddress, PeerAdded, PeerStatus
from web.topics import Hub, Subscription

REFRESH_SECONDS: Final = 30.0  # what changes without a commit (disk, silence of peers) is seen this soon
SETTLE_SECONDS: Final = 0.2  # a burst of changes is read once
REFRESH_SHARE: Final = 10  # what took a second is not read again for ten
LAG_COUNTED: Final = 500  # feeds of a peer that are added up for everyone who asks
LAG_SECONDS: Final = 2.0  # what is longer to add up is told again for so long
_log: Final = logging.getLogger(__name__)


class Picture(NamedTuple):
    """What was last read of the store: own profile, peers and their names, counts, codes of what is bad."""

    profile: Node | None
    names: Mapping[NodeId, Text | None]
    peers: list[PeerRow]
    totals: figures.Totals
    bad: tuple[str, ...]
    kit_pending: bool = False


class NodePort:
    """See web.port.Port. Made on the loop; ``refresh`` is awaited once before the first page."""

    def __init__(self, house: House, network: Network, hub: Hub) -> None:
        self._house = house
        said = (urlsplit(house.url).netloc, *house.settings.hosts)
        self._hosts = frozenset(filter(None, map(host_of, said)))
        self._network = network
        self._hub = hub
        self._lags: OrderedDict[NodeId, tuple[float, int]] = OrderedDict()  # when, and how much
        self._listeners: list[Listener] = []
        self._began = time.monotonic()
        self._stale = asyncio.Event()
        self._picture = Picture(None, {}, [], figures.Totals(0, 0, 0, 0, 0, 0, 0), ())

    # ── what is known at once ────────────────────────────────────────────────────────────────────────────────

    @property
    def node(self) -> NodeId:
        return self._house.node

    @property
    def name(self) -> Text:
        profile = self._picture.profile
        return (profile and profile["name"]) or {"en": self._house.settings.name}

    @property
    def jurisdiction(self) -> str:
        profile = self._picture.profile
        return (profile and profile["jurisdiction"]) or ""

    @property
    def language(self) -> Language:
        profile = self._picture.profile
        return "fr" if profile and profile["languages"][:1] == ["fr"] else "en"

    @property
    def url(self) -> str:
        return self._house.url

    @property
    def hosts(self) -> Collection[str]:
        return self._hosts

    @property
    def version(self) -> str:
        return VERSION

    @property
    def mails(self) -> bool:
        return bool(self._house.settings.mail_host)

    @property
    def public(self) -> bool:
        return self._house.settings.public_pages

    @property
    def proxies(self) -> Collection[str]:
        return self._house.settings.trusted_proxies

    @property
    def store(self) -> Store:
        return self._house.store

    @property
    def shown_clock(self) -> str | None:
        return self._house.clock.shown

    def clock(self) -> int:
        return self._house.clock.ms()

    def watch(self, listener: Listener) -> None:
        """Tell of this listener in the metrics."""
        self._listeners.append(listener)

    # ── refreshing ───────────────────────────────────────────────────────────────────────────────────────────

    def announce(self, topics: set[str]) -> None:
        """Tell open pages what changed; what is kept in memory here is read again soon."""
        self._hub.announce(topics)
        if "network" in topics:
            self._stale.set()

    async def refresh(self) -> None:
        """Read again what pages are told from memory."""
        findings = await asyncio.to_thread(health.doctor, self._house)
        bad = tuple(finding["code"] for finding in findings if finding["bad"])
        kit_pending = any(finding["code"] == "kit-not-stored" for finding in findings)
        read = self.store.database.read(lambda db: self._read(db, bad))
        self._picture = (await asyncio.wrap_future(read))._replace(kit_pending=kit_pending)

    def _read(self, db: sqlite3.Connection, bad: tuple[str, ...]) -> Picture:
        rows = peers.everyone(db)
        viewer, now = Viewer(None, None, self.node), self._house.clock.ms()
        connected = list(self._network.switchboard.links)
        known = {
            node: nodes.one(db, viewer, node, now=now) for node in {*connected, *(row.node for row in rows)}
        }
        names: dict[NodeId, Text | None] = {
            node: found["name"] if found else None for node, found in known.items()
        }
        return Picture(nodes.one(db, viewer, self.node, now=now), names, rows, figures.totals(db), bad)

    async def keep_fresh(self) -> None:
        """Refresh after changes and from time to time, until cancelled."""
        while True:
            await set_within(self._stale, REFRESH_SECONDS)
            self._stale.clear()
            began = time.monotonic()
            tell_counted()
            try:
                await self.refresh()
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.ERROR, "refresh-failed", why=str(error))
            # It looks at everything, and strangers who knock make it look: never without end.
            await asyncio.sleep(max(SETTLE_SECONDS, REFRESH_SHARE * (time.monotonic() - began)))

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────

    async def publish(
        self, author: Author, content: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Published | Queued:
        """See web.port.Port."""
        salt, own = secrets.token_bytes(SALT), self._house.own
        work = self.store.database.write(
            lambda tx: publish(tx, own, author, content, salt=salt, idempotency_key=idempotency_key)
        )
        made = await asyncio.wrap_future(work)
        return await self._network.signing.outcome(made, author.account) if isinstance(made, Queued) else made

    # ── peers ────────────────────────────────────────────────────────────────────────────────────────────────

    def peers(self) -> list[PeerStatus]:
        """See web.port.Port."""
        rows = {row.node: row for row in self._picture.peers if row.pinned}
        wanted = [*rows, *(node for node in self._network.switchboard.links if node not in rows)]
        return [self._status(node, rows.get(node)) for node in wanted]

    def _status(self, node: NodeId, row: PeerRow | None) -> PeerStatus:
        link = self._network.switchboard.links.get(node)
        pursuit = self._network.dialler.pursuits.get(node)
        name, last_seen = self._picture.names.get(node), row.last_seen if row else None
        if link is not None:
            direction: Direction = "out" if link.dialled else "in"
            return PeerStatus(node, name, "connected", direction, self._lag(node), self.clock(), None)
        error = (pursuit.error if pursuit else None) or (row.last_error if row else None)
        return PeerStatus(node, name, pursuit.state if pursuit else "offline", None, 0, last_seen, error)

    def _lag(self, node: NodeId) -> int:
        """Entries the peer has announced that are not here."""
        engine = self._network.driver.engine
        told = next((peer.sizes for peer in engine.peers.values() if peer.node == node), {})
        now, (at, kept) = time.monotonic(), self._lags.get(node, (0.0, 0))
        if len(told) > LAG_COUNTED and now < at + LAG_SECONDS:
            return kept
        here = engine.feeds
        lag = sum(
            max(size - announced(here[feed]), 0) if feed in here else size for feed, size in told.items()
        )
        self._lags[node] = (now, lag)
        while len(self._lags) > MAX_CONNECTIONS:
            self._lags.popitem(last=False)
        return lag

    async def invite_peer(self, at: str | None, tls: bool) -> str:
        """See web.port.Port."""
        made = await self.run("peer.invite", {"at": at, "tls": tls})
        return str(made["code"])

    async def add_peer(self, code: str) -> PeerAdded:
        """See web.port.Port."""
        added = await self.run("peer.add", {"code": code})
        await self.refresh()
        return PeerAdded(added["node"], self._picture.names.get(added["node"]))

    async def remove_peer(self, node: NodeId) -> None:
        """See web.port.Port."""
        await self.run("peer.remove", {"node": node})

    async def own_addresses(self) -> list[OwnAddress]:
        """See web.port.Port."""
        found = await self.run("peer.addresses", {})
        return [OwnAddress(**one) for one in found["addresses"]]

    async def publish_address(self, address: str, publish: bool) -> None:
        """See web.port.Port."""
        await self.run("peer.addresses", {"publish" if publish else "withhold": address})

    # ── watching ─────────────────────────────────────────────────────────────────────────────────────────────

    def subscribe(self, concerns: Callable[[str], bool]) -> Subscription:
        """See web.port.Port."""
        return self._hub.subscribe(concerns)

    def health(self) -> Mapping[str, Any]:
        """See web.port.Port: well unless something bad was found or the writer has stopped."""
        bad, kit_pending = list(self._picture.bad), self._picture.kit_pending
        return {
            "healthy": not bad,
            "bad": bad,
            "kit_pending": kit_pending,
            "node": self.node,
            "version": VERSION,
        }

    def metrics(self) -> str:
        """See web.port.Port."""
        totals, network, driver = self._picture.totals, self._network, self._network.driver
        links = list(network.switchboard.links.values())
        return metrics.render(
            [
                metrics.gauge(
                    "up_seconds", "Seconds since the start", round(time.monotonic() - self._began, 1)
                ),
                metrics.gauge("healthy", "1 when nothing bad was found", int(not self._picture.bad)),
                *(metrics.gauge(name, f"{name} held", value) for name, value in totals._asdict().items()),
                metrics.gauge("peers_connected", "Conversations there are now", len(links)),
                metrics.gauge("peers_pinned", "Pinned peers", sum(row.pinned for row in self._picture.peers)),
                *(found for one in self._listeners for found in one.metrics()),
                metrics.gauge("live_pages", "Open streams of members' pages", len(self._hub)),
                metrics.counters(
                    "live_pages_refused_total",
                    "Pages that poll for want of room",
                    "of",
                    {"hub": self._hub.refused},
                ),
                metrics.counters("ingested_total", "Frames taken, by verdict", "verdict", driver.verdicts),
                metrics.counters("handshakes_total", "Handshakes, by end", "end", network.transport.ends),
                metrics.counters(
                    "names_dropped_total", "Feeds named by peers and not kept", "cause", driver.engine.dropped
                ),
                metrics.counters(
                    "frames_waited_total",
                    "Frames that waited for their share",
                    "of",
                    {"loop": network.turns.waited},
                ),
                metrics.counters("traffic_bytes_total", "Bytes of frames", "direction", driver.traffic),
                metrics.gauge(
                    "signature_checks_total", "Head signatures verified", self.store.database.signature_checks
                ),
            ]
        )

    # ── the shell ────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, command: str, arguments: Mapping[str, Any]) -> Any:
        """Carry out a command of the shell in a worker thread."""
        return await asyncio.to_thread(commands.run, self._house, command, arguments)
