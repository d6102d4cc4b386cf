"""What people say to each other: comments.

Law: a comment changes nothing it is on, so it waits for nothing: it is a row of its own, joined when read. A restricted
comment on a pledge is between its parties; on anything else it is for the members of the nodes it names.
Source: DOMAIN section 3, "Audience" and area *talk*.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.records.talk import Comment
from store.payloads import Item
from store.views import pledge_rows
from store.views.access import sees_around
from store.views.ground import Batch, Said, as_a, said
from store.views.people import Names, original
from store.views.pledge_rows import PledgeRow
from store.views.shapes import CommentItem, Person, Viewer
from store.views.timeline import in_time

MAX_SHOWN: Final = 500  # comments on one object, the newest


def take(batch: Batch, items: list[Item]) -> None:
    """Comments."""
    rows = [(item.key, as_a(Comment, item.record).on, int(item.restricted)) for item in items]
    batch.db.executemany("INSERT INTO comments (key, about, restricted) VALUES (?, ?, ?)", rows)
    batch.tx.topics.update(f"on:{about}" for _, about, _ in rows)


_ON: Final = """
SELECT key FROM comments WHERE about = ? AND (restricted = 0 OR ?) ORDER BY key DESC LIMIT ?
"""
_COUNT: Final = "SELECT count(*) FROM comments WHERE about = ? AND (restricted = 0 OR ?)"


def comments_on(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> list[CommentItem]:
    """The newest comments on an object the viewer may see, oldest first."""
    pledge = _pledge(db, object_id)
    hidden = sees_around(db, viewer, object_id)
    if pledge is not None and pledge.restricted and not hidden:
        return []
    names = Names(db, viewer)
    giver = _unnamed_giver(db, names, pledge)
    keys = [key for (key,) in db.execute(_ON, (object_id, hidden, MAX_SHOWN))]
    return [_item(names, record, giver) for record in in_time(said(db, keys).values())]


def count_on(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> int:
    """How many comments on an object the viewer may see."""
    hidden = sees_around(db, viewer, object_id)
    return int(db.execute(_COUNT, (object_id, hidden)).fetchone()[0])


def _pledge(db: sqlite3.Connection, object_id: str) -> PledgeRow | None:
    return pledge_rows.rows(db, [object_id]).get(object_id)


def _unnamed_giver(
    db: sqlite3.Connection, names: Names, pledge: PledgeRow | None
) -> tuple[str, Person] | None:
    """(node, person) of a giver who is not named: beside her own pledge she appears as she does on it."""
    if pledge is None or pledge.giver is not None:
        return None
    return pledge.node, names.giver(pledge.id, said(db, [pledge.key])[pledge.key].content)


def _item(names: Names, record: Said, giver: tuple[str, Person] | None) -> CommentItem:
    content = record.content
    return {
        "id": record.id,
        "on": content["on"],
        "who": names.person(content["by"]) if content.get("by") else _unnamed(names, record, giver),
        "text": content["text"],
        "lang": original(content.get("lang"), content["text"]),
        "reply_to": content.get("reply_to"),
        "restricted": content.get("audience") is not None,
        "time": record.at,
    }


def _unnamed(names: Names, record: Said, giver: tuple[str, Person] | None) -> Person:
    if giver is not None and giver[0] == record.node:
        return giver[1]
    return names.unnamed("organisation", record.node, you=names.is_behind(record.id))
