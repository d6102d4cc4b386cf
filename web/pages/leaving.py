"""Leaving: a change of employer, and taking no further part.

Law: each page says in words what follows before its button is pressed, and asks for a tick: neither can be called back.
One side of a move alone is a claim and changes nothing; the page says which side is missing. Source: DOMAIN R10, J14.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from store.views import members, moving
from store.views.shapes import Member
from web.context import Context
from web.forms import Form
from web.i18n import N_
from web.pages.card import entry_in
from web.pages.writing import publish

NOTE_MOST: Final = 500


async def show_move(context: Context) -> web.StreamResponse:
    """What it means, how far it is, and the form."""
    return await _move_page(context, Form.of({"to": context.query.get("to", "")}))


async def move(context: Context) -> web.StreamResponse:
    """Say to which card she moved."""
    form = await context.form()
    if form.switch:
        return await _move_page(context.in_language(form.switch), form)
    content = {"type": "member.move", "to": entry_in(form, "to", required=True)}
    if await _publish(context, form, content):
        return context.redirect("/settings/move", said="moved")
    return await _move_page(context, form, 422)


async def show_retire(context: Context) -> web.StreamResponse:
    """What it means, and the button."""
    return await _retire_page(context, Form())


async def retire(context: Context) -> web.StreamResponse:
    """Take no further part."""
    form = await context.form()
    if form.switch:
        return await _retire_page(context.in_language(form.switch), form)
    note = form.bilingual("note", longest=NOTE_MOST)
    if await _publish(context, form, {"type": "member.retire"} | ({"note": note} if note else {})):
        return context.redirect(f"/people/{context.viewer.member}", said="retired")
    return await _retire_page(context, form, 422)


async def _publish(context: Context, form: Form, content: Mapping[str, Any]) -> bool:
    if not form.ticked("sure"):
        form.wrong("sure", N_("Tick this: it cannot be called back."))
    return not form.errors and await publish(context, form, content) is not None


async def _move_page(context: Context, form: Form, status: int = 200) -> web.Response:
    mine = await _card(context, context.viewer.member)
    announced = await context.read(moving.announced, context.viewer.member or "")
    heir = mine["now"] if mine else None
    return context.page(
        "account/move.html",
        status=status,
        form=form,
        mine=mine,
        address=f"{context.port.url}/people/{context.viewer.member}",
        announced=announced,
        to=await _card(context, heir or announced),
        done=heir is not None,
    )


async def _retire_page(context: Context, form: Form, status: int = 200) -> web.Response:
    mine = await _card(context, context.viewer.member)
    return context.page("account/retire.html", status=status, form=form, mine=mine)


async def _card(context: Context, member: str | None) -> Member | None:
    return await context.read(members.one, context.viewer, member, now=context.now) if member else None
