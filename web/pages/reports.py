"""Telling the stewards that something is wrong, and asking them to look again.

Law: whoever may read something may report it; the report goes to the stewards of its node and of one's own, to nobody
else. Who wrote what is hidden here may ask again, in her words. These pages say themselves what the frame around others
says of the thing. Source: DOMAIN section 3 (care), R14, R16.
"""

from __future__ import annotations

from aiohttp import web

from protocol.errors import Refused
from store import hides
from store.hides import Hide
from store.views import care
from store.views.care import Thing
from web.context import Context
from web.forms import Form
from web.labels import REPORT
from web.pages.writing import bare, publish, said


async def _thing(context: Context) -> Thing:
    found = await context.read(care.readable, context.viewer, context.id())
    if found is None:
        raise Refused("not-here")
    return found


async def show(context: Context) -> web.StreamResponse:
    """The form of a report."""
    return _page(context, await _thing(context), Form())


def _page(context: Context, about: Thing, form: Form, status: int = 200) -> web.Response:
    return context.page("care/report.html", status=status, about=about, form=form, around=None)


async def report(context: Context) -> web.StreamResponse:
    """Send a report to the stewards."""
    about, form = await _thing(context), await context.form()
    if form.switch:
        return _page(context.in_language(form.switch), about, form)
    content = {
        "type": "report",
        "on": about["id"],
        "reason": form.choice("reason", REPORT, required=True),
        "text": said(form, "text"),
    }
    if form.errors or await publish(context, form, bare(content)) is None:
        return _page(context, about, form, 422)
    return context.redirect(about["open"], said="reported")


async def _hidden(context: Context) -> Hide:
    """What is hidden here of hers."""
    around = await context.read(care.around, context.viewer, context.id())
    if around["hidden"] is None or not around["hers"]:
        raise Refused("not-here")
    return around["hidden"]


async def show_appeal(context: Context) -> web.StreamResponse:
    """Why it is hidden, and the form that asks to look again."""
    return await _appeal_page(context, Form())


async def _appeal_page(context: Context, form: Form, status: int = 200) -> web.Response:
    hidden = await _hidden(context)
    about = await context.read(care.readable, context.viewer, hidden.entry)
    return context.page("care/appeal.html", status=status, hide=hidden, about=about, form=form, around=None)


async def appeal(context: Context) -> web.StreamResponse:
    """Ask the stewards to look again."""
    hidden, form = await _hidden(context), await context.form()
    if form.switch:
        return await _appeal_page(context.in_language(form.switch), form)
    words = form.text("words", required=True, longest=hides.LONGEST)
    if form.errors:
        return await _appeal_page(context, form, 422)
    await context.write(hides.appeal, hidden.entry, words)
    return context.redirect(f"/appeal/{hidden.entry}", said="appealed")
