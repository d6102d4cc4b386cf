"""Everything of a member in one download.

Law: lines are written as they are read, page by page, so an export of any length takes the memory of one page; what is
in it is the store's decision alone. A reader that takes nothing is dropped. Source: WEB "Pages" (my barn).
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

from aiohttp import web

from store import export
from store.export import Line, Place
from web.api.call import Call
from web.context import Context
from web.i18n import N_

NDJSON: Final = "application/x-ndjson"
WRITE_SECONDS: Final = 60  # a page of lines that is not taken by then never will be


async def everything(context: Context) -> web.StreamResponse:
    """What the caller may read and what is hers, one JSON object a line; the last line is ``{"kind": "end"}``."""
    response = web.StreamResponse(headers={"Content-Type": NDJSON, "Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = 'attachment; filename="barnraise-export.ndjson"'
    lines, place = await _page(
        context, export.START
    )  # a fault of the first page is still an answer of its own
    try:
        await response.prepare(context.request)
        await _send(response, lines)
        while place is not None:
            lines, place = await _page(context, place)
            await _send(response, lines)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        if context.request.transport is not None:
            context.request.transport.abort()
    return response


async def _page(context: Context, place: Place) -> tuple[list[Line], Place | None]:
    return await context.read(export.page, context.viewer, place, now=context.now)


async def _send(response: web.StreamResponse, lines: list[Line]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(text.encode())


CALLS: Final = (
    Call(
        "GET",
        "/export",
        everything,
        N_("Everything the caller may read and everything of their own, one JSON object a line."),
        media=NDJSON,
        slow=True,
    ),
)
