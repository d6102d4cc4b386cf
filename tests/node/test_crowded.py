"""A node of its own, with few descriptors, while somebody fills its listeners."""

from __future__ import annotations

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.nodes import Process, barnraise

LIMIT = 420


class Few(Process):
    """A node whose system lets it have so many open files and not one more."""

    first = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({LIMIT // 2}, {LIMIT})); "


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Few]:
    data = tmp_path_factory.mktemp("few") / "node"
    barnraise("init", "--name", "Few", "--jurisdiction", "CA-BC", "--kind", "ministry", data=data)
    process = Few(data)
    yield process
    process.stop()


def crowd(address: str, count: int, said: bytes, stack: ExitStack) -> None:
    """So many connections from this machine that say this and no more."""
    host, _, port = address.rpartition(":")
    for _ in range(count):
        one = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
        one.sendall(said)


def page(address: str, path: str) -> float:
    """Seconds until it is there, whole."""
    began = time.monotonic()
    with urllib.request.urlopen(f"http://{address}{path}", timeout=20) as answer:
        assert answer.status == 200
        assert answer.read()
    return time.monotonic() - began


SAID = {
    "nothing": b"",
    "idle": b"GET /log/0/checkpoint HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "body": b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nold",
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("listener", ["peer", "web"])
def test_c1_a_listener_that_is_filled_takes_nothing_from_the_other_and_stays_open(
    node: Few, listener: str, said: str
) -> None:
    """Idle connections or unfinished bodies closed the peer listener, and on a shell with few open files the pages too."""
    with ExitStack() as stack:
        crowd(node.facts[listener], 300, SAID[said], stack)
        assert page(node.facts["web"], "/sign-in") < 10
        assert page(node.facts["peer"], "/log/0/checkpoint") < 10
        assert len(list(Path(f"/proc/{node.process.pid}/fd").iterdir())) < LIMIT - 100
    assert node.ask("status")["healthy"] is not None


def test_c1_the_log_of_an_attack_is_short_and_the_metrics_tell_it(node: Few) -> None:
    """The log got 46,000 lines; causes are counted."""
    with ExitStack() as stack:
        crowd(node.facts["peer"], 300, b"", stack)
        page(node.facts["peer"], "/log/0/checkpoint")
    lines = Path(node.log).read_text("utf-8").splitlines()
    assert sum("made-room" in line for line in lines) <= 60, "counted, by the minute"
    assert not any("Traceback" in line for line in lines)
    with urllib.request.urlopen(f"http://{node.facts['web']}/metrics", timeout=20) as answer:
        told = answer.read().decode()
    assert 'barnraise_peer_hangups_total{cause="made-room"}' in told
    assert "barnraise_web_connections " in told
