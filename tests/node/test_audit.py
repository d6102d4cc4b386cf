"""Audit endpoints and the witness, asked over plain HTTP and checked with the ground floor alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from node.audit import Audit, tile_number
from node.witness import Witness, read_submission
from protocol import cbor
from protocol.checkpoint import checkpoint_note, checkpoint_text, parse_checkpoint, signed_head
from protocol.crypto import sha256
from protocol.errors import Malformed
from protocol.ids import EntryId, node_bytes
from protocol.keyring import parse_keyring, witness_name
from protocol.limits import HEADER
from protocol.merkle import leaf_hash, root_of
from protocol.note import b64encode, parse, verify_cosignature
from store import keyrings, receipts
from store.store import Store
from tests.kit.logs import Author, meet
from tests.kit.nodes import Neighbour, neighbours, pair, until
from tests.node.test_pairing import do


@asynccontextmanager
async def asked(here: Neighbour) -> AsyncIterator[ClientSession]:
    """A client of the endpoints of a node that is up."""
    app = web.Application()
    app.add_routes([*Audit(here.house).routes(), *Witness(here.house, here.network).routes()])
    async with TestServer(app) as server, ClientSession(server.make_url("/")) as client:
        yield client


def give(store: Store, author: Author) -> None:
    """All of a pretend author's log, as a peer would bring it."""
    if store.database.read(lambda db: keyrings.get(db, author.node)).result() is None:
        meet(store, author)
    for chunk in author.chunks():
        store.receive(chunk, author.node).result()


async def get(client: ClientSession, path: str) -> tuple[int, bytes]:
    async with client.get(path) as answer:
        return answer.status, await answer.read()


async def test_a_log_can_be_checked_from_its_tiles_and_entries(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(a.say, *(f"member {number}" for number in range(300)))
        status, note = await get(client, "/log/0/checkpoint")
        checkpoint = parse_checkpoint(note)
        assert status == 200
        head = signed_head(checkpoint, a.house.identity.keyring.feed_keys[0])
        assert head.size == 300
        full, rest = await get(client, "/log/0/tile/0/000"), await get(client, "/log/0/tile/0/001.p/44")
        leaves = [data[at : at + 32] for _, data in (full, rest) for at in range(0, len(data), 32)]
        assert root_of(leaves) == head.root
        _, bundle = await get(client, "/log/0/tile/entries/001.p/44")
        headers = [bundle[at + 2 : at + 2 + HEADER] for at in range(0, len(bundle), 2 + HEADER)]
        assert [leaf_hash(header) for header in headers] == leaves[256:]
        _, above = await get(client, "/log/0/tile/1/000.p/1")
        assert above == root_of(leaves[:256])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/log/0/tile/0/001", 404),  # not full yet
        ("/log/0/tile/0/000.p/99", 404),  # more than a head covers
        ("/log/0/tile/1/000", 404),
        ("/log/0/tile/9/000", 404),
        ("/log/0/tile/0/0", 400),
        ("/log/0/tile/0/000.p/256", 400),
        ("/log/0/tile/0/000.p/0", 400),
        ("/log/0/tile/entries/x000000", 400),
        ("/log/1/checkpoint", 404),
        ("/log/00/checkpoint", 404),  # no leading zeros
        ("/log/0/tile/0/x000/000.p/1", 400),
        ("/log/77/checkpoint", 404),
        ("/keyring/" + "a" * 32, 404),
        ("/" + "0" * 64 + "/checkpoint", 404),
    ],
)
async def test_what_is_not_there(tmp_path: Path, path: str, status: int) -> None:
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(a.say, "one")
        assert (await get(client, path))[0] == status


def test_numbers_of_tiles() -> None:
    assert tile_number("x001/x234/067") == (1_234_067, 256)
    assert tile_number("067.p/12") == (67, 12)
    for odd in ("x001", "1", "001/002", "x000/001", "../keys", "001.p/300"):
        with pytest.raises(Malformed):
            tile_number(odd)


async def test_every_log_held_and_every_keyring(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b), asked(b) as client:
        await do(a.say, "one")
        assert await pair(a, b) is None
        await until(lambda: b.holds(a) == 1)
        _, note = await get(client, f"/{sha256(a.feed.origin.encode()).hex()}/checkpoint")
        assert parse_checkpoint(note).feed == a.feed
        _, keyring = await get(client, f"/keyring/{a.node}")
        node, notes = cbor.load(keyring)
        assert node == node_bytes(a.node), "the array of a KEYRING frame"
        assert parse_keyring(notes).node == a.node


async def test_c3_a_strangers_question_does_not_cost_a_look_at_every_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/<hex>/checkpoint hashed every feed for each request: a feed is hashed once, when it has come."""
    hashed: list[bytes] = []

    def counted(data: bytes) -> bytes:
        hashed.append(data)
        return sha256(data)

    monkeypatch.setattr("node.audit.sha256", counted)
    authors = [Author(number).say_many(1) for number in range(1, 4)]
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        for author in authors[:2]:
            await do(give, a.store, author)
        for _ in range(5):
            for author in authors:
                status, _ = await get(client, f"/{sha256(author.feed.origin.encode()).hex()}/checkpoint")
                assert status == (404 if author is authors[2] else 200)
        assert len(hashed) <= 3
        await do(give, a.store, authors[2])
        status, _ = await get(client, f"/{sha256(authors[2].feed.origin.encode()).hex()}/checkpoint")
        assert status == 200, "a log that came since"
        assert len(hashed) <= 4


async def add(client: ClientSession, body: str) -> tuple[int, str, str]:
    async with client.post("/add-checkpoint", data=body.encode()) as answer:
        return answer.status, await answer.text(), answer.headers["Content-Type"]


def submission(author: Author, old: int, size: int) -> str:
    proof = [b64encode(one) for one in author.proof(0, old, size)] if old else []
    note = checkpoint_note(author.feed, author.head(size), author.keyring.feed_keys[0])
    return "\n".join([f"old {old}", *proof, "", note])


async def test_the_witness_answers_as_tlog_witness_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.witness.TURN_SECONDS", 0.0)
    author, stranger = Author(1).say_many(5), Author(2).say_many(1)
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(give, a.store, author)
        assert (await add(client, submission(stranger, 0, 1)))[0] == 404
        forged = submission(author, 0, 5).replace("\n5\n", "\n4\n")
        assert (await add(client, forged))[0] == 403
        assert await add(client, submission(author, 3, 5)) == (409, "0\n", "text/x.tlog.size")
        status, line, _ = await add(client, submission(author, 0, 5))
        assert status == 200
        text = checkpoint_text(author.feed, 5, author.root())
        (signature,) = parse(f"{text}\n{line}").signatures
        keyring = a.house.identity.keyring
        assert verify_cosignature(text, signature, witness_name(a.node), keyring.witness)
        author.say_many(2)
        assert (await add(client, submission(author, 5, 7)))[0] == 503, "its tree is not whole here"
        await do(give, a.store, author)
        assert (await add(client, submission(author, 5, 7)))[0] == 429, "one cosignature a minute"
        assert (await add(client, "old five\n\n"))[0] == 400


async def test_the_witness_about_heads_beside_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tlog-witness: a proof where none may be, an older head that still follows, one again, two of one size."""
    monkeypatch.setattr("node.witness.TURN_SECONDS", 0.0)
    monkeypatch.setattr("store.cosign.COSIGN_SECONDS", 0)
    author = Author(1).say_many(5)
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(give, a.store, author)
        from_nothing = submission(author, 0, 5).replace("old 0\n", f"old 0\n{b64encode(author.root())}\n")
        assert (await add(client, from_nothing))[0] == 422
        assert (await add(client, submission(author, 0, 3)))[0] == 200, "a tree held whole, though more is"
        assert (await add(client, submission(author, 3, 5)))[0] == 200
        assert (await add(client, submission(author, 5, 5)))[0] == 200, "the same head again"
        assert (await add(client, submission(author, 3, 4)))[:2] == (409, "5\n")
        other = author.fork(4)
        assert (await add(client, submission(other, 5, 5)))[:2] == (409, "5\n")


async def test_a_checkpoint_of_another_kind_of_log_is_not_found(tmp_path: Path) -> None:
    note = submission(Author(1).say_many(1), 0, 1).replace(Author(1).feed.origin, "example.com/log")
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        assert (await add(client, note))[0] == 404


async def test_one_submission_a_second(tmp_path: Path) -> None:
    author = Author(1).say_many(1)
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(give, a.store, author)
        assert [(await add(client, submission(author, 0, 1)))[0] for _ in range(2)] == [200, 429]


async def test_c8_a_forged_submission_uses_up_nothing_of_the_log_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forged add-checkpoint used up the honest one's turn: the turn is taken after the signature holds."""
    monkeypatch.setattr("node.witness.TURN_SECONDS", 3_600.0)
    author, stranger = Author(1).say_many(5), Author(2).say_many(5)
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(give, a.store, author)
        honest = submission(author, 0, 5)
        forgeries = (
            honest.replace("\n5\n", "\n4\n"),
            honest.replace(author.feed.origin, stranger.feed.origin),
            submission(stranger, 0, 5).replace(stranger.feed.origin, author.feed.origin),
        )
        for forged in forgeries:
            assert (await add(client, forged))[0] in (403, 404)
        assert (await add(client, honest))[0] == 200


async def test_c8_an_old_head_said_again_takes_no_turn_and_no_minute_from_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints are public: whoever sends an honest one again must not keep out the one that follows it."""
    monkeypatch.setattr("node.witness.TURN_SECONDS", 3_600.0)
    author = Author(1).say_many(5)
    async with neighbours(tmp_path, 1) as (a,), asked(a) as client:
        await do(give, a.store, author)
        first = submission(author, 0, 5)
        assert (await add(client, first))[0] == 200
        assert (await add(client, first))[0] == 429
        author.say_many(2)
        await do(give, a.store, author)
        assert (await add(client, submission(author, 5, 7)))[0] == 429, (
            "one cosignature a minute, for the author too"
        )
        await do(a.write, lambda tx: tx.db.execute("UPDATE cosigned SET seconds = seconds - 60"))
        monkeypatch.setattr("node.witness.TURN_SECONDS", 0.0)
        status, said, _ = await add(client, submission(author, 5, 5))
        assert status == 200
        assert (await add(client, submission(author, 5, 5)))[:2] == (200, said), (
            "the same again, the same minute"
        )
        assert (await add(client, submission(author, 5, 7)))[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"old 1", b"old -1\n\nx", b"old 01\n\nx", b"new 1\n\nx", b"\xff\n\n", b"old 1\nnot base64\n\nx"],
)
def test_submissions_that_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_submission(body)


async def test_peers_cosign_each_other_and_receipts_carry_it(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(a, b) is None
        await do(a.say, "one")
        await until(lambda: b.holds(a) == 1)
        witness = asyncio.create_task(Witness(b.house, b.network).run())
        try:
            await until(
                lambda: f"{b.node}/witness" in a.read(lambda db: receipts.receipt(db, EntryId(a.node, 0, 0)))
            )
        finally:
            witness.cancel()
