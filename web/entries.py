"""One entry as a member may see it: what it says, what object it belongs to, where its page is.

Law: the header of every entry is public, the content of a restricted one only between those it is between. Whether a
restricted record may be read follows from what the views show the same viewer, so there is one rule, not two.
Source: DOMAIN section 3 "Audience", PROTOCOL section 9.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, TypedDict

from protocol.entry import Header, content_of, parse_header, parse_json
from protocol.errors import Malformed, RemoteError
from protocol.frame_types import ERASED, RESTRICTED
from protocol.ids import EntryId, parse_entry
from protocol.records import read as read_record
from protocol.records import refers_to
from store.payloads import FUTURE_DATED
from store.reading import StoredEntry, read_entry
from store.views import artifacts, members, pitches, pledges, talk
from store.views.shapes import Viewer

State = Literal["here", "restricted", "erased", "missing", "not-shown"]
MAX_HOPS: Final = 4  # a comment on a pledge on a pitch is two


class Opened(NamedTuple):
    """A kind of object: how it is read, and where its page is."""

    one: Callable[..., Any]
    path: str


OBJECTS: Final[Mapping[str, Opened]] = {
    "pitch.open": Opened(pitches.one, "/pitches/"),
    "pledge.offer": Opened(pledges.one, "/pledges/"),
    "artifact.publish": Opened(artifacts.one, "/library/"),
    "member.introduce": Opened(members.one, "/people/"),
}


class EntryAnswer(TypedDict):
    """An entry. ``length`` and ``hash`` are the envelope's; ``time`` is claimed, ``first_seen`` when it came here.

    ``state`` is ``here`` with the content, else why there is none: ``restricted`` (not for the caller), ``erased``,
    ``missing`` (not here yet), ``not-shown`` (``verdict`` says why).
    """

    id: str
    node: str
    epoch: int
    index: int
    version: int
    restricted: bool
    time: int
    length: int
    hash: str
    first_seen: int
    state: State
    verdict: str | None
    type: str | None
    content: dict[str, Any] | None


def entry_answer(db: sqlite3.Connection, viewer: Viewer, entry: EntryId, *, now: int) -> EntryAnswer | None:
    """The entry as this viewer may see it; None if it is not here."""
    found = read_entry(db, entry)
    if found is None:
        return None
    header = parse_header(found.header)
    content = _content(found) if may_read(db, viewer, found, now=now) else None
    state = _state(found, header, content)
    shown = content if state == "here" else None
    return EntryAnswer(
        id=str(entry),
        node=entry.node,
        epoch=entry.epoch,
        index=entry.index,
        version=header.version,
        restricted=header.restricted,
        time=header.time,
        length=header.length,
        hash=header.digest.hex(),
        first_seen=found.first_seen,
        state=state,
        verdict=found.verdict,
        type=str(shown["type"]) if shown else None,
        content=shown,
    )


def _state(found: StoredEntry, header: Header, content: dict[str, Any] | None) -> State:
    if not isinstance(found.payload, bytes):
        return {RESTRICTED: "restricted", ERASED: "erased"}.get(found.payload, "missing")  # type: ignore[return-value]
    if content is None:
        return "restricted" if header.restricted else "not-shown"
    return "here" if found.verdict in (None, FUTURE_DATED) else "not-shown"


def _content(found: StoredEntry) -> dict[str, Any] | None:
    """What the envelope says; None where it is not here or cannot be read."""
    if not isinstance(found.payload, bytes):
        return None
    try:
        return parse_json(content_of(found.payload))
    except Malformed:
        return None


def may_read(db: sqlite3.Connection, viewer: Viewer, found: StoredEntry, *, now: int) -> bool:
    """Whether the viewer may read the envelope: anybody an unrestricted one, else who it is between."""
    if not parse_header(found.header).restricted:
        return True
    content = _content(found)
    if content is None or found.verdict not in (None, FUTURE_DATED):
        return False
    if viewer.member is not None and content.get("by") == viewer.member:
        return True
    return _between(db, viewer, found.entry, content, now)


def _between(
    db: sqlite3.Connection, viewer: Viewer, entry: EntryId, content: dict[str, Any], now: int
) -> bool:
    if (kind := OBJECTS.get(content["type"])) is not None:
        return kind.one(db, viewer, str(entry), now=now) is not None
    subject = _subject(content)
    if subject is None:
        return False
    if content["type"] == "comment":
        return any(said["id"] == str(entry) for said in talk.comments_on(db, viewer, subject))
    about = _opening(db, subject)
    if about == "pledge.offer":
        return pledges.one(db, viewer, subject, now=now) is not None
    pitch = pitches.one(db, viewer, subject, now=now) if about == "pitch.open" else None
    if pitch is None:
        return False
    return pitch["owner"]["you"] or any(said["id"] == str(entry) for said in pitch["thanks"])


def _subject(content: dict[str, Any]) -> str | None:
    try:
        return refers_to(read_record(content))
    except RemoteError:
        return None


def _opening(db: sqlite3.Connection, entry: str) -> str | None:
    """The type of the record that made an object."""
    found = read_entry(db, parse_entry(entry))
    content = _content(found) if found else None
    return str(content["type"]) if content else None


def path_of(db: sqlite3.Connection, viewer: Viewer, entry: str, *, now: int) -> str | None:
    """The page where a record is shown: its own object's, or that of what it speaks of. None: not for this viewer."""
    for _hop in range(MAX_HOPS):
        found = read_entry(db, parse_entry(entry))
        content = _content(found) if found else None
        if content is None:
            return None
        if (kind := OBJECTS.get(content["type"])) is not None:
            return f"{kind.path}{entry}" if kind.one(db, viewer, entry, now=now) is not None else None
        if content["type"].startswith("node."):
            return f"/organisations/{parse_entry(entry).node}"
        subject = _subject(content)
        if subject is None:
            return None
        entry = subject
    return None
