"""Making a pledge.

Law: from any pitch a pledge is two page loads away, without a script and without a mouse. Money is a statement of
intent, between the parties (R12); what declares a conflict stays on this node. Source: WEB "Pages" (pledge).
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.records.lists import CONDITIONS, KINDS, MONEY
from store.views.shapes import Ask, Offer, Pitch
from web.context import Context
from web.forms import Form, Mark, typed_amount
from web.pages.offers import offer_of
from web.pages.pitch_fields import DEFAULT_CURRENCY
from web.pages.pitches import pitch_of
from web.pages.pledge_kinds import detailed, kind_of
from web.pages.writing import ONCE, bare, fresh_key, marks, others_here, publish, said

SHOWN: Final = ("named", "organisation", "anonymous")
ANSWERS: Final = ("none", "declared")


async def new(context: Context) -> web.StreamResponse:
    """The form of a pledge, towards the ask named or the first still open."""
    pitch, standing = await pitch_of(context), await _standing(context)
    kind = standing["kind"] if standing else None
    named = "ask" in context.query
    ask = _ask_named(pitch, context.query.get("ask", "")) if named else _first_open(pitch, kind)
    form = _begun(ask)
    if standing is not None:
        _begin_from(form, ask, standing, context.language)
    return await _form_page(context, pitch, ask, form)


async def _standing(context: Context) -> Offer | None:
    """The standing offer of hers that the address names: the pledge comes of it."""
    entry = context.query.get("offer", "")
    found = await offer_of(context, entry) if entry else None
    return found if found is not None and found["giver"]["you"] and found["state"] == "open" else None


def _begin_from(form: Form, ask: Ask | None, standing: Offer, language: str) -> None:
    """Fill in what a standing offer says already."""
    tag = language if language in standing["text"] else next(iter(standing["text"]))
    begun = {"from_offer": standing["id"], "offer": standing["id"], "kind": standing["kind"]}
    begun |= {"text": standing["text"][tag], "text_in": tag}
    if standing["quantity"] and (ask is None or ask["unit"] == standing["unit"]):
        left = max(ask["quantity"] - ask["accepted"], 1) if ask else standing["quantity"]
        unit = standing["unit"] or kind_of(standing["kind"]).unit
        begun |= {"quantity": str(min(left, standing["quantity"])), "unit": unit}
    form.values |= {name: [value] for name, value in begun.items()}


def _begun(ask: Ask | None) -> Form:
    form = Form.of({"show": "named", "conflict": "none", "audience": "network", ONCE: fresh_key()})
    if ask is not None:
        left = max(ask["quantity"] - ask["accepted"], 1)
        money = ask["kind"] == MONEY
        form.values["quantity"] = [typed_amount(left, ask["unit"]) if money else str(left)]
    return form


def _ask_named(pitch: Pitch, key: str) -> Ask | None:
    return next((ask for ask in pitch["asks"] if ask["key"] == key), None)


def _first_open(pitch: Pitch, kind: str | None = None) -> Ask | None:
    return next((ask for ask in pitch["asks"] if not ask["met"] and kind in (None, ask["kind"])), None)


async def offer(context: Context) -> web.StreamResponse:
    """Make the pledge."""
    pitch, form = await pitch_of(context), await context.form()
    ask = _ask_named(pitch, form.typed("ask"))
    if form.switch:
        return await _form_page(context.in_language(form.switch), pitch, ask, form)
    if form.typed("do") == "kind":
        form.values["unit"] = [kind_of(form.typed("kind")).unit]
        return await _form_page(context, pitch, ask, form)
    content = _read_offer(context, form, pitch, ask)
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _form_page(context, pitch, ask, form, found)
    made = await publish(context, form, content, {"ask": "", "pitch": ""})
    if made is None:
        return await _form_page(context, pitch, ask, form)
    return context.redirect(f"/pledges/{made.id}", said="pledged")


def _read_offer(context: Context, form: Form, pitch: Pitch, ask: Ask | None) -> dict[str, Any]:
    kind = ask["kind"] if ask else form.choice("kind", KINDS, required=True)
    unit = ask["unit"] if ask else _unit(form, pitch, kind)
    conflict = form.choice("conflict", ANSWERS, required=True)
    private = form.text("conflict_words", longest=4000, required=conflict == "declared")
    after = form.choice("after", CONDITIONS)
    content = {
        "type": "pledge.offer",
        "pitch": pitch["id"],
        "ask": ask["key"] if ask else "",
        "kind": kind,
        "text": detailed(context, form, kind, said(form, "text")),
        "quantity": quantity_of(form, "quantity", kind, unit),
        "unit": unit,
        "return": said(form, "return"),
        "condition": {"after": after} if after else {},
        "offer": form.line("offer"),
        "conflict": conflict,
        "show": form.choice("show", SHOWN, required=True),
        "private": {"conflict": private} if conflict == "declared" and private else {},
        "audience": "parties" if form.typed("audience") == "parties" or kind == MONEY else "",
    }
    return bare(content)


def _unit(form: Form, pitch: Pitch, kind: str) -> str:
    return currency_of(pitch) if kind == MONEY else form.line("unit") or kind_of(kind).unit


def currency_of(pitch: Pitch) -> str:
    """The one currency of a pitch."""
    return pitch["own_share"]["currency"] or DEFAULT_CURRENCY


def quantity_of(form: Form, name: str, kind: str, unit: str) -> int | None:
    """How much, in minor units for money."""
    if kind == MONEY:
        return form.money(name, unit, required=True)
    return form.integer(name, required=True, least=1)


async def _form_page(
    context: Context, pitch: Pitch, ask: Ask | None, form: Form, found: list[Mark] | None = None
) -> web.Response:
    status = 422 if form.errors or found else 200
    return context.page(
        "pledges/form.html",
        status=status,
        pitch=pitch,
        ask=ask,
        form=form,
        marks=found or [],
        kind=kind_of(ask["kind"] if ask else form.typed("kind")),
        currency=currency_of(pitch),
        holders=await others_here(context),
    )
