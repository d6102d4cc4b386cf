"""Sign in, sign out, and what an invitation or one-time link opens.

Law: opening a link spends nothing (mail scanners open links); the button on its page does. Signing in never publishes
anything about anybody. Whatever was wrong, the answer to a failed sign-in is the same. Source: WEB "Pages".
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.errors import Refused
from store import accounts
from store.accounts import Account, Link
from web.accounts import (
    PASSWORD_LEAST,
    NewAccount,
    check_password,
    hash_password,
    link_behind,
    new_session,
    remote_address,
    use_link,
    wish_password,
)
from web.context import Context
from web.forms import Form
from web.guards import safe_target
from web.i18n import LANGUAGES, N_
from web.problems import note
from web.throttle import JOIN_ADDRESS, SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS

NAME_MOST: Final = 80  # what a person types every day


async def show(context: Context) -> web.StreamResponse:
    """The sign-in page; who is signed in goes on at once."""
    target = safe_target(context.query.get("to"))
    if context.account is not None:
        return context.redirect(target)
    return context.page("account/sign_in.html", form=Form.of({"to": target}))


async def sign_in(context: Context) -> web.StreamResponse:
    """Check name and password, begin a session, go where the member was going."""
    form = await context.form()
    if form.switch:
        return context.in_language(form.switch).page("account/sign_in.html", form=form)
    name, password = form.line("name", required=True, longest=NAME_MOST), form.secret("password")
    if not form.errors and not _may_try(context, name):
        form.wrong("", N_("That was tried too often. Wait a minute and try again."))
    if not form.errors:
        account = await check_password(context, name, password)
        if account is not None:
            context.site.throttle.forget("sign-in", name.casefold())
            return await new_session(context, account, safe_target(form.typed("to")))
        form.wrong("", N_("Name and password do not fit together."))
    return context.page("account/sign_in.html", form=form, status=422)


def _may_try(context: Context, name: str) -> bool:
    throttle = context.site.throttle
    by_address = throttle.allow("sign-in-from", remote_address(context.request), SIGN_IN_ADDRESS, context.now)
    return throttle.allow("sign-in", name.casefold(), SIGN_IN_ACCOUNT, context.now) and by_address


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


async def show_join(context: Context) -> web.StreamResponse:
    """What the link is for, and a form or a button."""
    link = await link_behind(context, context.id("token"))
    return _join_page(context, link, Form.of({"interface": context.language}))


async def join(context: Context) -> web.StreamResponse:
    """Use the link: make the account, or begin the session of the one it names."""
    link = await link_behind(context, context.id("token"))
    form = await context.form()
    if form.switch:
        return _join_page(context.in_language(form.switch), link, form)
    if link.account is not None:
        account = await use_link(context, context.id("token"), None)
        return await new_session(context, account, "/" if account.has_password else "/settings")
    wish = await _wish(context, form)
    made = await _make(context, form, wish) if wish else None
    if made is None:
        return _join_page(context, link, form, status=422)
    return await new_session(context, made, "/card")


async def _wish(context: Context, form: Form) -> NewAccount | None:
    if not context.site.throttle.allow("join", remote_address(context.request), JOIN_ADDRESS, context.now):
        raise Refused("too-often")
    name = form.line("name", required=True, longest=NAME_MOST)
    language = form.choice("interface", LANGUAGES, required=True)
    password = wish_password(form, name)
    if form.errors:
        return None
    return NewAccount(name, language, await hash_password(context, password))


async def _make(context: Context, form: Form, wish: NewAccount) -> Account | None:
    try:
        return await use_link(context, context.id("token"), wish)
    except Refused as error:
        if error.field != "name":
            raise
        note(form, error)
        return None


def _join_page(context: Context, link: Link, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "account/join.html",
        status=status,
        form=form,
        link=link,
        token=context.id("token"),
        least=PASSWORD_LEAST,
    )
