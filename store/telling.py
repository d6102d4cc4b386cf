"""Whom of this node's members a record concerns, and why: their notices.

Law: notices are written in the transaction that takes a record in, once a record, member and reason; working the views
out anew tells nobody anything again. Nobody is told of what she did herself, of a record that is not in effect, or of
one she may not read. Most records concern nobody here and are let go by a look at their ids. What is older than
``LATE`` when it comes is history, not news. Source: WEB "Pages", docs/spec/notices.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from protocol.ids import NodeId, parse_entry
from protocol.rules.asks import TAKEN
from protocol.rules.moments import DAY
from protocol.rules.pledges import STEP_OF
from store.database import Tx
from store.payloads import Item
from store.rows import entry_key
from store.views import voices
from store.views.access import is_author, may_read_content
from store.views.ground import listed
from store.views.shapes import Viewer
from store.views.succession import People

LATE: Final = 30 * DAY
"""Milliseconds a record may have travelled and still be news."""
KEPT: Final = 500  # notices of one member; the oldest go

REASONS: Final = (
    *("owner", "author", "reply", "invited", "facilitator", "asked", "named", "giver", "source", "coming"),
    "circle",
)
"""Why somebody is told, the strongest first: one record is told a member once."""


class Told(NamedTuple):
    """A member a record concerns, why, and the object it opens."""

    member: str | None
    reason: str
    about: str


Rule = Callable[["Here", Item], Iterator[Told]]


class Here:
    """What rules ask about objects, looked up once a transaction."""

    def __init__(self, db: sqlite3.Connection, node: NodeId) -> None:
        self.db = db
        self.node = node
        self.people = People(db)
        self._owners: dict[str, str | None] = {}
        self._local: dict[str, tuple[str, ...]] = {}

    def is_near(self, id_: str) -> bool:
        """Whether the owner of an object may be a member here: of another node's only when somebody moved."""
        return id_.startswith(self.node) or self.people.moved

    def owner(self, id_: str) -> str | None:
        """Member id of the owner of a pitch or object here."""
        if not self.is_near(id_):
            return None
        if id_ not in self._owners:
            row = self.db.execute(_OWNER, (id_,)).fetchone()
            self._owners[id_] = row[0] if row else None
        return self._owners[id_]

    def parties(self, pledge: str) -> tuple[str | None, str | None, str | None]:
        """(giver, owner, pitch) of a pledge here; the giver also when she is not named and one of ours."""
        row = self.db.execute(_PARTIES, (pledge,)).fetchone()
        return row if row else (None, None, None)

    def givers(self, pitch: str) -> tuple[str, ...]:
        """Members here whose pledges to a pitch were accepted."""
        return self._members(f"g{pitch}", _GIVERS, (pitch, listed(TAKEN)))

    def seated(self, circle: str) -> tuple[str, ...]:
        """Members here with a seat in a circle."""
        return self._members(f"s{circle}", _SEATED, (circle, self.node))

    def subject(self, entry: str) -> str | None:
        """The object a record here is a step of."""
        key = entry_key(self.db, parse_entry(entry))
        row = self.db.execute("SELECT about FROM steps WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _members(self, name: str, query: str, values: tuple[Any, ...]) -> tuple[str, ...]:
        if name not in self._local:
            found = (member for (member,) in self.db.execute(query, values) if member)
            self._local[name] = tuple(member for member in found if member.startswith(self.node))
        return self._local[name]


_OWNER: Final = """
SELECT owner FROM pitches WHERE id = ?1 UNION ALL SELECT owner FROM objects WHERE id = ?1
"""
_PARTIES: Final = """
SELECT coalesce(p.giver, u.member), p.owner, p.pitch FROM pledges AS p LEFT JOIN unnamed AS u ON u.entry = p.id
WHERE p.id = ? AND p.applies = 1
"""
_GIVERS: Final = """
SELECT coalesce(p.giver, u.member) FROM pledges AS p LEFT JOIN unnamed AS u ON u.entry = p.id
WHERE p.pitch = ? AND p.applies = 1 AND p.state IN (SELECT value FROM json_each(?))
"""
_SEATED: Final = "SELECT member FROM seats WHERE circle = ? AND node = ?"
_ACCOUNTS: Final = """
SELECT member, id, role FROM accounts WHERE member IN (SELECT value FROM json_each(?)) AND disabled = 0
"""
_IN_EFFECT: Final = """
SELECT coalesce((SELECT applies = 1 FROM steps WHERE key = ?1), NOT EXISTS (SELECT 1 FROM steps WHERE key = ?1))
  AND NOT EXISTS (SELECT 1 FROM verdicts WHERE key = ?1 AND verdict = 'not-applicable')
"""
_MUTED: Final = """
SELECT 1 FROM mutes
WHERE account = ? AND ((scope = 'object' AND value = ?) OR (scope = 'reason' AND value = ?)) LIMIT 1
"""
_TELL: Final = """
INSERT INTO notices (account, key, reason, what, about, came) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_PRUNE: Final = """
DELETE FROM notices WHERE account = ?1 AND (came, key) < (
  SELECT came, key FROM notices WHERE account = ?1 ORDER BY came DESC, key DESC LIMIT 1 OFFSET ?2)
"""


def tell(tx: Tx, node: NodeId) -> None:
    """Before the commit: write the notices of the records this transaction took in. Adds to ``tx.topics``."""
    news = [item for item in tx.taken if item.record.type in RULES and item.time > tx.now - LATE]
    if not news or tx.db.execute(_NOBODY).fetchone() is None:
        return
    here = Here(tx.db, node)
    told = [(item, one) for item in news for one in _once(RULES[item.record.type](here, item))]
    wanted = listed({one.member for _, one in told if one.member is not None})
    accounts = {row[0]: Viewer(row[1], row[0], node, row[2]) for row in tx.db.execute(_ACCOUNTS, (wanted,))}
    for item, one in told:
        viewer = accounts.get(one.member or "")
        if viewer is not None and _concerns(tx.db, viewer, item, one):
            tx.db.execute(_TELL, (viewer.account, item.key, one.reason, item.record.type, one.about, tx.now))
            tx.topics.add(f"inbox:{viewer.member}")
    for viewer in accounts.values():
        tx.db.execute(_PRUNE, (viewer.account, KEPT - 1))


_NOBODY: Final = "SELECT 1 FROM accounts WHERE member IS NOT NULL LIMIT 1"


def _once(found: Iterable[Told]) -> list[Told]:
    """Each member once, for the strongest reason."""
    best: dict[str | None, Told] = {}
    for one in sorted(found, key=lambda one: REASONS.index(one.reason)):
        best.setdefault(one.member, one)
    return list(best.values())


def _concerns(db: sqlite3.Connection, viewer: Viewer, item: Item, one: Told) -> bool:
    id_ = str(item.entry)
    if is_author(db, viewer, id_, item.content) or not db.execute(_IN_EFFECT, (item.key,)).fetchone()[0]:
        return False
    if item.restricted and not may_read_content(db, viewer, id_, item.content):
        return False
    return db.execute(_MUTED, (viewer.account, one.about, one.reason)).fetchone() is None


# ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _pledged(here: Here, item: Item) -> Iterator[Told]:
    if here.is_near(item.content["pitch"]):
        owner = here.parties(str(item.entry))[1]
        yield Told(owner, "owner", str(item.entry))


def _settled(here: Here, item: Item) -> Iterator[Told]:
    yield from _both(here, item.content["pledge"])


def _both(here: Here, pledge: str) -> Iterator[Told]:
    giver, owner, _ = here.parties(pledge)
    yield Told(giver, "giver", pledge)
    yield Told(owner, "owner", pledge)


def _commented(here: Here, item: Item) -> Iterator[Told]:
    on = item.content["on"]
    before = item.content.get("reply_to")
    if before is not None and here.is_near(before):
        key = entry_key(here.db, parse_entry(before))
        row = here.db.execute("SELECT author FROM comments WHERE key = ?", (key,)).fetchone()
        yield Told(row[0] if row else None, "reply", on)
    yield Told(here.owner(on), "owner", on)
    yield from _both(here, on)


def _beside(field: str, reason: str = "owner") -> Rule:
    """Something said of an object: its owner hears it."""

    def rule(here: Here, item: Item) -> Iterator[Told]:
        subject = str(item.content[field])
        owner = here.owner(subject)
        if owner is None and here.is_near(subject) and (whole := here.subject(subject)) is not None:
            subject, owner = whole, here.owner(whole)
        yield Told(owner, reason, subject)

    return rule


def _to_one(field: str, about: str, reason: str) -> Rule:
    """Something that names one member."""

    def rule(here: Here, item: Item) -> Iterator[Told]:
        if member := item.content.get(field):
            yield Told(here.people.heir(member), reason, item.content.get(about) or str(item.entry))

    return rule


def _went_on(here: Here, item: Item) -> Iterator[Told]:
    pitch = item.content["pitch"]
    yield from (Told(giver, "giver", pitch) for giver in here.givers(pitch))
    yield from (Told(member, "circle", pitch) for member in here.seated(pitch))


def _checked_in(here: Here, item: Item) -> Iterator[Told]:
    pitch = item.content["pitch"]
    yield from (Told(here.people.heir(asked), "asked", pitch) for asked in item.content.get("asks") or ())
    yield from (Told(giver, "giver", pitch) for giver in here.givers(pitch))


def _thanked(here: Here, item: Item) -> Iterator[Told]:
    pitch, named = item.content["pitch"], item.content.get("to") or ()
    givers = [here.parties(pledge)[0] for pledge in named] if named else here.givers(pitch)
    yield from (Told(giver, "giver", pitch) for giver in givers)


def _written_up(here: Here, item: Item) -> Iterator[Told]:
    id_, pitch = str(item.entry), item.content.get("pitch")
    yield from (Told(here.owner(source), "source", id_) for source in item.content.get("derived_from") or ())
    if pitch:
        yield from (Told(giver, "giver", id_) for giver in here.givers(pitch))
        yield from (Told(member, "circle", id_) for member in here.seated(pitch))


def _in_circles(*fields: str) -> Rule:
    """Something new for the members of a circle."""

    def rule(here: Here, item: Item) -> Iterator[Told]:
        for circle in _circles(item.content, fields):
            yield from (Told(member, "circle", str(item.entry)) for member in here.seated(circle))

    return rule


def _circles(content: Mapping[str, Any], fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        found = content.get(field)
        circle = found.get("circle") if isinstance(found, dict) else found
        if circle and circle != "network":
            yield str(circle)


def _counted(here: Here, item: Item) -> Iterator[Told]:
    poll = item.content["poll"]
    row = here.db.execute("SELECT owner, about FROM objects WHERE id = ?", (poll,)).fetchone()
    if row is not None:
        yield Told(row[0], "owner", poll)
        yield from (Told(member, "circle", poll) for member in here.seated(row[1] or ""))


def _other_date(here: Here, item: Item) -> Iterator[Told]:
    event = item.content["event"]
    answers = voices.last_words(here.people, voices.on(here.db, [event], "rsvp"))
    for member, answer in answers.items():
        if member.startswith(here.node) and answer.content["answer"] in ("yes", "maybe"):
            yield Told(member, "coming", event)


_GOES_ON: Final = ("pitch.update", "pitch.advance")
RULES: Final[Mapping[str, Rule]] = {
    "pledge.offer": _pledged,
    **dict.fromkeys(STEP_OF, _settled),
    "comment": _commented,
    **dict.fromkeys(_GOES_ON, _went_on),
    "check_in": _checked_in,
    "thanks": _thanked,
    "artifact.publish": _written_up,
    "poll.close": _counted,
    **dict.fromkeys(("event.revise", "event.cancel"), _other_date),
    "poll.open": _in_circles("eligible", "subject"),
    "event.schedule": _in_circles("circle", "pitch"),
    "issue.raise": _in_circles("circle"),
    "attest": _beside("pitch"),
    "catalyse": _beside("pitch"),
    "encourage": _beside("on"),
    "label": _beside("on"),
    "translation": _beside("of"),
    "check_in.attest": _beside("check_in"),
    "reuse": _beside("artifact", "author"),
    "circle.join": _beside("circle"),
    "circle.role": _to_one("member", "circle", "named"),
    "invite": _to_one("to", "pitch", "invited"),
    "pitch.open": _to_one("facilitator", "id", "facilitator"),
    "pitch.revise": _to_one("facilitator", "pitch", "facilitator"),
}
"""By record type. A type that is not here tells nobody."""
