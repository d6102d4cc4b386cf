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
from store.views import artifacts, circle_page, events, issue_page, members, offers, pitches, pledges, polls
from store.views.access import content_in, may_read, subject_of
from store.views.shapes import Text, Viewer

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
    "circle.found": Opened(circle_page.one, "/circles/"),
    "offer.stand": Opened(offers.one, "/offers/"),
    "issue.raise": Opened(issue_page.one, "/issues/"),
    "poll.open": Opened(polls.one, "/polls/"),
    "event.schedule": Opened(events.one, "/events/"),
}
NAMES: Final = ("title", "name", "question", "text")
"""The fields of an object's shape that name it, the first there is."""


class Thing(NamedTuple):
    """An object somebody may open: the type of the record that opened it, its page and its name."""

    id: str
    type: str
    path: str
    name: Text | str
    lang: str | None


def thing(db: sqlite3.Connection, viewer: Viewer, entry: str, *, now: int) -> Thing | None:
    """An object by its id, to be named and led to. None: not here, not an object, not for this viewer."""
    found = read_entry(db, parse_entry(entry))
    content = content_in(found) if found and may_read(db, viewer, found) else None
    kind = OBJECTS.get(content["type"]) if content else None
    shape = kind.one(db, viewer, entry, now=now) if kind else None
    if kind is None or content is None or shape is None:
        return None
    name = next((shape[field] for field in NAMES if shape.get(field)), "")
    return Thing(entry, content["type"], f"{kind.path}{entry}", name, shape.get("lang"))


def path_of(db: sqlite3.Connection, viewer: Viewer, entry: str, *, now: int) -> str | None:
    """The page where a record is shown: its own object's, or that of what it speaks of. None: not for this viewer."""
    for _hop in range(MAX_HOPS):
        found = read_entry(db, parse_entry(entry))
        content = content_in(found) if found and may_read(db, viewer, found) else None
        if content is None:
            return None
        if (kind := OBJECTS.get(content["type"])) is not None:
            return f"{kind.path}{entry}" if kind.one(db, viewer, entry, now=now) is not None else None
        if content["type"].startswith("node."):
            return f"/organisations/{parse_entry(entry).node}"
        subject = subject_of(content)
        if subject is None:
            return None
        entry = subject
    return None
