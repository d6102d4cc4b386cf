"""What rows say of circles and issues, and to whom."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from store.views import circle_page, circles, issue_page, issues, seats
from store.views.shapes import CircleFilters, IssueFilters
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, Village, full_pitch, member, say

LATER = NOW + 40 * DAY


class Town(NamedTuple):
    """The village with a founded circle at A, in which B's member is, and an issue in it."""

    village: Village
    circle: str
    issue: str

    def shelf(self, author: Author | None = None) -> Shelf:
        return Shelf(author or self.village.a).take_all(*self.village.authors)

    def page(self, circle: str, viewer: str | None = None, now: int = LATER) -> Any:
        shelf = self.shelf()
        return circle_page.one(shelf.db, shelf.viewer(viewer), circle, now=now)

    def issue_page(self, issue: str, viewer: str | None = None) -> Any:
        shelf = self.shelf()
        return issue_page.one(shelf.db, shelf.viewer(viewer), issue, now=LATER)

    def listed(self, viewer: str | None = None, **filters: Any) -> set[str]:
        shelf = self.shelf()
        found = circles.listing(shelf.db, shelf.viewer(viewer), CircleFilters(**filters), now=LATER)
        return {item["id"] for item in found.items}


@pytest.fixture
def town() -> Town:
    village = Village()
    content = {
        "type": "circle.found",
        "by": village.giver,
        "name": {"en": "Forms people finish"},
        "purpose": {"en": "Share what we test"},
        "topics": ["digital"],
        "sunset": "2027-12-31",
    }
    circle = say(village.a, content)
    say(village.b, {"type": "circle.join", "by": village.other, "circle": circle})
    raised = {"type": "issue.raise", "by": village.other, "circle": circle, "topics": ["data"]}
    issue = say(village.b, {**raised, "title": {"en": "Applicants give up halfway"}})
    return Town(village, circle, issue)


def who(page: Any) -> dict[str, str]:
    return {place["who"]["id"]: place["basis"] for place in page["members_list"]}


# ── the circle of a pitch ────────────────────────────────────────────────────────────────────────────────────


def test_a_pitch_forms_a_circle_of_those_who_are_named_in_public(town: Town) -> None:
    village = town.village
    page = town.page(village.pitch)
    assert (page["kind"], page["name"]) == ("pitch", {"en": "Service design lab, Halifax"})
    assert who(page) == {village.owner: "owner", village.giver: "giver"}
    assert (page["members"], page["organisations"]) == (2, 2)
    assert [pitch["id"] for pitch in page["pitches"]] == [village.pitch]
    assert [artifact["id"] for artifact in page["artifacts"]] == [village.artifact]


def test_there_is_none_before_the_first_accept(town: Town) -> None:
    village = town.village
    pitch = say(village.c, full_pitch(village.owner))
    say(village.b, {"type": "catalyse", "by": village.other, "pitch": pitch})
    shelf = town.shelf()
    assert shelf.db.execute("SELECT count(*) FROM seats WHERE circle = ?", (pitch,)).fetchone() == (2,)
    assert town.page(pitch) is None
    assert pitch not in town.listed()
    assert seats.nodes_of(shelf.db, pitch) == []


def test_catalysts_attesters_and_whoever_joins_are_in_it(town: Town) -> None:
    village = town.village
    others = [member(village.b, f"clerk {number}") for number in range(3)]
    say(village.b, {"type": "catalyse", "by": others[0], "pitch": village.pitch})
    check_in = {"type": "check_in", "by": village.owner, "pitch": village.pitch, "applied": "yes"}
    check = say(village.c, check_in)
    attest = {"type": "check_in.attest", "check_in": check, "saw": "yes"}
    say(village.b, {**attest, "by": others[1]})
    say(village.c, {**attest, "by": village.owner})
    say(village.b, {"type": "circle.join", "by": others[2], "circle": village.pitch})
    bases = who(town.page(village.pitch))
    assert [bases[other] for other in others] == ["catalyst", "attester", "joined"]
    assert bases[village.owner] == "owner"


def test_who_leaves_is_out_until_she_joins_again(town: Town) -> None:
    village = town.village
    step = {"by": village.giver, "circle": village.pitch}
    say(village.a, {"type": "circle.leave", **step})
    assert village.giver not in who(town.page(village.pitch))
    say(village.a, {"type": "circle.join", **step}, at=NOW + DAY)
    place = next(one for one in town.page(village.pitch)["members_list"] if one["who"]["id"] == village.giver)
    assert (place["basis"], place["since"]) == ("giver", NOW + DAY)


def test_its_owner_says_what_it_is_for(town: Town) -> None:
    village = town.village
    revise = {"type": "circle.revise", "circle": village.pitch}
    say(village.c, {**revise, "by": village.owner, "name": {"en": "Halifax alumni"}, "sunset": "2026-11-01"})
    say(village.b, {**revise, "by": village.other, "name": {"en": "Stolen"}})
    say(village.c, {**revise, "by": member(village.c, "colleague"), "name": {"en": "Stolen too"}})
    page = town.page(village.pitch)
    assert (page["name"], page["sunset"], page["topics"]) == (
        {"en": "Halifax alumni"},
        "2026-11-01",
        ["citizen-services"],
    )
    assert page["over"]


def test_it_outlives_its_owner_s_move_and_node(town: Town) -> None:
    """The owner goes to another node: the circle stays, she is in it under her new card and keeps it."""
    village = town.village
    card = member(village.b, "analyst c", was=village.owner)
    say(village.c, {"type": "member.move", "by": village.owner, "to": card})
    say(village.b, {"type": "circle.revise", "by": card, "circle": village.pitch, "purpose": {"en": "Go on"}})
    page = town.page(village.pitch)
    assert who(page)[card] == "owner"
    assert village.owner not in who(page)
    assert page["purpose"] == {"en": "Go on"}
    assert [one["who"]["id"] for one in page["stewards"]] == [card]


# ── founded ones, stewards, what is asked for ────────────────────────────────────────────────────────────────


def test_lists_hold_both_kinds_and_narrow(town: Town) -> None:
    village = town.village
    assert town.listed() == {town.circle, village.pitch}
    assert town.listed(topic="digital") == {town.circle}
    assert town.listed(topic="citizen-services") == {village.pitch}
    assert town.listed(member=village.other) == {town.circle}
    assert town.listed(viewer=village.owner, mine=True) == {village.pitch}
    assert town.listed(mine=True) == set()
    assert town.listed(node=village.a.node) == {town.circle}
    assert town.listed(q="people finish") == {town.circle}
    assert town.listed(q="halifax") == {village.pitch}


def test_pages_of_the_list_fit_together(town: Town) -> None:
    village = town.village
    for day in range(5):
        found = {"type": "circle.found", "by": village.giver, "name": {"en": f"Circle {day}"}}
        say(village.a, found, at=NOW + day * DAY)
    shelf = town.shelf()
    cursor, seen = None, []
    while True:
        page = circles.listing(
            shelf.db, shelf.viewer(None), CircleFilters(), now=LATER, cursor=cursor, limit=2
        )
        seen += [item["id"] for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_a_second_steward_of_another_organisation_is_asked_for(town: Town) -> None:
    village = town.village
    role = {"type": "circle.role", "circle": town.circle, "role": "steward"}
    assert town.page(town.circle)["second_steward_wanted"]
    colleague = member(village.a, "colleague")
    say(village.a, {**role, "by": village.giver, "member": colleague})
    assert town.page(town.circle)["second_steward_wanted"]
    say(village.a, {**role, "by": village.giver, "member": village.other})
    page = town.page(town.circle)
    assert not page["second_steward_wanted"]
    assert {one["who"]["id"]: one["how"] for one in page["stewards"]} == {
        village.giver: "owner",
        colleague: "named",
        village.other: "named",
    }
    over = town.page(town.circle, now=NOW + 900 * DAY)
    assert over["over"] and not over["second_steward_wanted"]


def test_any_member_takes_a_role_nobody_filled_for_half_a_year(town: Town) -> None:
    village = town.village
    late = NOW + 200 * DAY
    page = town.page(town.circle, village.other, now=late)
    assert page["can"]["take_role"]
    assert not town.page(town.circle, village.owner, now=late)["can"]["take_role"], "she is not in it"
    assert not town.page(town.circle, village.other, now=NOW + 100 * DAY)["can"]["take_role"]
    take = {"type": "circle.role", "circle": town.circle, "by": village.other, "member": village.other}
    say(village.b, {**take, "role": "steward"}, at=late)
    page = town.page(town.circle, village.other, now=late + DAY)
    assert {one["who"]["id"]: one["how"] for one in page["stewards"]} == {
        village.giver: "owner",
        village.other: "taken",
    }
    assert page["can"]["name_steward"] and page["can"]["lay_down_role"]


def test_health_counts_who_spoke_and_what_is_open(town: Town) -> None:
    village = town.village
    assert town.page(town.circle)["health"] == {
        "members": 2,
        "organisations": 2,
        "active": 1,
        "open_issues": 1,
    }
    say(village.a, {"type": "comment", "by": village.giver, "on": town.circle, "text": {"en": "Next week"}})
    page = town.page(town.circle)
    assert (page["health"]["active"], page["comments"]) == (2, 1)
    assert town.page(town.circle, now=NOW + 200 * DAY)["health"]["active"] == 0


def test_priorities_are_the_last_closed_rank_poll(town: Town) -> None:
    village = town.village
    assert town.page(town.circle)["priorities"] is None
    poll = {
        "type": "poll.open",
        "by": village.giver,
        "question": {"en": "What first?"},
        "kind": "rank",
        "options": [
            {"key": "kit", "text": {"en": "A kit"}},
            {"key": "halfway", "text": {"en": "Giving up"}, "ref": town.issue},
        ],
        "eligible": {"circle": town.circle},
    }
    first = say(village.a, {**poll, "closes": "2027-01-20T00:00:00Z"})
    say(village.a, {**poll, "closes": "2027-01-25T00:00:00Z"})
    counts = {"kit": {"2": 1, "points": 0}, "halfway": {"1": 1, "points": 1}}
    close = {"type": "poll.close", "poll": first, "cut": {f"{village.b.node}-0": 9}, "counts": counts}
    assert town.page(town.circle)["priorities"] is None, "not closed"
    say(village.a, close, at=NOW + 10 * DAY)
    assert town.page(town.circle)["priorities"] == {
        "poll": first,
        "question": {"en": "What first?"},
        "options": [
            {"ref": town.issue, "text": {"en": "Giving up"}, "points": 1},
            {"ref": None, "text": {"en": "A kit"}, "points": 0},
        ],
    }


# ── issues ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_tells_who_has_it_too(town: Town) -> None:
    village = town.village
    for _ in range(2):
        say(village.c, {"type": "issue.share", "by": village.owner, "issue": town.issue})
    say(village.b, {"type": "issue.share", "by": village.other, "issue": town.issue})
    page = town.issue_page(town.issue, village.giver)
    assert [one["id"] for one in page["shared_by"]] == [village.owner]
    assert (page["shared"], page["can"]["share"]) == (1, True)
    assert page["circle"] == {"id": town.circle, "title": {"en": "Forms people finish"}}
    assert not town.issue_page(town.issue, village.owner)["can"]["share"]
    assert not town.issue_page(town.issue, village.other)["can"]["share"]


def test_what_only_some_may_know_of_an_issue_is_counted_for_them_alone(town: Town) -> None:
    village = town.village
    named = sorted((village.a.node, village.c.node))
    say(village.c, {"type": "issue.share", "by": village.owner, "issue": town.issue}, audience=named)
    shelf = town.shelf()
    for role, shared in (("member", 1), ("guest", 0)):
        page = issue_page.one(shelf.db, shelf.viewer(None, role), town.issue, now=LATER)
        assert page is not None
        assert (page["shared"], len(page["shared_by"])) == (shared, shared)


@pytest.mark.parametrize("first", ["a", "c"])
def test_of_too_many_voices_the_newest_are_heard_whoever_came_first(
    town: Town, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(issues, "MAX_SHARED", 2)
    village = town.village
    sharers = {"a": village.giver, "c": village.owner}
    for hours, (name, by) in enumerate(sharers.items()):
        issue_share = {"type": "issue.share", "by": by, "issue": town.issue}
        for minute in range(2):
            say(getattr(village, name), issue_share, at=NOW + hours * 3_600_000 + minute)
    authors = sorted(village.authors, key=lambda author: author is not getattr(village, first))
    shelf = Shelf(village.b).take_all(*authors)
    page = issue_page.one(shelf.db, shelf.viewer(None), town.issue, now=LATER)
    assert page is not None
    assert [one["id"] for one in page["shared_by"]] == [village.owner]


def test_issues_that_are_one_are_found_from_each(town: Town) -> None:
    village = town.village
    raised = {"type": "issue.raise", "by": village.owner}
    second, third, apart = (say(village.c, {**raised, "title": {"en": name}}) for name in "abc")
    say(village.a, {"type": "issue.same", "by": village.giver, "issue": second, "as": town.issue})
    say(village.c, {"type": "issue.same", "by": village.owner, "issue": second, "as": third})
    together = {town.issue, second, third}
    for issue in together:
        assert {one["id"] for one in town.issue_page(issue)["same"]} == together - {issue}
    assert town.issue_page(apart)["same"] == []


def test_how_far_sameness_is_followed_is_bounded(town: Town) -> None:
    village = town.village
    raised = {"type": "issue.raise", "by": village.owner, "title": {"en": "Again"}}
    chain = [town.issue, *(say(village.c, raised) for _ in range(issue_page.MAX_SAME + 10))]
    for one, other in pairwise(chain):
        say(village.c, {"type": "issue.same", "by": village.owner, "issue": one, "as": other})
    assert len(town.issue_page(town.issue)["same"]) == issue_page.MAX_SAME


def test_pitches_answer_an_issue_until_it_is_open_no_more(town: Town) -> None:
    village = town.village
    pitch = say(village.c, full_pitch(village.owner, answers=[town.issue]))
    assert [one["id"] for one in town.issue_page(town.issue)["pitches"]] == [pitch]
    page = town.page(town.circle)
    assert [one["id"] for one in page["pitches"]] == [pitch]
    assert (page["issues"][0]["answers"], page["health"]["open_issues"]) == (1, 1)
    say(village.c, {"type": "check_in", "by": village.owner, "pitch": pitch, "applied": "yes"})
    assert town.page(town.circle)["health"]["open_issues"] == 0
    say(village.c, {"type": "pitch.revise", "by": village.owner, "pitch": pitch, "answers": []})
    assert town.issue_page(town.issue)["pitches"] == []


def test_issues_are_listed_by_circle_topic_and_words(town: Town) -> None:
    village = town.village
    say(village.c, {"type": "issue.raise", "by": village.owner, "title": {"fr": "Trop de formulaires"}})
    shelf = town.shelf()

    def listed(**filters: Any) -> list[str]:
        found = issues.listing(shelf.db, shelf.viewer(None), IssueFilters(**filters), now=LATER)
        return [item["id"] for item in found.items]

    assert len(listed()) == 2
    assert listed(circle=town.circle) == listed(topic="data") == listed(q="applicant") == [town.issue]
    assert listed(node=village.c.node) == listed(q="formulaire") != [town.issue]


def test_a_restricted_circle_is_in_no_hash_and_no_index(town: Town) -> None:
    village = town.village
    named = sorted((village.a.node, village.b.node))
    found = {"type": "circle.found", "by": village.giver, "name": {"en": "Xylophone"}}
    hidden = say(village.a, found, audience=named)
    say(village.b, {"type": "circle.join", "by": village.other, "circle": hidden}, audience=named)
    say(village.b, {"type": "circle.join", "by": member(village.b), "circle": hidden})
    inside, outside = town.shelf(), town.shelf(village.c)
    assert inside.hash() == outside.hash()
    assert set(who(town.page(hidden))) == {village.giver, village.other}, "a join shown to all is none"
    assert circle_page.one(outside.db, outside.viewer(None), hidden, now=LATER) is None
    assert town.listed(q="xylophone") == set()
