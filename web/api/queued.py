"""``GET /api/v1/queued/{queued}``: what becomes of a record that waits to be signed.

Law: its author alone is told. Source: PROTOCOL section 11 "Outbox", WEB "HTTP API".
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypedDict

from aiohttp import web

from web.api.answers import answer
from web.api.call import Call
from web.api.documents import Fault
from web.context import Context
from web.i18n import N_
from web.pages.queued import row_of
from web.problems import fault_of


class QueuedAnswer(TypedDict):
    """A record that waits, or what became of it: ``id`` once signed; once refused the ``draft`` and every reason."""

    queued: str
    type: str
    state: Literal["waiting", "signed", "refused"]
    said: int
    id: NotRequired[str]
    draft: NotRequired[int]
    errors: NotRequired[list[Fault]]
    content: NotRequired[dict[str, Any]]


async def one(context: Context) -> web.Response:
    """What the caller said and what became of it."""
    row = await row_of(context)
    told = QueuedAnswer(queued=row.queued, type=row.type, state=row.state, said=row.said)
    if row.entry is not None:
        told["id"] = row.entry
    if row.content is not None:
        told["content"] = row.content
    if row.state == "refused":
        told["errors"] = [fault_of(context, problem) for problem in row.problems]  # type: ignore[misc]
        if row.draft:
            told["draft"] = row.draft
    return answer(context, told)


CALLS: Final = (
    Call(
        "GET",
        "/queued/{queued}",
        one,
        N_("A record that waits to be signed, and what became of it."),
        QueuedAnswer,
        problems=(404,),
    ),
)
