"""What the desk looks after: reports, what they are about, and what stewards say beside an object.

Law: reports are read by the desk and their authors alone (``access``); a label is a record of its steward, shown with
who says so. Source: DOMAIN section 3 (care), R16, WEB "Pages" (steward desk).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final, TypedDict

from protocol.errors import Malformed
from protocol.ids import parse_entry
from protocol.rules.obligations import asked
from store import hides
from store.hides import Decision, Hide
from store.reading import read_entry
from store.views import versions, voices
from store.views.access import OBJECTS, content_in, may_read
from store.views.ground import Said, said
from store.views.people import Names
from store.views.shapes import Person, Text, Viewer

MOST: Final = 200  # reports one page shows, the newest
_ABOUT: Final = ("pitch", "pledge", "artifact", "on", "event", "circle", "poll", "issue", "offer")


class Thing(TypedDict):
    """Something spoken of: its type and words (None where it is not here), who made it, and the object to open."""

    id: str
    type: str | None
    words: Text | str | None
    author: Person | None
    open: str


class Report(TypedDict):
    """A report: what about, who says what, until when it waits, what was decided here."""

    id: str
    about: Thing
    who: Person
    reason: str
    text: Text | None
    time: int
    due: int | None
    overdue: bool
    decision: Decision | None
    hidden: bool


class Label(TypedDict):
    """What a steward says about an object, and who she is."""

    id: str
    label: str
    text: Text | None
    who: Person
    time: int


class Around(TypedDict):
    """What stands around an object, ``on``, for this viewer: whether it is hidden, from her too, and its labels."""

    on: str
    hidden: Hide | None
    unseen: bool
    hers: bool
    labels: list[Label]


def author_of(db: sqlite3.Connection, entry: str) -> str | None:
    """Member id of who made an entry here or elsewhere; None: nobody named, or not known."""
    row = db.execute("SELECT member FROM unnamed WHERE entry = ?", (entry,)).fetchone()
    if row is not None:
        return str(row[0])
    record = versions.one(db, entry)
    if record is None:
        return None
    by = entry if record.content["type"] == "member.introduce" else record.content.get("by")
    return str(by) if by else None


def readable(db: sqlite3.Connection, viewer: Viewer, entry: str) -> Thing | None:
    """Something the viewer may read, to be reported or labelled; None for anything else."""
    try:
        found = read_entry(db, parse_entry(entry))
    except Malformed:
        return None
    if found is None or content_in(found) is None or not may_read(db, viewer, found):
        return None
    return thing(db, Names(db, viewer), entry)


def thing(db: sqlite3.Connection, names: Names, entry: str) -> Thing:
    """What is spoken of."""
    record = versions.one(db, entry)
    if record is None:
        return {"id": entry, "type": None, "words": None, "author": None, "open": f"/go/{entry}"}
    content = record.content
    by = author_of(db, entry) if content.get("by") or content["type"] == "member.introduce" else None
    return {
        "id": entry,
        "type": content["type"],
        "words": _words(content),
        "author": names.person(by) if by else None,
        "open": _open(entry, content),
    }


def _words(content: Mapping[str, Any]) -> Text | str | None:
    for name in ("title", "name", "question", "text", "why"):
        if content.get(name):
            return content[name]  # type: ignore[no-any-return]  # a text or a name, as every model has it
    return None


def _open(entry: str, content: Mapping[str, Any]) -> str:
    if content["type"] in OBJECTS:
        return f"/go/{entry}"
    about = next((content[name] for name in _ABOUT if content.get(name)), entry)
    return f"/go/{about}"


_REPORTS: Final = "SELECT DISTINCT key FROM facets WHERE facet = 'report.at' ORDER BY key DESC LIMIT ?"


def reports(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> list[Report]:
    """Reports that reached this node: open ones by their due day, then what was decided, newest first."""
    names = Names(db, viewer)
    keys = [key for (key,) in db.execute(_REPORTS, (MOST,))]
    found = [_report(db, names, record, now) for record in said(db, keys).values()]
    waiting = sorted((item for item in found if item["decision"] is None), key=lambda item: item["time"])
    decided = sorted((item for item in found if item["decision"]), key=lambda item: -item["time"])
    return [*waiting, *decided]


def _report(db: sqlite3.Connection, names: Names, record: Said, now: int) -> Report:
    content, due = record.content, asked("reported", record.time)
    decision = hides.decision_on(db, record.id)
    hidden = hides.one(db, content["on"])
    return {
        "id": record.id,
        "about": thing(db, names, content["on"]),
        "who": names.person(content["by"]),
        "reason": content["reason"],
        "text": content.get("text"),
        "time": record.at,
        "due": due.until,
        "overdue": decision is None and due.overdue(now),
        "decision": decision,
        "hidden": hidden is not None and hidden.lifted is None,
    }


def report_of(db: sqlite3.Connection, viewer: Viewer, report: str, *, now: int) -> Report | None:
    """One report; None for anything else."""
    record = versions.one(db, report)
    if record is None or record.content["type"] != "report":
        return None
    return _report(db, Names(db, viewer), record, now)


def labels(db: sqlite3.Connection, names: Names, entry: str) -> list[Label]:
    """What stewards say about an object, of each the last word of its kind, newest first."""
    last = {
        (record.content["by"], record.content["label"]): record for record in voices.on(db, [entry], "label")
    }
    return [
        {
            "id": record.id,
            "label": record.content["label"],
            "text": record.content.get("text"),
            "who": names.person(record.content["by"]),
            "time": record.at,
        }
        for record in sorted(last.values(), key=lambda record: -record.at)
    ]


def around(db: sqlite3.Connection, viewer: Viewer, entry: str) -> Around:
    """What stands around an object."""
    found = hides.one(db, entry)
    hidden = found if found is not None and found.lifted is None else None
    return {
        "on": entry,
        "hidden": hidden,
        "unseen": entry in hides.unseen(db, viewer.member, viewer.role),
        "hers": hidden is not None and hidden.author is not None and hidden.author == viewer.member,
        "labels": labels(db, Names(db, viewer), entry),
    }


_POLICIES: Final = "SELECT key FROM policies WHERE node = ? ORDER BY place DESC LIMIT ?"


def policy_versions(db: sqlite3.Connection, node: str) -> list[Said]:
    """The policies a node published, newest first."""
    keys = [key for (key,) in db.execute(_POLICIES, (node, MOST))]
    return sorted(said(db, keys).values(), key=lambda record: -record.place)
