"""When this node may sign: the answers of its peers are gathered here, and the store is asked to begin.

Law: lives on the loop; the store decides, in one transaction, whether the answers are enough. A machine that was asleep
or put back asks again before it signs. Source: PROTOCOL section 11 "Before anything is signed".
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from node.driver import tell
from node.house import House
from node.logs import event
from node.waiting import set_within
from protocol.errors import BarnraiseError
from protocol.gossip.signals import OwnDoubted
from protocol.ids import NodeId, parse_entry
from store import outbox, peers, standing
from store.database import Tx
from store.outbox import Queued
from store.publishing import Published
from store.reading import head_of
from store.signing import Heard

DOUBLE_SECONDS: Final = 60.0  # after a sign of another process with this key
LOOK_SECONDS: Final = 1.0  # a peer that was not reached in time is waited for no longer
BOOTED_SECONDS: Final = 60  # after a start of the machine: its network may still be coming up
PRESS_SECONDS: Final = 8.0  # longest that whoever publishes waits for the signature
JUMP_SECONDS: Final = 30.0  # the wall clock against the monotonic one: this machine slept, or was put back
_log: Final = logging.getLogger(__name__)


class Signing:
    """Begins signing once the peers have answered. ``connected`` names those there is a conversation with.

    ``begins`` is awaited each time signing has begun.
    """

    def __init__(
        self, house: House, connected: Callable[[], Iterable[NodeId]], begins: Callable[[], Awaitable[None]]
    ) -> None:
        self._house, self._connected, self._begins = house, connected, begins
        self._answered: set[NodeId] = set()
        self._news = asyncio.Event()
        self._begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._began_waiting = self._loop.time()
        self._held_until = 0.0
        self._offset = time.time() - time.monotonic()
        house.store.database.on_begin.append(self._look_at_clock)

    def answered(self, node: NodeId) -> None:
        """A peer has said what it holds of the own log."""
        self._answered.add(node)
        self._news.set()

    def look(self) -> None:
        """Something changed that may matter: who is connected, what came."""
        if not self._begun.is_set():
            self._news.set()

    def doubted(self) -> None:
        """The peers are asked again: their answers of before count no more."""
        self._answered.clear()
        self._began_waiting = self._loop.time()
        self._begun.clear()
        self._news.set()

    def doubled(self) -> None:
        """Another process with this node's key took the place of a conversation: sign nothing while that goes on."""
        self._held_until = self._loop.time() + DOUBLE_SECONDS
        work = self._house.store.database.write(self._ask_again)
        work.add_done_callback(tell)

    @property
    def begun(self) -> bool:
        """Whether this node signs."""
        return self._begun.is_set()

    async def run(self) -> None:
        """Begin when it may be, until cancelled."""
        while True:
            self._news.clear()
            if not self._begun.is_set() and self._loop.time() >= self._held_until:
                await self._try()
            if self._begun.is_set():
                await self._news.wait()
            else:
                await set_within(self._news, LOOK_SECONDS)

    async def _try(self) -> None:
        heard = self.heard()
        store = self._house.store
        try:
            begun = await asyncio.wrap_future(store.database.write(lambda tx: store.begin_signing(tx, heard)))
        except (BarnraiseError, sqlite3.Error) as error:
            event(_log, logging.ERROR, "signing-failed", why=str(error))
            return
        if begun:
            self._begun.set()
            await self._begins()

    def heard(self) -> Heard:
        """What came of the questions so far."""
        waited = self._loop.time() - self._began_waiting >= self._wait
        return Heard(frozenset(self._answered), frozenset(self._connected()), waited)

    @property
    def _wait(self) -> float:
        """Seconds to wait for peers that cannot be reached."""
        seconds = self._house.settings.signing_wait
        return max(seconds, BOOTED_SECONDS) if seconds and self._house.store.booted else seconds

    async def outcome(self, queued: Queued, account: int | None) -> Published | Queued:
        """The record once it is signed, for as long as whoever published waits; else that it still waits."""
        await set_within(self._begun, PRESS_SECONDS)

        def read(db: sqlite3.Connection) -> Published | Queued:
            row, own = outbox.one(db, account, queued.id), self._house.own
            if row is None or row.entry is None:
                return queued
            return Published(None, parse_entry(row.entry), row.type, head_of(db, own.feed))

        return await asyncio.wrap_future(self._house.store.database.read(read))

    def _look_at_clock(self, tx: Tx) -> None:
        """In the writer's thread, before anything of a transaction: whether time passed that this machine missed."""
        offset = time.time() - time.monotonic()
        jumped, self._offset = abs(offset - self._offset) > JUMP_SECONDS, offset
        if jumped:
            self._ask_again(tx)

    def _ask_again(self, tx: Tx) -> None:
        """Sign nothing until the peers have answered once more."""
        if standing.alarm(tx.db) is None and peers.any_pinned(tx.db):
            standing.wait(tx, self._house.node, standing.ASKING)
            tx.events.append(OwnDoubted())
