"""Guests: inviting somebody whose organisation has no node, answering who asks to be one, and ending a place.

Law: a link is shown once, to who made it. Who asks needs no account, sees nothing of what the link leads to, and finds
the answer at an address only she was given; that address opens her place when the answer is yes, so nothing has to be
sent. Source: WEB "Guests" and "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from typing import Final

from aiohttp import web

from protocol.entry import parse_header
from protocol.errors import Refused
from protocol.ids import NodeId, parse_entry
from store import accounts, guests
from store.accounts import Account
from store.reading import read_entry
from store.views.access import content_in
from web.accounts import hash_secret, new_secret, remote_address
from web.context import Context
from web.forms import Form
from web.pages.writing import note_as
from web.throttle import GUEST_ADDRESS

NAME_MOST: Final = 80
WORDS_MOST: Final = 500  # a word, not a letter: a stranger writes it


# ── a member's own ───────────────────────────────────────────────────────────────────────────────────────────


async def show(context: Context) -> web.StreamResponse:
    """Whom she invited, who asks her, and a form."""
    return await _page(context, Form())


async def invite(context: Context) -> web.StreamResponse:
    """A link for one guest, shown once."""
    form, secret = await context.form(), new_secret()
    name = form.line("name", required=True, longest=NAME_MOST)
    try:
        if not form.errors:
            await context.write(guests.invite, _account(context).id, secret.hash, name)
    except Refused as error:
        note_as(form, error)
    if form.errors:
        return await _page(context, form, 422)
    return await _page(context, Form(), link=f"{context.port.url}/join/{secret.text}", whom=name)


async def answer(context: Context) -> web.StreamResponse:
    """Give who asked a place, or not."""
    form = await context.form()
    try:
        yes = form.typed("answer") == "yes"
        await context.write(guests.answer, _account(context).id, _which(form), yes)
    except Refused as error:
        note_as(form, error)
        return await _page(context, form, 422)
    return context.redirect("/settings/guests", said="guest-answered")


async def end(context: Context) -> web.StreamResponse:
    """Take back a link nobody has used."""
    form = await context.form()
    await context.write(guests.end, _which(form), _account(context).id)
    return context.redirect("/settings/guests", said="guest-ended")


async def _page(
    context: Context, form: Form, status: int = 200, link: str = "", whom: str = ""
) -> web.Response:
    account = _account(context)
    response = context.page(
        "guests/mine.html",
        status=status,
        form=form,
        link=link,
        whom=whom,
        most=guests.MONTHLY,
        left=await context.read(guests.left, account.id, context.now),
        welcome=await context.read(guests.welcome),
        guest=await context.read(guests.is_guest, account.id),
        places=await context.read(guests.places, context.now, account.id),
        requests=await context.read(guests.requests, account.id, context.now),
    )
    if link:
        response.headers["Cache-Control"] = "no-store"
    return response


def _account(context: Context) -> Account:
    if context.account is None:
        raise Refused("sign-in-needed")
    return context.account


def _which(form: Form) -> bytes:
    try:
        return bytes.fromhex(form.typed("which"))
    except ValueError:
        return b""


# ── the stewards' ────────────────────────────────────────────────────────────────────────────────────────────


async def show_all(context: Context) -> web.StreamResponse:
    """Every guest of the node, and whether it takes any."""
    return await _desk(context, Form())


async def end_any(context: Context) -> web.StreamResponse:
    """End a place."""
    form = await context.form()
    try:
        await context.write(guests.end, _which(form))
    except Refused as error:
        note_as(form, error)
        return await _desk(context, form, 422)
    return context.redirect("/desk/guests", said="guest-ended")


async def set_welcome(context: Context) -> web.StreamResponse:
    """Take guests, or no more."""
    form = await context.form()
    await context.write(guests.set_welcome, form.typed("welcome") == "yes")
    return context.redirect("/desk/guests", said="saved")


async def _desk(context: Context, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "guests/desk.html",
        status=status,
        form=form,
        most=guests.MONTHLY,
        welcome=await context.read(guests.welcome),
        places=await context.read(guests.places, context.now),
    )


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────


def pitcher_of(db: sqlite3.Connection, node: NodeId, wanted: str) -> Account | None:
    """Who may be asked for a place by the link of a pitch: its pitcher, if she has an account on this node."""
    found = read_entry(db, parse_entry(wanted)) if wanted != wanted.partition("-")[0] else None
    content = content_in(found) if found and found.entry.node == node else None
    if found is None or content is None or parse_header(found.header).restricted:
        return None
    by = content.get("by") if content["type"] == "pitch.open" else None
    account = accounts.by_member(db, str(by)) if by else None
    return account if account is not None and not account.disabled and guests.welcome(db) else None


async def ask_form(context: Context) -> web.StreamResponse:
    """The form of who followed a link and has no account anywhere."""
    await _pitcher(context)
    return context.page("guests/ask.html", form=Form(), wanted=context.id())


async def ask(context: Context) -> web.StreamResponse:
    """Ask the pitcher for a place."""
    pitcher, form = await _pitcher(context), await context.form()
    if form.switch:
        return context.in_language(form.switch).page("guests/ask.html", form=form, wanted=context.id())
    said = {
        "name": form.line("name", required=True, longest=NAME_MOST),
        "organisation": form.line("organisation", required=True, longest=NAME_MOST),
        "words": form.text("words", longest=WORDS_MOST),
    }
    secret = new_secret()
    if not form.errors:
        try:
            _may_ask(context)
            await context.write(guests.ask, secret.hash, pitcher.id, context.id(), **said)
        except Refused as error:
            note_as(form, error)
    if form.errors:
        return context.page("guests/ask.html", status=422, form=form, wanted=context.id())
    return context.redirect(f"/guest/{secret.text}", said="asked")


def _may_ask(context: Context) -> None:
    address = remote_address(context.request)
    if not context.site.throttle.allow("guest", address, GUEST_ADDRESS, context.now):
        raise Refused("too-often")


async def _pitcher(context: Context) -> Account:
    found = await context.read(pitcher_of, context.port.node, context.id())
    if found is None:
        raise web.HTTPNotFound
    return found


async def answered(context: Context) -> web.StreamResponse:
    """What became of a request: the page only who asked has the address of."""
    secret = hash_secret(context.id("token"))
    request = await context.read(guests.request, secret, context.now)
    if request is None:
        raise Refused("link-spent")
    return context.page(
        "guests/answer.html",
        answer=request.answer,
        open=await context.read(accounts.link, secret, context.now) is not None,
        until=request.made + guests.REQUEST_MS,
        token=context.id("token"),
        address=f"{context.port.url}{context.request.path}",
    )
