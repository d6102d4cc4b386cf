"""The desk: who has an account here, links for those who should, and what the operator must not forget.

Law: a link is shown once, to who made it, and the member whose account it opens reads of it; no token takes these
steps. An account is shut out, never erased, and somebody always keeps the node. Members' roles say what they may do on
this node, nothing about their records. Source: WEB "Pages" (steward desk), R9.
"""

from __future__ import annotations

import logging
from typing import Final

from aiohttp import web

from protocol.errors import Refused
from protocol.roles import ROLES
from store import account_steps, accounts
from store.accounts import Account
from store.database import Tx
from web.accounts import new_secret
from web.context import Context
from web.forms import Form
from web.pages.writing import note_as

LOG: Final = logging.getLogger(__name__)
INVITE_MS: Final = 30 * 24 * 3600 * 1000  # R16: an invitation lapses after 30 days
SIGN_IN_MS: Final = 24 * 3600 * 1000  # a forgotten password is a matter of today


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    return await _page(context, Form.of({"role": "member", "cursor": context.query.get("cursor", "")}))


async def _page(
    context: Context, form: Form, status: int = 200, link: str = "", whom: Account | None = None
) -> web.Response:
    cursor = _number(form, "cursor")
    listed, following = await context.read(accounts.page, cursor)
    response = context.page(
        "desk/desk.html",
        status=status,
        form=form,
        accounts=listed,
        next=following,
        cursor=cursor,
        roles=ROLES,
        given=_roles_given(context),
        operator=context.viewer.role == "operator",
        steps=await context.read(account_steps.newest),
        link=link,
        whom=whom,
        local=context.port.url.startswith(("http://localhost", "http://127.0.0.1")),
        kit_pending=bool(context.port.health().get("kit_pending", False)),
    )
    if link:
        response.headers["Cache-Control"] = "no-store"
    return response


async def invite(context: Context) -> web.StreamResponse:
    """A link that makes one account."""
    form = await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    role = form.choice("role", _roles_given(context), required=True)
    if form.errors:
        return await _page(context, form, 422)
    secret = new_secret()
    await context.write(
        accounts.add_link, secret.hash, "member-invite", expires=context.now + INVITE_MS, role=role
    )
    return await _page(context, form, link=f"{context.port.url}/join/{secret.text}")


def _roles_given(context: Context) -> tuple[str, ...]:
    """A steward invites members; who else may do more is for whoever runs the node."""
    return ROLES if context.viewer.role == "operator" else ROLES[:1]


async def sign_in_link(context: Context) -> web.StreamResponse:
    """A link that signs one account in once."""
    form = await context.form()
    account = await _account(context, form)
    secret = new_secret()
    await context.write(_add_sign_in, account, secret.hash, context.viewer.account)
    _log(account, account_steps.LINK_MADE, context)
    return await _page(context, form, link=f"{context.port.url}/join/{secret.text}", whom=account)


def _add_sign_in(tx: Tx, account: Account, secret: bytes, actor: int | None) -> None:
    expires = tx.now + SIGN_IN_MS
    accounts.add_link(tx, secret, "account-sign-in", expires=expires, role=account.role, account=account.id)
    account_steps.note(tx, account.id, account_steps.LINK_MADE, actor=actor)


def _log(account: Account, what: str, context: Context) -> None:
    """The line of the audit in the node's log: numbers of accounts, never names."""
    fields = {"what": what, "account": account.id, "actor": context.viewer.account}
    LOG.warning("account-step", extra={"fields": fields})


def _set_role(tx: Tx, account: Account, role: str, actor: int | None) -> None:
    accounts.set_role(tx, account.id, role)
    if role != account.role:
        account_steps.note(tx, account.id, account_steps.ROLE, actor=actor, detail=role)


def _set_disabled(tx: Tx, account: Account, disabled: bool, actor: int | None) -> None:
    accounts.set_disabled(tx, account.id, disabled)
    what = account_steps.SHUT_OUT if disabled else account_steps.LET_IN
    account_steps.note(tx, account.id, what, actor=actor)


async def set_role(context: Context) -> web.StreamResponse:
    """What an account may do here."""
    form = await context.form()
    account, role = await _account(context, form), form.choice("role", ROLES, required=True)
    if not form.errors:
        try:
            await context.write(_set_role, account, role, context.viewer.account)
            _log(account, account_steps.ROLE, context)
            return _saved(context, form)
        except Refused as error:
            note_as(form, error)
    return await _page(context, form, 422)


async def set_disabled(context: Context) -> web.StreamResponse:
    """Shut an account out, or let it in again."""
    form = await context.form()
    account = await _account(context, form)
    try:
        disabled = form.typed("disabled") == "yes"
        await context.write(_set_disabled, account, disabled, context.viewer.account)
        _log(account, account_steps.SHUT_OUT if disabled else account_steps.LET_IN, context)
    except Refused as error:
        note_as(form, error)
        return await _page(context, form, 422)
    return _saved(context, form)


def _saved(context: Context, form: Form) -> web.Response:
    """Back to the part of the list where it was done."""
    cursor = _number(form, "cursor")
    return context.redirect(f"/desk{'' if cursor is None else f'?cursor={cursor}'}#members", said="saved")


async def _account(context: Context, form: Form) -> Account:
    wanted = _number(form, "account")
    found = None if wanted is None else await context.read(accounts.by_id, wanted)
    if found is None:
        raise web.HTTPNotFound
    return found


def _number(form: Form, field: str) -> int | None:
    """The number of an account; None where none was sent."""
    number = form.typed(field)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else None
