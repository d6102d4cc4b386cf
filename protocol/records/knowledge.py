"""What was learned, in a form others can use. Source: DOMAIN section 3, area *knowledge*."""

from __future__ import annotations

from typing import ClassVar, Literal

from protocol.records.base import (
    BlobRef,
    Body,
    DateText,
    Entries,
    EntryIdText,
    Keys,
    Line,
    Many,
    Part,
    Record,
    Title,
    Word,
    Words,
)


class Author(Part):
    """Somebody to credit: a member, or a name she agreed to, and what she did."""

    member: EntryIdText | None = None
    name: Line | None = None
    role: Word = "author"


class ArtifactPublish(Record):
    """A piece of knowledge under a licence. ``fulfils`` names sharing activities of ``pitch`` it delivers."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["artifact.publish"]
    by: EntryIdText
    kind: Word
    title: Title
    licence: Word
    body: Body | None = None
    topics: Words = ()
    rights: Line | None = None
    evidence: Word | None = None
    authors: Many[Author] = ()
    pitch: EntryIdText | None = None
    fulfils: Keys = ()
    blobs: Many[BlobRef] = ()
    derived_from: Entries = ()
    review_by: DateText | None = None
