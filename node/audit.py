"""Plain HTTP for anyone who checks logs: checkpoints, tiles and keyrings.

Law: nothing here that a stranger may not know: headers and hashes, never an envelope. Only what a signed head covers is
served. Formats are those of C2SP tlog-tiles. Source: PROTOCOL section 3 "Audit endpoints".
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from aiohttp import web

from node.house import House
from protocol.crypto import sha256
from protocol.errors import Malformed
from protocol.frame_types import KeyringNotes
from protocol.frames import encode
from protocol.ids import Feed, parse_node
from protocol.limits import MAX_EPOCHS, MAX_FEEDS
from store import keyrings, reading, tiles
from store.rows import feed_row, feeds_after

T = TypeVar("T")

_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH: Final = {"Cache-Control": "no-cache"}
_TILE: Final = re.compile(r"(?!x000/)((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_EPOCH: Final = r"{epoch:0|[1-9][0-9]?}"  # no leading zeros: one path for one thing


def tile_number(path: str) -> tuple[int, int]:
    """Number and width of a tile from the end of its path. Malformed for another spelling."""
    found = _TILE.fullmatch(path)
    if found is None:
        raise Malformed("a tile's path reads x001/x234/067, or 067.p/12 when it is not full")
    number = int(found[1].replace("x", "").replace("/", ""))
    width = int(found[2] or tiles.WIDTH)
    if width > tiles.WIDTH or (found[2] is not None and width == tiles.WIDTH):
        raise Malformed("a partial tile has 1 to 255 hashes")
    return number, width


class Audit:
    """The audit endpoints of one node."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._origins: dict[bytes, Feed] = {}  # by SHA-256 of the origin line; no more than feeds are held
        self._newest = 0  # local number of the last feed among them

    def routes(self) -> list[web.RouteDef]:
        """Every audit endpoint."""
        return [
            web.get(rf"/log/{_EPOCH}/checkpoint", self._own_checkpoint),
            web.get(rf"/log/{_EPOCH}/tile/entries/{{tile:.+}}", self._bundle),
            web.get(rf"/log/{_EPOCH}/tile/{{level:[0-9]}}/{{tile:.+}}", self._tile),
            web.get(r"/keyring/{node:[a-z2-7]{32}}", self._keyring),
            web.get(r"/{origin:[0-9a-f]{64}}/checkpoint", self._any_checkpoint),
        ]

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._house.store.database.read(query))

    def _own(self, request: web.Request) -> Feed:
        epoch = int(request.match_info["epoch"])
        if epoch >= MAX_EPOCHS:
            raise web.HTTPNotFound
        return Feed(self._house.node, epoch)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _own_checkpoint(self, request: web.Request) -> web.Response:
        return await self._checkpoint(self._own(request))

    async def _any_checkpoint(self, request: web.Request) -> web.Response:
        wanted = bytes.fromhex(request.match_info["origin"])
        if wanted not in self._origins:
            await self._learn()
        feed = self._origins.get(wanted)
        if feed is None:
            raise web.HTTPNotFound
        return await self._checkpoint(feed)

    async def _learn(self) -> None:
        """Hash the origins of feeds that came here since this was asked last; a feed once here stays."""
        for row in await self._read(lambda db: feeds_after(db, self._newest, MAX_FEEDS)):
            self._origins[sha256(row.feed.origin.encode())] = row.feed
            self._newest = max(self._newest, row.no)

    async def _checkpoint(self, feed: Feed) -> web.Response:
        note = await self._read(lambda db: reading.checkpoint(db, feed))
        if note is None:
            raise web.HTTPNotFound
        return web.Response(text=note, headers=_FRESH)

    async def _keyring(self, request: web.Request) -> web.Response:
        node = parse_node(request.match_info["node"])
        notes = await self._read(lambda db: keyrings.notes_of(db, node))
        if not notes:
            raise web.HTTPNotFound
        array = encode(KeyringNotes(node, notes))[1:]  # the frame's array, without the byte of its type
        return web.Response(body=array, content_type="application/cbor", headers=_FRESH)

    async def _tile(self, request: web.Request) -> web.Response:
        level = int(request.match_info["level"])
        return await self._part(
            request, level, lambda db, no, number, width: tiles.tile(db, no, level, number, width)
        )

    async def _bundle(self, request: web.Request) -> web.Response:
        return await self._part(request, 0, tiles.bundle)

    async def _part(
        self, request: web.Request, level: int, make: Callable[[sqlite3.Connection, int, int, int], bytes]
    ) -> web.Response:
        feed = self._own(request)
        try:
            number, width = tile_number(request.match_info["tile"])
        except Malformed as error:
            raise web.HTTPBadRequest(text=str(error)) from error

        def read(db: sqlite3.Connection) -> bytes | None:
            row = feed_row(db, feed)
            covered = row.head.size >> (tiles.HEIGHT * level) if row and row.head else 0
            if row is None or level >= tiles.MAX_LEVEL or number * tiles.WIDTH + width > covered:
                return None
            return make(db, row.no, number, width)

        data = await self._read(read)
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="application/octet-stream", headers=_FOREVER)
