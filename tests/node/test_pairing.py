"""Two and three nodes over real sockets: invites, knocks, who may come in, which connection stays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from node.transport import MeetingFailed, Place
from protocol.crypto import Ed25519Signer
from protocol.handshake import Identity
from protocol.ids import Feed, NodeId
from protocol.keyring import extend
from protocol.limits import INVITE_DAYS
from protocol.merkle import EMPTY
from store import figures, keyrings, peers
from store.rows import feed_row
from tests.kit.nodes import Neighbour, neighbours, pair, until


def pinned(here: Neighbour, other: Neighbour) -> bool:
    row = here.peer(other)
    return row is not None and row.pinned


async def do(call: Any, *arguments: Any) -> Any:
    """A blocking look into a store, off the loop."""
    return await asyncio.to_thread(call, *arguments)


async def test_two_nodes_pair_by_invite_and_sync(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.say, "one", "two")
        assert await pair(a, b) is None
        await until(lambda: b.holds(a) == 2, "b holds a's log")
        await do(b.say, "three")
        await until(lambda: a.holds(b) == 1, "a holds b's log")
        assert pinned(a, b) and pinned(b, a)
        await until(lambda: b.peer(a).invite is None, "the invite has done its work")  # type: ignore[union-attr]


async def test_what_one_says_reaches_the_other_through_a_third(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c):
        assert await pair(b, a) is None
        assert await pair(b, c) is None
        await do(a.say, "from one end")
        await until(lambda: c.holds(a) == 1, "c holds a's log")
        assert a.peer(c) is None
        await do(c.say, "from the other")
        await until(lambda: a.holds(c) == 1, "a holds c's log")


async def test_an_invite_lets_one_node_in_and_that_one_again(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c):
        secret = await do(a.invite)
        for other in (b, b):
            link = await other.network.transport.dial(a.node, a.place, secret)
            link.close()
            await link.run(lambda _: asyncio.sleep(0))
        with pytest.raises(MeetingFailed) as refused:
            await heard(c, a, secret)
        assert refused.value.code == "not-admitted"
        assert pinned(a, b) and not pinned(a, c)


async def heard(here: Neighbour, other: Neighbour, invite: bytes | None = None) -> None:
    """Dial and listen for the first word; MeetingFailed with what it was if it was a refusal."""
    link = await here.network.transport.dial(other.node, other.place, invite)
    task = asyncio.create_task(link.run(lambda _: asyncio.sleep(0)))
    await link.heard.wait()
    link.close()
    await task
    if link.error is not None:
        raise MeetingFailed(link.error)


async def test_a_stranger_knocks_and_leaves_nothing_else(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        for _ in range(2):
            with pytest.raises(MeetingFailed, match="not-admitted"):
                await heard(b, a)
        (knock,) = await do(a.read, peers.knocks)
        assert (knock.node, knock.times, knock.address) == (b.node, 2, "127.0.0.1")
        assert [row.feed.node for row in await do(a.read, figures.feeds)] == [a.node]
        assert {"network"} in a.topics
        await do(a.write, lambda tx: peers.pin(tx, b.node))
        await heard(b, a)
        assert await do(a.read, peers.knocks) == []


async def test_an_invite_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        secret = await do(a.invite)
        real = a.clock.ms
        late = INVITE_DAYS * 24 * 3600 * 1000
        monkeypatch.setattr(a.store.database, "clock", lambda: real() + late)
        with pytest.raises(MeetingFailed, match="not-admitted"):
            await heard(b, a, secret)


async def test_a_blocked_node_is_turned_away_without_a_knock(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.write, lambda tx: peers.block(tx, b.node))
        with pytest.raises(MeetingFailed, match="not-admitted"):
            await heard(b, a, await do(a.invite))
        assert await do(a.read, peers.knocks) == []


async def test_the_node_dialled_must_be_the_one_that_answers(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c):
        with pytest.raises(MeetingFailed) as failed:
            await b.network.transport.dial(c.node, a.place)
        assert failed.value.code in {"hung-up", "invalid"}
        assert await do(a.read, peers.knocks) == []


async def test_a_place_where_nobody_listens(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        with pytest.raises(MeetingFailed, match="unreachable") as failed:
            await a.network.transport.dial(b.node, Place("127.0.0.1", 1))
        assert not failed.value.offence


async def test_another_process_with_the_same_key_raises_the_alarm(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 1) as (a,):
        twin = Neighbour.__new__(Neighbour)
        twin.__dict__.update(a.__dict__)
        async with twin.up():
            with pytest.raises(MeetingFailed):
                await twin.network.transport.dial(a.node, a.place)
            assert twin.network.alarms or a.network.alarms


async def test_a_chain_that_contradicts_the_one_held_is_news_even_from_a_failed_handshake(
    tmp_path: Path,
) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(b.write, lambda tx: peers.pin(tx, a.node))
        first, second = (Ed25519Signer.from_seed(bytes([number]) * 32) for number in (1, 2))
        keyring = a.house.identity.keyring
        held, shown = (
            extend(
                keyring,
                signers=[key, a.house.identity.feed],
                feed_public=key.public,
                close=(0, EMPTY),
            )
            for key in (first, second)
        )
        await do(b.write, lambda tx: keyrings.receive(tx, a.node, held.notes, own_node=b.node))
        a.network.transport._identity = Identity(shown, second)
        link = await a.network.transport.dial(b.node, b.place)
        await until(lambda: b.network.transport.ends["keyring-old"] == 1)
        await until(lambda: b.read(lambda db: feed_row(db, Feed(a.node, 1))).standing == "frozen")
        await link._wire.close()


async def test_two_that_dial_each_other_keep_one_connection(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        for here, other in ((a, b), (b, a)):
            await do(here.write, lambda tx, other=other: peers.pin(tx, other.node, [str(other.place)]))
        a.network.dialler.poke()
        b.network.dialler.poke()
        small = min(a, b, key=lambda one: one.node)

        def settled() -> bool:
            links = [a.network.switchboard.links.get(b.node), b.network.switchboard.links.get(a.node)]
            return all(links) and [link.dialled for link in links] == [a is small, b is small]  # type: ignore[union-attr]

        await until(settled, "the connection dialled by the smaller node id stays")
        await do(a.say, "hello")
        await until(lambda: b.holds(a) == 1)
        assert len(a.network.driver.engine.peers) == len(b.network.driver.engine.peers) == 1


async def test_a_peer_that_comes_back_is_found_again(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 1) as (a,):
        b = await do(Neighbour, tmp_path / "b")
        async with b.up():
            port = b.place.port
            assert await pair(b, a) is None
        await until(lambda: b.node not in a.network.switchboard.links)
        await do(b.say, "said while away")
        async with b.up(port):
            await until(lambda: a.holds(b) == 1, "a dials again and catches up")
        await do(b.close)


async def test_more_connections_than_slots_are_told_to_come_later(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3, connections=2) as (a, b, c):
        assert await pair(a, b) is None
        with pytest.raises(MeetingFailed, match="unreachable"):
            await c.network.transport.dial(a.node, a.place)
        assert a.network.transport.ends["full"] == 1


async def test_a_guest_that_pairs_begins_a_new_conversation_as_a_peer(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        for one, other in ((a, b), (b, a)):
            notes = other.house.own.keyring.notes
            await do(
                one.write,
                lambda tx, one=one, other=other, notes=notes: keyrings.receive(
                    tx, other.node, notes, own_node=one.node
                ),
            )
        b.network._keep(await b.network.transport.dial(a.node, a.place))
        links = (a.network.switchboard.links, b.network.switchboard.links)
        await until(lambda: b.node in links[0] and a.node in links[1], "the guest is in")
        assert not b.network.switchboard.links[a.node].pinned
        assert await pair(a, b) is None
        assert b.network.switchboard.links[a.node].pinned
        assert a.network.switchboard.links[b.node].pinned


def test_who_is_pinned_is_asked_for_everything(tmp_path: Path) -> None:
    one = Neighbour(tmp_path)
    other = NodeId("a" * 32)
    one.write(lambda tx: (peers.pin(tx, other), peers.save_cursor(tx, other, b"g" * 16, 7, [])))
    one.write(lambda tx: peers.pin(tx, other))
    assert one.read(lambda db: peers.cursor_of(db, other)) == (b"g" * 16, 7)
    one.write(lambda tx: tx.db.execute("UPDATE peers SET pinned = 0"))
    one.write(lambda tx: peers.pin(tx, other))
    assert one.read(lambda db: peers.cursor_of(db, other)) is None
    one.close()
