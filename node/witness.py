"""This node as a witness: it puts its name under heads whose whole tree it holds.

Law: at most one cosignature a feed and minute, never under a smaller head than before; the store decides and records,
here is only the time to ask. A COSIGNED goes to the author's node if connected. Source: PROTOCOL section 3.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from node.house import House
from node.logs import event
from node.network import Network
from protocol.errors import BarnraiseError
from protocol.frame_types import Cosigned
from store import cosign
from store.database import Tx

LOOK_SECONDS: Final = 10.0
_log: Final = logging.getLogger(__name__)


class Witness:
    """Cosigns what is due, over and over."""

    def __init__(self, house: House, network: Network) -> None:
        self._house, self._network = house, network

    async def run(self) -> None:
        """Cosign until cancelled."""
        while True:
            try:
                await self._once()
            except BarnraiseError as error:
                event(_log, logging.WARNING, "witness-failed", why=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _once(self) -> None:
        database, node, now = self._house.store.database, self._house.node, self._house.clock.ms()
        due = await asyncio.wrap_future(database.read(lambda db: cosign.due(db, node, now)))
        if not due:
            return

        def sign(tx: Tx) -> list[Cosigned]:
            made = [cosign.cosign(tx, node, self._house.identity.witness, feed) for feed in due]
            return [frame for frame in made if frame is not None]

        for frame in await asyncio.wrap_future(database.write(sign)):
            self._network.send(frame.feed.node, frame)
