"""Whom to dial and when: the pinned peers, and the nodes that are owed something.

Law: who is wanted is read from the store each time, so what must still be done is a row and never a task. One task a
wanted node, each waiting out its back-off; a poke ends the wait. Source: PROTOCOL sections 4, 7 and 9.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from weakref import WeakValueDictionary

from node.backoff import Backoff
from node.link import Link
from node.logs import event
from node.switchboard import Switchboard
from node.transport import MeetingFailed, Place, Transport
from node.waiting import set_within
from protocol.errors import BarnraiseError
from protocol.ids import NodeId, short

LOOK_AGAIN_SECONDS: Final = 60.0  # what changes without a poke (profiles, things owed) is seen this soon
_OFFENDED: Final = frozenset({"malformed", "invalid"})
_log: Final = logging.getLogger(__name__)

State = Literal["connected", "dialling", "waiting", "offline"]


class Target(NamedTuple):
    """A node wanted: where to look for it, in order, and the secret of an invite not yet accepted."""

    node: NodeId
    places: tuple[Place, ...]
    invite: bytes | None = None


@dataclass(slots=True)
class Pursuit:
    """One wanted node: how the last attempt ended, and the task that goes after it."""

    target: Target
    backoff: Backoff
    state: State = "offline"
    error: str | None = None
    poked: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Book:
    """What the dialler needs to know and to write down."""

    def __init__(
        self,
        targets: Callable[[], Awaitable[list[Target]]],
        found: Callable[[NodeId], tuple[Place, ...]],
        note: Callable[[NodeId, str | None], None],
    ) -> None:
        self.targets = targets  # from the store, most wanted first
        self.found = found  # places that discovery saw lately
        self.note = note  # how a dial ended: None or a code


class Dialler:
    """Keeps a link to each wanted node, as far as they can be reached."""

    def __init__(self, transport: Transport, switchboard: Switchboard, book: Book) -> None:
        self._transport = transport
        self._switchboard = switchboard
        self._book = book
        self._look = asyncio.Event()
        self._turns: WeakValueDictionary[NodeId, asyncio.Lock] = (
            WeakValueDictionary()
        )  # of those being dialled
        self.pursuits: dict[NodeId, Pursuit] = {}

    async def run(self) -> None:
        """Go after whoever is wanted, until cancelled."""
        try:
            while True:
                self._look.clear()
                try:
                    self._aim(await self._book.targets())
                except (BarnraiseError, sqlite3.Error) as error:  # who was wanted before still is
                    event(_log, logging.ERROR, "targets-unknown", why=str(error))
                await set_within(self._look, LOOK_AGAIN_SECONDS)
        finally:
            tasks = [pursuit.task for pursuit in self.pursuits.values() if pursuit.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def poke(self, node: NodeId | None = None) -> None:
        """Something changed: look who is wanted, and try this node at once."""
        self._look.set()
        pursuit = self.pursuits.get(node) if node is not None else None
        if pursuit is not None:
            pursuit.backoff.forgive()
            pursuit.poked.set()

    def _aim(self, targets: list[Target]) -> None:
        wanted = {target.node: target for target in targets}
        for node in [node for node in self.pursuits if node not in wanted]:
            task = self.pursuits.pop(node).task
            if task is not None:
                task.cancel()
        for node, target in wanted.items():
            pursuit = self.pursuits.setdefault(node, Pursuit(target, Backoff(random.random)))
            if pursuit.target != target:
                pursuit.target = target
                pursuit.poked.set()
            if pursuit.task is None or pursuit.task.done():
                pursuit.task = asyncio.create_task(self._pursue(pursuit))

    async def _pursue(self, pursuit: Pursuit) -> None:
        loop = asyncio.get_running_loop()
        while self._switchboard.open:
            began, node = loop.time(), pursuit.target.node
            pursuit.poked.clear()
            if (link := self._switchboard.links.get(node)) is not None:
                pursuit.state, pursuit.error = "connected", None
                await self._switchboard.parted(node)
                pursuit.poked.clear()  # what changed meanwhile is known; the other side may be stopping
                offence = link.offence or link.error in _OFFENDED
            else:
                offence = await self._attempt(pursuit)
            lasted = loop.time() - began if pursuit.state == "connected" else 0.0
            if node not in self._switchboard.links:
                await self._wait(pursuit, pursuit.backoff.after(lasted=lasted, offence=offence))

    async def _attempt(self, pursuit: Pursuit) -> bool:
        """Dial, and talk for as long as it lasts; whether it ended by an offence."""
        node = pursuit.target.node
        pursuit.state = "dialling"
        try:
            async with self.turn(node):
                if node in self._switchboard.links:
                    return False
                link = await self.reach(pursuit.target)
        except MeetingFailed as failure:
            self._ended(pursuit, failure.code)
            return failure.offence
        pursuit.state = "connected"
        if await self._switchboard.converse(link):
            self._ended(pursuit, link.error)
        return link.offence or link.error in _OFFENDED

    def turn(self, node: NodeId) -> asyncio.Lock:
        """Held while a node is dialled: two dials at once would end each other."""
        return self._turns.setdefault(node, asyncio.Lock())

    async def _wait(self, pursuit: Pursuit, seconds: float) -> None:
        pursuit.state = "waiting"
        await set_within(pursuit.poked, seconds)

    async def reach(self, target: Target) -> Link:
        """A link by the first place that gives one. MeetingFailed with the reason of the last."""
        failed = MeetingFailed("no-address")
        for place in dict.fromkeys((*target.places, *self._book.found(target.node))):
            try:
                return await self._dial(target, place)
            except MeetingFailed as failure:
                failed = failure
                event(_log, logging.DEBUG, "dial-failed", node=short(target.node), why=str(failure))
        raise failed

    async def _dial(self, target: Target, place: Place) -> Link:
        """A profile does not say whether TLS is spoken at an address: where something else answers, it is tried."""
        try:
            return await self._transport.dial(target.node, place, target.invite)
        except MeetingFailed as failure:
            if place.tls or not (place.learned and failure.answered):
                raise
        return await self._transport.dial(target.node, place._replace(tls=True), target.invite)

    def _ended(self, pursuit: Pursuit, error: str | None) -> None:
        if pursuit.error != error:
            pursuit.error = error
            self._book.note(pursuit.target.node, error)
