"""A pitch and what its owner says about it. Source: DOMAIN sections 1 to 3, area *pitches*."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field

from protocol.limits import MAX_INT, MAX_ITEMS
from protocol.records.base import (
    CURRENCY_SHAPE,
    Currency,
    DateText,
    Entries,
    EntryIdText,
    Jurisdiction,
    Key,
    Keys,
    Line,
    Many,
    MomentText,
    Money,
    Part,
    Quantity,
    Record,
    Text,
    Title,
    Url,
    Word,
    Words,
    Zone,
    distinct,
    wrong,
)
from protocol.records.lists import MONEY


class When(Part):
    """When the learning happens. A bare date is that whole day; ``zone`` is for showing only."""

    start: MomentText | None = None
    end: MomentText | None = None
    zone: Zone | None = None


class Where(Part):
    place: Line | None = None
    jurisdiction: Jurisdiction | None = None
    online: bool = False


class Benefits(Part):
    """What comes of it for the pitcher, for peers, for the organisation (R2)."""

    self: Text | None = None
    peers: Text | None = None
    organisation: Text | None = None


class Ask(Part):
    """One need. ``must``: the pitch does not go ahead without it. ``split``: several may share it."""

    key: Key
    kind: Word
    text: Text
    quantity: Annotated[int, Field(ge=1, le=MAX_INT)]
    unit: Word
    must: bool = True
    split: bool = False
    needed_by: DateText | None = None


class Own(Part):
    """What the pitcher puts in besides money (money is ``cost.own``)."""

    kind: Word
    text: Text
    quantity: Quantity
    unit: Word


class Cost(Part):
    """The sum in minor units of one currency: total = own + employer + what money is asked for (R1)."""

    currency: Currency
    total: Money
    own: Money
    employer: Money = 0


class Sharing(Part):
    """One promised way of passing on what was learned."""

    key: Key
    avenue: Word | None = None
    audience: Text | None = None
    due: DateText | None = None


class Application(Part):
    """How what was learned will be put to use."""

    practice: Text | None = None
    where: Text | None = None
    who: Text | None = None
    first_date: DateText | None = None
    signal: Text | None = None
    obstacles: Text | None = None
    help: Text | None = None


class Resource(Part):
    text: Text
    url: Url | None = None
    licence: Word | None = None


class Window(Part):
    """When pledges are sought."""

    opens: DateText | None = None
    closes: DateText | None = None


def _sound_asks(asks: tuple[Ask, ...]) -> tuple[Ask, ...]:
    for index, ask in enumerate(asks):
        if ask.kind == MONEY and not CURRENCY_SHAPE.fullmatch(ask.unit):
            raise wrong("currency", at=f"{index}.unit")
    return _own_keys(asks)


_Keyed = TypeVar("_Keyed", Ask, Sharing)


def _own_keys(items: tuple[_Keyed, ...]) -> tuple[_Keyed, ...]:
    if len({item.key for item in items}) != len(items):
        raise wrong("repeated")
    return items


_MANY = Field(strict=False, max_length=MAX_ITEMS)
Asks = Annotated[tuple[Ask, ...], _MANY, AfterValidator(_sound_asks)]
Activities = Annotated[tuple[Sharing, ...], _MANY, AfterValidator(_own_keys)]


class PitchFields(Record):
    """What may be said when opening and restated when revising."""

    topics: Words | None = None
    answers: Entries | None = None
    facilitator: EntryIdText | None = None
    when: When | None = None
    where: Where | None = None
    barrier: Text | None = None
    benefits: Benefits | None = None
    asks: Asks | None = None
    own: Many[Own] | None = None
    cost: Cost | None = None
    sharing: Activities | None = None
    application: Application | None = None
    resources: Many[Resource] | None = None
    window: Window | None = None


class PitchOpen(PitchFields):
    """A pitch. Three fields open it; readiness asks for the rest. Its entry id is the pitch's id."""

    type: Literal["pitch.open"]
    by: EntryIdText
    title: Title
    why: Text
    opportunity: Word


class PitchRevise(PitchFields):
    """Restates whole each field it names: absent stays, null empties; what opens a pitch cannot empty."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["pitch.revise"]
    by: EntryIdText
    pitch: EntryIdText
    title: Title = Field(default_factory=dict)
    why: Text = Field(default_factory=dict)
    opportunity: Word = ""


class PitchAdvance(Record):
    """Says of a pitch what dates cannot. ``ended``: when the learning was over, if before its planned end."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["pitch.advance"]
    by: EntryIdText
    pitch: EntryIdText
    to: Literal["underway", "sharing", "closed", "withdrawn", "cancelled"]
    reason: Word | None = None
    note: Text | None = None
    ended: MomentText | None = None


class PitchUpdate(Record):
    """News of a pitch; names the sharing activities it delivers and how many took part."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["pitch.update"]
    by: EntryIdText
    pitch: EntryIdText
    text: Text
    fulfils: Keys = ()
    attended: Quantity | None = None


class TallyLine(Part):
    accepted: Quantity
    fulfilled: Quantity


class PitchTally(Record):
    """Sums, by ask, of a pitch's private pledges: said by the node, naming nobody (R12). The last counts."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["pitch.tally"]
    by: None = None
    pitch: EntryIdText
    asks: Annotated[dict[Key, TallyLine], Field(max_length=MAX_ITEMS)]


What = Literal["conversation", "time", "employer-money", "no-objection"]


class Attest(Record):
    """What the facilitator, named on the pitch, stands for, and until when. Her last one counts (R9)."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["attest"]
    by: EntryIdText
    pitch: EntryIdText
    what: Annotated[Many[What], AfterValidator(distinct)]
    until: DateText | None = None
    note: Text | None = None


class Catalyse(Record):
    """A member carries the pitch further."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["catalyse"]
    by: EntryIdText
    pitch: EntryIdText
    text: Text | None = None


class Encourage(Record):
    """A good word for any object."""

    SUBJECT: ClassVar[str | None] = "on"

    type: Literal["encourage"]
    by: EntryIdText
    on: EntryIdText
    text: Text | None = None


class Invite(Record):
    """Asks a member to look at a pitch: between the two of them and their nodes."""

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["invite"]
    by: EntryIdText
    pitch: EntryIdText
    to: EntryIdText
    text: Text | None = None
