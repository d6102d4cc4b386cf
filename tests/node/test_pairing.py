"""Two and three nodes over real sockets: invites, knocks, who may come in, which connection stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.kit.nodes import neighbours, pair, until


async def test_two_nodes_pair_by_invite_and_sync(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await asyncio.to_thread(a.say, "one", "two")
        assert await pair(a, b) is None
        await until(lambda: b.holds(a) == 2, "b holds a's log")
        await asyncio.to_thread(b.say, "three")
        await until(lambda: a.holds(b) == 1, "a holds b's log")
        assert a.peer(b) is not None and a.peer(b).pinned  # type: ignore[union-attr]
        await until(lambda: b.peer(a).invite is None, "the invite has done its work")  # type: ignore[union-attr]
