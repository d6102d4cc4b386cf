"""What people say to each other: comments and thanks.

Law: a comment changes nothing it is on, so it waits for nothing: it is a row of its own, joined when read.
Source: DOMAIN section 3, area *talk*.
"""

from __future__ import annotations

from protocol.records.talk import Comment
from store.payloads import Item
from store.views.ground import Batch, as_a


def take(batch: Batch, items: list[Item]) -> None:
    """Comments."""
    rows = [(item.key, as_a(Comment, item.record).on, int(item.restricted)) for item in items]
    batch.db.executemany("INSERT INTO comments (key, about, restricted) VALUES (?, ?, ?)", rows)
    batch.tx.topics.update(f"on:{about}" for _, about, _ in rows)
