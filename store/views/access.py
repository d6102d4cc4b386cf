"""Who inside this node may read a restricted record: the one rule behind pages, calls, files, receipts and exports.

Law: the audience says which nodes hold a record; here stands who of a node's members is shown it. What is about a
pledge is for its giver and the pitch's owner alone, whatever anybody's role; an invitation for the two, a report for
its author and who looks after this node, a step of a development plan for its author; all else for the members of the
nodes named, as far as they may see what it speaks of. The author reads her own, named or not. Who is not a member here
reads nothing that is restricted. Source: DOMAIN R9, R12 and section 3, "Audience".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from protocol.entry import content_of, parse_header, parse_json
from protocol.errors import Malformed, RemoteError
from protocol.ids import parse_entry
from protocol.records import known, refers_to
from protocol.records import read as read_record
from protocol.roles import DESK
from protocol.rules.pledges import STEP_OF
from store import hides
from store.payloads import FUTURE_DATED, UNREAD
from store.reading import StoredEntry, read_entry
from store.views.ground import Said
from store.views.pledge_items import PARTY
from store.views.shapes import Viewer
from store.views.succession import People

Content = Mapping[str, Any]
Rule = Callable[[sqlite3.Connection, Viewer, str, Content], bool]

MAX_HOPS: Final = 4  # an attestation of a check-in on a pitch is two
OBJECTS: Final = (
    *("pitch.open", "pledge.offer", "artifact.publish", "event.schedule", "circle.found", "poll.open"),
    *("issue.raise", "offer.stand", "member.introduce"),
)
"""Records that make an object with a page of its own."""
PRIVATE: Final = frozenset({"invite", "report"})
"""Types that are never for everybody, whatever their audience says."""
_MARKS: Final = (*(f'"{kind}"'.encode() for kind in sorted(PRIVATE)), b"\\u")
"""One of these stands in the JSON of such a record: the rest need not be parsed."""
_PARTY: Final = f"SELECT 1 FROM pledges WHERE id = :id AND applies = 1 AND {PARTY}"  # noqa: S608
_BEHIND: Final = "SELECT member FROM unnamed WHERE entry = ?"


def may_read(db: sqlite3.Connection, viewer: Viewer, found: StoredEntry) -> bool:
    """Whether the viewer may read the envelope: anybody an open one, else who it is between; none hidden here."""
    if _is_hidden(db, viewer, found):
        return False
    if not parse_header(found.header).restricted and not _is_private_anyway(found):
        return True
    content = content_in(found)
    if content is None or found.verdict not in (None, FUTURE_DATED):
        return False
    return may_read_content(db, viewer, str(found.entry), content)


def _is_private_anyway(found: StoredEntry) -> bool:
    """Whether an open record is of a type that is never for everybody: a node that keeps no rule may have sent it."""
    if not isinstance(found.payload, bytes) or not any(mark in found.payload for mark in _MARKS):
        return False
    content = content_in(found)
    return content is not None and content["type"] in PRIVATE


def _is_hidden(db: sqlite3.Connection, viewer: Viewer, found: StoredEntry) -> bool:
    """Whether stewards here hide it from this viewer, or the object it is a version, a step or a word about."""
    hidden = hides.unseen(db, viewer.member, viewer.role)
    said = content_in(found) if hidden else None
    if said is None or is_author(db, viewer, str(found.entry), said):
        return False
    return bool(hidden & _way_up(db, str(found.entry), said))


def _way_up(db: sqlite3.Connection, entry: str, content: Content | None) -> set[str]:
    """Entry ids from a record up to the object it is about: one that has a page of its own stands for itself."""
    way = {entry}
    for _hop in range(MAX_HOPS):
        above = subject_of(content) if content and content["type"] not in OBJECTS else None
        if above is None:
            break
        way.add(above)
        found = read_entry(db, parse_entry(above))
        content = content_in(found) if found else None
    return way


def may_read_content(db: sqlite3.Connection, viewer: Viewer, entry: str, content: Content) -> bool:
    """Whether the viewer may read what a restricted record here says."""
    if is_author(db, viewer, entry, content):
        return True
    return ACCESS.get(str(content["type"]), _around)(db, viewer, entry, content)


def is_open(db: sqlite3.Connection, viewer: Viewer, record: Said) -> bool:
    """Whether the viewer may read a record said beside an object: an open one, or one that is for the viewer too."""
    shown = record.content.get("audience") is None and record.content["type"] not in PRIVATE
    return shown or may_read_content(db, viewer, record.id, record.content)


def is_author(db: sqlite3.Connection, viewer: Viewer, entry: str, content: Content) -> bool:
    """Whether the viewer made a record, also under an earlier card and also when it names nobody."""
    if viewer.member is None:
        return False
    by = content.get("by")
    if by is None:
        row = db.execute(_BEHIND, (entry,)).fetchone()
        by = row[0] if row else None
    return by is not None and People(db).same(str(by), viewer.member)


def is_party(db: sqlite3.Connection, viewer: Viewer, pledge: str) -> bool:
    """Whether the viewer gave a pledge or owns the pitch it is to."""
    if viewer.member is None:
        return False
    return db.execute(_PARTY, {"id": pledge, "viewer": viewer.member}).fetchone() is not None


def sees_around(db: sqlite3.Connection, viewer: Viewer, subject: str, hops: int = MAX_HOPS) -> bool:
    """Whether the viewer is one of those who read restricted records about an object.

    What is not known here may be a private pledge still on its way: then nobody is.
    """
    found = read_entry(db, parse_entry(subject)) if hops else None
    content = content_in(found) if found else None
    if found is None or content is None:
        return False
    if content["type"] == "pledge.offer" or content["type"] in STEP_OF:
        return is_party(db, viewer, _pledge_of(subject, content))
    if parse_header(found.header).restricted and content["type"] in ACCESS:
        return may_read(db, viewer, found)
    about = subject_of(content)
    return _is_member(viewer) and (about is None or sees_around(db, viewer, about, hops - 1))


def content_in(found: StoredEntry) -> dict[str, Any] | None:
    """What a record says in the fields of its type; None where it is not here or is no record known here."""
    content = carried_in(found) if found.verdict not in UNREAD else None
    return known(content) if content is not None else None


def carried_in(found: StoredEntry) -> dict[str, Any] | None:
    """All an envelope carries, also fields nobody here knows: to be passed on and shown as it came, never relied on."""
    if not isinstance(found.payload, bytes):
        return None
    try:
        return parse_json(content_of(found.payload))
    except Malformed:
        return None


def subject_of(content: Content) -> str | None:
    """Entry id of what a record speaks of; None when it speaks of nothing else or is none we know."""
    try:
        return refers_to(read_record(dict(content)))
    except RemoteError:
        return None


# ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _is_member(viewer: Viewer) -> bool:
    """Whoever has an account reads what this node's members read, with a card or without."""
    return viewer.role != "guest"


def _pledge_of(entry: str, content: Content) -> str:
    return str(content.get("pledge") or entry)


def _parties(db: sqlite3.Connection, viewer: Viewer, entry: str, content: Content) -> bool:
    return is_party(db, viewer, _pledge_of(entry, content))


def _thanked(db: sqlite3.Connection, viewer: Viewer, _entry: str, content: Content) -> bool:
    """Thanks that name pledges are for their givers; those that name none for who sees the pitch."""
    named = content.get("to") or ()
    if not named:
        return sees_around(db, viewer, str(content["pitch"]))
    return any(is_party(db, viewer, str(pledge)) for pledge in named)


def _invited(db: sqlite3.Connection, viewer: Viewer, _entry: str, content: Content) -> bool:
    return viewer.member is not None and People(db).same(str(content["to"]), viewer.member)


def _desk(_db: sqlite3.Connection, viewer: Viewer, _entry: str, _content: Content) -> bool:
    return viewer.role in DESK


def _nobody_else(_db: sqlite3.Connection, _viewer: Viewer, _entry: str, _content: Content) -> bool:
    return False


def _around(db: sqlite3.Connection, viewer: Viewer, _entry: str, content: Content) -> bool:
    about = subject_of(content)
    return _is_member(viewer) and (about is None or sees_around(db, viewer, about))


ACCESS: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(("pledge.offer", *STEP_OF), _parties),
    "thanks": _thanked,
    "invite": _invited,
    "report": _desk,
    "idp": _nobody_else,
}
"""Who reads a restricted record of each type besides its author; a type that is not here: the members of the nodes
named who may see what it speaks of."""
