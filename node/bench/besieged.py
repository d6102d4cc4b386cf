"""A whole node in a process of its own, for others to attack: pages, peers' listener, witness, a town, 300 members.

Law: the real thing as ``barnraise run`` starts it; only its clock stands still. It answers questions about itself over
a pipe, so that what is measured is seen from outside. Source: QUALITY "Benchmarks".
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from node import memory
from node.bench import town
from node.bench.nodes import Neighbour
from node.bench.serving import Standing
from node.config import Settings
from node.runner import running
from protocol.ids import NodeId
from protocol.invite import parse_address
from protocol.keyring import parse_keyring
from protocol.limits import INVITE_BYTES, MIB
from protocol.scopes import SCOPES
from store import accounts, keyrings, peers, tokens
from store.database import Tx
from web.guards import cookie_name

MEMBERS: Final = 300
DAY_MIB: Final = 64  # of files a member may send: reached within seconds
_HOST: Final = "127.0.0.1"


class Aim(NamedTuple):
    """Where the node is, and how to be somebody there: its members' cookies, a bearer token of one, an invite."""

    web: int
    peer: int
    node: NodeId
    cookies: tuple[str, ...]
    token: str
    invite: bytes


class State(NamedTuple):
    """Bytes of memory, open descriptors."""

    memory: int
    descriptors: int


class Known(NamedTuple):
    """A node the besieged one knows: its keyring, and whether it is a pinned peer."""

    notes: tuple[bytes, ...]
    pinned: bool


def besieged(pipe: Connection, folder: Path, records: int, known: tuple[Known, ...]) -> None:
    """The process: sends its Aim, then its State for every word it gets; ends with the pipe."""
    memory.settle()
    logging.getLogger().addHandler(logging.NullHandler())
    asyncio.run(_besieged(pipe, folder, records, known))


async def _besieged(pipe: Connection, folder: Path, records: int, known: tuple[Known, ...]) -> None:
    clock = Standing(town.NOW)
    neighbour = await asyncio.to_thread(Neighbour, folder, clock=clock)
    house, store = neighbour.house, neighbour.store
    await asyncio.to_thread(town.fill, store, house.own, records, clock.set)
    house.settings = Settings(
        name="besieged",
        discovery=False,
        web=f"{_HOST}:0",
        peer=f"{_HOST}:0",
        free_mib=0,
        member_mib_a_day=DAY_MIB,
    )
    store.room.limits = store.room.limits._replace(day=DAY_MIB * MIB, free=0)
    owner, _ = next(town.pitches(house.node, records))
    names = await neighbour.write(lambda tx: _members(tx, owner))
    async with running(house) as facts:
        invite = secrets.token_bytes(INVITE_BYTES)
        await neighbour.write(lambda tx: _meet(tx, known, invite))
        jar = cookie_name(house.node, secure=False)
        cookies = tuple(f"{jar}={name}" for name in names)
        web, peer = (parse_address(facts[which])[1] for which in ("web", "peer"))
        pipe.send(Aim(web, peer, house.node, cookies, names[0], invite))
        while await asyncio.to_thread(_next, pipe):
            pipe.send(await asyncio.to_thread(state))
    await asyncio.to_thread(store.close)


def _members(tx: Tx, owner: str) -> list[str]:
    """Accounts with a session and a token each; the first speaks as the owner of a pitch. Their secrets."""
    names = [f"member-{number}" for number in range(MEMBERS)]
    for name in names:
        account = accounts.add(tx, name, language="en")
        secret = hashlib.sha256(name.encode()).digest()
        accounts.begin_session(tx, account.id, secret, expires=tx.now + town.AGE, agent="bench")
        tokens.add(tx, account.id, secret, "bench", scopes=SCOPES)
        if name == names[0]:
            accounts.set_member(tx, account.id, owner)
    return names


def _meet(tx: Tx, known: tuple[Known, ...], invite: bytes) -> None:
    peers.make_invite(tx, invite)
    for one in known:
        keyring = parse_keyring(one.notes)
        keyrings.put(tx, keyring)
        if one.pinned:
            peers.pin(tx, keyring.node)


def state() -> State:
    """Of this process, as the system sees it."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return State(int(line.split()[1]) * 1024, len(list(Path("/proc/self/fd").iterdir())))


def _next(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True
