"""The form of an artifact: a new one, or a revision of one's own.

Law: every artifact has a licence, says how well it is tried, and names whom to credit. A picture without words for
those who do not see it, a recording without a word on who does not hear it, are asked for them once more. Files once
sent are kept while the form comes back. Source: WEB "Pages" (library), "Compose fields", DOMAIN section 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from protocol.limits import MAX_KEY
from protocol.records.lists import ARTIFACT_KINDS, AUTHOR_ROLES, EVIDENCE, LICENCES, TOPICS, TRANSCRIPTS
from store import blobs
from store.views import artifacts, pitches
from store.views.shapes import Artifact, ArtifactItem, Pitch, PitchFilters
from web.context import Context
from web.forms import Form, Mark
from web.i18n import N_, Text
from web.pages.library import artifact_of
from web.pages.writing import (
    ONCE,
    asked,
    bare,
    fresh_key,
    others_here,
    publish,
    rewritten,
    settle,
    tags_of,
)
from web.uploads import Upload, form_with_files

ALT_MOST: Final = 1_000
OWN_PITCHES: Final = 100
FREE_ROWS: Final = 2  # empty rows for others to credit
FILE_NAMES: Final = ("hash", "size", "media_type", "name", "alt", "transcript")
FIELDS: Final = {"blobs": "files"}


async def new(context: Context) -> web.StreamResponse:
    """The form, for a pitch when the address names one."""
    form = Form.of({"licence": LICENCES[0], "derived_from": context.query.get("from", ""), ONCE: fresh_key()})
    pitch = await _pitch(context, context.query.get("pitch", ""))
    if pitch is not None:
        form.values["pitch"] = [pitch["id"]]
        form.values["topics"] = list(pitch["topics"])
        form.values["fulfils"] = [item for item in context.query.get("fulfils", "").split(",") if item]
    return await _form_page(context, form)


async def publish_new(context: Context) -> web.StreamResponse:
    """Publish it with its files."""
    return await _sent(context, None)


async def revise(context: Context) -> web.StreamResponse:
    """The form, filled with what the artifact says."""
    return await _form_page(context, _filled(await _own(context)), artifact=await _own(context))


async def publish_revision(context: Context) -> web.StreamResponse:
    """Publish a revision: what changed, each field whole."""
    return await _sent(context, await _own(context))


async def _own(context: Context) -> Artifact:
    artifact = await artifact_of(context)
    if not artifact["can"]["revise"]:
        raise web.HTTPForbidden
    return artifact


async def _sent(context: Context, artifact: Artifact | None) -> web.StreamResponse:
    form, uploads = await form_with_files(context)
    _keep_files(form, uploads)
    again = rewritten(context, form)
    if again is not None or form.typed("do") == "files":
        return await _form_page(again or context, form, artifact=artifact)
    pitch = await _pitch(context, form.typed("pitch"))
    content = _read(context, form, pitch, artifact)
    found = [] if form.errors else await asked(context, form, content)
    if form.errors or found:
        return await _form_page(context, form, 422, found, artifact)
    if artifact is not None:
        content = _changed(artifact, content)
        if not content:
            return context.redirect(f"/library/{artifact['id']}", said="unchanged")
        content |= {"type": "artifact.revise", "artifact": artifact["id"]}
    else:
        content = bare(content) | {"type": "artifact.publish"}
    made = await publish(context, form, content, FIELDS)
    if made is None:
        return await _form_page(context, form, 422, artifact=artifact)
    return context.redirect(f"/library/{artifact['id'] if artifact else made.id}", said="published")


# ── what was typed ───────────────────────────────────────────────────────────────────────────────────────────


def _keep_files(form: Form, uploads: Iterable[Upload]) -> None:
    """Files of this sending join those of earlier ones: fields ``files.N.hash`` and so on, ``files.N.alt`` beside."""
    kept = [
        row
        for row in form.rows("files")
        if form.typed(f"files.{row}.hash") and not form.ticked(f"files.{row}.drop")
    ]
    rows = [{name: form.typed(f"files.{row}.{name}") for name in FILE_NAMES} for row in kept]
    rows += [
        {
            "hash": upload.hash,
            "size": str(upload.size),
            "media_type": upload.media_type,
            "name": upload.name,
            "alt": form.typed(f"{upload.field}.alt"),
        }
        for upload in uploads
    ]
    form.values = {
        name: items for name, items in form.values.items() if not name.startswith(("files.", "new."))
    }
    for number, row in enumerate(rows):
        form.values |= {f"files.{number}.{name}": [value] for name, value in row.items()}


def _read(context: Context, form: Form, pitch: Pitch | None, artifact: Artifact | None) -> dict[str, Any]:
    activities = [item["key"] for item in pitch["sharing"]] if pitch else []
    body = form.bilingual("body", longest=24_000)
    blobs = [_blob(context, form, row, artifact) for row in form.rows("files")]
    if not body and not blobs:
        form.wrong("body", N_("Write something, or attach a file."))
    return {
        "kind": form.choice("kind", _open(ARTIFACT_KINDS, artifact and artifact["kind"]), required=True),
        "title": form.bilingual("title", required=True, longest=200),
        "body": body,
        "licence": form.choice("licence", _open(LICENCES, artifact and artifact["licence"]), required=True),
        "rights": form.line("rights", longest=200),
        "evidence": form.choice(
            "evidence", _open(EVIDENCE, artifact and artifact["evidence"]), required=True
        ),
        "topics": form.choices("topics", [*TOPICS, *(artifact["topics"] if artifact else [])]),
        "pitch": pitch["id"] if pitch else "",
        "fulfils": form.choices("fulfils", activities) + _pledges_kept(artifact),
        "authors": _authors(context, form, artifact),
        "derived_from": form.line("derived_from", longest=2000).replace(",", " ").split(),
        "review_by": form.date("review_by"),
        "blobs": blobs,
    }


def _open(values: tuple[str, ...], own: str | None) -> tuple[str, ...]:
    """The values offered and the one it has, which may be none of them: lists are open."""
    return (*values, own) if own else values


def _pledges_kept(artifact: Artifact | None) -> list[str]:
    """Case-study pledges a revision goes on fulfilling: the form does not speak of them."""
    return [named for named in artifact["fulfils"] if len(named) > MAX_KEY] if artifact else []


def _authors(context: Context, form: Form, artifact: Artifact | None) -> list[dict[str, Any]]:
    """The member herself when it is new, and whom she credits."""
    member = context.viewer.member
    found = [{"member": member, "role": "author"}] if member and artifact is None else []
    for row in form.rows("authors"):
        at = f"authors.{row}"
        name, named = form.line(f"{at}.name"), form.typed(f"{at}.member")
        role = form.choice(f"{at}.role", (*AUTHOR_ROLES, form.typed(f"{at}.was"))) or "author"
        if named and not form.ticked(f"{at}.drop"):
            found.append({"member": named, "role": role})
        elif name and not named:
            found.append({"name": name, "role": role})
    return found


def _blob(context: Context, form: Form, row: int, artifact: Artifact | None) -> dict[str, Any]:
    at = f"files.{row}"
    kind = form.typed(f"{at}.media_type").partition("/")[0]
    alt = form.text(f"{at}.alt", longest=ALT_MOST, required=kind == "image")
    heard = kind in ("audio", "video")
    before = next(
        (
            blob
            for blob in (artifact["blobs"] if artifact else [])
            if blob["hash"] == form.typed(f"{at}.hash")
        ),
        None,
    )
    kept = dict(before["alt"] or {}) if before else {}
    return bare(
        {
            "hash": form.typed(f"{at}.hash"),
            "size": form.integer(f"{at}.size") or 0,
            "media_type": form.typed(f"{at}.media_type"),
            "name": form.typed(f"{at}.name"),
            "alt": _alt(kept, alt, context),
            "transcript": form.choice(f"{at}.transcript", TRANSCRIPTS, required=heard) if heard else "",
        }
    )


def _alt(kept: dict[str, str], alt: str, context: Context) -> dict[str, str]:
    """The words for a file as they were, with those just typed in the one language the form showed."""
    if not alt:
        return {}
    return kept if alt in kept.values() else {**kept, context.language: alt}


# ── a revision ───────────────────────────────────────────────────────────────────────────────────────────────


def _filled(artifact: Artifact) -> Form:
    """The form as the artifact has it."""
    return Form.of(
        {
            "kind": artifact["kind"],
            "title": artifact["title"],
            "body": artifact["body"] or {},
            "licence": artifact["licence"],
            "rights": artifact["rights"],
            "evidence": artifact["evidence"],
            "topics": artifact["topics"],
            "pitch": artifact["pitch"]["id"] if artifact["pitch"] else "",
            "fulfils": artifact["fulfils"],
            "authors": [
                {"member": one["member"], "name": one["name"], "role": one["role"], "was": one["role"]}
                for one in artifact["authors"]
            ],
            "derived_from": " ".join(ref["id"] for ref in artifact["sources"]),
            "review_by": artifact["review_by"],
            "files": [
                {**blob, "alt": next(iter((blob["alt"] or {}).values()), "")} for blob in artifact["blobs"]
            ],
            ONCE: fresh_key(),
        }
    )


def _changed(artifact: Artifact, content: dict[str, Any]) -> dict[str, Any]:
    """The fields a revision restates: those that differ; what was emptied is null, or an empty list."""
    was: dict[str, Any] = {
        **{name: artifact[name] for name in ("kind", "licence", "rights", "evidence")},
        **{name: _trimmed(artifact[name]) for name in ("title", "body")},
        "topics": artifact["topics"],
        "pitch": artifact["pitch"]["id"] if artifact["pitch"] else None,
        "fulfils": artifact["fulfils"],
        "authors": [
            {"member": one["member"], "role": one["role"]}
            if one["member"]
            else {"name": one["name"], "role": one["role"]}
            for one in artifact["authors"]
        ],
        "derived_from": [ref["id"] for ref in artifact["sources"]],
        "review_by": artifact["review_by"],
        "blobs": [bare({name: blob[name] for name in FILE_NAMES}) for blob in map(dict, artifact["blobs"])],
    }
    now = {name: value or ([] if isinstance(value, list) else None) for name, value in content.items()}
    return {name: now[name] for name in was if (now[name] or None) != (was[name] or None)}


def _trimmed(text: Text | None) -> Text | None:
    """A text as a form gives it back: without the blank lines around it."""
    return {tag: words.strip() for tag, words in text.items()} if text else None


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


async def _pitch(context: Context, wanted: str) -> Pitch | None:
    return await context.read(pitches.one, context.viewer, wanted, now=context.now) if wanted else None


async def _sources(context: Context, form: Form) -> list[ArtifactItem]:
    """What it builds on, as far as it is here: shown by title beside the ids."""
    ids = form.typed("derived_from").replace(",", " ").split()[:20]
    found = [await context.read(artifacts.one, context.viewer, one, now=context.now) for one in ids]
    return [one for one in found if one is not None]


async def _form_page(
    context: Context,
    form: Form,
    status: int = 200,
    found: list[Mark] | None = None,
    artifact: Artifact | None = None,
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    mine = await context.read(
        pitches.listing, context.viewer, PitchFilters(mine=True), now=context.now, limit=OWN_PITCHES
    )
    credited = form.rows("authors")
    return context.page(
        "library/form.html",
        status=status,
        form=form,
        tags=tags,
        marks=found or [],
        artifact=artifact,
        own_pitches=mine.items,
        pitch=await _pitch(context, form.typed("pitch")),
        sources=await _sources(context, form),
        files=form.rows("files"),
        notes=await context.read(
            blobs.notes, [form.typed(f"files.{row}.hash") for row in form.rows("files")]
        ),
        credited=[*credited, *range(len(credited), len(credited) + FREE_ROWS)],
        holders=await others_here(context),
    )
