"""A house to visit, for every test of pages and calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kit.web import House, Site, visit


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A ministry of British Columbia."""
    house = House.open(tmp_path)
    yield house
    house.close()


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """Its members' web. Members and records are best arranged in fixtures of the test, before this one."""
    async with visit(house) as site:
        yield site
