"""My barn: what this member pitched, pledged, wrote, and what she has not finished writing.

Law: hers alone; drafts are read by nobody else on this node. Source: WEB "Pages" (my barn).
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from store import drafts
from store.drafts import Draft
from store.views import artifacts, pitches, pledges
from store.views.shapes import ArtifactFilters, PitchFilters, PledgeFilters
from web.context import Context
from web.i18n import LANGUAGES

SHOWN: Final = 50


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    account, member = context.viewer.account, context.viewer.member
    if account is None:
        raise web.HTTPForbidden
    found: dict[str, Any] = {
        "pitches": await _listed(context, pitches.listing, PitchFilters(mine=True)) if member else [],
        "given": await _listed(context, pledges.listing, PledgeFilters(role="giver")),
        "received": await _listed(context, pledges.listing, PledgeFilters(role="owner")),
        "artifacts": await _listed(context, artifacts.listing, ArtifactFilters(member=member))
        if member
        else [],
    }
    kept = await context.read(drafts.listing, account, "pitch.open")
    return context.page("mine/mine.html", **found, drafts=[(draft, _title(draft)) for draft in kept])


async def _listed(context: Context, listing: Any, filters: object) -> list[Any]:
    page = await context.read(listing, context.viewer, filters, now=context.now, limit=SHOWN)
    return list(page.items)


def _title(draft: Draft) -> dict[str, str]:
    """The title as far as it is typed."""
    return {tag: items[0] for tag in LANGUAGES if (items := draft.body.get(f"title.{tag}"))}


async def drop_draft(context: Context) -> web.StreamResponse:
    """Throw a draft away."""
    number, account = context.id("draft"), context.viewer.account
    if account is not None and number.isascii() and number.isdigit() and len(number) < 16:
        await context.write(drafts.drop, account, int(number))
    return context.redirect("/mine#drafts", said="removed")
