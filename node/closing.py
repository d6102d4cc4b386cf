"""Polls that nobody writes to any more are closed all the same.

Law: what is due is said by the transaction that finds it, whatever that transaction is for; here one is made when none
comes by itself. At most once a minute; what was due while the node was down is found at its start. Source: DOMAIN
section 3, "Polls".
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Final

from node.house import House
from node.logs import event
from protocol.errors import BarnraiseError
from store import closing, standing
from store.database import Tx

LOOK_SECONDS: Final = 60.0
_log: Final = logging.getLogger(__name__)


class Closing:
    """Looks for polls that are due by the node's clock."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Close what is due until cancelled."""
        while True:
            try:
                await self.once()
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.WARNING, "closing-failed", why=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def once(self) -> bool:
        """Make a transaction if a poll is due and this node may sign; whether one was made."""
        database, node, clock = self._house.store.database, self._house.node, self._house.clock

        def is_due(db: sqlite3.Connection) -> bool:
            return bool(closing.due_ids(db, node, clock.ms())) and standing.alarm(db) is None

        if not await asyncio.wrap_future(database.read(is_due)):
            return False
        await asyncio.wrap_future(database.write(_nothing))
        return True


def _nothing(_tx: Tx) -> None:
    """The word is said before its commit."""
