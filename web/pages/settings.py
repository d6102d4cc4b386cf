"""A member's own settings: language, password, passkeys, browsers signed in; tokens stand in ``pages.tokens``.

Law: changing the password signs every other browser out, says what else goes on, and asks for the old one first, unless
a one-time link has just let the member in because it was lost. Who has a way in proves it again before another is
added: a browser left open makes none. The last way in is never taken away.
Source: WEB "Routes", QUALITY "Threats" (session theft).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from protocol.records import Problem
from protocol.scopes import DAYS, USUAL
from store import account_steps, accounts, guests, passkeys, tokens
from store.accounts import Account
from web import passwords
from web.accounts import check_password, hash_password, wish_password
from web.context import Context
from web.forms import Form
from web.guards import safe_target
from web.i18n import LANGUAGE_COOKIE, LANGUAGES, N_, is_language
from web.passkeys import ADD, PROVE, ask_to_make, ask_to_sign_in, made, offered, signed_in
from web.problems import message_of, note
from web.throttle import SIGN_IN_ACCOUNT
from web.token_fields import ENDS, scopes_of

YEAR_SECONDS: Final = 365 * 24 * 3600
LABEL_MOST: Final = 80
FRESH_MS: Final = 3600 * 1000  # how long a one-time link stands for a lost password
PROVED_MS: Final = 10 * 60 * 1000  # how long a proof lasts: to make a passkey or think of a password
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
    form = Form.of({"interface": account_of(context).language, "days": str(DAYS)})
    form.values["scope"] = list(USUAL)
    return await page(context, form)


async def set_language(context: Context) -> web.StreamResponse:
    """Language of this account's pages."""
    form = await context.form()
    language = form.choice("interface", LANGUAGES, required=True)
    if form.errors:
        return await page(context, form, 422)
    await context.write(accounts.set_language, account_of(context).id, language)
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
    form, account = await context.form(), account_of(context)
    if form.switch:
        return await page(context.in_language(form.switch), form)
    known = await _known(context, account)
    if account.has_password:
        if not known.by_link:
            await _check_old(context, form, account, "old")
    elif not known.may_add:
        raise Refused("proof-needed")
    password = wish_password(context, form, account.name, "new")
    if form.errors:
        return await page(context, form, 422)
    hashed = await hash_password(context, password)
    await context.write(accounts.set_password, account.id, hashed, keep=context.session)
    going_on = any(token.expires > context.now for token in await context.read(tokens.of_account, account.id))
    return context.redirect(
        "/settings/password/changed" if going_on else "/settings", said="password-changed"
    )


class Known(NamedTuple):
    """How sure it is that the member sits here. ``by_link``: a one-time link has just opened this session.

    ``may_add``: the member has proved it lately, or has nothing to prove it with.
    """

    by_link: bool
    may_add: bool


async def _known(context: Context, account: Account) -> Known:
    mine = await context.read(accounts.sessions, account.id, context.now)
    here = next((session for session in mine if session.hash == context.session), None)
    if here is None:
        return Known(False, False)
    by_link = here.way == "link" and context.now - here.created < FRESH_MS
    proved = context.now - here.proved < PROVED_MS
    bare = not account.has_password and not await context.read(passkeys.of_account, account.id)
    return Known(by_link, by_link or proved or bare)


async def ask_proof(context: Context) -> web.StreamResponse:
    """What the browser asks a passkey, so that the member proves who it is."""
    return ask_to_sign_in(context, PROVE, context.session or b"")


async def prove(context: Context) -> web.StreamResponse:
    """Prove it again, by a passkey or the password; for a while a way in may be added."""
    form, account = await context.form(), account_of(context)
    if form.typed("passkey"):
        try:
            proved = await signed_in(context, form.values.pop("passkey")[0], PROVE, context.session or b"")
            if proved.id != account.id:
                raise Refused("passkey-refused")
        except Refused as error:
            note(form, Refused(error.code))
    elif account.has_password:
        await _check_old(context, form, account, "proof")
    else:
        note(form, Refused("passkey-refused"))
    if form.errors:
        return await page(context, form, 422)
    await context.write(accounts.prove_session, context.session or b"")
    return context.redirect("/settings#passkeys", said="proved")


async def _check_old(context: Context, form: Form, account: Account, name: str) -> None:
    """The password now, typed in the field ``name``; two forms of one page ask for it."""
    old = form.secret(name)
    if not context.site.throttle.allow("password", str(account.id), SIGN_IN_ACCOUNT, context.now):
        form.wrong(name, N_("That was tried too often. Wait a minute and try again."))
    elif old and await check_password(context, account.name, old) is None:
        form.wrong(name, N_("This is not your password."))


async def end_sessions(context: Context) -> web.StreamResponse:
    """Sign one browser out, or all but this one."""
    form, account = await context.form(), account_of(context)
    if form.typed("which") == "others":
        await context.write(accounts.end_sessions, account.id, keep=context.session)
    else:
        chosen = hash_in(form)
        mine = await context.read(accounts.sessions, account.id, context.now)
        if chosen in {session.hash for session in mine}:
            await context.write(accounts.end_session, chosen)
    return context.redirect("/settings", said="revoked")


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────


async def ask_passkey(context: Context) -> web.StreamResponse:
    """What the browser asks the device that is to sign in from now on; ``problem`` when it is not proved who asks."""
    account = account_of(context)
    if not (await _known(context, account)).may_add:
        problem = context.say(message_of(Problem("", "proof-needed", {})))
        return web.json_response({"problem": problem}, status=403)
    known = await context.read(passkeys.of_account, account.id)
    return ask_to_make(context, ADD, context.session or b"", account.name, known)


async def add_passkey(context: Context) -> web.StreamResponse:
    """Keep the passkey a device has made. Refused ``proof-needed``."""
    form, account = await context.form(), account_of(context)
    if not (await _known(context, account)).may_add:
        raise Refused("proof-needed")
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
        return await page(context, form, 422)
    return context.redirect("/settings#passkeys", said="passkey-added")


async def name_passkey(context: Context) -> web.StreamResponse:
    """Call it something else."""
    form = await context.form()
    label = form.line("called", required=True, longest=LABEL_MOST)
    if form.errors:
        return await page(context, form, 422)
    await context.write(passkeys.rename, account_of(context).id, hash_in(form), label)
    return context.redirect("/settings#passkeys", said="saved")


async def remove_passkey(context: Context) -> web.StreamResponse:
    """It signs in no more."""
    form = await context.form()
    try:
        await context.write(passkeys.remove, account_of(context).id, hash_in(form))
    except Refused as error:
        note(form, Refused(error.code))
        return await page(context, form, 422)
    return context.redirect("/settings#passkeys", said="passkey-removed")


def hash_in(form: Form) -> bytes:
    """The hash a form names in ``which``; empty when it names none."""
    try:
        return bytes.fromhex(form.typed("which"))
    except ValueError:
        return b""


def account_of(context: Context) -> Account:
    """Who is signed in. Refused ``sign-in-needed``."""
    if context.account is None:
        raise Refused("sign-in-needed")
    return context.account


async def page(context: Context, form: Form, status: int = 200) -> web.Response:
    """The page, with what was typed."""
    account = account_of(context)
    sessions = await context.read(accounts.sessions, account.id, context.now)
    return context.page(
        "account/settings.html",
        status=status,
        form=form,
        least=passwords.LEAST,
        known=await _known(context, account),
        offered=offered(context),
        passkeys=await context.read(passkeys.of_account, account.id),
        guest=await context.read(guests.is_guest, account.id),
        sessions=[
            SignedIn(one.hash, browser_of(one.agent), one.created, one.last_seen, one.way) for one in sessions
        ],
        here=context.session,
        tokens=await context.read(tokens.of_account, account.id),
        scopes=scopes_of(account),
        ends=ENDS,
        steps=await context.read(account_steps.of_account, account.id),
    )
