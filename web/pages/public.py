"""Pages anybody may read where the node says so: pitches, artifacts and events in their public fields.

Law: only what the whole network may read, and of that no name of a member: who pitched, pledged, commented or comes is
not for everybody. An artifact's credits are shown, its licence asks for them. Who may read more is led to sign in; the
answer for what is not here and for what is not public is the same. Source: WEB "Links, guests, live parts", "Feeds".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from protocol.ids import parse_entry
from store.views import artifacts, events, pitches
from store.views.shapes import ArtifactFilters, EventFilters, PitchFilters
from web import filters, linked_data
from web.context import Context
from web.pages.places import elsewhere

Shown = Mapping[str, Any]


async def pitch(context: Context) -> web.StreamResponse:
    """One pitch."""
    return await _one(context, pitches.one, "public/pitch.html", linked_data.pitch)


async def artifact(context: Context) -> web.StreamResponse:
    """One artifact."""
    return await _one(context, artifacts.one, "public/artifact.html", linked_data.artifact)


async def event(context: Context) -> web.StreamResponse:
    """One event."""
    return await _one(context, events.one, "public/event.html", linked_data.event)


async def _one(
    context: Context, one: Callable[..., Any], template: str, described: Callable[..., Any]
) -> web.StreamResponse:
    wanted = str(parse_entry(context.id()))
    found = await context.read(one, context.viewer, wanted, now=context.now)
    if found is None or found["restricted"]:
        return context.to_sign_in()
    return context.page(
        template,
        item=found,
        described=described(context.formats, found, context.port.url),
        places=await elsewhere(context, wanted),
        here=context.here,
    )


PAGES: Final[Mapping[str, Callable[[Context], Awaitable[web.StreamResponse]]]] = {
    "pitches": pitch,
    "library": artifact,
    "events": event,
}
"""What ``/go/{id}`` shows of an object, by the first part of its page's path."""


async def pitch_list(context: Context) -> web.StreamResponse:
    """Pitches in the order members see them."""
    chosen = filters.chosen(context.query, filters.PITCHES)
    return await _list(context, "pitches", pitches.listing, PitchFilters(**chosen, mine=False), chosen)


async def artifact_list(context: Context) -> web.StreamResponse:
    """The library, newest first."""
    chosen = filters.chosen(context.query, filters.ARTIFACTS)
    return await _list(context, "library", artifacts.listing, ArtifactFilters(**chosen), chosen)


async def event_list(context: Context) -> web.StreamResponse:
    """Events to come, soonest first."""
    chosen = filters.chosen(context.query, filters.EVENTS)
    return await _list(
        context, "events", events.listing, EventFilters(**chosen, mine=False, past=False), chosen
    )


async def _list(
    context: Context, place: str, listing: Callable[..., Any], wanted: object, chosen: dict[str, str]
) -> web.StreamResponse:
    found = await context.read(
        listing, context.viewer, wanted, now=context.now, cursor=context.query.get("cursor") or None
    )
    return context.page(
        "public/list.html", place=place, items=open_to_all(found.items), next=found.next, chosen=chosen
    )


def open_to_all(items: Sequence[Any]) -> list[Any]:
    """Those of a list that the whole network may read."""
    return [item for item in items if not item["restricted"]]
