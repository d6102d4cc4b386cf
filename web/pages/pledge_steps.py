"""What the two parties of a pledge say next: accept, decline, fulfil, confirm, return, thank, talk.

Law: every step a party may take is a form on the pledge's page, shown only when ``can`` allows it; a rule decides
again when it is published, and what it refuses comes back with what was typed. Source: DOMAIN section 2 "Pledge".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.records.lists import REASONS
from store.views.shapes import Pledge, Text
from web.context import Context
from web.forms import Form
from web.pages.pledge_form import quantity_of
from web.pages.pledges import pledge_of, pledge_page
from web.pages.writing import bare, publish, said

RESULTS: Final = ("met", "partly", "not")


class PledgeStep(NamedTuple):
    """How a form becomes a step: type of the record, what is said afterwards, the content, what it speaks of."""

    type: str
    said: str
    read: Callable[[Form, Pledge], dict[str, Any]]
    subject: str = "pledge"


def _accept(form: Form, pledge: Pledge) -> dict[str, Any]:
    return {
        "quantity": quantity_of(form, "accept.quantity", pledge["kind"], pledge["unit"]),
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
    quantity = quantity_of(form, "revise.quantity", pledge["kind"], pledge["unit"])
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


def _thank(form: Form, pledge: Pledge) -> dict[str, Any]:
    """Thanks for this pledge alone; for a private one they go to its two nodes (DOMAIN "Audience")."""
    return {"pitch": pledge["pitch"], "to": [pledge["id"]], "text": said(form, "thank.text", required=True)}


STEPS: Final[Mapping[str, PledgeStep]] = {
    "accept": PledgeStep("pledge.accept", "accepted", _accept),
    "decline": PledgeStep("pledge.decline", "declined", _decline),
    "withdraw": PledgeStep("pledge.withdraw", "withdrawn", _withdraw),
    "revise": PledgeStep("pledge.revise", "revised", _revise),
    "release": PledgeStep("pledge.release", "released", _release),
    "fulfil": PledgeStep("pledge.fulfil", "fulfilled", _fulfil),
    "confirm": PledgeStep("pledge.confirm", "confirmed", _confirm),
    "deliver": PledgeStep("return.deliver", "saved", _deliver),
    "answer": PledgeStep("return.confirm", "confirmed", _answer),
    "thank": PledgeStep("thanks", "thanked", _thank, subject="pitch"),
    "comment": PledgeStep("comment", "sent", _comment, subject="on"),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names. What a rule refuses comes back with everything that is missing."""
    name = context.id("step")
    step = STEPS.get(name)
    if step is None:
        raise web.HTTPNotFound
    pledge, form = await pledge_of(context), await context.form()
    if form.switch:
        return await pledge_page(context.in_language(form.switch), pledge, form)
    read = step.read(form, pledge)
    if name == "revise" and not read:
        return context.redirect(f"/pledges/{pledge['id']}", said="unchanged")
    emptied = {field: None for field, value in read.items() if value is None and name == "revise"}
    content = {**bare({"type": step.type, step.subject: pledge["id"], **read}), **emptied}
    if form.errors or await publish(context, form, content, prefix=f"{name}.") is None:
        return await pledge_page(context, pledge, form, status=422)
    return context.redirect(f"/pledges/{pledge['id']}", said=step.said)
