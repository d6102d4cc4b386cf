"""Whether what was learned is applied, and who stands by a pitch. Source: WEB "HTTP API", DOMAIN R6, R7, R9."""

from __future__ import annotations

from typing import Literal, TypedDict

from store.views.shapes.parts import Person, Text

Answered = Literal["yes", "partly", "no"]


class Witness(TypedDict):
    """What somebody else saw of a check-in: the last word of each person; differing answers stand side by side."""

    id: str
    who: Person
    saw: Answered
    note: Text | None
    time: int


class Asked(TypedDict):
    """A member the owner asked to attest a check-in; ``due`` is when that is taken as not attested."""

    who: Person
    state: Literal["asked", "attested", "not-attested"]
    due: int


class CheckIn(TypedDict):
    """One check-in of the policy. ``due`` is None while no end is known, and what is said while nobody answered."""

    day: int
    due: int | None
    state: Literal["due", "answered", "overdue", "no-answer"]
    applied: Answered | None
    evidence: Text | None
    obstacle: Text | None
    level: int | None
    id: str | None
    time: int | None
    attests: list[Witness]
    asked: list[Asked]


class Facilitator(Person):
    """The member named as facilitator and her last attest. ``since`` is when the owner named her.

    ``due`` is when her silence counts as *not attested*; ``until`` is the date her attest lapses.
    """

    state: Literal["asked", "attested", "not-attested", "attest-lapsed"]
    what: list[str]
    until: str | None
    note: Text | None
    attest: str | None
    time: int | None
    since: int
    due: int


class Invited(TypedDict):
    """An invitation to look at a pitch: shown to the two it is between."""

    id: str
    who: Person
    to: Person
    text: Text | None
    time: int
    until: int
    state: Literal["open", "lapsed"]
