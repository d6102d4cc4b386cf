"""A member's own settings: language, password, passkeys, browsers signed in, tokens of programs.

Law: a token is shown once, on the page that made it, and never again; changing the password signs every other browser
out and asks for the old one first, unless a one-time link has just let her in because she lost it. The last way in is
never taken away. Source: WEB "Routes", QUALITY "Threats" (session theft).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from store import accounts, guests, passkeys
from store.accounts import Account
from web import passwords
from web.accounts import check_password, hash_password, new_secret, wish_password
from web.context import Context
from web.forms import Form
from web.guards import safe_target
from web.i18n import LANGUAGE_COOKIE, LANGUAGES, N_, is_language
from web.passkeys import ADD, ask_to_make, made, offered
from web.problems import note
from web.throttle import SIGN_IN_ACCOUNT

YEAR_SECONDS: Final = 365 * 24 * 3600
LABEL_MOST: Final = 80
FRESH_MS: Final = 3600 * 1000  # how long a one-time link stands for a lost password
BROWSERS: Final = (  # what a browser calls itself and its machine: the first word found names it
    (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
     ("Chrome/", "Chrome"), ("Safari/", "Safari")),
    (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"),
     ("Mac OS X", "macOS"), ("Linux", "Linux")),
)  # fmt: skip
AGENT_MOST: Final = 60


class SignedIn(NamedTuple):
    """A browser somebody is signed in on: hash of its session, its name as people say it, since and last seen (ms).

    ``way`` is how it was signed in: password, passkey, link, or empty when that is not known.
    """

    hash: bytes
    browser: str
    since: int
    last_seen: int
    way: str


def browser_of(agent: str) -> str:
    """A browser and its machine, such as ``Firefox, Windows``; the beginning of what it says when neither is known."""
    found = [next((name for mark, name in names if mark in agent), "") for names in BROWSERS]
    return ", ".join(name for name in found if name) or agent[:AGENT_MOST]


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    return await _page(context, Form.of({"interface": _account(context).language}))


async def set_language(context: Context) -> web.StreamResponse:
    """Language of this account's pages."""
    form = await context.form()
    language = form.choice("interface", LANGUAGES, required=True)
    if form.errors:
        return await _page(context, form, 422)
    await context.write(accounts.set_language, _account(context).id, language)
    return _with_language(context.redirect("/settings", said="saved"), language)


async def switch_language(context: Context) -> web.StreamResponse:
    """Show pages in this language from now on, beginning with the one the reader came from."""
    language = context.id("lang")
    if not is_language(language):
        raise web.HTTPNotFound
    return _with_language(context.redirect(safe_target(context.query.get("to"))), language)


def _with_language(response: web.Response, language: str) -> web.Response:
    response.set_cookie(
        LANGUAGE_COOKIE, language, path="/", max_age=YEAR_SECONDS, samesite="Lax", httponly=True
    )
    return response


async def set_password(context: Context) -> web.StreamResponse:
    """A new password, proven by the old one where there is one."""
    form, account = await context.form(), _account(context)
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    await _prove(context, form, account)
    password = wish_password(context, form, account.name, "new")
    if form.errors:
        return await _page(context, form, 422)
    hashed = await hash_password(context, password)
    await context.write(accounts.set_password, account.id, hashed, keep=context.session)
    return context.redirect("/settings", said="password-changed")


async def _must_prove(context: Context, account: Account) -> bool:
    """Whether the old password is asked for: there is one, and no link has just let her in for having lost it."""
    mine = await context.read(accounts.sessions, account.id, context.now)
    here = next((session for session in mine if session.hash == context.session), None)
    by_link = here is not None and here.way == "link" and context.now - here.created < FRESH_MS
    return account.has_password and not by_link


async def _prove(context: Context, form: Form, account: Account) -> None:
    if not await _must_prove(context, account):
        return
    old = form.secret("old")
    if not context.site.throttle.allow("sign-in", account.name.casefold(), SIGN_IN_ACCOUNT, context.now):
        form.wrong("old", N_("That was tried too often. Wait a minute and try again."))
    elif old and await check_password(context, account.name, old) is None:
        form.wrong("old", N_("This is not your password."))


async def end_sessions(context: Context) -> web.StreamResponse:
    """Sign one browser out, or all but this one."""
    form, account = await context.form(), _account(context)
    if form.typed("which") == "others":
        await context.write(accounts.end_sessions, account.id, keep=context.session)
    else:
        chosen = _hash(form)
        mine = await context.read(accounts.sessions, account.id, context.now)
        if chosen in {session.hash for session in mine}:
            await context.write(accounts.end_session, chosen)
    return context.redirect("/settings", said="revoked")


async def make_token(context: Context) -> web.StreamResponse:
    """A token for a program, shown once."""
    form = await context.form()
    label = form.line("label", required=True, longest=LABEL_MOST)
    if form.errors:
        return await _page(context, form, 422)
    secret = new_secret()
    try:
        await context.write(accounts.add_token, _account(context).id, secret.hash, label)
    except Refused as error:
        note(form, error)
        return await _page(context, form, 422)
    response = context.page("account/token.html", token=secret.text, label=label)
    response.headers["Cache-Control"] = "no-store"
    return response


async def revoke_token(context: Context) -> web.StreamResponse:
    """A token that no longer opens anything."""
    form = await context.form()
    await context.write(accounts.end_token, _account(context).id, _hash(form))
    return context.redirect("/settings", said="revoked")


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────


async def ask_passkey(context: Context) -> web.StreamResponse:
    """What the browser asks the device that is to sign in from now on."""
    account = _account(context)
    known = await context.read(passkeys.of_account, account.id)
    return ask_to_make(context, ADD, context.session or b"", account.name, known)


async def add_passkey(context: Context) -> web.StreamResponse:
    """Keep the passkey a device has made."""
    form, account = await context.form(), _account(context)
    label = form.line("label", longest=LABEL_MOST) or browser_of(
        context.request.headers.get("User-Agent", "")
    )
    typed = form.values.pop("passkey", [""])[0]
    try:
        if not form.errors:
            new = made(context, typed, ADD, context.session or b"")
            await context.write(
                passkeys.add,
                account.id,
                new.id,
                handle=new.handle,
                public_key=new.public_key,
                signs=new.signs,
                label=label or "–",
                synced=new.synced,
            )
    except Refused as error:
        note(form, Refused(error.code))
    if form.errors:
        return await _page(context, form, 422)
    return context.redirect("/settings#passkeys", said="passkey-added")


async def name_passkey(context: Context) -> web.StreamResponse:
    """Call it something else."""
    form = await context.form()
    label = form.line("called", required=True, longest=LABEL_MOST)
    if form.errors:
        return await _page(context, form, 422)
    await context.write(passkeys.rename, _account(context).id, _hash(form), label)
    return context.redirect("/settings#passkeys", said="saved")


async def remove_passkey(context: Context) -> web.StreamResponse:
    """It signs in no more."""
    form = await context.form()
    try:
        await context.write(passkeys.remove, _account(context).id, _hash(form))
    except Refused as error:
        note(form, Refused(error.code))
        return await _page(context, form, 422)
    return context.redirect("/settings#passkeys", said="passkey-removed")


def _hash(form: Form) -> bytes:
    try:
        return bytes.fromhex(form.typed("which"))
    except ValueError:
        return b""


def _account(context: Context) -> Account:
    if context.account is None:
        raise Refused("sign-in-needed")
    return context.account


async def _page(context: Context, form: Form, status: int = 200) -> web.Response:
    account = _account(context)
    sessions = await context.read(accounts.sessions, account.id, context.now)
    return context.page(
        "account/settings.html",
        status=status,
        form=form,
        least=passwords.LEAST,
        prove=await _must_prove(context, account),
        offered=offered(context),
        passkeys=await context.read(passkeys.of_account, account.id),
        guest=await context.read(guests.is_guest, account.id),
        sessions=[
            SignedIn(one.hash, browser_of(one.agent), one.created, one.last_seen, one.way) for one in sessions
        ],
        here=context.session,
        tokens=await context.read(accounts.tokens, account.id),
    )
