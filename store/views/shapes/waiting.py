"""What waits on somebody, and what came of what she gave. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Literal, TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import Person, Ref, Text
from store.views.shapes.pitches import PitchItem


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
    """What came of a gift of the viewer: the pledge, its pitch, and how far that got."""

    pledge: str
    pitch: str
    title: Text | None
    state: str
    thanks: Text | None
    artifacts: list[Ref]
    time: int


class Home(TypedDict):
    on_me: list[Wait]
    on_others: list[Wait]
    came: list[Came]
    newest: list[PitchItem]
    newest_artifacts: list[ArtifactItem]
