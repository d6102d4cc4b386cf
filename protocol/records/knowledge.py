"""What was learned, in a form others can use. Source: DOMAIN section 3, area *knowledge*."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from protocol.limits import MAX_ITEMS
from protocol.records.base import (
    BlobRef,
    Body,
    DateText,
    Entries,
    EntryIdText,
    FieldPath,
    KeysOrEntries,
    Line,
    Many,
    Part,
    Record,
    Text,
    Title,
    Word,
    Words,
)


class Author(Part):
    """Somebody to credit: a member, or a name she agreed to, and what she did."""

    member: EntryIdText | None = None
    name: Line | None = None
    role: Word = "author"


class ArtifactFields(Record):
    """What may be said when publishing and restated when revising."""

    body: Body | None = None
    rights: Line | None = None
    evidence: Word | None = None
    pitch: EntryIdText | None = None
    review_by: DateText | None = None


class ArtifactPublish(ArtifactFields):
    """A piece of knowledge under a licence.

    ``fulfils`` names sharing activities of ``pitch`` it delivers and case-study pledges of its author it fulfils.
    """

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["artifact.publish"]
    by: EntryIdText
    kind: Word
    title: Title
    licence: Word
    topics: Words = ()
    authors: Many[Author] = ()
    fulfils: KeysOrEntries = ()
    blobs: Many[BlobRef] = ()
    derived_from: Entries = ()


class ArtifactRevise(ArtifactFields):
    """Restates whole each field it names: absent stays, null empties; what publishes an artifact cannot empty."""

    SUBJECT: ClassVar[str | None] = "artifact"

    type: Literal["artifact.revise"]
    by: EntryIdText
    artifact: EntryIdText
    kind: Word = ""
    title: Title = Field(default_factory=dict)
    licence: Word = ""
    topics: Words | None = None
    authors: Many[Author] | None = None
    fulfils: KeysOrEntries | None = None
    blobs: Many[BlobRef] | None = None
    derived_from: Entries | None = None


class ArtifactWithdraw(Record):
    """The publisher no longer stands by it: it leaves the lists and its page says so."""

    SUBJECT: ClassVar[str | None] = "artifact"

    type: Literal["artifact.withdraw"]
    by: EntryIdText
    artifact: EntryIdText
    reason: Word | None = None
    note: Text | None = None


class Reuse(Record):
    """Somebody put an artifact to use."""

    SUBJECT: ClassVar[str | None] = "artifact"

    type: Literal["reuse"]
    by: EntryIdText
    artifact: EntryIdText
    where: Text | None = None
    what: Text | None = None
    result: Word


class Translation(Record):
    """Texts of a version of an object in another language: {dotted field: {tag: text}}.

    ``of`` is the entry id of the version translated; ``origin``: a person's work or a machine's.
    """

    SUBJECT: ClassVar[str | None] = "of"

    type: Literal["translation"]
    by: EntryIdText
    of: EntryIdText
    texts: Annotated[dict[FieldPath, Body], Field(min_length=1, max_length=MAX_ITEMS)]
    origin: Literal["human", "machine"]


class Idp(Record):
    """A step of a member's development plan: one part of one turn of the learning cycle about a skill.

    ``refers`` are what it builds on: pitches, artifacts, earlier steps. It stays at home unless she says otherwise.
    """

    type: Literal["idp"]
    by: EntryIdText
    skill: Title
    cycle: Annotated[int, Field(ge=1, le=1_000)]
    part: Word
    text: Text | None = None
    refers: Entries = ()
