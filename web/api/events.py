"""Events: the list and one of them.

Law: as ``web.api.lists``. Source: WEB "HTTP API", DOMAIN section 3, area *events*.
"""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from store.views import events
from store.views.shapes import Event, EventFilters, EventItem
from web.api.call import Call
from web.api.lists import entry_of, listed, one_of
from web.api.queries import Entry, Listing, NodeText, Word, Words
from web.context import Context
from web.i18n import N_


class EventQuery(Listing):
    kind: Word | None = None
    topic: Word | None = None
    pitch: Entry | None = None
    circle: Entry | None = None
    jurisdiction: Annotated[Word, Field(description="ISO 3166 code")] | None = None
    lang: Annotated[Word, Field(description="language it is held in")] | None = None
    node: NodeText | None = None
    q: Annotated[Words, Field(description="words in it")] | None = None
    mine: Annotated[bool, Field(description="the caller holds it, or said she comes or may come")] = False
    past: Annotated[bool, Field(description="those that began more than a day ago, the last first")] = False


async def event_list(context: Context) -> web.Response:
    """Events to come, soonest first."""
    return await listed(context, events.listing, EventFilters, EventQuery)


async def event(context: Context) -> web.Response:
    """An event with who comes."""
    return await one_of(context, events.one, entry_of(context))


CALLS: Final[tuple[Call, ...]] = (
    Call("GET", "/events", event_list, N_("Events to come, soonest first."), EventItem, True, EventQuery),
    Call("GET", "/events/{id}", event, N_("One event, with who comes."), Event, problems=(404,)),
)
