"""A member's own development plan.

Law: a plan is read by whom it is of and by nobody else; there is no parameter that names another.
Source: WEB "HTTP API", DOMAIN section 3 "Audience".
"""

from __future__ import annotations

from typing import Final, TypedDict

from aiohttp import web

from store.views import idps
from store.views.shapes import IdpSkill
from web.api.answers import answer
from web.api.call import Call
from web.context import Context
from web.i18n import N_


class Plan(TypedDict):
    """Skills in the order in which she began them."""

    items: list[IdpSkill]


async def plan(context: Context) -> web.Response:
    """The caller's development plan."""
    return answer(context, {"items": await context.read(idps.plan, context.viewer)})


CALLS: Final[tuple[Call, ...]] = (
    Call("GET", "/idp", plan, N_("The caller's own development plan, by skill and cycle."), Plan),
)
