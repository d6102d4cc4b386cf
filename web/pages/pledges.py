"""One pledge, between its two parties.

Law: shown to who may see it and to nobody else; its forms begin with what was offered and wished for.
Source: WEB "Pages" (pledge), DOMAIN R5, R12.
"""

from __future__ import annotations

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import MONEY
from protocol.rules.asks import TAKEN
from store.views import pitches, pledges, talk
from store.views.shapes import Pledge, Text
from web.context import Context
from web.forms import Form, typed_amount
from web.pages.thanking import thanks_for_one


async def show(context: Context) -> web.StreamResponse:
    """One pledge."""
    pledge = await pledge_of(context)
    return await pledge_page(context, pledge, _filled(pledge))


async def pledge_of(context: Context) -> Pledge:
    """The pledge in the address, as this reader sees it. 404 when it is not here or not for her."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(pledges.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


def _filled(pledge: Pledge) -> Form:
    """What the forms of the page begin with: all of what was offered, the return that was wished for."""
    money = pledge["kind"] == MONEY
    quantity = typed_amount(pledge["quantity"], pledge["unit"]) if money else str(pledge["quantity"])
    return Form.of(
        {
            "accept.quantity": quantity,
            "revise.quantity": quantity,
            **_begun_with("accept.return", pledge["wanted"]),
            **_begun_with("revise.return", pledge["wanted"]),
            **_begun_with("revise.text", pledge["text"]),
        }
    )


def _begun_with(name: str, text: Text | None) -> dict[str, str]:
    """A text field in the first language something was said in."""
    tag = next(iter(text or {}), "")
    return {name: (text or {}).get(tag, ""), f"{name}_in": tag}


async def pledge_page(context: Context, pledge: Pledge, form: Form, status: int = 200) -> web.Response:
    """The page of a pledge; ``form`` holds what was typed into one of its forms and came back."""
    comments = await context.read(talk.comments_on, context.viewer, pledge["id"])
    may_thank = bool(pledge["owner"] and pledge["owner"]["you"]) and pledge["state"] in TAKEN
    if may_thank and "thank.text" not in form.values:
        await _draft_thanks(context, pledge, form)
    return context.page(
        "pledges/show.html",
        status=status,
        pledge=pledge,
        form=form,
        comments=comments,
        may_thank=may_thank,
    )


async def _draft_thanks(context: Context, pledge: Pledge, form: Form) -> None:
    """Thanks begin with what was given and what it led to."""
    pitch = await context.read(pitches.one, context.viewer, pledge["pitch"], now=context.now)
    if pitch is not None:
        form.values["thank.text"] = [thanks_for_one(pitch, pledge, context.formats)]
        form.values["thank.text_in"] = [context.language]
