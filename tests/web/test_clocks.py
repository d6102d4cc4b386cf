"""A node whose clock is years ahead puts nothing on top of anybody's lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.views import rebuild, state_hash
from tests.kit.web import DAY, Site, visit
from tests.web.world import World

ONLY = {"pitches": "opportunity=reading-group&"}  # others wait for a date
YEARS: int = 5 * 365 * DAY
MADE: dict[str, dict[str, Any]] = {
    "artifacts": {
        "type": "artifact.publish", "kind": "note", "title": {"en": "Note"}, "body": {"en": "Words."},
        "licence": "CC-BY-4.0", "evidence": "opinion",
    },
    "pitches": {"type": "pitch.open", "title": {"en": "Lab"}, "why": {"en": "To learn."}, "opportunity": "reading-group"},
    "circles": {"type": "circle.found", "name": {"en": "Forms"}, "purpose": {"en": "Better forms."}},
    "issues": {"type": "issue.raise", "title": {"en": "Forms are long"}, "text": {"en": "Too long."}},
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path, meets=False)
    yield world
    world.close()


def ahead(world: World, content: dict[str, Any]) -> str:
    """What the other organisation says while its clock is years ahead; it is carried here."""
    world.away.later(YEARS)
    made = str(world.away.publish_now(world.giver, content).id)
    world.away.later(-YEARS)
    world.away.carry(world.home)
    return made


def after(world: World, content: dict[str, Any]) -> str:
    """What is said here a minute later by the right clock."""
    world.home.later(60_000)
    return str(world.home.publish_now(world.owner, content).id)


async def first(site: Site, world: World, path: str, limit: int = 2) -> list[str]:
    program = await site.program(world.other)
    return [item["id"] for item in (await program.get(f"{path}limit={limit}")).json()["items"]]


@pytest.mark.parametrize("what", MADE)
async def test_c9_newest_is_by_when_it_came_where_a_clock_is_ahead(world: World, what: str) -> None:
    """Lists, their cursors and feeds put what claims to be of 2031 where it came, and stay in step with the hash."""
    later, now, only = ahead(world, MADE[what]), after(world, MADE[what]), ONLY.get(what, "")
    async with visit(world.home) as site:
        assert await first(site, world, f"/api/v1/{what}?{only}") == [now, later]
        program = await site.program(world.other)
        page = (await program.get(f"/api/v1/{what}?{only}limit=1")).json()
        then = (await program.get(f"/api/v1/{what}?{only}limit=1&cursor={page['next']}")).json()
        assert [one["id"] for one in (*page["items"], *then["items"])] == [now, later]
    before = world.home.read_now(state_hash)
    world.home.write_now(lambda tx: rebuild(tx, world.home.node))
    world.home.carry(world.away)
    assert world.home.read_now(state_hash) == before == world.away.read_now(state_hash)
    async with visit(world.home) as site:
        assert await first(site, world, f"/api/v1/{what}?{only}") == [now, later]


async def test_c9_what_is_said_of_an_object_is_in_the_order_it_came(world: World) -> None:
    """Comments, updates and pledges: the newest few are not those of the clock that is ahead."""
    pitch = world.ids["pitch"]
    comment = {"type": "comment", "on": pitch, "text": {"en": "Words."}}
    pledge = {
        "type": "pledge.offer", "pitch": pitch, "kind": "review", "quantity": 1, "unit": "hour", "text": {"en": "Mine"},
        "conflict": "none", "show": "named",
    }  # fmt: skip
    said = ahead(world, comment)
    offered = ahead(world, pledge)
    answered = after(world, comment)
    world.home.later(60_000)
    gave = str(world.home.publish_now(world.other, pledge).id)
    async with visit(world.home) as site:
        program = await site.program(world.owner)
        pledges = [item["id"] for item in (await program.get("/api/v1/pledges?role=owner")).json()["items"]]
        assert pledges.index(gave) < pledges.index(offered)
        page = (await (await site.browser(world.owner)).get(f"/pitches/{pitch}")).text
        assert page.index(said) < page.index(answered)


async def test_c9_a_feed_and_home_put_the_right_clock_first(world: World) -> None:
    """Feeds and what Home tells follow the same order; nothing says it was changed in 2031."""
    later, now = ahead(world, MADE["pitches"]), after(world, MADE["pitches"])
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        feed = (await browser.get("/feeds/pitches.atom")).text
        assert feed.index(now) < feed.index(later)
        assert "2032-" not in feed and "2031-" not in feed
        organisation = (await browser.get(f"/organisations/{world.away.node}")).text
        assert later in organisation and "2032" not in organisation
