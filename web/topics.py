"""Who is told that something changed: one hub, many bounded subscriptions.

Law: lives on the event loop and belongs to it; announcing never waits and never fails. A subscription holds a set of
topics, so a slow reader costs a fixed amount and, past the limit, forgets the oldest: pages reload what they show,
they do not replay. Readers are told so many at a time, since each comes back for its page. What was announced just
before a subscription began is announced to it as well: a page is rendered before its stream opens. Source:
ARCHITECTURE "Two journeys", WEB "Live parts".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Self

MAX_PENDING: Final = 512  # topics waiting for one reader: more than any page watches
RECENT_SECONDS: Final = 10.0  # longer than any page takes from being rendered to listening
AT_ONCE: Final = 50  # readers told in one go: each asks for its page again
EVERY_SECONDS: Final = 0.5  # then the next
MAX_SUBSCRIPTIONS: Final = 2_000  # open pages of a node of 1,000 members


class NoRoom(Exception):
    """There are as many readers as may be; who comes now asks from time to time instead."""


class Subscription:
    """Topics announced since the last look, in the order they came; an asynchronous iterator of sets of them."""

    def __init__(self, hub: Hub, concerns: Callable[[str], bool]) -> None:
        self._hub = hub
        self._concerns = concerns
        self._pending: dict[str, None] = {}
        self._news = asyncio.Event()
        self._open = True

    def add(self, topics: Iterable[str]) -> bool:
        """Remember topics that concern this reader; the oldest go when there are too many. Whether it is to be told."""
        for topic in topics:
            if not self._concerns(topic):
                continue
            self._pending.pop(topic, None)
            self._pending[topic] = None
        while len(self._pending) > MAX_PENDING:
            self._pending.pop(next(iter(self._pending)))
        return bool(self._pending)

    def tell(self) -> None:
        """What is remembered may be asked for."""
        self._news.set()

    def close(self) -> None:
        """End the iteration after what is pending; safe to call twice."""
        self._open = False
        self._hub.leave(self)
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> frozenset[str]:
        while not self._pending:
            if not self._open:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        topics = frozenset(self._pending)
        self._pending.clear()
        return topics


def _all(_topic: str) -> bool:
    return True


class Hub:
    """Hands announced topics to every open subscription. Call it on the event loop only."""

    def __init__(self, most: int = MAX_SUBSCRIPTIONS) -> None:
        self._most = most
        self._due: dict[Subscription, None] = {}  # readers to be told, longest waiting first
        self._telling = False
        self.refused = 0  # readers there was no room for, for metrics
        self._subscriptions: dict[Subscription, None] = {}
        self._recent: dict[str, float] = {}  # topic → when it was last announced, oldest first
        self._open = True

    def __len__(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, concerns: Callable[[str], bool] = _all) -> Subscription:
        """A new subscription to the topics of which ``concerns`` says so.

        NoRoom past the limit: were another let go instead, it would come back at once and push out the next, for ever.
        """
        if len(self._subscriptions) >= self._most:
            self.refused += 1
            raise NoRoom
        subscription = Subscription(self, concerns)
        if self._open:
            self._subscriptions[subscription] = None
            if subscription.add(self._lately()):
                subscription.tell()
        else:
            subscription.close()
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription, None)
        self._due.pop(subscription, None)

    def announce(self, topics: Iterable[str]) -> None:
        """Tell every reader, and who comes in the next seconds."""
        changed = frozenset(topics)
        now = asyncio.get_running_loop().time()
        for topic in changed:
            self._recent.pop(topic, None)
            self._recent[topic] = now
        while len(self._recent) > MAX_PENDING:
            self._recent.pop(next(iter(self._recent)))
        for subscription in self._subscriptions:
            if subscription.add(changed):
                self._due[subscription] = None
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        """Tell AT_ONCE readers now and the next ones later: thousands who ask for their pages again come one by one."""
        for subscription in list(self._due)[:AT_ONCE]:
            del self._due[subscription]
            subscription.tell()
        self._telling = bool(self._due)
        if self._telling:
            asyncio.get_running_loop().call_later(EVERY_SECONDS, self._tell)

    def _lately(self) -> list[str]:
        since = asyncio.get_running_loop().time() - RECENT_SECONDS
        return [topic for topic, told in self._recent.items() if told >= since]

    def close(self) -> None:
        """End every subscription: the first step of an ordered stop."""
        self._open = False
        for subscription in list(self._subscriptions):
            subscription.close()
