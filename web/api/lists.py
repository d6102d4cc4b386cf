"""Lists and objects: pitches, pledges, artifacts, people, nodes, comments, what waits, search.

Law: a call reads what a page reads, through the same query with the same viewer; what a viewer may not see is not
there, and asking for it by id answers 404 like anything else that is not here. Source: WEB "HTTP API".
"""

from __future__ import annotations

from typing import Any, TypedDict

from aiohttp import web

from protocol.errors import Refused
from protocol.ids import parse_entry, parse_node
from store import search as index
from store.views import artifacts, members, nodes, obligations, pitches, pledges, talk
from store.views.shapes import (
    ArtifactFilters,
    CommentItem,
    Hit,
    MemberFilters,
    NodeFilters,
    PitchFilters,
    PledgeFilters,
    Wait,
)
from web.api.answers import answer, page_answer
from web.api.queries import (
    ArtifactQuery,
    CommentQuery,
    Listing,
    MemberQuery,
    NodeQuery,
    PitchQuery,
    PledgeQuery,
    SearchQuery,
    parse,
)
from web.context import Context


class Comments(TypedDict):
    items: list[CommentItem]


class Hits(TypedDict):
    items: list[Hit]


class Waiting(TypedDict):
    """What waits on the caller, and what the caller waits for."""

    on_me: list[Wait]
    on_others: list[Wait]


async def listed(context: Context, listing: Any, filters: Any, model: type[Listing]) -> web.Response:
    """A page of a list; ``model`` is its parameters, ``filters`` what they narrow."""
    query = parse(model, context.query)
    found = await context.read(
        listing,
        context.viewer,
        filters(**query.filters()),
        now=context.now,
        cursor=query.cursor,
        limit=query.limit,
    )
    return page_answer(found)


async def one_of(context: Context, one: Any, wanted: str) -> web.Response:
    """One object. Refused("not-here") when there is none for the caller."""
    found = await context.read(one, context.viewer, wanted, now=context.now)
    if found is None:
        raise Refused("not-here")
    return answer(context, found)


def entry_of(context: Context) -> str:
    """The entry id in the path; anything else is not here."""
    return str(parse_entry(context.id()))


async def pitch_list(context: Context) -> web.Response:
    """Pitches, those with an open must-ask needed soonest first."""
    return await listed(context, pitches.listing, PitchFilters, PitchQuery)


async def pitch(context: Context) -> web.Response:
    """A pitch with everything the caller may see of it."""
    return await one_of(context, pitches.one, entry_of(context))


async def pledge_list(context: Context) -> web.Response:
    """Pledges the caller may see."""
    return await listed(context, pledges.listing, PledgeFilters, PledgeQuery)


async def pledge(context: Context) -> web.Response:
    """A pledge."""
    return await one_of(context, pledges.one, entry_of(context))


async def artifact_list(context: Context) -> web.Response:
    """Artifacts of the library."""
    return await listed(context, artifacts.listing, ArtifactFilters, ArtifactQuery)


async def artifact(context: Context) -> web.Response:
    """An artifact."""
    return await one_of(context, artifacts.one, entry_of(context))


async def people_list(context: Context) -> web.Response:
    """Members' cards."""
    return await listed(context, members.listing, MemberFilters, MemberQuery)


async def person(context: Context) -> web.Response:
    """A member's card and what she did under her name."""
    return await one_of(context, members.one, entry_of(context))


async def node_list(context: Context) -> web.Response:
    """Organisations."""
    return await listed(context, nodes.listing, NodeFilters, NodeQuery)


async def node(context: Context) -> web.Response:
    """An organisation, its policy and its newest."""
    return await one_of(context, nodes.one, parse_node(context.id()))


async def comments(context: Context) -> web.Response:
    """Comments on an object, oldest first."""
    query = parse(CommentQuery, context.query)
    return answer(context, {"items": await context.read(talk.comments_on, context.viewer, query.on)})


async def waiting(context: Context) -> web.Response:
    """What waits on the caller, and what the caller waits for."""
    found = await context.read(obligations.of_viewer, context.viewer, now=context.now)
    return answer(context, {"on_me": found.on_me, "on_others": found.on_others})


async def search(context: Context) -> web.Response:
    """Ranked hits; in a fragment ``[text, match]`` nothing is markup."""
    query = parse(SearchQuery, context.query)
    kinds = (query.kind,) if query.kind else ()
    found = await context.read(
        index.find, context.viewer, query.q, limit=query.limit, lang=query.lang, kinds=kinds
    )
    return answer(context, {"items": found})
