"""Who asks, and how she proves it: sessions, tokens, passwords, one-time links.

Law: a secret is 32 random bytes seen once, by its holder; here only its SHA-256 is kept. A password is hashed and
checked in a worker thread, and an unknown name costs exactly what a known one does. A token, when sent, is the only
proof looked at. Source: WEB "Pages" (welcome), QUALITY "Threats" (session theft, password guessing).
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from protocol.errors import Refused
from store import account_steps, accounts, devices, feed_keys, guests, tokens
from store.accounts import Account, Link
from store.database import Tx
from store.views.shapes import Viewer
from web import passwords
from web.context import SITE, Context, anonymous
from web.forms import Form
from web.forwarded import address_of
from web.guards import bearer_token
from web.i18n import N_
from web.throttle import SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS

SECRET_BYTES: Final = 32
SESSION_MS: Final = 30 * 24 * 3600 * 1000  # a month without signing in again on the same browser
SEEN_EVERY_MS: Final = 3600 * 1000  # last_seen is written at most once an hour
AGENT_MOST: Final = 200


class Secret(NamedTuple):
    """A fresh secret: ``text`` for its holder, ``hash`` for the store."""

    text: str
    hash: bytes


class NewAccount(NamedTuple):
    """What somebody invited chose: name to sign in with, language of pages, encoded password (None: another way in)."""

    name: str
    language: str
    password_hash: str | None


def new_secret() -> Secret:
    """32 random bytes as 43 characters that may stand in an address."""
    text = secrets.token_urlsafe(SECRET_BYTES)
    return Secret(text, hash_secret(text))


def hash_secret(text: str) -> bytes:
    """What the store keeps of a secret."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────


async def identify(request: web.Request) -> Context:
    """The context of a request: whose session or token it carries, if any.

    Refused ``token-unknown`` for a token that is none, ``token-expired`` for one that has ended: a program must not go
    on as nobody.
    """
    context = anonymous(request)
    token = bearer_token(request.headers)
    if token is not None:
        return await _by_token(context, hash_secret(token))
    cookie = request.cookies.get(context.site.cookie)
    return await _by_session(context, hash_secret(cookie)) if cookie else context


async def _by_token(context: Context, secret: bytes) -> Context:
    found = await context.read(tokens.find, secret, context.now)
    if found is None:
        raise Refused("token-unknown")
    if context.now - (found.token.last_seen or 0) > SEEN_EVERY_MS:
        await context.write(tokens.seen, secret)
    context.scopes = found.token.scopes
    return _as(context, found.account)


async def _by_session(context: Context, secret: bytes) -> Context:
    found = await context.read(accounts.by_session, secret, context.now)
    if found is None:
        return context
    account, seen = found
    if context.now - seen > SEEN_EVERY_MS:
        await context.write(accounts.seen_session, secret, expires=context.now + SESSION_MS)
    context.session = secret
    return _as(context, account)


async def is_still(context: Context) -> bool:
    """Whether what this request was let in by still lets in the same account."""
    try:
        return (await identify(context.request)).viewer.account == context.viewer.account
    except Refused:
        return False


async def by_feed_key(context: Context) -> Context:
    """The same request as the member whose key is in its address, if it names one and nobody is signed in."""
    key = context.query.get("key", "")
    if context.account is None and key:
        account = await context.read(feed_keys.holder, hash_secret(key))
        return context if account is None else _as(context, account)
    return context


def _as(context: Context, account: Account) -> Context:
    context.account = account
    context.viewer = Viewer(account.id, account.member, context.port.node, account.role)
    return context.in_language(context.negotiated(account.language))


async def new_session(context: Context, account: Account, target: str, way: str) -> web.Response:
    """Sign this browser in and lead it on; ``way``: password, passkey or link.

    Any session it had before ends: an identifier is never carried over.
    """
    secret = new_secret()
    agent = context.request.headers.get("User-Agent", "")[:AGENT_MOST]
    await context.write(_replace_session, context.session, account.id, secret.hash, (agent, way))
    response = context.redirect(target)
    response.set_cookie(
        context.site.cookie,
        secret.text,
        path="/",
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="Lax",
        secure=context.site.secure,
    )
    await _remember_device(context, response, account)
    return response


async def _remember_device(context: Context, response: web.Response, account: Account) -> None:
    """Whoever signed in is no stranger at the next try; a browser keeps the secret it has from here."""
    known, text = device_of(context), ""
    if known is None or not await context.read(devices.is_known, known, context.now):
        text, known = new_secret()
    await context.write(devices.remember, known, account.id, remote_address(context.request))
    if text:
        response.set_cookie(
            context.site.device_cookie,
            text,
            path="/",
            max_age=devices.DEVICE_MS // 1000,
            httponly=True,
            samesite="Lax",
            secure=context.site.secure,
        )


async def may_try(context: Context, name: str) -> bool:
    """Count a try at an account's password: strangers' together, apart from the owner's browsers and addresses."""
    found = await context.read(accounts.password_of, name)
    account, device = found[0].id if found else None, device_of(context)
    address, throttle = remote_address(context.request), context.site.throttle
    known = await context.read(devices.standing, account, device, address, context.now)
    if known is devices.Standing.DEVICE and device is not None:
        return throttle.allow("sign-in-device", device.hex(), SIGN_IN_ACCOUNT, context.now)
    from_here = throttle.allow("sign-in-from", address, SIGN_IN_ADDRESS, context.now)
    return throttle.allow(known, _whose(known, name, address), SIGN_IN_ACCOUNT, context.now) and from_here


def _whose(known: devices.Standing, name: str, address: str) -> str:
    """Whose tries at a name are one count: all strangers', or those of one address of its owner's."""
    return f"{address} {name.casefold()}" if known is devices.Standing.NETWORK else name.casefold()


def tried_well(context: Context, name: str) -> None:
    """Who has signed in did not guess: her own tries are forgotten, not those of others."""
    device, address = device_of(context), remote_address(context.request)
    if device is not None:
        context.site.throttle.forget("sign-in-device", device.hex())
    context.site.throttle.forget(devices.Standing.NETWORK, _whose(devices.Standing.NETWORK, name, address))


async def may_knock(context: Context) -> bool:
    """Count a try by passkey, whose member is not known yet: a known browser's apart from its address."""
    device = device_of(context)
    if device is not None and await context.read(devices.is_known, device, context.now):
        return context.site.throttle.allow("sign-in-device", device.hex(), SIGN_IN_ADDRESS, context.now)
    address = remote_address(context.request)
    return context.site.throttle.allow("sign-in-from", address, SIGN_IN_ADDRESS, context.now)


def device_of(context: Context) -> bytes | None:
    """What the store keeps of the secret by which this browser is known from its last sign-in, if it has one."""
    cookie = context.request.cookies.get(context.site.device_cookie)
    return hash_secret(cookie) if cookie else None


def _replace_session(tx: Tx, before: bytes | None, account: int, secret: bytes, how: tuple[str, str]) -> None:
    if before is not None:
        accounts.end_session(tx, before)
    accounts.begin_session(tx, account, secret, expires=tx.now + SESSION_MS, agent=how[0], way=how[1])


def remote_address(request: web.Request) -> str:
    """Whose tries are counted together: the address, of a proxy in the settings the one it names; IPv6 by /64."""
    try:
        address = ipaddress.ip_address(address_of(request, request.app[SITE].port.proxies))
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


# ── passwords ────────────────────────────────────────────────────────────────────────────────────────────────


def wish_password(context: Context, form: Form, name: str, field: str = "password") -> str:
    """A password somebody chooses, with what is wrong with it noted on the form."""
    password = form.secret(field, shortest=passwords.LEAST)
    if form.error(field) is not None:
        return password
    if len(password) > passwords.MOST:
        form.wrong(
            field,
            N_("Use at most %(count)s characters; this has %(now)s."),
            count=passwords.MOST,
            now=len(password),
        )
    elif (weak := passwords.weakness(password, [name, *context.port.name.values()])) is not None:
        form.wrong(field, weak)
    return password


async def hash_password(context: Context, password: str) -> str:
    """The encoded hash of a password."""
    return await context.work(context.site.hasher.hash, password)


async def check_password(context: Context, name: str, password: str) -> Account | None:
    """The account that signs in with these; None, after the same work, for any other two."""
    found = await context.read(accounts.password_of, name)
    encoded = found[1] if found else await context.work(nobody, context.site.hasher)
    fits = await context.work(_fits, context.site.hasher, encoded, password[: passwords.MOST])
    return found[0] if found and fits else None


@cache
def nobody(hasher: PasswordHasher) -> str:
    """The hash an unknown name is checked against."""
    return hasher.hash(secrets.token_urlsafe(SECRET_BYTES))


def _fits(hasher: PasswordHasher, encoded: str, password: str) -> bool:
    try:
        return hasher.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


# ── one-time links ───────────────────────────────────────────────────────────────────────────────────────────


async def link_behind(context: Context, token: str) -> Link:
    """What an open link is for. Refused ``link-spent`` when it is unknown, used or too old."""
    found = await context.read(accounts.link, hash_secret(token), context.now)
    if found is None:
        raise Refused("link-spent")
    return found


Also = Callable[[Tx, Account], None]


async def use_link(
    context: Context, token: str, wish: NewAccount | None, browser: str, also: Also | None = None
) -> Account:
    """Spend the link: the account it signs in, or the new one. Refused ``link-spent``, ``name-taken``.

    ``browser`` is the name of the one that signs in: the member of an account there is already reads of it. ``also`` is
    done with a new account in the same transaction.
    """
    return await context.write(_spend, hash_secret(token), wish, browser, also)


def _spend(tx: Tx, secret: bytes, wish: NewAccount | None, browser: str, also: Also | None) -> Account:
    link = accounts.spend_link(tx, secret)
    if link.account is not None:
        account_steps.note(tx, link.account.id, account_steps.LINK_USED, actor=None, detail=browser)
        return link.account
    if wish is None:
        raise Refused("link-spent")
    made = accounts.add(
        tx, wish.name, language=wish.language, role=link.role, password_hash=wish.password_hash
    )
    guests.joined(tx, secret, made.id)
    if also is not None:
        also(tx, made)
    return made
