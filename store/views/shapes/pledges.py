"""A pledge in a list and on its page. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Any, Final, Literal, TypedDict

from store.views.shapes.parts import HeldBy, Missing, NodeRef, Person, Ref, Return, Step, Text, Translated

PLEDGE_STATES: Final = (
    "offered",
    "accepted",
    "declined",
    "withdrawn",
    "released",
    "fulfilled",
    "confirmed",
    "disputed",
    "lapsed",
)


class PledgeCan(TypedDict):
    """What the viewer may do now; ``accept`` is false while the pitch is not ready (``accept_missing`` says why)."""

    accept: bool
    accept_missing: list[Missing]
    decline: bool
    fulfil: bool
    confirm: bool
    withdraw: bool
    revise: bool
    release: bool
    comment: bool
    deliver_return: bool
    confirm_return: bool


class PledgeItem(TypedDict):
    """A pledge in a list. ``accepted`` counts towards the ask, ``waiting`` was accepted beyond it."""

    id: str
    pitch: str
    pitch_title: Text | None
    ask: str | None
    ask_text: Text | None
    kind: str
    text: Text | None
    quantity: int
    unit: str
    accepted: int
    waiting: int
    state: str
    giver: Person
    owner: Person | None
    conflict: Literal["none", "declared"]
    restricted: bool
    due: int | None
    time: int


class Agreement(TypedDict):
    """The pair of versions both agreed to: the pitch the giver read, the pledge the pitcher accepted.

    ``current``: neither has been revised since.
    """

    pitch_version: str | None
    pledge_version: str | None
    current: bool


class Pledge(PledgeItem):
    """A pledge's own page. ``terms``: the pitch's version the giver read; ``private``: what stayed on this node.

    ``agreement`` is None while nothing was accepted; ``artifacts``: the giver's case studies that fulfil it.
    """

    wanted: Text | None
    condition: str | None
    show: Literal["named", "organisation", "anonymous"]
    terms: str | None
    version: str
    agreement: Agreement | None
    artifacts: list[Ref]
    translations: list[Translated]
    returns: Return
    steps: list[Step]
    audience: list[NodeRef] | None
    private: dict[str, Any] | None
    held_by: HeldBy
    can: PledgeCan
