"""The network page and a record's way: who is where, who holds what, and nothing about what is private."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.ids import NodeId, parse_entry
from store import peers
from store.reading import feed_states
from store.rows import entry_key
from tests.kit.html import Page, faults
from tests.kit.web import visit
from tests.web.world import World
from web.live import watched
from web.pages.network_picture import MOST, NAMED, Picture, picture
from web.port import OwnAddress, PeerStatus

FAR = NodeId("f" * 32)
NEW = {
    "type": "pitch.open",
    "title": {"en": "On its way"},
    "why": {"en": "To see it go."},
    "opportunity": "course",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


def drawn(near: int, far: int, *, down: int = 0) -> Picture:
    nodes = [NodeId(letter * 32) for letter in "abcdefghijklmnopqrstuvwxyz234567"]
    words = {"en": "Department of Long and Winding Names"}
    statuses = [
        PeerStatus(node, words, "offline" if at < down else "connected", "out", 0, None, None)
        for at, node in enumerate(nodes[1 : near + 1])
    ]
    names = dict.fromkeys(nodes[1 : near + far + 1], "Department of Long and Winding Names")
    return picture(nodes[0], "Ministry of Public Services", statuses, names)


@pytest.mark.parametrize(("near", "far"), [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2), (3, 5), (8, 0), (0, 7)])
def test_names_are_whole_and_no_two_meet(near: int, far: int) -> None:
    shown = drawn(near, far)
    assert len(shown.dots) == near + far and len(shown.links) == near
    boxes = []
    for dot in (shown.own, *shown.dots):
        broad = 8.2 * max(map(len, dot.lines))
        top, bottom = dot.label_y - 13, dot.label_y + 18 * (len(dot.lines) - 1) + 4
        assert dot.x - broad / 2 >= 0 and dot.x + broad / 2 <= shown.width, dot
        assert top >= 0 and bottom <= shown.height, dot
        boxes.append((dot.x - broad / 2, top, dot.x + broad / 2, bottom))
    if near + far <= 6:
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart, (one, other)


def test_past_a_number_others_are_dots_and_the_table_has_them() -> None:
    shown = drawn(3, NAMED)
    assert {dot.kind for dot in shown.dots if dot.lines} == {"connected"}
    assert not [dot for dot in drawn(NAMED + 1, 2).dots if dot.lines]
    assert len(drawn(0, 31).dots) == min(31, MOST)


def test_nodes_keep_their_place_when_a_line_goes_down() -> None:
    up, down = drawn(3, 2), drawn(3, 2, down=2)
    assert [(dot.x, dot.y) for dot in up.dots] == [(dot.x, dot.y) for dot in down.dots]
    assert [dot.kind for dot in down.dots].count("waiting") == 2


async def test_the_page_says_who_holds_what_of_ours(world: World) -> None:
    home, away = world.home, world.away
    feed = home.store.own.feed
    size = home.read_now(feed_states)[feed].size
    home.write_now(lambda tx: peers.holds(tx, away.node, [(feed, 1)]))
    home.later(1_000)
    home.write_now(lambda tx: peers.holds(tx, away.node, [(feed, size - 2)]))
    home.write_now(lambda tx: peers.knock(tx, FAR, "192.0.2.9"))
    home.write_now(lambda tx: peers.dialled(tx, away.node, "refused"))
    async with visit(home) as site:
        for language, words in (("en", f"{size - 2} of {size}"), ("fr", f"{size - 2} sur {size}")):
            answer = await (await site.browser(world.owner, language=language)).get("/network")
            assert (
                answer.text.count(words) == 2 and faults(answer.text) == []
            )  # in the list and in the peers' row
        topics = Page(answer.text).all("main")[0].get("data-topics")
        assert f"held:{feed}" in watched([topics])
        member = (await (await site.browser(world.owner)).get("/network")).text
        operator = (await (await site.browser(world.operator)).get("/network")).text
    assert "192.0.2.9" in operator and "192.0.2.9" not in member
    assert "Last trouble" in operator and "Last trouble" not in member


async def test_a_member_sees_when_a_record_came_where(world: World) -> None:
    home, away, feed = world.home, world.away, world.home.store.own.feed
    made = home.publish_now(world.owner, NEW)
    page, call = f"/pitches/{made.id}", f"/api/v1/pitches/{made.id}"

    def says(size: int) -> None:
        home.later(7_000)
        home.write_now(lambda tx: peers.holds(tx, away.node, [(feed, size)]))

    async with visit(home) as site:
        browser, program = await site.browser(world.owner), await site.program(world.owner)
        young = Page((await browser.get(page)).text)
        assert f"held:{feed}" in watched([young.all("main")[0].get("data-topics")])
        for size in (made.id.index, made.id.index + 1):
            await asyncio.to_thread(says, size)
        answer = await browser.get(page)
        shown, travel = Page(answer.text), (await program.get(call)).json()["held_by"]["travel"]
    assert faults(answer.text) == []
    assert "held:" not in shown.all("main")[0].get("data-topics")  # everybody known here holds it
    assert [(leg["node"], leg["how"]) for leg in travel] == [(home.node, "here"), (away.node, "told")]
    assert travel[1]["at"] - travel[0]["at"] == 14_000
    times = [time.text for time in shown.all("time") if any("ticks" in one.get("class") for one in time.path)]
    assert times == ["4:00:00 a.m.", "4:00:14 a.m."]


async def test_the_way_of_what_is_private_is_for_those_it_is_between(world: World) -> None:
    away = world.away
    entry = parse_entry(world.ids["money"])
    key = away.read_now(lambda db: entry_key(db, entry))
    away.write_now(lambda tx: peers.owe(tx, key, [world.home.node]))
    async with visit(away) as site:
        giver, adviser = await site.program(world.giver), await site.program(world.adviser)
        first = (await giver.get(f"/api/v1/pledges/{entry}")).json()["held_by"]
        await asyncio.to_thread(
            away.write_now, lambda tx: peers.acked(tx, world.home.node, entry.feed, [entry.index])
        )
        then = (await giver.get(f"/api/v1/pledges/{entry}")).json()["held_by"]
        for address in (f"/api/v1/pledges/{entry}", f"/pledges/{entry}"):
            assert (await adviser.get(address)).status == 404
        network = (await (await site.browser(world.adviser)).get("/network")).text
    assert [leg["node"] for leg in first["travel"]] == [away.node]
    assert [one["node"] for one in first["not_yet_at"]] == [world.home.node]
    assert [(leg["node"], leg["at"]) for leg in then["travel"]][1] == (world.home.node, away.now)
    assert "private entr" not in network


async def test_e4_the_operator_sees_what_is_published_and_can_refuse(world: World) -> None:
    """Where this node is reached, and a button that takes an address out of the profile and back."""
    world.home.addresses = [
        OwnAddress("barn.example.org:7401", "settings", True, False),
        OwnAddress("10.0.0.5:7401", "invite", True, False),
    ]
    async with visit(world.home) as site:
        operator = await site.browser(world.operator)
        page = await operator.get("/network")
        assert faults(page.text) == []
        assert "barn.example.org:7401" in page.text and "10.0.0.5:7401" in page.text
        assert (await operator.post("/network/address", {"address": "10.0.0.5:7401"})).location == "/network"
        assert world.home.addresses[1].withheld
        assert "Publish it<" in (await operator.get("/network")).text
        await operator.post("/network/address", {"address": "10.0.0.5:7401", "publish": "1"})
        assert world.home.addresses[1].published
        world.home.addresses = []
        assert "No address of this node is known" in (await operator.get("/network")).text
        member = await site.browser(world.other)
        assert "Where this node is reached" not in (await member.get("/network")).text
        assert (await member.post("/network/address", {"address": "10.0.0.5:7401"})).status == 403


async def test_e4_the_givers_page_says_that_no_address_is_known(world: World) -> None:
    """A private record that nothing will carry says so on its page, in both languages, until an address is known."""
    away, entry = world.away, parse_entry(world.ids["money"])
    key = away.read_now(lambda db: entry_key(db, entry))
    away.write_now(lambda tx: peers.owe(tx, key, [world.home.node]))
    async with visit(away) as site:
        program = await site.program(world.giver)
        browser = await site.browser(world.giver)

        async def told() -> list[str]:
            return [
                one["node"]
                for one in (await program.get(f"/api/v1/pledges/{entry}")).json()["held_by"]["no_address"]
            ]

        assert await told() == [world.home.node]
        page = (await browser.get(f"/pledges/{entry}")).text
        assert faults(page) == [] and "cannot be reached: no address known" in page
        french = await site.browser(world.giver, language="fr")
        assert "aucune adresse connue" in (await french.get(f"/pledges/{entry}")).text
        await asyncio.to_thread(
            away.write_now, lambda tx: peers.pin(tx, world.home.node, ["barn.example.org:7401"])
        )
        assert await told() == []
        assert "no address known" not in (await browser.get(f"/pledges/{entry}")).text
