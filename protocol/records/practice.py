"""Whether what was learned is applied. Source: DOMAIN R6, R7 and section 3, area *practice*."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from protocol.records.base import Days, Entries, EntryIdText, Record, Text, YesNo


class CheckIn(Record):
    """The pitcher's answer some days after the end; without ``day``, to the next that is due.

    ``level`` is Kirkpatrick's, 1 reaction to 4 results. ``asks`` names members she asks to attest it.
    """

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["check_in"]
    by: EntryIdText
    pitch: EntryIdText
    day: Days | None = None
    applied: YesNo
    evidence: Text | None = None
    obstacle: Text | None = None
    level: Annotated[int, Field(ge=1, le=4)] | None = None
    asks: Entries = ()


class CheckInAttest(Record):
    """What somebody else saw of it."""

    SUBJECT: ClassVar[str | None] = "check_in"

    type: Literal["check_in.attest"]
    by: EntryIdText
    check_in: EntryIdText
    saw: YesNo
    note: Text | None = None
