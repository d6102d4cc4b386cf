"""What may stand after the question mark.

Law: an unknown or wrong parameter is refused by name, so that a typing mistake never looks like an empty answer; one
left empty, as an unfilled form sends it, is one not given.
Source: WEB "HTTP API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from protocol.records import NotAcceptable, Problem
from protocol.records.base import ENTRY, NODE, problem_of

LIMIT_MOST: Final = 100  # rows of one answer
Q = TypeVar("Q", bound="Query")

Word = Annotated[str, Field(min_length=1, max_length=64)]
Entry = Annotated[str, Field(pattern=ENTRY)]
NodeText = Annotated[str, Field(pattern=NODE)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Query(BaseModel):
    """Parameters of a call."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Listing(Query):
    """A list in pages."""

    cursor: (
        Annotated[str, Field(min_length=1, max_length=500, description="`next` of the page before")] | None
    ) = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST, description="rows of a page")] = 25

    def filters(self) -> dict[str, object]:
        """The parameters that narrow the list."""
        return self.model_dump(exclude={"cursor", "limit"})


class PitchQuery(Listing):
    state: Word | None = None
    asks: Annotated[Word, Field(description="a kind still needed")] | None = None
    opportunity: Word | None = None
    topic: Word | None = None
    jurisdiction: Annotated[Word, Field(description="ISO 3166 code")] | None = None
    level: Word | None = None
    lang: Annotated[Word, Field(description="language of the pitch")] | None = None
    node: NodeText | None = None
    member: Annotated[Entry, Field(description="owner")] | None = None
    q: Annotated[Words, Field(description="words in it")] | None = None
    mine: Annotated[bool, Field(description="owned by the caller")] = False


class PledgeQuery(Listing):
    state: Word | None = None
    kind: Word | None = None
    pitch: Entry | None = None
    role: (
        Annotated[Literal["giver", "owner"], Field(description="the caller gave, or owns the pitch")] | None
    ) = None


class ArtifactQuery(Listing):
    kind: Word | None = None
    topic: Word | None = None
    licence: Annotated[Word, Field(description="SPDX id")] | None = None
    evidence: Word | None = None
    lang: Word | None = None
    node: NodeText | None = None
    pitch: Entry | None = None
    member: Annotated[Entry, Field(description="an author")] | None = None
    q: Words | None = None
    review: Annotated[Literal["due"], Field(description="to be reviewed by now")] | None = None
    jurisdiction: Annotated[Word, Field(description="of the organisation")] | None = None


class MemberQuery(Listing):
    offers: Annotated[Word, Field(description="a kind the member offers")] | None = None
    topic: Word | None = None
    jurisdiction: Word | None = None
    lang: Word | None = None
    node: NodeText | None = None
    q: Words | None = None


class NodeQuery(Listing):
    jurisdiction: Word | None = None
    kind: Word | None = None
    level: Word | None = None


class CommentQuery(Query):
    on: Annotated[Entry, Field(description="what the comments are on")]


class SearchQuery(Query):
    q: Words
    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST)] = 20
    lang: Word | None = None
    kind: (
        Annotated[Literal["pitch", "artifact", "event", "member", "node"], Field(description="only these")]
        | None
    ) = None


class ChangesQuery(Query):
    cursor: (
        Annotated[str, Field(min_length=1, max_length=100, description="`next` of the answer before")] | None
    ) = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST)] = 100


class NoQuery(Query):
    """A call without parameters."""


def parse(model: type[Q], query: Mapping[str, str]) -> Q:
    """The parameters of a request, those left empty aside. NotAcceptable names every wrong one."""
    known = {field.alias or name for name, field in model.model_fields.items()}
    try:
        return model.model_validate(
            {name: value for name, value in query.items() if value or name not in known}
        )
    except ValidationError as error:
        raise NotAcceptable(*map(_problem, error.errors(include_url=False, include_input=False))) from None


_CODES: Final = {"int_parsing": "number", "bool_parsing": "yes-no"}
"""Codes of what can only be wrong in text: everything after a question mark is."""


def _problem(found: ErrorDetails) -> Problem:
    said = problem_of(found)
    return said._replace(code=_CODES.get(said.code, said.code))
