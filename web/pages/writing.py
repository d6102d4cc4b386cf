"""What members write in forms: in which languages, at what hour, and whether it should leave at all.

Law: nothing typed is lost between two showings of a form; a warning about protective markings or personal numbers is
asked once and never refuses (R13). Source: WEB "Languages", DOMAIN section 3 (texts), R13.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from protocol.errors import Refused
from protocol.rules.markings import markings_of
from store import blobs
from store.publishing import Published, Queued
from store.views import nodes
from store.views.shapes import NodeFilters
from web.context import Context
from web.forms import Form, Mark
from web.i18n import LANGUAGES, N_, Text
from web.labels import ZONES
from web.problems import message_of, problems_of
from web.zones import zones

WRITE: Final = "write"  # which languages a form shows fields for: en, fr or both
SURE: Final = "sure"  # the tick that answers the question of R13
ONCE: Final = "once"  # the idempotency key of a form: sent twice, published once
NODES_NAMED: Final = 8  # organisations named in the sentence about who will hold it


def fresh_key() -> str:
    """A key a form is published under at most once."""
    return secrets.token_urlsafe(12)


def tags_of(form: Form, language: str) -> tuple[str, ...]:
    """The languages a form is written in: as chosen, else as already typed, else the reader's."""
    chosen = form.typed(WRITE)
    written = [tag for tag in LANGUAGES if _written_in(form, tag)]
    if chosen == "both" or len(written) == len(LANGUAGES):
        return LANGUAGES
    if chosen in LANGUAGES and written in ([], [chosen]):
        return (chosen,)
    return tuple(written) if written and not chosen else tuple(dict.fromkeys([*written, chosen or language]))


def rewritten(context: Context, form: Form) -> Context | None:
    """The context in which to show a form again when a switch of language was pressed; else None."""
    if form.switch:
        return context.in_language(form.switch)
    pressed = form.typed("do")
    if pressed.startswith("write-"):
        form.values[WRITE] = [pressed.removeprefix("write-")]
        return context
    return None


def _written_in(form: Form, tag: str) -> bool:
    return any(name.endswith(f".{tag}") and any(items) for name, items in form.values.items())


def settle(form: Form, tags: Iterable[str]) -> None:
    """Where one language is shown, put the error of a text on the one field there is."""
    shown = list(tags)
    for name in list(form.errors):
        inner = f"{name}.{shown[0]}"
        if len(shown) == 1 and name not in form.values and inner in form.values:
            form.errors.setdefault(inner, []).extend(form.errors.pop(name))


def said(form: Form, name: str, *, required: bool = False) -> dict[str, str]:
    """A text in the one language chosen beside it (``name_in``)."""
    words = form.text(name, required=required)
    tag = form.choice(f"{name}_in", LANGUAGES) or LANGUAGES[0]
    return {tag: words} if words else {}


def moment(form: Form, name: str, zone: str) -> str:
    """A bare date, or with an hour in ``name_at`` the instant in ``zone``; empty when absent or wrong."""
    day, hour = form.date(name), form.typed(f"{name}_at").strip()
    if not day or not hour:
        return day
    try:
        local = dt.datetime.fromisoformat(f"{day}T{hour}")
    except ValueError:
        form.wrong(f"{name}_at", N_("Use an hour, such as 09:30."))
        return day
    return local.replace(tzinfo=zones()[zone]).isoformat(timespec="seconds")


def typed_moment(name: str, value: str | None) -> dict[str, str]:
    """The fields of ``moment`` for a value of a record, as its own offset has it."""
    if not value:
        return {}
    day, _, hour = value.partition("T")
    return {name: day} | ({f"{name}_at": hour[:5]} if hour else {})


def zone_of(form: Form, name: str, context: Context) -> str:
    """The zone typed, else that of the organisation's jurisdiction."""
    zone = form.line(name) or ZONES.get(context.port.jurisdiction, "UTC")
    if zone in zones():
        return zone
    form.wrong(name, N_("Use a time zone, such as America/Halifax."))
    return "UTC"


def marks(form: Form, content: Mapping[str, Any]) -> list[Mark]:
    """What R13 asks about, unless the reader has said she is sure."""
    if form.ticked(SURE):
        return []
    return [
        Mark(path, found.code, _at(content, path)[found.start : found.end])
        for path, found in markings_of(content)
    ]


async def asked(context: Context, form: Form, content: Mapping[str, Any]) -> list[Mark]:
    """What R13 asks about, in texts and in the files named, unless the reader has said she is sure."""
    if form.ticked(SURE):
        return []
    named = {str(one["hash"]): str(one["name"]) for one in content.get("blobs") or ()}
    seen = await context.read(blobs.notes, named) if named else {}
    files = [Mark("blobs", code, named[blob]) for blob, found in seen.items() for code in found.warned]
    return [*marks(form, content), *files]


def _at(content: Any, path: str) -> str:
    for step in path.split("."):
        content = content[int(step)] if isinstance(content, list | tuple) else content[step]
    return str(content)


def bare(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content without what was left empty; nought and no are not empty."""
    return {name: value for name, value in content.items() if value not in ("", None, {}, [], ())}


def note_as(form: Form, error: Refused, fields: Mapping[str, str] | None = None, prefix: str = "") -> None:
    """Write every fault of a refusal beside its field, by the name the page has for it."""
    for problem in problems_of(error):
        message = message_of(problem)
        name = (fields or {}).get(problem.field, f"{prefix}{problem.field}" if problem.field else "")
        form.wrong(name, message.id, **message.params)


async def publish(
    context: Context,
    form: Form,
    content: Mapping[str, Any],
    fields: Mapping[str, str] | None = None,
    prefix: str = "",
) -> Published | Queued | None:
    """Publish what a form says; None, with everything that is wrong noted on the form, when a rule refuses.

    None too while R13 asks about something: the page then shows the question by itself (``form.marks``).
    """
    form.marks = await asked(context, form, content)
    if form.marks:
        return None
    try:
        return await context.publish(content, form.typed(ONCE) or None)
    except Refused as error:
        note_as(form, error, fields, prefix)
        return None


async def others_here(context: Context) -> list[Text]:
    """Names of other organisations known here: who will hold what is published."""
    found = await context.read(
        nodes.listing, context.viewer, NodeFilters(), now=context.now, limit=NODES_NAMED + 1
    )
    return [
        item["name"] for item in found.items if item["node"] != context.port.node and item["name"] is not None
    ]
