"""Random members on random nodes do random legal and illegal things while the network is cut and healed.

Two doors are used: the publishing door, which refuses what is not allowed, and a forger's, which signs anything. Whatever
happens, no node shows a step nobody was entitled to, an end is never left, nothing that was acknowledged is lost, and
once the network is whole again every node shows the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.crypto import sha256
from protocol.errors import Refused
from protocol.ids import EntryId
from protocol.records import write
from protocol.rules.pitches import ENDS
from store import accounts, publishing, reading
from store.publishing import Author
from store.views import Viewer, pitches, pledges, state_hash
from store.views.shapes import PitchFilters, PledgeFilters
from tests.kit.network import START_MS, Network, Node
from tests.kit.views import ask, full_pitch

DAY = 86_400
Seed = st.integers(0, 2**32)


class Member(NamedTuple):
    """Somebody at a node."""

    node: Node
    author: Author

    @property
    def id(self) -> str:
        return str(self.author.member)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.author.account, self.author.member, self.node.id, self.author.role)


def by(kind: str, subject: str, **fields: Any) -> Callable[[str, int], dict[str, Any]]:
    """A record about ``subject``; fields that are functions get the number drawn."""

    def make(about: str, number: int) -> dict[str, Any]:
        said = {name: value(number) if callable(value) else value for name, value in fields.items()}
        return {"type": kind, subject: about, **said}

    return make


def _text(number: int) -> dict[str, str]:
    return {"en": f"Words {number}"}


ABOUT_PITCH = (
    by("pitch.revise", "pitch", title=_text),
    by("pitch.revise", "pitch", asks=lambda n: [ask("hands", "time", 1 + n % 5, "hour", split=True)]),
    by(
        "pitch.advance",
        "pitch",
        to=lambda n: ("underway", "sharing", "closed", "withdrawn", "cancelled")[n % 5],
    ),
    by("pitch.update", "pitch", text=_text),
    by("thanks", "pitch", text=_text),
    by("catalyse", "pitch", text=_text),
    by("attest", "pitch", what=["time"]),
    by("check_in", "pitch", applied=lambda n: ("yes", "partly", "no")[n % 3]),
    by("check_in", "pitch", day=lambda n: (30, 90, 180, 31)[n % 4], applied="yes"),
    by("circle.join", "circle"),
    by("circle.leave", "circle"),
    by("comment", "on", text=_text),
)
ABOUT_PLEDGE = (
    *[by("pledge.accept", "pledge", quantity=lambda n: n % 8 // 6 + 1, **{"return": _text})] * 4,
    by("pledge.decline", "pledge", reason="date"),
    by("pledge.revise", "pledge", quantity=lambda n: 1 + n % 4),
    by("pledge.withdraw", "pledge"),
    by("pledge.release", "pledge"),
    *[by("pledge.fulfil", "pledge")] * 3,
    *[by("pledge.confirm", "pledge", result=lambda n: ("met", "partly", "not")[n % 3])] * 2,
    *[by("return.deliver", "pledge", text=_text)] * 2,
    by("return.confirm", "pledge", result=lambda n: ("met", "partly", "not")[n % 3]),
    by("comment", "on", text=_text),
)


WEATHER = (*["calm"] * 4, *["silence"] * 2, *["cut"] * 3, *["heal"] * 3, "week", "season")


class Life(RuleBasedStateMachine):
    """Three nodes, two members each, a line that is cut and healed."""

    @initialize(seed=Seed)
    def found(self, seed: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.net = Network(Path(self.folder.name), seed)
        self.nodes = [self.net.node(name) for name in "abc"]
        self.members = [
            self._member(node, f"{node.name}{number}") for node in self.nodes for number in (1, 2)
        ]
        self.pitches: list[str] = []
        self.pledges: list[str] = []
        self.acknowledged: list[tuple[EntryId, dict[str, Any]]] = []
        self.ended: dict[tuple[str, str], str] = {}
        self.count = 0
        self.wires = {pair: self.net.connect(*pair) for pair in self._pairs()}
        self.net.run()
        random = Random(seed)
        for act in (self.pitch, self.pitch, self.pledge, self.pledge, self.pledge):
            act(random)
        self.net.run()

    def _pairs(self) -> list[tuple[Node, Node]]:
        a, b, c = self.nodes
        return [(a, b), (b, c), (a, c)]

    def _member(self, node: Node, name: str) -> Member:
        account = node.write(lambda tx: accounts.add(tx, name, language="en", role="member"))
        nobody = Author(account.id, None, "member")
        card = {"type": "member.introduce", "name": name}
        made = node.write(
            lambda tx: publishing.publish(tx, node.own, nobody, card, salt=sha256(name.encode())[:16])
        )
        return Member(node, Author(account.id, str(made.id), "member"))

    # what members do

    def _say(self, member: Member, content: dict[str, Any]) -> str | None:
        """Through the door: an id, or None when it is refused, and then for a reason it can name."""
        self.count += 1
        salt = sha256(b"%d" % self.count)[:16]
        try:
            made = member.node.write(
                lambda tx: publishing.publish(tx, member.node.own, member.author, content, salt=salt)
            )
        except Refused as refused:
            assert refused.code
            return None
        self.acknowledged.append((made.id, content))
        return str(made.id)

    @rule(seed=Seed, weather=st.sampled_from(WEATHER), which=st.integers(0, 2))
    def day(self, seed: int, weather: str, which: int) -> None:
        """Some weather, and a few things members do: legal and not, mostly by the two whom a pledge concerns."""
        random = Random(seed)
        getattr(self, weather)(which)
        acts = [self.pitch, self.pledge, self.about_a_pitch, self.about_a_pledge, self.party, self.forge]
        for act in random.choices(acts, weights=[1, 3, 4, 1, 14, 3], k=8):
            act(random)

    def pitch(self, random: Random) -> None:
        asks = [ask("hands", "time", random.randrange(1, 5), "hour", split=True, needed_by="2027-02-20")]
        asks.append(ask("cash", "money", 61_250, "CAD", must=False, split=True))
        changes = {"benefits": None} if random.random() < 0.2 else {}
        made = self._say(random.choice(self.members), full_pitch(None, asks=asks, **changes))
        assert made is not None
        self.pitches.append(made)

    def pledge(self, random: Random) -> None:
        what = (
            {"ask": "cash", "kind": "money", "quantity": 30_000, "unit": "CAD"}
            if random.random() < 0.25
            else {"ask": "hands", "kind": "time", "quantity": random.randrange(1, 5), "unit": "hour"}
        )
        show = random.choice(["named", "named", "organisation", "anonymous"])
        content = {"type": "pledge.offer", "pitch": random.choice(self.pitches), "show": show, **what}
        made = self._say(random.choice(self.members), content)
        if made is not None:
            self.pledges.append(made)

    def about_a_pitch(self, random: Random) -> None:
        """Its owner, or anybody."""
        pitch = random.choice(self.pitches)
        owners = [member for member in self.members if self._owns(member, pitch)]
        member = random.choice(owners if owners and random.random() < 0.6 else self.members)
        self._say(member, random.choice(ABOUT_PITCH)(pitch, random.randrange(1000)))

    def about_a_pledge(self, random: Random) -> None:
        if self.pledges:
            content = random.choice(ABOUT_PLEDGE)(random.choice(self.pledges), random.randrange(1000))
            self._say(random.choice(self.members), content)

    def party(self, random: Random) -> None:
        """The two it concerns."""
        if not self.pledges:
            return
        pledge = random.choice(self.pledges)
        for member in random.sample(self.members, len(self.members)):
            page = self._pledge(member, pledge)
            if page and (page["giver"]["you"] or (page["owner"] or {}).get("you")):
                self._say(member, random.choice(ABOUT_PLEDGE)(pledge, random.randrange(1000)))
                return

    def forge(self, random: Random) -> None:
        """A node that asks no rule signs whatever its member says."""
        member = random.choice(self.members)
        makers, things = random.choice(((ABOUT_PITCH, self.pitches), (ABOUT_PLEDGE, self.pledges)))
        if not things:
            return
        content = random.choice(makers)(random.choice(things), random.randrange(1000))
        record, salt = write({**content, "by": member.id}), random.randbytes(16)
        member.node.write(lambda tx: publishing.append(tx, member.node.own, record, salt))

    # what the world does

    def calm(self, _: int) -> None:
        self.net.run()

    def silence(self, _: int) -> None:
        """What was said is still on its way."""

    def cut(self, which: int) -> None:
        self.wires[self._pairs()[which]].cut()
        self.net.run()

    def heal(self, which: int) -> None:
        pair = self._pairs()[which]
        if not self.wires[pair].up:
            self.wires[pair] = self.net.connect(*pair)

    def week(self, _: int) -> None:
        self.net.now += 5 * DAY
        self.net.run()

    def season(self, _: int) -> None:
        self.net.now += 60 * DAY
        self.net.run()

    # what must hold whenever somebody looks

    def _now(self) -> int:
        return START_MS + int(self.net.now * 1000)

    def _pledge(self, member: Member, pledge: str) -> Any:
        return member.node.store.database.read(
            lambda db: pledges.one(db, member.viewer, pledge, now=self._now())
        ).result()

    def _owns(self, member: Member, pitch: str) -> bool:
        read = member.node.store.database.read
        page = read(lambda db: pitches.one(db, member.viewer, pitch, now=self._now())).result()
        return bool(page and page["owner"]["you"])

    def _list(self, member: Member, query: Any, filters: Any) -> list[Any]:
        read = member.node.store.database.read
        found: list[Any] = (
            read(lambda db: query(db, member.viewer, filters, now=self._now(), limit=200)).result().items
        )
        return found

    @invariant()
    def an_end_is_never_left(self) -> None:
        for member in self.members[::2]:
            for item in self._list(member, pitches.listing, PitchFilters()):
                seen = (member.node.name, item["id"])
                if item["state"] in ENDS and self._said_so(item["id"]):
                    self.ended.setdefault(seen, item["state"])
                assert item["state"] == self.ended.get(seen, item["state"])

    def _said_so(self, pitch: str) -> bool:
        return any(
            content["type"] == "pitch.advance" and content["pitch"] == pitch
            for _, content in self.acknowledged
        )

    @invariant()
    def nothing_is_shown_that_its_party_did_not_do(self) -> None:
        for member in self.members[::2]:
            for item in self._list(member, pledges.listing, PledgeFilters()):
                made = self._steps(member.node, item["id"])
                owner = item["owner"]["id"]
                if item["state"] in ("accepted", "fulfilled", "confirmed", "disputed"):
                    assert ("pledge.accept", owner) in made
                if item["state"] in ("confirmed", "disputed"):
                    assert ("pledge.confirm", owner) in made
                if item["state"] == "declined":
                    assert ("pledge.decline", owner) in made
                assert item["giver"]["id"] != owner

    def _steps(self, node: Node, pledge: str) -> set[tuple[str, str | None]]:
        """(type, by) of every record about a pledge in this node's log, whoever signed it, each by its own node."""
        found = set()
        for feed, state in node.store.database.read(reading.feed_states).result().items():
            for index in range(state.size):
                content = self._content(node, EntryId(*feed, index))
                if (
                    content
                    and content.get("pledge") == pledge
                    and str(content.get("by") or feed.node).startswith(feed.node)
                ):
                    found.add((content["type"], content.get("by")))
        return found

    def _content(self, node: Node, entry: EntryId) -> dict[str, Any] | None:
        key = (node.name, entry)
        known = self.__dict__.setdefault("_known", {})
        if key not in known:
            stored = node.store.database.read(lambda db: reading.read_entry(db, entry)).result()
            if stored is None or not isinstance(stored.payload, bytes):
                return None
            known[key] = publishing.json.loads(stored.payload[16:])
        content: dict[str, Any] = known[key]
        return content

    @invariant()
    def no_more_is_accepted_than_was_asked(self) -> None:
        for member in self.members[::2]:
            read = member.node.store.database.read
            for pitch in self.pitches:
                page = read(
                    lambda db, pitch=pitch, member=member: pitches.one(
                        db, member.viewer, pitch, now=self._now()
                    )
                ).result()
                for one in page["asks"] if page else ():
                    assert 0 <= one["fulfilled"] <= one["accepted"] <= one["quantity"]

    def teardown(self) -> None:
        if not hasattr(self, "net"):
            return
        try:
            self._healed()
        finally:
            self.net.close()
            self.folder.cleanup()

    def _healed(self) -> None:
        for which in range(3):
            self.heal(which)
        self.net.run(600)
        hashes = {node.store.database.read(state_hash).result() for node in self.nodes}
        assert len(hashes) == 1
        for entry, content in self.acknowledged:
            for node in self.nodes:
                stored = node.store.database.read(
                    lambda db, entry=entry: reading.read_entry(db, entry)
                ).result()
                assert stored is not None, (content["type"], node.name)
        shown = [self._public_states(member) for member in self.members[::2]]
        assert shown[0] == shown[1] == shown[2]

    def _public_states(self, member: Member) -> list[Any]:
        listed = self._list(member, pitches.listing, PitchFilters())
        given = self._list(member, pledges.listing, PledgeFilters())
        return [
            [(item["id"], item["state"], item["asks_met"]) for item in listed],
            [(item["id"], item["state"], item["accepted"]) for item in given if not item["restricted"]],
        ]


Life.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLife = Life.TestCase
