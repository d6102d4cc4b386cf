"""A pledge and the steps both parties make. Source: DOMAIN sections 1 to 3, area *pledges*.

Law: money is never moved and no payment detail has a field here (R12).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from protocol.limits import MAX_INT
from protocol.records.base import (
    CURRENCY_SHAPE,
    DateText,
    EntryIdText,
    Jurisdiction,
    Key,
    Part,
    Record,
    Tags,
    Text,
    Word,
    Words,
    wrong,
)
from protocol.records.lists import MONEY

Result = Literal["met", "partly", "not"]
Some = Annotated[int, Field(ge=1, le=MAX_INT)]


class Condition(Part):
    """The giver's condition: the state of the pitch the pledge waits for."""

    after: Word


def _money_in_currency(unit: str | None, info: ValidationInfo) -> str | None:
    if info.data.get("kind") == MONEY and unit is not None and not CURRENCY_SHAPE.fullmatch(unit):
        raise wrong("currency")
    return unit


class PledgeOffer(Record):
    """An offer towards an ask, or beside the asks when it names none. Its entry id is the pledge's id.

    ``show`` says how the giver appears; when it is not ``named`` there is no ``by``. ``terms`` is the version
    of the pitch the giver read (added by the node).
    """

    SUBJECT: ClassVar[str | None] = "pitch"

    type: Literal["pledge.offer"]
    pitch: EntryIdText
    kind: Word
    ask: Key | None = None
    text: Text | None = None
    quantity: Some
    unit: Annotated[Word, AfterValidator(_money_in_currency)]
    return_: Text | None = Field(default=None, alias="return")
    condition: Condition | None = None
    conflict: Literal["none", "declared"] = "none"
    show: Literal["named", "organisation", "anonymous"] = "named"
    offer: EntryIdText | None = None
    terms: EntryIdText | None = None


class PledgeStep(Record):
    SUBJECT: ClassVar[str | None] = "pledge"

    pledge: EntryIdText


class PledgeRevise(PledgeStep):
    """Restates fields of the offer: absent stays, null empties. What it is towards, kind and unit stay.

    The pitcher accepts it anew (DOMAIN section 2).
    """

    type: Literal["pledge.revise"]
    text: Text | None = None
    quantity: Some = 1
    return_: Text | None = Field(default=None, alias="return")
    condition: Condition | None = None
    conflict: Literal["none", "declared"] = "none"


class PledgeWithdraw(PledgeStep):
    """The giver takes the pledge back."""

    type: Literal["pledge.withdraw"]
    reason: Word | None = None
    note: Text | None = None


class PledgeAccept(PledgeStep):
    """The pitcher takes so much of it and commits to a return. ``terms``: the version of the pledge taken."""

    type: Literal["pledge.accept"]
    by: EntryIdText
    quantity: Some
    return_: Text | None = Field(default=None, alias="return")
    return_due: DateText | None = None
    terms: EntryIdText | None = None


class PledgeDecline(PledgeStep):
    type: Literal["pledge.decline"]
    by: EntryIdText
    reason: Word | None = None
    note: Text | None = None


class PledgeFulfil(PledgeStep):
    """The giver says it was given."""

    type: Literal["pledge.fulfil"]
    evidence: Text | None = None


class PledgeConfirm(PledgeStep):
    """The pitcher says whether it came. ``fulfil`` names the giver's step it answers (added by the node), so
    that a fulfil made after a ``not`` is known to be new."""

    type: Literal["pledge.confirm"]
    by: EntryIdText
    result: Result
    note: Text | None = None
    fulfil: EntryIdText | None = None


class PledgeRelease(PledgeStep):
    """Either party lets the other go of an accepted pledge."""

    type: Literal["pledge.release"]
    reason: Word | None = None
    note: Text | None = None


class ReturnDeliver(PledgeStep):
    """The pitcher gives what she promised in return."""

    type: Literal["return.deliver"]
    by: EntryIdText
    text: Text


class ReturnConfirm(PledgeStep):
    """The giver's one answer."""

    type: Literal["return.confirm"]
    result: Result
    note: Text | None = None


class OfferFields(Record):
    """What may be said of a standing offer."""

    quantity: Some | None = None
    jurisdiction: Jurisdiction | None = None
    topics: Words | None = None
    languages: Tags | None = None
    until: DateText | None = None


class OfferStand(OfferFields):
    """Something a member gives to whoever needs it, until a day or for half a year. Its entry id is the offer's."""

    type: Literal["offer.stand"]
    by: EntryIdText
    kind: Word
    text: Text
    unit: Annotated[Word | None, AfterValidator(_money_in_currency)] = None


class OfferClose(Record):
    """The offer no longer stands."""

    SUBJECT: ClassVar[str | None] = "offer"

    type: Literal["offer.close"]
    by: EntryIdText
    offer: EntryIdText
    reason: Word | None = None
    note: Text | None = None
