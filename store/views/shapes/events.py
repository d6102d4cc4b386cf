"""An event in a list and on its page. Source: WEB "HTTP API", DOMAIN section 3, area *events*."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypedDict

from store.views.shapes.parts import HeldBy, NodeRef, Person, Ref, Text

Rsvp = Literal["yes", "maybe", "no"]


class EventFilters(NamedTuple):
    """``past``: those that began more than a day ago, the last first. ``mine``: the viewer holds it or may come."""

    kind: str | None = None
    topic: str | None = None
    pitch: str | None = None
    circle: str | None = None
    jurisdiction: str | None = None
    lang: str | None = None
    node: str | None = None
    q: str | None = None
    mine: bool = False
    past: bool = False


class Coming(TypedDict):
    """How many answered what; each person counts once."""

    yes: int
    maybe: int
    no: int


class Guest(TypedDict):
    who: Person
    answer: Rsvp
    time: int


class EventCan(TypedDict):
    """What the viewer may do now."""

    revise: bool
    cancel: bool
    rsvp: bool
    comment: bool


class EventItem(TypedDict):
    """An event in a list. ``start`` and ``end`` are as the organiser wrote them, in ``zone``; ``starts`` and
    ``ends`` the same in ms. ``answer`` is the viewer's own. ``ends`` is a day after the start where no end is said."""

    id: str
    kind: str
    title: Text
    lang: str
    start: str
    end: str | None
    zone: str | None
    starts: int
    ends: int
    state: Literal["scheduled", "running", "over", "cancelled"]
    online: str | None
    where: dict[str, Any] | None
    languages: list[str]
    topics: list[str]
    organiser: Person
    node: str
    node_name: Text | None
    pitch: Ref | None
    circle: Ref | None
    fulfils: list[str]
    coming: Coming
    answer: Rsvp | None
    restricted: bool
    time: int


class Event(EventItem):
    """An event's own page. ``guests`` answered yes or maybe; ``reason`` and ``note`` are of a cancelling."""

    text: Text | None
    access: Text | None
    guests: list[Guest]
    reason: str | None
    note: Text | None
    comments: int
    version: str
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: EventCan
