"""Members' pages answer to names of their node and to no other: a foreign name that leads here is no way in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.config import load
from tests.kit.web import visit
from tests.web.world import World
from web.guards import host_allowed, host_of

HOSTS = frozenset({"barn.example.org", "xn--wgv71a.example"})
OWN = [
    *("barn.example.org", "BARN.example.org:8443", "barn.example.org.", "xn--wgv71a.example"),
    *("localhost", "localhost:7400", "LOCALHOST", "127.0.0.1", "127.0.0.1:7400", "127.9.9.9", "[::1]", "[::1]:7400"),
    *("192.168.7.4:7400", "192.168.7.4"),
]  # fmt: skip
FOREIGN = [
    *("evil.example", "barn.example.org.evil.example", "evil-barn.example.org", "barn.example.org@evil.example"),
    *("evil.example/barn.example.org", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.7.5", "10.0.0.1"),
    *("", " ", "localhost, evil.example", "evil.example#localhost", "[::2]", "0.0.0.1", "2130706433", "[", "::1"),
    *("localhost:7400@evil", "sub.localhost", "barn.example.org evil"),
]  # fmt: skip


@pytest.mark.parametrize("said", OWN)
def test_c10_names_of_this_node(said: str) -> None:
    """The host of url and of hosts, this machine, and the address a request came in at, whatever the port."""
    assert host_allowed(said, "192.168.7.4", HOSTS) and host_allowed(said, "::ffff:192.168.7.4", HOSTS)


@pytest.mark.parametrize("said", FOREIGN)
def test_c10_other_names(said: str) -> None:
    """Anything else, also what only looks like one of them."""
    assert not host_allowed(said, "192.168.7.4", HOSTS)


def test_c10_a_host_is_read_without_port_case_and_brackets() -> None:
    """One spelling of each, accents as browsers send them."""
    assert host_of("grange.québec.example") == "grange.xn--qubec-csa.example"
    assert [host_of(said) for said in ("Barn.Example.org:1", "[::1]:7", "a@b", "")] == [
        "barn.example.org",
        "::1",
        None,
        None,
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World.build(tmp_path_factory.mktemp("world"), meets=False)
    yield world
    world.close()


PATHS = (
    *("/", "/sign-in", "/pitches", "/static/barnraise.css", "/nothing", "/live?topics=network"),
    *("/api/v1/pitches", "/api/v1/openapi.json", "/feeds/pitches.atom"),
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_c10_only_names_of_this_node_are_answered(world: World, path: str) -> None:
    """Every address, signed in or not, is told 421 with the setting to change, and nothing of the node's content."""
    async with visit(world.home) as site:
        for reader in (await site.browser(world.other), await site.program(world.other)):
            answer = await reader.get(
                path, headers={"Host": "evil.example:7400", "X-Forwarded-Host": "localhost"}
            )
            assert answer.status == 421 and "Set-Cookie" not in answer.headers
            assert "hosts in node.toml" in answer.text and "evil.example" in answer.text
            assert "Service design lab" not in answer.text
            known = (
                await reader.get(path, headers={"Host": "barn.example.org"}) if "live" not in path else None
            )
            assert known is None or known.status != 421


async def test_c10_health_is_told_under_any_name_and_figures_are_not(world: World) -> None:
    """Who watches a node asks by whatever name; its figures are for this machine under its own names, or by token."""
    async with visit(world.home) as site:
        stranger = site.stranger(Host="evil.example")
        assert (await stranger.get("/healthz")).status == 200
        assert (await stranger.get("/metrics")).status == 403


async def test_c10_nothing_is_done_under_a_foreign_name(world: World) -> None:
    """A form too; and the sentence is told in the reader's language."""
    async with visit(world.home) as site:
        member = await site.browser(world.other, language="fr")
        headers = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
        answer = await member.post("/settings/language", {"language": "en"}, headers=headers)
        assert answer.status == 421 and "ne répond pas au nom" in answer.text


def test_c10_settings_say_which(tmp_path: Path) -> None:
    """``hosts`` is a list of names like every other list of settings."""
    assert load(tmp_path, {"BARNRAISE_HOSTS": "barn.example.org,intranet"}, {}).hosts == (
        "barn.example.org",
        "intranet",
    )
