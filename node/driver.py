"""The only place where an output of the engine becomes an effect.

Law: lives on the event loop and owns the engine; nobody else calls ``handle``. The store is asked by jobs whose answers
come back as events, in the order their transactions were committed. Nothing is sent before it is durable, because
Grew comes after the commit. Source: ARCHITECTURE "Two journeys", PROTOCOL sections 5 to 7.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar, cast

from node.link import Link
from node.logs import event
from node.shelf import Shelf
from node.turns import Turns
from protocol.errors import Refused
from protocol.frame_types import Err, Frame
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.ids import NodeId, short
from protocol.limits import MAX_INGESTS, MAX_PENDING, SILENCE_SECONDS
from store.database import Tx
from store.serve import Request

T = TypeVar("T")
_log: Final = logging.getLogger(__name__)


class OwnLogPort(Protocol):
    """Who hears what peers hold of the own log."""

    def answered(self, node: NodeId) -> None:
        """A peer has said what it holds of the own log, and it is stored."""

    def doubted(self) -> None:
        """The peers are asked again."""


class _Talk:
    """What the driver keeps of one conversation: its link, and which of its frames are being stored.

    ``waiting`` are those no transaction has taken up yet; ``queued`` while a job for them waits for the writer.
    ``answered`` while few enough of its requests wait that more may be read.
    """

    __slots__ = ("answered", "ingests", "link", "queued", "room", "tasks", "waiting")

    def __init__(self, link: Link) -> None:
        self.link = link
        self.ingests = 0
        self.waiting: deque[s.Ingest] = deque()
        self.queued = False
        self.room = asyncio.Event()
        self.room.set()
        self.answered = asyncio.Event()
        self.answered.set()
        self.tasks: set[asyncio.Task[None]] = set()


class Driver:
    """Turns outputs into sends, reads, writes, timers and closes.

    ``announce`` gets the topics pages must refresh, ``owing`` each node that something new is owed to, ``own`` what
    peers say of the own log.
    """

    def __init__(
        self,
        engine: Engine,
        shelf: Shelf,
        *,
        turns: Turns,
        announce: Callable[[set[str]], None],
        owing: Callable[[NodeId], None],
        own: OwnLogPort,
    ) -> None:
        self.engine = engine
        self.verdicts: Counter[str] = Counter()
        self._carried = Counter({"in": 0, "out": 0})
        self._shelf = shelf
        self._turns = turns
        self._announce = announce
        self._owing_to = owing
        self._own = own
        self._loop = asyncio.get_running_loop()
        self._talks: dict[int, _Talk] = {}
        self._conn = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._effects: dict[type, Callable[[Any], None]] = {
            s.Send: self._send,
            s.Close: self._close,
            s.Serve: self._serve,
            s.Ingest: self._ingest,
            s.SaveCursor: self._keep,
            s.Held: self._keep,
            s.Acked: self._keep,
            s.HasBlob: self._keep,
            s.Blame: self._keep,
            s.AskGaps: self._ask_gaps,
            s.OwnAnswered: self._own_answered,
            s.Wake: self._wake,
        }

    # ── from outside ─────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Let commits of the store reach the engine, and set its first timer."""
        self._shelf.database.on_commit = self._on_commit
        self.handle(s.Tick())

    def stop(self) -> None:
        """No timer and no commit reaches the engine any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def handle(self, happened: s.Event) -> None:
        """Give the engine an event and carry out what follows."""
        if self._stopped:
            return
        with self._turns.measured():
            for output in self.engine.handle(happened, self._loop.time()):
                self._effects[type(output)](output)

    async def converse(self, link: Link, cursor: tuple[bytes, int] | None) -> None:
        """Carry one admitted link from PeerUp to PeerDown."""
        self._conn += 1
        conn, talk = self._conn, _Talk(link)
        self._talks[conn] = talk

        async def on_frame(frame: Frame) -> None:
            await talk.room.wait()
            async with asyncio.timeout(SILENCE_SECONDS):  # who takes no answers for so long is gone
                await talk.answered.wait()
            self.handle(s.Received(conn, frame))
            self._count_requests(talk, conn)

        try:
            self.handle(s.PeerUp(conn, link.node, link.pinned, cursor))
            self._task(talk, self._owing(conn, link))
            await link.run(on_frame)
        finally:
            del self._talks[conn]
            self._carried.update({"in": link.bytes_in, "out": link.bytes_out})
            for task in talk.tasks:
                task.cancel()
            self.handle(s.PeerDown(conn))

    @property
    def traffic(self) -> dict[str, int]:
        """Bytes of frames carried since the start, by direction."""
        links = [talk.link for talk in self._talks.values()]
        standing = {"in": sum(link.bytes_in for link in links), "out": sum(link.bytes_out for link in links)}
        return {way: self._carried[way] + standing[way] for way in standing}

    def _on_commit(self, events: list[object], topics: set[str]) -> None:
        """Called in the writer's thread after each commit."""
        self._loop.call_soon_threadsafe(self._committed, events, topics)

    def _committed(self, events: list[object], topics: set[str]) -> None:
        for happened in events:
            self.handle(happened)  # type: ignore[arg-type]  # the store appends events of signals only
            if isinstance(happened, s.Owing):
                self._owing_to(happened.node)
            elif isinstance(happened, s.OwnDoubted):
                self._own.doubted()
        if topics:
            self._announce(topics)

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, output: s.Send) -> None:
        talk = self._talks.get(output.conn)
        if talk is not None:
            talk.link.send(output.frame)

    def _close(self, output: s.Close) -> None:
        talk = self._talks.get(output.conn)
        if talk is not None:
            if output.offence:
                event(_log, logging.WARNING, "offence", node=short(talk.link.node), why=output.err)
            if output.blame is None:
                talk.link.close(output.err, offence=output.offence)
            else:
                self._task(talk, self._blamed(talk, output, output.blame))

    async def _blamed(self, talk: _Talk, output: s.Close, blame: s.Blame) -> None:
        """What is held against a peer is durable before it is told so."""
        await self._write(lambda tx: self._shelf.keep(tx, blame))
        talk.link.close(output.err, offence=output.offence)

    def _wake(self, output: s.Wake) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(output.at, self.handle, s.Tick())

    def _serve(self, output: s.Serve) -> None:
        talk = self._talks.get(output.conn)
        if talk is not None:
            self._task(talk, self._served(talk, output))

    async def _served(self, talk: _Talk, output: s.Serve) -> None:
        await talk.link.drained()
        frames, rest = await self._read(
            lambda db: self._shelf.answer(db, cast(Request, output.request), output.node, output.hidden)
        )
        self.handle(s.Served(output.conn, frames, rest))
        self._count_requests(talk, output.conn)

    def _count_requests(self, talk: _Talk, conn: int) -> None:
        """What a peer asks beyond MAX_PENDING waits unread."""
        peer = self.engine.peers.get(conn)
        if peer is not None and len(peer.requests) >= MAX_PENDING:
            talk.answered.clear()
        else:
            talk.answered.set()

    def _ingest(self, output: s.Ingest) -> None:
        """Have a frame stored: by the job that waits for the writer, or by a new one when none does."""
        talk = self._talks.get(output.conn)
        if talk is None:
            return
        talk.ingests += 1
        if talk.ingests >= MAX_INGESTS:
            talk.room.clear()
        talk.waiting.append(output)
        if not talk.queued:
            talk.queued = True
            self._task(talk, self._ingested(talk, output.conn))

    async def _ingested(self, talk: _Talk, conn: int) -> None:
        taken = await self._write(lambda tx: self._take(tx, talk, conn))
        talk.ingests -= len(taken)
        talk.room.set()
        for given, outcome in taken:
            self.verdicts[outcome.verdict.value] += 1
            self.handle(s.Ingested(conn, given.frame, outcome, given.sent))

    def _take(self, tx: Tx, talk: _Talk, conn: int) -> list[tuple[s.Ingest, s.Outcome]]:
        """Store what waits, in the writer's thread; what grew by it is marked with the conversation it came by."""
        talk.queued = False  # before taking: a frame that comes now is taken here or has a job of its own
        given = [talk.waiting.popleft() for _ in range(len(talk.waiting))]
        before = len(tx.events)
        outcomes = self._shelf.take(tx, [one.frame for one in given], talk.link.node)
        tx.events[before:] = [
            replace(happened, conn=conn) if isinstance(happened, s.Grew | s.Conviction) else happened
            for happened in tx.events[before:]
        ]
        return list(zip(given, outcomes, strict=True))

    def _keep(self, output: s.SaveCursor | s.Held | s.Acked | s.HasBlob | s.Blame) -> None:
        self._watch(self._shelf.database.write(lambda tx: self._shelf.keep(tx, output)))

    def _own_answered(self, output: s.OwnAnswered) -> None:
        self._watch(self._shelf.database.write(self._shelf.tell_again))
        self._own.answered(output.node)

    def _ask_gaps(self, output: s.AskGaps) -> None:
        talk = self._talks.get(output.conn)
        if talk is not None:
            self._task(talk, self._gaps(output))

    async def _gaps(self, output: s.AskGaps) -> None:
        for feed, indexes in await self._read(lambda db: self._shelf.gaps(db, output.node)):
            self.handle(s.GapsKnown(output.conn, feed, indexes))

    async def _owing(self, conn: int, link: Link) -> None:
        for owing in await self._read(lambda db: self._shelf.owed(db, link.node)):
            if conn in self._talks:
                self.handle(owing)

    # ── the store, waited for ────────────────────────────────────────────────────────────────────────────────

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._shelf.database.read(query))

    async def _write(self, change: Callable[[Tx], T]) -> T:
        return await asyncio.wrap_future(self._shelf.database.write(change))

    def _watch(self, work: Future[Any]) -> None:
        """Log what a job nobody waits for ran into."""
        work.add_done_callback(tell)

    def _task(self, talk: _Talk, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        talk.tasks.add(task)
        task.add_done_callback(lambda done: self._finished(talk, done))

    def _finished(self, talk: _Talk, task: asyncio.Task[None]) -> None:
        talk.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if not isinstance(error, Refused):
            event(_log, logging.ERROR, "conversation-failed", node=short(talk.link.node), why=repr(error))
        talk.link.close(Err("closing" if not isinstance(error, Refused) else "busy", ""))


def tell(work: Future[Any]) -> None:
    """Log what a job of the store that nobody waits for ran into."""
    error = None if work.cancelled() else work.exception()
    if error is not None:
        event(_log, logging.ERROR, "store-failed", why=repr(error))
