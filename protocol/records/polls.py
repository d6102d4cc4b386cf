"""Polls and ballots. Source: DOMAIN section 3, *Polls*."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from protocol.limits import MAX_AUDIENCE, MAX_INDEX, MAX_INT, MAX_ITEMS
from protocol.records.base import (
    HASH,
    NUMBER,
    OBJECT,
    WORD,
    EntryIdText,
    FeedText,
    InstantText,
    Key,
    MomentText,
    NodeIdText,
    Part,
    Record,
    Text,
    Title,
    distinct,
    some,
    wrong,
)

PollKind = Literal["choose-one", "choose-many", "rank", "score", "dots", "times"]


class Option(Part):
    """One thing to choose. ``ref`` is the object it stands for (an issue, a pitch); ``start`` and ``end`` of a time."""

    key: Key
    text: Title
    ref: EntryIdText | None = None
    start: MomentText | None = None
    end: MomentText | None = None


class Eligible(Part):
    """Who may vote, when that is not everybody: the members of a circle, or of some nodes."""

    circle: EntryIdText | None = None
    nodes: (
        Annotated[
            tuple[NodeIdText, ...],
            Field(strict=False, max_length=MAX_AUDIENCE),
            AfterValidator(some),
            AfterValidator(distinct),
        ]
        | None
    ) = None


class Limits(Part):
    """``choose``: options at most; ``dots``: dots a ballot; ``score``: the least and the most of one score."""

    choose: Annotated[int, Field(ge=1, le=MAX_ITEMS)] | None = None
    dots: Annotated[int, Field(ge=1, le=1_000)] | None = None
    score: Annotated[tuple[Annotated[int, Field(ge=-1_000, le=1_000)], ...], Field(strict=False)] | None = (
        None
    )


def _options(options: tuple[Option, ...]) -> tuple[Option, ...]:
    if len(options) < 2:
        raise wrong("missing")
    if len({option.key for option in options}) != len(options):
        raise wrong("repeated")
    return options


def _one_of(eligible: Eligible) -> Eligible:
    if (eligible.circle is None) == (eligible.nodes is None):
        raise wrong("eligible")
    return eligible


Voters = Annotated[
    Annotated[Literal["network"], Tag(WORD)] | Annotated[Eligible, AfterValidator(_one_of), Tag(OBJECT)],
    Discriminator(lambda value: WORD if isinstance(value, str) else OBJECT),
]


def _range(limits: Limits) -> Limits:
    if limits.score is not None and (len(limits.score) != 2 or limits.score[0] >= limits.score[1]):
        raise wrong("range", at="score")
    return limits


class PollOpen(Record):
    """A question. ``subject`` is what it is about; ``secret``: ballots carry a token instead of a name."""

    SUBJECT: ClassVar[str | None] = "subject"

    type: Literal["poll.open"]
    by: EntryIdText
    subject: EntryIdText | None = None
    question: Title
    text: Text | None = None
    kind: PollKind
    options: Annotated[
        tuple[Option, ...], Field(strict=False, max_length=MAX_ITEMS), AfterValidator(_options)
    ]
    closes: InstantText
    eligible: Voters = "network"
    secret: bool = False
    limits: Annotated[Limits, AfterValidator(_range)] | None = None


Sum = Annotated[int, Field(ge=-MAX_INT, le=MAX_INT)]
Count = Annotated[
    Annotated[Sum, Tag(NUMBER)] | Annotated[dict[Key, Sum], Field(max_length=MAX_ITEMS), Tag(OBJECT)],
    Discriminator(lambda value: OBJECT if isinstance(value, dict) else NUMBER),
]
"""What an option got: ballots or a sum, or a row by rank or answer."""


class PollClose(Record):
    """The owner's node, in nobody's name: ``cut``, how much of each feed counts, and what was counted.

    ``cut``: {feed: its size}. ``counts``, by option: ballots (choose), a sum (score, dots), {rank: ballots,
    "points": Borda} (rank), {"yes": …, "maybe": …, "no": …} (times).
    """

    SUBJECT: ClassVar[str | None] = "poll"

    type: Literal["poll.close"]
    by: None = None
    poll: EntryIdText
    cut: dict[FeedText, Annotated[int, Field(ge=1, le=MAX_INDEX)]]
    counts: Annotated[dict[Key, Count], Field(max_length=MAX_ITEMS)]


ANSWERS: Final = ("yes", "maybe", "no")
_MOST: Final = 1_000_000  # of a rank, score or number of dots, either way


def _mark(value: object) -> int | str:
    """An option's mark in a ballot: a number, or an answer to a time. Whether it fits the poll is counted later."""
    if type(value) is int and abs(value) <= _MOST:
        return value
    if isinstance(value, str) and value in ANSWERS:
        return value
    raise wrong("mark")


_MARK_SCHEMA: Final = {
    "anyOf": [{"type": "integer", "minimum": -_MOST, "maximum": _MOST}, {"enum": list(ANSWERS)}]
}
Mark = Annotated[int | str, PlainValidator(_mark), WithJsonSchema(_MARK_SCHEMA)]


class Ballot(Record):
    """A vote; the last of a voter counts. ``choice``: {option: 1, rank, score, dots, or an answer}.

    In a secret poll there is no ``by`` but ``token``, by which the node alone knows the voter.
    """

    SUBJECT: ClassVar[str | None] = "poll"

    type: Literal["ballot"]
    poll: EntryIdText
    choice: Annotated[dict[Key, Mark], Field(max_length=MAX_ITEMS)]
    token: Annotated[str, Field(pattern=HASH)] | None = None
