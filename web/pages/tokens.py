"""Tokens of a member: made in a browser, shown once, ended one by one or all; and what goes on after a new password.

Law: a token is shown on the page that made it and never again; no token makes a token. Source: WEB "Routes",
QUALITY "Threats" (session theft).
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.errors import Refused
from protocol.scopes import DAYS, USUAL
from store import feed_keys, passkeys, tokens
from web.accounts import new_secret
from web.context import Context
from web.pages.settings import LABEL_MOST, account_of, hash_in, page
from web.problems import note
from web.token_fields import ENDS, scopes_of

ALL: Final = "all"


async def make(context: Context) -> web.StreamResponse:
    """A token for a program, shown once."""
    form, account = await context.form(), account_of(context)
    label = form.line("label", required=True, longest=LABEL_MOST)
    scopes = form.choices("scope", scopes_of(account)) or list(USUAL)
    days = form.choice("days", ENDS) or str(DAYS)
    if form.errors:
        return await page(context, form, 422)
    secret = new_secret()
    try:
        ends = await context.write(tokens.add, account.id, secret.hash, label, scopes=scopes, days=int(days))
    except Refused as error:
        note(form, error)
        return await page(context, form, 422)
    response = context.page("account/token.html", token=secret.text, label=label, scopes=scopes, ends=ends)
    response.headers["Cache-Control"] = "no-store"
    return response


async def revoke(context: Context) -> web.StreamResponse:
    """A token that no longer opens anything, or all of them."""
    form, account = await context.form(), account_of(context).id
    if form.typed("which") == ALL:
        await context.write(tokens.end_all, account)
    else:
        await context.write(tokens.end, account, hash_in(form))
    return context.redirect("/settings", said="revoked")


async def show_going_on(context: Context) -> web.StreamResponse:
    """What a new password does not end: tokens, the key of feeds and passkeys; and how to end them."""
    account = account_of(context).id
    mine = await context.read(tokens.of_account, account)
    return context.page(
        "account/password_changed.html",
        tokens=[token for token in mine if token.expires > context.now],
        passkeys=await context.read(passkeys.of_account, account),
        key=await context.read(feed_keys.made, account),
    )
