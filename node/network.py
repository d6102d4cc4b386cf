"""The node among others: listeners' handshakes, conversations, dials and discovery, put together.

Law: assembled once, started and stopped in order; nothing of it outlives ``stop``. Source: PROTOCOL sections 4 to 9.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Final

from aiohttp import web

from node.admission import Admission, admit
from node.config import Bind, bind_of
from node.dialler import Book, Dialler, Target
from node.discovery import Discovery
from node.driver import Driver, tell
from node.house import House
from node.link import Link
from node.logs import event
from node.profile import keep_profile, reach_here
from node.reach import Reach
from node.shelf import Shelf
from node.signing import Signing
from node.switchboard import Switchboard
from node.transport import PATH, MeetingFailed, Transport
from node.turns import Turns
from protocol.frame_types import Frame
from protocol.gossip.engine import Engine
from protocol.handshake import Established, Identity
from protocol.ids import NodeId, short
from protocol.keyring import Keyring
from store import keyrings, peers, reached
from store.database import Tx

_log: Final = logging.getLogger(__name__)


async def _nothing() -> None:
    """What follows when signing begins on a node without pages."""


class Network:
    """Made on the loop by ``open_network``. ``announce`` gets topics, ``changed`` every change of who is connected."""

    def __init__(
        self,
        house: House,
        shelf: Shelf,
        engine: Engine,
        announce: Callable[[set[str]], None],
        begins: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self.alarms: dict[str, str] = {}
        self._reach = Reach()
        self._listener = bind_of(house.settings.peer)
        self._came_in_at: set[str] = set()
        self._house = house
        self._shelf = shelf
        self._announce = announce
        self._loop = asyncio.get_running_loop()
        identity = Identity(house.identity.keyring, house.identity.feed)
        self.turns = Turns()
        self.signing = Signing(house, lambda: self.switchboard.links, begins)
        self.driver = Driver(
            engine,
            shelf,
            turns=self.turns,
            announce=self._committed,
            owing=self._owing,
            own=self.signing,
        )
        self.transport = Transport(
            identity,
            house.settings,
            held=shelf.held,
            admit=self._admit,
            alarm=self._alarm,
            shown=self._shown,
            turns=self.turns,
            reach=lambda: self._reach,
            arrived=self._arrived,
        )
        self.switchboard = Switchboard(house.node, self._carry, self._changed)
        self.discovery = Discovery(house.node, house.settings.name, self._found)
        book = Book(self._targets, self.discovery.places, self._note)
        self.dialler = Dialler(self.transport, self.switchboard, book)
        self._tasks: list[asyncio.Task[None]] = []
        self._met: set[asyncio.Task[bool]] = set()
        self._telling: set[asyncio.Task[None]] = set()

    # ── start and stop ───────────────────────────────────────────────────────────────────────────────────────

    def routes(self) -> list[web.RouteDef]:
        """What the peers' listener serves of this."""
        return [web.get(PATH, self._answer)]

    async def start(self, host: str, port: int) -> None:
        """Begin to talk, dial and announce; the listener stands already, at this address."""
        self._listener = Bind(host, port)
        self.driver.start()
        self.driver.handle(await asyncio.wrap_future(self._shelf.database.read(self._shelf.blobs_wanted)))
        self._tasks = [asyncio.create_task(work.run()) for work in (self.dialler, self.signing)]
        if self._house.settings.discovery:
            await self.discovery.start(host, port)

    async def stop(self) -> None:
        """Stop dialling, say goodbye, let go of the sockets."""
        await self.discovery.stop()
        await self.switchboard.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._telling, return_exceptions=True)
        self.driver.stop()
        await self.transport.close()

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        async def converse(link: Link) -> None:
            await self.switchboard.converse(link)

        return await self.transport.answer(request, converse)

    async def _admit(self, session: Established, address: str, dialled: bool) -> Admission:
        work = self._shelf.database.write(
            lambda tx: admit(tx, self._house.node, session, address, dialled=dialled)
        )
        return await asyncio.wrap_future(work)

    async def _carry(self, link: Link) -> None:
        cursor = await asyncio.wrap_future(
            self._shelf.database.read(lambda db: self._shelf.cursor(db, link.node))
        )
        event(
            _log, logging.INFO, "connected", node=short(link.node), dialled=link.dialled, pinned=link.pinned
        )
        noted = asyncio.create_task(self._heard(link))
        try:
            await self.driver.converse(link, cursor)
        finally:
            noted.cancel()
            event(_log, logging.INFO, "parted", node=short(link.node), error=link.error)
            if link.doubled and self.switchboard.links.get(link.node) is link:
                self._alarm(link.address)
                self.signing.doubled()
            if link.let_in:
                self._write(lambda tx: peers.seen(tx, link.node, pinned=link.pinned))

    async def _heard(self, link: Link) -> None:
        """Once the other side has spoken it has let us in: an invite has done its work."""
        await link.heard.wait()
        if link.let_in:
            self._write(lambda tx: peers.seen(tx, link.node, pinned=link.pinned))

    def _changed(self) -> None:
        """Somebody came or went."""
        self._announce({"network"})
        self.signing.look()

    # ── dials ────────────────────────────────────────────────────────────────────────────────────────────────

    def _committed(self, topics: set[str]) -> None:
        """What pages refresh; a profile that came may say where somebody wanted is."""
        if "profiles" in topics:
            self.dialler.poke()
        self._announce(topics)

    def _owing(self, node: NodeId) -> None:
        """Something is owed to a node: go there at once unless a conversation with it stands."""
        if node not in self.switchboard.links:
            self.dialler.poke(node)

    async def _targets(self) -> list[Target]:
        """Who is wanted and where; how far this node reaches is looked at first."""
        found, self._reach = await asyncio.wrap_future(self._shelf.database.read(self._aim))
        return found

    def _aim(self, db: sqlite3.Connection) -> tuple[list[Target], Reach]:
        settings, listener = self._house.settings, self._listener
        reach = reach_here(db, settings, listener, met_private=self.transport.private_peer)
        most = (
            settings.dial if self.signing.begun else settings.connections
        )  # every peer is asked at the start
        return self._shelf.targets(db, most, reach), reach

    def _note(self, node: NodeId, error: str | None) -> None:
        self._write(lambda tx: peers.dialled(tx, node, error))
        self._announce({"network"})

    def _arrived(self, address: str) -> None:
        """A pinned peer came in at an address of this machine: it is published unless the operator refuses."""
        if address in self._came_in_at:
            return
        self._came_in_at.add(address)
        self._write(lambda tx: reached.give(tx, address, "listener"))
        task = asyncio.create_task(asyncio.to_thread(keep_profile, self._house))
        self._telling.add(task)
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            event(_log, logging.ERROR, "profile-not-kept", why=repr(error))

    def _found(self, node: NodeId) -> None:
        self._announce({"network"})
        self.dialler.poke(node)

    async def meet(self, node: NodeId) -> str | None:
        """Dial a pinned node now: None once it has let us in, else the word for what came of it.

        A conversation it has as a guest is ended first: only a new one shows the invite, and asks for everything.
        """
        async with self.dialler.turn(node):
            standing = self.switchboard.links.get(node)
            if standing is not None and not standing.pinned:
                self.switchboard.hang_up(node)
                await self.switchboard.parted(node)
                standing = None
            link = standing or await self._met_now(node)
        if isinstance(link, str):
            return link
        await link.heard.wait()
        counts = self.switchboard.links.get(node)
        if not link.let_in and counts is not None and counts is not link:
            link = counts  # both dialled at once, and the other connection stays
            await link.heard.wait()
        self.dialler.poke()
        return None if link.let_in else link.error or "hung-up"

    async def _met_now(self, node: NodeId) -> Link | str:
        """A link to a wanted node, carried from now on; a word if there is none."""
        targets = {target.node: target for target in await self._targets()}
        if node not in targets:
            return "no-address"
        try:
            link = await self.dialler.reach(targets[node])
        except MeetingFailed as failure:
            self._note(node, failure.code)
            self.dialler.poke()
            return failure.code
        self._keep(link)
        await asyncio.sleep(0)  # from here on the switchboard knows it
        return link

    def send(self, node: NodeId, frame: Frame) -> None:
        """Send a frame that no conversation waits for, if the node is connected."""
        link = self.switchboard.links.get(node)
        if link is not None:
            link.send(frame)

    def part(self, node: NodeId) -> None:
        """End the conversation with a node and forget its pursuit if it is wanted no more."""
        self.switchboard.hang_up(node)
        self.dialler.poke()

    def _keep(self, link: Link) -> None:
        task = asyncio.create_task(self.switchboard.converse(link))
        self._met.add(task)
        task.add_done_callback(self._met.discard)

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────

    def _alarm(self, address: str) -> None:
        event(_log, logging.ERROR, "own-node", address=address)
        self.alarms["own-node"] = address
        self._announce({"network"})

    def _shown(self, keyring: Keyring) -> None:
        """A chain from a failed handshake: what it says against the one held is news all the same."""

        def compare(tx: Tx) -> None:
            if keyrings.held(tx, keyring.node) is not None:
                keyrings.receive(tx, keyring.node, keyring.notes, own_node=self._house.node)

        self._write(compare)

    def _write(self, change: Callable[[Any], object]) -> None:
        work: Future[object] = self._shelf.database.write(change)
        work.add_done_callback(tell)
