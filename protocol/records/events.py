"""Events and answers to them. Source: DOMAIN section 3, area *events*."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from protocol.records.base import (
    Body,
    EntryIdText,
    Keys,
    MomentText,
    Record,
    Tags,
    Text,
    Title,
    Url,
    Word,
    Words,
    Zone,
)
from protocol.records.pitches import Where


class EventFields(Record):
    """What may be said when scheduling and restated when revising. ``access``: captions, step-free, interpreting."""

    end: MomentText | None = None
    zone: Zone | None = None
    online: Url | None = None
    where: Where | None = None
    text: Body | None = None
    languages: Tags | None = None
    access: Text | None = None
    topics: Words | None = None
    pitch: EntryIdText | None = None
    circle: EntryIdText | None = None


class EventSchedule(EventFields):
    """An event. ``fulfils`` names sharing activities of ``pitch`` it will deliver. Its entry id is the event's id."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["event.schedule"]
    by: EntryIdText
    kind: Word
    title: Title
    start: MomentText
    fulfils: Keys = ()


class EventRevise(EventFields):
    """Restates whole each field it names: absent stays, null empties; kind, title and start cannot empty."""

    SUBJECT: ClassVar[str | None] = "event"

    type: Literal["event.revise"]
    by: EntryIdText
    event: EntryIdText
    kind: Word = ""
    title: Title = Field(default_factory=dict)
    start: MomentText = ""
    fulfils: Keys | None = None


class EventCancel(Record):
    """It does not take place."""

    SUBJECT: ClassVar[str | None] = "event"

    type: Literal["event.cancel"]
    by: EntryIdText
    event: EntryIdText
    reason: Word | None = None
    note: Text | None = None


class Rsvp(Record):
    """Whether a member comes; her last answer counts."""

    SUBJECT: ClassVar[str | None] = "event"

    type: Literal["rsvp"]
    by: EntryIdText
    event: EntryIdText
    answer: Literal["yes", "maybe", "no"]
