"""A store of one node, two authors it knows, a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.store import Store
from tests.kit.logs import Author, HandClock, meet, open_store


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def me() -> Author:
    return Author(0)


@pytest.fixture
def author() -> Author:
    return Author(1)


@pytest.fixture
def store(tmp_path: Path, me: Author, author: Author, clock: HandClock) -> Iterator[Store]:
    opened = open_store(tmp_path / "node", me, clock)
    meet(opened, author)
    yield opened
    opened.close()
