"""Where a record has its page: its own object's, or that of what it speaks of.

Law: an address leads only to what the viewer may read at every step of the way. Source: DOMAIN section 3 "Audience",
WEB "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from protocol.ids import parse_entry
from store.reading import read_entry
from store.views import artifacts, members, offers, pitches, pledges
from store.views.access import content_in, may_read, subject_of
from store.views.shapes import Viewer

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


def path_of(db: sqlite3.Connection, viewer: Viewer, entry: str, *, now: int) -> str | None:
    """The page where a record is shown: its own object's, or that of what it speaks of. None: not for this viewer."""
    for _hop in range(MAX_HOPS):
        found = read_entry(db, parse_entry(entry))
        content = content_in(found) if found and may_read(db, viewer, found) else None
        if content is None:
            return None
        if (kind := OBJECTS.get(content["type"])) is not None:
            return f"{kind.path}{entry}" if kind.one(db, viewer, entry, now=now) is not None else None
        if content["type"] == "offer.stand":
            return f"/people/{content['by']}" if offers.one(db, viewer, entry, now=now) else None
        if content["type"].startswith("node."):
            return f"/organisations/{parse_entry(entry).node}"
        subject = subject_of(content)
        if subject is None:
            return None
        entry = subject
    return None
