"""What every record shares: the strict model, its kinds of values, and how a refusal names what is wrong.

Law: a field says what may stand in it once, here; the same shape is asked of what is written and of what
is read, only unknown fields differ (refused on writing, carried on reading). Shapes only: whether a record
may be made, and what follows from it, is for ``protocol.rules``. Sources: DOMAIN section 3, BCP 47,
RFC 3339, ISO 3166, ISO 4217.

Patterns run in pydantic's compiled engine, where ``$`` is the end of the text and nothing else. A pattern
also names what it checks: ``PATTERN_CODES`` turns a mismatch into the code the translated sentence has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails, PydanticCustomError

from protocol.errors import Refused
from protocol.limits import (
    MAX_AUDIENCE,
    MAX_BLOB,
    MAX_BODY,
    MAX_INT,
    MAX_ITEMS,
    MAX_KEY,
    MAX_LANGUAGES,
    MAX_LINE,
    MAX_TEXT,
    MAX_URL,
    MAX_WORD,
)

# A number in an id has at most 15 digits: always below 2^53, so ``ids.parse_entry`` takes what passes here.
_NUMBER = "(?:0|[1-9][0-9]{0,14})"
_NODE = "[a-z2-7]{32}"
# Real days only, 1900 to 2199, so that no sum of days leaves the calendar; a pattern, because a validator
# of ours would be called for every date of every record read.
_DAY = (
    "(?:(?:19|2[01])[0-9]{2}-(?:"
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:(?:19|2[01])(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
_TIME = (
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_HOST = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"

FILLED: Final = r"\S"
LANGUAGE: Final = (  # RFC 5646 section 2.1, without the grandfathered tags
    "^(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    "(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?$"
)
ENTRY: Final = f"^{_NODE}-{_NUMBER}-{_NUMBER}$"
NODE: Final = f"^{_NODE}$"
FEED: Final = f"^{_NODE}-{_NUMBER}$"
DATE: Final = f"^{_DAY}$"
INSTANT: Final = f"^{_DAY}T{_TIME}$"
MOMENT: Final = f"^{_DAY}(?:T{_TIME})?$"
ZONE: Final = "^[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}$"
JURISDICTION: Final = "^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$"
CURRENCY: Final = "^[A-Z]{3}$"
CURRENCY_SHAPE: Final = re.compile("[A-Z]{3}", re.ASCII)
KEY: Final = f"^[a-z0-9-]{{1,{MAX_KEY}}}$"
KEY_OR_ENTRY: Final = f"^(?:[a-z0-9-]{{1,{MAX_KEY}}}|{_NODE}-{_NUMBER}-{_NUMBER})$"
URL: Final = r"""^https?://[^\s/?#@"<>\\^`{|}]+(?:[/?#][^\s"<>\\^`{|}]*)?$"""
ADDRESS: Final = f"^{_HOST}:[0-9]{{1,5}}$"
HASH: Final = "^[0-9a-f]{64}$"
MEDIA_TYPE: Final = "^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$"
FIELD: Final = "^[a-z_]{1,32}(?:\\.[a-z0-9_-]{1,32}){0,3}$"
FILE_NAME: Final = r"^[^/\\\x00-\x1f\x7f]+$"

PATTERN_CODES: Final[Mapping[str, str]] = {
    FILLED: "missing",
    LANGUAGE: "language",
    ENTRY: "entry-id",
    NODE: "node-id",
    FEED: "feed",
    DATE: "date",
    INSTANT: "instant",
    MOMENT: "moment",
    ZONE: "zone",
    JURISDICTION: "jurisdiction",
    CURRENCY: "currency",
    KEY: "key",
    KEY_OR_ENTRY: "key-or-entry",
    URL: "url",
    ADDRESS: "address",
    HASH: "hash",
    MEDIA_TYPE: "media-type",
    FILE_NAME: "file-name",
    FIELD: "field",
}

_ERROR_CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_type": "text",
    "string_unicode": "text",
    "string_too_long": "too-long",
    "int_type": "number",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "bool_type": "yes-no",
    "literal_error": "choice",
    "none_required": "unknown",
    "dict_type": "object",
    "model_type": "object",
    "tuple_type": "list",
    "too_short": "missing",
    "too_long": "too-many",
}
# Tags of unions whose member is told by the value's shape: no part of a path people see.
WORD, OBJECT, NUMBER = "~word", "~object", "~number"
_TAGS: Final = frozenset({WORD, OBJECT, NUMBER})
_SAID: Final = frozenset(
    {"max_length", "ge", "le", "expected"}
)  # what a sentence may need of pydantic's context


class Problem(NamedTuple):
    """One thing wrong with what a person or program asked.

    ``field`` is the dotted path (``asks.0.quantity``), ``code`` a stable word, ``params`` what the
    translated sentence needs.
    """

    field: str
    code: str
    params: Mapping[str, object]


class NotAcceptable(Refused):
    """A record that may not be written or does not apply, with every problem, not only the first."""

    def __init__(self, *problems: Problem) -> None:
        first = problems[0]
        super().__init__(first.code, field=first.field)
        self.params = dict(first.params)
        self.problems = problems


def problem(field: str, code: str, **params: object) -> Problem:
    """A Problem, its params as keywords."""
    return Problem(field, code, params)


def problem_of(error: ErrorDetails) -> Problem:
    """What pydantic found, in our words."""
    path = [str(part) for part in error["loc"] if part != "[key]" and part not in _TAGS]
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return Problem(".".join(path), PATTERN_CODES[context["pattern"]], {})
    params = {name: value for name, value in context.items() if name != "at"}
    code = _ERROR_CODES.get(error["type"], error["type"])
    if error["type"] in _ERROR_CODES:
        params = {name: value for name, value in params.items() if name in _SAID}
    return Problem(".".join([*path, *context.get("at", "").split(".")]).rstrip("."), code, params)


def wrong(code: str, *, at: str = "") -> PydanticCustomError:
    """The error a validator of ours raises; ``at`` is the path below the field it looks at."""
    return PydanticCustomError(code, "not acceptable", {"at": at} if at else None)


_T = TypeVar("_T")


def some(values: tuple[_T, ...]) -> tuple[_T, ...]:
    """At least one; asked after the values themselves, so that a wrong one is not called a missing one too."""
    if not values:
        raise wrong("missing")
    return values


def distinct(values: tuple[_T, ...]) -> tuple[_T, ...]:
    """Each value once."""
    if len(set(values)) != len(values):
        raise wrong("repeated")
    return values


Tag = Annotated[str, Field(pattern=LANGUAGE, max_length=35)]
"""A BCP 47 language tag."""

# One text in one or more languages: {tag: text}. Three sizes of the same thing.
Title = Annotated[
    dict[Tag, Annotated[str, Field(pattern=FILLED, max_length=MAX_LINE)]],
    Field(min_length=1, max_length=MAX_LANGUAGES),
]
Text = Annotated[
    dict[Tag, Annotated[str, Field(pattern=FILLED, max_length=MAX_TEXT)]],
    Field(min_length=1, max_length=MAX_LANGUAGES),
]
Body = Annotated[
    dict[Tag, Annotated[str, Field(pattern=FILLED, max_length=MAX_BODY)]],
    Field(min_length=1, max_length=MAX_LANGUAGES),
]

Line = Annotated[str, Field(pattern=FILLED, max_length=MAX_LINE)]
Word = Annotated[str, Field(pattern=FILLED, max_length=MAX_WORD)]
EntryIdText = Annotated[str, Field(pattern=ENTRY)]
NodeIdText = Annotated[str, Field(pattern=NODE)]
FeedText = Annotated[str, Field(pattern=FEED)]
"""One feed of a node: ``<node id>-<epoch>``."""
DateText = Annotated[str, Field(pattern=DATE)]
InstantText = Annotated[str, Field(pattern=INSTANT)]
MomentText = Annotated[str, Field(pattern=MOMENT)]
Zone = Annotated[str, Field(pattern=ZONE)]
Jurisdiction = Annotated[str, Field(pattern=JURISDICTION)]
Currency = Annotated[str, Field(pattern=CURRENCY)]
Key = Annotated[str, Field(pattern=KEY)]
KeyOrEntry = Annotated[str, Field(pattern=KEY_OR_ENTRY)]
"""A key, or an entry id, which is longer than any key."""
FieldPath = Annotated[str, Field(pattern=FIELD)]
"""A dotted field of a record; an item of a list with keys is named by its key: ``asks.travel.text``."""
Url = Annotated[str, Field(pattern=URL, max_length=MAX_URL)]
Address = Annotated[str, Field(pattern=ADDRESS, max_length=260)]
Quantity = Annotated[int, Field(ge=0, le=MAX_INT)]
Money = Quantity
"""Minor units of the currency named beside it."""
Days = Annotated[int, Field(ge=0, le=3_660)]
YesNo = Literal["yes", "partly", "no"]
"""An honest answer: yes, in part, no."""

# ``strict=False`` lets a JSON array become a tuple, so that a frozen record is frozen through and through.
_MANY = Field(strict=False, max_length=MAX_ITEMS)
Words = Annotated[tuple[Word, ...], _MANY]
Tags = Annotated[tuple[Tag, ...], _MANY]
Keys = Annotated[tuple[Key, ...], _MANY, AfterValidator(distinct)]
KeysOrEntries = Annotated[tuple[KeyOrEntry, ...], _MANY, AfterValidator(distinct)]
Entries = Annotated[tuple[EntryIdText, ...], _MANY, AfterValidator(distinct)]
Many = Annotated[tuple[_T, ...], _MANY]
Audience = Annotated[
    tuple[NodeIdText, ...],
    Field(strict=False, max_length=MAX_AUDIENCE),
    AfterValidator(some),
    AfterValidator(distinct),
]


class Part(BaseModel):
    """A value inside a record. Frozen; integers are integers and texts are texts."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class Record(Part):
    """What one entry says.

    ``type`` names the model; ``by`` is the member who speaks, left out where not naming means not signing;
    ``lang`` the original's language where a text has several; ``audience`` the nodes a restricted record is
    for (absent: the network). ``SUBJECT`` is the field that names the object the record changes or speaks of.
    """

    SUBJECT: ClassVar[str | None] = None

    type: str
    by: EntryIdText | None = None
    lang: Tag | None = None
    audience: Audience | None = None


class BlobRef(Part):
    """A file beside the record: RFC 6962 root over its pieces, size in bytes, what it is and is called."""

    hash: Annotated[str, Field(pattern=HASH)]
    size: Annotated[int, Field(ge=1, le=MAX_BLOB)]
    media_type: Annotated[str, Field(pattern=MEDIA_TYPE)]
    name: Annotated[str, Field(pattern=FILE_NAME, max_length=MAX_LINE)]
    alt: Text | None = None
    transcript: Word | None = None


def plain(part: Part) -> dict[str, Any]:
    """The JSON content a record or part was read from: what was named, nothing that was absent."""
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)
