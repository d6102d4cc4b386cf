"""The one door: what it refuses, what it adds, what it keeps back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from protocol.errors import LocalError, Refused
from protocol.gossip.signals import Verdict
from protocol.records import NotAcceptable
from store import accounts, publishing, reading
from store.publishing import Author, NotReady, Published
from store.store import Store
from store.views import Viewer, pitches, pledges, state_hash
from store.views.shapes import PitchFilters
from tests.kit.logs import Author as Node
from tests.kit.logs import HandClock, meet, open_store
from tests.kit.views import DAY, Shelf, ask, full_pitch, member, offer, say


class House(NamedTuple):
    """A node with an owner of pitches, a giver and somebody else."""

    store: Store
    clock: HandClock
    node: Node
    owner: Author
    giver: Author
    other: Author

    def say(self, author: Author, content: dict[str, Any], key: str | None = None) -> Published:
        own, salt = self.node.own, secrets.token_bytes(16)
        return self.store.database.write(
            lambda tx: publishing.publish(tx, own, author, content, salt=salt, idempotency_key=key)
        ).result()

    def pitch(self, **changes: Any) -> str:
        return str(self.say(self.owner, full_pitch(None, **changes)).id)

    def read(self, query: Any, *args: Any, **more: Any) -> Any:
        return self.store.database.read(lambda db: query(db, *args, **more)).result()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return self.store.database.read(lambda db: db.execute(sql, values).fetchall()).result()

    def stored(self, made: Published) -> dict[str, Any]:
        entry = self.read(reading.read_entry, made.id)
        content: dict[str, Any] = json.loads(entry.payload[16:])
        return content

    def viewer(self, author: Author) -> Viewer:
        return Viewer(author.account, author.member, self.node.node, author.role)

    def pledge_page(self, author: Author, pledge: Any) -> Any:
        return self.read(pledges.one, self.viewer(author), str(pledge), now=self.clock.now)

    def pitch_page(self, pitch: str) -> Any:
        return self.read(pitches.one, self.viewer(self.other), pitch, now=self.clock.now)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    node, clock = Node(1), HandClock()
    store = open_store(tmp_path / "node", node, clock)
    people = []
    for name in ("owner", "giver", "other"):
        account = store.database.write(
            lambda tx, name=name: accounts.add(tx, name, language="en", role="member")
        ).result()
        nameless = House(store, clock, node, *[Author(account.id, None, "member")] * 3)
        card = nameless.say(nameless.owner, {"type": "member.introduce", "name": name})
        people.append(Author(account.id, str(card.id), "member"))
    yield House(store, clock, node, *people)
    store.close()


def faults(error: pytest.ExceptionInfo[NotAcceptable]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.problems]


# ── shapes and rights ────────────────────────────────────────────────────────────────────────────────────────


def test_every_fault_of_shape_is_named_by_its_path(house: House) -> None:
    bad = full_pitch(None, opportunity=7, colour="red", asks=[ask("a", "money", 0, "dollars")])
    with pytest.raises(NotAcceptable) as error:
        house.say(house.owner, bad)
    assert set(faults(error)) == {
        ("opportunity", "text"),
        ("colour", "unknown"),
        ("asks.0.quantity", "too-small"),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({}, "missing"),
        ({"type": "pitch.dream"}, "unknown"),
        ({"type": "pitch.tally", "pitch": "x", "asks": {}}, "made-by-the-node"),
        ({"type": "node.profile", "name": {"en": "x"}, "jurisdiction": "CA"}, "forbidden"),
        ({"type": "node.policy", "own_share": 10}, "forbidden"),
        ({"type": "member.introduce", "name": "again"}, "card-published"),
        ({"type": "comment", "on": "a" * 32 + "-0-0", "text": {"en": "x"}}, "not-here"),
        (
            {"type": "comment", "by": "a" * 32 + "-0-0", "on": "a" * 32 + "-0-0", "text": {"en": "x"}},
            "by-given",
        ),
        ({"type": "pledge.accept", "pledge": "a" * 32 + "-0-0", "quantity": 1}, "not-here"),
        ({"type": "comment", "on": "a" * 32 + "-0-0", "text": {"en": "x"}, "private": 3}, "object"),
    ],
)
def test_refuses(house: House, content: dict[str, Any], code: str) -> None:
    before = house.rows("SELECT count(*) FROM entries")
    with pytest.raises(Refused) as error:
        house.say(house.owner, content)
    assert error.value.code == code
    assert house.rows("SELECT count(*) FROM entries") == before


def test_who_has_no_card_only_introduces_herself(house: House) -> None:
    account = house.store.database.write(
        lambda tx: accounts.add(tx, "new", language="fr", role="member")
    ).result()
    nobody = Author(account.id, None, "member")
    with pytest.raises(Refused, match="card-missing"):
        house.say(nobody, full_pitch(None))
    card = house.say(nobody, {"type": "member.introduce", "name": "new"})
    assert house.rows("SELECT member FROM accounts WHERE id = ?", account.id) == [(str(card.id),)]


def test_only_the_owner_changes_a_pitch(house: House) -> None:
    pitch = house.pitch()
    for content in (
        {"type": "pitch.revise", "pitch": pitch, "title": {"en": "Mine now"}},
        {"type": "pitch.advance", "pitch": pitch, "to": "withdrawn"},
        {"type": "pitch.update", "pitch": pitch, "text": {"en": "News"}},
        {"type": "thanks", "pitch": pitch, "text": {"en": "Thank you"}},
    ):
        with pytest.raises(Refused, match="not-yours"):
            house.say(house.other, content)
        house.say(house.owner, content) if content["type"] != "pitch.advance" else None
    assert house.pitch_page(pitch)["title"] == {"en": "Mine now"}


def test_each_party_makes_its_own_steps(house: House) -> None:
    pitch = house.pitch()
    pledge = str(house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person")).id)
    for author, kind, more in (
        (house.giver, "pledge.accept", {"quantity": 1}),
        (house.other, "pledge.accept", {"quantity": 1}),
        (house.owner, "pledge.withdraw", {}),
        (house.other, "pledge.withdraw", {}),
    ):
        with pytest.raises(Refused, match="not-yours"):
            house.say(author, {"type": kind, "pledge": pledge, **more})
    with pytest.raises(NotAcceptable, match="own-pitch"):
        house.say(house.owner, offer(pitch, None, "intro", "introduction", 1, "person"))


# ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_accept_lists_all_that_is_missing(house: House) -> None:
    pitch = house.pitch(benefits={"self": {"en": "x"}}, application=None, cost=None)
    pledge = str(house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person")).id)
    with pytest.raises(NotReady) as error:
        house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1})
    assert [lack.field for lack in error.value.missing] == [
        "benefits.peers",
        "benefits.organisation",
        "application.practice",
        "application.first_date",
        "application.signal",
        "cost",
    ]
    assert house.pledge_page(house.owner, pledge)["can"]["accept"] is False
    assert len(house.pledge_page(house.owner, pledge)["can"]["accept_missing"]) == 6
    assert house.pledge_page(house.giver, pledge)["can"]["accept_missing"] == []


def test_no_more_is_accepted_than_is_asked_and_offered(house: House) -> None:
    pitch = house.pitch()
    first, second = (
        str(
            house.say(
                house.giver, offer(pitch, None, "travel", "money", 40_000, "CAD", audience="network")
            ).id
        )
        for _ in range(2)
    )
    with pytest.raises(NotAcceptable, match="more-than-offered"):
        house.say(house.owner, {"type": "pledge.accept", "pledge": first, "quantity": 50_000})
    house.say(house.owner, {"type": "pledge.accept", "pledge": first, "quantity": 40_000})
    with pytest.raises(NotAcceptable, match="more-than-asked"):
        house.say(house.owner, {"type": "pledge.accept", "pledge": second, "quantity": 40_000})
    house.say(house.owner, {"type": "pledge.accept", "pledge": second, "quantity": 21_250})
    with pytest.raises(NotAcceptable, match="accepted-already"):
        house.say(
            house.owner, {"type": "pitch.revise", "pitch": pitch, "asks": [ask("travel", "money", 1, "CAD")]}
        )
    travel = house.pitch_page(pitch)["asks"][0]
    assert (travel["accepted"], travel["met"]) == (61_250, True)


def test_an_accept_is_taken_back_by_a_decline_until_it_is_given(house: House) -> None:
    pitch = house.pitch()
    pledge = str(house.say(house.giver, offer(pitch, None, "travel", "money", 40_000, "CAD")).id)
    accept = {"type": "pledge.accept", "pledge": pledge, "quantity": 40_000}
    decline = {"type": "pledge.decline", "pledge": pledge, "reason": "date"}
    house.say(house.owner, accept)
    house.say(house.owner, decline)
    assert house.pledge_page(house.giver, pledge)["state"] == "declined"
    assert house.pitch_page(pitch)["asks"][0]["accepted"] == 0, "the sum is said anew"
    house.say(house.owner, accept)
    house.say(house.giver, {"type": "pledge.fulfil", "pledge": pledge})
    with pytest.raises(NotAcceptable, match="not-open"):
        house.say(house.owner, decline)


def test_a_pledge_fits_its_ask(house: House) -> None:
    pitch = house.pitch()
    with pytest.raises(NotAcceptable) as error:
        house.say(house.giver, offer(pitch, None, "intro", "time", 1, "hour"))
    assert faults(error) == [("kind", "not-the-ask-s"), ("unit", "not-the-ask-s")]
    with pytest.raises(NotAcceptable, match="key-unknown"):
        house.say(house.giver, offer(pitch, None, "nothing", "time", 1, "hour"))


def test_nothing_follows_an_end(house: House) -> None:
    pitch = house.pitch()
    house.say(house.owner, {"type": "pitch.advance", "pitch": pitch, "to": "withdrawn"})
    with pytest.raises(NotAcceptable, match="ended"):
        house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person"))
    with pytest.raises(NotAcceptable, match="ended"):
        house.say(house.owner, {"type": "pitch.revise", "pitch": pitch, "title": {"en": "Again"}})


def test_what_the_clock_forbids_is_refused_with_the_state_shown(house: House) -> None:
    pitch = house.pitch()
    house.clock.now += 300 * DAY
    with pytest.raises(NotAcceptable) as error:
        house.say(house.owner, {"type": "pitch.advance", "pitch": pitch, "to": "sharing"})
    assert error.value.params == {"state": "lapsed", "to": "sharing"}


def test_files_must_be_here_and_keys_known(house: House) -> None:
    pitch = house.pitch()
    blob = {"hash": "a" * 64, "size": 3, "media_type": "image/png", "name": "x.png"}
    content = {
        "type": "artifact.publish",
        "kind": "post",
        "title": {"en": "x"},
        "licence": "CC0-1.0",
        "pitch": pitch,
    }
    with pytest.raises(NotAcceptable) as error:
        house.say(house.owner, {**content, "blobs": [blob], "fulfils": ["dance"]})
    assert faults(error) == [("blobs.0.hash", "not-here"), ("fulfils.0", "key-unknown")]
    house.say(house.owner, {**content, "fulfils": ["talk"]})
    assert house.pitch_page(pitch)["sharing"][0]["state"] == "delivered"


# ── what the node adds and keeps back ────────────────────────────────────────────────────────────────────────


def test_the_node_adds_the_versions_both_agreed_to(house: House) -> None:
    pitch = house.pitch()
    revised = house.say(house.owner, {"type": "pitch.revise", "pitch": pitch, "barrier": {"en": "Other"}})
    pledge = house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person"))
    accepted = house.say(house.owner, {"type": "pledge.accept", "pledge": str(pledge.id), "quantity": 1})
    fulfilled = house.say(house.giver, {"type": "pledge.fulfil", "pledge": str(pledge.id)})
    confirmed = house.say(house.owner, {"type": "pledge.confirm", "pledge": str(pledge.id), "result": "met"})
    assert house.stored(pledge)["terms"] == str(revised.id)
    assert house.stored(accepted)["terms"] == str(pledge.id)
    assert house.stored(confirmed)["fulfil"] == str(fulfilled.id)
    assert house.stored(pledge)["by"] == house.giver.member


def test_money_is_between_the_parties_and_the_network_learns_the_sum(house: House) -> None:
    house.say(Author(None, None, "operator"), {"type": "node.policy", "tally_every": 0})
    pitch = house.pitch()
    pledge = house.say(house.giver, offer(pitch, None, "travel", "money", 30_000, "CAD"))
    assert house.stored(pledge)["audience"] == [house.node.node]
    accepted = house.say(house.owner, {"type": "pledge.accept", "pledge": str(pledge.id), "quantity": 30_000})
    assert house.stored(accepted)["audience"] == [house.node.node]
    tallies = house.rows(
        "SELECT key FROM steps WHERE type = 'pitch.tally' AND applies = 1 AND restricted = 0"
    )
    assert len(tallies) == 1
    house.say(house.giver, {"type": "pledge.fulfil", "pledge": str(pledge.id)})
    assert house.pitch_page(pitch)["asks"][0]["fulfilled"] == 30_000
    assert accepted.size == accepted.id.index + 2, "the tally is signed with what made it due"
    house.say(house.other, {"type": "comment", "on": pitch, "text": {"en": "x"}})
    assert len(house.rows("SELECT key FROM steps WHERE type = 'pitch.tally'")) == 2, (
        "said only when it changed"
    )


def test_thanks_for_a_private_pledge_are_between_its_parties(house: House) -> None:
    away = Node(2)
    meet(house.store, away)
    by, pitch = member(away), house.pitch()
    both = sorted((house.node.node, away.node))
    private = say(away, offer(pitch, by, "travel", "money", 30_000, "CAD"), audience=both)
    deliver(house.store, away, 0)
    house.say(house.owner, {"type": "pledge.accept", "pledge": private, "quantity": 30_000})
    public = str(house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person")).id)
    house.say(house.owner, {"type": "pledge.accept", "pledge": public, "quantity": 1})
    thanks = {"type": "thanks", "pitch": pitch, "text": {"en": "For the train"}}
    made = house.say(house.owner, {**thanks, "to": [private]})
    assert house.stored(made)["audience"] == both
    for wrong, code in (
        ({"to": [private, public]}, "private-alone"),
        ({"to": [private], "audience": "network"}, "wider-than-object"),
    ):
        with pytest.raises(NotAcceptable, match=code):
            house.say(house.owner, {**thanks, **wrong})
    assert "audience" not in house.stored(house.say(house.owner, {**thanks, "to": [public]}))
    assert [said["to"] for said in house.pitch_page(pitch)["thanks"]] == [[public]]
    assert all(
        step["type"] != "thanks" or not step.get("restricted") for step in house.pitch_page(pitch)["steps"]
    )
    mine = house.read(pitches.one, house.viewer(house.owner), pitch, now=house.clock.now)
    assert [said["to"] for said in mine["thanks"]] == [[private], [public]]


def test_the_sum_is_said_when_the_giver_s_node_tells_of_a_change(house: House) -> None:
    """A fulfil made elsewhere arrives from a peer: nobody here did anything, and the network still learns the sum."""
    away = Node(2)
    meet(house.store, away)
    house.say(Author(None, None, "operator"), {"type": "node.policy", "tally_every": 0})
    by, pitch = member(away), house.pitch()
    both = sorted((house.node.node, away.node))
    pledge = say(away, offer(pitch, by, "travel", "money", 30_000, "CAD"), audience=both)
    deliver(house.store, away, 0)
    house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 30_000})
    assert house.pitch_page(pitch)["asks"][0]["accepted"] == 30_000
    size = house.read(reading.head_of, house.node.feed).size
    say(away, {"type": "pledge.fulfil", "by": by, "pledge": pledge}, audience=both)
    deliver(house.store, away, away.size - 1)
    assert house.pitch_page(pitch)["asks"][0]["fulfilled"] == 30_000
    assert house.read(reading.head_of, house.node.feed).size == size + 1


def deliver(store: Store, author: Node, start: int) -> None:
    assert store.receive(author.chunk(start, author.size), author.node).result().verdict is Verdict.STORED


def test_other_kinds_are_for_the_network_unless_said(house: House) -> None:
    pitch = house.pitch()
    public = house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person"))
    assert "audience" not in house.stored(public)
    for word, nodes in (("here", [house.node.node]), ("parties", [house.node.node]), ([], [house.node.node])):
        made = house.say(house.giver, offer(pitch, None, "tester", "testing", 1, "hour", audience=word))
        assert house.stored(made)["audience"] == nodes
    with pytest.raises(NotAcceptable, match="audience"):
        house.say(house.giver, offer(pitch, None, "tester", "testing", 1, "hour", audience="everybody"))
    with pytest.raises(NotAcceptable, match="not-the-object-s"):
        house.say(house.owner, {"type": "pledge.decline", "pledge": str(public.id), "audience": "here"})
    comment = house.say(house.giver, {"type": "comment", "on": str(public.id), "text": {"en": "x"}})
    assert house.stored(comment)["audience"] == [house.node.node], "on any pledge, between the parties"


def test_nothing_said_of_a_restricted_object_goes_further(house: House) -> None:
    hidden = house.pitch(audience="here")
    comment = house.say(house.other, {"type": "comment", "on": hidden, "text": {"en": "x"}})
    assert house.stored(comment)["audience"] == [house.node.node]
    with pytest.raises(NotAcceptable, match="wider-than-object"):
        house.say(house.other, {"type": "comment", "on": hidden, "text": {"en": "x"}, "audience": None})
    revised = house.say(house.owner, {"type": "pitch.revise", "pitch": hidden, "title": {"en": "Still here"}})
    assert house.stored(revised)["audience"] == [house.node.node]
    page = house.pitch_page(hidden)
    assert page["title"] == {"en": "Still here"}


@pytest.mark.parametrize("show", ["organisation", "anonymous"])
def test_who_is_not_named_does_not_sign(house: House, show: str) -> None:
    pitch = house.pitch()
    pledge = house.say(house.giver, offer(pitch, None, "tester", "testing", 2, "hour", show=show))
    house.say(house.owner, {"type": "pledge.accept", "pledge": str(pledge.id), "quantity": 2})
    fulfilled = house.say(house.giver, {"type": "pledge.fulfil", "pledge": str(pledge.id)})
    remark = house.say(house.giver, {"type": "comment", "on": str(pledge.id), "text": {"en": "x"}})
    for made in (pledge, fulfilled, remark):
        assert "by" not in house.stored(made)
        assert house.rows("SELECT account, member FROM unnamed WHERE entry = ?", str(made.id)) == [
            house.giver[:2]
        ]
    assert house.giver.member not in str(house.pledge_page(house.owner, pledge.id))
    assert house.pledge_page(house.giver, pledge.id)["giver"]["you"] is True
    with pytest.raises(Refused, match="not-yours"):
        house.say(house.other, {"type": "pledge.withdraw", "pledge": str(pledge.id)})


def test_private_stays_in_a_table_of_the_node(house: House) -> None:
    pitch = house.pitch()
    content = {
        **offer(pitch, None, "tester", "testing", 1, "hour", conflict="declared"),
        "private": {"conflict": "a cousin"},
    }
    made = house.say(house.giver, content)
    assert "private" not in house.stored(made)
    assert house.rows("SELECT json FROM privates WHERE entry = ?", str(made.id)) == [
        ('{"conflict": "a cousin"}',)
    ]
    assert house.pledge_page(house.giver, made.id)["private"] == {"conflict": "a cousin"}
    assert house.pledge_page(house.owner, made.id)["private"] is None


# ── once and for all ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_used_twice_makes_one_record(house: House) -> None:
    first = house.say(house.owner, full_pitch(None), key="k")
    again = house.say(house.owner, full_pitch(None), key="k")
    assert (again.id, again.type) == (first.id, "pitch.open")
    assert again.size >= first.size
    assert house.say(house.other, full_pitch(None), key="k").id != first.id, "a key is an account's own"
    with pytest.raises(Refused, match="idempotency-reused"):
        house.say(house.owner, full_pitch(None, title={"en": "Another"}), key="k")


def test_published_tells_the_head_that_covers_it(house: House) -> None:
    made = house.say(house.owner, full_pitch(None))
    head = house.read(reading.head_of, house.node.feed)
    assert (made.size, made.root) == (head.size, head.root)
    assert made.index == made.size - 1
    own, salt = house.node.own, secrets.token_bytes(16)

    def early(tx: Any) -> None:
        published = publishing.publish(tx, own, house.owner, full_pitch(None), salt=salt)
        with pytest.raises(LocalError):
            _ = published.size

    house.store.database.write(early).result()


def test_what_was_published_is_what_a_peer_would_show(house: House) -> None:
    pitch = house.pitch()
    pledge = str(house.say(house.giver, offer(pitch, None, "intro", "introduction", 1, "person")).id)
    house.say(
        house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1, "return": {"en": "A call"}}
    )
    rows = house.rows(
        "SELECT e.header, v.envelope FROM entries e JOIN envelopes v ON v.key = e.key ORDER BY e.key"
    )
    copy = Node(1)
    for header, envelope in rows:
        copy.add(header, envelope)
    elsewhere = Shelf(Node(2)).take_all(copy)
    assert elsewhere.hash() == house.read(state_hash)
    assert elsewhere.db.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)
    listed = pitches.listing(elsewhere.db, elsewhere.viewer(None), PitchFilters(), now=house.clock.now).items
    assert [one["id"] for one in listed] == [pitch]
