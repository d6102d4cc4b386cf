"""Issues: what members need an answer to, in a circle or beside all.

Law: an issue is what who raised it said; that others have it too, and which are one, are voices beside it, counted when
it is read. Source: DOMAIN section 3, area *circles*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from protocol.records.circles import IssueRaise, IssueSame
from store.payloads import Item
from store.views import circle_rows, object_rows
from store.views.access import is_open
from store.views.ground import Batch, as_a, listed, said
from store.views.listing import Query
from store.views.object_rows import ObjectRow, newest, query_of
from store.views.objects import Area
from store.views.people import Names, original
from store.views.shapes import IssueFilters, IssueItem, Page, Ref, Viewer
from store.views.texts import texts_in

MAX_SHOWN: Final = 100  # issues of one circle on its page, the newest
MAX_SHARED: Final = 1_000  # voices on one issue that are counted, the newest

AREA: Final = Area(
    name="issue",
    topic="circles",
    opens="issue.raise",
    about=lambda record: record.circle,
    facets=lambda record: {("issue.topic", topic) for topic in record.topics or ()},
    texts=lambda record: (list(record.title.items()), texts_in(record.text)),
)


def take_same(batch: Batch, items: list[Item]) -> None:
    """Members say that two issues are one: found again from either."""
    batch.take_voices(items)
    batch.facets.update(("issue.same", as_a(IssueSame, item.record).as_, item.key) for item in items)


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: IssueFilters,
    *,
    now: int,  # every listing takes it
    cursor: str | None = None,
    limit: int = 25,
) -> Page[IssueItem]:
    """Issues, newest first. Refused("cursor") for a cursor that is not ours."""
    rows, onward = newest(db, _query(db, viewer, filters), cursor, limit)
    return Page(items(db, Names(db, viewer), rows), onward)


def _query(db: sqlite3.Connection, viewer: Viewer, filters: IssueFilters) -> Query:
    query = query_of(db, viewer, "issue")
    query.facet("issue.topic", filters.topic)
    query.equal("node", filters.node)
    query.equal("about", filters.circle)
    query.words(filters.q, "issue")
    return query


def of_circle(db: sqlite3.Connection, names: Names, circle: str) -> list[IssueItem]:
    """Issues raised in a circle, newest first."""
    rows, _ = newest(db, _query(db, names.viewer, IssueFilters(circle=circle)), None, MAX_SHOWN)
    return items(db, names, rows)


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ObjectRow]) -> list[IssueItem]:
    """Rows as list items, in the order given."""
    first, now = said(db, [row.key for row in rows]), object_rows.records(db, rows)
    circles = circle_rows.titles(db, {row.about for row in rows if row.about})
    counts = {row.id: (len(sharers(db, names, row)), len(answering(db, [row.id]))) for row in rows}
    return [
        _item(names, row, as_a(IssueRaise, now[row.id]), first[row.key].at, (*counts[row.id], circles))
        for row in rows
    ]


def _item(
    names: Names, row: ObjectRow, issue: IssueRaise, time: int, beside: tuple[int, int, Mapping[str, Ref]]
) -> IssueItem:
    shared, answers, circles = beside
    return {
        "id": row.id,
        "title": issue.title,
        "text": issue.text,
        "lang": original(issue.lang, issue.title),
        "topics": list(issue.topics or ()),
        "circle": circles.get(row.about, {"id": row.about, "title": None}) if row.about else None,
        "raised_by": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "shared": shared,
        "answers": answers,
        "restricted": bool(row.restricted),
        "time": time,
    }


_SHARES: Final = """
SELECT key FROM steps
WHERE about = ? AND applies = 1 AND applies IS NOT -1 AND type = 'issue.share' ORDER BY at DESC LIMIT ?
"""


def sharers(db: sqlite3.Connection, names: Names, row: ObjectRow) -> list[str]:
    """Who else, as far as the viewer may know, has this issue too: each person once, who said so first stands first."""
    keys = [key for (key,) in db.execute(_SHARES, (row.id, MAX_SHARED))]
    here = [record for record in said(db, keys).values() if is_open(db, names.viewer, record)]
    records = sorted(here, key=lambda record: (record.at, record.id))
    people = dict.fromkeys(names.people.heir(record.content["by"]) for record in records)
    return [member for member in people if member != row.owner]


_ANSWERING: Final = """
SELECT DISTINCT key FROM facets WHERE facet = 'pitch.answers' AND value IN (SELECT value FROM json_each(?))
"""


def answering(db: sqlite3.Connection, ids: Iterable[str]) -> list[int]:
    """Row keys of the pitches that answer one of these issues."""
    return [key for (key,) in db.execute(_ANSWERING, (listed(ids),))]
