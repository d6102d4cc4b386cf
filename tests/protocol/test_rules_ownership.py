"""R10: who may say what, for every registered type."""

from __future__ import annotations

import pytest

from protocol.ids import NodeId
from protocol.records import REGISTER
from protocol.records.speakers import AUTHOR, DESK_MEMBER, GUEST, NODE, PARTY, SPEAKERS
from protocol.records.speakers import GIVER as GIVEN_BY
from protocol.records.speakers import OWNER as OWNED_BY
from protocol.rules.ownership import may, same_audience, when_said
from protocol.rules.people import Stretch, alone
from tests.kit.records import AWAY, GIVER, GOOD, HOME, OWNER, record

OWNING, GIVING, UNNAMED = alone(HOME, OWNER), alone(AWAY, GIVER), alone(AWAY, None)
COLLEAGUE = f"{HOME}-0-99"


def test_every_type_has_a_party() -> None:
    assert set(SPEAKERS) == set(REGISTER)


@pytest.mark.parametrize(
    "kind", [kind for kind, said in SPEAKERS.items() if said.organisation and not said.itself]
)
def test_a1_what_the_organisation_says_names_no_member(kind: str) -> None:
    """A1: a record by a member in which the organisation speaks carries no mark of a role: it never applies."""
    name = next(name for name, content in GOOD.items() if content["type"] == kind and "by" not in content)
    assert may(record(name), HOME, owner=OWNING)
    assert not may(record(name, by=OWNER), HOME, owner=OWNING)


def author_of(name: str) -> NodeId:
    """The node whose feed a good vector could stand in."""
    by, who = GOOD[name].get("by"), SPEAKERS[GOOD[name]["type"]].party
    return NodeId(by[:32]) if by else AWAY if who in (GIVEN_BY, PARTY, GUEST) else HOME


def test_good_vectors_are_made_by_those_who_may() -> None:
    for name, content in GOOD.items():
        author = author_of(name)
        speaker = alone(author, content.get("by"))
        owner = speaker if SPEAKERS[content["type"]].party == OWNED_BY else OWNING
        assert may(record(name), author, owner=owner, giver=speaker), name


@pytest.mark.parametrize("name", [name for name, content in GOOD.items() if "by" in content])
def test_nobody_elses_node_speaks_for_a_member(name: str) -> None:
    author = HOME if GOOD[name]["by"] == GIVER else AWAY
    assert not may(record(name), author, owner=alone(author, GOOD[name]["by"]), giver=GIVING)


OWNERS = [
    name for name, content in GOOD.items() if SPEAKERS[content["type"]].party == "owner" and "by" in content
]


@pytest.mark.parametrize("name", OWNERS)
def test_only_the_owner_changes_an_object(name: str) -> None:
    author, by = author_of(name), GOOD[name]["by"]
    other, stranger = (AWAY, GIVER) if author == HOME else (HOME, OWNER)
    owner = alone(author, by)
    assert may(record(name), author, owner=owner)
    assert not may(record(name, by=f"{author}-0-99"), author, owner=owner), "not even a colleague of hers"
    assert not may(record(name, by=stranger), other, owner=owner)
    assert not may(record(name), author), "nor while the object is not here"


@pytest.mark.parametrize("name", ["pledge.withdraw", "pledge.fulfil", "return.confirm"])
def test_only_the_giver_makes_her_steps(name: str) -> None:
    assert may(record(name), AWAY, giver=GIVING)
    assert not may(record(name, by=f"{AWAY}-0-5"), AWAY, giver=GIVING)
    assert not may(record(name, by=None), AWAY, giver=GIVING), "who was named stays named"
    assert not may(record(name, by=OWNER), HOME, giver=GIVING)
    assert not may(record(name), AWAY)


def test_a_giver_not_named_steps_without_a_name_from_her_node() -> None:
    assert may(record("pledge.withdraw, not named"), AWAY, giver=UNNAMED)
    assert not may(record("pledge.withdraw, not named"), HOME, giver=UNNAMED)


def test_nobody_pledges_to_herself() -> None:
    assert may(record("pledge.offer, full"), AWAY, owner=OWNING)
    assert not may(record("pledge.offer, full", by=OWNER), HOME, owner=OWNING)
    assert may(record("pledge.offer, full", by=COLLEAGUE), HOME, owner=OWNING)
    assert may(record("pledge.offer, full", by=None, show="anonymous"), HOME, owner=OWNING)


def test_the_tally_is_the_owners_nodes() -> None:
    assert may(record("pitch.tally"), HOME, owner=OWNING)
    assert not may(record("pitch.tally"), AWAY, owner=OWNING)


def test_a_card_is_revised_by_its_member_alone() -> None:
    name = "member.revise, one field restated, one emptied"
    assert may(record(name), HOME)
    assert not may(record(name, by=COLLEAGUE), HOME)
    assert not may(record(name, member=GIVER), HOME)


def test_what_needs_no_object_needs_no_party() -> None:
    for name, content in GOOD.items():
        if SPEAKERS[content["type"]].party in (AUTHOR, DESK_MEMBER, NODE):
            assert may(record(name), author_of(name)), name


def test_a_step_is_restricted_exactly_when_its_object_is() -> None:
    public, private = (
        record("pledge.offer, full"),
        record("pledge.offer, money between the parties, giver not named"),
    )
    step, quiet = record("pledge.accept, smallest"), record("pledge.accept, smallest", audience=[HOME, AWAY])
    assert same_audience(public, step)
    assert same_audience(private, quiet)
    assert not same_audience(private, step)
    assert not same_audience(public, quiet)


NEW = f"{AWAY}-0-50"
MOVED = (Stretch(HOME, OWNER, until=(0, 30)), Stretch(AWAY, NEW))


def test_who_moved_changes_at_the_new_node_what_she_opened_at_the_old() -> None:
    name = "pitch.advance, smallest"
    assert may(record(name), HOME, (0, 29), owner=MOVED)
    assert not may(record(name), HOME, (0, 31), owner=MOVED), (
        "after her move the old node speaks no more for her"
    )
    assert may(record(name, by=NEW), AWAY, (0, 51), owner=MOVED)
    assert not may(record(name, by=GIVER), AWAY, (0, 51), owner=MOVED)


def test_what_the_new_node_says_comes_after_all_the_old_one_said() -> None:
    name = "pitch.advance, smallest"
    old = when_said(record(name), HOME, (0, 29), owner=MOVED)
    new = when_said(record(name, by=NEW), AWAY, (0, 2), owner=MOVED)
    assert old is not None and new is not None
    assert old < new


def test_either_party_lets_go() -> None:
    name = next(name for name, content in GOOD.items() if content["type"] == "pledge.release")
    giver, owner = record(name, by=GIVER), record(name, by=OWNER)
    assert may(giver, AWAY, owner=OWNING, giver=GIVING)
    assert may(owner, HOME, owner=OWNING, giver=GIVING)
    assert not may(record(name, by=COLLEAGUE), HOME, owner=OWNING, giver=GIVING)
