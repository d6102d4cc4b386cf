"""The short note: three things I learned, one I will try Monday, on one screen of a phone.

Law: the shortest way from what was learned to the library. Everything else an artifact needs is said for her, in
words, and can be revised. It is the owner's, and delivers the sharing she ticks. Source: WEB "Pages", DOMAIN R4.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.records.lists import LICENCES
from store.views.shapes import Pitch
from web.context import Context
from web.forms import Form, Mark
from web.i18n import LANGUAGES, N_, Language, Message, is_language, pick
from web.pages.pitches import pitch_of
from web.pages.writing import ONCE, bare, fresh_key, marks, publish, rewritten

THINGS: Final = 3
LONGEST: Final = 500
FIELDS: Final = {"title": "", "body": "learned.0"}


async def show(context: Context) -> web.StreamResponse:
    """The form; what is still promised as a short note is ticked."""
    pitch = await _own(context)
    asked = set(context.query.get("fulfils", "").split(","))
    ticked = [item["key"] for item in _open(pitch) if item["avenue"] == "short-note" or item["key"] in asked]
    form = Form.of({"in": context.language, ONCE: fresh_key(), "fulfils": ticked})
    return _page(context, pitch, form)


async def write(context: Context) -> web.StreamResponse:
    """Publish it."""
    pitch, form = await _own(context), await context.form()
    if again := rewritten(context, form):
        return _page(again, pitch, form)
    content = _read(context, form, pitch)
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return _page(context, pitch, form, 422, found)
    made = await publish(context, form, content, FIELDS)
    if made is None:
        return _page(context, pitch, form, 422)
    return context.redirect(f"/library/{made.id}", said="published")


async def _own(context: Context) -> Pitch:
    pitch = await pitch_of(context)
    if not pitch["owner"]["you"]:
        raise web.HTTPForbidden
    return pitch


def _open(pitch: Pitch) -> list[Any]:
    """Sharing not delivered yet."""
    return [item for item in pitch["sharing"] if item["state"] != "delivered"]


def _read(context: Context, form: Form, pitch: Pitch) -> dict[str, Any]:
    learned = [form.line(f"learned.{at}", required=not at, longest=LONGEST) for at in range(THINGS)]
    monday = form.line("monday", required=True, longest=LONGEST)
    tag = form.choice("in", LANGUAGES) or context.language
    language: Language = tag if is_language(tag) else context.language
    hers = context.in_language(language)
    title = pick(pitch["title"], language, pitch["lang"]).text[:150]
    things = "\n".join(f"{at + 1}. {words}" for at, words in enumerate(filter(None, learned)))
    try_it = hers.say(Message(N_("**On Monday I will try:** %(what)s"), {"what": monday}))
    return bare(
        {
            "type": "artifact.publish",
            "kind": "short-note",
            "title": {language: hers.say(Message(N_("What I learned: %(title)s"), {"title": title}))},
            "body": {language: f"{things}\n\n{try_it}"},
            "licence": LICENCES[1],
            "evidence": "one-experience",
            "topics": pitch["topics"],
            "pitch": pitch["id"],
            "fulfils": form.choices("fulfils", [item["key"] for item in _open(pitch)]),
            "authors": [{"member": context.viewer.member, "role": "author"}],
        }
    )


def _page(
    context: Context, pitch: Pitch, form: Form, status: int = 200, found: list[Mark] | None = None
) -> web.Response:
    return context.page(
        "library/note.html",
        status=status,
        pitch=pitch,
        form=form,
        marks=found or [],
        open=_open(pitch),
        things=range(THINGS),
    )
