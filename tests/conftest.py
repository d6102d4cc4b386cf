"""What every test gets: one hypothesis profile (no deadline, same examples every run) and a watch on blocking calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

from node.link import Link
from protocol.frame_types import Frame
from tests.kit.carried import breach

settings.register_profile(
    "barnraise", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("barnraise")

_send = Link.send


@pytest.fixture(autouse=True)
def private_bytes_go_only_to_whom_they_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every frame that a node in this process puts on a real socket is looked at, whatever the test is about."""
    breaches: list[str] = []

    def send(link: Link, frame: Frame) -> None:
        if (why := breach(frame, link.node)) is not None:
            breaches.append(why)
        _send(link, frame)

    monkeypatch.setattr(Link, "send", send)
    yield
    assert breaches == []


FLOORS = ["protocol", "store", "web", "node"]


@pytest.fixture(autouse=True)
def no_blocking_call_on_the_loop() -> Iterator[BlockBuster]:
    """A blocking call of ours on an event loop fails the test."""
    with blockbuster_ctx(FLOORS) as watch:
        yield watch
