"""What members wrote, in the reader's language where somebody translated it.

Law: the author's own text goes first, then a person's translation, then a machine's: the store has chosen. A page
that shows a translation says so. Source: DOMAIN section 2 "Translations", WEB "Languages".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, cast

from store.views import translations
from store.views.artifacts import EXCERPT
from store.views.shapes import Artifact, ArtifactItem, Blob, Text, Translated
from web.context import Context
from web.i18n import primary


class ShownItem(TypedDict):
    """An artifact in a list, as its reader reads it; ``translated`` when the words are not the author's."""

    item: ArtifactItem
    translated: Translated | None


async def items_for(context: Context, items: Sequence[ArtifactItem]) -> list[ShownItem]:
    """Items of a list with translations for those whose title the reader could not read."""
    language = context.language
    foreign = [item["id"] for item in items if not _has(item["title"], language)]
    found = await context.read(translations.for_reader, context.viewer, foreign, language) if foreign else {}
    return [_item(item, found.get(item["id"], []), language) for item in items]


def _item(item: ArtifactItem, found: Sequence[Translated], language: str) -> ShownItem:
    texts = _texts(found)
    if "title" not in texts:
        return {"item": item, "translated": None}
    shown = {**item, "title": {**item["title"], language: texts["title"]}}
    if "body" in texts and item["excerpt"] is not None:
        body = texts["body"]
        cut = body if len(body) <= EXCERPT else body[:EXCERPT].rstrip() + "…"
        shown["excerpt"] = {**item["excerpt"], language: cut}
    by = next(one for one in found if any(field["field"] == "title" for field in one["fields"]))
    return {"item": cast(ArtifactItem, shown), "translated": by}


def reading(
    artifact: Artifact, language: str, *, original: bool = False
) -> tuple[Artifact, list[Translated]]:
    """An artifact as a reader of ``language`` reads it, and the translations that takes; none for the original."""
    used = [one for one in artifact["translations"] if primary(one["lang"]) == language]
    if original or not used:
        return artifact, [] if original else used
    texts = _texts(used)
    shown = {
        **artifact,
        "blobs": [_blob(blob, texts, at, language) for at, blob in enumerate(artifact["blobs"])],
    }
    for name in ("title", "body"):
        if name in texts:
            shown[name] = {**cast(Text, shown[name] or {}), language: texts[name]}
    return cast(Artifact, shown), used


def _blob(blob: Blob, texts: dict[str, str], at: int, language: str) -> Blob:
    alt = texts.get(f"blobs.{at}.alt")
    return {**blob, "alt": {**(blob["alt"] or {}), language: alt}} if alt else blob


def _texts(found: Sequence[Translated]) -> dict[str, str]:
    return {field["field"]: field["text"] for one in found for field in one["fields"]}


def _has(text: Text, language: str) -> bool:
    return any(words and primary(tag) == language for tag, words in text.items())
