"""The history of the demo, told day by day by its members.

Law: stories run beside each other within a day, the steps of one story after each other; nobody answers what has not
reached her own node yet: every record waits until the one it speaks of is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from aiohttp import ClientSession

from node.demo.almanac import Almanac
from node.demo.members import Member, await_entry, has_file, look, say, upload
from node.demo.processes import until
from node.demo.stories import Step, Story, content

SETTLE_SECONDS: Final = 90.0
PITCH: Final = "pitch"


class Told(NamedTuple):
    """What came of a story: ids and authors by the names its steps gave."""

    ids: dict[str, str]
    authors: dict[str, str]


class Private(NamedTuple):
    """A restricted record and the members it is between."""

    entry: str
    parties: frozenset[str]


class Telling:
    """``members`` by node.member; ``step`` is called after each record."""

    def __init__(
        self, web: ClientSession, members: Mapping[str, Member], almanac: Almanac, step: Callable[[], None]
    ) -> None:
        self._web, self._members, self._almanac, self._step = web, members, almanac, step
        self._cards = {who: member.id for who, member in members.items()}
        self.blobs: list[str] = []
        self.privates: list[Private] = []

    async def tell(self, stories: Sequence[Story]) -> dict[str, Told]:
        """Have everything happen, oldest day first; what came of each story by its title."""
        told = {story.title: Told({}, {}) for story in stories}
        for day in sorted({step.day for story in stories for step in story.steps}):
            self._almanac.turn_to(day)
            await asyncio.gather(*(self._day(story, told[story.title], day) for story in stories))
        return told

    async def _day(self, story: Story, told: Told, day: int) -> None:
        for step in story.steps:
            if step.day == day:
                await self._say(step, told)
                self._step()

    async def _say(self, step: Step, told: Told) -> None:
        member = self._members[step.who]
        for name in step.names:
            if told.authors[name].partition(".")[0] != step.node:
                await await_entry(self._web, member, told.ids[name])
        blobs = [await upload(self._web, member, said) for said in step.say.get("blobs", ())]
        self.blobs += [blob["hash"] for blob in blobs]
        self._almanac.tick()
        made = content(step.say, self._almanac.today, told.ids, self._cards, blobs)
        entry = await say(self._web, member.child, member.token, made)
        if step.name:
            told.ids[step.name], told.authors[step.name] = entry, step.who
        await self._note_private(step, entry, member, told)

    async def _note_private(self, step: Step, entry: str, member: Member, told: Told) -> None:
        """Remember a record that only some may read, to see later that all of them can."""
        found = await look(self._web, member, f"entries/{entry}")
        if found["restricted"]:
            self.privates.append(Private(entry, frozenset({step.who, *self._readers(step, told)})))

    def _readers(self, step: Step, told: Told) -> set[str]:
        """Whom a restricted record is for besides its author."""
        kind = step.say["type"]
        if kind == "idp":
            return set()
        if kind == "invite":
            return {str(step.say["to"]).removeprefix("#")}
        if kind == "report":
            node = told.authors[str(step.say["on"]).removeprefix("$")].partition(".")[0]
            return {who for who in self._members if who.startswith(f"{node}.") and self._at_desk(who)}
        return {told.authors[name] for name in (*step.names, PITCH) if name in told.authors}

    def _at_desk(self, who: str) -> bool:
        return self._members[who].actor.role in ("steward", "operator")


async def settle(
    web: ClientSession, members: Mapping[str, Member], blobs: Sequence[str], privates: Sequence[Private]
) -> None:
    """Wait until every node holds everything: equal state, whole files, private records at both ends."""
    each = list({member.child.organisation.key: member for member in members.values()}.values())
    failed = f"the nodes did not come to hold the same within {SETTLE_SECONDS:.0f} s."
    await until(lambda: _same(web, each, blobs), failed, SETTLE_SECONDS)
    pairs = ((members[who], private.entry) for private in privates for who in private.parties)
    await asyncio.gather(*(await_entry(web, member, entry) for member, entry in pairs))


async def _same(web: ClientSession, members: Sequence[Member], blobs: Sequence[str]) -> bool:
    hashes = await asyncio.gather(*(look(web, member, "state_hash") for member in members))
    if len({answer["state_hash"] for answer in hashes}) > 1:
        return False
    sizes = await asyncio.gather(*(look(web, member, "network") for member in members))
    feeds = [{(feed["node"], feed["size"], feed["gaps"]) for feed in answer["feeds"]} for answer in sizes]
    if any(held != feeds[0] for held in feeds) or any(gaps for _, _, gaps in chain(*feeds)):
        return False
    return all(await asyncio.gather(*(has_file(web, member, blob) for member in members for blob in blobs)))
