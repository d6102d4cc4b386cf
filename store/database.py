"""One database, one writer.

Law: every change goes through one thread and its ``BEGIN IMMEDIATE`` transaction; what is queued together is committed
together (one fsync for many), each job in a savepoint of its own, so that one that fails takes nothing with it. A
promise is kept only after COMMIT and the hooks that follow it. Readers are read-only and cannot hold anyone up for
longer than their time limit. Source: QUALITY style 11 and 12, PROTOCOL section 2 "Signing order".
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from protocol.checkpoint import Head
from protocol.errors import LocalError, Refused
from protocol.ids import Feed
from protocol.keyring import Keyring
from store.opening import open_reader, open_writer
from store.topics import because_of

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

MAX_QUEUED: Final = 4_096  # jobs waiting for the writer or the readers; more are refused as busy
MAX_BATCH_SECONDS: Final = (
    0.1  # a transaction takes no further jobs after this: nobody waits long for its commit
)
MAX_REMEMBERED: Final = 1_024  # verified heads and read keyrings kept in memory: 16 MB at the very most
_PROGRESS_STEPS: Final = 2_000  # virtual machine steps between two looks at a reader's time limit


class TooSlow(LocalError):
    """A read took longer than readers may take."""


class Bounds(Protocol):
    """How much may still be taken; see store.room."""

    def for_records(self) -> None:
        """Refused when not even a record has room."""

    def others_left(self, db: sqlite3.Connection) -> int | None:
        """Bytes of files that may still be fetched; None: however many."""


class Boundless:
    """Room without end, until a store says how much there is."""

    def for_records(self) -> None:
        """See Bounds."""

    def others_left(self, _db: sqlite3.Connection) -> int | None:
        """See Bounds."""
        return None


class Memory:
    """What the writer need not do twice, bounded and safe to lose; only its thread touches it.

    ``heads``: heads whose signature held; ``keyrings``: chains by the bytes they were read from;
    ``signature_checks``: head signatures really verified; ``room``: how much may still be taken.
    """

    __slots__ = ("heads", "keyrings", "room", "signature_checks")

    def __init__(self) -> None:
        self.heads: OrderedDict[tuple[Feed, Head], None] = OrderedDict()
        self.keyrings: OrderedDict[bytes, Keyring] = OrderedDict()
        self.signature_checks = 0
        self.room: Bounds = Boundless()

    @staticmethod
    def keep(memory: OrderedDict[K, V], key: K, value: V) -> None:
        """Remember one more; the one remembered longest goes when there are too many."""
        memory[key] = value
        if len(memory) > MAX_REMEMBERED:
            memory.popitem(last=False)


class Tx:
    """One transaction as a job sees it.

    ``db`` the connection inside the transaction, ``now`` POSIX ms (one value for the whole transaction), ``events`` for
    the engine after the commit, ``topics`` pages must refresh (``store.topics``), ``appended`` own entries that wait
    for the seal, ``taken`` records the views were shown, ``signed`` the head the seal made of them.
    """

    __slots__ = ("appended", "db", "events", "memory", "now", "signed", "taken", "topics")

    def __init__(self, db: sqlite3.Connection, now: int, memory: Memory) -> None:
        self.db = db
        self.now = now
        self.memory = memory
        self.signed: Head | None = None
        self.events: list[object] = []
        self.topics: set[str] = set()
        self.appended: list[Any] = []
        self.taken: list[Any] = []

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All of what happens inside, or nothing of it."""
        events, topics = len(self.events), set(self.topics)
        appended, taken = len(self.appended), len(self.taken)
        self.db.execute("SAVEPOINT job")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO job")
            self.db.execute("RELEASE job")
            del self.events[events:], self.appended[appended:], self.taken[taken:]
            self.topics = topics
            raise
        self.db.execute("RELEASE job")

    @contextmanager
    def because_of(self, record: str) -> Iterator[None]:
        """Topics added inside are only for who may read the restricted record with this entry id."""
        before, self.topics = self.topics, set()
        try:
            yield
        finally:
            before.update(because_of(topic, record) for topic in self.topics)
            self.topics = before


class _Job:
    """A function to run and the future that tells how it ended."""

    __slots__ = ("fn", "future", "result", "seconds")

    def __init__(self, fn: Callable[[Any], Any], seconds: float = 0.0) -> None:
        self.fn = fn
        self.seconds = seconds
        self.future: Future[Any] = Future()
        self.result: Any = None


class Database:
    """The one writer and the readers of a database file.

    ``on_begin`` hooks see a transaction before its first job, ``before_commit`` hooks before COMMIT; both may still
    write. ``after_commit`` hooks run after it, before any future resolves, ``on_commit(events, topics)`` last. All run
    in the writer's thread. If an after_commit hook fails the writer stops for good: what it could not finish is found
    at the next start.
    ``memory`` is the writer's.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], int],
        readers: int = 2,
        read_seconds: float = 5.0,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self.clock = clock
        self.read_only = read_only
        self.read_seconds = read_seconds
        self.commits = 0  # since the start: what was read under one number may be kept until the next
        self.on_begin: list[Callable[[Tx], None]] = []
        self.before_commit: list[Callable[[Tx], None]] = []
        self.after_commit: list[Callable[[Tx], None]] = []
        self.on_commit: Callable[[list[object], set[str]], None] = _ignore
        self.memory = Memory()
        self._closed = False
        self._broken: BaseException | None = None
        self._writes: queue.Queue[_Job | None] = queue.Queue(MAX_QUEUED)
        self._reads: queue.Queue[_Job | None] = queue.Queue(MAX_QUEUED)
        self._threads: list[threading.Thread] = []
        if not read_only:
            writer = open_writer(path)
            self._start(self._write_loop, writer, "store-writer")
        for number in range(readers):
            self._start(self._read_loop, open_reader(path), f"store-reader-{number}")

    @property
    def signature_checks(self) -> int:
        """Head signatures really verified since the start."""
        return self.memory.signature_checks

    @property
    def stopped(self) -> str | None:
        """Why the writer has stopped for good; None while it writes."""
        return None if self._broken is None else str(self._broken)

    def write(self, fn: Callable[[Tx], T]) -> Future[T]:
        """Run fn in the next transaction; the future resolves once that is durable.

        Refused("busy") when too much is queued, LocalError after close, on a read-only database or a broken writer.
        """
        if self.read_only:
            raise LocalError("the database is open for reading only")
        if self._broken is not None:
            raise LocalError(f"the writer has stopped: {self._broken}")
        return self._put(self._writes, _Job(fn))

    def read(self, fn: Callable[[sqlite3.Connection], T], *, seconds: float | None = None) -> Future[T]:
        """Run fn on a read-only connection, in one snapshot. TooSlow (in the future) beyond the time limit.

        ``seconds``: a longer limit, for what nobody waits for and is rarely asked: there are few readers.
        """
        return self._put(self._reads, _Job(fn, self.read_seconds if seconds is None else seconds))

    def close(self) -> None:
        """Finish what is queued, then close every connection, the writer's last: only it can put the WAL away."""
        if self._closed:
            return
        self._closed = True
        readers = self._threads if self.read_only else self._threads[1:]
        for _ in readers:
            self._reads.put(None)
        for thread in readers:
            thread.join()
        self._writes.put(None)
        for thread in self._threads:
            thread.join()

    def _put(self, jobs: queue.Queue[_Job | None], job: _Job) -> Future[Any]:
        if self._closed:
            raise LocalError("the database is closed")
        try:
            jobs.put_nowait(job)
        except queue.Full:
            raise Refused("busy") from None
        return job.future

    def _start(
        self, loop: Callable[[sqlite3.Connection], None], connection: sqlite3.Connection, name: str
    ) -> None:
        thread = threading.Thread(target=loop, args=(connection,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    # The writer's thread

    def _write_loop(self, db: sqlite3.Connection) -> None:
        stop = False
        while not stop:
            first = self._writes.get()
            stop = first is None
            if first is not None:
                stop = self._transaction(db, first)
        db.close()

    def _transaction(self, db: sqlite3.Connection, first: _Job) -> bool:
        """One commit for all that is queued; True when the queue's end was met."""
        done: list[_Job] = []
        tx = Tx(db, self.clock(), self.memory)
        stop = False
        try:
            if self._broken is not None:
                raise LocalError(f"the writer has stopped: {self._broken}")
            db.execute("BEGIN IMMEDIATE")
            for hook in self.on_begin:
                hook(tx)
            stop = self._run_queued(tx, first, done)
            for hook in self.before_commit:
                hook(tx)
            db.execute("COMMIT")
        except BaseException as error:  # the edge of the writer: whoever waits is told
            if db.in_transaction:
                db.execute("ROLLBACK")
            _fail(done or [first], error)
            return stop
        self._committed(tx, done)
        return stop

    def _run_queued(self, tx: Tx, first: _Job, done: list[_Job]) -> bool:
        until = time.monotonic() + MAX_BATCH_SECONDS
        job: _Job | None = first
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                self._run(tx, job, done)
            if time.monotonic() > until:
                return False
            try:
                job = self._writes.get_nowait()
            except queue.Empty:
                return False
        return True

    def _run(self, tx: Tx, job: _Job, done: list[_Job]) -> None:
        try:
            with tx.savepoint():
                job.result = job.fn(tx)
        except BaseException as error:  # the edge of a job: its future carries the error
            job.future.set_exception(error)
            if not tx.db.in_transaction:  # a full disk ends the whole transaction, not the savepoint alone
                raise
        else:
            done.append(job)

    def _committed(self, tx: Tx, done: list[_Job]) -> None:
        self.commits += 1
        try:
            for hook in self.after_commit:
                hook(tx)
            if tx.events or tx.topics:
                self.on_commit(tx.events, tx.topics)
        except BaseException as error:  # nothing may be said before the hooks are through
            self._broken = error
            _fail(done, error)
            return
        for job in done:
            job.future.set_result(job.result)

    # The readers' threads

    def _read_loop(self, db: sqlite3.Connection) -> None:
        while (job := self._reads.get()) is not None:
            if job.future.set_running_or_notify_cancel():
                self._read_one(db, job)
        db.close()

    def _read_one(self, db: sqlite3.Connection, job: _Job) -> None:
        until = time.monotonic() + job.seconds
        db.set_progress_handler(lambda: time.monotonic() > until, _PROGRESS_STEPS)
        try:
            db.execute("BEGIN")
            result = job.fn(db)
        except sqlite3.OperationalError as error:
            late = str(error) == "interrupted"
            job.future.set_exception(TooSlow("a read took too long") if late else error)
        except BaseException as error:  # the edge of a job: its future carries the error
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
        finally:
            db.set_progress_handler(None, 0)
            if db.in_transaction:
                db.execute("ROLLBACK")


def _ignore(_events: list[object], _topics: set[str]) -> None:
    pass


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(error)
