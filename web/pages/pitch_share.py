"""The catalyst's tools: the share kit of a pitch, what is printed of it, and whom to invite.

Law: nothing here leaves the node by itself: letters are copied or handed to the reader's own mail program. People are
offered for what they say they give, with that reason beside them, in the order of their names, never ranked.
Source: WEB "Pages" (share kit), DOMAIN section 3 ``invite``, R15.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from store.views import members
from store.views.shapes import MemberFilters, MemberItem, Pitch
from web import calendar
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_, Message
from web.pages.pitches import pitch_of
from web.pages.writing import ONCE, bare, fresh_key, publish, said
from web.share_kit import dates_of, entries, letter, qr_svg, working_days

SUGGESTED: Final = 12  # people offered at once
KINDS_LOOKED: Final = 3  # kinds still asked for, for which people are looked up
Q_MOST: Final = 200
QR_POLICY: Final = "default-src 'none'; style-src 'none'; sandbox"
Suggestion = tuple[MemberItem, str | None]  # somebody, and the kind she offers that is still asked for


def link_of(context: Context, pitch: Pitch) -> str:
    """The address of a pitch that opens at home."""
    return f"{context.port.url}/go/{pitch['id']}"


async def show(context: Context) -> web.StreamResponse:
    """The share kit."""
    pitch = await pitch_of(context)
    return await _page(context, pitch, _begun(context, pitch))


async def invite(context: Context) -> web.StreamResponse:
    """Ask a member to look at the pitch: between the two of them."""
    pitch, form = await pitch_of(context), await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), pitch, form)
    content = {"pitch": pitch["id"], "to": form.line("to", required=True), "text": said(form, "text")}
    if form.errors or await publish(context, form, bare({"type": "invite", **content})) is None:
        return await _page(context, pitch, form, status=422)
    return context.redirect(f"/pitches/{pitch['id']}/share#invited", said="invited")


def _begun(context: Context, pitch: Pitch) -> Form:
    """The invitation begins with a sentence about what is still needed."""
    formats = context.formats
    wanted = formats.join([formats.label(ask["kind"], "need") for ask in pitch["asks"] if not ask["met"]][:3])
    title = formats.plain(pitch["title"], pitch["lang"])
    draft = (
        Message(N_("“%(title)s” still looks for: %(things)s. Would you have a look?"), {"things": wanted})
        if wanted
        else Message(N_("I think “%(title)s” is something for you. Would you have a look?"))
    )
    words = formats.say(Message(draft.id, {**draft.params, "title": title}))
    return Form.of({ONCE: fresh_key(), "text": words, "text_in": context.language})


async def _page(context: Context, pitch: Pitch, form: Form, status: int = 200) -> web.Response:
    link = link_of(context, pitch)
    words = " ".join((form.typed("who") or context.query.get("who", "")).split())[:Q_MOST]
    return context.page(
        "pitches/share.html",
        status=status,
        pitch=pitch,
        form=form,
        link=link,
        letters=[letter(pitch, context.in_language(tag).formats, link) for tag in LANGUAGES],
        has_dates=bool(dates_of(pitch)),
        looked=Form.of({"who": words}),
        people=await _people(context, pitch, words) if pitch["can"]["invite"] else [],
    )


async def _people(context: Context, pitch: Pitch, words: str) -> list[Suggestion]:
    """Who fits the words; without any, who offers what is still asked for."""
    kinds = list(dict.fromkeys(ask["kind"] for ask in pitch["asks"] if not ask["met"]))[:KINDS_LOOKED]
    wanted = (
        [(MemberFilters(q=words), None)] if words else [(MemberFilters(offers=kind), kind) for kind in kinds]
    )
    left_out = {
        pitch["owner"]["id"],
        *(item["to"]["id"] for item in pitch["invites"] if item["state"] == "open"),
    }
    found: dict[str, Suggestion] = {}
    for filters, kind in wanted:
        page = await context.read(
            members.listing, context.viewer, filters, now=context.now, limit=SUGGESTED * 2
        )
        for item in page.items:
            if not item["you"] and item["id"] not in left_out:
                found.setdefault(item["id"], (item, kind))
    return list(found.values())[:SUGGESTED]


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


async def qr(context: Context) -> web.StreamResponse:
    """The link as a picture."""
    pitch = await pitch_of(context)
    body = qr_svg(link_of(context, pitch))
    return web.Response(
        body=body, content_type="image/svg+xml", headers={"Content-Security-Policy": QR_POLICY}
    )


async def dates(context: Context) -> web.StreamResponse:
    """The days of the pitch for a calendar. 404 while it names none."""
    pitch = await pitch_of(context)
    made = entries(pitch, context.formats, link_of(context, pitch))
    if not made:
        raise web.HTTPNotFound
    name = context.plain(pitch["title"])
    return web.Response(
        body=calendar.calendar(made, name),
        content_type=calendar.TYPE,
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="barnraise.ics"'},
    )


# ── on paper ─────────────────────────────────────────────────────────────────────────────────────────────────


async def poster(context: Context) -> web.StreamResponse:
    """One printed page for a wall."""
    return await _printed(context, "pitches/poster.html")


async def manager(context: Context) -> web.StreamResponse:
    """One printed page for the manager."""
    return await _printed(context, "pitches/manager.html")


async def _printed(context: Context, template: str) -> web.Response:
    pitch = await pitch_of(context)
    return context.page(
        template,
        pitch=pitch,
        link=link_of(context, pitch),
        dates=dates_of(pitch),
        days=working_days(pitch["when"]),
    )
