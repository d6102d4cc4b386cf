"""The running node as its members' pages and the shell see it.

Law: everything the web floor asks at once is answered from memory, refreshed after commits; what waits is a coroutine.
Implements ``web.port.Port`` and ``node.house.Live``. Source: ARCHITECTURE "Floors".
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from node.house import House
from node.network import Network
from store import figures, peers
from store.views.shapes import Node
from web.i18n import Text
from web.topics import Hub

REFRESH_SECONDS: Final = 30.0
MEET_SECONDS: Final = 15.0


class NodePort:
    """See web.port.Port. Made on the loop; ``refresh`` once before the first page."""

    def __init__(self, house: House, network: Network, hub: Hub) -> None:
        self._house = house
        self._network = network
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._began = time.monotonic()
        self._profile: Node | None = None
        self._names: dict[str, Text | None] = {}
        self._rows: list[peers.PeerRow] = []
        self._totals: figures.Totals | None = None
        self._bad: list[str] = []
        self._stale = asyncio.Event()
