"""The state of everything, worked out slowly and apart: from the contents of a log, by the letter of DOMAIN.

Nothing of ``protocol.rules`` or ``store.views`` is used here: it is a second reading of the same text. Everything is
looked for by walking the whole log. A person is all the cards that both sides of a move join, the old before the new;
what an old card says after its move is nobody's. Who is behind a pledge without a name nobody can know.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from protocol.entry import parse_header
from tests.kit.logs import Author

DAY = 86_400_000
CHECK_INS = (30, 90, 180)
TAKEN = ("accepted", "fulfilled", "confirmed", "disputed")
OVER = ("closed", "withdrawn", "cancelled")


class Said(NamedTuple):
    """A record of the log."""

    id: str
    node: str
    index: int
    time: int
    content: dict[str, Any]

    @property
    def by(self) -> str | None:
        return self.content.get("by")

    @property
    def hidden(self) -> bool:
        return "audience" in self.content

    def is_at(self, node: str) -> bool:
        """Whether a node holds what is said."""
        return not self.hidden or node in self.content["audience"]


def noon(day: str) -> int:
    return (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()) * DAY + DAY // 2


def ended_everywhere(day: str) -> int:
    """A bare date lasts until 12:00 UTC of the next day."""
    return noon(day) + DAY


class Slow:
    """A log read whole, looked at at a time."""

    def __init__(self, authors: Sequence[Author], now: int) -> None:
        self.now = now
        self.records = [
            Said(
                f"{author.node}-0-{index}",
                author.node,
                index,
                parse_header(header).time,
                json.loads(envelope[16:]),
            )
            for author in authors
            for index, (header, envelope) in enumerate(author.entries)
        ]
        self.by_id = {record.id: record for record in self.records}
        self._by_type: dict[str, list[Said]] = {}
        for record in self.records:
            self._by_type.setdefault(record.content["type"], []).append(record)

    def of(self, kind: str, **fields: str) -> list[Said]:
        """All records of a type that say this, each node's in its order."""
        return [
            record
            for record in self._by_type.get(kind, [])
            if all(record.content.get(name) == value for name, value in fields.items())
        ]

    @cached_property
    def moves(self) -> dict[str, Said]:
        """The move of each card that has one: the first to a card that says it was hers."""
        was = {card.id: card.content.get("was") for card in self.of("member.introduce")}
        found: dict[str, Said] = {}
        for move in self.of("member.move"):
            if was.get(move.content["to"]) == move.by:
                found.setdefault(str(move.by), move)
        return found

    @cached_property
    def earlier(self) -> dict[str, str]:
        """The card before each that was moved to."""
        return {move.content["to"]: old for old, move in self.moves.items()}

    def today(self, card: str) -> str:
        """The last card of a person."""
        while card in self.moves:
            card = self.moves[card].content["to"]
        return card

    def turn(self, record: Said) -> tuple[int, int] | None:
        """The place of a record among all its author says; None once she has moved on from that card."""
        card = str(record.by)
        if card in self.moves and record.index > self.moves[card].index:
            return None
        stretch = 0
        while card in self.earlier:
            card, stretch = self.earlier[card], stretch + 1
        return stretch, record.index

    def said_by(self, person: str, kind: str, **fields: str) -> list[Said]:
        """What a person said under all her cards, in her order."""
        found = [
            (turn, one)
            for one in self.of(kind, **fields)
            if one.by and self.today(one.by) == person and (turn := self.turn(one)) is not None
        ]
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]

    def last_by(self, records: list[Said]) -> dict[str, Said]:
        """The last word of each person."""
        said = [(turn, one) for one in records if (turn := self.turn(one)) is not None]
        return {self.today(str(one.by)): one for _, one in sorted(said, key=lambda pair: pair[0])}

    def ends(self, day: str) -> int:
        """When a day is over."""
        return ended_everywhere(day)

    def place(self, node: str) -> str:
        return str(self.of_node(node)["jurisdiction"])

    def of_node(self, node: str) -> dict[str, Any]:
        return [one for one in self.of("node.profile") if one.node == node][-1].content

    @cached_property
    def pitches(self) -> dict[str, Pitch]:
        return {record.id: Pitch(self, record) for record in self.of("pitch.open")}

    @cached_property
    def pledges(self) -> list[Pledge]:
        found = [Pledge(self, record) for record in self.of("pledge.offer")]
        return [pledge for pledge in found if pledge.giver != pledge.pitch.owner]


class Pledge:
    """A pledge and what became of it."""

    def __init__(self, slow: Slow, record: Said) -> None:
        self.slow, self.record, self.id = slow, record, record.id
        self.giver = slow.today(record.by) if record.by else None
        self.pitch = slow.pitches[record.content["pitch"]]
        self.hidden = record.hidden

    def step(self, kind: str, by: str | None) -> list[Said]:
        """Steps of a side; that of a giver without a name is whatever her node says."""
        if by is None:
            made = [one for one in self.slow.of(kind, pledge=self.id) if one.node == self.record.node]
        else:
            made = self.slow.said_by(by, kind, pledge=self.id)
        return [one for one in made if one.hidden == self.hidden]

    def place(self, step: Said) -> tuple[int, int]:
        """Where a step stands among all its side says."""
        return (self.slow.turn(step) if step.by else None) or (0, step.index)

    def last(self, kind: str, by: str | None) -> Said | None:
        return (self.step(kind, by) or [None])[-1]

    @cached_property
    def accept(self) -> Said | None:
        return self.last("pledge.accept", self.pitch.owner)

    @cached_property
    def fulfil(self) -> Said | None:
        return self.last("pledge.fulfil", self.giver)

    @cached_property
    def taken(self) -> int:
        """What was accepted, not more than was offered."""
        return min(self.accept.content["quantity"], self.record.content["quantity"]) if self.accept else 0

    @cached_property
    def said(self) -> str:
        """The strongest of confirm, fulfil, release, withdraw, the last accept or decline, offered."""
        owner = self.pitch.owner
        accept, fulfil, confirm = self.accept, self.fulfil, self.last("pledge.confirm", owner)
        if accept and confirm:
            if confirm.content["result"] != "not":
                return "confirmed"
            seen = self.slow.by_id.get(confirm.content.get("fulfil", ""))
            later = fulfil and self._is_later(fulfil, seen)
            return "fulfilled" if later else "disputed"
        if accept and fulfil:
            return "fulfilled"
        withdraw = self.last("pledge.withdraw", self.giver)
        released = any(self.last("pledge.release", who) for who in (owner, self.giver))
        if released or (accept and withdraw) or self.pitch.said in ("withdrawn", "cancelled"):
            return "released"
        decline = self.last("pledge.decline", owner)
        answered = "declined" if decline else "offered"
        if accept and (not decline or self.place(accept) > self.place(decline)):
            answered = "accepted"
        return "withdrawn" if withdraw else answered

    def _is_later(self, fulfil: Said, seen: Said | None) -> bool:
        """Whether a fulfil was made after the one that was seen; one that is no step of hers was none."""
        hers = self.step("pledge.fulfil", self.giver)
        return seen not in hers or hers.index(fulfil) > hers.index(seen)

    @cached_property
    def due(self) -> int | None:
        needed_by = next(
            (ask.get("needed_by") for ask in self.pitch.asks if ask["key"] == self.record.content.get("ask")),
            None,
        )
        if self.said == "offered":
            fortnight = self.record.time + 14 * DAY
            needed = ended_everywhere(needed_by) if needed_by else 0
            return min(needed, fortnight) if needed > self.record.time else fortnight
        if self.said == "accepted" and self.accept:
            since = self.accept.time
            dates = [ended_everywhere(day) for day in (needed_by, self.pitch.when.get("start")) if day]
            return next((day for day in dates if day > since), since + 14 * DAY)
        if self.said == "fulfilled" and self.fulfil:
            return self.fulfil.time + 14 * DAY
        return None

    @cached_property
    def lapsed(self) -> bool:
        late = {"offered": 0, "accepted": 14 * DAY}.get(self.said)
        return late is not None and self.due is not None and self.slow.now >= self.due + late

    @cached_property
    def returned(self) -> str:
        """What became of the return: none, promised, overdue, delivered, no-answer, met, partly, not."""
        if answer := self.last("return.confirm", self.giver):
            return str(answer.content["result"])
        if delivered := self.delivered:
            return "no-answer" if self.slow.now >= delivered.time + 14 * DAY else "delivered"
        if not self.accept or "return" not in self.accept.content:
            return "none"
        due = self.accept.content.get("return_due")
        return "overdue" if due and self.slow.now >= ended_everywhere(due) else "promised"

    @cached_property
    def delivered(self) -> Said | None:
        return self.last("return.deliver", self.pitch.owner)


class Pitch:
    """A pitch and what became of it."""

    def __init__(self, slow: Slow, record: Said) -> None:
        self.slow, self.record, self.id = slow, record, record.id
        self.owner = slow.today(str(record.by))
        self.said: str | None = None
        self.ahead = False
        self.named_at = record.time
        self.now = dict(record.content)
        changes = [
            *slow.said_by(self.owner, "pitch.advance", pitch=self.id),
            *slow.said_by(self.owner, "pitch.revise", pitch=self.id),
        ]
        for change in sorted(changes, key=lambda one: slow.turn(one) or (0, 0)):
            self._change(change)

    def _change(self, change: Said) -> None:
        if self.said in OVER:
            return
        if change.content["type"] == "pitch.revise":
            if "facilitator" in change.content and change.content["facilitator"] != self.now.get(
                "facilitator"
            ):
                self.named_at = change.time
            self.now |= {
                name: change.content[name] for name in ("when", "facilitator") if name in change.content
            }
            return
        to = change.content["to"]
        if (
            self.said is None
            or (self.said, to) in (("underway", "sharing"),)
            or to in ("closed", "cancelled")
        ):
            self.said, self.ahead = to, self.ahead or to in ("underway", "sharing")

    @property
    def asks(self) -> list[dict[str, Any]]:
        return list(self.now.get("asks", ()))

    @property
    def when(self) -> dict[str, str]:
        return dict(self.now.get("when", {}))

    @cached_property
    def end(self) -> int | None:
        return ended_everywhere(self.when["end"]) if "end" in self.when else None

    @cached_property
    def place(self) -> str:
        return (self.now.get("where") or {}).get("jurisdiction") or self.slow.place(self.record.node)

    @cached_property
    def met(self) -> set[str]:
        """Asks met: the owner's public accepts, in order, up to what is asked."""
        found = set()
        for ask in self.asks:
            towards = [p for p in self.slow.pledges if p.pitch is self and not p.hidden and p.said in TAKEN]
            same = [p for p in towards if p.record.content.get("ask") == ask["key"]]
            if sum(p.taken for p in same if p.record.content["kind"] == ask["kind"]) >= ask["quantity"]:
                found.add(ask["key"])
        return found

    @cached_property
    def resourced(self) -> bool:
        took = any(p.pitch is self and not p.hidden and p.said in TAKEN for p in self.slow.pledges)
        return took and all(ask["key"] in self.met for ask in self.asks if ask["must"])

    @cached_property
    def check_ins(self) -> dict[int, Said]:
        """The answer that counts for each day: by name, or the first day without one."""
        found: dict[int, Said] = {}
        for record in self.slow.said_by(self.owner, "check_in", pitch=self.id):
            day = record.content.get("day") or next(
                (day for day in CHECK_INS if day not in found), CHECK_INS[-1]
            )
            if day in CHECK_INS:
                found[day] = record
        return found

    @cached_property
    def applied(self) -> str | None:
        answers = {record.content["applied"] for record in self.check_ins.values()}
        return next((word for word in ("yes", "partly", "no") if word in answers), None)

    @cached_property
    def attested(self) -> bool:
        for record in self.check_ins.values():
            words = self.slow.last_by(self.slow.of("check_in.attest", check_in=record.id))
            others = [one for by, one in words.items() if by != self.owner]
            if record.content["applied"] == "yes" and any(one.content["saw"] == "yes" for one in others):
                return True
        return False

    @cached_property
    def state(self) -> str:
        now, applied = self.slow.now, self.applied in ("yes", "partly")
        if self.said in OVER:
            return str(self.said)
        if self.resourced or self.said or applied:
            if self.end is not None and now >= self.end + (180 + 30) * DAY:
                return "closed"
            if applied:
                return "applied"
            if self.said == "sharing" or (self.end is not None and now >= self.end):
                return "sharing"
            started = "start" in self.when and now >= noon(self.when["start"])
            return "underway" if self.said == "underway" or started else "resourced"
        opened = self.record.time
        lapses = ended_everywhere(self.when["start"]) if "start" in self.when else opened + 90 * DAY
        return "lapsed" if now >= lapses else "open"
