"""What every test gets: one hypothesis profile (no deadline, same examples every run) and a watch on blocking calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

settings.register_profile(
    "barnraise", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("barnraise")

FLOORS = ["protocol", "store", "web", "node"]


@pytest.fixture(autouse=True)
def no_blocking_call_on_the_loop() -> Iterator[BlockBuster]:
    """A blocking call of ours on an event loop fails the test."""
    with blockbuster_ctx(FLOORS) as watch:
        yield watch
