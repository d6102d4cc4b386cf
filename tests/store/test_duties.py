"""Obligations and impact against a second, slow reading of the same log, over a thousand random lives."""

from __future__ import annotations

from random import Random

import pytest

from store.views import impact, obligations
from store.views.shapes import ImpactFilters
from tests.kit.lives import PLACES, TOPICS, Life
from tests.kit.slow_duties import Duty, duties, every
from tests.kit.slow_impact import impact as slow_impact
from tests.kit.slow_life import Slow
from tests.kit.views import Shelf

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
        for member in here:
            assert shown(shelf, member, life.now) == duties(slow, lines, member), seed
        place, topic = random.choice([None, None, *PLACES, "CA"]), random.choice([None, None, *TOPICS])
        found = impact.figures(shelf.db, shelf.viewer(here[0]), ImpactFilters(place, topic), now=life.now)
        assert found == slow_impact(slow, own.node, place, topic), seed
