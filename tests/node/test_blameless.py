"""Honest answers are nobody's fault (E3): over real sockets, what was not here is no failed pairing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from protocol.frame_types import Err
from store import peers
from tests.kit.nodes import neighbours, pair, until
from tests.node.test_pairing import do


@pytest.mark.parametrize("code", ["not-here", "unsupported"])
async def test_e3_an_honest_answer_is_no_failed_pairing(tmp_path: Path, code: str) -> None:
    """The other side's first word may be that it does not have what it was asked for: it has let us in."""
    async with neighbours(tmp_path, 2) as (a, b):
        answer: Any = lambda _db, _request, _node: ((Err(code, ""),), None)  # noqa: E731
        a.network._shelf.answer = answer  # type: ignore[method-assign]
        assert await pair(a, b) is None
        await until(lambda: b.peer(a).invite is None, "the invite has done its work")  # type: ignore[union-attr]
        row = await do(b.peer, a)
        assert (row.last_error, row.last_seen is not None) == (None, True)


async def test_e3_a_refusal_is_told_as_one(tmp_path: Path) -> None:
    """What does end a conversation is still the answer of ``peer add``."""
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.write, lambda tx: peers.block(tx, b.node))
        assert await pair(a, b) == "not-admitted"
        assert (await do(b.peer, a)).last_seen is None
