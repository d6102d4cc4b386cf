"""The form of a circle: founded, and revised by whom it belongs to.

Law: a revision restates only what differs (DOMAIN section 2). A pitch's circle is founded by nobody: its owner says
here what it is for. Source: WEB "Pages" (circles), DOMAIN R11.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.records.lists import TOPICS
from store.views.shapes import Circle
from web.context import Context
from web.forms import Form, Mark
from web.pages.circles import circle_of
from web.pages.writing import (
    ONCE,
    WRITE,
    bare,
    fresh_key,
    marks,
    others_here,
    publish,
    settle,
    tags_of,
)

FIELDS: Final = ("name", "purpose", "topics", "cadence", "sunset")
LINE: Final = 200
TEXT: Final = 4_000


async def new(context: Context) -> web.StreamResponse:
    """The form of a circle to be founded."""
    return await _form_page(context, Form.of({ONCE: fresh_key()}))


async def found(context: Context) -> web.StreamResponse:
    """Publish a new circle, or show the form again."""
    form = await _posted(context)
    content, page = await _checked(context, form, None)
    if page is not None:
        return page
    made = await publish(context, form, {"type": "circle.found", **content})
    if made is None:
        return await _form_page(context, form, status=422)
    return context.redirect(f"/circles/{made.id}", said="published")


async def revise(context: Context) -> web.StreamResponse:
    """The form filled with what the circle says now."""
    circle = await _own(context)
    form = _typed(circle)
    form.values[ONCE] = [fresh_key()]
    return await _form_page(context, form, circle)


async def publish_revision(context: Context) -> web.StreamResponse:
    """Publish what changed."""
    circle, form = await _own(context), await _posted(context)
    content, page = await _checked(context, form, circle)
    if page is not None:
        return page
    before = _read(_typed(circle))
    changed = {name: content.get(name) for name in FIELDS if content.get(name) != before.get(name)}
    revision = {"type": "circle.revise", "circle": circle["id"], **changed}
    if changed and await publish(context, form, revision) is None:
        return await _form_page(context, form, circle, status=422)
    return context.redirect(f"/circles/{circle['id']}", said="published" if changed else "unchanged")


async def _own(context: Context) -> Circle:
    circle = await circle_of(context)
    if not circle["can"]["revise"]:
        raise web.HTTPForbidden
    return circle


async def _posted(context: Context) -> Form:
    form = await context.form()
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    return form


async def _checked(
    context: Context, form: Form, circle: Circle | None
) -> tuple[dict[str, Any], web.Response | None]:
    """What the form says, and the page to show instead of publishing it, if any."""
    if form.switch:
        return {}, await _form_page(context.in_language(form.switch), form, circle)
    if form.typed("do"):
        return {}, await _form_page(context, form, circle)
    content = _read(form)
    seen = [] if form.errors else marks(form, content)
    if form.errors or seen:
        return content, await _form_page(context, form, circle, 422, seen)
    return content, None


def _read(form: Form) -> dict[str, Any]:
    content = {
        "name": form.bilingual("name", required=True, longest=LINE),
        "purpose": form.bilingual("purpose", longest=TEXT),
        "topics": [topic for topic in TOPICS if topic in form.choices("topics", TOPICS)],
        "cadence": form.bilingual("cadence", longest=LINE),
        "sunset": form.date("sunset"),
    }
    return bare(content)


def _typed(circle: Circle) -> Form:
    return Form.of(
        {
            "name": circle["name"],
            "purpose": circle["purpose"],
            "topics": circle["topics"],
            "cadence": circle["cadence"],
            "sunset": circle["sunset"],
        }
    )


async def _form_page(
    context: Context,
    form: Form,
    circle: Circle | None = None,
    status: int = 200,
    seen: list[Mark] | None = None,
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    return context.page(
        "circles/form.html",
        status=status,
        form=form,
        circle=circle,
        tags=tags,
        marks=seen or [],
        holders=await others_here(context),
    )
