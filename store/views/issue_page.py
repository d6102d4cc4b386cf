"""The page of one issue: who has it too, which issues are one with it, what answers it.

Law: that two issues are one is said of either and counts for both, and for what is one with them; how far that is
followed is bounded. Source: DOMAIN section 3, area *circles*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from protocol.records.circles import IssueRaise
from store.views import object_rows, talk
from store.views.access import is_open
from store.views.circle_page import of_keys
from store.views.ground import as_a, listed, said
from store.views.held import audience_of, held_by
from store.views.issues import answering, items, sharers
from store.views.object_rows import find
from store.views.people import Names
from store.views.shapes import Issue, Ref, Viewer

MAX_SAME: Final = 50
"""Issues that are one: more than anybody reads, so that nobody can make a page without end."""


def one(db: sqlite3.Connection, viewer: Viewer, issue: str, *, now: int) -> Issue | None:
    """An issue with its page; None if it is not here."""
    row, names = find(db, viewer, issue, "issue"), Names(db, viewer)
    if row is None:
        return None
    shared, member = sharers(db, names, row), viewer.member
    return {
        **items(db, names, [row])[0],
        "shared_by": [names.person(sharer) for sharer in shared],
        "same": _refs(db, viewer, same_as(db, viewer, issue)),
        "pitches": of_keys(db, names, answering(db, [issue]), now),
        "comments": talk.count_on(db, viewer, issue),
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": {
            "share": member is not None and member != row.owner and member not in shared,
            "same": member is not None,
            "comment": member is not None,
        },
    }


def same_as(db: sqlite3.Connection, viewer: Viewer, issue: str) -> list[str]:
    """The issues that are one with this, by whatever way, nearest first; at most MAX_SAME."""
    found, edge = [issue], [issue]
    while edge and len(found) <= MAX_SAME:
        near = sorted(_neighbours(db, viewer, edge) - set(found))
        found, edge = found + near, near
    return found[1 : MAX_SAME + 1]


_SAID: Final = """
SELECT key FROM steps
WHERE about IN (SELECT value FROM json_each(?1)) AND applies = 1 AND applies IS NOT -1 AND type = 'issue.same'
UNION SELECT key FROM facets WHERE facet = 'issue.same' AND value IN (SELECT value FROM json_each(?1))
"""


def _neighbours(db: sqlite3.Connection, viewer: Viewer, issues: Iterable[str]) -> set[str]:
    keys = [key for (key,) in db.execute(_SAID, (listed(issues),))]
    read = [record for record in said(db, keys).values() if is_open(db, viewer, record)]
    return {str(record.content[name]) for record in read for name in ("issue", "as")}


def _refs(db: sqlite3.Connection, viewer: Viewer, ids: list[str]) -> list[Ref]:
    """Issues that are here and that the viewer may see, in the order given."""
    rows = {id_: row for id_ in ids if (row := find(db, viewer, id_, "issue")) is not None}
    records = object_rows.records(db, list(rows.values()))
    return [{"id": id_, "title": as_a(IssueRaise, records[id_]).title} for id_ in ids if id_ in rows]
