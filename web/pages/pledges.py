"""One pledge, between its two parties.

Law: shown to who may see it and to nobody else; its forms begin with what was offered and wished for.
Source: WEB "Pages" (pledge), DOMAIN R5, R12.
"""

from __future__ import annotations

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import MONEY
from protocol.rules.asks import TAKEN
from store.views import pitches, pledges, talk
from store.views.shapes import Pledge, Text
from web.context import Context
from web.forms import Form, typed_amount
from web.pages.thanking import thanks_for_one
from protocol.records.lists import CONDITIONS, KINDS, MONEY, REASONS, UNITS
from store.views import pledges, talk
from store.views.shapes import Ask, Offer, Pitch, Pledge, Text
from web.context import Context
from web.forms import Form, typed_amount
from web.pages.offers import offer_of
from web.pages.pitch_fields import DEFAULT_CURRENCY, DEFAULT_UNIT
from web.pages.pitches import pitch_of
from web.pages.writing import ONCE, Mark, bare, fresh_key, marks, others_here, publish, said

SHOWN: Final = ("named", "organisation", "anonymous")
RESULTS: Final = ("met", "partly", "not")
ANSWERS: Final = ("none", "declared")
AUDIENCES: Final = ("network", "parties")


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
        begun |= {"quantity": str(min(left, standing["quantity"])), "unit": standing["unit"] or DEFAULT_UNIT}
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
    content = _read_offer(form, pitch, ask)
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _form_page(context, pitch, ask, form, found)
    made = await publish(context, form, content, {"ask": "", "pitch": ""})
    if made is None:
        return await _form_page(context, pitch, ask, form)
    return context.redirect(f"/pledges/{made.id}", said="pledged")


def _read_offer(form: Form, pitch: Pitch, ask: Ask | None) -> dict[str, Any]:
    kind = ask["kind"] if ask else form.choice("kind", KINDS, required=True)
    unit = ask["unit"] if ask else _unit(form, kind)
    conflict = form.choice("conflict", ANSWERS, required=True)
    private = form.text("conflict_words", longest=4000, required=conflict == "declared")
    after = form.choice("after", CONDITIONS)
    content = {
        "type": "pledge.offer",
        "pitch": pitch["id"],
        "ask": ask["key"] if ask else "",
        "kind": kind,
        "text": said(form, "text"),
        "quantity": _quantity(form, "quantity", kind, unit),
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


def _unit(form: Form, kind: str) -> str:
    return DEFAULT_CURRENCY if kind == MONEY else form.line("unit") or DEFAULT_UNIT


def _quantity(form: Form, name: str, kind: str, unit: str) -> int | None:
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
        units=UNITS,
        holders=await others_here(context),
    )


# ── one pledge ───────────────────────────────────────────────────────────────────────────────────────────────


async def show(context: Context) -> web.StreamResponse:
    """One pledge."""
    pledge = await pledge_of(context)
    return await pledge_page(context, pledge, _filled(pledge))


async def pledge_of(context: Context) -> Pledge:
    """The pledge in the address, as this reader sees it. 404 when it is not here or not for her."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(pledges.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


def _filled(pledge: Pledge) -> Form:
    """What the forms of the page begin with: all of what was offered, the return that was wished for."""
    money = pledge["kind"] == MONEY
    quantity = typed_amount(pledge["quantity"], pledge["unit"]) if money else str(pledge["quantity"])
    return Form.of(
        {
            "accept.quantity": quantity,
            "revise.quantity": quantity,
            **_begun_with("accept.return", pledge["wanted"]),
            **_begun_with("revise.return", pledge["wanted"]),
            **_begun_with("revise.text", pledge["text"]),
        }
    )


def _begun_with(name: str, text: Text | None) -> dict[str, str]:
    """A text field in the first language something was said in."""
    tag = next(iter(text or {}), "")
    return {name: (text or {}).get(tag, ""), f"{name}_in": tag}


async def pledge_page(context: Context, pledge: Pledge, form: Form, status: int = 200) -> web.Response:
    """The page of a pledge; ``form`` holds what was typed into one of its forms and came back."""
    comments = await context.read(talk.comments_on, context.viewer, pledge["id"])
    may_thank = bool(pledge["owner"] and pledge["owner"]["you"]) and pledge["state"] in TAKEN
    if may_thank and "thank.text" not in form.values:
        await _draft_thanks(context, pledge, form)
    return context.page(
        "pledges/show.html",
        status=status,
        pledge=pledge,
        form=form,
        comments=comments,
        may_thank=may_thank,
    )


async def _draft_thanks(context: Context, pledge: Pledge, form: Form) -> None:
    """Thanks begin with what was given and what it led to."""
    pitch = await context.read(pitches.one, context.viewer, pledge["pitch"], now=context.now)
    if pitch is not None:
        form.values["thank.text"] = [thanks_for_one(pitch, pledge, context.formats)]
        form.values["thank.text_in"] = [context.language]
