"""A member's inbox: what concerned her, newest first, what she has read, and what she wants to hear no more of.

Law: rows and queries only; ``store.telling`` writes them. What a notice is of is looked up when it is shown, under the
same rule as everywhere: a restricted record its reader may no longer see is not shown. Times are POSIX milliseconds.
Source: WEB "Pages", docs/spec/notices.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypedDict

from protocol.errors import Refused
from protocol.ids import parse_entry
from protocol.records import plain
from store.database import Tx
from store.views import object_rows, pitch_rows
from store.views.access import is_open
from store.views.ground import Said, listed, said
from store.views.listing import decode, encode, limited
from store.views.people import Names
from store.views.shapes import Page, Person, Text, Viewer

MAX_MUTES: Final = 500  # of one member
_LAST: Final = (2**62, 2**62)
_CARRIED: Final = ("to", "applied", "saw", "result", "role", "label", "quantity", "unit")
"""What the words about a step need besides its type."""


class Row(NamedTuple):
    """A row of ``notices``."""

    key: int
    reason: str
    what: str
    about: str
    came: int
    read_at: int | None


class Notice(TypedDict):
    """One line of the inbox: what was said, ``reason`` why she is told, ``about`` what it opens.

    ``title`` is that of the object or of the pitch it belongs to; ``step`` as in a pitch's timeline: ``type``, ``who``
    and what the words about it need.
    """

    id: str
    reason: str
    about: str
    title: Text | None
    step: dict[str, Any]
    came: int
    new: bool
    restricted: bool


class Mute(NamedTuple):
    """What a member hears no more of: an object with its title, or a reason."""

    scope: str
    value: str
    title: Text | None


_COLUMNS: Final = ", ".join(Row._fields)
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM notices WHERE account = ? AND (came, key) < (?, ?) ORDER BY came DESC, key DESC LIMIT ?
"""  # noqa: S608
_UNMAILED: Final = f"""
SELECT {_COLUMNS} FROM notices WHERE account = ? AND came <= ? AND read_at IS NULL AND mailed IS NULL
ORDER BY came DESC, key DESC LIMIT ?
"""  # noqa: S608


def unread(db: sqlite3.Connection, account: int | None) -> int:
    """How many an account has not read."""
    row = db.execute(
        "SELECT count(*) FROM notices WHERE account = ? AND read_at IS NULL", (account,)
    ).fetchone()
    return int(row[0])


def listing(
    db: sqlite3.Connection, viewer: Viewer, *, cursor: str | None = None, limit: int = 25
) -> Page[Notice]:
    """The inbox, newest first. Refused("cursor") for one that is not ours."""
    size, (came, key) = limited(limit), decode(cursor, int, int) if cursor else _LAST
    rows = [Row(*row) for row in db.execute(_PAGE, (viewer.account, came, key, size + 1))]
    onward = encode(rows[size - 1].came, rows[size - 1].key) if len(rows) > size else None
    return Page(shown(db, viewer, rows[:size]), onward)


def unmailed(db: sqlite3.Connection, viewer: Viewer, *, until: int, limit: int) -> list[Notice]:
    """What came by then and is neither read nor in a digest yet, newest first."""
    rows = [Row(*row) for row in db.execute(_UNMAILED, (viewer.account, until, limit))]
    return shown(db, viewer, rows)


def shown(db: sqlite3.Connection, viewer: Viewer, rows: Sequence[Row]) -> list[Notice]:
    """Rows as people see them; what the viewer may not read any more is left out."""
    names, records = Names(db, viewer), said(db, {row.key for row in rows})
    titles = titles_of(db, {row.about for row in rows})
    return [
        _line(names, row, records[row.key], titles.get(row.about))
        for row in rows
        if row.key in records and is_open(db, viewer, records[row.key])
    ]


def _line(names: Names, row: Row, record: Said, title: Text | None) -> Notice:
    return {
        "id": record.id,
        "reason": row.reason,
        "about": row.about,
        "title": title,
        "step": {"type": row.what, "who": _who(names, record)} | _carried(record.content),
        "came": row.came,
        "new": row.read_at is None,
        "restricted": record.content.get("audience") is not None,
    }


def _carried(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in _CARRIED if content.get(name) is not None}


def _who(names: Names, record: Said) -> Person | None:
    """Who said it; None where the organisation did."""
    by, kind = record.content.get("by"), record.content["type"]
    if by:
        return names.person(str(by))
    if kind == "pledge.offer":
        return names.giver(record.id, record.content)
    return None if kind == "poll.close" else names.unnamed("anonymous", record.node, you=False)


_PITCH_OF: Final = "SELECT id, pitch FROM pledges WHERE id IN (SELECT value FROM json_each(?))"


def titles_of(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Text]:
    """Titles of pitches and objects, for a pledge that of its pitch; of what is here."""
    wanted = set(ids)
    pitch_of = dict(db.execute(_PITCH_OF, (listed(wanted),)).fetchall())
    pitches = list(pitch_rows.rows(db, {*wanted, *pitch_of.values()}).values())
    found: dict[str, Text] = {id_: state.pitch.title for id_, state in pitch_rows.states(db, pitches).items()}
    found |= {pledge: found[pitch] for pledge, pitch in pitch_of.items() if pitch in found}
    rows = list(object_rows.rows(db, wanted).values())
    for id_, record in object_rows.records(db, rows).items():
        if title := _title(plain(record)):
            found[id_] = title
    return found


def _title(content: dict[str, Any]) -> Text | None:
    return next((content[name] for name in ("title", "question", "name", "text") if content.get(name)), None)


# ── what she does with it ────────────────────────────────────────────────────────────────────────────────────


def mark_read(tx: Tx, viewer: Viewer, about: str | None = None) -> None:
    """All of it is read, or what is about one object."""
    tx.db.execute(
        "UPDATE notices SET read_at = ?1 WHERE account = ?2 AND read_at IS NULL AND (?3 IS NULL OR about = ?3)",
        (tx.now, viewer.account, about),
    )
    tx.topics.add(f"inbox:{viewer.member}")


def mute(tx: Tx, viewer: Viewer, scope: str, value: str) -> None:
    """Hear no more of an object or for a reason; what is there of it is read. Refused ``too-many-mutes``."""
    if scope == "object":
        parse_entry(value)
    held = tx.db.execute("SELECT count(*) FROM mutes WHERE account = ?", (viewer.account,)).fetchone()[0]
    if held >= MAX_MUTES:
        raise Refused("too-many-mutes", most=MAX_MUTES)
    tx.db.execute(
        "INSERT INTO mutes (account, scope, value, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (viewer.account, scope, value, tx.now),
    )
    column = "about" if scope == "object" else "reason"
    tx.db.execute(
        f"UPDATE notices SET read_at = ? WHERE account = ? AND read_at IS NULL AND {column} = ?",  # noqa: S608
        (tx.now, viewer.account, value),
    )
    tx.topics.add(f"inbox:{viewer.member}")


def unmute(tx: Tx, account: int, scope: str, value: str) -> None:
    """Hear of it again."""
    tx.db.execute("DELETE FROM mutes WHERE account = ? AND scope = ? AND value = ?", (account, scope, value))


def mutes(db: sqlite3.Connection, account: int) -> list[Mute]:
    """What an account hears no more of, the newest first."""
    rows = db.execute(
        "SELECT scope, value FROM mutes WHERE account = ? ORDER BY created DESC, scope, value", (account,)
    ).fetchall()
    titles = titles_of(db, [value for scope, value in rows if scope == "object"])
    return [Mute(scope, value, titles.get(value)) for scope, value in rows]
