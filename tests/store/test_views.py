"""What rows say of records, and to whom."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from store.views import Viewer, artifacts, home, members, nodes, pitches, pledges, talk
from store.views.shapes import ArtifactFilters, MemberFilters, NodeFilters, PitchFilters, PledgeFilters
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, Village, ask, full_pitch, member, offer, say

SECRET = "zanzibar"


@pytest.fixture
def village() -> Village:
    return Village()


def everything(db: sqlite3.Connection) -> str:
    """The text of every row of every table, index vocabulary included."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, row)")
    rows = [row for name in [*tables, "terms"] for row in db.execute(f"SELECT * FROM '{name}'")]  # noqa: S608
    db.execute("DROP TABLE temp.terms")
    return "\n".join(repr(row) for row in rows)


def pitch_at(shelf: Shelf, viewer: Viewer, pitch: str, now: int = NOW) -> Any:
    found = pitches.one(shelf.db, viewer, pitch, now=now)
    assert found is not None
    return found


def asks(found: Any) -> dict[str, tuple[int, int, int]]:
    return {one["key"]: (one["offered"], one["accepted"], one["fulfilled"]) for one in found["asks"]}


# ── private pledges ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_private_pledge_leaves_no_trace_on_a_third_node_but_its_sum(village: Village) -> None:
    third = Shelf(village.b).take_all(*village.authors)
    assert SECRET not in everything(third.db)
    assert village.money not in everything(third.db)
    assert asks(pitch_at(third, third.viewer(village.other), village.pitch))["travel"] == (30_000, 30_000, 0)


@pytest.mark.parametrize("role", ["member", "steward", "operator"])
def test_inside_a_node_only_its_two_parties_see_it(village: Village, role: str) -> None:
    colleague = member(village.c, "colleague")
    shelf = Shelf(village.c).take_all(*village.authors)
    seen = shelf.viewer(colleague, role)
    assert pledges.one(shelf.db, seen, village.money, now=NOW) is None
    assert talk.comments_on(shelf.db, seen, village.money) == []
    listed = pledges.listing(shelf.db, seen, PledgeFilters(), now=NOW).items
    assert {one["id"] for one in listed} == {village.test, village.intro}
    page = pitch_at(shelf, seen, village.pitch)
    assert village.money not in str(page)
    assert SECRET not in str(page)
    assert len(page["pledges"]) == 2


def test_both_parties_see_it_whole(village: Village) -> None:
    for author, by in ((village.a, village.giver), (village.c, village.owner)):
        shelf = Shelf(author).take_all(*village.authors)
        seen = shelf.viewer(by)
        page = pledges.one(shelf.db, seen, village.money, now=NOW)
        assert page is not None
        assert (page["state"], page["accepted"], page["returns"]["promised"]) == (
            "accepted",
            30_000,
            {"en": SECRET},
        )
        assert [one["text"] for one in talk.comments_on(shelf.db, seen, village.money)] == [
            {"en": "zanzibar address"}
        ]


def test_without_the_tally_a_private_accept_moves_nothing(village: Village) -> None:
    owner = Shelf(village.c)
    every = [(author, index) for author in village.authors for index in range(author.size)]
    owner.take([one for one in every if one != (village.c, int(village.tally.rsplit("-", 1)[1]))])
    assert asks(pitch_at(owner, owner.viewer(village.owner), village.pitch))["travel"] == (0, 0, 0)


def test_a_public_step_on_a_private_pledge_does_not_apply(village: Village) -> None:
    step = say(
        village.c, {"type": "pledge.confirm", "by": village.owner, "pledge": village.money, "result": "met"}
    )
    shelf = Shelf(village.c).take_all(*village.authors)
    page = pledges.one(shelf.db, shelf.viewer(village.owner), village.money, now=NOW)
    assert page is not None
    assert page["state"] == "accepted"
    assert step not in str(page)
    assert shelf.one("SELECT detail FROM verdicts") == "pledge.confirm: its audience is not the pledge's"


# ── who appears as whom ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("show", "node_known"), [("organisation", True), ("anonymous", False)])
def test_who_is_not_named_is_not_named(village: Village, show: str, node_known: bool) -> None:
    pledge = say(village.b, offer(village.pitch, None, None, "review", 1, "piece", show=show))
    shelf = Shelf(village.b).take_all(*village.authors)
    shelf.db.execute("INSERT INTO unnamed VALUES (?, 7, ?)", (pledge, village.other))
    stranger, herself = shelf.viewer(None), shelf.viewer(village.other)
    for viewer in (stranger, herself):
        page = pledges.one(shelf.db, viewer, pledge, now=NOW)
        assert page is not None
        assert page["giver"]["id"] is None
        assert page["giver"]["name"] is None
        assert (page["giver"]["node"] == village.b.node) is node_known
        assert page["giver"]["you"] is (viewer is herself)
    mine = pledges.listing(shelf.db, herself, PledgeFilters(role="giver"), now=NOW).items
    assert [one["id"] for one in mine] == [pledge]


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_steps_by_the_wrong_person_are_kept_and_shown_to_nobody(village: Village) -> None:
    colleague = member(village.c, "colleague")
    wrong = [
        (
            village.c,
            {"type": "pitch.revise", "by": colleague, "pitch": village.pitch, "title": {"en": "Stolen"}},
        ),
        (
            village.b,
            {"type": "pitch.advance", "by": village.other, "pitch": village.pitch, "to": "withdrawn"},
        ),
        (village.c, {"type": "pledge.accept", "by": colleague, "pledge": village.intro, "quantity": 1}),
        (village.b, {"type": "pledge.fulfil", "by": village.other, "pledge": village.intro}),
        (
            village.b,
            {"type": "thanks", "by": village.other, "pitch": village.pitch, "text": {"en": "Not mine"}},
        ),
        (
            village.b,
            {
                "type": "pitch.tally",
                "pitch": village.pitch,
                "asks": {"travel": {"accepted": 1, "fulfilled": 1}},
            },
        ),
        (
            village.b,
            {"type": "member.revise", "by": village.other, "member": village.owner, "name": "Stolen"},
        ),
        (village.c, offer(village.pitch, village.owner, None, "review", 1, "piece")),
    ]
    shelf = Shelf(village.a).take_all(*village.authors)
    before = shelf.hash()
    made = [say(author, content) for author, content in wrong]
    shelf.take_all(*village.authors)
    assert shelf.hash() == before
    page = str(pitch_at(shelf, shelf.viewer(village.giver), village.pitch))
    assert not any(step in page for step in made)
    verdicts = shelf.db.execute("SELECT verdict, count(*) FROM verdicts GROUP BY verdict").fetchall()
    assert verdicts == [("not-applicable", len(wrong))]


def test_a_step_out_of_turn_takes_effect_when_what_it_needs_comes(village: Village) -> None:
    """closed without having gone on is in turn; after withdrawn nothing is: whichever comes first."""
    withdrawn = say(
        village.c, {"type": "pitch.advance", "by": village.owner, "pitch": village.pitch, "to": "withdrawn"}
    )
    late = say(
        village.c,
        {"type": "pitch.revise", "by": village.owner, "pitch": village.pitch, "title": {"en": "Later"}},
    )
    first, second = (int(entry.rsplit("-", 1)[1]) for entry in (withdrawn, late))
    shelf = Shelf(village.a)
    shelf.take([(a, i) for a in village.authors for i in range(a.size) if (a, i) != (village.c, first)])
    assert pitch_at(shelf, shelf.viewer(None), village.pitch)["title"] == {"en": "Later"}
    shelf.take([(village.c, first)])
    page = pitch_at(shelf, shelf.viewer(None), village.pitch)
    assert page["title"] == {"en": "Service design lab, Halifax"}
    assert page["state"] == "withdrawn"
    assert {one["state"] for one in page["pledges"]} == {"released"}
    assert shelf.one("SELECT count(*) FROM verdicts WHERE key & 0xFFFFFFFFFF = ?", second) == 1


def test_pledges_wait_for_their_pitch(village: Village) -> None:
    shelf = Shelf(village.b).take_all(village.a, village.b)
    assert pledges.listing(shelf.db, shelf.viewer(village.other), PledgeFilters(), now=NOW).items == []
    shelf.take_all(village.c)
    listed = pledges.listing(shelf.db, shelf.viewer(village.other), PledgeFilters(), now=NOW).items
    assert {one["id"]: one["state"] for one in listed} == {
        village.intro: "accepted",
        village.test: "accepted",
    }


def test_what_is_accepted_beyond_the_ask_waits(village: Village) -> None:
    more = say(village.a, offer(village.pitch, village.giver, "tester", "testing", 2, "hour"))
    village.step("accept", more, 2)
    shelf = Shelf(village.b).take_all(*village.authors)
    first = pledges.one(shelf.db, shelf.viewer(None), village.test, now=NOW)
    second = pledges.one(shelf.db, shelf.viewer(None), more, now=NOW)
    assert first is not None and second is not None
    assert (first["accepted"], first["waiting"]) == (2, 0)
    assert (second["accepted"], second["waiting"]) == (0, 2)


def test_hours_do_not_count_towards_money(village: Village) -> None:
    odd = say(village.a, offer(village.pitch, village.giver, "travel", "time", 61_250, "hour"))
    village.step("accept", odd, 61_250)
    shelf = Shelf(village.b).take_all(*village.authors)
    assert asks(pitch_at(shelf, shelf.viewer(None), village.pitch))["travel"] == (30_000, 30_000, 0)


def test_no_offer_is_so_large_that_a_sum_breaks(village: Village) -> None:
    for _ in range(1_100):
        say(village.a, offer(village.pitch, None, "tester", "testing", 2**53 - 1, "hour", show="anonymous"))
    shelf = Shelf(village.b).take_all(*village.authors)
    assert asks(pitch_at(shelf, shelf.viewer(None), village.pitch))["tester"][0] == 1_100 * (2**53 - 1) + 5


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────


def test_states_follow_the_clock_and_lists_find_them(village: Village) -> None:
    village.step(
        "accept",
        say(village.a, offer(village.pitch, village.giver, "travel", "money", 31_250, "CAD")),
        31_250,
    )
    shelf = Shelf(village.a).take_all(*village.authors)
    viewer = shelf.viewer(None)
    seen = []
    for day in (0, 55, 59, 260):
        now = NOW + day * DAY
        state = pitch_at(shelf, viewer, village.pitch, now)["state"]
        found = pitches.listing(shelf.db, viewer, PitchFilters(state=state), now=now).items
        assert [one["id"] for one in found] == [village.pitch]
        assert found[0]["state"] == state
        others = {"open", "ready", "lapsed", "underway", "sharing", "resourced", "closed"} - {state}
        for other in others:
            assert pitches.listing(shelf.db, viewer, PitchFilters(state=other), now=now).items == []
        seen.append(state)
    assert seen == ["resourced", "underway", "sharing", "sharing"] or seen[:3] == [
        "resourced",
        "underway",
        "sharing",
    ]


def test_own_share_and_readiness_follow_the_policy_before_the_opening(village: Village) -> None:
    strict = say(village.c, {"type": "node.policy", "own_share": 80})
    under = say(village.c, full_pitch(village.owner, title={"en": "Under the strict policy"}))
    index = int(strict.rsplit("-", 1)[1])
    shelf = Shelf(village.a)
    shelf.take([(a, i) for a in village.authors for i in range(a.size) if (a, i) != (village.c, index)])
    viewer = shelf.viewer(None)
    assert pitch_at(shelf, viewer, under)["readiness"]["ready"]
    shelf.take([(village.c, index)])
    late = pitch_at(shelf, viewer, under)
    assert [lack["field"] for lack in late["readiness"]["missing"]] == ["cost.own"]
    assert late["own_share"]["percent"] == 80
    assert pitch_at(shelf, viewer, village.pitch)["readiness"]["ready"], "opened before it"
    node = nodes.one(shelf.db, viewer, village.c.node, now=NOW)
    assert node is not None
    assert (node["policy"]["own_share"], node["policy"]["set"]) == (80, ["own_share"])


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────


def many(author: Author, by: str) -> list[str]:
    """Pitches in the order of R8: by the day a must-ask is needed, then the others, newest first."""
    days = ["2027-02-03", "2027-02-01", None, "2027-02-01", "2026-12-01", None, "2027-02-02"]
    made = [
        say(
            author,
            full_pitch(
                by,
                title={"en": f"Pitch {number}"},
                asks=[ask("hands", "time", 2, "hour", needed_by=day)]
                if day
                else [ask("hands", "time", 2, "hour")],
            ),
            at=NOW + number,
        )
        for number, day in enumerate(days)
    ]
    return [made[at] for at in (3, 1, 6, 0, 5, 4, 2)]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 25])
def test_pages_follow_one_another_without_gap_or_repeat(limit: int) -> None:
    author = Author(1)
    expected = many(author, member(author))
    shelf = Shelf(author).take_all(author)
    found: list[str] = []
    cursor = None
    while True:
        page = pitches.listing(
            shelf.db, shelf.viewer(None), PitchFilters(), now=NOW, cursor=cursor, limit=limit
        )
        found += [one["id"] for one in page.items]
        assert len(page.items) <= limit
        if page.next is None:
            break
        cursor = page.next
    assert found == expected


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (PitchFilters(asks="testing"), False),
        (PitchFilters(asks="money"), True),
        (PitchFilters(asks="introduction"), False),
        (PitchFilters(opportunity="change-lab"), True),
        (PitchFilters(topic="citizen-services"), True),
        (PitchFilters(topic="data"), False),
        (PitchFilters(jurisdiction="CA-NS"), True),
        (PitchFilters(jurisdiction="CA"), True),
        (PitchFilters(jurisdiction="CA-QC"), True),
        (PitchFilters(jurisdiction="CA-BC"), False),
        (PitchFilters(level="provincial-territorial"), True),
        (PitchFilters(level="federal"), False),
        (PitchFilters(lang="en-CA"), True),
        (PitchFilters(lang="fr"), False),
        (PitchFilters(q="applicants halifax"), True),
        (PitchFilters(q="zanzibar"), False),
        (PitchFilters(q="…"), False),
        (PitchFilters(mine=True), False),
        (PitchFilters(state="ready", asks="money", q="form", level="provincial-territorial"), True),
    ],
)
def test_filters_narrow(village: Village, filters: PitchFilters, found: bool) -> None:
    shelf = Shelf(village.a).take_all(*village.authors)
    listed = pitches.listing(shelf.db, shelf.viewer(village.giver), filters, now=NOW).items
    assert [one["id"] for one in listed] == ([village.pitch] if found else [])


def test_the_library_the_directory_and_the_organisations(village: Village) -> None:
    shelf = Shelf(village.b).take_all(*village.authors)
    viewer = shelf.viewer(village.other)

    def library(**filters: str) -> list[str]:
        return [
            one["id"]
            for one in artifacts.listing(shelf.db, viewer, ArtifactFilters(**filters), now=NOW).items
        ]

    assert library(kind="post", licence="CC-BY-4.0", lang="fr", q="champ") == [village.artifact]
    assert library(kind="note") == library(q="zanzibar") == []
    page = artifacts.one(shelf.db, viewer, village.artifact, now=NOW)
    assert page is not None
    assert page["pitch"] == {"id": village.pitch, "title": {"en": "Service design lab, Halifax"}}
    assert pitch_at(shelf, viewer, village.pitch)["sharing"][0]["state"] == "delivered"

    people = members.listing(shelf.db, viewer, MemberFilters(), now=NOW)
    assert [one["name"] for one in people.items] == sorted(one["name"] for one in people.items)
    assert [one["you"] for one in people.items].count(True) == 1
    found = nodes.listing(shelf.db, viewer, NodeFilters(jurisdiction="CA"), now=NOW).items
    assert {one["node"]: one["pitches"] for one in found} == {
        village.a.node: 0,
        village.b.node: 0,
        village.c.node: 1,
    }
    here = members.one(shelf.db, viewer, village.owner, now=NOW)
    assert here is not None
    assert [one["id"] for one in here["pitches"]] == [village.pitch]


def test_a_member_s_page_never_lists_her_private_pledges(village: Village) -> None:
    shelf = Shelf(village.a).take_all(*village.authors)
    for viewer in (shelf.viewer(None), shelf.viewer(village.giver)):
        page = members.one(shelf.db, viewer, village.giver, now=NOW)
        assert page is not None
        assert [one["id"] for one in page["pledges"]] == [village.intro]


def test_home_says_who_is_waited_on(village: Village) -> None:
    waiting = say(village.b, offer(village.pitch, village.other, None, "review", 1, "piece"))
    shelves = {author: Shelf(author).take_all(*village.authors) for author in village.authors}
    owner = home.feed(shelves[village.c].db, shelves[village.c].viewer(village.owner), now=NOW)
    giver = home.feed(shelves[village.b].db, shelves[village.b].viewer(village.other), now=NOW)
    assert [(one["what"], one["id"]) for one in owner["on_me"]] == [("accept", waiting)]
    assert {(one["what"], one["id"]) for one in owner["on_others"]} == {
        ("fulfil", village.money),
        ("fulfil", village.intro),
        ("fulfil", village.test),
    }
    assert [(one["what"], one["id"], one["overdue"]) for one in giver["on_others"]] == [
        ("accept", waiting, False)
    ]
    late = home.feed(shelves[village.b].db, shelves[village.b].viewer(village.other), now=NOW + 20 * DAY)
    assert late["on_others"] == [], "an offer nobody answered has lapsed"
    nobody = home.feed(shelves[village.a].db, shelves[village.a].viewer(None), now=NOW)
    assert nobody["on_me"] == nobody["on_others"] == nobody["came"] == []
    gave = home.feed(shelves[village.a].db, shelves[village.a].viewer(village.giver), now=NOW)
    assert village.artifact in str(gave["came"])


def test_a_restricted_pitch_is_for_the_nodes_it_names_and_in_no_index(village: Village) -> None:
    named = sorted((village.a.node, village.c.node))
    hidden = say(village.c, full_pitch(village.owner, title={"en": "Xylophone lab"}), audience=named)
    inside, outside = Shelf(village.a).take_all(*village.authors), Shelf(village.b).take_all(*village.authors)
    assert inside.hash() == outside.hash()
    page = pitch_at(inside, inside.viewer(village.giver), hidden)
    assert [one["node"] for one in page["audience"]] == named
    assert page["held_by"]["of"] == 2
    assert pitches.one(outside.db, outside.viewer(village.other), hidden, now=NOW) is None
    assert pitches.listing(inside.db, inside.viewer(None), PitchFilters(q="xylophone"), now=NOW).items == []


def test_topics_name_what_changed(village: Village) -> None:
    shelf = Shelf(village.a).take_all(*village.authors)
    step = village.step("confirm", village.intro, 1)
    assert step
    say(village.c, {"type": "pledge.confirm", "by": village.owner, "pledge": village.intro, "result": "met"})
    shelf.take_all(village.c)
    assert shelf.topics == {f"pledge:{village.intro}", f"pitch:{village.pitch}", "pitches"}


def test_what_the_viewer_can_do(village: Village) -> None:
    owner = Shelf(village.c).take_all(*village.authors)
    mine = pitch_at(owner, owner.viewer(village.owner), village.pitch)["can"]
    assert mine == {
        "revise": True,
        "advance": ["underway", "withdrawn", "cancelled"],
        "update": True,
        "pledge": False,
        "comment": True,
        "thank": True,
        "check_in": False,
        "attest": False,
        "attest_check_in": False,
        "catalyse": False,
        "encourage": False,
        "invite": True,
    }
    theirs = pitch_at(owner, owner.viewer(None), village.pitch)["can"]
    assert theirs == {
        "revise": False,
        "advance": [],
        "update": False,
        "pledge": False,
        "comment": False,
        "thank": False,
        **dict.fromkeys(("check_in", "attest", "attest_check_in", "catalyse", "encourage", "invite"), False),
    }
    giver = Shelf(village.a).take_all(*village.authors)
    page = pledges.one(giver.db, giver.viewer(village.giver), village.intro, now=NOW)
    assert page is not None
    assert {name for name, may in page["can"].items() if may is True} == {
        *("fulfil", "withdraw", "revise", "release", "comment")
    }
    asked = pledges.one(owner.db, owner.viewer(village.owner), village.intro, now=NOW)
    assert asked is not None
    assert {name for name, may in asked["can"].items() if may is True} == {*("confirm", "release", "comment")}


def test_held_by_counts_what_nodes_have_said(village: Village) -> None:
    shelf = Shelf(village.c).take_all(*village.authors)
    viewer = shelf.viewer(village.owner)
    feed = shelf.one("SELECT no FROM feeds WHERE node = ?", village.c.node)
    assert pitch_at(shelf, viewer, village.pitch)["held_by"]["nodes"] == [
        {"node": village.c.node, "name": {"en": "Institut"}}
    ]
    position = int(village.pitch.rsplit("-", 1)[1])
    shelf.db.executemany(
        "INSERT INTO holders (node, feed, size) VALUES (?, ?, ?)",
        [(village.a.node, feed, position + 1), (village.b.node, feed, position)],
    )
    held = pitch_at(shelf, viewer, village.pitch)["held_by"]
    assert [one["node"] for one in held["nodes"]] == sorted([village.a.node, village.c.node])
    assert held["of"] == 3


def test_a_private_record_is_not_yet_where_it_is_owed(village: Village) -> None:
    shelf = Shelf(village.a).take_all(*village.authors)
    key = shelf.one("SELECT key FROM pledges WHERE id = ?", village.money)
    for owed, held in (([village.c.node], [village.a.node]), ([], village.both)):
        shelf.db.execute("DELETE FROM owed")
        shelf.db.executemany("INSERT INTO owed (key, node) VALUES (?, ?)", [(key, node) for node in owed])
        page = pledges.one(shelf.db, shelf.viewer(village.giver), village.money, now=NOW)
        assert page is not None
        assert [one["node"] for one in page["held_by"]["nodes"]] == held
        assert [one["node"] for one in page["held_by"]["not_yet_at"]] == owed
        assert page["held_by"]["of"] == 2
        assert [one["node"] for one in page["audience"] or []] == village.both
