"""What one peer was asked and has not answered: a table looked up by kind, never walked through.

Law: every question costs the same however many wait; the oldest of a kind is answered first.
Source: PROTOCOL section 5 "Answers".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, TypeVar

from protocol.frame_types import BlobWant, Chunk, Fetch, KeyringWant, Since, Want
from protocol.ids import Feed

Request: TypeAlias = KeyringWant | Since | Want | Fetch | BlobWant

T = TypeVar("T", KeyringWant, Since, Want, Fetch, BlobWant)


class Asked:
    """Requests by kind, in the order they were made. The same one may wait several times."""

    __slots__ = ("_counts", "_fetches", "_kinds")

    def __init__(self) -> None:
        self._kinds: dict[type[Request], dict[Request, int]] = {}
        self._counts: dict[type[Request], int] = {}
        self._fetches: dict[Feed, Fetch] = {}

    def __iter__(self) -> Iterator[Request]:
        for waiting in self._kinds.values():
            for request, times in waiting.items():
                yield from (request,) * times

    def __contains__(self, request: Request) -> bool:
        return request in self._kinds.get(type(request), ())

    def add(self, request: Request) -> None:
        """It was asked now."""
        waiting = self._kinds.setdefault(type(request), {})
        waiting[request] = waiting.get(request, 0) + 1
        self._counts[type(request)] = self.count(type(request)) + 1
        if isinstance(request, Fetch):
            self._fetches[request.feed] = request

    def remove(self, request: Request) -> None:
        """Strike it once. KeyError if it does not wait."""
        waiting = self._kinds[type(request)]
        waiting[request] -= 1
        if not waiting[request]:
            del waiting[request]
        self._counts[type(request)] -= 1
        if isinstance(request, Fetch) and request not in waiting:
            self._fetches.pop(request.feed, None)

    def count(self, kind: type[Request]) -> int:
        """How many of a kind wait."""
        return self._counts.get(kind, 0)

    def oldest(self, kind: type[T]) -> T | None:
        """The one of a kind that has waited longest."""
        found = next(iter(self._kinds.get(kind, ())), None)
        return found if isinstance(found, kind) else None

    def fetch(self, feed: Feed) -> Fetch | None:
        """The envelopes of a feed that are asked for."""
        return self._fetches.get(feed)

    def completed_by(self, chunk: Chunk) -> Want | None:
        """The oldest WANT this chunk completes, if any: it reaches start + count or its head's size."""
        end = chunk.start + len(chunk.entries)
        for want in self._kinds.get(Want, ()):
            if not isinstance(want, Want) or want.feed != chunk.feed or want.start > chunk.start:
                continue
            if want.count == 0:
                complete = chunk.start == want.start and not chunk.entries
            else:
                complete = end >= min(want.start + want.count, chunk.head.size)
            if complete:
                return want
        return None
