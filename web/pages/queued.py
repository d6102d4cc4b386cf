"""What a member said while this node could not sign yet: where it waits, and what became of it.

Law: its author alone sees it; once it is signed its address leads to the record. Source: PROTOCOL section 11 "Outbox".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from protocol.errors import Refused
from store import outbox, standing
from store.outbox import Row
from web.context import Context
from web.i18n import LANGUAGES, Message, Text
from web.problems import message_of

NAMES: Final = ("title", "name", "question", "text", "why", "note", "body")
"""Fields of a record that say what it is about, the first there is."""


async def show(context: Context) -> web.StreamResponse:
    """The page; the record itself once it is signed."""
    row = await row_of(context)
    if row.entry is not None:
        return context.redirect(f"/go/{row.entry}", said="published")
    started = await context.read(standing.alarm) == standing.ASKING
    told: dict[str, Any] = {"name": name_of(row.content), "reasons": reasons_of(row), "started": started}
    return context.page("mine/queued.html", row=row, **told)


async def drop(context: Context) -> web.StreamResponse:
    """Put away what was refused: its words are in the drafts."""
    row = await row_of(context)
    if row.account is not None:
        await context.write(outbox.drop, row.account, row.queued)
    return context.redirect("/mine", said="removed")


async def row_of(context: Context) -> Row:
    """The row the address names. Refused ``not-here`` to anybody but its author."""
    row = await context.read(outbox.one, context.viewer.account, context.id("queued"))
    if row is None or context.viewer.account is None:
        raise Refused("not-here")
    return row


def reasons_of(row: Row) -> list[Message]:
    """Why it was refused, every reason once."""
    return list({message.id: message for message in map(message_of, row.problems)}.values())


def name_of(content: Mapping[str, Any] | None) -> Text:
    """What a record calls itself, as far as it does."""
    found: Any = next((content[name] for name in NAMES if content.get(name)), {}) if content else {}
    return found if isinstance(found, dict) else {LANGUAGES[0]: str(found)}
