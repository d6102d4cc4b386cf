"""Polls over five nodes: ballots in any order, twice, late, spoiled, with copied tokens; the same result everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.views import polls
from store.views.shapes import Poll, PollFilters
from tests.kit.histories import History
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, full_pitch, member, offer, say

CLOSES = NOW + 5 * DAY
KEYS = ("a", "b", "c", "d")
LIMITS: dict[str, dict[str, Any]] = {
    "choose-one": {},
    "choose-many": {"choose": 2},
    "rank": {},
    "score": {"score": [-2, 4]},
    "dots": {"dots": 5},
    "times": {},
}


def instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def asked(by: str, kind: str = "choose-one", **fields: Any) -> dict[str, Any]:
    content = {
        "type": "poll.open",
        "by": by,
        "question": {"en": "Which form first?"},
        "kind": kind,
        "options": [{"key": key, "text": {"en": f"Form {key}"}} for key in KEYS],
        "closes": instant(CLOSES),
        **({"limits": LIMITS[kind]} if LIMITS[kind] else {}),
    }
    return {**content, **fields}


def ballot(poll: str, choice: dict[str, Any], **who: str) -> dict[str, Any]:
    return {"type": "ballot", "poll": poll, "choice": choice, **who}


class Count:
    """A direct, slow count, told ballot by ballot what each is; it knows no store and none of the rules' code.

    ``facts``: (node number, index, time, voter, choice, sound, may vote) as the test made them.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.facts: list[tuple[int, int, int, str, dict[str, Any], bool, bool]] = []

    def result(self, sizes: dict[int, int] | None, seats: dict[int, int] | None) -> dict[str, Any]:
        told: dict[tuple[int, str], list[tuple[int, dict[str, Any]]]] = {}
        numbers = dict.fromkeys(("late", "not_eligible", "spoiled", "replaced", "beyond"), 0)
        for node, index, time, voter, choice, sound, may in sorted(self.facts, key=lambda fact: fact[:2]):
            if time > CLOSES or (sizes is not None and index >= sizes.get(node, 0)):
                numbers["late"] += 1
            elif not may:
                numbers["not_eligible"] += 1
            elif not sound:
                numbers["spoiled"] += 1
            else:
                told.setdefault((node, voter), []).append((index, choice))
        numbers["replaced"] = sum(len(some) - 1 for some in told.values())
        chosen = []
        for node in range(1, 6):
            queue = sorted((some[0][0], voter) for (at, voter), some in told.items() if at == node)
            fit = queue if seats is None else queue[: seats[node]]
            chosen += [told[node, voter][-1][1] for _, voter in fit]
            numbers["beyond"] += len(queue) - len(fit)
        return {**numbers, "ballots": len(chosen), "counts": {key: self.of(key, chosen) for key in KEYS}}

    def of(self, key: str, chosen: list[dict[str, Any]]) -> Any:
        marks = [choice[key] for choice in chosen if key in choice]
        if self.kind == "times":
            return {
                answer: len([mark for mark in marks if mark == answer]) for answer in ("yes", "maybe", "no")
            }
        if self.kind == "rank":
            table = {str(rank): marks.count(rank) for rank in range(1, 5) if rank in marks}
            return {**table, "points": sum(4 - rank for rank in marks)}
        return sum(marks)


def sound(random: Random, kind: str) -> dict[str, Any]:
    some = random.sample(KEYS, random.randint(1, 4))
    if kind == "choose-one":
        return {some[0]: 1}
    if kind == "choose-many":
        return dict.fromkeys(some[:2], 1)
    if kind == "rank":
        return {key: rank for rank, key in enumerate(some, 1)}
    if kind == "score":
        return {key: random.randint(-2, 4) for key in some}
    if kind == "dots":
        return {key: random.choice([0, 1]) for key in some} | {some[0]: 2}
    return {key: random.choice(["yes", "maybe", "no"]) for key in some}


SPOILT: dict[str, list[dict[str, Any]]] = {
    "choose-one": [{"a": 1, "b": 1}, {"z": 1}, {"a": "yes"}, {}],
    "choose-many": [{"a": 1, "b": 1, "c": 1}, {"a": 2}],
    "rank": [{"a": 1, "b": 1}, {"a": 2}, {"a": 5}],
    "score": [{"a": 5}, {"a": -3}, {"a": "no"}],
    "dots": [{"a": 3, "b": 3}, {"a": -1}],
    "times": [{"a": 1}, {"z": "yes"}],
}


class World:
    """Five nodes, each with members; a poll at the first; ballots by seed, good and bad, and what each of them is."""

    def __init__(self, random: Random, kind: str, *, secret: bool) -> None:
        self.random, self.kind, self.secret = random, kind, secret
        self.authors = [Author(number) for number in range(1, 6)]
        self.people = {
            author.number: [member(author, f"analyst {n}") for n in range(random.randint(1, 3))]
            for author in self.authors
        }
        self.seats = {number: len(people) for number, people in self.people.items()}
        self.poll = say(self.authors[0], asked(self.people[1][0], kind, secret=secret))
        self.count = Count(kind)
        self.tokens: list[str] = []
        for _ in range(random.randint(5, 40)):
            self.cast()

    def cast(self, at: int | None = None) -> None:
        author = self.random.choice(self.authors)
        fault = self.random.random()
        choice = self.random.choice(SPOILT[self.kind]) if fault < 0.15 else sound(self.random, self.kind)
        time = at or NOW + self.random.randrange(6 * DAY)
        named = self.secret == (fault > 0.93)
        voter = self.random.choice(self.people[author.number]) if named else self.token(author)
        who = {"by" if named else "token": voter}
        index = author.size
        say(author, ballot(self.poll, choice, **who), at=time)
        fact = (author.number, index, time, voter, choice, fault >= 0.15, named != self.secret)
        self.count.facts.append(fact)

    def token(self, author: Author) -> str:
        """One of this node's, seldom one that was copied from another."""
        if self.tokens and self.random.random() < 0.2:
            return self.random.choice(self.tokens)
        made = f"{author.number:x}{self.random.randrange(5)}".ljust(64, "0")
        self.tokens.append(made)
        return made

    def close(self) -> dict[int, int]:
        """The owner's node closes the poll: the sizes it had then."""
        sizes = {author.number: author.size for author in self.authors}
        cut = {f"{author.node}-0": author.size for author in self.authors}
        counts = dict.fromkeys(KEYS, 0)
        say(
            self.authors[0],
            {"type": "poll.close", "poll": self.poll, "cut": cut, "counts": counts},
            at=CLOSES + DAY,
        )
        return sizes

    def shelves(self) -> Iterator[Shelf]:
        """Each node, having taken everything in an order of its own, some of it twice."""
        for own in [*self.authors, Author(9)]:
            every = [(author, index) for author in self.authors for index in range(author.size)]
            every += self.random.sample(every, len(every) // 3)
            self.random.shuffle(every)
            shelf = Shelf(own)
            while every:
                size = self.random.choice([1, 3, 20])
                shelf.take(every[:size])
                every = every[size:]
            yield shelf


def page_of(shelf: Shelf, poll: str, viewer: str | None = None, now: int = NOW) -> Poll:
    # a node keeps a ballot secret of its own, as its store makes one
    shelf.db.execute("INSERT INTO meta VALUES ('ballot-secret', zeroblob(32)) ON CONFLICT DO NOTHING")
    page = polls.one(shelf.db, shelf.viewer(viewer), poll, now=now)
    assert page is not None
    return page


def told(page: Poll) -> dict[str, Any]:
    numbers = ("late", "not_eligible", "spoiled", "replaced", "beyond", "ballots")
    counts = {option["key"]: option["counts"] for option in page["options"]}
    return {**{name: page[name] for name in numbers}, "counts": counts}  # type: ignore[literal-required]


@pytest.mark.parametrize("kind", list(LIMITS))
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), secret=st.booleans())
def test_random_ballots_equal_a_direct_count_on_every_node(kind: str, seed: int, secret: bool) -> None:
    random = Random(seed)
    world = World(random, kind, secret=secret)
    seats = world.seats if secret else None
    expected = world.count.result(None, seats)
    for shelf in world.shelves():
        page = page_of(shelf, world.poll)
        assert told(page) == expected
        assert (page["state"], page["final"]) == ("open", False)
    sizes = world.close()
    for _ in range(random.randint(1, 10)):
        world.cast()
        world.people[2].append(member(world.authors[1], "late analyst"))
    expected = world.count.result(sizes, seats)
    hashes = set()
    for shelf in world.shelves():
        page = page_of(shelf, world.poll)
        assert told(page) == expected
        assert (page["state"], page["final"]) == ("closed", True)
        hashes.add(shelf.hash())
    assert len(hashes) == 1


class Pair:
    """Two nodes with two members each and a poll at the first."""

    def __init__(self, **fields: Any) -> None:
        self.a, self.b = Author(1), Author(2)
        self.owner, self.other = member(self.a), member(self.a)
        self.guest, self.friend = member(self.b), member(self.b)
        self.poll = say(self.a, asked(self.owner, **fields))

    def vote(self, author: Author, choice: dict[str, Any], **who: str) -> str:
        return say(author, ballot(self.poll, choice, **who))

    def close(self, author: Author, at: int = CLOSES + DAY, **cut: int) -> str:
        sizes = {f"{getattr(self, name).node}-0": size for name, size in cut.items()}
        content = {"type": "poll.close", "poll": self.poll, "cut": sizes, "counts": {"a": 7}}
        return say(author, content, at=at)

    def shelf(self) -> Shelf:
        return Shelf(self.a).take_all(self.a, self.b)

    def page(self, viewer: str | None = None, now: int = NOW) -> Poll:
        return page_of(self.shelf(), self.poll, viewer, now)


def counts(page: Poll) -> list[Any]:
    return [option["counts"] for option in page["options"]]


def test_a_vote_before_and_one_after_a_move_are_one_voter_s() -> None:
    pair = Pair()
    pair.vote(pair.a, {"a": 1}, by=pair.other)
    heir = member(pair.b, was=pair.other)
    pair.vote(pair.b, {"b": 1}, by=heir)
    assert counts(pair.page()) == [1, 1, 0, 0], "one side alone is a claim"
    say(pair.a, {"type": "member.move", "by": pair.other, "to": heir})
    pair.vote(pair.a, {"c": 1}, by=pair.other)
    page = pair.page(heir)
    assert counts(page) == [0, 1, 0, 0]
    assert (page["replaced"], page["not_eligible"], page["could_vote"]) == (1, 1, 4)
    assert page["mine"] is not None and page["mine"]["choice"] == {"b": 1}


def test_where_the_owner_is_now_her_node_closes() -> None:
    pair = Pair()
    pair.vote(pair.b, {"a": 1}, by=pair.guest)
    heir = member(pair.b, was=pair.owner)
    pair.close(pair.b, b=pair.b.size)
    assert pair.page()["state"] == "open", "not the owner's node"
    say(pair.a, {"type": "member.move", "by": pair.owner, "to": heir})
    page = pair.page()
    assert (page["state"], page["ballots"]) == ("closed", 1)
    assert page["options"][0]["declared"] == 7


def test_a_poll_closed_before_its_time_goes_on() -> None:
    pair = Pair()
    pair.vote(pair.a, {"a": 1}, by=pair.owner)
    pair.close(pair.a, at=CLOSES - 1, a=pair.a.size)
    pair.vote(pair.b, {"b": 1}, by=pair.guest)
    page = pair.page()
    assert (page["final"], page["ballots"]) == (False, 2)
    pair.close(pair.a, a=pair.a.size, b=pair.b.size)
    assert (pair.page()["final"], pair.page()["ballots"]) == (True, 2)


def test_only_nodes_that_are_named_vote() -> None:
    pair = Pair()
    poll = say(pair.a, asked(pair.owner, eligible={"nodes": [pair.b.node]}, secret=True))
    for author in (pair.a, pair.b):
        say(author, ballot(poll, {"a": 1}, token="0" * 64))
    page = page_of(pair.shelf(), poll, pair.owner)
    assert (page["ballots"], page["not_eligible"], page["could_vote"]) == (1, 1, 2)
    assert [why["code"] for why in page["can"]["why"]] == ["not-eligible"]


def test_who_retired_or_came_after_the_cut_is_no_voter_of_her_node() -> None:
    pair = Pair(secret=True)
    for mark in ("1", "2", "3"):
        pair.vote(pair.b, {"a": 1}, token=mark * 64)
    assert pair.page()["beyond"] == 1
    say(pair.b, {"type": "member.retire", "by": pair.friend})
    assert pair.page()["beyond"] == 2
    size = pair.b.size
    say(pair.b, {"type": "member.retire", "by": pair.guest})
    member(pair.b)
    pair.close(pair.a, b=size)
    page = pair.page()
    assert (page["ballots"], page["beyond"], page["late"]) == (1, 2, 0)


def test_in_a_circle_is_who_was_in_it_below_the_cut() -> None:
    a, b = Author(1), Author(2)
    owner, giver, passer = member(a), member(b), member(b)
    pitch = say(a, full_pitch(owner))
    pledge = say(b, offer(pitch, giver, "intro", "introduction", 1, "person"))
    poll = say(a, asked(owner, eligible={"circle": pitch}))
    for author, by in ((a, owner), (b, giver), (b, passer)):
        say(author, ballot(poll, {"a": 1}, by=by))

    def page() -> Poll:
        return page_of(Shelf(a).take_all(a, b), poll, giver)

    assert (page()["ballots"], page()["not_eligible"]) == (1, 2), "nothing was accepted yet"
    say(a, {"type": "pledge.accept", "by": owner, "pledge": pledge, "quantity": 1})
    assert page()["ballots"] == 2 and page()["can"]["vote"]
    size = b.size
    say(b, {"type": "circle.join", "by": passer, "circle": pitch})
    assert page()["ballots"] == 3
    say(b, {"type": "circle.leave", "by": giver, "circle": pitch})
    assert page()["ballots"] == 2 and not page()["can"]["vote"]
    cut = {f"{a.node}-0": a.size, f"{b.node}-0": size}
    say(a, {"type": "poll.close", "poll": poll, "cut": cut, "counts": {}}, at=CLOSES + DAY)
    assert (page()["ballots"], page()["not_eligible"]) == (2, 1), "what came after the cut changes nothing"


def test_a_ballot_for_fewer_than_the_poll_is_none() -> None:
    pair = Pair()
    say(pair.b, ballot(pair.poll, {"a": 1}, by=pair.guest), audience=sorted([pair.a.node, pair.b.node]))
    assert pair.page()["ballots"] == 0


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"state": "open"}, "open"),
        ({"kind": "choose-one"}, "open counting closed"),
        ({"state": "counting"}, "counting"),
        ({"state": "closed"}, "closed"),
        ({"q": "forms"}, "open counting closed"),
        ({"kind": "rank"}, ""),
        ({"mine": True, "state": "closed"}, "closed"),
    ],
)
def test_what_finds_a_poll(filters: dict[str, Any], found: str) -> None:
    pair = Pair()
    for now, state in ((CLOSES, "open"), (CLOSES + 1, "counting"), (CLOSES, "closed")):
        if state == "closed":
            pair.close(pair.a)
        shelf = pair.shelf()
        page = polls.listing(shelf.db, shelf.viewer(pair.owner), PollFilters(**filters), now=now)
        assert [item["state"] for item in page.items] == ([state] if state in found.split() else [])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_else_happens_every_node_counts_the_same(seed: int) -> None:
    """Members who move, circles that form, cards and pledges in between: public polls of a random history."""
    random = Random(seed)
    history = History(random, 120)
    results: list[list[Any]] = []
    for own in [*history.authors, Author(9)]:
        every = [(author, index) for author in history.authors for index in range(author.size)]
        random.shuffle(every)
        shelf = Shelf(own)
        for at in range(0, len(every), 7):
            shelf.take(every[at : at + 7])
        public = [poll for poll, audience in history.polls if audience is None]
        pages = [page_of(shelf, poll) for poll in public]
        results.append([(told(page), page["could_vote"], page["state"]) for page in pages])
    assert all(result == results[0] for result in results)
