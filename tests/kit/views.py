"""Shelves: the views of a node, fed record by record in whatever order a test likes.

A Shelf has the real tables and the real ``apply``; the log below it is filled without proofs, because what is tested is
what rows are made of records, not how records get in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from protocol.entry import parse_header
from protocol.ids import EntryId, NodeId
from store import views
from store.database import Memory, Tx
from store.opening import migrate
from store.payloads import Item, classify, future_dated
from store.rows import key_of
from tests.kit.logs import NOW, Author

DAY = 86_400_000
A_LIFE = 100 * 365 * 24 * 3_600_000


class Shelf:
    """The views of ``own``'s node."""

    def __init__(self, own: Author) -> None:
        self.own = own
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self.db)
        self.taken: set[EntryId] = set()
        self.topics: set[str] = set()
        self.now = NOW

    def take(self, entries: Iterable[tuple[Author, int]]) -> None:
        """One batch: these entries' envelopes arrive; those that are here already are skipped as the log does."""
        tx = Tx(self.db, self.now, Memory())
        self.db.execute("BEGIN")
        items = []
        for author, index in entries:
            item = self._arrive(author, index)
            if item is not None:
                items.append(item)
        if items:
            views.apply(tx, items)
        self.db.execute("COMMIT")
        self.topics = tx.topics

    def take_all(self, *authors: Author) -> Shelf:
        self.take((author, index) for author in authors for index in range(author.size))
        return self

    def _arrive(self, author: Author, index: int) -> Item | None:
        entry = EntryId(author.node, 0, index)
        if entry in self.taken:
            return None
        header, envelope = author.entries[index]
        key = key_of(self._feed(author), index)
        claimed = parse_header(header).time  # clocks are right, mostly: nothing comes before it was said
        seen = self.now if claimed > self.now + A_LIFE else max(self.now, claimed)
        found = classify(key, entry, header, envelope, own_node=self.own.node, first_seen=seen)
        if not isinstance(found, Item):
            return None
        self.taken.add(entry)
        if odd := future_dated(found):
            self.db.execute("INSERT INTO verdicts VALUES (?, ?, ?)", (key, odd.verdict, odd.detail))
        self.db.execute("INSERT INTO entries VALUES (?, ?, ?)", (key, header, seen))
        self.db.execute("INSERT INTO envelopes VALUES (?, ?)", (key, envelope))
        for node in found.audience or ():
            self.db.execute("INSERT INTO audiences VALUES (?, ?)", (key, node))
        return found

    def _feed(self, author: Author) -> int:
        row = self.db.execute("SELECT no FROM feeds WHERE node = ?", (author.node,)).fetchone()
        if row is not None:
            return int(row[0])
        self.db.execute(
            "INSERT INTO feeds (node, epoch, size, frontier, head_size, joined_size, standing, stamp)"
            " VALUES (?, 0, 0, x'', 0, 0, 'live', 0)",
            (author.node,),
        )
        return self._feed(author)

    def hash(self) -> str:
        return views.state_hash(self.db)

    def rebuild(self) -> int:
        self.db.execute("BEGIN")
        count = views.rebuild(Tx(self.db, self.now, Memory()), self.own.node)
        self.db.execute("COMMIT")
        return count

    def viewer(self, member: str | None, role: str = "member") -> views.Viewer:
        return views.Viewer(1, member, self.own.node, role)

    def one(self, query: str, *values: Any) -> Any:
        row = self.db.execute(query, values).fetchone()
        return row[0] if row and len(row) == 1 else row


def say(
    author: Author, content: dict[str, Any], *, at: int = NOW, audience: Sequence[NodeId] | None = None
) -> str:
    """A record in an author's log; its entry id."""
    if audience is not None:
        content = {**content, "audience": list(audience)}
    index = author.say(content, restricted=audience is not None, at=at)
    return str(EntryId(author.node, 0, index))


def member(author: Author, name: str = "policy analyst", **fields: Any) -> str:
    return say(author, {"type": "member.introduce", "name": name, **fields})


def full_pitch(by: str, **changes: Any) -> dict[str, Any]:
    """A pitch.open that is ready: money, half of it the pitcher's own, an introduction, hours of testing."""
    content = {
        "type": "pitch.open",
        "by": by,
        "title": {"en": "Service design lab, Halifax"},
        "why": {
            "en": "Our intake form loses one applicant in three; I want to learn how Halifax fixed theirs."
        },
        "opportunity": "change-lab",
        "topics": ["citizen-services"],
        "when": {"start": "2027-03-09", "end": "2027-03-11", "zone": "America/Halifax"},
        "where": {"place": "Halifax", "jurisdiction": "CA-NS", "online": False},
        "barrier": {"en": "No travel budget."},
        "benefits": {
            "self": {"en": "Running a usability test."},
            "peers": {"en": "A form kit others can copy."},
            "organisation": {"en": "Fewer abandoned files."},
        },
        "asks": [
            ask("travel", "money", 61_250, "CAD", needed_by="2027-02-20", split=True),
            ask("intro", "introduction", 1, "person", needed_by="2027-02-25"),
            ask("tester", "testing", 2, "hour", must=False),
        ],
        "cost": {"currency": "CAD", "total": 122_500, "own": 61_250, "employer": 0},
        "sharing": [
            {
                "key": "talk",
                "avenue": "lunch-and-learn",
                "audience": {"en": "Intake teams"},
                "due": "2027-03-16",
            }
        ],
        "application": {
            "practice": {"en": "Intake form v2"},
            "first_date": "2027-04-01",
            "signal": {"en": "Drop-off under 20 %"},
        },
    }
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


def ask(key: str, kind: str, quantity: int, unit: str, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": kind,
        "text": {"en": f"Need of {key}"},
        "quantity": quantity,
        "unit": unit,
        **fields,
    }


def offer(pitch: str, by: str | None, ask_key: str | None, *what: Any, **fields: Any) -> dict[str, Any]:
    """A pledge of ``what``: kind, quantity, unit."""
    kind, quantity, unit = what
    offered = {"kind": kind, "quantity": quantity, "unit": unit}
    content = {"type": "pledge.offer", "by": by, "pitch": pitch, "ask": ask_key, **offered, **fields}
    return {name: value for name, value in content.items() if value is not None}


class Village:
    """Three nodes, a member each; a pitch at C, pledges from A, one of them money and private; talk and an artifact."""

    def __init__(self) -> None:
        self.a, self.b, self.c = Author(1), Author(2), Author(3)
        names = (
            (self.a, "Ministry of Jobs", "CA-BC"),
            (self.b, "City of Lethbridge", "CA-AB"),
            (self.c, "Institut", "CA-QC"),
        )
        for author, name, place in names:
            say(
                author,
                {
                    "type": "node.profile",
                    "name": {"en": name},
                    "jurisdiction": place,
                    "level": "provincial-territorial",
                },
            )
        self.giver, self.other, self.owner = (member(author, f"analyst {name}") for author, name, _ in names)
        self.pitch = say(self.c, full_pitch(self.owner))
        self.both = sorted((self.a.node, self.c.node))
        secret = {"text": {"en": "zanzibar money"}, "return": {"en": "zanzibar call"}}
        self.money = say(
            self.a,
            offer(self.pitch, self.giver, "travel", "money", 30_000, "CAD", **secret),
            audience=self.both,
        )
        self.intro = say(
            self.a,
            offer(
                self.pitch, self.giver, "intro", "introduction", 1, "person", **{"return": {"en": "A call"}}
            ),
        )
        self.test = say(self.b, offer(self.pitch, None, "tester", "testing", 5, "hour", show="organisation"))
        self.step("accept", self.money, 30_000, audience=self.both, note="zanzibar")
        self.tally = say(
            self.c,
            {
                "type": "pitch.tally",
                "pitch": self.pitch,
                "asks": {"travel": {"accepted": 30_000, "fulfilled": 0}},
            },
        )
        self.step("accept", self.intro, 1)
        self.step("accept", self.test, 2)
        self.whisper = say(
            self.a,
            {"type": "comment", "by": self.giver, "on": self.money, "text": {"en": "zanzibar address"}},
            audience=self.both,
        )
        self.comment = say(
            self.b, {"type": "comment", "by": self.other, "on": self.pitch, "text": {"en": "We did this."}}
        )
        self.artifact = say(
            self.c,
            {
                "type": "artifact.publish",
                "by": self.owner,
                "kind": "post",
                "title": {"en": "What Halifax changed", "fr": "Ce que Halifax a changé"},
                "body": {"en": "Three fields went.", "fr": "Trois champs ont disparu."},
                "licence": "CC-BY-4.0",
                "pitch": self.pitch,
                "fulfils": ["talk"],
            },
        )

    @property
    def authors(self) -> tuple[Author, Author, Author]:
        return self.a, self.b, self.c

    def step(
        self,
        what: str,
        pledge: str,
        quantity: int,
        *,
        note: str = "",
        audience: Sequence[NodeId] | None = None,
    ) -> str:
        """The owner accepts."""
        content: dict[str, Any] = {
            "type": f"pledge.{what}",
            "by": self.owner,
            "pledge": pledge,
            "quantity": quantity,
        }
        if note:
            content |= {"return": {"en": note}, "return_due": "2027-04-15"}
        return say(self.c, content, audience=audience)
