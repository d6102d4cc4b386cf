"""What the one door asks of who joins, keeps and leaves a circle, and of who raises an issue."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.errors import Refused
from protocol.records import NotAcceptable
from tests.kit.logs import Author as Node
from tests.kit.logs import meet
from tests.kit.views import DAY, full_pitch, member, offer, say
from tests.store.test_publishing import House, deliver, faults, house

__all__ = ["house"]

FOUND = {"type": "circle.found", "name": {"en": "Forms people finish"}, "sunset": "2028-01-01"}
ISSUE = {"type": "issue.raise", "title": {"en": "Applicants give up halfway"}}


def founded(house: House) -> str:
    return str(house.say(house.owner, FOUND).id)


def step(kind: str, circle: str, **more: Any) -> dict[str, Any]:
    return {"type": f"circle.{kind}", "circle": circle, **more}


def refused(house: House, author: Any, content: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(NotAcceptable) as error:
        house.say(author, content)
    return faults(error)


def test_one_joins_once_and_leaves_what_she_is_in(house: House) -> None:
    circle = founded(house)
    assert refused(house, house.owner, step("join", circle)) == [("circle", "in-already")]
    assert refused(house, house.other, step("leave", circle)) == [("circle", "not-in-circle")]
    house.say(house.other, step("join", circle))
    assert refused(house, house.other, step("join", circle)) == [("circle", "in-already")]
    house.say(house.other, step("leave", circle))
    house.say(house.other, step("join", circle))


def test_a_circle_of_a_pitch_is_joined_once_it_has_formed(house: House) -> None:
    pitch = house.pitch()
    assert refused(house, house.other, step("join", pitch)) == [("circle", "no-circle")]
    with pytest.raises(NotAcceptable, match="no-circle"):
        house.say(house.other, {"type": "comment", "on": pitch, "text": {"en": "x"}, "audience": "circle"})
    pledge = str(house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person")).id)
    house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1})
    house.say(house.other, step("join", pitch))
    assert refused(house, house.giver, step("join", pitch)) == [("circle", "in-already")]
    assert house.pitch_page(pitch)["circle"] == pitch


def test_what_is_no_circle_is_not_here(house: House) -> None:
    issue = str(house.say(house.owner, ISSUE).id)
    assert refused(house, house.other, step("join", issue)) == [("circle", "not-here")]
    assert refused(house, house.other, {"type": "issue.share", "issue": founded(house)}) == [
        ("issue", "not-here")
    ]


def test_a_circle_past_its_last_day_takes_nobody_in_and_keeps_nobody(house: House) -> None:
    circle = founded(house)
    house.say(house.giver, step("join", circle))
    house.say(house.owner, step("revise", circle, sunset="2026-06-30"))
    assert refused(house, house.other, step("join", circle)) == [("circle", "circle-over")]
    house.say(house.giver, step("leave", circle))


def test_only_its_owner_restates_a_circle(house: House) -> None:
    circle = founded(house)
    with pytest.raises(Refused, match="not-yours"):
        house.say(house.other, step("revise", circle, purpose={"en": "Mine"}))
    house.say(house.owner, step("revise", circle, purpose={"en": "Ours"}))


def test_roles_are_given_by_stewards_and_laid_down_by_oneself(house: House) -> None:
    circle = founded(house)
    giver, other = str(house.giver.member), str(house.other.member)

    def role(name: str, who: str) -> dict[str, Any]:
        return step("role", circle, member=who, role=name)

    assert refused(house, house.owner, role("steward", giver)) == [("member", "not-in-circle")]
    house.say(house.giver, step("join", circle))
    house.say(house.other, step("join", circle))
    assert refused(house, house.giver, role("steward", other)) == [("role", "not-a-steward")]
    assert refused(house, house.giver, role("steward", giver)) == [("role", "role-kept")]
    assert refused(house, house.giver, role("member", giver)) == [("role", "not-a-steward")]
    house.say(house.owner, role("steward", giver))
    assert refused(house, house.owner, role("steward", giver)) == [("member", "steward-already")]
    assert refused(house, house.owner, role("member", giver)) == [("member", "own-role-only")]
    house.say(house.giver, role("steward", other))
    house.say(house.giver, role("member", giver))
    assert refused(house, house.giver, role("steward", giver)) == [("role", "role-kept")]
    house.clock.now += 180 * DAY
    house.say(house.giver, role("steward", giver))


def test_an_issue_in_a_circle_is_raised_by_who_is_in_it(house: House) -> None:
    circle = founded(house)
    assert refused(house, house.other, {**ISSUE, "circle": circle}) == [("circle", "not-in-circle")]
    house.say(house.other, ISSUE)
    issue = str(house.say(house.owner, {**ISSUE, "circle": circle}).id)
    assert refused(house, house.owner, {"type": "issue.share", "issue": issue}) == [("issue", "own-issue")]
    house.say(house.other, {"type": "issue.share", "issue": issue})
    assert refused(house, house.other, {"type": "issue.share", "issue": issue}) == [
        ("issue", "shared-already")
    ]
    same = {"type": "issue.same", "issue": issue}
    assert refused(house, house.other, {**same, "as": issue}) == [("as", "itself")]
    assert refused(house, house.other, {**same, "as": circle}) == [("as", "not-here")]


def test_the_word_circle_is_the_nodes_of_its_members_today(house: House) -> None:
    away = Node(2)
    meet(house.store, away)
    by, pitch = member(away), house.pitch()
    pledge = say(away, offer(pitch, by, "intro", "introduction", 1, "person"))
    deliver(house.store, away, 0)
    house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1})
    remark = {"type": "comment", "on": pitch, "text": {"en": "Among us"}, "audience": "circle"}
    both = sorted((house.node.node, away.node))
    assert house.stored(house.say(house.owner, remark))["audience"] == both
    before = away.size
    say(away, step("leave", pitch, by=by))
    deliver(house.store, away, before)
    assert house.stored(house.say(house.owner, remark))["audience"] == [house.node.node]


def test_a_step_in_a_circle_goes_where_the_circle_is(house: House) -> None:
    circle = str(house.say(house.owner, {**FOUND, "audience": "here"}).id)
    made = house.say(house.other, step("join", circle))
    assert house.stored(made)["audience"] == [house.node.node]
    assert refused(house, house.giver, step("join", circle, audience="network")) == [
        ("audience", "not-the-object-s")
    ]
    open_one = founded(house)
    assert "audience" not in house.stored(house.say(house.other, step("join", open_one)))
    issue = house.say(house.other, {**ISSUE, "circle": open_one, "audience": "circle"})
    assert house.stored(issue)["audience"] == [house.node.node]


def test_a_pitch_that_answers_an_issue_is_found_from_it(house: House) -> None:
    issue = str(house.say(house.other, ISSUE).id)
    house.say(house.owner, full_pitch(None, answers=[issue]))
    assert len(house.rows("SELECT 1 FROM facets WHERE facet = 'pitch.answers' AND value = ?", issue)) == 1
