"""What waits on somebody, and what came of what she gave. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Literal, TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import Person, Ref, Text
from store.views.shapes.pitches import PitchItem, Thanks


class Wait(TypedDict):
    """Something open. ``reason`` is a stable code of why it waits on that person, ``what`` is to be done: the table
    of R16 (``protocol.rules.obligations``) has both.

    ``id`` is the object to open (``entry``: whatever is reported), ``who`` the other party (on me: who waits; on
    others: who is to act), ``due`` the last moment, None where no day was named.
    """

    what: str
    reason: str
    id: str
    kind: Literal["pitch", "pledge", "offer", "entry"]
    title: Text | None
    who: Person | None
    due: int | None
    overdue: bool
    since: int


class Came(TypedDict):
    """What came of a gift of the viewer: the pledge, its pitch, how far that got, and the last thanks for it."""

    pledge: str
    kind: str
    pitch: str
    title: Text | None
    state: str
    thanks: list[Thanks]
    artifacts: list[Ref]
    time: int


class Reused(TypedDict):
    """A use somebody made of an artifact the viewer wrote."""

    id: str
    artifact: Ref
    who: Person
    where: Text | None
    what: Text | None
    result: str
    time: int


NewsKind = Literal["artifact", "event", "issue", "poll", "update"]
NewsWhy = Literal["circle", "topic", "jurisdiction"]


class News(TypedDict):
    """Something new, and why the viewer is told: a circle she is in, or ``of`` a topic of her card or her jurisdiction.

    An ``update`` has the id of its pitch.
    """

    id: str
    kind: NewsKind
    title: Text | None
    lang: str | None
    who: Person
    why: NewsWhy
    circle: Ref | None
    of: str | None
    time: int


class Home(TypedDict):
    """``newest_in``: the jurisdiction the newest pitches are of, None: of everywhere."""

    on_me: list[Wait]
    on_others: list[Wait]
    came: list[Came]
    reused: list[Reused]
    news: list[News]
    newest: list[PitchItem]
    newest_in: str | None
    newest_artifacts: list[ArtifactItem]
