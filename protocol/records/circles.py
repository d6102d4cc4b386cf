"""Circles and the issues raised in them. Source: DOMAIN R11 and section 3, area *circles*.

Law: a pitch's circle has the pitch's id and nobody founds it; every other circle is founded by one record.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from protocol.records.base import DateText, EntryIdText, Record, Text, Title, Words


class CircleFields(Record):
    """What may be said when founding and restated when revising."""

    purpose: Text | None = None
    topics: Words | None = None
    cadence: Text | None = None
    sunset: DateText | None = None


class CircleFound(CircleFields):
    """A circle. Its entry id is the circle's id, its author the first steward."""

    type: Literal["circle.found"]
    by: EntryIdText
    name: Title


class CircleStep(Record):
    SUBJECT: ClassVar[str | None] = "circle"

    circle: EntryIdText
    by: EntryIdText


class CircleRevise(CircleFields, CircleStep):
    """Restates whole each field it names: absent stays, null empties. A pitch's circle is revised by its owner."""

    type: Literal["circle.revise"]
    name: Title = Field(default_factory=dict)


class CircleJoin(CircleStep):
    """A member comes in."""

    type: Literal["circle.join"]
    text: Text | None = None


class CircleLeave(CircleStep):
    """A member goes out."""

    type: Literal["circle.leave"]
    note: Text | None = None


class CircleRole(CircleStep):
    """A steward names a steward; a member takes the role of a circle without an active one, or lays her own down."""

    type: Literal["circle.role"]
    member: EntryIdText
    role: Literal["steward", "member"]


class IssueRaise(Record):
    """Something that needs an answer. Its entry id is the issue's id; pitches name it in ``answers``."""

    SUBJECT: ClassVar[str | None] = "circle"

    type: Literal["issue.raise"]
    by: EntryIdText
    title: Title
    circle: EntryIdText | None = None
    text: Text | None = None
    topics: Words | None = None


class IssueShare(Record):
    """A member has it too."""

    SUBJECT: ClassVar[str | None] = "issue"

    type: Literal["issue.share"]
    by: EntryIdText
    issue: EntryIdText
    text: Text | None = None


class IssueSame(Record):
    """A member says two issues are one."""

    SUBJECT: ClassVar[str | None] = "issue"

    type: Literal["issue.same"]
    by: EntryIdText
    issue: EntryIdText
    as_: EntryIdText = Field(alias="as")
