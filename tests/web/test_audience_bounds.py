"""What a poster may widen and what not: the audience of each kind of record is bounded by the domain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from protocol.ids import EntryId
from protocol.records import NotAcceptable
from protocol.records.speakers import SPEAKERS
from store.reading import read_entry
from store.views.access import PRIVATE, may_read
from tests.kit.logs import Author
from tests.kit.records import GOOD
from tests.kit.views import Shelf, member, say
from tests.kit.web import House, Member, visit

THIRD = "b" * 32


class Two(NamedTuple):
    """Two nodes: a pitch at home, a private money pledge from away."""

    home: House
    away: House
    owner: Member
    reader: Member
    steward: Member
    giver: Member
    pitch: str
    pledge: str


def _pitch(**more: Any) -> dict[str, Any]:
    return {
        "type": "pitch.open",
        "title": {"en": "Lab"},
        "why": {"en": "Why"},
        "opportunity": "course",
        **more,
    }


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    home, away = House.open(tmp_path), House.open(tmp_path, number=2)
    owner, reader, steward = home.member("Owner"), home.member("Reader"), home.member("Care", "steward")
    giver = away.member("Giver")
    pitch = str(home.publish_now(owner, _pitch()).id)
    home.carry(away)
    offer = {"type": "pledge.offer", "pitch": pitch, "kind": "money", "text": {"en": "x"}, "quantity": 5}
    offer |= {"unit": "CAD", "conflict": "none"}
    pledge = str(away.publish_now(giver, offer).id)
    away.carry(home)
    yield Two(home, away, owner, reader, steward, giver, pitch, pledge)
    home.close()
    away.close()


@pytest.mark.parametrize("audience", [None, "network", "parties", "here", [THIRD], []])
async def test_b6_a_report_goes_to_the_stewards_only_whatever_is_posted(two: Two, audience: object) -> None:
    """B6: a report posted with "audience": "network" is published to the stewards of the two nodes and to nobody else."""
    content: dict[str, Any] = {"type": "report", "on": two.pitch, "reason": "personal-information"}
    content |= {"text": {"en": "zqreportz"}} | ({} if audience is None else {"audience": audience})
    async with visit(two.home) as site:
        sender, other, steward = [await site.program(who) for who in (two.reader, two.owner, two.steward)]
        made = await sender.post("/api/v1/records", json=content)
        assert made.status == 201, made.text
        entry = f"/api/v1/entries/{made.json()['id']}"
        assert (await sender.get(entry)).json()["content"]["audience"] == [str(two.home.node)]
        assert "zqreportz" in (await steward.get(entry)).text
        for path in (entry, "/api/v1/changes?limit=100", "/api/v1/export", f"/pitches/{two.pitch}"):
            assert "zqreportz" not in (await other.get(path)).text, path


async def test_b6_a_report_about_another_node_s_record_goes_to_both(two: Two) -> None:
    """B6: whatever wider list is posted, the nodes are the own one and that of what is reported."""
    content = {
        "type": "report",
        "on": two.pitch,
        "reason": "harmful",
        "audience": [THIRD, str(two.home.node)],
    }
    made = two.away.publish_now(two.giver, content)
    rows = two.away.read_now(
        lambda db: db.execute(
            "SELECT node FROM audiences WHERE key & 0xFFFFFFFFFF = ?", (made.id.index,)
        ).fetchall()
    )
    assert {node for (node,) in rows} == {two.home.node, two.away.node}


@pytest.mark.parametrize("audience", ["network", [THIRD]])
def test_b6_what_is_said_beside_a_private_thing_is_never_seen_by_more(two: Two, audience: object) -> None:
    """B6: a list of nodes is held to the same bound as the word "network": no third node is told of a private pledge."""
    for content in (
        {"type": "comment", "on": two.pledge, "text": {"en": "x"}},
        {"type": "encourage", "on": two.pledge},
        {"type": "translation", "of": two.pledge, "texts": {"text": {"fr": "x"}}, "origin": "human"},
        {"type": "pledge.accept", "pledge": two.pledge, "quantity": 1},
        {"type": "invite", "pitch": two.pitch, "to": str(two.giver.member)},
    ):
        with pytest.raises(NotAcceptable) as error:
            two.home.publish_now(two.owner, {**content, "audience": audience})
        assert [one.field for one in error.value.problems] == ["audience"], content["type"]


@pytest.mark.parametrize(
    "kind", [kind for kind, said in SPEAKERS.items() if said.organisation and said.roles]
)
def test_b6_what_binds_everybody_is_said_to_everybody(two: Two, kind: str) -> None:
    """B6: what the organisation says has no smaller audience: it would bind those who are not told."""
    boss = two.home.member("Operator", "operator")
    content = next(content for content in GOOD.values() if content["type"] == kind)
    for audience in ("here", [THIRD]):
        with pytest.raises(NotAcceptable, match="for-everybody"):
            two.home.publish_now(boss, {**content, "audience": audience})
    assert two.home.publish_now(boss, {**content, "audience": "network"})


@pytest.mark.parametrize("kind", sorted(PRIVATE))
def test_b6_what_a_peer_says_openly_that_is_never_open_is_not_shown(two: Two, kind: str) -> None:
    """B6: a report that another node published to everybody is shown to the desk here, and to no member."""
    peer = Author(7)
    by = member(peer)
    fields = (
        {"on": two.pitch, "reason": "x"}
        if kind == "report"
        else {"pitch": two.pitch, "to": str(two.owner.member)}
    )
    content = {"type": kind, "by": by, **fields, "text": {"en": "zqopenz"}}
    say(peer, content)
    raw = dict(content)
    peer.say(str(raw).replace("'", '"').replace(f'"{kind}"', f'"{kind[:-1]}\\u{ord(kind[-1]):04x}"').encode())
    shelf = Shelf(Author(1)).take_all(peer)
    for index in (1, 2):
        found = read_entry(shelf.db, EntryId(peer.node, 0, index))
        assert found is not None and found.verdict is None
        assert not may_read(shelf.db, shelf.viewer(str(two.reader.member)), found)
        if kind == "report":
            assert may_read(shelf.db, shelf.viewer(None, "steward"), found)
