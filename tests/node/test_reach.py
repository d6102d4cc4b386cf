"""Where this node may be sent by what other nodes say: addresses of profiles and of neighbours are judged before a dial."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from node.config import Bind, Settings
from node.profile import reach_here
from node.reach import Reach, Scope, reach_of, scope_of
from node.shelf import learned_places
from node.transport import MeetingFailed, Place
from protocol.ids import NodeId
from protocol.limits import MAX_PUBLISHED
from store import peers, reached
from tests.kit.nodes import Neighbour, neighbours, until
from tests.node.test_proxy import tls_proxy

OTHER = NodeId("b" * 32)
ALL = "0.0.0.0"  # noqa: S104 - a listener on all interfaces, judged and not bound
OPEN = Reach(loopback=True, private=True)
NEVER = [
    *("169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254"),  # link-local
    *(ALL, "0.1.2.3", "::", "255.255.255.255", "240.0.0.1", "224.0.0.251", "ff02::fb"),
    *("2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1", "::7f00:1", "2001:0:7f00:1::", "5f00::1", "100::1"),
    *("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"),  # clouds about their machines
]
PRIVATE = [
    "10.0.0.1",
    "172.16.9.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd12::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "198.18.0.1",
]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
PUBLIC = ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize(
    ("addresses", "scope"),
    [(NEVER, Scope.NEVER), (PRIVATE, Scope.PRIVATE), (LOOPBACK, Scope.LOOPBACK), (PUBLIC, Scope.GLOBAL)],
)
def test_d3_every_kind_of_address_has_its_scope(addresses: list[str], scope: Scope) -> None:
    """Link-local never, also in the forms that hide one address in another."""
    assert {address: scope_of(address) for address in addresses} == dict.fromkeys(addresses, scope)
    for address in addresses:
        assert OPEN.may(address, 7401) == (scope is not Scope.NEVER)
        assert Reach().may(address, 7401) == (scope is Scope.GLOBAL)


def test_d3_only_ports_of_peers() -> None:
    """No mail, shell or directory server is spoken to because a profile says so."""
    assert [port for port in (22, 25, 80, 389, 443, 1024, 7401) if Reach().may("1.1.1.1", port)] == [
        80,
        443,
        1024,
        7401,
    ]


@pytest.mark.parametrize(
    ("listener", "known", "setting", "reach"),
    [
        (ALL, [], False, Reach()),
        ("127.0.0.1", [], False, Reach(loopback=True)),
        ("localhost", [], False, Reach(loopback=True)),
        (ALL, ["barn.example.org", "8.8.8.8"], False, Reach()),
        ("10.1.1.1", [], False, Reach(private=True)),
        ("::", ["fd12::1"], False, Reach(private=True)),
        (ALL, [], True, Reach(private=True)),
        (ALL, ["127.0.0.1"], False, Reach()),
    ],
)
def test_d3_where_this_node_is_decides(listener: str, known: list[str], setting: bool, reach: Reach) -> None:
    """Loopback only beside a loopback listener; private networks only with an address or a peer in one, or the setting."""
    assert reach_of(listener, known, private=setting) == reach


def test_d3_own_and_pinned_addresses_count_those_of_profiles_do_not(tmp_path: Path) -> None:
    """What the operator named opens private networks; a profile cannot."""
    node = Neighbour(tmp_path)
    everywhere = Bind(ALL, 7401)

    def private() -> bool:
        return bool(node.read(lambda db: reach_here(db, Settings(), everywhere, met_private=False)).private)

    assert not private()
    node.write(lambda tx: reached.give(tx, "10.1.2.3:7401", "invite"))
    assert private()
    node.write(lambda tx: reached.withhold(tx, "10.1.2.3:7401", True))
    assert not private()
    node.write(lambda tx: peers.pin(tx, OTHER, ["192.168.7.7:7401"]))
    assert private()
    node.close()


def test_d3_at_most_eight_addresses_of_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may cost a dial; what may not be dialled is left out before."""
    node = Neighbour(tmp_path)
    said = ["127.0.0.1:7401", "10.0.0.1:7401", *(f"barn-{n}.example.org:7401" for n in range(20)), "nonsense"]
    monkeypatch.setattr("node.shelf.profiles.addresses", lambda _db, _node: said)
    found = node.read(lambda db: learned_places(db, OTHER, Reach()))
    assert [place.host for place in found] == [f"barn-{n}.example.org" for n in range(MAX_PUBLISHED - 2)]
    assert all(place.learned for place in found)
    node.close()


@asynccontextmanager
async def canary(answer: Any = None) -> AsyncIterator[tuple[Place, list[str]]]:
    """A server on this machine that notes who asks."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return answer(request) if answer else web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield Place(host, port), asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example.org", "0x7f000001", "localhost"])
async def test_d3_a_name_is_judged_by_what_it_leads_to(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connected to is the address that was judged: a name cannot lead elsewhere the second time it is asked."""
    async with neighbours(tmp_path, 1) as (node,), canary() as (there, asked):
        loop = asyncio.get_running_loop()
        lookup = loop.getaddrinfo

        async def rebound(name: str, port: int, **more: Any) -> Any:
            return await lookup("127.0.0.1" if name == "evil.example.org" else name, port, **more)

        monkeypatch.setattr(loop, "getaddrinfo", rebound)
        node.network.transport._reach = Reach
        with pytest.raises(MeetingFailed) as failed:
            await node.network.transport.dial(OTHER, Place(host, there.port, learned=True))
        assert (failed.value.code, asked) == ("address-refused", [])
        node.network.transport._reach = lambda: Reach(loopback=True)
        with pytest.raises(MeetingFailed) as failed:
            await node.network.transport.dial(OTHER, Place(host, there.port, learned=True))
        assert (failed.value.code, failed.value.answered, asked) == ("unreachable", True, ["/peer"])


async def test_d3_a_peer_sends_this_node_nowhere_else(tmp_path: Path) -> None:
    """A redirect is not followed, also not that of a pinned peer."""
    async with neighbours(tmp_path, 1) as (node,), canary() as (inside, asked):

        def elsewhere(_request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"http://{inside}/admin"})

        async with canary(elsewhere) as (there, _):
            with pytest.raises(MeetingFailed):
                await node.network.transport.dial(OTHER, there)
        assert asked == []


async def test_e4_an_address_of_a_profile_may_speak_tls(tmp_path: Path) -> None:
    """A profile does not say whether TLS is spoken: where something else answers, it is tried."""
    async with neighbours(tmp_path, 2) as (a, b), tls_proxy(tmp_path, a.place) as proxy:
        b.write(lambda tx: peers.pin(tx, a.node))
        a.write(lambda tx: peers.pin(tx, b.node))
        said = proxy._replace(tls=False, learned=True)
        target = (await b.network._targets())[0]._replace(places=(said,))
        link = await b.network.dialler.reach(target)
        assert link.address == str(proxy)
        b.network._keep(link)
        await until(lambda: a.node in b.network.switchboard.links)


async def test_e4_where_a_peer_comes_in_is_published_if_it_came_by_itself(tmp_path: Path) -> None:
    """The listener's own address counts when a peer used it: not behind a proxy, not from another kind of network."""
    async with neighbours(tmp_path, 1) as (node,):
        told: list[str] = []
        transport = node.network.transport
        transport._arrived = told.append  # type: ignore[method-assign]

        class Came:
            def __init__(self, local: str, remote: str) -> None:
                self.remote, self.transport = remote, self
                self.local = local

            def get_extra_info(self, _name: str) -> tuple[str, int]:
                return self.local, 7401

        class Peer:
            pinned = True

            def __init__(self, address: str) -> None:
                self.address = address

        for local, remote, address in [
            ("10.0.0.5", "10.0.0.9", "10.0.0.9"),  # a neighbour of the same network
            ("10.0.0.6", "8.8.8.8", "8.8.8.8"),  # a router passes it on: nobody else reaches 10.0.0.6
            ("10.0.0.7", "10.0.0.1", "8.8.8.8"),  # a proxy stands before it
            ("127.0.0.1", "127.0.0.1", "127.0.0.1"),  # a proxy on this machine, for all we know
            ("::ffff:8.8.4.4", "::ffff:1.1.1.1", "::ffff:1.1.1.1"),
        ]:
            transport._look_where(Came(local, remote), Peer(address))  # type: ignore[arg-type]
        assert told == ["10.0.0.5:7401", "8.8.4.4:7401"]
