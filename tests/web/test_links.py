"""A link from elsewhere: title and organisation for anybody, then home, by the reader's own choice; public pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from protocol.ids import NodeId
from store import peers
from tests.kit.html import faults
from tests.kit.web import House, visit
from tests.web.world import World
from web.linked_data import block
from web.pages.places import HOME_COOKIE


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    world = World.build(folder)
    third = House.open(folder, number=3, name={"en": "Institute"}, web="https://barn.institute.example/")
    odd = House.open(folder, number=4, name={"en": "Odd"}, web="https://odd.example/?to=elsewhere")
    for house in (third, odd):
        house.carry(world.home)
        world.ids[f"node-{house.node[:4]}"] = house.node
    world.ids |= {"third": third.node, "odd": odd.node}
    yield world
    third.close()
    odd.close()
    world.close()


async def test_a_stranger_is_told_title_and_organisation_and_no_more(world: World) -> None:
    async with visit(world.home) as site:
        stranger = await site.browser()
        page = (await stranger.get(f"/go/{world.ids['pitch']}")).text
        assert "Service design lab, Halifax" in page and "Ministry of Citizens" in page
        assert "one applicant in three" not in page and "Policy analyst" not in page
        for name in ("money", "owner"):
            hidden = await stranger.get(f"/go/{world.ids[name]}")
            assert hidden.status == 200 and "This link opens at home" in hidden.text
            assert "Policy analyst" not in hidden.text
        french = await site.browser(language="fr")
        assert "Labo de design de services" in (await french.get(f"/go/{world.ids['pitch']}")).text


async def test_the_reader_chooses_and_her_choice_is_kept(world: World) -> None:
    wanted, node = world.ids["pitch"], world.ids["third"]
    async with visit(world.home) as site:
        reader = await site.browser()
        assert f"/go/{wanted}?at={node}" in (await reader.get(f"/go/{wanted}")).text
        shown = await reader.get(f"/go/{wanted}?at={node}")
        assert shown.status == 200 and not shown.location and "Set-Cookie" not in shown.headers
        assert "barn.institute.example" in shown.text and faults(shown.text) == []
        assert (
            "form-action 'self' https://barn.institute.example;" in shown.headers["Content-Security-Policy"]
        )
        led = await reader.post(f"/go/{wanted}", {"at": node})
        assert (led.status, led.location) == (303, f"https://barn.institute.example/go/{wanted}")
        assert HOME_COOKIE in led.headers["Set-Cookie"] and "HttpOnly" in led.headers["Set-Cookie"]
        again = (await reader.get(f"/go/{wanted}")).text
        assert "Open at Institute" in again and "Choose another organisation" not in again


async def test_d4_no_bare_link_leads_elsewhere(world: World) -> None:
    """Neither a link nor a page of somebody else's sends a browser to an address a node publishes, or is remembered."""
    wanted, node = world.ids["pitch"], world.ids["third"]
    async with visit(world.home) as site:
        for reader in (await site.browser(), await site.browser(world.other)):
            for method in ("GET", "HEAD"):
                answer = await reader.ask(method, f"/go/{wanted}?at={node}")
                assert "institute" not in (answer.location or "") and "Set-Cookie" not in answer.headers
        foreign = site.stranger(**{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
        assert (await foreign.post(f"/go/{wanted}", {"at": node})).status == 403


async def test_d4_nodes_in_doubt_and_blocked_ones_are_not_offered(world: World) -> None:
    """What contradicts itself, and whom the operator blocks, leads nowhere from here."""
    node = world.ids["third"]
    world.home.write_now(lambda tx: peers.block(tx, NodeId(node)))
    try:
        async with visit(world.home) as site:
            reader = await site.browser()
            assert node not in (await reader.get(f"/go/{world.ids['pitch']}")).text
            assert (await reader.post(f"/go/{world.ids['pitch']}", {"at": node})).status == 404
    finally:
        world.home.write_now(lambda tx: peers.remove(tx, NodeId(node)))


OUTSIDE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\tevil", "/\r\nLocation: //e",
    "javascript:alert(1)", "evil.example", "http:evil.example", " //evil.example", "/\x00/evil", "////evil.example",
)  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
async def test_d4_every_way_on_stays_here(world: World, target: str) -> None:
    """Sign-in and the language switch go on to a path of this node, whatever they are told."""
    async with visit(world.home) as site:
        member = await site.browser(world.other)
        for path in ("/sign-in", "/language/fr"):
            answer = await member.get(path, params={"to": target})
            assert answer.status == 303 and answer.location == "/"


@pytest.mark.parametrize("name", ["odd", "away", "here", "nonsense"])
async def test_nobody_is_led_where_no_profile_says(world: World, name: str) -> None:
    nodes = {
        "odd": world.ids["odd"],
        "away": world.away.node,
        "here": world.home.node,
        "nonsense": "https://evil.example",
    }
    async with visit(world.home) as site:
        reader = await site.browser()
        path, at = f"/go/{world.ids['pitch']}", {"at": nodes[name]}
        for answer in (await reader.get(path, params=at), await reader.post(path, at)):
            assert answer.status == 404 and not answer.location


async def test_a_home_that_does_not_hold_it_says_whom_to_ask(world: World) -> None:
    async with visit(world.home) as site:
        page = await (await site.browser(world.other)).get(f"/go/{world.away.node}-0-999")
        assert (
            page.status == 404
            and "City of Lethbridge" in page.text
            and "Ask who sent you the link" in page.text
        )
        assert "/report/" not in page.text, "there is nothing here to report"


async def test_public_pages_are_off_until_somebody_says_so(world: World) -> None:
    async with visit(world.home) as site:
        stranger = await site.browser()
        for path in ("/pitches", "/library", f"/pitches/{world.ids['pitch']}"):
            assert (await stranger.get(path)).location.startswith("/sign-in")


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_public_pages_tell_all_but_names(
    world: World, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(world.home, "public", True)
    async with visit(world.home) as site:
        stranger = await site.browser(language=language)  # type: ignore[arg-type]
        listed = (await stranger.get("/pitches?topic=citizen-services")).text
        assert world.ids["pitch"] in listed and world.ids["french"] not in listed
        for path in (f"/pitches/{world.ids['pitch']}", f"/go/{world.ids['pitch']}"):
            page = (await stranger.get(path)).text
            assert "one applicant in three" in page
            for name in ("Policy analyst", "Intake lead", "From our quiet", "Ask them."):
                assert name not in page
        artifact = (await stranger.get(f"/library/{world.ids['artifact']}")).text
        assert "What Halifax changed" in artifact
        hostile = (await stranger.get(f"/library/{world.ids['hostile_artifact']}")).text
        assert "<script>alert" not in hostile
        assert (await stranger.get("/library/new")).location.startswith("/sign-in")
        assert (await stranger.get("/people")).location.startswith("/sign-in")


async def test_search_engines_get_data_that_ends_no_element(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.home, "public", True)
    async with visit(world.home) as site:
        stranger = await site.browser()
        page = (await stranger.get(f"/library/{world.ids['hostile_artifact']}")).text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(found)
    assert data["@type"] == "LearningResource" and "<script>" in data["name"] and "<" not in found
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_a_block_leaves_out_what_is_empty() -> None:
    assert json.loads(block({"a": "</script>&", "b": None, "c": []})) == {"a": "</script>&"}
