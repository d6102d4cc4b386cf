"""Circles: the list, and one circle with who is in it, what it works on and how it does.

Law: nobody is put into a circle by anybody else: joining and leaving are the member's own. Roles are bounded, and the
page says why each is open to the reader. Each step is one record; what a rule refuses comes back with what was typed.
Source: WEB "Pages" (circles), DOMAIN R11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import TOPICS
from store.views import circle_page, circle_steps, circles, talk
from store.views.shapes import Circle, CircleFilters
from web.context import Context
from web.forms import Form
from web.i18n import N_
from web.pages.writing import bare, publish, said

Q_MOST: Final = 200


async def listing(context: Context) -> web.StreamResponse:
    """All circles, or the reader's, or those that fit the filters."""
    query = context.query
    chosen = {"topic": query["topic"]} if query.get("topic") in TOPICS else {}
    if words := " ".join(query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    mine = bool(query.get("mine")) and context.viewer.member is not None
    found = await context.read(
        circles.listing,
        context.viewer,
        CircleFilters(**chosen, mine=mine),
        now=context.now,
        cursor=query.get("cursor") or None,
    )
    return context.page(
        "circles/list.html",
        view="mine" if query.get("mine") else "",
        items=[] if query.get("mine") and not mine else found.items,
        next=found.next,
        chosen=chosen,
        filters=Form.of(chosen),
    )


async def show(context: Context) -> web.StreamResponse:
    """One circle."""
    return await _circle_page(context, await circle_of(context), Form())


async def circle_of(context: Context) -> Circle:
    """The circle in the address. 404 when it is not here, or not formed yet."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(circle_page.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _circle_page(context: Context, circle: Circle, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "circles/show.html",
        status=status,
        circle=circle,
        form=form,
        steps=await context.read(circle_steps.steps, context.viewer, circle["id"]),
        comments=await context.read(talk.comments_on, context.viewer, circle["id"]),
        link=f"{context.port.url}/go/{circle['id']}",
    )


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────


class CircleStep(NamedTuple):
    """How a form becomes a record: its type, what is said afterwards, the content, page names of its fields."""

    type: str
    said: str
    read: Callable[[Form, Context], dict[str, Any]]
    fields: Mapping[str, str]
    subject: str = "circle"


def _join(form: Form, _context: Context) -> dict[str, Any]:
    return {"text": said(form, "join")}


def _leave(form: Form, _context: Context) -> dict[str, Any]:
    if not form.ticked("certain"):
        form.wrong("certain", N_("Tick this to leave."))
    return {"note": said(form, "leave")}


def _name(form: Form, _context: Context) -> dict[str, Any]:
    return {"member": form.line("member", required=True), "role": "steward"}


def _take_role(_form: Form, context: Context) -> dict[str, Any]:
    return {"member": context.viewer.member, "role": "steward"}


def _lay_down(_form: Form, context: Context) -> dict[str, Any]:
    return {"member": context.viewer.member, "role": "member"}


def _comment(form: Form, _context: Context) -> dict[str, Any]:
    return {"text": said(form, "comment", required=True), "reply_to": form.typed("reply_to")}


STEPS: Final[Mapping[str, CircleStep]] = {
    "join": CircleStep("circle.join", "joined", _join, {"text": "join"}),
    "leave": CircleStep("circle.leave", "left", _leave, {"note": "leave"}),
    "steward": CircleStep("circle.role", "saved", _name, {}),
    "take-role": CircleStep("circle.role", "saved", _take_role, {"member": ""}),
    "lay-down": CircleStep("circle.role", "saved", _lay_down, {"member": ""}),
    "comment": CircleStep("comment", "commented", _comment, {"text": "comment"}, subject="on"),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names."""
    step = STEPS.get(context.id("step"))
    if step is None:
        raise web.HTTPNotFound
    circle, form = await circle_of(context), await context.form()
    if form.switch:
        return await _circle_page(context.in_language(form.switch), circle, form)
    content = bare({"type": step.type, step.subject: circle["id"], **step.read(form, context)})
    if form.errors or await publish(context, form, content, step.fields) is None:
        return await _circle_page(context, circle, form, status=422)
    return context.redirect(f"/circles/{circle['id']}", said=step.said)
