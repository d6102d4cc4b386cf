"""Obligations and impact against a second, slow reading of the same log, over a thousand random lives."""

from __future__ import annotations

from random import Random

import pytest

from store.views import impact, obligations
from store.views.impact_rows import counts
from store.views.shapes import ImpactFilters
from tests.kit.lives import PLACES, TOPICS, Life
from tests.kit.logs import NOW, Author
from tests.kit.slow_duties import Duty, duties, every
from tests.kit.slow_impact import impact as slow_impact
from tests.kit.slow_life import Slow
from tests.kit.views import Shelf, full_pitch, member, offer, say

SEEDS = 1_000
LOTS = 20


def shown(shelf: Shelf, member: str, now: int) -> list[Duty]:
    found = obligations.of_viewer(shelf.db, shelf.viewer(member), now=now)
    assert [wait["due"] for wait in found.on_me] == sorted(
        (wait["due"] for wait in found.on_me), key=lambda due: (due is None, due)
    )
    sides = ((True, found.on_me), (False, found.on_others))
    return sorted(
        (
            Duty(mine, wait["reason"], wait["id"], wait["due"], wait["overdue"])
            for mine, waits in sides
            for wait in waits
        ),
        key=repr,
    )


@pytest.mark.parametrize("lot", range(LOTS))
def test_obligations_and_impact_are_what_the_log_says(lot: int) -> None:
    for seed in range(lot, SEEDS, LOTS):
        random = Random(seed)
        life = Life(random, random.choice([10, 30, 50, 70]) if seed % 10 else 140)
        slow, own = Slow(life.authors, life.now), random.choice(life.authors)
        shelf, lines = Shelf(own), every(slow, own.node, life.unnamed)
        shelf.now = life.now
        hers = [(pledge, 1, who) for pledge, who in life.unnamed.items() if pledge.startswith(own.node)]
        shelf.db.executemany("INSERT INTO unnamed VALUES (?, ?, ?)", hers)
        shelf.take_all(*life.authors)
        here = [id_ for id_ in life.everyone if id_.startswith(own.node)]
        for one in here:
            assert shown(shelf, one, life.now) == duties(slow, lines, one), seed
        place, topic = random.choice([None, None, *PLACES, "CA"]), random.choice([None, None, *TOPICS])
        found = impact.figures(shelf.db, shelf.viewer(here[0]), ImpactFilters(place, topic), now=life.now)
        assert found == slow_impact(slow, own.node, place, topic), seed


def test_a_private_pledge_answers_no_invitation_before_who_may_not_know() -> None:
    """Who invited her to another's pitch learns of it what she says to all; the pitch's owner knows."""
    at, away = Author(1), Author(2)
    owner, friend, giver = member(at), member(at, "clerk"), member(away)
    both = sorted((at.node, away.node))
    pitch = say(at, full_pitch(owner))
    for by in (owner, friend):
        say(at, {"type": "invite", "by": by, "pitch": pitch, "to": giver}, audience=both)
    say(away, offer(pitch, giver, "travel", "money", 30_000, "CAD"), audience=both)
    shelf = Shelf(at).take_all(at, away)
    told = {by: [one.reason for one in shown(shelf, by, NOW)] for by in (owner, friend, giver)}
    assert told[friend] == ["invited"]
    assert "invited" not in told[owner] + told[giver]


def test_months_are_whole_and_share_nothing() -> None:
    life = Life(Random(11), 140)
    shelf = Shelf(life.authors[0]).take_all(*life.authors)
    months = [f"{year}-{number:02}" for year in (2025, 2026, 2027, 2028) for number in range(1, 13)]
    apart = [counts(shelf.db, ImpactFilters(since=one, until=one), life.now) for one in months]
    whole = counts(shelf.db, ImpactFilters(), life.now)
    until = counts(shelf.db, ImpactFilters(until="2028-12"), life.now)
    assert whole == until
    for figure in ("asks", "reuse"):
        told = [month[figure].total.things for month in apart if figure in month]
        assert sum(told) == whole[figure].total.things > 0
