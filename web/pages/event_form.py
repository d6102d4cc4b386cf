"""The form of an event: scheduled from nothing, from a pitch's sharing plan or from a circle, and revised.

Law: hours are typed in the zone named beside them. A revision restates only what differs (DOMAIN section 2). What is
taken over from a pitch is shown to be changed, never published by itself. Source: WEB "Pages" (events), R4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from aiohttp import web

from protocol.records.lists import EVENT_KINDS, TOPICS
from store.views import circles, pitches
from store.views.shapes import CircleFilters, Event, Pitch, PitchFilters, Sharing
from web.context import Context
from web.formats import parse_moment
from web.forms import Form, Mark
from web.i18n import LANGUAGES, N_
from web.labels import SUBDIVISIONS, ZONES
from web.pages.events import event_of
from web.pages.writing import (
    ONCE,
    WRITE,
    bare,
    fresh_key,
    marks,
    moment,
    others_here,
    publish,
    settle,
    tags_of,
    typed_moment,
    zone_of,
)
from web.zones import zone as zone_named
from web.zones import zones

FIELDS: Final = (
    *("kind", "title", "start", "end", "zone", "online", "where", "text", "languages", "access"),
    *("topics", "pitch", "circle", "fulfils"),
)
AUDIENCES: Final = ("network", "circle", "here")
CHOSEN_FROM: Final = 100  # own pitches, and circles, one can choose from
LINE: Final = 200


async def new(context: Context) -> web.StreamResponse:
    """The form, begun with what the address names: a pitch and what of its sharing this carries, or a circle."""
    form = Form.of({ONCE: fresh_key(), "audience": "network", "languages": [context.language]})
    form.values["zone"] = [ZONES.get(context.port.jurisdiction, "UTC")]
    pitch = await _pitch(context, context.query.get("pitch", ""))
    if pitch is not None:
        _begin_with(form, pitch, context.query.get("fulfils", "").split(","))
    if circle := context.query.get("circle", ""):
        form.values["circle"] = [circle]
    return await _form_page(context, form)


def _begin_with(form: Form, pitch: Pitch, keys: list[str]) -> None:
    """What the pitch already says: title, topics, way of sharing, the day it is promised for."""
    form.values["pitch"] = [pitch["id"]]
    form.values["topics"] = list(pitch["topics"])
    form.values |= {f"title.{tag}": [words] for tag, words in pitch["title"].items() if tag in LANGUAGES}
    carried = [item for item in pitch["sharing"] if item["key"] in keys]
    form.values["fulfils"] = [item["key"] for item in carried]
    for item in carried[:1]:
        form.values |= {name: [value] for name, value in _of_sharing(item).items()}


def _of_sharing(item: Sharing) -> dict[str, str]:
    kind = item["avenue"] if item["avenue"] in EVENT_KINDS else "webinar"
    return {"kind": str(kind), "start": item["due"] or "", "end": item["due"] or ""}


async def schedule(context: Context) -> web.StreamResponse:
    """Publish a new event, or show the form again."""
    form = await _posted(context)
    content, page = await _checked(context, form, None)
    if page is not None:
        return page
    audience = form.choice("audience", AUDIENCES)
    wanted = {"audience": audience} if audience in ("circle", "here") else {}
    made = await publish(context, form, {"type": "event.schedule", **content, **wanted})
    if made is None:
        return await _form_page(context, form, status=422)
    return context.redirect(f"/events/{made.id}", said="published")


async def revise(context: Context) -> web.StreamResponse:
    """The form filled with what the event says now."""
    event = await _own(context)
    form = _typed(context, event)
    form.values[ONCE] = [fresh_key()]
    return await _form_page(context, form, event)


async def publish_revision(context: Context) -> web.StreamResponse:
    """Publish what changed."""
    event, form = await _own(context), await _posted(context)
    content, page = await _checked(context, form, event)
    if page is not None:
        return page
    before = _read(context, _typed(context, event), await _pitch(context, _id_of(event["pitch"])))
    changed = {name: content.get(name) for name in FIELDS if content.get(name) != before.get(name)}
    if "fulfils" in changed:
        changed["fulfils"] = changed["fulfils"] or []
    revision = {"type": "event.revise", "event": event["id"], **changed}
    if changed and await publish(context, form, revision) is None:
        return await _form_page(context, form, event, status=422)
    return context.redirect(f"/events/{event['id']}", said="published" if changed else "unchanged")


async def _own(context: Context) -> Event:
    event = await event_of(context)
    if not event["can"]["revise"]:
        raise web.HTTPForbidden
    return event


async def _posted(context: Context) -> Form:
    form = await context.form()
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    return form


async def _checked(
    context: Context, form: Form, event: Event | None
) -> tuple[dict[str, Any], web.Response | None]:
    """What the form says, and the page to show instead of publishing it, if any."""
    if form.switch:
        return {}, await _form_page(context.in_language(form.switch), form, event)
    if form.typed("do"):
        return {}, await _form_page(context, form, event)
    content = _read(context, form, await _pitch(context, form.typed("pitch")))
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return content, await _form_page(context, form, event, 422, found)
    return content, None


def _read(context: Context, form: Form, pitch: Pitch | None) -> dict[str, Any]:
    zone = zone_of(form, "zone", context)
    start = moment(form, "start", zone)
    if not start and not form.error("start"):
        form.wrong("start", N_("Fill this in."))
    place = {
        "place": form.line("where.place", longest=LINE),
        "jurisdiction": form.choice("where.jurisdiction", tuple(SUBDIVISIONS)),
    }
    activities = [item["key"] for item in pitch["sharing"]] if pitch and pitch["owner"]["you"] else []
    content = {
        "kind": form.choice("kind", EVENT_KINDS, required=True),
        "title": form.bilingual("title", required=True, longest=LINE),
        "start": start,
        "end": moment(form, "end", zone),
        "zone": zone,
        "online": form.line("online", longest=2000),
        "where": bare(place),
        "text": form.bilingual("text"),
        "languages": _in_order(form.choices("languages", LANGUAGES), LANGUAGES),
        "access": form.bilingual("access", longest=2000),
        "topics": _in_order(form.choices("topics", TOPICS), TOPICS),
        "pitch": form.typed("pitch"),
        "circle": form.typed("circle"),
        "fulfils": _in_order(form.all("fulfils"), activities),
    }
    return bare(content)


def _in_order(chosen: Collection[str], known: Iterable[str]) -> list[str]:
    """What is chosen, in the order of the list: ticking in another order changes nothing."""
    return [value for value in known if value in chosen]


def _typed(context: Context, event: Event) -> Form:
    """The form as it would have to be typed to say what the event says."""
    zone = event["zone"] if event["zone"] in zones() else ZONES.get(context.port.jurisdiction, "UTC")
    where = event["where"] or {}
    form = Form.of(
        {
            **{name: event[name] for name in ("kind", "title", "text", "access", "online")},
            **{name: event[name] for name in ("languages", "topics", "fulfils")},
            "zone": zone,
            "where": {name: where.get(name) for name in ("place", "jurisdiction")},
            "pitch": _id_of(event["pitch"]),
            "circle": _id_of(event["circle"]),
        }
    )
    for name, value in (("start", event["start"]), ("end", event["end"])):
        form.values |= {field: [typed] for field, typed in _moment_in(name, value, str(zone)).items()}
    return form


def _moment_in(name: str, value: str | None, zone: str) -> dict[str, str]:
    found = parse_moment(value) if value else None
    if isinstance(found, dt.datetime):
        return typed_moment(name, found.astimezone(zone_named(zone)).isoformat())
    return typed_moment(name, value)


def _id_of(ref: Mapping[str, Any] | None) -> str:
    return str(ref["id"]) if ref else ""


async def _pitch(context: Context, wanted: str) -> Pitch | None:
    return await context.read(pitches.one, context.viewer, wanted, now=context.now) if wanted else None


async def _form_page(
    context: Context,
    form: Form,
    event: Event | None = None,
    status: int = 200,
    found: list[Mark] | None = None,
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    return context.page(
        "events/form.html",
        status=status,
        form=form,
        event=event,
        tags=tags,
        marks=found or [],
        pitch=await _pitch(context, form.typed("pitch")),
        own_pitches=await _own_pitches(context),
        own_circles=await _own_circles(context, form.typed("circle")),
        subdivisions=tuple(SUBDIVISIONS),
        zones=sorted(set(ZONES.values())),
        holders=await others_here(context),
    )


async def _own_pitches(context: Context) -> list[Any]:
    page = await context.read(
        pitches.listing, context.viewer, PitchFilters(mine=True), now=context.now, limit=CHOSEN_FROM
    )
    return page.items


async def _own_circles(context: Context, chosen: str) -> list[Any]:
    """Circles the reader is in; one the form names already stands there too."""
    page = await context.read(
        circles.listing, context.viewer, CircleFilters(mine=True), now=context.now, limit=CHOSEN_FROM
    )
    return [(item["id"], item["name"]) for item in page.items] + (
        [(chosen, None)] if chosen and chosen not in [item["id"] for item in page.items] else []
    )
