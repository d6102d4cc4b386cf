"""Polls and their results. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from store.views import polls
from store.views.shapes import Poll, PollFilters, PollItem
from web.api.call import Call
from web.api.lists import entry_of, listed, one_of
from web.api.queries import Entry, Listing, NodeText, Word, Words
from web.context import Context
from web.i18n import N_


class PollQuery(Listing):
    state: Literal["open", "counting", "closed"] | None = None
    kind: Word | None = None
    subject: Annotated[Entry, Field(description="what it is about")] | None = None
    circle: Annotated[Entry, Field(description="whose members may vote")] | None = None
    node: NodeText | None = None
    member: Annotated[Entry, Field(description="who opened it")] | None = None
    q: Annotated[Words, Field(description="words in it")] | None = None
    mine: Annotated[bool, Field(description="opened by the caller")] = False


async def poll_list(context: Context) -> web.Response:
    """Polls, newest first."""
    return await listed(context, polls.listing, PollFilters, PollQuery)


async def poll(context: Context) -> web.Response:
    """A poll with its result as it stands."""
    return await one_of(context, polls.one, entry_of(context))


CALLS: Final[tuple[Call, ...]] = (
    Call("GET", "/polls", poll_list, N_("Polls, newest first."), PollItem, True, PollQuery),
    Call("GET", "/polls/{id}", poll, N_("One poll and its result."), Poll, problems=(404,)),
)
