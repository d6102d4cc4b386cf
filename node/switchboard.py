"""Which connection to a node counts: one at a time, the same one on both sides.

Law: of two connections between two nodes the one dialled by the smaller node id stays; in the same direction the newer
replaces the older, which is told so. Both sides decide alike. Source: PROTOCOL section 4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from node.link import Link
from protocol.frame_types import Err, Frame
from protocol.ids import NodeId

_REPLACED: Final = Err("closing", "another connection between these two nodes stays")
_DOUBLE: Final = Err("closing", "double")
"""To the older of two in the same direction: who did not make the newer one has a copy of its key elsewhere."""


async def _ignore(_frame: Frame) -> None:
    """What comes on a connection that does not count is not looked at."""


class Switchboard:
    """The links that stand. ``carry`` runs one from PeerUp to PeerDown; ``changed`` hears of every change."""

    def __init__(
        self, own: NodeId, carry: Callable[[Link], Awaitable[None]], changed: Callable[[], None]
    ) -> None:
        self.links: dict[NodeId, Link] = {}
        self._own = own
        self._carry = carry
        self._changed = changed
        self._gone: dict[NodeId, asyncio.Event] = {}
        self.open = True

    def _dialled_by(self, link: Link) -> NodeId:
        return self._own if link.dialled else link.node

    def _stays(self, link: Link) -> bool:
        """Whether a new link counts rather than the one there is."""
        old = self.links.get(link.node)
        if old is None or old.dialled == link.dialled:
            return True
        return self._dialled_by(link) < self._dialled_by(old)

    async def converse(self, link: Link) -> bool:
        """Carry a link for as long as it lasts; False at once if another one to the same node counts."""
        if not self.open or not self._stays(link):
            link.close(_REPLACED)
            await link.run(_ignore)
            return False
        old = self.links.get(link.node)
        if old is not None:
            old.close(_DOUBLE if old.dialled == link.dialled else _REPLACED)
        self.links[link.node] = link
        gone = self._gone.setdefault(link.node, asyncio.Event())
        gone.clear()
        self._changed()
        try:
            await self._carry(link)
        finally:
            if self.links.get(link.node) is link:
                del self.links[link.node]
                gone.set()
                self._changed()
        return True

    async def parted(self, node: NodeId) -> None:
        """Wait until there is no link to this node."""
        while node in self.links:
            await self._gone[node].wait()

    def hang_up(self, node: NodeId) -> None:
        """End the link to a node if there is one."""
        link = self.links.get(node)
        if link is not None:
            link.close(Err("closing", ""))

    async def close(self) -> None:
        """End every link and wait until they have ended; new ones are turned away."""
        self.open = False
        for link in list(self.links.values()):
            link.close(Err("closing", "this node stops"))
        for node in list(self.links):
            await self.parted(node)
