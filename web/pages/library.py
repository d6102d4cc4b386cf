"""The library: what was learned, found again and read.

Law: the newest first, the same for everybody; a filter narrows, it never ranks. Who reads another language than the
author's sees the best translation there is, marked as one, with the original one step away.
Source: WEB "Pages" (library), DOMAIN sections 2 ("Translations") and 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import ARTIFACT_KINDS, EVIDENCE, LICENCES, TOPICS
from store import blobs
from store.views import artifacts, talk
from store.views.shapes import Artifact, ArtifactFilters
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES
from web.labels import SUBDIVISIONS
from web.pages.translated import items_for, reading
from web.pages.writing import bare, publish, said

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ARTIFACT_KINDS,
    "topic": TOPICS,
    "licence": LICENCES,
    "evidence": EVIDENCE,
    "lang": LANGUAGES,
    "jurisdiction": ("CA", *SUBDIVISIONS),
    "review": ("due",),
}
Q_MOST: Final = 200


async def listing(context: Context) -> web.StreamResponse:
    """All artifacts, or those that fit the filters, with how many there are of each value."""
    chosen = {name: value for name in CHOICES if (value := context.query.get(name, "")) in CHOICES[name]}
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    filters, cursor = ArtifactFilters(**chosen), context.query.get("cursor") or None
    found = await context.read(artifacts.listing, context.viewer, filters, now=context.now, cursor=cursor)
    counted = await context.read(artifacts.counts, context.viewer, filters, now=context.now)
    return context.page(
        "library/list.html",
        items=await items_for(context, found.items),
        next=found.next,
        chosen=chosen,
        filters=Form.of(chosen),
        counts=counted,
        count=sum(counted["kind"].values()) if counted and "kind" in counted else None,
        first=cursor is None,
        places=CHOICES["jurisdiction"],
    )


async def show(context: Context) -> web.StreamResponse:
    """One artifact."""
    return await artifact_page(context, await artifact_of(context), Form())


async def artifact_of(context: Context) -> Artifact:
    """The artifact in the address. 404 when it is not here or not for this reader."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(artifacts.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def artifact_page(context: Context, artifact: Artifact, form: Form, status: int = 200) -> web.Response:
    """Its page; ``form`` holds what was typed into one of its forms and came back."""
    shown, used = reading(artifact, context.language, original=bool(context.query.get("original")))
    return context.page(
        "library/show.html",
        status=status,
        artifact=shown,
        used=used,
        original=bool(context.query.get("original")),
        form=form,
        comments=await context.read(talk.comments_on, context.viewer, artifact["id"]),
        link=f"{context.port.url}/go/{artifact['id']}",
        notes=await _notes(context, artifact),
    )


async def _notes(context: Context, artifact: Artifact) -> dict[str, blobs.Notes]:
    """What was taken off the pictures when they were attached, for who attached them."""
    if not artifact["can"]["revise"]:
        return {}
    return await context.read(blobs.notes, [blob["hash"] for blob in artifact["blobs"]])


async def comment(context: Context) -> web.StreamResponse:
    """Say something about an artifact."""
    artifact, form = await artifact_of(context), await context.form()
    if form.switch:
        return await artifact_page(context.in_language(form.switch), artifact, form)
    text = said(form, "comment", required=True)
    content = bare(
        {"type": "comment", "on": artifact["id"], "text": text, "reply_to": form.typed("reply_to")}
    )
    if form.errors or await publish(context, form, content, {"text": "comment"}) is None:
        return await artifact_page(context, artifact, form, status=422)
    return context.redirect(f"/library/{artifact['id']}", said="commented")
