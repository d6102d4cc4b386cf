"""The store of one node: a folder with its database, its files, and the word on what was signed last.

Law: the only way in. Opened once a process; it signs only while log and signed-head file agree.
Source: PROTOCOL sections 2 and 11, OPERATIONS "Data folder".
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from protocol.errors import LocalError, Refused
from protocol.frame_types import (
    Blob,
    Chunk,
    Cosigned,
    Envelopes,
    EvidenceFrame,
    Frame,
    KeyringNotes,
)
from protocol.gossip.signals import BLAMED, Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.limits import SALT
from protocol.merkle import EMPTY
from store import (
    ballots,
    blobs,
    cosign,
    evidence,
    journal,
    keyrings,
    log,
    opening,
    peers,
    publishing,
    serve,
    signed_head,
    signing,
    standing,
    telling,
    views,
)
from store.blobs import Blobs
from store.database import Database, Tx
from store.intake import Offer
from store.own import Own
from store.room import Limits, Room, free_of
from store.rows import ensure_feed, feed_or_empty
from store.signed_head import Case, Signed
from store.signing import Heard, Needed

DATABASE: Final = "node.db"
SIGNED_HEAD: Final = "signed-head"
BLOBS: Final = "blobs"

_FULL: Final = Outcome(Verdict.NO_ROOM, detail="the disk is nearly full")


class Store:
    """An open store. ``case`` is how log and signed-head file stood at the start.

    ``booted``: the machine was started since something was signed last. ``shown`` False keeps what peers send without
    reading it into the views, until they are rebuilt.
    """

    def __init__(
        self, folder: Path, own: Own, database: Database, case: Case, limits: Limits, *, booted: bool = False
    ) -> None:
        self.folder = folder
        self.own = own
        self.database = database
        self.case = case
        self.shown = True
        self.booted = booted
        self.blobs = Blobs(folder / BLOBS)
        self.room = Room(limits, lambda: free_of(folder))
        database.memory.room = self.room

    @classmethod
    def open(
        cls,
        folder: Path,
        own: Own,
        clock: Callable[[], int],
        *,
        create: bool = True,
        read_only: bool = False,
        readers: int = 2,
        limits: Limits = Limits(),  # noqa: B008 - a frozen value
    ) -> Store:
        """Open the folder's store; ``clock`` gives POSIX ms. ``create``: make one if there is none, else Refused
        ("no-database").

        Log and signed-head file are compared first. A node without peers goes on in cases 1 and 2; else what is
        published waits in the outbox until ``begin_signing``.
        """
        path, signed = folder / DATABASE, folder / SIGNED_HEAD
        if not path.exists():
            if read_only or not create:
                raise Refused("no-database", field="data", name=DATABASE, path=str(folder))
            folder.mkdir(parents=True, exist_ok=True)
            if not signed.exists():  # else a database was lost: what was signed must not be forgotten
                signed_head.write(signed, Signed(own.feed, 0, EMPTY))
        booted = signed_head.find(signed).booted
        database = Database(path, clock=clock, readers=readers, read_only=read_only)
        try:
            case = _start(database, folder / SIGNED_HEAD, own, read_only=read_only)
        except BaseException:
            database.close()
            raise
        return cls(folder, own, database, case, limits, booted=booted)

    def close(self) -> None:
        """Finish what is queued and close every connection."""
        self.database.close()

    @property
    def signed_head(self) -> Path:
        """The file that says what was signed last."""
        return self.folder / SIGNED_HEAD

    def needed(self, db: sqlite3.Connection, heard: Heard) -> Needed:
        """What must still happen before this node may sign; nothing when it signs already."""
        if standing.alarm(db) in standing.WAITING:
            return signing.needed(db, self.own, self.signed_head, heard)
        return Needed((), behind=False)

    def tell_again(self, tx: Tx) -> None:
        """A peer that was not told of the own feed until now will be told of it by its next SINCE."""
        row = feed_or_empty(tx.db, self.own.feed)
        if row.head is not None:
            journal.stamp(tx, row.no)

    def begin_signing(self, tx: Tx, heard: Heard) -> bool:
        """Sign from now on, first what waits, if nothing more is needed; whether this node may sign now."""
        reason = standing.alarm(tx.db)
        if reason in standing.WAITING and self.needed(tx.db, heard).nothing:
            signing.begin(tx, self.own, self.signed_head)
            reason = None
        return reason is None

    def go_on_alone(self, tx: Tx) -> bool:
        """Sign from now on at the operator's word that no peer holds more; whether this node may sign now.

        No word helps where more is known to be signed: by the file, or by a longer own head that was seen.
        """
        reason, row = standing.alarm(tx.db), feed_or_empty(tx.db, self.own.feed)
        if reason in standing.WAITING - {standing.LOG_BEHIND} and row.joined is None:
            signing.begin(tx, self.own, self.signed_head)
            reason = None
        return reason is None

    def answer(
        self, request: serve.Request, node: NodeId, hidden: Feed | None = None
    ) -> Future[serve.Answer]:
        """Frames a peer may have for its request, and what is left of it; ``hidden`` is a feed that is not here."""
        return self.database.read(lambda db: serve.answer(db, request, node, self.blobs, hidden))

    def receive(self, frame: Frame, sender: NodeId) -> Future[Outcome]:
        """Verify and keep what a peer sent; resolves once that is durable.

        For callers without an engine, so an offence is counted against the sender as it stands.
        """
        return self.database.write(lambda tx: self.take(tx, frame, sender))

    def take(self, tx: Tx, frame: Frame, sender: NodeId) -> Outcome:
        """The same inside a transaction that is open."""
        (outcome,) = self.take_all(tx, [frame], sender)
        if outcome.verdict in BLAMED:
            peers.refused(tx, sender, outcome.verdict, outcome.detail)
        return outcome

    def take_all(self, tx: Tx, frames: Sequence[Frame], sender: NodeId) -> list[Outcome]:
        """The same for frames in the order they came: the views are brought up once for all of them.

        Nothing is counted: whether an outcome is the sender's fault is the engine's to say.
        """
        offer = Offer(self.own.node, sender, [] if self.shown else None)
        outcomes = [
            self._take(tx, frame, offer) if self.room.takes(tx.db, frame) else _FULL for frame in frames
        ]
        if offer.records:
            views.apply(tx, offer.records)
            tx.taken += offer.records
        return outcomes

    def _take(self, tx: Tx, frame: Frame, offer: Offer) -> Outcome:
        own_node = self.own.node
        match frame:
            case Chunk():
                return log.ingest(tx, offer, frame)
            case Envelopes():
                return log.ingest_envelopes(tx, offer, frame)
            case KeyringNotes():
                return keyrings.receive(tx, frame.node, frame.notes, own_node=own_node)
            case EvidenceFrame():
                outcome = evidence.receive(tx, frame)
                if outcome.verdict is Verdict.CONVICTED and frame.feed.node == own_node:
                    standing.stop(tx, own_node, standing.OWN_HEAD)
                return outcome
            case Cosigned():
                return cosign.receive(tx, own_node, frame)
            case Blob():
                return blobs.take(tx, self.blobs, frame)
        raise LocalError(f"not a frame to keep: {type(frame).__name__}")


def _start(database: Database, path: Path, own: Own, *, read_only: bool) -> Case:
    if read_only:
        found = signed_head.find(path)
        return database.read(lambda db: signed_head.compare(db, feed_or_empty(db, own.feed), found)).result()
    database.write(lambda tx: _fill_views(tx, own, Blobs(path.parent / BLOBS))).result()
    database.before_commit.append(lambda tx: publishing.tally(tx, own, lambda: secrets.token_bytes(SALT)))
    database.before_commit.append(
        lambda tx: publishing.close_polls(tx, own, lambda: secrets.token_bytes(SALT))
    )
    database.before_commit.append(lambda tx: telling.tell(tx, own.node))
    database.before_commit.append(lambda tx: log.seal(tx, own))
    database.after_commit.append(lambda tx: _write_signed_head(tx, path, own))
    return database.write(lambda tx: _settle(tx, path, own)).result()


def _settle(tx: Tx, path: Path, own: Own) -> Case:
    """Make the rows a new store needs and compare log and file; signing starts or stops accordingly."""
    if tx.db.execute("SELECT 1 FROM meta WHERE key = 'generation'").fetchone() is None:
        journal.set_generation(tx, secrets.token_bytes(journal.GENERATION))
    ballots.ensure_secret(tx.db)
    held = keyrings.held(tx, own.node)
    if held is None or held.keyring.notes != own.keyring.notes:
        keyrings.put(tx, own.keyring)
    row = ensure_feed(tx.db, own.feed)
    found = signed_head.find(path)
    case = signed_head.compare(tx.db, row, found)
    standing.settle(tx, own.node, case, moved=found.moved)
    if standing.alarm(tx.db) is None:
        signing.begin(tx, own, path)
    return case


def _fill_views(tx: Tx, own: Own, files: Blobs) -> None:
    """Read the log into views whose tables were made anew: this version makes other rows of it."""
    if opening.views_stale(tx.db):
        blobs.settle(tx, files)
        views.rebuild(tx, own.node)
        opening.views_filled(tx.db)


def _write_signed_head(tx: Tx, path: Path, own: Own) -> None:
    if tx.signed is not None:
        signed_head.write(path, Signed(own.feed, tx.signed.size, tx.signed.root))
