"""Opening a poll: the question, the options, who may vote, until when.

Law: a poll is never changed once it is open, so the page says before what it will be, in words: who may vote, who can
know how, and until when. Options are rows that can be added without a script. Source: WEB "Pages", DOMAIN section 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from protocol.limits import MAX_ITEMS
from store.views import circle_page, circles, nodes
from store.views.shapes import CircleFilters, NodeFilters, Text
from web.context import Context
from web.entries import Thing
from web.formats import Formats
from web.forms import Form, Mark
from web.i18n import LANGUAGES, N_
from web.pages.poll_fields import FIELDS, compact, make_room, of_issues, read_poll
from web.pages.polls import thing_of
from web.pages.writing import (
    ONCE,
    WRITE,
    fresh_key,
    marks,
    others_here,
    publish,
    settle,
    tags_of,
)

BLANK: Final = 2  # empty options shown after those typed
MORE: Final = 5  # when more are asked for
FIRST: Final = 4  # options a new poll begins with
CLOSES_IN: Final = dt.timedelta(days=14)
SHOWN: Final = 50  # circles and organisations offered
ISSUES: Final = 20  # of a circle, the newest, in a poll about its priorities
WITH_CIRCLE: Final = ("circle.found", "pitch.open")
FIRST_OF_ALL: Final = N_("What should our circle work on first?")


async def new(context: Context) -> web.StreamResponse:
    """The form; about what the address names, about a circle's issues when it asks for priorities."""
    subject = await _subject(context, context.query.get("subject", ""))
    begun: dict[str, Any] = {
        "kind": context.query.get("kind") or "choose-one",
        "who": "network",
        "secret": "no",
    }
    circle = subject.id if subject and subject.type in WITH_CIRCLE else ""
    if circle and context.query.get("priorities"):
        begun |= await _priorities(context, circle)
    form = Form.of(begun | {"subject": subject.id if subject else "", ONCE: fresh_key()})
    closes = context.formats.now.astimezone(context.formats.zone) + CLOSES_IN
    form.values["closes"] = [closes.strftime("%Y-%m-%dT17:00")]
    return await _page(context, form, subject)


async def _subject(context: Context, entry: str) -> Thing | None:
    """What the poll is about. 404 when it is named and not for this reader."""
    found = await thing_of(context, entry or None)
    if entry and found is None:
        raise web.HTTPNotFound
    return found


async def _priorities(context: Context, circle: str) -> dict[str, Any]:
    """A rank poll over the issues of a circle, for its members."""
    found = await context.read(circle_page.one, context.viewer, circle, now=context.now)
    if found is None:
        return {}
    question = {tag: formats.gettext(FIRST_OF_ALL) for tag, formats in _tellers(context).items()}
    issues = of_issues(found["issues"][:ISSUES])
    return {"kind": "rank", "who": "circle", "circle": circle, "question": question, **issues}


def _tellers(context: Context) -> Mapping[str, Formats]:
    return {tag: context.in_language(tag).formats for tag in LANGUAGES}


async def open_poll(context: Context) -> web.StreamResponse:
    """Open it, or show the form again."""
    form = await context.form()
    subject = await _subject(context, form.typed("subject"))
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    if form.switch:
        return await _page(context.in_language(form.switch), form, subject)
    if form.typed("do"):
        return await _page(context, form, subject)
    content = read_poll(form, context.formats.zone.key, _tellers(context))
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _page(context, form, subject, found)
    made = await publish(context, form, content, FIELDS)
    if made is None:
        return await _page(context, form, subject)
    return context.redirect(f"/polls/{made.id}", said="published")


async def _page(
    context: Context, form: Form, subject: Thing | None, found: list[Mark] | None = None
) -> web.Response:
    typed = compact(form)
    more = MORE if form.typed("do") == "more" else BLANK
    rows = min(max(typed + more, FIRST), MAX_ITEMS)
    make_room(form, rows)
    tags = tags_of(form, context.language)
    settle(form, tags)
    return context.page(
        "polls/form.html",
        status=422 if form.errors or found else 200,
        form=form,
        subject=subject,
        tags=tags,
        rows=rows,
        zone=context.formats.zone.key,
        circles=await _circles(context, form, subject),
        organisations=await _organisations(context),
        marks=found or [],
        holders=await others_here(context),
    )


async def _circles(context: Context, form: Form, subject: Thing | None) -> list[tuple[str, Text]]:
    """Circles whose members may be asked: that of the subject, and the reader's own."""
    wanted = [form.typed("circle"), subject.id if subject and subject.type in WITH_CIRCLE else ""]
    offered: dict[str, Text] = {}
    for entry in dict.fromkeys(one for one in wanted if one):
        circle = await context.read(circle_page.one, context.viewer, entry, now=context.now)
        if circle is not None:
            offered[entry] = circle["name"]
    mine = await context.read(
        circles.listing, context.viewer, CircleFilters(mine=True), now=context.now, limit=SHOWN
    )
    return list((offered | {item["id"]: item["name"] for item in mine.items}).items())


async def _organisations(context: Context) -> list[tuple[str, Text | None]]:
    page = await context.read(nodes.listing, context.viewer, NodeFilters(), now=context.now, limit=SHOWN)
    return [(item["node"], item["name"]) for item in page.items]
