"""What members say to each other in passing. Source: DOMAIN section 3, area *talk*."""

from __future__ import annotations

from typing import ClassVar, Literal

from protocol.records.base import Entries, EntryIdText, Record, Text


class Comment(Record):
    """A remark on any object, or an answer to one. On a pledge it is between its parties."""

    SUBJECT: ClassVar[str | None] = "on"

    type: Literal["comment"]
    on: EntryIdText
    text: Text
    reply_to: EntryIdText | None = None


class Thanks(Record):
    """The pitcher thanks the givers of the pledges named; none named: all of them."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["thanks"]
    by: EntryIdText
    pitch: EntryIdText
    to: Entries = ()
    text: Text


class CommentRevise(Record):
    """The author says it better."""

    SUBJECT: ClassVar[str | None] = "comment"

    type: Literal["comment.revise"]
    comment: EntryIdText
    text: Text


class CommentWithdraw(Record):
    """The author takes it back: a place is left where it stood."""

    SUBJECT: ClassVar[str | None] = "comment"

    type: Literal["comment.withdraw"]
    comment: EntryIdText
