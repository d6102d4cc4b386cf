"""Multicast DNS as a hint: what is announced, what is believed, what is bounded. No packet leaves the machine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceInfo

from node import discovery
from node.discovery import SERVICE, Discovery, own_addresses
from node.transport import Place
from protocol.ids import NodeId, node_id
from tests.kit.nodes import until

OWN = NodeId("a" * 32)


def info(
    node: str, name: bytes = b"Ministry", addresses: tuple[str, ...] = ("192.0.2.5",)
) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        SERVICE,
        f"{node}.{SERVICE}",
        port=7401,
        properties={"node": node, "name": name},
        parsed_addresses=list(addresses),
    )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Feed announcements to a Discovery as the browser would."""
    answers: dict[str, AsyncServiceInfo] = {}

    class Answered(AsyncServiceInfo):
        def __new__(cls, _type: str, name: str) -> Any:
            return answers[name]

    async def request(_self: AsyncServiceInfo, _zeroconf: object, _timeout: float) -> bool:
        return True

    monkeypatch.setattr(AsyncServiceInfo, "async_request", request)
    monkeypatch.setattr(discovery, "AsyncServiceInfo", Answered)

    async def hear(found: Discovery, *announced: AsyncServiceInfo) -> None:
        for one in announced:
            answers[one.name] = one
            found._heard(None, SERVICE, one.name, ServiceStateChange.Added)  # type: ignore[arg-type]
        await until(lambda: not found._asking)

    return hear


async def test_a_neighbour_becomes_places_to_try(heard: Any) -> None:
    told: list[NodeId] = []
    found = Discovery(OWN, "Here", told.append)
    node = node_id(bytes(range(20)))
    await heard(found, info(node, addresses=("192.0.2.5", "192.0.2.6")))
    assert found.places(node) == (Place("192.0.2.5", 7401), Place("192.0.2.6", 7401))
    assert told == [node]
    await heard(found, info(node, addresses=("192.0.2.5", "192.0.2.6")))
    assert told == [node], "the same news twice is no news"


async def test_own_announcements_and_nonsense_are_ignored(heard: Any) -> None:
    found = Discovery(OWN, "Here", lambda _: None)
    await heard(found, info(OWN), info("not-a-node-id"), info("b" * 31))
    assert not found.neighbours
    assert found.places(NodeId("b" * 32)) == ()


async def test_a_name_cannot_write_to_terminals(heard: Any) -> None:
    found = Discovery(OWN, "Here", lambda _: None)
    node = node_id(bytes(range(20)))
    await heard(found, info(node, name="\x1b[2JVille d’Halifax\n".encode()))
    assert found.neighbours[node].name == "[2JVille d’Halifax"


async def test_what_is_remembered_is_bounded(heard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_NEIGHBOURS", 5)
    found = Discovery(OWN, "Here", lambda _: None)
    for number in range(9):
        await heard(found, info(node_id((number + 1).to_bytes(20, "big")), name=b"x" * 240))
    assert len(found.neighbours) == 5
    assert all(len(neighbour.name) <= 200 for neighbour in found.neighbours.values())


async def test_a_loopback_node_announces_nothing() -> None:
    found = Discovery(OWN, "Here", lambda _: None)
    await found.start("127.0.0.1", 7401)
    assert found._zeroconf is None
    await found.stop()


async def test_a_machine_without_multicast_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError("no such device")

    monkeypatch.setattr(discovery, "AsyncZeroconf", broken)
    monkeypatch.setattr(discovery, "own_addresses", lambda _: ["192.0.2.1"])
    found = Discovery(OWN, "Here", lambda _: None)
    await found.start("0.0.0.0", 7401)  # noqa: S104 - nothing is bound
    await found.stop()


def test_own_addresses() -> None:
    assert own_addresses("127.0.0.1") == own_addresses("localhost") == own_addresses("::1") == []
    assert own_addresses("192.0.2.7") == ["192.0.2.7"]
    assert not any(address.startswith("127.") for address in own_addresses("0.0.0.0"))  # noqa: S104


async def test_stop_forgets_questions_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_self: AsyncServiceInfo, _zeroconf: object, _timeout: float) -> bool:
        await asyncio.get_running_loop().create_future()
        return False

    monkeypatch.setattr(AsyncServiceInfo, "async_request", never)
    found = Discovery(OWN, "Here", lambda _: None)
    found._heard(None, SERVICE, f"x.{SERVICE}", ServiceStateChange.Added)  # type: ignore[arg-type]
    await found.stop()
    await until(lambda: not found._asking)
