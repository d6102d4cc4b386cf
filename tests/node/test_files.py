"""Attached files over real sockets: asked for piece by piece, resumed, given only to who may have the record."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from protocol.limits import PIECE
from store import accounts, blobs, publishing
from tests.kit.nodes import Neighbour, neighbours, pair, until
from tests.node.test_pairing import do

FILE = bytes(range(256)) * (5 * PIECE // 256) + b"the end"


def publish_with_file(here: Neighbour, **more: Any) -> str:
    """An artifact with FILE attached; the file's id."""
    kept = here.store.blobs.keep([FILE[: len(FILE) // 2], FILE[len(FILE) // 2 :]], "upload")

    def change(tx: Any) -> None:
        account = accounts.add(tx, "analyst", language="en")
        author = publishing.Author(account.id, None, "member")
        card = publishing.publish(
            tx,
            here.house.own,
            author,
            {"type": "member.introduce", "name": "analyst"},
            salt=secrets.token_bytes(16),
        )
        blobs.add(tx, kept)
        attachment = {"hash": kept.hash, "size": kept.size, "media_type": "text/plain", "name": "notes.txt"}
        content = {
            "type": "artifact.publish",
            "title": {"en": "What we learned"},
            "kind": "note",
            "licence": "CC-BY-4.0",
            "body": {"en": "See the file."},
            "blobs": [attachment],
            **more,
        }
        author = publishing.Author(account.id, str(card.id), "member")
        publishing.publish(tx, here.house.own, author, content, salt=secrets.token_bytes(16))

    here.write(change)
    return kept.hash


def whole(here: Neighbour, blob: str) -> bool:
    row = here.read(lambda db: blobs.row(db, blob))
    return row is not None and row.complete


async def test_a_file_follows_its_record_through_a_third_node(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c):
        assert await pair(b, a) is None
        assert await pair(b, c) is None
        blob = await do(publish_with_file, a)
        await until(lambda: whole(c, blob), "c has the file")
        assert await do(c.store.blobs.path(blob).read_bytes) == FILE


async def test_a_transfer_that_is_cut_resumes(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        assert await pair(a, b) is None
        blob = await do(publish_with_file, a)
        await until(lambda: b.read(lambda db: blobs.row(db, blob)) is not None, "b knows of the file")
        b.network.switchboard.hang_up(a.node)
        await until(lambda: not b.network.switchboard.links)
        b.network.dialler.poke(a.node)
        await until(lambda: whole(b, blob), "b has the file")
        assert await do(b.store.blobs.path(blob).read_bytes) == FILE


async def test_a_file_of_a_restricted_record_goes_to_its_audience_only(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c):
        assert await pair(a, b) is None
        assert await pair(a, c) is None
        blob = await do(lambda: publish_with_file(a, audience=[a.node, b.node]))
        await until(lambda: whole(b, blob), "b is named")
        await until(lambda: c.holds(a) == b.holds(a), "c holds the headers")
        await asyncio.sleep(0)
        assert await do(c.read, lambda db: blobs.row(db, blob)) is None
        assert not c.store.blobs.path(blob).exists()
