"""Polls: the list, one poll with its ballot and what came of it, and casting the ballot.

Law: a ballot is cast with what the page shows, and the last one counts; whoever looks sees the same figures,
provisional until the owner's node has counted. In a secret poll nothing here asks who voted what. Source: WEB "Pages",
DOMAIN section 3, *Polls*.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.ids import parse_entry
from store.views import polls
from store.views.shapes import Page, Poll, PollFilters, PollItem
from web.context import Context
from web.entries import Thing, thing
from web.forms import Form
from web.pages import poll_results
from web.pages.poll_fields import KINDS, read_ballot, typed_ballot
from web.pages.writing import publish

STATES: Final = ("open", "counting", "closed")
BESIDE: Final = 10  # polls shown on the page of what they are about
DAY: Final = 24 * 3600 * 1000
Q_MOST: Final = 200


async def listing(context: Context) -> web.StreamResponse:
    """All polls, or those that fit the filters."""
    choices = {"state": STATES, "kind": KINDS}
    chosen = {name: value for name in choices if (value := context.query.get(name, "")) in choices[name]}
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    found: Page[PollItem] = await context.read(
        polls.listing,
        context.viewer,
        PollFilters(**chosen),  # type: ignore[arg-type]
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    return context.page(
        "polls/list.html", items=found.items, next=found.next, chosen=chosen, filters=Form.of(chosen)
    )


async def polls_about(context: Context, subject: str) -> list[PollItem]:
    """Polls about an object or for its circle, newest first: for the page of that object."""
    found: dict[str, PollItem] = {}
    for filters in (PollFilters(subject=subject), PollFilters(circle=subject)):
        page = await context.read(polls.listing, context.viewer, filters, now=context.now, limit=BESIDE)
        found |= {item["id"]: item for item in page.items}
    return sorted(found.values(), key=lambda item: (-item["time"], item["id"]))[:BESIDE]


async def show(context: Context) -> web.StreamResponse:
    """One poll."""
    poll = await _poll_of(context)
    return await _poll_page(context, poll, typed_ballot(poll))


async def vote(context: Context) -> web.StreamResponse:
    """Cast a ballot. What a rule refuses comes back as it was filled in."""
    poll, form = await _poll_of(context), await context.form()
    if form.switch:
        return await _poll_page(context.in_language(form.switch), poll, form)
    choice = read_ballot(form, poll)
    content = {"type": "ballot", "poll": poll["id"], "choice": choice}
    names = {"poll": "", "choice": f"choice.{poll['options'][0]['key']}"}
    if poll["kind"].startswith("choose"):
        names["choice"] = "choice"
    if form.errors or await publish(context, form, content, names) is None:
        return await _poll_page(context, poll, form, status=422)
    return context.redirect(f"/polls/{poll['id']}", said="voted")


async def _poll_of(context: Context) -> Poll:
    wanted = str(parse_entry(context.id()))
    found = await context.read(polls.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _poll_page(context: Context, poll: Poll, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "polls/show.html",
        status=status,
        poll=poll,
        form=form,
        subject=await thing_of(context, poll["subject"]),
        circle=await thing_of(context, poll["eligible"]["circle"]),  # founded, or of a pitch
        bars=poll_results.bars(poll),
        rows=poll_results.rows(poll),
        counted_from=poll["closes"] + DAY,
        link=f"{context.port.url}/go/{poll['id']}",
    )


async def thing_of(context: Context, entry: str | None) -> Thing | None:
    """An object that a page names and leads to; None when there is none for this reader."""
    return await context.read(thing, context.viewer, entry, now=context.now) if entry else None
