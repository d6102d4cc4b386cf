"""What a member's open pages may be told of: the rule of who may read, asked of each topic and of what is behind it.

Law: a topic names an object, a list of objects or a member's own inbox. It is told to who may read the object now, and,
where a restricted record is behind the news, to who may read that record. Whether an object is not here or not for the
viewer makes no difference. Source: DOMAIN R9, R12, docs/spec/api.md "Live".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from protocol.errors import Malformed
from protocol.ids import parse_entry
from store.reading import read_entry
from store.topics import news
from store.views.access import may_read
from store.views.areas import BY_NAME
from store.views.shapes import Viewer

LISTS: Final = frozenset(
    {"pitches", "members", "circles", "network", *(area.topic for area in BY_NAME.values())}
)
"""Topics of pages that list objects."""
KINDS: Final = frozenset({"pitch", "pledge", "circle", "member", "on", *BY_NAME})
"""Topics that name an object, or what is said beside it, by its entry id."""
HELD: Final = (
    "held"  # how far a feed has come: told of entries that all may read, or because of one that not all may
)
INBOX: Final = "inbox"


def for_everybody(topic: str) -> bool:
    """Whether every member may be told of it, so that nothing has to be looked up for each open page."""
    return topic in LISTS  # with a record behind it, it is no name of a list


def may_watch(db: sqlite3.Connection, viewer: Viewer, topic: str) -> bool:
    """Whether a member may be told that something changed under this topic."""
    kind, _, id_ = topic.partition(":")
    if topic in LISTS:
        return True
    if kind == INBOX:
        return viewer.member is not None and id_ == viewer.member
    if kind in KINDS:
        return _may_read(db, viewer, id_)
    return kind == HELD


def heard(db: sqlite3.Connection, viewer: Viewer, topics: Iterable[str]) -> set[str]:
    """Those of a transaction's topics, as pages name them, that this viewer may be told of now."""
    told: set[str] = set()
    for one in sorted({news(topic) for topic in topics}, key=lambda one: (one.topic, one.record or "")):
        if one.topic in told or not may_watch(db, viewer, one.topic):
            continue
        if one.record is None or _may_read(db, viewer, one.record):
            told.add(one.topic)
    return told


def _may_read(db: sqlite3.Connection, viewer: Viewer, id_: str) -> bool:
    try:
        found = read_entry(db, parse_entry(id_))
    except Malformed:
        return False
    return found is not None and may_read(db, viewer, found)
