"""Pledges: one pledge between its two parties, and making one.

Law: from any pitch a pledge is two page loads away, without a script and without a mouse. Every step a party may take
is a form on the pledge's page, shown only when ``can`` allows it. Money is a statement of intent, between the parties
(R12); what declares a conflict stays on this node. Source: WEB "Pages" (pledge), DOMAIN sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import CONDITIONS, KINDS, MONEY, REASONS, UNITS
from store.views import pledges, talk
from store.views.shapes import Ask, Pitch, Pledge, Text
from web.context import Context
from web.forms import Form, typed_amount
from web.pages.pitch_fields import DEFAULT_CURRENCY, DEFAULT_UNIT
from web.pages.pitches import pitch_of
from web.pages.writing import ONCE, Mark, bare, fresh_key, marks, others_here, publish, said

SHOWN: Final = ("named", "organisation", "anonymous")
RESULTS: Final = ("met", "partly", "not")
ANSWERS: Final = ("none", "declared")
AUDIENCES: Final = ("network", "parties")


async def new(context: Context) -> web.StreamResponse:
    """The form of a pledge, towards the ask named or the first still open."""
    pitch = await pitch_of(context)
    ask = _ask_named(pitch, context.query.get("ask", "")) if "ask" in context.query else _first_open(pitch)
    return await _form_page(context, pitch, ask, _begun(ask))


def _begun(ask: Ask | None) -> Form:
    form = Form.of({"show": "named", "conflict": "none", "audience": "network", ONCE: fresh_key()})
    if ask is not None:
        left = max(ask["quantity"] - ask["accepted"], 1)
        money = ask["kind"] == MONEY
        form.values["quantity"] = [typed_amount(left, ask["unit"]) if money else str(left)]
    return form


def _ask_named(pitch: Pitch, key: str) -> Ask | None:
    return next((ask for ask in pitch["asks"] if ask["key"] == key), None)


def _first_open(pitch: Pitch) -> Ask | None:
    return next((ask for ask in pitch["asks"] if not ask["met"]), None)


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
    pledge = await _pledge_of(context)
    return await _pledge_page(context, pledge, _filled(pledge))


async def _pledge_of(context: Context) -> Pledge:
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


async def _pledge_page(context: Context, pledge: Pledge, form: Form, status: int = 200) -> web.Response:
    comments = await context.read(talk.comments_on, context.viewer, pledge["id"])
    return context.page("pledges/show.html", status=status, pledge=pledge, form=form, comments=comments)


class PledgeStep(NamedTuple):
    """How a form becomes a step: type of the record, the word of ``can``, what is said afterwards, the content."""

    type: str
    can: str
    said: str
    read: Callable[[Form, Pledge], dict[str, Any]]


def _accept(form: Form, pledge: Pledge) -> dict[str, Any]:
    return {
        "quantity": _quantity(form, "accept.quantity", pledge["kind"], pledge["unit"]),
        "return": said(form, "accept.return"),
        "return_due": form.date("accept.return_due"),
    }


def _decline(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {
        "reason": form.choice("decline.reason", REASONS, required=True),
        "note": said(form, "decline.note"),
    }


def _withdraw(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"reason": form.choice("withdraw.reason", REASONS), "note": said(form, "withdraw.note")}


def _revise(form: Form, pledge: Pledge) -> dict[str, Any]:
    """What differs from the pledge as it is; a text emptied is taken out."""
    content: dict[str, Any] = {}
    quantity = _quantity(form, "revise.quantity", pledge["kind"], pledge["unit"])
    if quantity != pledge["quantity"]:
        content["quantity"] = quantity
    for name, before in (("text", pledge["text"]), ("return", pledge["wanted"])):
        now = _restated(said(form, f"revise.{name}"), before)
        if now != before:
            content[name] = now
    return content


def _restated(now: Text, before: Text | None) -> Text | None:
    """A text in the language of the form, beside what was said in others; None when it is emptied."""
    return {**(before or {}), **now} if now else None


def _release(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"reason": form.choice("release.reason", REASONS), "note": said(form, "release.note")}


def _fulfil(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"evidence": said(form, "fulfil.evidence")}


def _confirm(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {
        "result": form.choice("confirm.result", RESULTS, required=True),
        "note": said(form, "confirm.note"),
    }


def _deliver(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"text": said(form, "deliver.text", required=True)}


def _answer(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"result": form.choice("answer.result", RESULTS, required=True), "note": said(form, "answer.note")}


def _comment(form: Form, _pledge: Pledge) -> dict[str, Any]:
    return {"text": said(form, "comment.text", required=True), "reply_to": form.typed("comment.reply_to")}


STEPS: Final[Mapping[str, PledgeStep]] = {
    "accept": PledgeStep("pledge.accept", "accept", "accepted", _accept),
    "decline": PledgeStep("pledge.decline", "decline", "declined", _decline),
    "withdraw": PledgeStep("pledge.withdraw", "withdraw", "withdrawn", _withdraw),
    "revise": PledgeStep("pledge.revise", "revise", "revised", _revise),
    "release": PledgeStep("pledge.release", "release", "released", _release),
    "fulfil": PledgeStep("pledge.fulfil", "fulfil", "fulfilled", _fulfil),
    "confirm": PledgeStep("pledge.confirm", "confirm", "confirmed", _confirm),
    "deliver": PledgeStep("return.deliver", "deliver_return", "saved", _deliver),
    "answer": PledgeStep("return.confirm", "confirm_return", "confirmed", _answer),
    "comment": PledgeStep("comment", "comment", "sent", _comment),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names. What a rule refuses comes back with everything that is missing."""
    name = context.id("step")
    step = STEPS.get(name)
    if step is None:
        raise web.HTTPNotFound
    pledge, form = await _pledge_of(context), await context.form()
    if form.switch:
        return await _pledge_page(context.in_language(form.switch), pledge, form)
    subject = "on" if step.type == "comment" else "pledge"
    read = step.read(form, pledge)
    if name == "revise" and not read:
        return context.redirect(f"/pledges/{pledge['id']}", said="unchanged")
    emptied = {field: None for field, value in read.items() if value is None and name == "revise"}
    content = {**bare({"type": step.type, subject: pledge["id"], **read}), **emptied}
    if form.errors or await publish(context, form, content, prefix=f"{name}.") is None:
        return await _pledge_page(context, pledge, form, status=422)
    return context.redirect(f"/pledges/{pledge['id']}", said=step.said)
