"""What has run out is thrown away: sessions, links, keys of requests sent twice, files nobody refers to.

Law: nothing that has run out opens anything, thrown away or not; this only keeps tables and backups from carrying it.
Once an hour, and at the start of the node. Source: docs/operate.md, QUALITY "Style" 9.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Final

from node.house import House
from node.logs import event
from protocol.errors import BarnraiseError
from store import account_steps, accounts, guests, outbox, room, tokens, uploads
from store.database import Tx

LOOK_SECONDS: Final = 3600.0
_log: Final = logging.getLogger(__name__)


class Tidying:
    """Throws away what has run out by the node's clock."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Tidy until cancelled."""
        while True:
            try:
                await self.once()
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.WARNING, "tidying-failed", why=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def once(self) -> None:
        """Throw away what has run out by now."""
        database, store = self._house.store.database, self._house.store
        now, gone = await asyncio.wrap_future(database.write(_tidy))
        if gone:
            freed = await asyncio.wrap_future(database.write(lambda tx: room.remove(tx, store.blobs, gone)))
            event(_log, logging.INFO, "files-thrown-away", files=len(gone), bytes=freed)
        await asyncio.to_thread(uploads.throw_away, store.folder / uploads.FOLDER, now)


def _tidy(tx: Tx) -> tuple[int, list[str]]:
    """Rows that have run out go; the time, and blob ids whose files may go once this is durable."""
    accounts.tidy(tx)
    guests.tidy(tx)
    outbox.tidy(tx)
    tokens.tidy(tx)
    account_steps.tidy(tx)
    return tx.now, room.forget_unused(tx)
