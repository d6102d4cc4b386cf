"""This node as a witness: it puts its name under heads whose whole tree it holds.

Law: at most one cosignature a feed and minute, never under a smaller head than before; the store decides and records,
here is only who asks and when. Nothing that is forged, and nothing that is said again, uses up a turn or a minute of
the log it names. A COSIGNED goes to the author's node if connected. Source: PROTOCOL section 3, C2SP tlog-witness.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import OrderedDict
from typing import Final, NamedTuple

from aiohttp import web

from node.house import House
from node.logs import event
from node.network import Network
from protocol.checkpoint import Head, ParsedCheckpoint, checkpoint_text, parse_checkpoint, signed_head
from protocol.errors import BarnraiseError, Invalid, Malformed, Refused
from protocol.frame_types import Cosigned
from protocol.ids import Feed, parse_int, parse_origin
from protocol.keyring import witness_name
from protocol.limits import MAX_PROOF, MAX_REMEMBERED
from protocol.merkle import verify_subtree
from protocol.note import b64decode, cosignature, parse, render
from store import cosign, keyrings, tiles
from store.database import Tx
from store.rows import FeedRow, feed_row
from web.bodies import understood

LOOK_SECONDS: Final = 10.0  # how often heads that are due are looked for
TURN_SECONDS: Final = 1.0  # one submission of a head in this time
SIZE_TYPE: Final = "text/x.tlog.size"
_log: Final = logging.getLogger(__name__)


class Submission(NamedTuple):
    """The body of add-checkpoint: what the client believes was cosigned last, the proof from there, the head."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: ParsedCheckpoint


class Objection(Exception):
    """Why a submitted checkpoint is not cosigned, as an HTTP status and body."""

    def __init__(self, status: int, text: str = "", wait: int | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.wait = status, text, wait


def read_submission(body: bytes) -> Submission:
    """Malformed if the body is not what tlog-witness says, Objection 404 for a log of another kind."""
    try:
        top, gap, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        raise Malformed("add-checkpoint is UTF-8") from error
    first, *proof = top.split("\n")
    if not gap or not first.startswith("old ") or len(proof) >= MAX_PROOF:
        raise Malformed("add-checkpoint reads: old size, proof lines, empty line, checkpoint")
    old, hashes = parse_int(first.removeprefix("old ")), tuple(map(b64decode, proof))
    _check_origin(parse(note).text)
    return Submission(old, hashes, parse_checkpoint(note))


def _check_origin(text: str) -> None:
    try:
        parse_origin(text.partition("\n")[0])
    except Malformed as error:  # a checkpoint, perhaps a good one, of a log of another kind
        raise Objection(404) from error


class Witness:
    """Cosigns what is due by itself, and what is submitted."""

    def __init__(self, house: House, network: Network) -> None:
        self._house, self._network = house, network
        self._turns: OrderedDict[tuple[Feed, int], float] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """The witness endpoint."""
        return [web.post("/add-checkpoint", self._add_checkpoint)]

    # ── by itself ────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Cosign what is due until cancelled."""
        while True:
            try:
                await self._once()
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.WARNING, "witness-failed", why=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _once(self) -> None:
        database, node, now = self._house.store.database, self._house.node, self._house.clock.ms()
        due = await asyncio.wrap_future(database.read(lambda db: cosign.due(db, node, now)))
        if not due:
            return

        def sign(tx: Tx) -> list[Cosigned]:
            made = [cosign.cosign(tx, node, self._house.identity.witness, feed) for feed in due]
            return [frame for frame in made if frame is not None]

        for frame in await asyncio.wrap_future(database.write(sign)):
            self._network.send(frame.feed.node, frame)

    # ── when asked ───────────────────────────────────────────────────────────────────────────────────────────

    async def _add_checkpoint(self, request: web.Request) -> web.Response:
        try:
            with understood():
                body = await request.read()
            asked = read_submission(body)
            database = self._house.store.database
            await asyncio.wrap_future(database.read(lambda db: _known(db, asked.checkpoint)))
            self._take_turn(asked.checkpoint)
            line = await asyncio.wrap_future(database.write(lambda tx: self._cosign(tx, asked)))
            return web.Response(text=line)
        except Refused:
            return web.Response(status=400, text="the body cannot be read\n")
        except Malformed as error:
            return web.Response(status=400, text=f"{error}\n")
        except Objection as no:
            # Clients compare the type as a whole, so no charset stands behind it.
            headers = {"Content-Type": SIZE_TYPE if no.status == 409 else "text/plain"}
            if no.wait is not None:
                headers["Retry-After"] = str(no.wait)
            return web.Response(status=no.status, body=no.text.encode(), headers=headers)

    def _take_turn(self, checkpoint: ParsedCheckpoint) -> None:
        """Of a head whose signature holds, and of this head only: an old one said again costs a newer one nothing."""
        now, head = asyncio.get_running_loop().time(), (checkpoint.feed, checkpoint.size)
        if now - self._turns.get(head, -TURN_SECONDS) < TURN_SECONDS:
            raise Objection(429, wait=1)
        self._turns[head] = now
        self._turns.move_to_end(head)
        if len(self._turns) > MAX_REMEMBERED:
            self._turns.popitem(last=False)

    def _cosign(self, tx: Tx, asked: Submission) -> str:
        """The note line of a cosignature. Objection in the order of tlog-witness: 404, 403, 400, 409, 422."""
        feed, size, root, _ = asked.checkpoint
        row, head = _known(tx.db, asked.checkpoint)
        if asked.old > size:
            raise Objection(400)
        _check_place(tx.db, row, asked)
        made = cosign.cosign_head(tx, self._house.node, self._house.identity.witness, row, head)
        if made is None:
            raise Objection(429, wait=60)
        name, public = witness_name(self._house.node), self._house.identity.witness.public
        text = checkpoint_text(feed, size, root)
        note = render(text, [cosignature(name, public, made.seconds, made.signature)])
        return note.partition("\n\n")[2]


def _known(db: sqlite3.Connection, checkpoint: ParsedCheckpoint) -> tuple[FeedRow, Head]:
    """The feed as it stands here and the head submitted, its signature verified. Objection 404 or 403."""
    feed = checkpoint.feed
    row, keyring = feed_row(db, feed), keyrings.get(db, feed.node)
    key = keyring.feed_key(feed.epoch) if keyring else None
    if row is None or row.head is None or key is None:
        raise Objection(404)
    try:
        return row, signed_head(checkpoint, key)
    except Invalid as error:
        raise Objection(403) from error


def _check_place(db: sqlite3.Connection, row: FeedRow, asked: Submission) -> None:
    """Whether the submitted head follows what was cosigned and is of the tree held here. Objection 409, 422 or 503."""
    _, size, root, _ = asked.checkpoint
    last = cosign.last(db, row.no)
    if asked.old != last or (size == last and root != tiles.root_at(db, row.no, last)):
        raise Objection(409, f"{last}\n")
    if row.head is None or size > row.head.size:
        raise Objection(503, wait=5)  # its tree is not whole here yet
    if not _follows(db, row, asked) or root != tiles.root_at(db, row.no, size):
        raise Objection(422)


def _follows(db: sqlite3.Connection, row: FeedRow, asked: Submission) -> bool:
    """Whether the consistency proof holds; from nothing, an empty one does."""
    if asked.old == 0:
        return not asked.proof
    before, (_, size, root, _) = tiles.root_at(db, row.no, asked.old), asked.checkpoint
    try:
        verify_subtree(0, asked.old, size, before, asked.proof, root)
    except Invalid:
        return False
    return True
