"""What is done with an artifact: taken back, put to use, said in another language.

Law: each is one record and has a page of its own, so that it works on a phone and without scripts. A withdrawal is
ticked for once more. A translation names the version it was made of. Source: DOMAIN sections 2 and 3.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.records.lists import REUSE_RESULTS
from store.views import translations
from store.views.shapes import Artifact
from store.views.shapes.parts import Text
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_, Language, is_language, primary
from web.pages.library import artifact_of
from web.pages.writing import (
    ONCE,
    bare,
    fresh_key,
    marks,
    others_here,
    publish,
    rewritten,
    settle,
    tags_of,
)

WHY_WITHDRAWN: Final = ("outdated", "superseded", "contains-error", "under-review")
ORIGINS: Final = ("human", "machine")


async def _allowed(context: Context, what: str) -> Artifact:
    """The artifact, if this reader may do this with it now."""
    artifact = await artifact_of(context)
    if not artifact["can"][what]:  # type: ignore[literal-required]
        raise web.HTTPForbidden
    return artifact


async def _page(
    context: Context, template: str, artifact: Artifact, form: Form, status: int = 200, **values: Any
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    told: dict[str, Any] = {"marks": [], "tags": tags} | values
    return context.page(f"library/{template}.html", status=status, artifact=artifact, form=form, **told)


# ── put to use ───────────────────────────────────────────────────────────────────────────────────────────────


async def use(context: Context) -> web.StreamResponse:
    """The form that reports a use back."""
    form = Form.of({ONCE: fresh_key()})
    return await _page(context, "reuse", await _allowed(context, "reuse"), form)


async def report_use(context: Context) -> web.StreamResponse:
    """Say where it was used, what was done, and how it went."""
    artifact, form = await _allowed(context, "reuse"), await context.form()
    if again := rewritten(context, form):
        return await _page(again, "reuse", artifact, form)
    content = bare(
        {
            "type": "reuse",
            "artifact": artifact["id"],
            "where": form.bilingual("where", required=True, longest=1_000),
            "what": form.bilingual("what", longest=4_000),
            "result": form.choice("result", REUSE_RESULTS, required=True),
        }
    )
    found = [] if form.errors else marks(form, content)
    if form.errors or found or await publish(context, form, content) is None:
        return await _page(context, "reuse", artifact, form, 422, marks=found)
    return context.redirect(f"/library/{artifact['id']}#used", said="published")


# ── taken back ───────────────────────────────────────────────────────────────────────────────────────────────


async def leave(context: Context) -> web.StreamResponse:
    """What withdrawing does and does not do, and the form."""
    return await _page(context, "withdraw", await _allowed(context, "withdraw"), Form.of({ONCE: fresh_key()}))


async def withdraw(context: Context) -> web.StreamResponse:
    """Take an artifact out of the lists; its page stays and says so."""
    artifact, form = await _allowed(context, "withdraw"), await context.form()
    if again := rewritten(context, form):
        return await _page(again, "withdraw", artifact, form)
    content = bare(
        {
            "type": "artifact.withdraw",
            "artifact": artifact["id"],
            "reason": form.choice("reason", WHY_WITHDRAWN),
            "note": form.bilingual("note", longest=4_000),
        }
    )
    if not form.ticked("certain"):
        form.wrong("certain", N_("Tick this: it cannot be taken back."))
    if form.errors or await publish(context, form, content) is None:
        return await _page(context, "withdraw", artifact, form, 422)
    return context.redirect(f"/library/{artifact['id']}", said="withdrawn")


# ── in another language ──────────────────────────────────────────────────────────────────────────────────────


async def translate(context: Context) -> web.StreamResponse:
    """The author's texts beside fields for the other language."""
    artifact = await _allowed(context, "translate")
    to = _target(context, context.query.get("to", ""), artifact)
    standing = [one for one in artifact["translations"] if primary(one["lang"]) == to]
    typed = {f"text.{field['field']}": field["text"] for one in standing for field in one["fields"]}
    form = Form.of({"to": to, "of": artifact["version"], ONCE: fresh_key(), **typed})
    return await _translation_page(context, artifact, form)


async def publish_translation(context: Context) -> web.StreamResponse:
    """Publish what was translated: whatever is filled in."""
    artifact, form = await _allowed(context, "translate"), await context.form()
    if again := rewritten(context, form):
        return await _translation_page(again, artifact, form)
    to = _target(context, form.typed("to"), artifact)
    fields = await _fields(context, artifact, to)
    texts = {name: {to: words} for name in fields if (words := form.text(f"text.{name}"))}
    if not texts:
        form.wrong("", N_("Translate at least one text."))
    origin = form.choice("origin", ORIGINS, required=True)
    content = {"type": "translation", "of": form.typed("of"), "texts": texts, "origin": origin}
    found = [] if form.errors else marks(form, content)
    beside = {f"texts.{name}.{to}": f"text.{name}" for name in fields}
    if form.errors or found or await publish(context, form, content, beside) is None:
        return await _translation_page(context, artifact, form, 422, marks=found)
    return context.redirect(f"/library/{artifact['id']}", said="published")


def _target(context: Context, asked: str, artifact: Artifact) -> Language:
    """The language translated into: the one asked for, else one the title lacks, else the reader's."""
    if is_language(asked):
        return asked
    had = {primary(tag) for tag in artifact["title"]}
    return next((tag for tag in LANGUAGES if tag not in had), context.language)


async def _fields(context: Context, artifact: Artifact, to: str) -> dict[str, Text]:
    """The author's texts that are not in that language, by dotted field."""
    texts = await context.read(translations.texts_at, artifact["id"], artifact["version"]) or {}
    return {
        name: dict(text)
        for name, text in sorted(texts.items(), key=lambda one: one[0] != "title")
        if to not in {primary(tag) for tag in text if text[tag]}
    }


async def _translation_page(
    context: Context, artifact: Artifact, form: Form, status: int = 200, **values: Any
) -> web.Response:
    to = _target(context, form.typed("to"), artifact)
    return await _page(
        context,
        "translate",
        artifact,
        form,
        status,
        to=to,
        fields=await _fields(context, artifact, to),
        states={
            field["field"]: (one, field["state"])
            for one in artifact["translations"]
            if primary(one["lang"]) == to
            for field in one["fields"]
        },
        holders=await others_here(context),
        **values,
    )
