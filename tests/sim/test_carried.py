"""The watch on every carried frame sees what it must: redaction taken out of the push or of the answers is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.frame_types import Chunk
from protocol.gossip import growing
from protocol.gossip.push import chunk_for
from protocol.gossip.signals import Grew
from protocol.ids import NodeId
from store import serve
from tests.kit.network import Network


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def test_a_push_without_redaction_fails_whatever_the_test_is_about(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaky(_node: NodeId, event: Grew) -> Chunk | None:
        return chunk_for(_node, replace(event, audiences={}))

    monkeypatch.setattr(growing, "chunk_for", leaky)
    a, b, c = net.node("a"), net.node("b"), net.node("c")
    net.connect(a, b)
    net.run()
    with pytest.raises(AssertionError, match="on its way"):
        a.say("for c", audience=(c,))


def test_an_answer_without_redaction_fails_whatever_the_test_is_about(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_payload", lambda _header, envelope, _state, _allowed: envelope)
    a, b, c = net.node("a"), net.node("b"), net.node("c")
    a.say("for c", audience=(c,))
    net.connect(a, b)
    with pytest.raises(AssertionError, match="on its way"):
        net.run()
