"""Opening and revising a pitch.

Law: three fields publish it; all the rest is the readiness list beside the form. Nothing is published before the page
has said who will hold it. A draft stays on this node; a member without a card keeps her draft while she makes one.
Source: WEB "Pages" (new / revise pitch), DOMAIN R1, R2, R13.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from protocol.records.lists import AVENUES
from protocol.rules.policies import DEFAULT, Policy
from store import drafts
from store.views import nodes
from store.views.shapes import Pitch
from web.context import Context
from web.forms import Form, Mark
from web.i18n import LANGUAGES
from web.pages.issues import to_answer
from web.pages.pitch_facilitator import colleagues
from web.pages.pitch_fields import ROWS, compact, currency_of, read_pitch, row_count
from web.pages.pitch_typed import changes, form_of, look, policy_in, typed_pitch
from web.pages.pitches import pitch_of
from web.pages.writing import (
    ONCE,
    SURE,
    WRITE,
    fresh_key,
    marks,
    others_here,
    publish,
    settle,
    tags_of,
    zone_of,
)

KIND: Final = "pitch.open"
BLANK: Final = {"asks": 1, "own": 1, "sharing": 1, "resources": 1}  # empty rows shown after those typed
MORE: Final = 3  # empty rows shown when more are asked for


async def new(context: Context) -> web.StreamResponse:
    """An empty form, or a draft."""
    form = await _draft(context) or Form()
    form.values.setdefault(ONCE, [fresh_key()])
    form.values.setdefault("audience", ["network"])
    if answered := context.query.get("answers"):
        form.values.setdefault("answers", [answered])
    return await _page(context, form)


async def _draft(context: Context) -> Form | None:
    number, account = context.query.get("draft", ""), context.viewer.account
    if account is None or not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    found = await context.read(drafts.one, account, int(number))
    if found is None or found.kind != KIND:
        return None
    form = form_of(found.body)
    form.values["draft"] = [str(found.id)]
    return form


async def open_pitch(context: Context) -> web.StreamResponse:
    """Publish a new pitch, keep it as a draft, or show the form again."""
    form = await _posted(context)
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    if form.typed("do") == "autosave":
        return await _autosave(context, form)
    if form.typed("do") == "draft" or (context.viewer.member is None and not form.typed("do")):
        return await _keep_draft(context, form)
    content, page = await _checked(context, form, None)
    if page is not None:
        return page
    made = await publish(context, form, {"type": KIND, **content, **_audience(form)})
    if made is None:
        return await _page(context, form, status=422)
    await _drop_draft(context, form)
    return context.redirect(f"/pitches/{made.id}", said="published")


async def revise(context: Context) -> web.StreamResponse:
    """The form filled with what the pitch says now."""
    pitch = await _own(context)
    form = typed_pitch(pitch)
    form.values[ONCE] = [fresh_key()]
    return await _page(context, form, pitch)


async def publish_revision(context: Context) -> web.StreamResponse:
    """Publish what changed."""
    pitch, form = await _own(context), await _posted(context)
    if form.switch:
        return await _page(context.in_language(form.switch), form, pitch)
    content, page = await _checked(context, form, pitch)
    if page is not None:
        return page
    before = typed_pitch(pitch)
    changed = changes(read_pitch(before, zone_of(before, "when.zone", context), context.now), content)
    revision = {"type": "pitch.revise", "pitch": pitch["id"], **changed}
    if changed and await publish(context, form, revision) is None:
        return await _page(context, form, pitch, status=422)
    return context.redirect(f"/pitches/{pitch['id']}", said="published" if changed else "unchanged")


async def _own(context: Context) -> Pitch:
    pitch = await pitch_of(context)
    if not pitch["can"]["revise"]:
        raise web.HTTPForbidden
    return pitch


async def _posted(context: Context) -> Form:
    form = await context.form()
    compact(form)
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    return form


async def _checked(
    context: Context, form: Form, pitch: Pitch | None
) -> tuple[dict[str, Any], web.Response | None]:
    """What the form says, and the page to show instead of publishing it, if any."""
    if form.typed("do") not in ("", "check"):
        return {}, await _page(context, form, pitch)
    content = read_pitch(form, zone_of(form, "when.zone", context), context.now, _keys(pitch))
    if form.typed("do") == "check" or form.errors:
        return content, await _page(context, form, pitch, status=422 if form.errors else 200)
    found = marks(form, content)
    if found:
        return content, await _page(context, form, pitch, status=422, found=found)
    return content, None


def _keys(pitch: Pitch | None) -> list[str]:
    return [item["key"] for item in (*pitch["asks"], *pitch["sharing"])] if pitch else []


def _audience(form: Form) -> dict[str, str]:
    return {"audience": "here"} if form.typed("audience") == "here" else {}


async def _keep_draft(context: Context, form: Form) -> web.Response:
    """Save what is typed. Who has no card yet goes on to make one and comes back to the draft."""
    account = context.viewer.account
    if account is None:
        raise web.HTTPForbidden
    number = await context.write(drafts.save, account, KIND, _body(form), _number(form))
    back = f"/pitches/new?draft={number}"
    if form.typed("do") != "draft":
        return context.redirect(f"/card?{urlencode({'to': back})}", said="draft-saved")
    return context.redirect(back, said="draft-saved")


async def _autosave(context: Context, form: Form) -> web.Response:
    """Save while she types: the number of the draft. 410 for one that is gone, so that none comes back to life."""
    account, number = context.viewer.account, _number(form)
    if account is None:
        raise web.HTTPForbidden
    if number is not None and await context.read(drafts.one, account, number) is None:
        raise web.HTTPGone
    return web.json_response({"draft": await context.write(drafts.save, account, KIND, _body(form), number)})


def _body(form: Form) -> dict[str, Any]:
    left_out = {"do", "draft", SURE}
    return {name: items for name, items in form.values.items() if name not in left_out and any(items)}


def _number(form: Form) -> int | None:
    typed = form.typed("draft")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None


async def _drop_draft(context: Context, form: Form) -> None:
    number, account = _number(form), context.viewer.account
    if account is not None and number is not None:
        await context.write(drafts.drop, account, number)


async def _page(
    context: Context,
    form: Form,
    pitch: Pitch | None = None,
    status: int = 200,
    found: list[Mark] | None = None,
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    policy = await _policy(context, pitch)
    content = _read_again(context, form)
    more = form.typed("do").removeprefix("more-")
    rows = {name: row_count(form, name) + (MORE if name == more else BLANK[name]) for name in ROWS}
    return context.page(
        "pitches/form.html",
        status=status,
        form=form,
        pitch=pitch,
        tags=tags,
        rows=rows,
        avenues=AVENUES,
        policy=policy,
        looked=look(content, policy),
        preview=content if form.typed("do") == "preview" else None,
        currency=currency_of(_copy(form)),
        marks=found or [],
        holders=await others_here(context),
        issues=await to_answer(context, form.all("answers")),
        colleagues=await colleagues(context),
        both=LANGUAGES,
    )


def _copy(form: Form) -> Form:
    """The same values, so that reading them once more notes no errors twice."""
    return Form(dict(form.values))


def _read_again(context: Context, form: Form) -> dict[str, Any]:
    """What the form says, without noting an error."""
    copy = _copy(form)
    return read_pitch(copy, zone_of(copy, "when.zone", context), context.now)


async def _policy(context: Context, pitch: Pitch | None) -> Policy:
    """The policy of a pitch is the one it was opened under; of a new one, the node's today."""
    if pitch is not None:
        return policy_in(pitch["policy"])
    own = await context.read(nodes.one, context.viewer, context.port.node, now=context.now)
    return policy_in(own["policy"]) if own else replace(DEFAULT)
