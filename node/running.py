"""What commands may ask of the running node, from their worker threads.

Law: everything that belongs to the loop is read and done on the loop; the caller waits, the loop never does.
Implements ``node.house.Live``. Source: OPERATIONS "Commands".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from node.network import Network
from node.port import NodePort
from protocol.ids import NodeId
from store.publishing import Published, Queued
from store.signing import Heard

MEET_SECONDS: Final = 20.0  # longest a person waits to hear what came of a code


class Running:
    """What commands may ask of the running node, from their worker threads."""

    def __init__(self, port: NodePort, network: Network, listen: Mapping[str, str]) -> None:
        self._port, self._network, self._listen = port, network, dict(listen)
        self._loop = asyncio.get_running_loop()

    def _on_loop(self, read: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return read()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(MEET_SECONDS)

    def peers(self) -> list[dict[str, Any]]:
        """See node.house.Live."""
        found: list[dict[str, Any]] = self._on_loop(lambda: [peer._asdict() for peer in self._port.peers()])
        return found

    def meet(self, node: NodeId) -> str | None:
        """See node.house.Live."""
        work = asyncio.run_coroutine_threadsafe(self._network.meet(node), self._loop)
        try:
            return work.result(MEET_SECONDS)
        except TimeoutError:
            work.cancel()
            return "no-answer"

    def part(self, node: NodeId) -> None:
        """See node.house.Live."""
        self._on_loop(lambda: self._network.part(node))

    def heard(self) -> Heard:
        """See node.house.Live."""
        found: Heard = self._on_loop(self._network.signing.heard)
        return found

    def outcome(self, queued: Queued, account: int | None) -> Published | Queued:
        """See node.house.Live."""
        work = asyncio.run_coroutine_threadsafe(self._network.signing.outcome(queued, account), self._loop)
        return work.result(MEET_SECONDS)

    def facts(self) -> dict[str, Any]:
        """See node.house.Live."""
        near = self._on_loop(lambda: [n._asdict() for n in self._network.discovery.neighbours.values()])
        return {**self._listen, "alarms": dict(self._network.alarms), "neighbours": near}
