"""The demo network as a whole: built once, opened as often as wanted, closed in order.

Law: a folder holds a finished demo (``demo.json``) or none; one half built is never opened. Nothing is left behind of a
temporary one. Source: OPERATIONS ``demo``.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from aiohttp import ClientSession, ClientTimeout

from node.demo import founding
from node.demo.almanac import Almanac
from node.demo.cast import organisations
from node.demo.members import Member
from node.demo.processes import Child, DemoFailed, stop_all, while_up
from node.demo.stories import Story, stories
from node.demo.telling import Private, Telling, settle

FILE: Final = "demo.json"
CLOCK: Final = "clock"
BEGINS: Final = -180  # days before the first pitch everybody has met
ANSWER_SECONDS: Final = 60
WORDS: Final = (
    *("larch", "ferry", "lantern", "gravel", "heron", "orchard", "kettle", "canoe", "thistle", "harbour"),
    *("saddle", "quilt", "maple", "beacon", "barley", "cedar", "drift", "meadow", "pebble", "willow"),
    *("anvil", "bramble", "copper", "dory", "ember", "fiddle", "granary", "hollow", "juniper", "loom"),
)


class Teller(Protocol):
    """Who is told how far the demo is."""

    def stage(self, what: str, steps: int) -> None:
        """Something of so many steps begins."""
        ...

    def step(self) -> None:
        """One more is done."""
        ...


@dataclass(frozen=True, slots=True)
class Demo:
    """An open demo: its nodes in the order of the line, its members, the pitches of its stories by title."""

    children: tuple[Child, ...]
    members: tuple[Member, ...]
    links: Mapping[str, str]
    pitches: Mapping[str, str]
    password: str

    def ready(self) -> dict[str, Any]:
        """What ``--ready-file`` says."""
        return {"nodes": [self._node(child) for child in self.children]}

    def _node(self, child: Child) -> dict[str, Any]:
        members = [member for member in self.members if member.child is child]
        return {
            "name": child.organisation.title,
            "node_id": child.node,
            "web": child.url,
            "peer": child.address,
            "data": str(child.folder),
            "members": [
                {
                    "name": member.actor.name,
                    "role": member.actor.role,
                    "token": member.token,
                    "sign_in": self.links[member.who],
                }
                for member in members
            ],
        }


@asynccontextmanager
async def opened(data: Path | None, count: int, teller: Teller) -> AsyncIterator[Demo]:
    """The demo, up and the same everywhere. DemoFailed says what is in the way."""
    root = await asyncio.to_thread(_root, data)
    saved = await asyncio.to_thread(_saved, root)
    children: list[Child] = []
    try:
        async with ClientSession(timeout=ClientTimeout(ANSWER_SECONDS)) as web:
            build = _Build(web, root, teller, children)
            yield await (build.again(saved) if saved else build.anew(count, temporary=data is None))
    finally:
        await stop_all(children)
        if data is None:
            await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)


def write_ready(path: Path, demo: Demo) -> None:
    """Write the file that says the demo is ready, whole or not at all; only its owner may read the tokens."""
    _write_private(path, demo.ready())


def _write_private(path: Path, value: Any) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
    new.replace(path)


def _root(data: Path | None) -> Path:
    if data is None:
        return Path(tempfile.mkdtemp(prefix="barnraise-demo-"))
    data.mkdir(parents=True, exist_ok=True)
    return data.absolute()


def _saved(root: Path) -> dict[str, Any] | None:
    path = root / FILE
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found
    if any(root.iterdir()):
        raise DemoFailed(
            f"{root} holds something else or a demo that was never finished. Choose another folder."
        )
    return None


class _Build:
    """Making a demo, or opening one again. ``children`` is the caller's list: who is in it gets stopped."""

    def __init__(self, web: ClientSession, root: Path, teller: Teller, children: list[Child]) -> None:
        self._web, self._root, self._teller, self._children = web, root, teller, children

    async def anew(self, count: int, *, temporary: bool) -> Demo:
        """Found the organisations, let the story happen, come back to today."""
        cast = organisations(count)
        self._children += founding.place(self._root, cast, temporary=temporary)
        almanac = Almanac(self._root / CLOCK, BEGINS)
        password = "-".join(secrets.SystemRandom().sample(WORDS, 4))
        self._teller.stage("organisations open their nodes", 2 * count)
        links = await asyncio.gather(
            *(self._counted(founding.found(each, almanac)) for each in self._children)
        )
        return await while_up(self._children, self._live(almanac, links, password))

    async def _counted(self, work: Any) -> Any:
        result = await work
        self._teller.step()
        return result

    async def _live(self, almanac: Almanac, links: Sequence[str], password: str) -> Demo:
        await founding.pair(self._children)
        joined = (
            self._counted(founding.settle_in(self._web, child, link, password, almanac))
            for child, link in zip(self._children, links, strict=True)
        )
        members = [member for group in await asyncio.gather(*joined) for member in group]
        await founding.acquaint(self._web, members)
        told = stories(frozenset(child.organisation.key for child in self._children))
        telling = Telling(self._web, {member.who: member for member in members}, almanac, self._teller.step)
        pitches = await self._tell(telling, told)
        await self._today()
        demo = await self._open(members, pitches, password, telling.blobs, telling.privates)
        await asyncio.to_thread(almanac.path.unlink)
        await asyncio.to_thread(_write_private, self._root / FILE, _to_save(demo, telling))
        return demo

    async def _tell(self, telling: Telling, told: Sequence[Story]) -> dict[str, str]:
        self._teller.stage("half a year of pitches, pledges and knowledge", sum(len(s.steps) for s in told))
        came = await telling.tell(told)
        return {title: each.ids["pitch"] for title, each in came.items() if "pitch" in each.ids}

    async def _today(self) -> None:
        """Start every node again, on the machine's own clock."""
        self._teller.stage("the clocks come back to today", len(self._children))
        await stop_all(self._children)
        await asyncio.gather(*(self._counted(child.start()) for child in self._children))

    async def _open(
        self,
        members: Sequence[Member],
        pitches: Mapping[str, str],
        password: str,
        blobs: Sequence[str],
        privates: Sequence[Private],
    ) -> Demo:
        self._teller.stage("every node holds everything", 1)
        await settle(self._web, {member.who: member for member in members}, blobs, privates)
        made = await asyncio.gather(
            *(member.child.ask("member.invite", member=member.actor.key) for member in members)
        )
        links = {member.who: str(each["link"]) for member, each in zip(members, made, strict=True)}
        self._teller.step()
        return Demo(tuple(self._children), tuple(members), links, pitches, password)

    async def again(self, saved: Mapping[str, Any]) -> Demo:
        """Open a demo made before, at the same addresses."""
        cast = organisations(len(saved["nodes"]))
        for organisation, node in zip(cast, saved["nodes"], strict=True):
            folder = self._root / organisation.key
            self._children.append(Child(organisation, folder, node["web"], node["peer"], temporary=False))
        self._teller.stage("the nodes start again", len(self._children))
        await asyncio.gather(*(self._counted(child.start()) for child in self._children))
        members = [
            Member(child, actor, node["tokens"][actor.key], node["cards"][actor.key])
            for child, node in zip(self._children, saved["nodes"], strict=True)
            for actor in child.organisation.actors
        ]
        privates = [Private(entry, frozenset(parties)) for entry, parties in saved["privates"]]
        opening = self._open(members, saved["pitches"], saved["password"], saved["blobs"], privates)
        return await while_up(self._children, opening)


def _to_save(demo: Demo, telling: Telling) -> dict[str, Any]:
    def node(child: Child) -> dict[str, Any]:
        members = [member for member in demo.members if member.child is child]
        return {
            "web": child.web,
            "peer": child.peer,
            "tokens": {member.actor.key: member.token for member in members},
            "cards": {member.actor.key: member.id for member in members},
        }

    return {
        "nodes": [node(child) for child in demo.children],
        "pitches": dict(demo.pitches),
        "blobs": telling.blobs,
        "privates": [[private.entry, sorted(private.parties)] for private in telling.privates],
        "password": demo.password,
    }
