"""The inbox, and how a member wants to hear of things: mutes, letters, the key of her feeds.

Law: every line says why she is told, and one button stops it: for that object, or for that reason. What waits on her
stays on the home page, muted or not. An e-mail address is asked for letters only. Source: WEB "Pages", "Routes".
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from store import account_steps, digests, feed_keys, notices
from store.digests import EVERY
from store.notices import Mute
from store.telling import REASONS
from web.accounts import new_secret
from web.context import Context
from web.forms import Form
from web.i18n import N_

OFF: Final = "off"
ADDRESS: Final = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII
)
SETTINGS: Final = "/settings/notifications"


class Wishes(NamedTuple):
    """How an account wants to hear of things; ``key`` is when the key of its feeds was made, ms."""

    digest: digests.Digest | None
    mutes: list[Mute]
    key: int | None


async def show(context: Context) -> web.StreamResponse:
    """The inbox, newest first."""
    cursor = context.query.get("cursor") or None
    page = await context.read(notices.listing, context.viewer, cursor=cursor)
    steps = [] if cursor else await context.read(account_steps.of_account, context.viewer.account)
    return context.page(
        "notifications/list.html", items=page.items, next=page.next, first=cursor is None, steps=steps
    )


async def read(context: Context) -> web.StreamResponse:
    """Everything is read, or what is about one object."""
    form = await context.form()
    about = form.typed("about") or None
    await context.write(notices.mark_read, context.viewer, about)
    if about is None:
        await context.write(account_steps.mark_read, context.viewer.account)
    return context.redirect("/notifications", said="read")


async def mute(context: Context) -> web.StreamResponse:
    """Hear no more of an object, or for a reason."""
    scope, value = await _named(context)
    await context.write(notices.mute, context.viewer, scope, value)
    return context.redirect("/notifications", said="muted")


async def unmute(context: Context) -> web.StreamResponse:
    """Hear of it again."""
    scope, value = await _named(context)
    await context.write(notices.unmute, _account(context), scope, value)
    return context.redirect(SETTINGS, said="unmuted")


async def _named(context: Context) -> tuple[str, str]:
    form = await context.form()
    scope, value = form.typed("scope"), form.typed("value")
    if scope not in ("object", "reason") or (scope == "reason" and value not in REASONS):
        raise web.HTTPNotFound
    return scope, value


# ── how she wants to hear of it ──────────────────────────────────────────────────────────────────────────────


async def settings(context: Context) -> web.StreamResponse:
    """Letters, mutes, feeds."""
    return await _settings(context)


async def set_digest(context: Context) -> web.StreamResponse:
    """Letters every day, every week or none; the address is forgotten with them."""
    form, account = await context.form(), _account(context)
    if form.switch:
        return await _settings(context.in_language(form.switch), form)
    rhythm = form.choice("rhythm", (OFF, *EVERY), required=True)
    address = form.line("address", required=rhythm in EVERY, longest=254)
    if rhythm in EVERY and address and not ADDRESS.fullmatch(address):
        form.wrong("address", N_("Use an e-mail address, such as name@example.ca."))
    if form.errors:
        return await _settings(context, form, 422)
    if rhythm in EVERY:
        await context.write(digests.ask, account, rhythm, address, new_secret().text)
    else:
        await context.write(digests.end, account)
    return context.redirect(SETTINGS, said="saved")


async def show_end(context: Context) -> web.StreamResponse:
    """Where a letter leads who wants no more of them, signed in or not: looking changes nothing."""
    return _end_page(context, ended=False)


async def end_letters(context: Context) -> web.StreamResponse:
    """No more letters. Mail programs ask it by themselves (RFC 8058); an unknown key gets the same answer."""
    await context.write(digests.end_by_key, context.id("key"))
    return _end_page(context, ended=True)


def _end_page(context: Context, *, ended: bool) -> web.Response:
    key = context.id("key")
    return context.page("notifications/end.html", key=key, ended=ended)


async def make_key(context: Context) -> web.StreamResponse:
    """A key for her feeds, shown once; the one before opens nothing any more."""
    secret = new_secret()
    await context.write(feed_keys.make, _account(context), secret.hash)
    response = context.page("notifications/key.html", key=secret.text, url=context.port.url)
    response.headers["Cache-Control"] = "no-store"
    return response


async def revoke_key(context: Context) -> web.StreamResponse:
    """Her feeds open for nobody."""
    await context.write(feed_keys.revoke, _account(context))
    return context.redirect(SETTINGS, said="revoked")


def _account(context: Context) -> int:
    if context.account is None:
        raise Refused("sign-in-needed")
    return context.account.id


def _wishes(db: sqlite3.Connection, account: int) -> Wishes:
    return Wishes(digests.of(db, account), notices.mutes(db, account), feed_keys.made(db, account))


async def _settings(context: Context, form: Form | None = None, status: int = 200) -> web.Response:
    wishes = await context.read(_wishes, _account(context))
    digest = wishes.digest
    typed: dict[str, Any] = (
        {"rhythm": digest.rhythm, "address": digest.address} if digest else {"rhythm": OFF}
    )
    return context.page(
        "notifications/settings.html",
        status=status,
        form=form or Form.of(typed),
        wishes=wishes,
        mails=context.port.mails,
    )
