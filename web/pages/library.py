"""The library: what was learned, in a form others can use.

Law: every artifact has a licence, says how well it is tried, and names whom to credit. A picture without words for
those who do not see it is asked for them once more. Source: WEB "Pages" (library), DOMAIN section 3.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import ARTIFACT_KINDS, EVIDENCE, LICENCES, TOPICS
from store.views import artifacts, pitches, talk
from store.views.shapes import Artifact, ArtifactFilters, Pitch, PitchFilters
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_
from web.pages.writing import (
    ONCE,
    WRITE,
    Mark,
    bare,
    fresh_key,
    marks,
    others_here,
    publish,
    said,
    settle,
    tags_of,
)
from web.uploads import Upload, form_with_files

CHOICES: Final = {
    "kind": ARTIFACT_KINDS,
    "topic": TOPICS,
    "licence": LICENCES,
    "evidence": EVIDENCE,
    "lang": LANGUAGES,
}
FILE_FIELDS: Final = 3  # attachments a form offers at once
ALT_MOST: Final = 1_000
Q_MOST: Final = 200
OWN_PITCHES: Final = 100


async def listing(context: Context) -> web.StreamResponse:
    """All artifacts, or those that fit the filters."""
    chosen = {name: value for name in CHOICES if (value := context.query.get(name, "")) in CHOICES[name]}
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    found = await context.read(
        artifacts.listing,
        context.viewer,
        ArtifactFilters(**chosen),
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    return context.page(
        "library/list.html", items=found.items, next=found.next, chosen=chosen, filters=Form.of(chosen)
    )


async def show(context: Context) -> web.StreamResponse:
    """One artifact."""
    return await _artifact_page(context, await _artifact_of(context), Form())


async def _artifact_of(context: Context) -> Artifact:
    wanted = str(parse_entry(context.id()))
    found = await context.read(artifacts.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _artifact_page(context: Context, artifact: Artifact, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "library/show.html",
        status=status,
        artifact=artifact,
        form=form,
        comments=await context.read(talk.comments_on, context.viewer, artifact["id"]),
        link=f"{context.port.url}/go/{artifact['id']}",
    )


async def comment(context: Context) -> web.StreamResponse:
    """Say something about an artifact."""
    artifact, form = await _artifact_of(context), await context.form()
    if form.switch:
        return await _artifact_page(context.in_language(form.switch), artifact, form)
    text = said(form, "comment", required=True)
    content = bare(
        {"type": "comment", "on": artifact["id"], "text": text, "reply_to": form.typed("reply_to")}
    )
    if form.errors or await publish(context, form, content, {"text": "comment"}) is None:
        return await _artifact_page(context, artifact, form, status=422)
    return context.redirect(f"/library/{artifact['id']}", said="commented")


# ── a new one ────────────────────────────────────────────────────────────────────────────────────────────────


async def new(context: Context) -> web.StreamResponse:
    """The form, for a pitch when the address names one."""
    form = Form.of({"licence": LICENCES[0], ONCE: fresh_key()})
    pitch = await _pitch(context, context.query.get("pitch", ""))
    if pitch is not None:
        form.values["pitch"] = [pitch["id"]]
        form.values["topics"] = list(pitch["topics"])
        form.values["fulfils"] = [item for item in context.query.get("fulfils", "").split(",") if item]
    return await _form_page(context, form)


async def publish_new(context: Context) -> web.StreamResponse:
    """Publish it with its files. Files once sent are kept while the form comes back."""
    form, uploads = await form_with_files(context)
    _keep_files(form, uploads)
    if form.switch:
        return await _form_page(context.in_language(form.switch), form)
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
        return await _form_page(context, form)
    pitch = await _pitch(context, form.typed("pitch"))
    content = _read(context, form, pitch)
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _form_page(context, form, 422, found)
    made = await publish(context, form, content, {"body": "body", "blobs": "files"})
    if made is None:
        return await _form_page(context, form, 422)
    return context.redirect(f"/library/{made.id}", said="published")


def _keep_files(form: Form, uploads: list[Upload]) -> None:
    """Files of this sending join those of earlier ones: fields ``files.N.hash`` and so on, ``files.N.alt`` beside."""
    kept = [
        row
        for row in form.rows("files")
        if form.typed(f"files.{row}.hash") and not form.ticked(f"files.{row}.drop")
    ]
    names = ("hash", "size", "media_type", "name", "alt")
    rows = [{name: form.typed(f"files.{row}.{name}") for name in names} for row in kept]
    for upload in uploads:
        alt = form.typed(f"{upload.field}.alt")
        rows.append(
            {
                "hash": upload.hash,
                "size": str(upload.size),
                "media_type": upload.media_type,
                "name": upload.name,
                "alt": alt,
            }
        )
    form.values = {
        name: items for name, items in form.values.items() if not name.startswith(("files.", "new."))
    }
    for number, row in enumerate(rows):
        form.values |= {f"files.{number}.{name}": [value] for name, value in row.items()}


def _read(context: Context, form: Form, pitch: Pitch | None) -> dict[str, Any]:
    activities = [item["key"] for item in pitch["sharing"]] if pitch else []
    body = form.bilingual("body", longest=24_000)
    blobs = [_blob(context, form, row) for row in form.rows("files")]
    if not body and not blobs:
        form.wrong("body", N_("Write something, or attach a file."))
    content = {
        "type": "artifact.publish",
        "kind": form.choice("kind", ARTIFACT_KINDS, required=True),
        "title": form.bilingual("title", required=True, longest=200),
        "body": body,
        "licence": form.choice("licence", LICENCES, required=True),
        "rights": form.line("rights", longest=200),
        "evidence": form.choice("evidence", EVIDENCE, required=True),
        "topics": form.choices("topics", TOPICS),
        "pitch": pitch["id"] if pitch else "",
        "fulfils": form.choices("fulfils", activities),
        "authors": _authors(context, form),
        "derived_from": form.line("derived_from", longest=2000).replace(",", " ").split(),
        "review_by": form.date("review_by"),
        "blobs": blobs,
    }
    return bare(content)


def _authors(context: Context, form: Form) -> list[dict[str, Any]]:
    """The member herself, and names she was allowed to give."""
    own = [{"member": context.viewer.member, "role": "author"}] if context.viewer.member else []
    names = [" ".join(line.split()) for line in form.text("authors", longest=4000).splitlines()]
    return own + [{"name": name, "role": "author"} for name in names if name]


def _blob(context: Context, form: Form, row: int) -> dict[str, Any]:
    at = f"files.{row}"
    image = form.typed(f"{at}.media_type").startswith("image/")
    alt = form.text(f"{at}.alt", longest=ALT_MOST, required=image)
    blob = {
        "hash": form.typed(f"{at}.hash"),
        "size": form.integer(f"{at}.size") or 0,
        "media_type": form.typed(f"{at}.media_type"),
        "name": form.typed(f"{at}.name"),
        "alt": {context.language: alt} if alt else {},
    }
    return bare(blob)


async def _pitch(context: Context, wanted: str) -> Pitch | None:
    return await context.read(pitches.one, context.viewer, wanted, now=context.now) if wanted else None


async def _form_page(
    context: Context, form: Form, status: int = 200, found: list[Mark] | None = None
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    mine = await context.read(
        pitches.listing, context.viewer, PitchFilters(mine=True), now=context.now, limit=OWN_PITCHES
    )
    return context.page(
        "library/form.html",
        status=status,
        form=form,
        tags=tags,
        marks=found or [],
        own_pitches=mine.items,
        pitch=await _pitch(context, form.typed("pitch")),
        files=form.rows("files"),
        new_files=range(FILE_FIELDS),
        holders=await others_here(context),
    )
