"""An engine that is told too much: no table keeps what is neither held nor wanted, and nothing is asked without end."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest

from protocol.checkpoint import Head
from protocol.frame_types import (
    Changes,
    Chunk,
    Cosigned,
    Envelopes,
    Fetch,
    Frame,
    KeyringNotes,
    KeyringWant,
    Note,
    Seen,
    Since,
    Want,
)
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.gossip.peer import Peer
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId, node_id
from protocol.limits import MAX_CHECKS, MAX_FEEDS, MAX_KEYRING_WANTS, MAX_WANTS

OWN, KNOWN, TALKER = (node_id(bytes([number]) * 20) for number in (1, 2, 3))
ROOT, SIGNATURE = bytes(32), bytes(64)
HELD = 40


def engine() -> Engine:
    head = Head(5, ROOT, SIGNATURE)
    feeds = {
        Feed(OWN, 0): FeedState(5, head),
        **{Feed(KNOWN, n): FeedState(5, head) for n in range(16)},
        **{Feed(other(n), 0): FeedState(5, head) for n in range(HELD)},
    }
    keyrings = {feed.node: b"tag!" for feed in feeds}
    return Engine(OWN, feeds=feeds, keyrings=keyrings, pulls={}, chance=lambda: 0.5, now=0.0)


def other(number: int) -> NodeId:
    return node_id(number.to_bytes(20, "big"))


def anybody(rng: random.Random) -> Feed:
    return Feed(node_id(rng.randbytes(20)), rng.randrange(16))


def seen(feed: Feed, size: int = 9, tag: bytes = b"rootrooo") -> Seen:
    return Seen(feed, size, tag, b"ring")


def held_in(thing: object) -> int:
    """Items in every table that hangs on an object, however deep."""
    if isinstance(thing, str | bytes | Feed | Seen | int | float | type(None)) or callable(thing):
        return 0
    if isinstance(thing, Mapping):
        return len(thing) + sum(held_in(one) for one in thing.values())
    if isinstance(thing, Collection):
        return len(thing) + sum(held_in(one) for one in thing)
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*slots, *getattr(thing, "__dict__", ())]
    return sum(held_in(getattr(thing, name)) for name in names if hasattr(thing, name))


def told(made: Engine, *, pinned: bool) -> Callable[[Frame], list[s.Output]]:
    """A conversation that has begun: say a frame, get what follows."""
    made.handle(s.PeerUp(1, TALKER, pinned), 0.0)
    return lambda frame: made.handle(s.Received(1, frame), 1.0)


def the_peer(made: Engine) -> Peer:
    return made.peers[1]


FRAMES: dict[str, Callable[[random.Random], Frame]] = {
    "note": lambda rng: Note(tuple(seen(anybody(rng)) for _ in range(1_000))),
    "note of epochs": lambda rng: Note(tuple(seen(Feed(KNOWN, rng.randrange(2**40))) for _ in range(1_000))),
    "note of the own node": lambda rng: Note(
        tuple(seen(Feed(OWN, rng.randrange(2**40)), rng.randrange(2**40)) for _ in range(1_000))
    ),
    "chunk": lambda rng: Chunk(anybody(rng), 0, Head(9, rng.randbytes(32), SIGNATURE), (), ()),
    "envelopes": lambda rng: Envelopes(anybody(rng), tuple((index, 2) for index in range(500))),
    "keyring": lambda rng: KeyringNotes(anybody(rng).node, ()),
    "cosigned": lambda rng: Cosigned(anybody(rng), 9, ROOT, KNOWN, 1, SIGNATURE),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_c2_what_a_stranger_names_is_kept_nowhere(kind: str) -> None:
    """NOTE naming 1,300 unknown feeds: every name was kept. Tables never hold what is neither held nor wanted."""
    made, rng = engine(), random.Random(kind)
    say = told(made, pinned=False)
    say(FRAMES[kind](rng))
    before = held_in(made._core)
    for _ in range(20):
        say(FRAMES[kind](rng))
    assert held_in(made._core) - before <= 60, "bounded by what is asked at once"


@pytest.mark.parametrize("kind", FRAMES)
def test_c2_what_a_pinned_peer_names_is_bounded_and_goes_with_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pinned peer may introduce feeds, as many as may be held here, and they are forgotten when it goes."""
    monkeypatch.setattr("protocol.gossip.core.MAX_FEEDS", 200)
    made, rng = engine(), random.Random(kind)
    start = held_in(made._core)
    say = told(made, pinned=True)
    for _ in range(30):
        say(FRAMES[kind](rng))
    assert len(the_peer(made).sizes) <= 200
    assert held_in(made._core) - start <= 10 * 200
    made.handle(s.PeerDown(1), 2.0)
    assert held_in(made._core) - start <= 60


def test_c2_the_names_of_ten_thousand_feeds_pass_and_one_more_is_counted_out() -> None:
    """A first meeting with a network of 10,000 feeds still works; what is over is counted, for metrics."""
    made, rng = engine(), random.Random(1)
    say = told(made, pinned=True)
    room = MAX_FEEDS - len(made.feeds)
    names = [seen(anybody(rng)) for _ in range(room + 7)]
    for at in range(0, len(names), 1_000):
        say(Note(tuple(names[at : at + 1_000])))
    assert len(the_peer(made).sizes) == room
    assert made.dropped["over-limit"] == 7
    assert the_peer(made).asked.count(KeyringWant) == MAX_KEYRING_WANTS


def test_c2_a_name_whose_keyring_is_nowhere_gives_its_place_back() -> None:
    """Made-up names do not keep genuine ones out: who has no keyring of a node has nothing of it."""
    made, rng = engine(), random.Random(2)
    say = told(made, pinned=True)
    say(Note(tuple(seen(anybody(rng)) for _ in range(100))))
    asked = [one for one in the_peer(made).asked if isinstance(one, KeyringWant)]
    while asked:
        say(KeyringNotes(asked[0].node, ()))
        asked = [one for one in the_peer(made).asked if isinstance(one, KeyringWant)]
    assert not the_peer(made).sizes
    assert not made._core.wanted


def lies() -> Iterator[tuple[str, Callable[[int], Seen]]]:
    yield "own feeds", lambda n: seen(Feed(OWN, 0), 10 + n)
    yield "own epochs", lambda n: seen(Feed(OWN, n % 16), 10 + n)
    yield "other roots", lambda n: seen(Feed(other(n % HELD), 0), 5, n.to_bytes(8, "big"))


@pytest.mark.parametrize(("name", "lie"), list(lies()))
def test_c2_a_name_that_looks_wrong_is_asked_about_once(name: str, lie: Callable[[int], Seen]) -> None:
    """What a peer makes this node ask is bounded, however often it lies."""
    made = engine()
    say = told(made, pinned=True)
    sent = 0
    for turn in range(50):
        outputs = say(Note(tuple(lie(100 * turn + n) for n in range(100))))
        sent += sum(isinstance(one, s.Send) and isinstance(one.frame, Want) for one in outputs)
    assert sent <= MAX_WANTS + MAX_CHECKS, name
    assert the_peer(made).wants() <= MAX_WANTS + MAX_CHECKS


def test_c2_saying_the_same_again_is_not_written_down_again() -> None:
    """A NOTE that says nothing new costs no transaction of the store."""
    made = engine()
    say = told(made, pinned=False)
    same = Note(tuple(seen(Feed(other(n), 0)) for n in range(HELD)))
    assert any(isinstance(one, s.Held) for one in say(same))
    assert not any(isinstance(one, s.Held) for one in say(same))


def test_c2_changes_that_nobody_asked_for_are_not_learned() -> None:
    """CHANGES without a SINCE is nothing; one that is owed is learned from within the same bounds."""
    made, rng = engine(), random.Random(3)
    say = told(made, pinned=False)
    names = tuple(seen(anybody(rng)) for _ in range(1_000))
    start = held_in(made._core)
    say(Changes(bytes(16), 1, names, more=False))
    outputs = say(Changes(bytes(16), 2, names, more=True))
    assert not outputs or all(isinstance(one, s.Wake) for one in outputs)
    assert held_in(made._core) - start <= 5


def test_c2_requests_for_envelopes_are_looked_up_not_walked_through() -> None:
    """Whatever waits is found by its key: the oldest of a kind, a feed's FETCH, the same one twice."""
    made = engine()
    told(made, pinned=True)
    asked = the_peer(made).asked
    since = Since(None, 0)
    fetches = [Fetch(Feed(other(n), 0), (1, 2)) for n in range(5)]
    for request in (*fetches, since):
        asked.add(request)
    assert asked.count(Since) == 2, "the one of the beginning, and the same again"
    asked.remove(since)
    assert since in asked
    assert asked.oldest(Fetch) == fetches[0]
    asked.remove(fetches[0])
    assert asked.fetch(fetches[0].feed) is None
    assert asked.fetch(fetches[3].feed) == fetches[3]
    assert asked.count(Fetch) == 4
    with pytest.raises(KeyError):
        asked.remove(fetches[0])


def test_c2_no_table_of_a_conversation_is_missed_by_the_walk() -> None:
    """The measure itself sees a table put on a peer tomorrow."""
    made = engine()
    told(made, pinned=True)
    before = held_in(made._core)
    tomorrow: Any = the_peer(made)
    tomorrow.no_blob.update(str(n) for n in range(100))
    assert held_in(made._core) - before >= 100
