"""What happens on a pitch's own page: advance, report, thank, comment, check in, say what one saw, carry further.

Law: each step is one record; a refusal shows the page again with what was typed. Source: DOMAIN section 2 "Pitch",
section 3 "Talk".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.records.lists import REASONS
from store.views.shapes import Pitch
from web.context import Context
from web.forms import Form
from web.i18n import N_
from web.pages.pitches import askable, pitch_of, pitch_page
from web.pages.writing import bare, publish, said

ANSWERS: Final = ("yes", "partly", "no")
LEVELS: Final = ("1", "2", "3", "4")
"""Kirkpatrick's: reaction, learning, behaviour, results."""


class PitchStep(NamedTuple):
    """How a form becomes a record: its type, what is said afterwards, the content, and page names of its fields.

    ``subject``: the field that names the pitch; empty: what it speaks of is chosen in the form.
    """

    type: str
    said: str
    read: Callable[[Form, Pitch], dict[str, Any]]
    fields: Mapping[str, str]
    subject: str = "pitch"


def _advance(form: Form, pitch: Pitch) -> dict[str, Any]:
    return {
        "to": form.choice("to", pitch["can"]["advance"], required=True),
        "reason": form.choice("reason", REASONS),
        "note": said(form, "note"),
        "ended": form.date("ended"),
    }


def _update(form: Form, pitch: Pitch) -> dict[str, Any]:
    return {
        "text": said(form, "update", required=True),
        "fulfils": form.choices("fulfils", [item["key"] for item in pitch["sharing"]]),
        "attended": form.integer("attended"),
    }


def _thanks(form: Form, pitch: Pitch) -> dict[str, Any]:
    pledges = [item["id"] for item in pitch["pledges"] if not item["restricted"]]
    return {"text": said(form, "thanks", required=True), "to": form.choices("thanked", pledges)}


def _comment(form: Form, _pitch: Pitch) -> dict[str, Any]:
    return {"text": said(form, "comment", required=True), "reply_to": form.typed("reply_to")}


def _check_in(form: Form, pitch: Pitch) -> dict[str, Any]:
    days = [str(item["day"]) for item in pitch["check_ins"]]
    level = form.choice("level", LEVELS)
    asked = {person["id"] or "" for person in askable(pitch)}
    day = form.choice("day", days)
    return {
        "applied": form.choice("applied", ANSWERS, required=True),
        "day": int(day) if day else None,
        "evidence": said(form, "evidence"),
        "obstacle": said(form, "obstacle"),
        "level": int(level) if level else None,
        "asks": form.choices("asks", asked),
    }


def _witness(form: Form, pitch: Pitch) -> dict[str, Any]:
    answered = [item["id"] for item in pitch["check_ins"] if item["id"]]
    return {
        "check_in": form.choice("check_in", answered, required=True),
        "saw": form.choice("saw", ANSWERS, required=True),
        "note": said(form, "witness"),
    }


def _nothing(_form: Form, _pitch: Pitch) -> dict[str, Any]:
    return {}


STEPS: Final[Mapping[str, PitchStep]] = {
    "advance": PitchStep("pitch.advance", "saved", _advance, {}),
    "update": PitchStep("pitch.update", "published", _update, {"text": "update"}),
    "thank": PitchStep("thanks", "thanked", _thanks, {"text": "thanks", "to": "thanked"}),
    "comment": PitchStep("comment", "commented", _comment, {"text": "comment"}, subject="on"),
    "check-in": PitchStep("check_in", "published", _check_in, {}),
    "witness": PitchStep("check_in.attest", "published", _witness, {"note": "witness"}, subject=""),
    "catalyse": PitchStep("catalyse", "published", _nothing, {}),
    "encourage": PitchStep("encourage", "published", _nothing, {}, subject="on"),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names."""
    step = STEPS.get(context.id("step"))
    if step is None:
        raise web.HTTPNotFound
    pitch, form = await pitch_of(context), await context.form()
    if form.switch:
        return await pitch_page(context.in_language(form.switch), pitch, form)
    about = {step.subject: pitch["id"]} if step.subject else {}
    content = bare({"type": step.type, **about, **step.read(form, pitch)})
    if context.id("step") == "advance" and content.get("to") in ("withdrawn", "cancelled"):
        _ask_again(form)
    if form.errors or await publish(context, form, content, step.fields) is None:
        return await pitch_page(context, pitch, form, status=422)
    return context.redirect(f"/pitches/{pitch['id']}", said=step.said)


def _ask_again(form: Form) -> None:
    """Ends cannot be taken back, so they are ticked for once more."""
    if not form.ticked("certain"):
        form.wrong("certain", N_("Tick this: it cannot be taken back."))
