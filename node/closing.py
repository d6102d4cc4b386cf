"""What the node says of its own accord is said in time: polls that nobody writes to any more are closed, and sums of
private pledges are told in their round.

Law: what is due is said by the transaction that finds it, whatever that transaction is for; here one is made when none
comes by itself. Once a minute, and when a round comes; what was due while the node was down is found at its start.
Source: DOMAIN R12 and section 3, "Polls".
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Final

from node.house import House
from node.logs import event
from protocol.errors import BarnraiseError
from store import closing, standing, tallying
from store.database import Tx

LOOK_SECONDS: Final = 60.0
SHOWN_SECONDS: Final = 0.5  # under a clock that somebody sets: an hour may pass at once
LEAST_SECONDS: Final = (
    0.05  # a round that has come is told at once, and a clock that is off makes no busy loop
)
_log: Final = logging.getLogger(__name__)


class Closing:
    """Looks for polls and sums that are due by the node's clock."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Say what is due until cancelled."""
        while True:
            wait = LOOK_SECONDS
            try:
                while await self.once():
                    pass
                wait = await self._until_next()
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.WARNING, "closing-failed", why=str(error))
            await asyncio.sleep(wait)

    async def _until_next(self) -> float:
        """Seconds until something may be due."""
        found = await asyncio.wrap_future(self._house.store.database.read(tallying.next_round))
        clock = self._house.clock
        look = LOOK_SECONDS if clock.shown is None else SHOWN_SECONDS
        late = look if found is None else (found - clock.ms()) / 1000
        return min(look, max(LEAST_SECONDS, late))

    async def once(self) -> bool:
        """Make a transaction if something is due and this node may sign; whether one was made."""
        database, node, clock = self._house.store.database, self._house.node, self._house.clock

        def is_due(db: sqlite3.Connection) -> bool:
            now, round_ = clock.ms(), tallying.next_round(db)
            due = bool(closing.due_ids(db, node, now)) or (round_ is not None and round_ <= now)
            return due and standing.alarm(db) is None

        if not await asyncio.wrap_future(database.read(is_due)):
            return False
        await asyncio.wrap_future(database.write(_nothing))
        return True


def _nothing(_tx: Tx) -> None:
    """The word is said before its commit."""
