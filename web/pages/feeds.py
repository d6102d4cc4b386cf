"""Feeds: pitches, artifacts and events per filter, and what a member takes part in, for readers and calendars.

Law: only what the whole network may read, and no name of a member. They open for who is signed in, for the key of a
member's feeds, and for anybody where the node has public pages. Source: WEB "Routes", docs/spec/notices.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from aiohttp import web
from markupsafe import Markup

from protocol.errors import Refused
from store import notices
from store.notices import Notice
from store.views import artifacts, events, pitches
from store.views.shapes import ArtifactFilters, EventFilters, PitchFilters, PitchItem, Viewer
from web import calendar, feeds, filters
from web.context import Context
from web.feeds import Channel, Entry
from web.i18n import N_, Message
from web.pages.public import open_to_all

MOST: Final = 50  # entries of one feed
TITLES: Final = {
    "pitches": N_("Pitches of the Barnraise network"),
    "library": N_("Artifacts of the Barnraise network"),
    "events": N_("Events of the Barnraise network"),
    "notifications": N_("What concerns you on the Barnraise network"),
}
_NOBODY: Final = {
    "shown": "anonymous",
    "id": None,
    "name": None,
    "node": None,
    "node_name": None,
    "you": False,
}


async def pitches_atom(context: Context) -> web.StreamResponse:
    """Pitches, newest first."""
    return _atom(context, "pitches", await _pitches(context))


async def pitches_json(context: Context) -> web.StreamResponse:
    """The same as JSON Feed."""
    return _json(context, "pitches", await _pitches(context))


async def artifacts_atom(context: Context) -> web.StreamResponse:
    """Artifacts, newest first."""
    return _atom(context, "library", await _artifacts(context))


async def artifacts_json(context: Context) -> web.StreamResponse:
    """The same as JSON Feed."""
    return _json(context, "library", await _artifacts(context))


async def events_ics(context: Context) -> web.StreamResponse:
    """Events to come, as a calendar subscribes to them."""
    wanted = EventFilters(**filters.chosen(context.query, filters.EVENTS), mine=False, past=False)
    found = await context.read(events.listing, _stranger(context), wanted, now=context.now, limit=MOST)
    return _calendar(context, "events", open_to_all(found.items), [])


async def mine_atom(context: Context) -> web.StreamResponse:
    """What concerns a member, as far as the whole network may read it."""
    _member(context)
    page = await context.read(notices.listing, context.viewer, limit=MOST)
    open_ = [item for item in page.items if not item["restricted"]]
    return _atom(context, "notifications", [_notice(context, item) for item in open_])


async def mine_ics(context: Context) -> web.StreamResponse:
    """The events a member holds or may come to, and the days of her own pitches."""
    _member(context)
    found: list[Any] = []
    for past in (False, True):
        wanted = EventFilters(mine=True, past=past)
        page = await context.read(events.listing, context.viewer, wanted, now=context.now, limit=MOST)
        found += page.items
    own = await context.read(
        pitches.listing, context.viewer, PitchFilters(mine=True), now=context.now, limit=MOST
    )
    return _calendar(context, "notifications", open_to_all(found), open_to_all(own.items))


# ── what is in them ──────────────────────────────────────────────────────────────────────────────────────────


async def _pitches(context: Context) -> list[Entry]:
    wanted = PitchFilters(**filters.chosen(context.query, filters.PITCHES), mine=False)
    return await _entries(context, pitches.newest, wanted, lambda item: item["why"])


async def _artifacts(context: Context) -> list[Entry]:
    wanted = ArtifactFilters(**filters.chosen(context.query, filters.ARTIFACTS))
    return await _entries(context, artifacts.listing, wanted, lambda item: item["excerpt"])


async def _entries(
    context: Context, listing: Callable[..., Any], wanted: object, words: Callable[[Any], Any]
) -> list[Entry]:
    found = await context.read(listing, _stranger(context), wanted, now=context.now, limit=MOST)
    say, url = context.formats, context.port.url
    return [
        Entry(
            link=f"{url}/go/{item['id']}",
            title=say.plain(item["title"], item["lang"]),
            words=Markup(say.gist(words(item), item["lang"])).striptags() if words(item) else "",  # noqa: S704
            author=say.plain(item["node_name"]) if item["node_name"] else item["node"],
            made=item["time"],
            topics=tuple(say.label(topic, "topic") for topic in item["topics"]),
        )
        for item in open_to_all(getattr(found, "items", found))
    ]


def _notice(context: Context, item: Notice) -> Entry:
    unnamed = item | {"step": item["step"] | {"who": item["step"]["who"] and _NOBODY}}
    html = context.site.renderer.render(context.frame(), "notifications/line.html", item=unnamed)
    return Entry(
        link=f"{context.port.url}/go/{item['about']}",
        title=context.plain(item["title"])
        if item["title"]
        else context.say(Message(TITLES["notifications"])),
        words=Markup(html).striptags(),  # noqa: S704 - our own template, escaped
        author=context.plain(context.port.name),
        made=item["came"],
    )


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _atom(context: Context, place: str, entries: Sequence[Entry]) -> web.Response:
    return _answer(context, feeds.ATOM, feeds.atom(_channel(context, place), entries), feeds.newest(entries))


def _json(context: Context, place: str, entries: Sequence[Entry]) -> web.Response:
    return _answer(
        context, feeds.JSON, feeds.json_feed(_channel(context, place), entries), feeds.newest(entries)
    )


def _calendar(context: Context, place: str, found: Sequence[Any], own: Sequence[PitchItem]) -> web.Response:
    say, url = context.formats, context.port.url
    made = [calendar.vevent(item, say, url) for item in {item["id"]: item for item in found}.values()]
    made += [entry for item in own if (entry := calendar.pitch_days(item, say, url)) is not None]
    body = calendar.calendar(made, say.say(Message(TITLES[place])))
    return _answer(context, calendar.TYPE, body, max((item["time"] for item in (*found, *own)), default=0))


def _answer(context: Context, kind: str, body: bytes, changed: int) -> web.Response:
    told = feeds.marks(body, changed)
    if context.account is None:  # what anybody may read here: readers of feeds ask whether it changed
        told["Cache-Control"] = "private, no-cache"
    if feeds.is_known(context.request.headers, told):
        return web.Response(status=304, headers=told)
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=told)


def _channel(context: Context, place: str) -> Channel:
    """The feed's own head; its address without the key, which is nobody's business."""
    url, asked = context.port.url, context.request.rel_url
    query = {name: value for name, value in asked.query.items() if name != "key"}
    return Channel(
        f"{context.say(Message(TITLES[place]))} · {context.plain(context.port.name)}",
        f"{url}{asked.with_query(query)}",
        f"{url}/{place}",
        context.language,
    )


def _stranger(context: Context) -> Viewer:
    """Whoever asks, a list feed shows what nobody in particular may read."""
    return Viewer(None, None, context.port.node, "guest")


def _member(context: Context) -> None:
    if context.account is None:
        raise Refused("sign-in-needed")
