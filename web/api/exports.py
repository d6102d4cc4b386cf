"""Everything of a member in one download.

Law: lines are written as they are read, page by page, so an export of any length takes the memory of one page; what is
in it is the store's decision alone. A reader that takes nothing is dropped. An export that cannot be finished says
so in its last line, and the answer ends as a broken one. Source: WEB "Pages" (my barn).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Final

from aiohttp import web

from store import export
from store.export import Line, Place
from web.api.call import Call
from web.context import Context
from web.i18n import N_, Message

NDJSON: Final = "application/x-ndjson"
LOG: Final = logging.getLogger(__name__)
BROKEN: Final = N_(
    "This export is not whole: the node could not read the rest. Try again, or tell who runs it."
)
WRITE_SECONDS: Final = 60  # a page of lines that is not taken by then never will be


async def everything(context: Context) -> web.StreamResponse:
    """What the caller may read and what is theirs, one JSON object a line.

    The last line is ``{"kind": "end"}``, or ``{"kind": "broken"}`` when the rest could not be read.
    """
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
        _hang_up(context)
    except Exception as error:
        LOG.exception("export broke off", extra={"error": type(error).__name__})
        await _say_broken(context, response)
    return response


async def _say_broken(context: Context, response: web.StreamResponse) -> None:
    """Write the last line of an export that is not whole, and end the answer without its end."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        await _send(response, [{"kind": "broken", "text": context.say(Message(BROKEN))}])
    if context.request.transport is not None:
        context.request.transport.close()


def _hang_up(context: Context) -> None:
    if context.request.transport is not None:
        context.request.transport.abort()


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
        N_(
            "Everything the caller may read and everything of their own, one JSON object a line; "
            "the last says whether it is whole."
        ),
        media=NDJSON,
        slow=True,
    ),
)
