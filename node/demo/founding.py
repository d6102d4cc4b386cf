"""Founding the organisations of the demo: nodes, pairs in a line, accounts, cards.

Law: the same doors as anywhere: ``init``, ``run``, codes between neighbours, invitation links, profiles published by
the operator. A is never paired with C: what one says reaches the other through B, and what is private goes to the
address in the profile. Source: OPERATIONS ``demo``, PROTOCOL sections 4 and 9.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from aiohttp import ClientSession

from node import config, founding
from node.demo.almanac import Almanac
from node.demo.cast import Actor, Organisation
from node.demo.members import Member, await_entry, join, say
from node.demo.processes import Child, free_ports

OPERATOR: Final = "operator"


def place(root: Path, organisations: Sequence[Organisation], *, temporary: bool) -> list[Child]:
    """A folder and two ports for each."""
    ports = free_ports(2 * len(organisations))
    return [
        Child(organisation, root / organisation.key, ports[2 * at], ports[2 * at + 1], temporary)
        for at, organisation in enumerate(organisations)
    ]


async def found(child: Child, almanac: Almanac) -> str:
    """Make its node and start it; gives the link of its operator. No recovery kit of a demo is kept by anyone."""
    said = child.organisation.profile
    profile = founding.Profile(
        child.organisation.title, said["jurisdiction"], said["kind"], said["level"], tuple(said["languages"])
    )
    made = await asyncio.to_thread(
        founding.found, child.folder, profile, url=child.url, clock_file=almanac.path
    )
    await asyncio.to_thread(_reachable, child)
    await child.start(clock=almanac.path)
    await child.ask("key.kit", stored=True)
    return str(made["sign_in"])


def _reachable(child: Child) -> None:
    """Tell its settings where peers reach it: the profile follows them."""
    settings = config.load(child.folder, {}, {})
    config.save(child.folder, replace(settings, addresses=(child.address,)))


async def pair(children: Sequence[Child]) -> None:
    """Neighbours in the line exchange codes."""
    for one, other in pairwise(children):
        made = await one.ask("peer.invite", at=one.address)
        await other.ask("peer.add", code=made["code"])


async def settle_in(
    web: ClientSession, child: Child, operator_link: str, password: str, almanac: Almanac
) -> list[Member]:
    """Its members join and publish their cards; the operator says what the organisation is."""
    members = []
    for actor in sorted(child.organisation.actors, key=lambda actor: actor.role != OPERATOR):
        link = (
            operator_link
            if actor.role == OPERATOR
            else (await child.ask("member.invite", role=actor.role))["link"]
        )
        token = await join(web, child, actor, link, password)
        if actor.role == OPERATOR:
            await _introduce(web, child, token, almanac)
        members.append(await _card(web, child, actor, token, almanac))
    return members


async def _introduce(web: ClientSession, child: Child, token: str, almanac: Almanac) -> None:
    """Profile in both languages with the addresses, and the policy if there is one."""
    where = {"web": child.url, "addresses": [child.address]}
    almanac.tick()
    await say(web, child, token, {"type": "node.profile", **child.organisation.profile, **where})
    if child.organisation.policy is not None:
        await say(web, child, token, {"type": "node.policy", **child.organisation.policy})


async def _card(web: ClientSession, child: Child, actor: Actor, token: str, almanac: Almanac) -> Member:
    almanac.tick()
    card = await say(web, child, token, {"type": "member.introduce", **actor.card})
    return Member(child, actor, token, card)


async def acquaint(web: ClientSession, members: Sequence[Member]) -> None:
    """Wait until every node knows every card."""
    first = {member.child.organisation.key: member for member in members}.values()
    await asyncio.gather(
        *(
            await_entry(web, member, other.id)
            for member in first
            for other in members
            if other.child is not member.child
        )
    )
