"""A town: a store of many pitches, ten records to each, as a network looks after two years.

Law: the same bytes for the same node and count; every record applies. One pitch in fourteen is a whole life, with its
circle, issue, event and poll; the others have pledges, talk, news and what was learned. Topics, words and days differ,
so that every filter leaves something and none leaves all.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from node.bench import lives, samples
from protocol.entry import dump_json
from protocol.ids import EntryId, NodeId
from protocol.records.lists import ARTIFACT_KINDS, KINDS, OPPORTUNITIES, TOPICS
from protocol.rules.moments import DAY
from store import log, views
from store.database import Tx
from store.own import Own
from store.store import Store

NOW: Final = 1_802_952_000_000
"""What the clock of a town shows, POSIX ms: 2027-02-18."""
AGE: Final = 730 * DAY
"""So long ago its first record was written; the others follow evenly."""
_LIFE: Final = len(lives.LIFE)
_EVERYDAY: Final = 13  # pitches beside the life: with it 14 of 140 records
_RECORDS: Final = 8  # of each of them
UNIT: Final = _LIFE + _EVERYDAY * _RECORDS
_BATCH: Final = 10 * UNIT  # records a transaction, all said in the same moment
_PROFILE: Final = {
    "type": "node.profile",
    "name": {"en": "Town of Long Lists", "fr": "Ville des longues listes"},
    "jurisdiction": "CA-NS",
    "level": "municipal-regional",
    "languages": ["en", "fr"],
}


def at(index: int, count: int) -> int:
    """POSIX ms at which the record at an index of so many was written."""
    return NOW - AGE * (count - index) // count


def content(node: NodeId, index: int, when: int) -> bytes:
    """The record at this index of the town's log, written at ``when``."""
    if index == 0:
        return dump_json(_PROFILE)
    place = (index - 1) % UNIT
    start, rng = index - place, random.Random(index)  # noqa: S311 - sample words, the same every time
    if place < _LIFE:
        return dump_json(_varied(lives.record(node, start, place), rng))
    pitch = start + place - (place - _LIFE) % _RECORDS
    return dump_json(_Everyday(node, start, pitch, when, rng).record(index - pitch))


def pitches(node: NodeId, count: int) -> Iterator[tuple[str, str]]:
    """Owner and pitch of each life among so many records: the pages with most on them."""
    for start in range(1, count - UNIT + 1, UNIT):
        yield (
            str(EntryId(node, 0, start + lives.OWNER)),
            str(EntryId(node, 0, start + lives.PITCH)),
        )


def fill(store: Store, own: Own, count: int, clock: Callable[[int], None]) -> None:
    """Write the log of a town into an empty store and work its views out; ``clock`` is told each moment."""
    for start in range(0, count, _BATCH):
        clock(at(start, count))
        indexes = range(start, min(start + _BATCH, count))
        store.database.write(partial(_append, own=own, indexes=indexes)).result()
    clock(NOW)
    store.database.write(lambda tx: views.rebuild(tx, own.node)).result()


def _append(tx: Tx, own: Own, indexes: range) -> None:
    for index in indexes:
        said = content(own.node, index, tx.now)
        log.append_own(tx, own, said, restricted=False, audience=None, salt=samples.salt(index))


def _words(rng: random.Random, length: int) -> dict[str, str]:
    return {"en": samples.text(rng, length)}


def _varied(record: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A record of a life in other words, on other topics."""
    for name, length in (("title", 40), ("why", 200), ("body", 300), ("purpose", 120), ("text", 120)):
        if name in record:
            record[name] = _words(rng, length)
    if "topics" in record:
        record["topics"] = rng.sample(TOPICS, 2)
    return record


class _Everyday:
    """The records of one pitch that is no whole life; its owner and giver are those of the life before it."""

    def __init__(self, node: NodeId, start: int, pitch: int, when: int, rng: random.Random) -> None:
        self._node = node
        self._start = start
        self._pitch = pitch
        self._when = when
        self._rng = rng

    def _id(self, index: int) -> str:
        return str(EntryId(self._node, 0, index))

    def record(self, place: int) -> dict[str, Any]:
        """The record at a place after the opening."""
        owner, giver = self._id(self._start + lives.OWNER), self._id(self._start + lives.GIVER)
        pitch, rng = self._id(self._pitch), self._rng
        offer = {"pitch": pitch, "ask": "first", "kind": self._kind, "quantity": 1, "unit": "hour"}
        made: tuple[Callable[[], dict[str, Any]], ...] = (
            lambda: self._opening(owner),
            lambda: {"type": "pledge.offer", "by": giver, **offer, "text": _words(rng, 80)},
            lambda: {"type": "pledge.offer", "by": giver, **offer},
            lambda: {
                "type": "pledge.accept",
                "by": owner,
                "pledge": self._id(self._pitch + 1),
                "quantity": 1,
            },
            lambda: {"type": "comment", "by": giver, "on": pitch, "text": _words(rng, 150)},
            lambda: {"type": "comment", "by": owner, "on": pitch, "text": _words(rng, 100)},
            lambda: {"type": "pitch.update", "by": owner, "pitch": pitch, "text": _words(rng, 150)},
            lambda: self._learned(owner, giver, pitch),
        )
        return made[place]()

    @property
    def _kind(self) -> str:
        return KINDS[1 + self._pitch // _RECORDS % (len(KINDS) - 1)]  # money has rules of its own

    def _opening(self, owner: str) -> dict[str, Any]:
        rng = self._rng
        wanted = {"quantity": rng.choice((1, 2)), "unit": "hour", "split": True}
        ask = {"key": "first", "kind": self._kind, "text": _words(rng, 40), **wanted}
        if rng.random() < 1 / 3:
            soon = dt.datetime.fromtimestamp((self._when + rng.randrange(10, 90) * DAY) / 1000, dt.UTC)
            ask["needed_by"] = soon.date().isoformat()
        return {
            "type": "pitch.open",
            "by": owner,
            "title": _words(rng, 40),
            "why": _words(rng, 200),
            "opportunity": rng.choice(OPPORTUNITIES),
            "topics": rng.sample(TOPICS, 2),
            "asks": [ask],
        }

    def _learned(self, owner: str, giver: str, pitch: str) -> dict[str, Any]:
        """What every second pitch taught; encouragement for the others."""
        rng = self._rng
        if self._pitch // _RECORDS % 2:
            return {"type": "encourage", "by": giver, "on": pitch}
        return {
            "type": "artifact.publish",
            "by": owner,
            "kind": rng.choice(ARTIFACT_KINDS),
            "title": _words(rng, 40),
            "body": _words(rng, 300),
            "licence": "CC-BY-4.0",
            "topics": rng.sample(TOPICS, 2),
            "pitch": pitch,
        }
