"""The facilitator of a pitch: the owner asks her, she says what she stands for.

Law: the owner names her and nobody else does; she sees what every member sees, no private pledge, and changes nothing
but her own word. Source: DOMAIN R9, WEB "Journeys" J9.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from aiohttp import web

from protocol.records.pitches import What
from store.views import members
from store.views.shapes import MemberFilters, Pitch
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_
from web.pages.pitches import pitch_of
from web.pages.writing import ONCE, bare, fresh_key, publish, said
from web.share_kit import dates_of, to_facilitator, working_days

COLLEAGUES: Final = 100  # members of this node offered as facilitator
Q_MOST: Final = 200


async def colleagues(context: Context, words: str = "") -> list[tuple[str, str]]:
    """Members of this node but the reader, by name: (id, name)."""
    filters = MemberFilters(node=context.port.node, q=words or None)
    page = await context.read(members.listing, context.viewer, filters, now=context.now, limit=COLLEAGUES)
    return [(item["id"], item["name"]) for item in page.items if not item["you"]]


async def show(context: Context) -> web.StreamResponse:
    """What she is asked and may say; for the owner, whom she asked. Everybody else goes to the pitch."""
    pitch = await pitch_of(context)
    if not (pitch["can"]["attest"] or pitch["can"]["revise"]):
        return context.redirect(f"/pitches/{pitch['id']}#facilitator")
    return await _page(context, pitch, _begun(pitch))


def _begun(pitch: Pitch) -> Form:
    """Her last word, or whom the owner named."""
    named = pitch["facilitator"]
    if named is None:
        return Form.of({ONCE: fresh_key()})
    return Form.of(
        {ONCE: fresh_key(), "facilitator": named["id"], "what": named["what"], "until": named["until"]}
    )


async def take(context: Context) -> web.StreamResponse:
    """Publish her word, or the owner's choice."""
    pitch, form = await pitch_of(context), await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), pitch, form)
    content = await _read(context, pitch, form)
    if content is not None and (form.errors or await publish(context, form, content) is None):
        return await _page(context, pitch, form, status=422)
    word = "published" if content is not None else "unchanged"
    return context.redirect(f"/pitches/{pitch['id']}/facilitator", said=word)


async def _read(context: Context, pitch: Pitch, form: Form) -> dict[str, Any] | None:
    """The record the form makes; None when it changes nothing. 403 for who may make neither."""
    if pitch["can"]["attest"] and form.typed("do") == "attest":
        attest = {"until": form.date("until"), "note": said(form, "note")}
        what = form.choices("what", get_args(What))  # to stand for nothing takes a word back
        return {**bare({"type": "attest", "pitch": pitch["id"], **attest}), "what": what}
    if not pitch["can"]["revise"]:
        raise web.HTTPForbidden
    before, wanted = pitch["facilitator"], form.line("facilitator")
    if wanted == (before["id"] if before else ""):
        return None
    if wanted and wanted not in dict(await colleagues(context)):
        form.wrong("facilitator", N_("Choose one of the list."))
    return {"type": "pitch.revise", "pitch": pitch["id"], "facilitator": wanted or None}


async def _page(context: Context, pitch: Pitch, form: Form, status: int = 200) -> web.Response:
    link = f"{context.port.url}/pitches/{pitch['id']}/facilitator"
    words = " ".join(context.query.get("who", "").split())[:Q_MOST]
    own = pitch["owner"]["you"]
    return context.page(
        "pitches/facilitator.html",
        status=status,
        pitch=pitch,
        form=form,
        own=own,
        dates=dates_of(pitch),
        days=working_days(pitch["when"]),
        looked=Form.of({"who": words}),
        colleagues=await colleagues(context, words) if own else [],
        letters=[to_facilitator(pitch, context.in_language(tag).formats, link) for tag in LANGUAGES],
    )
