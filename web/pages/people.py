"""People: who offers what.

Law: a directory of cards their members published, by skill offered; no ranking, no counts of people (R15).
Source: WEB "Pages" (people).
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import KINDS, TOPICS
from store import guests
from store.views import members
from store.views.shapes import Member, MemberFilters
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES
from web.labels import SUBDIVISIONS
from web.pages.organisations import narrowed_to

CHOICES: Final = {
    "offers": KINDS,
    "topic": TOPICS,
    "jurisdiction": tuple(SUBDIVISIONS),
    "lang": LANGUAGES,
}
Q_MOST: Final = 200


async def listing(context: Context) -> web.StreamResponse:
    """Cards, all or those that fit the filters."""
    chosen = {name: value for name in CHOICES if (value := context.query.get(name, "")) in CHOICES[name]}
    chosen |= narrowed_to(context)
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    found = await context.read(
        members.listing,
        context.viewer,
        MemberFilters(**chosen),
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    return context.page(
        "people/list.html",
        items=found.items,
        next=found.next,
        first=not context.query.get("cursor"),
        chosen=chosen,
        filters=Form.of(chosen),
        subdivisions=tuple(SUBDIVISIONS),
        guests=await context.read(guests.members),
    )


async def show(context: Context) -> web.StreamResponse:
    """One member's card, and what she did under her name."""
    wanted = str(parse_entry(context.id()))
    member = await context.read(members.one, context.viewer, wanted, now=context.now)
    if member is None:
        raise web.HTTPNotFound
    guest = wanted in await context.read(guests.members)
    return context.page(
        "people/show.html", member=member, guest=guest, history=await _history(context, member)
    )


async def _history(context: Context, member: Member) -> dict[str, Member | None]:
    """The cards before and after this one, where both sides say so (R10)."""
    cards = {name: member[name] for name in ("was", "now")}
    return {
        name: await context.read(members.one, context.viewer, card, now=context.now) if card else None
        for name, card in cards.items()
    }
