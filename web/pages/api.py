"""``/api``: what programs can do, on one page. Source: WEB "HTTP API"."""

from __future__ import annotations

from aiohttp import web

from protocol.records import REGISTER
from web.api.calls import CALLS
from web.context import Context


async def show(context: Context) -> web.StreamResponse:
    """The table of calls and the list of record types."""
    return context.page("api.html", calls=CALLS, types=list(REGISTER), url=context.port.url)
