"""Organisations of a small world: real node processes with members, and programs that speak for them.

with organisations(folder, ("Ministry", "CA-BC", "ministry"), …) as (a, b, c):    a line a–b–c, paired
    analyst = a.member("Policy analyst")          an account with a card, and a token for it
    pitch = analyst.say("pitch.open", …)          durable when it returns
    until(lambda: clerk.get(f"/pitches/{pitch}"))
"""

from __future__ import annotations

import itertools
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from node import config
from node.founding import Profile, found
from tests.kit.nodes import DEADLINE, Process

T = TypeVar("T")
TAGS = ("en", "fr")


def until(look: Callable[[], T], what: str = "") -> T:
    """Look until something true is seen, and give it. AssertionError after the deadline."""
    end = time.monotonic() + DEADLINE
    while not (seen := look()):
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.05)
    return seen


class Program:
    """A member's program: her token against the HTTP API of her node."""

    def __init__(self, node: Process, member: str) -> None:
        self.member = member
        self._base = f"http://{node.facts['web']}/api/v1"
        self._token = node.command("token.create", member=member)["token"]

    def get(self, path: str) -> Any:
        """The JSON of an address; None when it is not here."""
        return self._ask(path, None)

    def say(self, record: str, **fields: Any) -> str:
        """Publish a record; its id. AssertionError with the answer when it is refused."""
        return str(self._ask("/records", json.dumps({"type": record, **fields}).encode())["id"])

    def upload(self, name: str, body: bytes, media_type: str) -> dict[str, Any]:
        """Put a file here; what a record says of it."""
        made = self._ask("/blobs", body, media_type)
        return {"hash": made["hash"], "size": made["size"], "media_type": media_type, "name": name}

    def _ask(self, path: str, body: bytes | None, media_type: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": media_type}
        request = urllib.request.Request(self._base + path, body, headers)  # noqa: S310 - our own http address
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == 404, (error.code, error.read().decode())
            return None


class Organisation:
    """A running node with members: ``name`` in both languages, ``node`` its id, ``url`` its pages."""

    def __init__(self, process: Process, name: str) -> None:
        self.process, self.name = process, name
        self.node, self.url = process.facts["node"], process.facts["url"]
        self._members = itertools.count(1)

    def member(self, name: str, *, role: str = "member", lang: str = "en") -> Program:
        """A new account whose card is published; a number makes its name one of its own."""
        name = f"{name} {next(self._members)}"
        made = self.process.command("member.add", name=name, role=role, lang=lang)
        return Program(self.process, made["id"])

    def errors(self) -> list[str]:
        """What its log calls errors."""
        lines = [
            json.loads(line) for line in self.process.log.read_text("utf-8").splitlines() if line[:1] == "{"
        ]
        return [str(line) for line in lines if line["level"] == "error"]

    def sign_in_link(self, member: str) -> str:
        """A link that signs this member in once."""
        return str(self.process.command("member.invite", member=member)["link"])

    def invite(self, role: str = "member") -> str:
        """A link that makes one account."""
        return str(self.process.command("member.invite", role=role)["link"])


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _connected(guest: Organisation, host: Organisation) -> bool:
    peers = guest.process.command("peer.list")["peers"]
    return any(peer["node"] == host.node and peer["state"] == "connected" for peer in peers)


@contextmanager
def organisations(
    folder: Path, *facts: tuple[str, str, str], clock: Path | None = None
) -> Iterator[list[Organisation]]:
    """Running nodes in a line, each paired with the next; ``facts``: name, jurisdiction, kind of each; ``clock``: a
    file with the instant they all take for now.

    Their profiles say where they are reached, so that what is private goes straight to its one reader and a link from
    elsewhere opens at home.
    """
    with ExitStack() as running:
        line = [
            Organisation(
                running.enter_context(_node(folder / f"node-{number}", Profile(*fact, None, TAGS), clock)),
                fact[0],
            )
            for number, fact in enumerate(facts)
        ]
        meet(line)
        yield line


def meet(line: list[Organisation]) -> None:
    """Pair each with the next."""
    for host, guest in itertools.pairwise(line):
        guest.process.command("peer.add", code=host.process.command("peer.invite")["code"])
        until(lambda guest=guest, host=host: _connected(guest, host), f"{guest.name} meets {host.name}")


@contextmanager
def _node(data: Path, profile: Profile, clock: Path | None) -> Iterator[Process]:
    place, port = f"127.0.0.1:{free_port()}", free_port()
    found(data, profile, url=f"http://localhost:{port}")
    config.save(data, replace(config.load(data, {}, {}), addresses=(place,)))
    flags = ("--clock", str(clock)) if clock else ()
    process = Process(data, *flags, peer=place, web=f"127.0.0.1:{port}")
    try:
        yield process
    finally:
        process.stop()
