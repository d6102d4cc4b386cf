"""Rows of comments: taken in, and what their authors said of them afterwards.

Law: a comment waits for nothing it is on; a revise or withdraw waits for its comment. Only who wrote a comment says it
otherwise or takes it back, after which nothing more is said of it; one that names nobody is its node's to check.
Source: DOMAIN section 3, area *talk*, and section 2.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.talk import Comment
from protocol.rules.ownership import when_said
from protocol.rules.people import Person
from store.payloads import Item
from store.rows import entry_of
from store.views import versions
from store.views.ground import APPLIES, OUT_OF_TURN, STRANGER, Batch, Said, about, as_a, listed
from store.views.succession import number_of

STEPS: Final = ("comment.revise", "comment.withdraw")


class CommentRow(NamedTuple):
    """A row of ``comments``, in the order of its columns."""

    key: int
    about: str
    at: int
    restricted: int
    author: str | None
    revised: str | None
    ended: str | None


COLUMNS: Final = ", ".join(CommentRow._fields)
_BY_KEY: Final = f"SELECT {COLUMNS} FROM comments WHERE key = ?"  # noqa: S608
_PUT: Final = f"INSERT INTO comments ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def row_of(db: sqlite3.Connection, comment: str) -> CommentRow | None:
    """The row of a comment, by its entry id; None if it is not here, or is no comment."""
    key = versions.key_of(db, comment)
    row = db.execute(_BY_KEY, (key,)).fetchone() if key is not None else None
    return CommentRow(*row) if row else None


def take(batch: Batch, items: list[Item]) -> None:
    """Comments."""
    made = [(item, as_a(Comment, item.record)) for item in items]
    batch.db.executemany(
        _PUT,
        [(item.key, said.on, item.at, int(item.restricted), said.by, None, None) for item, said in made],
    )
    batch.tx.topics.update(f"on:{said.on}" for _, said in made)
    waiting = _spoken_of(batch.db, [str(item.entry) for item in items])
    batch.remarks.update(waiting)
    if batch.people.moved:
        batch.recall(waiting, "comment")


_SPOKEN: Final = """
SELECT about FROM steps WHERE about IN (SELECT value FROM json_each(?1)) AND applies IS NOT -1
UNION SELECT about FROM steps WHERE about IN (SELECT value FROM json_each(?1)) AND applies = -1
"""
_OF: Final = "SELECT key FROM comments WHERE author IN (SELECT value FROM json_each(?))"


def take_steps(batch: Batch, items: list[Item]) -> None:
    """What is said of comments: only its author's nodes can have made it."""
    mine = [_may_be_hers(batch, item) for item in items]
    batch.take_steps([item for item, own in zip(items, mine, strict=True) if own])
    batch.take_strangers([item for item, own in zip(items, mine, strict=True) if not own])
    batch.remarks.update(about(item) for item, own in zip(items, mine, strict=True) if own)


def _may_be_hers(batch: Batch, item: Item) -> bool:
    subject, node = about(item), item.entry.node
    home = subject.partition("-")[0]
    if node == home:
        return True
    row = row_of(batch.db, subject) if batch.people.moved else None
    return row is not None and any(one.node == node for one in batch.people.person(home, row.author))


def of_authors(db: sqlite3.Connection, members: Iterable[str]) -> set[str]:
    """Entry ids of the comments these cards wrote of which something was said since."""
    keys = [key for (key,) in db.execute(_OF, (listed(members),))]
    return _spoken_of(db, [str(entry_of(db, key)) for key in keys])


def _spoken_of(db: sqlite3.Connection, comments: Iterable[str]) -> set[str]:
    """Those of which something was said, by whomever."""
    return {comment for (comment,) in db.execute(_SPOKEN, (listed(comments),))}


# ── what each says now ───────────────────────────────────────────────────────────────────────────────────────

_ABOUT: Final = """
SELECT about, key, restricted FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type IN ('comment.revise', 'comment.withdraw')
  AND applies IS NOT -1
"""
_WRITE: Final = "UPDATE comments SET revised = ?, ended = ? WHERE key = ?"


class _Step(NamedTuple):
    turn: int
    said: Said
    record: Record


def settle(batch: Batch) -> None:
    """Work out what the comments touched by the batch say."""
    if not batch.remarks:
        return
    stood: dict[str, dict[int, int]] = {}
    for comment, key, restricted in batch.db.execute(_ABOUT, (listed(sorted(batch.remarks)),)):
        stood.setdefault(comment, {})[key] = restricted
    told = batch.told(stood, [key for steps in stood.values() for key in steps])
    for comment, steps in stood.items():
        row = row_of(batch.db, comment)
        if row is not None:
            found = [(*told[key], restricted) for key, restricted in steps.items() if key in told]
            _settle_one(batch, comment, row, found)


def _settle_one(
    batch: Batch, comment: str, row: CommentRow, steps: Sequence[tuple[Said, Record, int]]
) -> None:
    person = batch.people.person(comment.partition("-")[0], row.author)
    made = (_step(batch, row, person, step) for step in steps)
    revised, ended = None, None
    for step in sorted((step for step in made if step is not None), key=lambda step: step.turn):
        if ended is not None:
            batch.judged.append(
                (OUT_OF_TURN, step.said.key, f"{step.record.type}: the comment was withdrawn")
            )
            continue
        batch.judged.append((APPLIES, step.said.key, ""))
        if step.record.type == "comment.withdraw":
            ended = step.said.id
        else:
            revised = step.said.id
    if (revised, ended) != (row.revised, row.ended):
        batch.db.execute(_WRITE, (revised, ended, row.key))
    batch.tx.topics.add(f"on:{row.about}")


def _step(batch: Batch, row: CommentRow, person: Person, step: tuple[Said, Record, int]) -> _Step | None:
    """A step of the author; judged and None when it is not hers."""
    said, record, restricted = step
    at = when_said(record, NodeId(said.node), said.order, owner=person)
    if at is None or restricted != row.restricted:
        why = "not by its author" if at is None else "its audience is not the comment's"
        batch.judged.append((STRANGER, said.key, f"{record.type}: {why}"))
        return None
    return _Step(number_of(at), said, record)
