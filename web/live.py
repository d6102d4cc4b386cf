"""Server-sent events: which topics changed, for the pages that watch them.

Law: a stream names topics, never content: what changed is fetched through the same doors as ever, and each topic is
told to who may read what it is about and what is behind it, asked each time. A reader that does not read is dropped,
one whose session or token ends loses its stream, one stream costs a bounded set, and all of them end before the node
stops. Where there is no room for another, the newcomer is told so and asks every half minute instead; nobody who
listens is ever let go for it.
Source: WEB "Live parts", HTML Living Standard "Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Final

from aiohttp import web

from protocol.errors import Refused
from store.accounts import WAYS_IN
from store.database import TooSlow
from store.topics import news
from store.views.watching import for_everybody, heard
from web.accounts import is_still
from web.context import Context
from web.topics import NoRoom, Subscription

HEARTBEAT_SECONDS: Final = 20  # below the idle limit of every proxy in common use
WRITE_SECONDS: Final = 15  # a reader that takes nothing for this long is gone
STREAM_SECONDS: Final = 3600  # then the browser comes back and is asked again who it is
STREAMS_EACH: Final = 20  # open pages of one member
MAX_TOPICS: Final = 50  # topics one page may watch
RETRY_MS: Final = 3_000
ASK_AGAIN: Final = (
    "30"  # seconds after which who found no room asks again: as often as a page polls (static/live.js)
)
TOPIC: Final = re.compile(r"[a-z]{1,20}(?::[a-z2-7]{32}(?:-[0-9]{1,15}){0,2})?", re.ASCII)


def watched(values: list[str]) -> frozenset[str]:
    """The topics of a query, separated by spaces or commas or repeated. Refused when there are none or too many."""
    topics = frozenset(topic for value in values for topic in re.split(r"[ ,]+", value) if topic)
    if not 0 < len(topics) <= MAX_TOPICS or not all(TOPIC.fullmatch(topic) for topic in topics):
        raise Refused("topics", field="topics", most=MAX_TOPICS)
    return topics


async def stream(context: Context) -> web.StreamResponse:
    """``event: changed`` with a JSON array of the watched topics that changed; comments keep the line open.

    Refused ``not-here`` when the caller may be told of none of them.
    """
    topics = watched(context.request.query.getall("topics", []))
    if not await context.read(heard, context.viewer, topics):
        raise Refused("not-here", field="topics")
    subscription = _opened(context, topics)
    if subscription is None:  # no page: nobody reads it, and it would cost as much as one
        return web.Response(status=503, headers={"Retry-After": ASK_AGAIN})
    end = asyncio.get_running_loop().call_later(STREAM_SECONDS, subscription.close)
    try:
        return await _run(context, subscription, topics)
    finally:
        end.cancel()
        context.site.streams.pop(subscription, None)
        subscription.close()


def _opened(context: Context, topics: frozenset[str]) -> Subscription | None:
    """A new stream of this account; None when the account or the node has as many as may be."""
    streams, account = context.site.streams, context.viewer.account

    def concerns(topic: str) -> bool:
        return topic == WAYS_IN or news(topic).topic in topics

    try:
        if sum(holder == account for holder in streams.values()) >= STREAMS_EACH:
            raise NoRoom
        subscription = context.port.subscribe(concerns)
    except NoRoom:
        return None
    streams[subscription] = account
    return subscription


async def _run(context: Context, subscription: Subscription, topics: frozenset[str]) -> web.StreamResponse:
    request = context.request
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    try:
        await response.prepare(request)  # whoever asked may be gone by now
        await _send(response, f"retry: {RETRY_MS}\n\n")
        await _tell(context, response, subscription, topics)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
    except (Refused, TooSlow):  # nobody can say now who may be told: the browser comes back and asks again
        await response.write_eof()
    return response


async def _tell(
    context: Context, response: web.StreamResponse, subscription: Subscription, topics: frozenset[str]
) -> None:
    """Events until the subscription or the way in ends.

    Comments keep to their own times: what the reader is not told of must not show in when the next one comes.
    """
    clock = asyncio.get_running_loop().time
    beat = clock() + HEARTBEAT_SECONDS
    while (changed := await _next(subscription, beat)) is not None:
        if WAYS_IN in changed and not await is_still(context):
            return
        told = await _told(context, changed, topics)
        if told or clock() >= beat:
            await _send(response, _event(sorted(told)))
            beat = clock() + HEARTBEAT_SECONDS


async def _told(context: Context, changed: frozenset[str], topics: frozenset[str]) -> set[str]:
    """Those of the watched topics that changed, and of which this reader may be told."""
    wanted = {topic for topic in changed if news(topic).topic in topics}
    told = {topic for topic in wanted if for_everybody(topic)}
    return told | (await context.read(heard, context.viewer, wanted - told) if wanted - told else set())


async def _next(subscription: Subscription, beat: float) -> frozenset[str] | None:
    """What changed since the last look; an empty set when it is time for a heartbeat, None at the end."""
    try:
        async with asyncio.timeout_at(beat):
            return await anext(subscription, None)
    except TimeoutError:
        return frozenset()


def _event(topics: list[str]) -> str:
    return f"event: changed\ndata: {json.dumps(topics)}\n\n" if topics else ": still here\n\n"


async def _send(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(text.encode())
