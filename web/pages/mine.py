"""My barn: what this member pitched, pledged, wrote, and what she has not finished writing.

Law: hers alone; drafts are read by nobody else on this node. Source: WEB "Pages" (my barn).
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.errors import Refused
from store import drafts, outbox
from store.importing import DRAFTED, RowsRefused, bring_in
from store.table_files import BYTES_MOST, ROWS_MOST
from store.views import artifacts, circles, events, offers, pitches, pledges, polls
from store.views.shapes import (
    ArtifactFilters,
    CircleFilters,
    EventFilters,
    OfferFilters,
    PitchFilters,
    PledgeFilters,
    PollFilters,
)
from web.api.drafts import title_of
from web.context import Context
from web.forms import Form
from web.pages.queued import name_of
from web.problems import message_of, note
from web.uploads import form_with_bytes

SHOWN: Final = 50


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    account, member = context.viewer.account, context.viewer.member
    if account is None:
        raise web.HTTPForbidden
    found: dict[str, Any] = {
        name: await _listed(context, listing, filters) if member else []
        for name, (listing, filters) in _lists(member).items()
    }
    whole = context.query.get("drafts") == "all"
    count = await context.read(drafts.count, account)
    kept, _ = await context.read(drafts.page, account, cursor=None, limit=SHOWN)
    if whole and count > SHOWN:
        kept = await context.read(drafts.listing, account)
    shown = [(draft, title_of(draft)) for draft in kept]
    waiting = [(row, name_of(row.content)) for row in await context.read(outbox.of_account, account)]
    return context.page("mine/mine.html", **found, drafts=shown, more=count - len(shown), queued=waiting)


def _lists(member: str | None) -> dict[str, tuple[Any, object]]:
    """What stands on the page: the query and its filters, by name."""
    return {
        "pitches": (pitches.listing, PitchFilters(mine=True)),
        "offered": (offers.listing, OfferFilters(mine=True, open=True)),
        "given": (pledges.listing, PledgeFilters(role="giver")),
        "received": (pledges.listing, PledgeFilters(role="owner")),
        "circles": (circles.listing, CircleFilters(mine=True)),
        "events": (events.listing, EventFilters(mine=True)),
        "polls": (polls.listing, PollFilters(mine=True)),
        "artifacts": (artifacts.listing, ArtifactFilters(member=member)),
    }


async def _listed(context: Context, listing: Any, filters: object) -> list[Any]:
    page = await context.read(listing, context.viewer, filters, now=context.now, limit=SHOWN)
    return list(page.items)


async def drop_draft(context: Context) -> web.StreamResponse:
    """Throw a draft away."""
    number, account = context.id("draft"), context.viewer.account
    if account is not None and number.isascii() and number.isdigit() and len(number) < 16:
        await context.write(drafts.drop, account, int(number))
    return context.redirect("/mine#drafts", said="removed")


async def import_form(context: Context) -> web.StreamResponse:
    """What a file of drafts looks like, and the form that brings one in."""
    return _import_page(context, Form())


async def import_drafts(context: Context) -> web.StreamResponse:
    """Make drafts of the rows of a file, and say of each row left out what is wrong with it."""
    account = context.viewer.account
    if account is None:
        raise web.HTTPForbidden
    form = Form()
    try:
        form, data = await form_with_bytes(context, BYTES_MOST)
        kept = await context.write(bring_in, account, data, keep_good=form.ticked("keep"))
    except RowsRefused as error:
        return _import_page(context, form, status=422, faults=error.problems)
    except Refused as error:
        note(form, error)
        return _import_page(context, form, status=422)
    return _import_page(context, form, kept=len(kept.drafts), faults=kept.faults, warnings=kept.warnings)


def _import_page(context: Context, form: Form, status: int = 200, **found: Any) -> web.Response:
    told: dict[str, Any] = {"kept": None, "faults": (), "warnings": ()} | found
    for name in ("faults", "warnings"):
        told[name] = [(fault, message_of(fault)) for fault in told[name]]
    return context.page("mine/import.html", status=status, form=form, types=DRAFTED, rows=ROWS_MOST, **told)
