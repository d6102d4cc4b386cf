"""A member's card. Source: DOMAIN section 3, area *people*.

Law: nothing personal leaves a node before the member says so; publishing ``member.introduce`` is that act.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from protocol.records.base import (
    EntryIdText,
    Jurisdiction,
    Line,
    Many,
    Part,
    Record,
    Tags,
    Text,
    Title,
    Word,
    Words,
)


class Skill(Part):
    """Something a member could give."""

    kind: Word
    topics: Words | None = None
    text: Text | None = None


class MemberIntroduce(Record):
    """A member's card. Its entry id is the member's id from then on, so no ``by`` can stand in it."""

    SUBJECT: ClassVar[str | None] = "was"

    type: Literal["member.introduce"]
    by: None = None
    name: Line
    organisation: Title | None = None
    jurisdiction: Jurisdiction | None = None
    languages: Tags | None = None
    offers: Many[Skill] | None = None
    was: EntryIdText | None = None


class MemberRevise(Record):
    """Restates fields of the card: absent stays, null empties."""

    SUBJECT: ClassVar[str | None] = "member"

    type: Literal["member.revise"]
    by: EntryIdText
    member: EntryIdText
    name: Line = ""
    organisation: Title | None = None
    jurisdiction: Jurisdiction | None = None
    languages: Tags | None = None
    offers: Many[Skill] | None = None


class MemberMove(Record):
    """She works elsewhere now. With ``was`` on the card named by ``to`` it makes the two one person (R10)."""

    SUBJECT: ClassVar[str | None] = "by"

    type: Literal["member.move"]
    by: EntryIdText
    to: EntryIdText
    note: Text | None = None


class MemberRetire(Record):
    """She takes no further part. What she made stays."""

    SUBJECT: ClassVar[str | None] = "by"

    type: Literal["member.retire"]
    by: EntryIdText
    note: Text | None = None
