"""Sign in, sign out, and what an invitation or one-time link opens.

Law: opening a link spends nothing (mail scanners open links); the button on its page does. Signing in never publishes
anything about anybody. Whatever was wrong, the answer to a failed sign-in is the same. A passkey comes in a hidden
field of the same form, so every page here also works with a password and no script. Source: WEB "Pages".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from store import accounts, guests, passkeys
from store.accounts import Account, Link
from web import passwords
from web.accounts import (
    Also,
    NewAccount,
    check_password,
    hash_password,
    hash_secret,
    link_behind,
    may_knock,
    may_try,
    new_session,
    remote_address,
    tried_well,
    use_link,
    wish_password,
)
from web.context import Context
from web.forms import Form
from web.guards import safe_target
from web.i18n import LANGUAGES, N_
from web.pages.settings import browser_of
from web.passkeys import JOIN, Made, ask_to_make, ask_to_sign_in, made, offered, signed_in
from web.problems import note
from web.throttle import JOIN_ADDRESS

NAME_MOST: Final = 80  # what a person types every day


class Wish(NamedTuple):
    """What somebody invited chose: her account, and her passkey if she made one."""

    account: NewAccount
    passkey: Made | None


# ── in and out ───────────────────────────────────────────────────────────────────────────────────────────────


async def show(context: Context) -> web.StreamResponse:
    """The sign-in page; who is signed in goes on at once."""
    target = safe_target(context.query.get("to"))
    if context.account is not None:
        return context.redirect(target)
    return _sign_in_page(context, Form.of({"to": target}))


async def sign_in(context: Context) -> web.StreamResponse:
    """Check name and password, or a passkey; begin a session, go where the member was going."""
    form = await context.form()
    if form.switch:
        return _sign_in_page(context.in_language(form.switch), form)
    way = "passkey" if form.typed("passkey") else "password"
    account = await (_by_passkey(context, form) if way == "passkey" else _by_password(context, form))
    if account is not None:
        return await new_session(context, account, safe_target(form.typed("to")), way)
    return _sign_in_page(context, form, 422)


async def _by_password(context: Context, form: Form) -> Account | None:
    name, password = form.line("name", required=True, longest=NAME_MOST), form.secret("password")
    if not form.errors and not await may_try(context, name):
        form.wrong("", N_("That was tried too often. Wait a minute and try again."))
    if not form.errors:
        account = await check_password(context, name, password)
        if account is not None:
            tried_well(context, name)
            return account
        form.wrong("", N_("Name and password do not fit together."))
    return None


async def _by_passkey(context: Context, form: Form) -> Account | None:
    typed = form.values.pop("passkey")[0]
    if not await may_knock(context):
        form.wrong("", N_("That was tried too often. Wait a minute and try again."))
        return None
    try:
        return await signed_in(context, typed)
    except Refused as error:
        note(form, Refused(error.code))
        return None


async def ask_passkey(context: Context) -> web.StreamResponse:
    """What the browser asks its devices."""
    return ask_to_sign_in(context)


async def sign_out(context: Context) -> web.StreamResponse:
    """End this session and let the browser forget our pages."""
    if context.session is not None:
        await context.write(accounts.end_session, context.session)
    response = context.redirect("/sign-in", said="signed-out")
    response.del_cookie(
        context.site.cookie, path="/", secure=context.site.secure, httponly=True, samesite="Lax"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _sign_in_page(context: Context, form: Form, status: int = 200) -> web.Response:
    return context.page("account/sign_in.html", status=status, form=form, passkeys=offered(context))


# ── one-time links ───────────────────────────────────────────────────────────────────────────────────────────


async def show_join(context: Context) -> web.StreamResponse:
    """What the link is for, and a form or a button."""
    link = await link_behind(context, context.id("token"))
    return await _join_page(context, link, Form.of({"interface": context.language}))


async def join(context: Context) -> web.StreamResponse:
    """Use the link: make the account, or begin the session of the one it names."""
    link = await link_behind(context, context.id("token"))
    form = await context.form()
    if form.switch:
        return await _join_page(context.in_language(form.switch), link, form)
    if link.account is not None:
        account = await use_link(context, context.id("token"), None, _browser(context))
        return await new_session(context, account, await _after(context, account), "link")
    wish = await _wish(context, form)
    found = await _make(context, form, wish) if wish else None
    if wish is None or found is None:
        return await _join_page(context, link, form, status=422)
    return await new_session(context, found, "/card", "passkey" if wish.passkey else "password")


def _browser(context: Context) -> str:
    return browser_of(context.request.headers.get("User-Agent", ""))


async def _after(context: Context, account: Account) -> str:
    """Home; who has no way in of her own yet is led to make one."""
    own = account.has_password or bool(await context.read(passkeys.of_account, account.id))
    return "/" if own else "/settings"


async def ask_new_passkey(context: Context) -> web.StreamResponse:
    """What the browser asks a device: the account's first passkey. A name that is taken is said before that."""
    await link_behind(context, context.id("token"))
    form = await context.form()
    name = form.line("name", required=True, longest=NAME_MOST)
    if not form.errors and await context.read(accounts.by_name, name) is not None:
        note(form, Refused("name-taken", field="name"))
    if form.errors:
        [message] = form.errors["name"][:1]
        return web.json_response({"problem": context.say(message), "field": "name"}, status=422)
    return ask_to_make(context, JOIN, hash_secret(context.id("token")), name, [])


async def _wish(context: Context, form: Form) -> Wish | None:
    if not context.site.throttle.allow("join", remote_address(context.request), JOIN_ADDRESS, context.now):
        raise Refused("too-often")
    name = form.line("name", required=True, longest=NAME_MOST)
    language = form.choice("interface", LANGUAGES, required=True)
    if form.typed("passkey"):
        passkey = _new_passkey(context, form)
        return None if form.errors else Wish(NewAccount(name, language, None), passkey)
    password = wish_password(context, form, name)
    if form.errors:
        return None
    return Wish(NewAccount(name, language, await hash_password(context, password)), None)


def _new_passkey(context: Context, form: Form) -> Made | None:
    typed = form.values.pop("passkey")[0]
    try:
        return made(context, typed, JOIN, hash_secret(context.id("token")))
    except Refused as error:
        note(form, Refused(error.code))
        return None


async def _make(context: Context, form: Form, wish: Wish) -> Account | None:
    browser = _browser(context)
    also = _keeps(wish.passkey, browser or "–")
    try:
        return await use_link(context, context.id("token"), wish.account, browser, also)
    except Refused as error:
        if error.code == "link-spent":
            raise
        note(form, error)
        return None


def _keeps(passkey: Made | None, label: str) -> Also | None:
    if passkey is None:
        return None
    return lambda tx, account: passkeys.add(
        tx,
        account.id,
        passkey.id,
        handle=passkey.handle,
        public_key=passkey.public_key,
        signs=passkey.signs,
        label=label,
        synced=passkey.synced,
    )


async def _join_page(context: Context, link: Link, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "account/join.html",
        status=status,
        form=form,
        link=link,
        token=context.id("token"),
        least=passwords.LEAST,
        passkeys=offered(context),
        host=await context.read(guests.of_link, hash_secret(context.id("token"))),
    )
