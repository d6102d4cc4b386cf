"""Circles and the issues raised in them. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from store.views import circle_page, circles, issue_page, issues
from store.views.shapes import Circle, CircleFilters, CircleItem, Issue, IssueFilters, IssueItem
from web.api.call import Call
from web.api.lists import entry_of, listed, one_of
from web.api.queries import Entry, Listing, NodeText, Word, Words
from web.context import Context
from web.i18n import N_


class CircleQuery(Listing):
    topic: Word | None = None
    member: Annotated[Entry, Field(description="who is in it")] | None = None
    node: Annotated[NodeText, Field(description="where it began")] | None = None
    q: Annotated[Words, Field(description="words in it, or in its pitch")] | None = None
    mine: Annotated[bool, Field(description="the caller is in it")] = False


class IssueQuery(Listing):
    circle: Annotated[Entry, Field(description="raised in it")] | None = None
    topic: Word | None = None
    node: NodeText | None = None
    q: Annotated[Words, Field(description="words in it")] | None = None


async def circle_list(context: Context) -> web.Response:
    """Circles, founded and of pitches, newest first."""
    return await listed(context, circles.listing, CircleFilters, CircleQuery)


async def circle(context: Context) -> web.Response:
    """A circle: who is in it, who keeps it, what it works on."""
    return await one_of(context, circle_page.one, entry_of(context))


async def issue_list(context: Context) -> web.Response:
    """Issues, newest first."""
    return await listed(context, issues.listing, IssueFilters, IssueQuery)


async def issue(context: Context) -> web.Response:
    """An issue: who has it too, what is one with it, what answers it."""
    return await one_of(context, issue_page.one, entry_of(context))


CALLS: Final[tuple[Call, ...]] = (
    Call(
        "GET",
        "/circles",
        circle_list,
        N_("Circles, founded and of pitches, newest first."),
        CircleItem,
        True,
        CircleQuery,
    ),
    Call(
        "GET",
        "/circles/{id}",
        circle,
        N_("One circle: members, stewards, issues, priorities, health."),
        Circle,
        problems=(404,),
    ),
    Call("GET", "/issues", issue_list, N_("Issues, newest first."), IssueItem, True, IssueQuery),
    Call("GET", "/issues/{id}", issue, N_("One issue and what answers it."), Issue, problems=(404,)),
)
