"""What people say to each other: comments, as they are read.

Law: a comment changes nothing it is on, so it waits for nothing: it is a row of its own, joined when read. A restricted
comment on a pledge, or on a step of one, is between its parties; on anything else it is for the members of the nodes it
names who see what it is on. One taken back leaves its place. Source: DOMAIN section 3, "Audience" and area *talk*.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.ids import parse_entry
from protocol.rules.pledges import STEP_OF
from store.reading import read_entry
from store.views import pledge_rows, translations, versions
from store.views.access import may_read, sees_around
from store.views.comment_rows import COLUMNS, CommentRow
from store.views.ground import Said, listed, said
from store.views.people import Names, original
from store.views.pledge_rows import PledgeRow
from store.views.shapes import CommentItem, Person, Translated, Viewer
from store.views.timeline import in_time

MAX_SHOWN: Final = 500  # comments on one object, the newest

_ON: Final = f"""
SELECT {COLUMNS} FROM comments WHERE about = ? AND (restricted = 0 OR ?) ORDER BY at DESC LIMIT ?
"""  # noqa: S608
_COUNT: Final = "SELECT count(*) FROM comments WHERE about = ? AND ended IS NULL AND (restricted = 0 OR ?)"


def comments_on(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> list[CommentItem]:
    """The newest comments on an object or step the viewer may see, oldest first."""
    names = Names(db, viewer)
    if not _is_open(db, viewer, object_id):
        return []
    hidden = sees_around(db, viewer, object_id)
    rows = [CommentRow(*row) for row in db.execute(_ON, (object_id, hidden, MAX_SHOWN))]
    told = said(db, [row.key for row in rows])
    by_key = {row.key: row for row in rows}
    others = _in_other_languages(db, names, {told[row.key].id: row for row in rows if row.key in told})
    page = _Page(db, names, _unnamed_giver(db, names, _pledge(db, object_id)), others)
    return [_item(page, record, by_key[record.key]) for record in in_time(told.values())]


def count_on(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> int:
    """How many comments on an object the viewer may see, without those taken back."""
    hidden = sees_around(db, viewer, object_id)
    return int(db.execute(_COUNT, (object_id, hidden)).fetchone()[0])


def _is_open(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> bool:
    """Whether the viewer sees what comments are on; of what is not here nobody knows better."""
    found = read_entry(db, parse_entry(object_id))
    return found is None or may_read(db, viewer, found)


def _pledge(db: sqlite3.Connection, object_id: str) -> PledgeRow | None:
    """The pledge that an object is, or is a step of."""
    step = versions.one(db, object_id)
    pledge = step.content["pledge"] if step and step.content["type"] in STEP_OF else object_id
    return pledge_rows.rows(db, [pledge]).get(pledge)


def _unnamed_giver(
    db: sqlite3.Connection, names: Names, pledge: PledgeRow | None
) -> tuple[str, Person] | None:
    """(node, person) of a giver who is not named: beside her own pledge she appears as she does on it."""
    if pledge is None or pledge.giver is not None:
        return None
    return pledge.node, names.giver(pledge.id, said(db, [pledge.key])[pledge.key].content)


_TRANSLATED: Final = """
SELECT DISTINCT about FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'translation' AND applies = 1 AND applies IS NOT -1
"""


def _in_other_languages(
    db: sqlite3.Connection, names: Names, rows: dict[str, CommentRow]
) -> dict[str, list[Translated]]:
    """Translations by comment; looked for where there may be any."""
    some = {id_ for (id_,) in db.execute(_TRANSLATED, (listed(rows),))}
    some |= {id_ for id_, row in rows.items() if row.revised}
    standing = [id_ for id_ in some if rows[id_].ended is None]
    return {id_: translations.of_versions(db, names, versions.versions(db, id_)) for id_ in standing}


class _Page(NamedTuple):
    """What every comment of one list is shown with."""

    db: sqlite3.Connection
    names: Names
    giver: tuple[str, Person] | None
    others: dict[str, list[Translated]]


def _item(page: _Page, record: Said, row: CommentRow) -> CommentItem:
    names = page.names
    content = record.content
    revise = versions.one(page.db, row.revised) if row.revised else None
    now = (revise or record).content
    who = names.person(content["by"]) if content.get("by") else _unnamed(names, record, page.giver)
    return {
        "id": record.id,
        "on": content["on"],
        "who": who,
        "text": None if row.ended else now["text"],
        "lang": original(now.get("lang"), now["text"]),
        "reply_to": content.get("reply_to"),
        "restricted": content.get("audience") is not None,
        "time": record.at,
        "revised": revise.at if revise else None,
        "withdrawn": row.ended is not None,
        "translations": page.others.get(record.id, []),
        "can_revise": row.ended is None
        and (names.is_behind(record.id) or names.is_viewer(content.get("by"))),
    }


def _unnamed(names: Names, record: Said, giver: tuple[str, Person] | None) -> Person:
    if giver is not None and giver[0] == record.node:
        return giver[1]
    return names.unnamed("organisation", record.node, you=names.is_behind(record.id))
