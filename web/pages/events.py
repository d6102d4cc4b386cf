"""Events: the list and the month, one event with who comes, and what is said of it.

Law: hours are shown in the reader's zone, and in the event's beside it where that differs. The calendar is a table of
links, so it needs no script. Each step is one record; what a rule refuses comes back with what was typed.
Source: WEB "Pages" (events), DOMAIN section 3, area *events*, R4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import EVENT_KINDS, REASONS, TOPICS
from store.views import events, pitches, talk
from store.views.shapes import Event, EventFilters, Pitch, Sharing
from web.calendar import TYPE, calendar, vevent
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_
from web.labels import SUBDIVISIONS
from web.pages.month import bounds, first_of, month_of
from web.pages.writing import bare, publish, said

CHOICES: Final = {
    "kind": EVENT_KINDS,
    "topic": TOPICS,
    "jurisdiction": tuple(SUBDIVISIONS),
    "lang": LANGUAGES,
}
ANSWERS: Final = ("yes", "maybe", "no")
Q_MOST: Final = 200
VIEWS: Final = ("mine", "past")


async def listing(context: Context) -> web.StreamResponse:
    """Events to come, or the reader's, or those before, or all of one month; the month stands beside."""
    query, formats = context.query, context.formats
    chosen = {name: value for name in CHOICES if (value := query.get(name, "")) in CHOICES[name]}
    if words := " ".join(query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    view = "month" if query.get("month") else next((name for name in VIEWS if query.get(name)), "")
    filters = EventFilters(**chosen, mine=view == "mine", past=view == "past")
    found = await context.read(
        events.listing, context.viewer, filters, now=context.now, cursor=query.get("cursor") or None
    )
    first = first_of(query.get("month", ""), formats.now.astimezone(formats.zone).date())
    shown = await context.read(
        events.between,
        context.viewer,
        EventFilters(**chosen, mine=False, past=False),
        *bounds(first, formats.zone),
        now=context.now,
    )
    return context.page(
        "events/list.html",
        view=view,
        items=found.items,
        next=found.next,
        chosen=chosen,
        filters=Form.of(chosen),
        month=month_of(first, shown, formats),
        crowded=len(shown) >= events.MAX_BETWEEN,
        subdivisions=tuple(SUBDIVISIONS),
    )


async def show(context: Context) -> web.StreamResponse:
    """One event."""
    return await _event_page(context, await event_of(context), Form())


async def event_of(context: Context) -> Event:
    """The event in the address, as this reader sees it. 404 when it is not here or not for her."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(events.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _event_page(context: Context, event: Event, form: Form, status: int = 200) -> web.Response:
    pitch = await _pitch_of(context, event)
    carried = carried_by(event, pitch)
    return context.page(
        "events/show.html",
        status=status,
        event=event,
        form=form,
        pitch=pitch,
        carried=carried,
        asks_report=_asks_report(event, pitch, carried),
        reasons=REASONS,
        comments=await context.read(talk.comments_on, context.viewer, event["id"]),
        link=f"{context.port.url}/go/{event['id']}",
    )


async def _pitch_of(context: Context, event: Event) -> Pitch | None:
    about = event["pitch"]
    if about is None:
        return None
    return await context.read(pitches.one, context.viewer, about["id"], now=context.now)


def carried_by(event: Event, pitch: Pitch | None) -> list[Sharing]:
    """What of the pitch's sharing the event carries; only its owner's events carry any."""
    if pitch is None:
        return []
    return [item for item in pitch["sharing"] if any(one["id"] == event["id"] for one in item["events"])]


def _asks_report(event: Event, pitch: Pitch | None, carried: list[Sharing]) -> bool:
    """Whether the reader is the one to say how it went, and has not said so yet."""
    if pitch is None or event["state"] != "over" or not pitch["can"]["update"]:
        return False
    return any(item["state"] != "delivered" for item in carried)


async def ics(context: Context) -> web.StreamResponse:
    """The event as a file for any calendar."""
    event = await event_of(context)
    body = calendar([vevent(event, context.formats, context.port.url)])
    headers = {"Content-Disposition": 'attachment; filename="barnraise-event.ics"'}
    return web.Response(body=body, content_type=TYPE, charset="utf-8", headers=headers)


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────


class EventStep(NamedTuple):
    """How a form becomes a record: its type, what is said afterwards, the content, page names of its fields."""

    type: str
    said: str
    read: Callable[[Form, Event], dict[str, Any]]
    fields: Mapping[str, str]
    subject: str = "event"


def _rsvp(form: Form, _event: Event) -> dict[str, Any]:
    return {"answer": form.choice("answer", ANSWERS, required=True)}


def _comment(form: Form, _event: Event) -> dict[str, Any]:
    return {"text": said(form, "comment", required=True), "reply_to": form.typed("reply_to")}


def _cancel(form: Form, _event: Event) -> dict[str, Any]:
    if not form.ticked("certain"):
        form.wrong("certain", N_("Tick this: it cannot be taken back."))
    return {"reason": form.choice("reason", REASONS), "note": said(form, "note")}


def _held(form: Form, event: Event) -> dict[str, Any]:
    """The update of the pitch that says how it went (R4)."""
    return {
        "pitch": event["pitch"]["id"] if event["pitch"] else "",
        "text": said(form, "held", required=True),
        "fulfils": event["fulfils"],
        "attended": form.integer("attended", required=True),
    }


STEPS: Final[Mapping[str, EventStep]] = {
    "rsvp": EventStep("rsvp", "answered", _rsvp, {}),
    "comment": EventStep("comment", "commented", _comment, {"text": "comment"}, subject="on"),
    "cancel": EventStep("event.cancel", "saved", _cancel, {}),
    "held": EventStep("pitch.update", "published", _held, {"text": "held"}, subject=""),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names."""
    step = STEPS.get(context.id("step"))
    if step is None:
        raise web.HTTPNotFound
    event, form = await event_of(context), await context.form()
    if form.switch:
        return await _event_page(context.in_language(form.switch), event, form)
    about = {step.subject: event["id"]} if step.subject else {}
    content = bare({"type": step.type, **about, **step.read(form, event)})
    if form.errors or await publish(context, form, content, step.fields) is None:
        return await _event_page(context, event, form, status=422)
    return context.redirect(f"/events/{event['id']}", said=step.said)
