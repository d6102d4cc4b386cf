"""Passkeys: what a browser is asked, and whether its answer is good.

Law: the node is named by the host of its url, which must be a name (an address of numbers has no passkeys); a challenge
goes to one browser, by a cookie, and is used up by its first answer; the device always asks for finger, face or PIN.
Whatever is wrong with an answer, the refusal is the same. Sources: W3C Web Authentication Level 3; WEB "Pages".
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from protocol.errors import Refused
from store import passkeys
from store.accounts import Account
from store.passkeys import Passkey
from web.accounts import hash_secret, new_secret, remote_address
from web.challenges import LIFE_MS, Challenge
from web.context import Context
from web.throttle import PASSKEY_ADDRESS

SIGN_IN, JOIN, ADD, PROVE = "sign-in", "join", "add", "prove"
ANSWER_MOST: Final = 20_000  # characters of what a device answers
NAMED_MOST: Final = 64  # characters of a name a device shows
_ALWAYS: Final = UserVerificationRequirement.REQUIRED
_BAD: Final = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library raises for what no device sends; its parsers go as deep as they are led."""


class Made(NamedTuple):
    """A passkey a device has just made."""

    id: bytes
    handle: bytes
    public_key: bytes
    signs: int
    synced: bool


def site_of(url: str) -> str | None:
    """The name passkeys of a node are bound to; None where browsers allow none: numbers, or plain http elsewhere."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        safe = parts.scheme == "https" or host == "localhost"
        return host if host and safe else None
    return None


def offered(context: Context) -> bool:
    """Whether this node's address can have passkeys."""
    return site_of(context.port.url) is not None


def ask_to_sign_in(context: Context, purpose: str = SIGN_IN, bound: bytes = b"") -> web.Response:
    """What the browser asks its devices: any passkey of this node."""
    _may_ask(context)
    challenge, answer = _challenge(context, purpose, bound)
    return _say(
        answer,
        options_to_json(
            generate_authentication_options(
                rp_id=_site(context),
                challenge=challenge.challenge,
                timeout=LIFE_MS,
                user_verification=_ALWAYS,
            )
        ),
    )


def ask_to_make(
    context: Context, purpose: str, bound: bytes, name: str, known: Sequence[Passkey]
) -> web.Response:
    """What the browser asks one device: a new passkey, on none that has one already."""
    _may_ask(context)
    challenge, answer = _challenge(context, purpose, bound, known[0].handle if known else None)
    options = generate_registration_options(
        rp_id=_site(context),
        rp_name=context.plain(context.port.name)[:NAMED_MOST],
        user_name=name[:NAMED_MOST],
        user_id=challenge.handle,
        challenge=challenge.challenge,
        timeout=LIFE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_ALWAYS
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.id) for one in known],
    )
    return _say(answer, options_to_json(options))


def made(context: Context, typed: str, purpose: str, bound: bytes) -> Made:
    """The passkey in an answer. Refused ``passkey-refused``."""
    challenge = _taken(context, purpose, bound)
    try:
        found = verify_registration_response(
            credential=_credential(typed),
            expected_challenge=challenge.challenge,
            expected_rp_id=_site(context),
            expected_origin=_origin(context),
            require_user_verification=True,
        )
    except _BAD as error:
        raise Refused("passkey-refused", field="passkey") from error
    return Made(
        found.credential_id,
        challenge.handle,
        found.credential_public_key,
        found.sign_count,
        found.credential_backed_up,
    )


async def signed_in(context: Context, typed: str, purpose: str = SIGN_IN, bound: bytes = b"") -> Account:
    """Whose passkey answered. Refused ``passkey-refused``, whatever is wrong with the answer."""
    challenge = _taken(context, purpose, bound)
    try:
        credential = _credential(typed)
        known = await context.read(passkeys.find, base64url_to_bytes(credential["rawId"]))
        if known is None:
            raise Refused("passkey-refused", field="passkey")
        passkey, account = known
        handle = credential["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != passkey.handle:
            raise Refused("passkey-refused", field="passkey")
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge.challenge,
            expected_rp_id=_site(context),
            expected_origin=_origin(context),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.signs,
            require_user_verification=True,
        )
    except _BAD as error:
        raise Refused("passkey-refused", field="passkey") from error
    await context.write(passkeys.used, passkey.id, found.new_sign_count)
    return account


def _credential(typed: str) -> dict[str, Any]:
    if len(typed) > ANSWER_MOST:
        raise ValueError("longer than any device answers")
    found = json.loads(typed)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


# ── challenges ───────────────────────────────────────────────────────────────────────────────────────────────


def _may_ask(context: Context) -> None:
    address = remote_address(context.request)
    if not context.site.throttle.allow("passkey", address, PASSKEY_ADDRESS, context.now):
        raise Refused("too-often")


def _challenge(
    context: Context, purpose: str, bound: bytes, handle: bytes | None = None
) -> tuple[Challenge, web.Response]:
    """A fresh challenge, and an answer whose cookie says for whom."""
    secret = new_secret()
    made_ = context.site.challenges.make(secret.hash, purpose, bound, context.now, handle)
    answer = web.Response(content_type="application/json", headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        _cookie(context),
        secret.text,
        path="/",
        max_age=LIFE_MS // 1000,
        httponly=True,
        samesite="Strict",
        secure=context.site.secure,
    )
    return made_, answer


def _taken(context: Context, purpose: str, bound: bytes) -> Challenge:
    """The challenge this browser was given, used up. Refused ``passkey-refused``."""
    holder = hash_secret(context.request.cookies.get(_cookie(context), ""))
    found = context.site.challenges.take(holder, purpose, bound, context.now)
    if found is None:
        raise Refused("passkey-refused", field="passkey")
    return found


def _cookie(context: Context) -> str:
    return f"{context.site.cookie}-passkey"


def _say(answer: web.Response, options: str) -> web.Response:
    answer.text = options
    return answer


def _site(context: Context) -> str:
    site = site_of(context.port.url)
    if site is None:
        raise Refused("passkey-nowhere", field="passkey")
    return site


def _origin(context: Context) -> str:
    parts = urlsplit(context.port.url)
    return f"{parts.scheme}://{parts.netloc}"
