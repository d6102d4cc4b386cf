"""Standing offers. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from store.views import offers
from store.views.shapes import Offer, OfferFilters, OfferItem
from web.api.call import Call
from web.api.lists import entry_of, listed, one_of
from web.api.queries import Entry, Listing, NodeText, Word, Words
from web.context import Context
from web.i18n import N_


class OfferQuery(Listing):
    kind: Word | None = None
    topic: Word | None = None
    jurisdiction: Annotated[Word, Field(description="ISO 3166 code")] | None = None
    lang: Word | None = None
    node: NodeText | None = None
    member: Annotated[Entry, Field(description="giver")] | None = None
    q: Annotated[Words, Field(description="words in it")] | None = None
    mine: Annotated[bool, Field(description="of the caller")] = False
    open: Annotated[bool, Field(description="stands now; no: no longer")] | None = None


async def offer_list(context: Context) -> web.Response:
    """Standing offers, newest first."""
    return await listed(context, offers.listing, OfferFilters, OfferQuery)


async def offer(context: Context) -> web.Response:
    """A standing offer."""
    return await one_of(context, offers.one, entry_of(context))


CALLS: Final[tuple[Call, ...]] = (
    Call("GET", "/offers", offer_list, N_("Standing offers, newest first."), OfferItem, True, OfferQuery),
    Call("GET", "/offers/{id}", offer, N_("One standing offer."), Offer, problems=(404,)),
)
