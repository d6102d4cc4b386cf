"""The first useful action: tick three things you could give, and see today's asks that match, each with its reasons.

Law: one pledge away, never two; what is ticked goes on the card, and the page says so before it does. Where nothing
matches, what is needed soonest is shown, and said to be that. Source: WEB "Pages" (welcome), DOMAIN R8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.records.lists import KINDS
from store.views import matches, members, pitches
from store.views.matches import TAKING
from store.views.shapes import Match, PitchFilters, PitchItem
from web.context import Context
from web.forms import Form
from web.i18n import N_
from web.pages.writing import publish
from web.reasons import reason_of

SHOWN: Final = 8  # matches: a first page, not a list
SOONEST: Final = 4  # pitches shown where nothing matches
MOST: Final = 12  # things ticked at once


class Fit(NamedTuple):
    """An ask that matches, and in words why it is shown."""

    match: Match
    reasons: list[str]


async def show(context: Context) -> web.StreamResponse:
    """The page: what the card offers, and what asks for it."""
    offers = await _offers(context)
    return await _page(context, Form.of({"kinds": [offer["kind"] for offer in offers]}), bool(offers))


async def tick(context: Context) -> web.StreamResponse:
    """Put what was ticked on the card; what it already says of a kind stays."""
    form = await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), form, False)
    kinds = form.choices("kinds", KINDS, required=True)
    if len(kinds) > MOST:
        form.wrong("kinds", N_("Tick %(most)s at most."), most=MOST)
    known = {offer["kind"]: offer for offer in await _offers(context)}
    wanted = [known.get(kind, {"kind": kind}) for kind in kinds]
    if not form.errors and list(known.values()) != wanted:
        content = {"type": "member.revise", "member": context.viewer.member, "offers": wanted}
        await publish(context, form, content)
    if form.errors or form.marks:
        return await _page(context, form, bool(known), 422)
    return context.redirect("/welcome#matches", said="saved")


async def _offers(context: Context) -> Sequence[dict[str, Any]]:
    member = context.viewer.member
    card = await context.read(members.one, context.viewer, member, now=context.now) if member else None
    return [dict(offer) for offer in card["offers"]] if card else []


async def _page(context: Context, form: Form, ticked: bool, status: int = 200) -> web.Response:
    found = await context.read(matches.of_viewer, context.viewer, now=context.now, limit=SHOWN)
    shown = [match for match in found if match["pitch"]["title"] is not None]  # the others are hidden here
    return context.page(
        "account/welcome.html",
        status=status,
        form=form,
        ticked=ticked,
        fits=[Fit(match, _why(context, match)) for match in shown],
        soonest=[] if shown else await _soonest(context),
    )


def _why(context: Context, match: Match) -> list[str]:
    return [reason_of(context.formats, one["code"], one["params"]) for one in match["reasons"]]


async def _soonest(context: Context) -> list[PitchItem]:
    """Pitches of others that still take pledges, in the order of lists."""
    page = await context.read(pitches.listing, context.viewer, PitchFilters(), now=context.now)
    return [item for item in page.items if _is_for_her(item)][:SOONEST]


def _is_for_her(item: PitchItem) -> bool:
    return item["state"] in TAKING and not item["owner"]["you"] and item["title"] is not None
