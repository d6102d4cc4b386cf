"""B3: the sum of private pledges is told in rounds, so that neither its time nor its pace tells which gift is behind it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.tallying import HOUR, next_round
from store.views import pitches, pledges
from store.views.ground import claimed_in
from tests.kit.web import House, Member
from tests.web.world import FULL

MINUTE = 60_000
GIFT = {
    "type": "pledge.offer", "ask": "travel", "kind": "money", "unit": "CAD", "text": {"en": "Quietly"},
    "conflict": "none",
}  # fmt: skip


class Barn:
    """A node with a pitch that is ready, its owner and two who give privately."""

    def __init__(self, folder: Path) -> None:
        self.house = House.open(folder)
        self.owner, self.giver, self.other = [self.house.member(name) for name in ("Owner", "Giver", "Other")]
        self.house.later(7 * MINUTE + 13)

    def open(self, **policy: int) -> str:
        if policy:
            self.house.publish_now(None, {"type": "node.policy", **policy})
        return str(self.house.publish_now(self.owner, FULL).id)

    def gift(self, pitch: str, quantity: int, who: Member | None = None) -> str:
        """Offered and accepted in this very millisecond."""
        offer = GIFT | {"pitch": pitch, "quantity": quantity}
        pledge = str(self.house.publish_now(who or self.giver, offer).id)
        accept = {"type": "pledge.accept", "pledge": pledge, "quantity": quantity}
        self.house.publish_now(self.owner, accept)
        return pledge

    def tallies(self) -> list[tuple[int, Any]]:
        """(claimed time, sums) of every sum there is, in their order."""
        return list(self.house.read_now(_tallies))

    def wake(self) -> None:
        """What the node's own timer does."""
        self.house.write_now(lambda tx: None)

    def seen(self, pitch: str, who: Member) -> int:
        """What somebody sees of the ask for money."""
        found = self.house.read_now(pitches.one, self.house.viewer(who), pitch, now=self.house.now)
        return int(next(ask["accepted"] for ask in found["asks"] if ask["key"] == "travel"))


def _tallies(db: sqlite3.Connection) -> list[tuple[int, Any]]:
    rows = db.execute(
        "SELECT e.header, json_extract(CAST(substr(v.envelope, 17) AS TEXT), '$.asks.travel.accepted')"
        " FROM steps AS s JOIN entries AS e ON e.key = s.key JOIN envelopes AS v ON v.key = s.key"
        " WHERE s.type = 'pitch.tally' ORDER BY s.key"
    )
    return [(claimed_in(header), accepted) for header, accepted in rows]


@pytest.fixture
def barn(tmp_path: Path) -> Iterator[Barn]:
    barn = Barn(tmp_path)
    yield barn
    barn.house.close()


def test_b3_a_lone_gift_waits_for_the_next_round(barn: Barn) -> None:
    """B3: with one private giver the tally *is* the gift, in the same millisecond as the accept."""
    pitch = barn.open()
    accepted = barn.house.now
    gift = barn.gift(pitch, 31_000)
    barn.wake()
    assert barn.tallies() == [] and barn.seen(pitch, barn.other) == 0
    for who in (barn.owner, barn.giver):  # the two see it at once
        pledge = barn.house.read_now(pledges.one, barn.house.viewer(who), gift, now=barn.house.now)
        assert pledge["state"] == "accepted"
    due = barn.house.read_now(next_round)
    assert due % HOUR == 0 and accepted < due <= accepted + HOUR
    barn.house.now = due - 1
    barn.wake()
    assert barn.tallies() == []
    barn.house.now = due
    barn.wake()
    assert barn.tallies() == [(due, 31_000)] and barn.seen(pitch, barn.other) == 31_000
    assert barn.house.read_now(next_round) is None


def test_b3_a_round_tells_all_its_steps_once(barn: Barn) -> None:
    """B3: the sum is published at most every `tally_every`, for all pitches at the same moment."""
    first, second = barn.open(), barn.open()
    for pitch, quantity, who in (
        (first, 1_000, barn.giver),
        (first, 200, barn.other),
        (second, 30, barn.other),
    ):
        barn.gift(pitch, quantity, who)
        barn.house.later(MINUTE)
    barn.house.later(HOUR)
    barn.wake()
    barn.wake()
    times, sums = zip(*barn.tallies(), strict=True)
    assert sorted(sums) == [30, 1_200] and len(set(times)) == 1
    barn.gift(first, 5)
    barn.house.later(30 * MINUTE)
    barn.wake()
    assert len(barn.tallies()) == 2


def test_b3_no_private_step_tells_a_round_itself(barn: Barn) -> None:
    """B3: the claimed time must not reveal it: a step that comes when a round is due waits for the next one."""
    pitch = barn.open()
    barn.gift(pitch, 1_000)
    barn.house.later(2 * HOUR)
    barn.gift(pitch, 200)
    assert barn.tallies() == []
    barn.wake()
    assert barn.tallies() == [], "a sum this step is in would be told in its millisecond"
    barn.house.later(HOUR)
    barn.wake()
    assert [accepted for _, accepted in barn.tallies()] == [1_200]


def test_b3_what_was_taken_back_before_the_round_is_never_told(barn: Barn) -> None:
    """B3: a gift accepted and released within a round leaves a sum of nothing, not its amount."""
    pitch = barn.open()
    gift = barn.gift(pitch, 1_000)
    barn.house.publish_now(barn.giver, {"type": "pledge.release", "pledge": gift, "reason": "workload"})
    barn.house.later(HOUR)
    barn.wake()
    assert [accepted for _, accepted in barn.tallies()] == [0]


def test_b3_a_restart_forgets_no_round(tmp_path: Path) -> None:
    """B3: what is owed is a row, not a task in memory."""
    barn = Barn(tmp_path / "before")
    barn.gift(barn.open(), 1_000)
    barn.house.close()
    (tmp_path / "after").mkdir()
    barn.house = barn.house.copied(tmp_path / "after")
    barn.house.later(5 * HOUR)
    barn.wake()
    assert [accepted for _, accepted in barn.tallies()] == [1_000]
    barn.house.close()


def test_b3_a_policy_sets_the_rounds_of_the_pitches_opened_under_it(barn: Barn) -> None:
    """B3: `tally_every` is a number of `node.policy`: 0 tells at once, and later policies loosen nothing."""
    slow, quick = barn.open(), barn.open(tally_every=0)
    barn.gift(slow, 1_000)
    assert barn.tallies() == []
    barn.gift(quick, 200)
    assert [accepted for _, accepted in barn.tallies()] == [200]
    daily = barn.open(tally_every=24)
    barn.gift(daily, 30)
    barn.house.later(HOUR)
    barn.wake()
    assert [accepted for _, accepted in barn.tallies()] == [200, 1_000]
    barn.house.later(24 * HOUR)
    barn.wake()
    assert [accepted for _, accepted in barn.tallies()] == [200, 1_000, 30]
