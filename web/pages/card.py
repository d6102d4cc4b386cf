"""A member's card: what others see of her, and in words who will hold it.

Law: the button on this page is the only thing that publishes ``member.introduce``; signing in never does. Until then a
member reads, drafts and follows. With a card published the same page revises it. A guest's card names her own
organisation and jurisdiction; who comes from another node names the card she had there.
Source: WEB "Pages" (welcome) and "Guests", DOMAIN section 3 "Stays on the node", R10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from protocol.errors import Refused
from protocol.records.base import JURISDICTION
from protocol.records.lists import KINDS, TOPICS
from store import guests
from store.publishing import Author
from store.views import members, nodes
from store.views.shapes import Member, NodeFilters, NodeItem
from web.context import Context
from web.forms import Form
from web.guards import safe_target
from web.i18n import LANGUAGES, N_
from web.pages.writing import marks, rewritten, settle, tags_of
from web.problems import note

NODES_NAMED: Final = 8  # organisations named in the sentence about who will hold it
NAME_MOST: Final = 80


async def show(context: Context) -> web.StreamResponse:
    """The card as it is or might be."""
    return await _page(context, Form.of(await _known(context)))


async def publish(context: Context) -> web.StreamResponse:
    """Publish the card, or what changed in it."""
    form = await context.form()
    again = rewritten(context, form)
    if again is not None:
        return await _page(again, form)
    card = _read(form, guest=await _is_guest(context), new=context.viewer.member is None)
    form.marks = [] if form.errors else marks(form, card)
    if not form.errors and not form.marks:
        try:
            await context.publish_as(_author(context), _content(context, card))
        except Refused as error:
            note(form, error)
        else:
            return context.redirect(_next(context, form), said="card-published")
    return await _page(context, form, status=422)


def _author(context: Context) -> Author:
    if context.account is None:
        raise Refused("sign-in-needed")
    return Author(context.account.id, context.account.member, context.account.role)


async def _is_guest(context: Context) -> bool:
    return context.account is not None and await context.read(guests.is_guest, context.account.id)


def _read(form: Form, *, guest: bool, new: bool) -> dict[str, Any]:
    """The card as typed, without what was left empty."""
    card = {
        "name": form.line("name", required=True, longest=NAME_MOST),
        "organisation": form.bilingual("organisation", required=guest, longest=NAME_MOST),
        "jurisdiction": form.line("jurisdiction", required=guest).upper(),
        "languages": form.choices("languages", LANGUAGES),
        "offers": _offers(form),
        "was": entry_in(form, "was") if new else "",
    }
    if card["jurisdiction"] and not re.fullmatch(JURISDICTION, str(card["jurisdiction"])):
        form.wrong("jurisdiction", N_("Use an ISO 3166 code, such as CA-BC."))
    return {name: value for name, value in card.items() if value}


def entry_in(form: Form, field: str, *, required: bool = False) -> str:
    """The id of a card in what was typed: the id itself, or an address that ends with it; else noted on the form."""
    typed = form.line(field, required=required)
    found = re.search(r"[a-z2-7]{32}-\d+-\d+", typed, re.ASCII)
    if typed and found is None:
        form.wrong(field, N_("Paste the address of the card, or its id; it stands on the page of the card."))
    return found[0] if found else ""


def _offers(form: Form) -> list[dict[str, Any]]:
    """One offer a kind; what is said and the topics belong to all of them."""
    kinds, topics, text = form.choices("kinds", KINDS), form.choices("topics", TOPICS), form.bilingual("text")
    shared = {name: value for name, value in (("topics", topics), ("text", text)) if value}
    return [{"kind": kind, **shared} for kind in kinds]


def _content(context: Context, card: Mapping[str, Any]) -> dict[str, Any]:
    """The record: an introduction, or a revise that restates the whole card (null empties, DOMAIN section 2)."""
    member = context.viewer.member
    if member is None:
        return {"type": "member.introduce", **card}
    emptied = dict.fromkeys(("organisation", "jurisdiction", "languages", "offers"))
    return {"type": "member.revise", "member": member, **emptied, **card}


def _next(context: Context, form: Form) -> str:
    """Where she was going; with a first card, a first useful thing to do."""
    target = safe_target(form.typed("to"), "")
    if target or context.viewer.member is not None:
        return target or "/settings"
    return "/welcome"


async def _known(context: Context) -> dict[str, Any]:
    """What the form begins with: the card, else what this node knows without asking."""
    to = {"to": safe_target(context.query.get("to"), "")}
    member = context.viewer.member
    card = await context.read(members.one, context.viewer, member, now=context.now) if member else None
    if card is None:
        account = context.account
        name = account.name if account else ""
        place = "" if await _is_guest(context) else context.port.jurisdiction
        return to | {"name": name, "jurisdiction": place, "languages": [context.language]}
    return to | _typed(card)


def _typed(card: Member) -> dict[str, Any]:
    offers = card["offers"]
    first: Mapping[str, Any] = offers[0] if offers else {}
    return {
        "name": card["name"],
        "organisation": card["organisation"] or {},
        "jurisdiction": card["jurisdiction"] or "",
        "languages": card["languages"],
        "kinds": [offer["kind"] for offer in offers],
        "topics": first.get("topics") or [],
        "text": first.get("text") or {},
    }


async def _page(context: Context, form: Form, status: int = 200) -> web.Response:
    others = await context.read(
        nodes.listing, context.viewer, NodeFilters(), now=context.now, limit=NODES_NAMED + 1
    )
    tags = tags_of(form, context.language)
    settle(form, tags)
    holders = [item for item in others.items if item["node"] != context.port.node]
    return context.page(
        "account/card.html",
        status=status,
        form=form,
        tags=tags,
        holders=_names(holders),
        guest=await _is_guest(context),
    )


def _names(holders: list[NodeItem]) -> list[Mapping[str, str]]:
    return [item["name"] for item in holders[:NODES_NAMED] if item["name"]]
