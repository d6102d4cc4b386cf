"""What a peer that misbehaves on an open connection meets: ERR, a close, a longer wait; or nothing but patience."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from node.link import Link
from node.transport import SUBPROTOCOL
from protocol.frame_types import Chunk, Err, Fetch, Frame, KeyringNotes, KeyringWant, Since, Want
from protocol.frames import decode, encode
from protocol.ids import Feed
from protocol.limits import MAX_MESSAGE, MAX_PENDING
from store import peers
from store.rows import feed_row
from tests.kit.logs import Author
from tests.kit.nodes import Neighbour, neighbours, pair, until
from tests.node.test_pairing import do


class Rude:
    """The far end of a link, sending bytes as it likes."""

    def __init__(self, link: Link) -> None:
        self.link = link

    async def send(self, data: bytes) -> None:
        await self.link._wire.send_bytes(self.link.session.send.encrypt(data))

    async def next(self) -> Frame | None:
        """The next frame; None once the connection is closed."""
        while True:
            message = await self.link._wire.receive(10)
            if message.type is WSMsgType.BINARY:
                return decode(self.link.session.receive.decrypt(message.data))
            if message.type is not WSMsgType.PING:
                return None

    async def until(self, kind: type[Frame]) -> Frame | None:  # type: ignore[valid-type]
        """The next frame of this kind; None if the connection closes before."""
        frame = await self.next()
        while frame is not None and not isinstance(frame, kind):
            frame = await self.next()
        return frame


@asynccontextmanager
async def rude(tmp_path: Path) -> AsyncIterator[tuple[Neighbour, Neighbour, Rude]]:
    """Node a, its pinned peer b, and b's end of a conversation by hand."""
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.write, lambda tx: peers.pin(tx, b.node))
        link = await b.network.transport.dial(a.node, a.place)
        try:
            yield a, b, Rude(link)
        finally:
            await link._wire.close()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b"\x03", "malformed"),
        (b"\x03\x80\x00", "malformed"),
        (b"\x05" + b"\x81" * 60, "malformed"),
        (encode(Since(None, 0)) + b"\0", "malformed"),
        (b"\x06" + encode(Want(Feed(Author(1).node, 0), 0, 1))[1:], "malformed"),
    ],
    ids=["empty", "truncated", "wrong shape", "deeply nested", "bytes left over", "another frame's array"],
)
async def test_malformed_frames_end_the_connection(tmp_path: Path, data: bytes, code: str) -> None:
    async with rude(tmp_path) as (a, b, far):
        await far.send(data)
        answer = await far.until(Err)
        assert isinstance(answer, Err) and answer.code == code
        assert await far.next() is None
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_a_frame_of_a_later_version_does_not(tmp_path: Path) -> None:
    async with rude(tmp_path) as (_a, _b, far):
        await far.send(b"\x7f\x80")
        answer = await far.until(Err)
        assert isinstance(answer, Err) and answer.code == "unsupported"
        await far.send(b"\xf0\x80")
        await far.send(encode(Fetch(Feed(Author(1).node, 0), (0,))))
        assert await far.next() is not None, "the connection still answers"


async def test_bytes_that_do_not_decrypt_end_it(tmp_path: Path) -> None:
    async with rude(tmp_path) as (a, b, far):
        await far.link._wire.send_bytes(b"\0" * 40)
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_messages_beyond_the_limit_end_it(tmp_path: Path) -> None:
    async with rude(tmp_path) as (a, b, far):
        await far.link._wire.send_bytes(b"\0" * (MAX_MESSAGE + 1))
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_text_messages_end_it(tmp_path: Path) -> None:
    async with rude(tmp_path) as (a, b, far):
        await far.link._wire.send_str("hello")
        answer = await far.until(Err)
        assert isinstance(answer, Err) and answer.code == "malformed"
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_forged_entries_are_an_offence_that_is_counted(tmp_path: Path) -> None:
    author, liar = Author(1), Author(2)
    author.say_many(3)
    async with rude(tmp_path) as (a, b, far):
        await far.send(encode(KeyringNotes(author.node, author.keyring.notes)))
        await until(lambda: a.network.driver.verdicts["stored"] == 1, "the keyring is taken")
        good = author.chunk(0, 3)
        forged = Chunk(
            good.feed, 0, good.head._replace(signature=liar.signer.sign(b"other")), good.proof, good.entries
        )
        await far.send(encode(forged))
        answer = await far.until(Err)
        assert isinstance(answer, Err) and answer.code == "invalid"
        assert await far.next() is None
        (refusal,) = await do(a.read, peers.refusals)
        assert (refusal.node, refusal.verdict) == (b.node, "bad-signature")
        assert await do(a.read, lambda db: feed_row(db, author.feed).size) == 0  # type: ignore[union-attr]


async def test_more_requests_than_may_wait_wait_unread(tmp_path: Path) -> None:
    """Being over a limit is no offence: every request is answered, and no more than the limit wait here at once."""
    async with rude(tmp_path) as (a, _b, far):
        await until(lambda: len(a.network.driver.engine.peers) == 1)
        (peer,) = a.network.driver.engine.peers.values()
        most = 0
        for _ in range(5 * MAX_PENDING):
            await far.send(encode(KeyringWant(a.node)))
            most = max(most, len(peer.requests))
        for _ in range(5 * MAX_PENDING):
            assert isinstance(await far.until(KeyringNotes), KeyringNotes)
            most = max(most, len(peer.requests))
        assert 0 < most <= MAX_PENDING


async def test_plain_http_and_foreign_websockets_get_nothing(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 1) as (a,), ClientSession() as session:
        url = f"http://{a.place}/peer"
        async with session.get(url) as answer:
            assert answer.status == 400
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(f"http://{a.place}/elsewhere")
        async with session.ws_connect(url, protocols=(SUBPROTOCOL,)) as wire:
            await wire.send_bytes(b"not a handshake")
            assert (await wire.receive(5)).type in {WSMsgType.CLOSE, WSMsgType.CLOSED}
        await until(lambda: a.network.transport.gate.standing == 0)
        assert a.network.transport.ends["malformed"] + a.network.transport.ends["invalid"] == 1


async def test_a_handshake_that_dawdles_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.transport.HANDSHAKE_SECONDS", 0.05)
    async with neighbours(tmp_path, 1) as (a,), ClientSession() as session:
        async with session.ws_connect(f"http://{a.place}/peer") as wire:
            assert (await wire.receive(5)).type is WSMsgType.CLOSE
        await until(lambda: a.network.transport.gate.standing == 0)


async def test_handshakes_at_once_from_one_network(tmp_path: Path) -> None:
    """The addresses come by X-Forwarded-For of a trusted proxy, because loopback itself is exempt."""
    async with neighbours(tmp_path, 1, trusted_proxies=("127.0.0.1",)) as (a,), ClientSession() as session:
        url = f"http://{a.place}/peer"
        open_ = [
            await session.ws_connect(url, headers={"X-Forwarded-For": f"192.0.2.{host}"}) for host in range(3)
        ]
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(url, headers={"X-Forwarded-For": "192.0.2.9"})
        assert refused.value.status == 429
        elsewhere = await session.ws_connect(url, headers={"X-Forwarded-For": "198.51.100.1"})
        for wire in (*open_, elsewhere):
            await wire.close()


async def test_the_eleventh_handshake_within_a_minute(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.write, lambda tx: peers.pin(tx, b.node))
        for number in range(11):
            link = await b.network.transport.dial(a.node, a.place)
            far = Rude(link)
            answer = await far.next()
            assert (isinstance(answer, Err) and answer.code == "busy") is (number == 10)
            await link._wire.close()


async def test_who_reads_too_slowly_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.link.SEND_QUEUE_BYTES", 2_000)
    async with rude(tmp_path) as (a, b, far):
        await until(lambda: b.node in a.network.switchboard.links)
        link = a.network.switchboard.links[b.node]
        for _ in range(100):
            link.send(Err("not-here", "x" * 100))
        answer = await far.until(Err)
        while isinstance(answer, Err) and answer.code == "not-here":
            answer = await far.until(Err)
        assert isinstance(answer, Err) and answer.code == "busy"
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_a_peer_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.link.SILENCE_SECONDS", 0.1)
    async with rude(tmp_path) as (a, b, _far):
        await until(lambda: a.network.driver.traffic["out"] > 0)
        await until(lambda: b.node not in a.network.switchboard.links)


async def test_a_quiet_conversation_is_pinged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.link.PING_SECONDS", 0.02)
    async with rude(tmp_path) as (_a, _b, far):
        kinds = [(await far.link._wire.receive(10)).type for _ in range(6)]
        assert kinds.count(WSMsgType.PING) >= 2


async def test_old_connections_are_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.link.MAX_CONNECTION_MESSAGES", 12)
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(a, b) is None
        for number in range(12):
            await do(a.say, str(number))
        await until(lambda: b.holds(a) == 12, "everything arrives, over more connections than one")
        assert a.network.transport.ends["admitted"] > 1


async def test_an_offence_lengthens_the_wait_of_the_dialler(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(b.write, lambda tx: peers.pin(tx, a.node))
        await do(a.write, lambda tx: peers.pin(tx, b.node, [str(b.place)]))
        a.network.dialler.poke()
        await until(lambda: a.node in b.network.switchboard.links)
        b.network.switchboard.links[a.node].close(Err("invalid", "pretended"))
        await until(lambda: b.node not in a.network.switchboard.links)
        await until(lambda: a.network.dialler.pursuits[b.node].state == "waiting")
        assert a.network.dialler.pursuits[b.node].error == "invalid"
        assert a.network.dialler.pursuits[b.node].backoff._offended == 1


async def test_dials_that_fail_are_kept_for_the_operator(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        await do(a.write, lambda tx: peers.pin(tx, b.node, ["127.0.0.1:1"]))
        a.network.dialler.poke()
        await until(lambda: (row := a.peer(b)) is not None and row.last_error == "unreachable")
        await do(a.write, lambda tx: peers.pin(tx, b.node, [str(b.place)]))
        await do(b.write, lambda tx: peers.pin(tx, a.node))
        a.network.dialler.poke(b.node)
        await until(lambda: b.node in a.network.switchboard.links, "a new address is tried at once")
