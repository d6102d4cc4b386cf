"""The caller's offers against open asks. Source: WEB "HTTP API", DOMAIN R8."""

from __future__ import annotations

from typing import Annotated, Final, TypedDict

from aiohttp import web
from pydantic import Field

from store.views import matches
from store.views.shapes import Match
from web.api.answers import answer
from web.api.call import Call
from web.api.queries import LIMIT_MOST, Query, parse
from web.context import Context
from web.i18n import N_


class MatchQuery(Query):
    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST, description="rows")] = 25


class Matches(TypedDict):
    items: list[Match]


async def match_list(context: Context) -> web.Response:
    """Open asks that fit what the caller offers, each with its reasons."""
    query = parse(MatchQuery, context.query)
    found = await context.read(matches.of_viewer, context.viewer, now=context.now, limit=query.limit)
    return answer(context, {"items": found})


CALLS: Final[tuple[Call, ...]] = (
    Call(
        "GET",
        "/matches",
        match_list,
        N_("The caller's offers against open asks, with reasons."),
        Matches,
        query=MatchQuery,
    ),
)
