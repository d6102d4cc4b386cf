"""Who may vote in a poll, here and now or, once it is closed, at its cut.

Law: it follows from unrestricted records alone and, of each node the cut names, from those below it, so that every node
finds the same. A node the cut does not name has no ballot that counts. In a circle is whose last word below the cut
brought her in: opening it, joining, carrying it on, seeing a check-in, or a pledge by name that was accepted before the
poll closed; leaving takes her out. Source: DOMAIN section 3, "Polls", R11, docs/spec/states.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records.polls import Eligible, PollOpen
from protocol.rules.circles import LEFT
from protocol.rules.moments import begins
from protocol.rules.people import Turn, turn
from protocol.rules.policies import Order
from protocol.rules.polls import Cut, position
from store.views.ground import Said, listed, said
from store.views.places import order_of, place_in
from store.views.succession import People

_CARDS: Final = """
SELECT m.id, v.place, m.retired FROM members AS m LEFT JOIN moves AS v ON v.member = m.id
WHERE m.restricted = 0 AND
"""
_RETIREMENTS: Final = """
SELECT about, key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'member.retire' AND applies IS NOT -1
  AND applies = 1 AND restricted = 0
"""


class Card(NamedTuple):
    """A member who is known to everybody: when she came to her node, and when she moved on or retired, if she did."""

    id: str
    node: str
    came: Order
    moved: Order | None
    retired: Order | None

    def stands(self, at: Order | None) -> bool:
        """Whether she is a member there at a place of her node's feeds; None: now, with all that is known."""
        gone = [left for left in (self.moved, self.retired) if left is not None]
        return not gone if at is None else self.came < at and all(at <= left for left in gone)


def _cards(db: sqlite3.Connection, where: str, value: str) -> list[Card]:
    rows = db.execute(f"{_CARDS} {where}", (value,)).fetchall()
    keys = dict(db.execute(_RETIREMENTS, (listed([id_ for id_, _, gone in rows if gone]),)).fetchall())
    places = {key: record.order for key, record in said(db, keys.values()).items()}
    return [
        Card(
            id_,
            id_.partition("-")[0],
            order_of(place_in(id_)),
            None if moved is None else order_of(moved),
            places.get(keys.get(id_, -1)),
        )
        for id_, moved, _ in rows
    ]


class Roll:
    """Who may vote in one poll. ``cut``: None before there is one."""

    def __init__(self, db: sqlite3.Connection, people: People, poll: PollOpen, cut: Cut | None) -> None:
        self._db = db
        self._people = people
        self._cut = cut
        eligible = poll.eligible if isinstance(poll.eligible, Eligible) else Eligible()
        self._nodes = None if eligible.nodes is None else frozenset(eligible.nodes)
        self.circle = None if eligible.circle is None else self._circle(eligible.circle, begins(poll.closes))

    def entitled(self, ballots: Iterable[Said]) -> set[str]:
        """Ids of the named ballots by somebody who may vote."""
        named = [(ballot, str(ballot.content["by"])) for ballot in ballots if ballot.content.get("by")]
        wanted = "m.id IN (SELECT value FROM json_each(?))"
        cards = {card.id: card for card in _cards(self._db, wanted, listed({by for _, by in named}))}
        return {
            ballot.id
            for ballot, by in named
            if by in cards and cards[by].stands(ballot.order) and self._admits(cards[by])
        }

    def admits_node(self, node: str) -> bool:
        """Whether members of a node may vote at all."""
        return self._nodes is None or node in self._nodes

    def admits(self, member: str) -> bool:
        """Whether a member may vote now."""
        found = _cards(self._db, "m.id = ?", member)
        return any(card.stands(None) and self._admits(card) for card in found)

    def members(self, node: NodeId) -> int:
        """How many members of a node may vote: at the cut, before there is one now."""
        if not self.admits_node(node):
            return 0
        at = None if self._cut is None else position(self._cut, node)
        if self._cut is not None and at is None:
            return 0
        return sum(card.stands(at) and self._admits(card) for card in _cards(self._db, "m.node = ?", node))

    def _admits(self, card: Card) -> bool:
        return self.admits_node(card.node) and (
            self.circle is None or self._people.heir(card.id) in self.circle
        )

    # ── circles ──────────────────────────────────────────────────────────────────────────────────────────────

    def _circle(self, circle: str, closes: int) -> frozenset[str]:
        """Who is in a circle, each as she is today."""
        last: dict[str, tuple[Turn, bool]] = {}
        for by, at, comes in _words(self._db, circle, closes):
            node = NodeId(by.partition("-")[0])
            end = None if self._cut is None else position(self._cut, node)
            place = turn(self._people.person(node, by), node, by, at)
            heir = self._people.heir(by)
            if place is None or (end is not None and at >= end):
                continue
            if heir not in last or place > last[heir][0]:
                last[heir] = place, comes
        return frozenset(heir for heir, (_, comes) in last.items() if comes)


_OPENED: Final = """
SELECT key FROM pitches WHERE id = :id AND restricted = 0
UNION ALL SELECT key FROM objects WHERE id = :id AND area = 'circle' AND restricted = 0
"""
_PASSAGES: Final = "SELECT member, word, place FROM passages WHERE circle = ? AND restricted = 0"
_GIVERS: Final = """
SELECT id, key FROM pledges WHERE pitch = ? AND private = 0 AND applies = 1 AND restricted = 0 AND giver IS NOT NULL
"""
_ACCEPTS: Final = """
SELECT key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'pledge.accept' AND applies IS NOT -1 AND applies = 1
"""


def _words(db: sqlite3.Connection, circle: str, closes: int) -> Iterator[tuple[str, Order, bool]]:
    """(by, place, whether it brings her in) of everything that makes somebody a member of a circle or ends it."""
    for record in said(db, [key for (key,) in db.execute(_OPENED, {"id": circle})]).values():
        yield record.content["by"], record.order, True
    for member, word, place in db.execute(_PASSAGES, (circle,)):
        yield member, order_of(place), word != LEFT
    givers = dict(db.execute(_GIVERS, (circle,)).fetchall())
    accepts = said(db, [key for (key,) in db.execute(_ACCEPTS, (listed(givers),))]).values()
    taken = {record.content["pledge"] for record in accepts if record.time <= closes}
    for offer in said(db, [givers[pledge] for pledge in taken]).values():
        yield offer.content["by"], offer.order, True


_TODAY: Final = """
SELECT node, count(*) FROM members AS m
WHERE restricted = 0 AND retired = 0 AND NOT EXISTS (SELECT 1 FROM moves WHERE member = m.id) GROUP BY node
"""


def could_vote(db: sqlite3.Connection, roll: Roll, cut: Cut | None) -> int:
    """How many may vote, as far as is known here: of nodes the cut names at the cut, of others now."""
    named = {NodeId(feed.partition("-")[0]) for feed in cut or ()}
    if roll.circle is not None:
        return len(roll.circle)
    counts: list[tuple[str, int]] = db.execute(_TODAY).fetchall()
    today = sum(number for node, number in counts if node not in named and roll.admits_node(node))
    return today + sum(map(roll.members, sorted(named)))
