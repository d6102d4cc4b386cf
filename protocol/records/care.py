"""What keeps the network fit for people. Source: DOMAIN R14 and section 3, area *care*; PROTOCOL section 10."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from protocol.limits import MAX_EPOCHS, MAX_FETCH, MAX_INDEX
from protocol.records.base import EntryIdText, Record, Text, Word, distinct, some


class Erase(Record):
    """The node asks that payloads of its own entries be destroyed wherever they are held."""

    type: Literal["erase"]
    epoch: Annotated[int, Field(ge=0, le=MAX_EPOCHS - 1)]
    entries: Annotated[
        tuple[Annotated[int, Field(ge=0, le=MAX_INDEX - 1)], ...],
        Field(strict=False, max_length=MAX_FETCH),
        AfterValidator(some),
        AfterValidator(distinct),
    ]
    reason: Word


class Report(Record):
    """A member tells the stewards of an object's node, and of her own, that something is wrong with it."""

    SUBJECT: ClassVar[str | None] = "on"

    type: Literal["report"]
    by: EntryIdText
    on: EntryIdText
    reason: Word
    text: Text | None = None


class Label(Record):
    """A steward says something about an object that readers should know before they read it."""

    SUBJECT: ClassVar[str | None] = "on"

    type: Literal["label"]
    by: EntryIdText
    on: EntryIdText
    label: Word
    text: Text | None = None
