"""Random histories: three nodes whose members do legal and illegal things to each other's pitches and pledges.

A history is the logs it leaves behind; the same seed gives the same bytes.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, ask, full_pitch, member, offer, say

UNKNOWN = "a" * 32 + "-0-0"


class History:
    """Logs of three authors, filled by ``steps`` random acts."""

    def __init__(self, random: Random, steps: int) -> None:
        self.random = random
        self.authors = [Author(number) for number in (1, 2, 3)]
        self.members = [(author, member(author, f"analyst {author.number}")) for author in self.authors]
        self.pitches: list[str] = []
        self.pledges: list[tuple[str, Any]] = []
        self.notes: list[str] = []
        self.polls: list[tuple[str, Any]] = []
        self.artifacts: list[str] = []
        self.remarks: list[str] = []
        self.check_ins: list[str] = []
        self.events: list[str] = []

        self.circles: list[str] = []
        self.now = NOW
        for _ in range(steps):
            self.now += random.randrange(DAY)
            random.choice(_ACTS)(self)

    def say(self, author: Author, content: dict[str, Any], audience: Any = None) -> str:
        content = {name: value for name, value in content.items() if value is not None}
        return say(author, content, at=self.now, audience=audience)

    def someone(self) -> tuple[Author, str]:
        return self.random.choice(self.members)

    def some(self, things: list[Any]) -> Any:
        """One of them, seldom one nobody has."""
        return self.random.choice(things) if things and self.random.random() < 0.95 else UNKNOWN

    def whose(self, about: str) -> tuple[Author, str]:
        """Usually a member of the node whose object it is, mostly the first."""
        mine = [pair for pair in self.members if about.startswith(pair[0].node)]
        return mine[0] if mine and self.random.random() < 0.75 else self.someone()

    def open(self) -> None:
        author, by = self.someone()
        quantity = self.random.randrange(1, 5)
        asks = [
            ask(
                "hands",
                "time",
                quantity,
                "hour",
                must=self.random.random() < 0.7,
                split=True,
                needed_by="2027-02-20",
            ),
            ask("cash", "money", 61_250, "CAD", must=False, split=True),
        ]
        changes = {"asks": asks, "title": {"en": f"Pitch {len(self.pitches)}"}}
        if self.random.random() < 0.3:
            changes["benefits"] = None
        audience = [a.node for a in self.authors[:2]] if self.random.random() < 0.1 else None
        if audience and author.node not in audience:
            audience = None
        self.pitches.append(self.say(author, full_pitch(by, **changes), audience))

    def revise(self) -> None:
        pitch = self.some(self.pitches)
        author, by = self.whose(pitch)
        change = self.random.choice(
            [
                {"title": {"en": f"Another title {self.random.randrange(100)}"}},
                {"benefits": {"self": {"en": "a"}, "peers": {"en": "b"}, "organisation": {"en": "c"}}},
                {"barrier": None},
                {"asks": [ask("hands", "time", self.random.randrange(1, 6), "hour", split=True)]},
                {"asks": [ask("new", "review", 1, "piece")]},
                {"when": {"start": "2027-01-25", "end": "2027-01-28"}},
            ]
        )
        say(author, {"type": "pitch.revise", "by": by, "pitch": pitch, **change}, at=self.now)

    def advance(self) -> None:
        pitch = self.some(self.pitches)
        author, by = self.whose(pitch)
        to = self.random.choice(["underway", "sharing", "closed", "withdrawn", "cancelled"])
        self.say(author, {"type": "pitch.advance", "by": by, "pitch": pitch, "to": to})

    def add(self) -> None:
        pitch = self.some(self.pitches)
        author, by = self.whose(pitch)
        if self.random.random() < 0.5:
            self.say(author, {"type": "pitch.update", "by": by, "pitch": pitch, "text": {"en": "News"}})
        else:
            sums = {"cash": {"accepted": self.random.randrange(70_000), "fulfilled": 0}}
            self.say(author, {"type": "pitch.tally", "pitch": pitch, "asks": sums})

    def offer(self) -> None:
        pitch = self.some(self.pitches)
        author, by = self.someone()
        private = self.random.random() < 0.3
        audience = sorted({author.node, pitch[:32]} & {a.node for a in self.authors}) if private else None
        kind = (
            ("cash", "money", 30_000, "CAD")
            if private
            else ("hands", "time", self.random.randrange(1, 5), "hour")
        )
        if self.random.random() < 0.1:
            kind = (kind[0], "review", 2, "piece")
        named = self.random.random() < 0.7
        content = offer(pitch, by if named else None, *kind, show="named" if named else "anonymous")
        self.pledges.append((self.say(author, content, audience), (audience, by if named else None, pitch)))

    def step(self) -> None:
        pledge, (audience, giver, pitch) = (
            self.random.choice(self.pledges) if self.pledges else (UNKNOWN, (None, None, UNKNOWN))
        )
        kind = self.random.choice(list(_STEPS))
        by_giver, fields = _STEPS[kind]
        author, by = self.whose(pledge if by_giver else pitch)
        if self.random.random() < 0.1:
            audience = None if audience else [author.node]
        if by_giver and giver is None:
            by = None
        more = fields(self.random)
        if audience and author.node not in audience:
            audience = sorted({*audience, author.node})
        self.say(author, {"type": kind, "by": by, "pledge": pledge, **more}, audience)

    def talk(self) -> None:
        author, by = self.someone()
        about = self.some([*self.pitches, *self.artifacts, *(pledge for pledge, _ in self.pledges)])
        audience = [author.node] if self.random.random() < 0.1 else None
        named = by if self.random.random() < 0.9 else None
        content = {"type": "comment", "by": named, "on": about, "text": {"en": "A remark"}}
        self.remarks.append(self.say(author, content, audience))

    def talk_again(self) -> None:
        """A comment is said otherwise or taken back, mostly by who made it, perhaps after she moved."""
        about = self.some(self.remarks)
        author, by = self.whose(about)
        more = self.random.choice([("comment.revise", {"text": {"en": "Better"}}), ("comment.withdraw", {})])
        content = {"type": more[0], "by": by if self.random.random() < 0.9 else None, "comment": about}
        self.say(author, {**content, **more[1]}, [author.node] if self.random.random() < 0.1 else None)

    def publish(self) -> None:
        author, by = self.someone()
        content = {
            "type": "artifact.publish",
            "by": by,
            "kind": "post",
            "title": {"en": "Note"},
            "licence": "CC0-1.0",
        }
        studied = self.random.sample([pledge for pledge, _ in self.pledges], min(2, len(self.pledges)))
        audience = [author.node] if self.random.random() < 0.1 else None
        content |= {"pitch": self.random.choice([None, *self.pitches]), "fulfils": studied}
        self.artifacts.append(self.say(author, content, audience))

    def publish_again(self) -> None:
        """An artifact is revised or withdrawn, mostly by its owner."""
        about = self.some(self.artifacts)
        author, by = self.whose(about)
        named = [pledge for pledge, _ in self.pledges][-2:]
        change = self.random.choice(
            [
                {"title": {"en": f"Title {self.random.randrange(100)}", "fr": "Titre"}},
                {"derived_from": self.artifacts[:1], "review_by": "2027-06-01"},
                {"fulfils": named},
                {"fulfils": []},
            ]
        )
        if self.random.random() < 0.2:
            self.say(author, {"type": "artifact.withdraw", "by": by, "artifact": about})
        else:
            self.say(author, {"type": "artifact.revise", "by": by, "artifact": about, **change})

    def study(self) -> None:
        """A case study is pledged and written up by its giver, before or after it is accepted."""
        pitch = self.some(self.pitches)
        author, by = self.someone()
        pledge = self.say(author, offer(pitch, by, None, "case-study", 1, "piece"))
        self.pledges.append((pledge, (None, by, pitch)))
        if self.random.random() < 0.7:
            owner, owned_by = self.whose(pitch)
            self.say(owner, {"type": "pledge.accept", "by": owned_by, "pledge": pledge, "quantity": 1})
        content = {"type": "artifact.publish", "kind": "case-study", "title": {"en": "Case"}, "by": by}
        self.artifacts.append(self.say(author, {**content, "licence": "CC0-1.0", "fulfils": [pledge]}))

    def translate(self) -> None:
        about = self.some([*self.artifacts, *self.pitches, *self.remarks])
        author, by = self.someone()
        texts = {
            "title": {"fr": f"Titre {self.random.randrange(9)}"},
            "asks.hands.text": {"fr": "Deux mains"},
        }
        self.say(author, {"type": "translation", "by": by, "of": about, "texts": texts, "origin": "human"})
        self.say(author, {"type": "reuse", "by": by, "artifact": about, "result": "worked"})

    def plan(self) -> None:
        author, by = self.someone()
        step = {"type": "idp", "by": by, "skill": {"en": "Chairing"}, "cycle": 1, "part": "concept"}
        self.say(author, step, [author.node] if self.random.random() < 0.7 else None)

    def policy(self) -> None:
        author, _ = self.someone()
        self.say(
            author,
            {
                "type": "node.policy",
                "own_share": self.random.choice([0, 25, 50, 75]),
                "check_ins": self.random.choice([None, [30, 60], [90]]),
            },
        )

    def profile(self) -> None:
        author, _ = self.someone()
        name = {"en": f"Organisation {self.random.randrange(9)}"}
        self.say(author, {"type": "node.profile", "name": name, "jurisdiction": "CA-BC"})

    def card(self) -> None:
        author, by = self.someone()
        about = self.random.choice(self.members)[1] if self.random.random() < 0.2 else by
        change = self.random.choice(
            [{"name": "facilitator"}, {"languages": ["fr"]}, {"offers": [{"kind": "review"}]}]
        )
        self.say(author, {"type": "member.revise", "by": by, "member": about, **change})

    def join(self) -> None:
        author, _ = self.someone()
        self.members.append((author, member(author, f"analyst {len(self.members)}")))

    def move(self) -> None:
        """Somebody goes to another node: both sides say so, or one; sometimes twice, sometimes in a circle."""
        author, by = self.someone()
        new = self.random.choice(self.authors)
        card = member(
            new, f"analyst {len(self.members)}", **({"was": by} if self.random.random() < 0.8 else {})
        )
        if self.random.random() < 0.8:
            to = card if self.random.random() < 0.9 else self.random.choice(self.members)[1]
            self.say(author, {"type": "member.move", "by": by, "to": to})
        self.members.append((new, card))

    def retire(self) -> None:
        author, by = self.someone()
        self.say(author, {"type": "member.retire", "by": by})

    def check_in(self) -> None:
        pitch = self.some(self.pitches)
        author, by = self.whose(pitch)
        content = {"type": "check_in", "by": by, "pitch": pitch, "applied": self.random.choice(_ANSWERS)}
        day = self.random.choice([None, None, 30, 90, 180, 60])
        audience = [author.node] if self.random.random() < 0.1 else None
        self.check_ins.append(self.say(author, {**content, "day": day}, audience))

    def witness(self) -> None:
        author, by = self.someone()
        check_in, saw = self.some(self.check_ins), self.random.choice(_ANSWERS)
        audience = [author.node] if self.random.random() < 0.1 else None
        content = {"type": "check_in.attest", "by": by, "check_in": check_in, "saw": saw}
        self.say(author, content, audience)

    def meet(self) -> None:
        author, by = self.someone()
        content = {"type": "event.schedule", "by": by, "kind": "webinar", "title": {"en": "Pitch talk"}}
        pitch = self.random.choice([None, *self.pitches])
        more = {"start": f"2027-03-{self.random.randrange(10, 30)}", "pitch": pitch}
        self.events.append(self.say(author, {**content, **more, "fulfils": ["talk"] if pitch else None}))

    def change_event(self) -> None:
        event = self.some(self.events)
        author, by = self.whose(event)
        kind, change = self.random.choice(
            [
                ("event.revise", {"start": f"2027-04-{self.random.randrange(10, 30)}"}),
                ("event.revise", {"topics": ["data"], "pitch": None}),
                ("event.cancel", {"reason": "date"}),
            ]
        )
        say(author, {"type": kind, "by": by, "event": event, **change}, at=self.now)

    def voice(self) -> None:
        """A word beside an object: an answer to an event, a hand for a pitch."""
        author, by = self.someone()
        pitch, event = self.some(self.pitches), self.some(self.events)
        content: dict[str, Any] = self.random.choice(
            [
                {"type": "rsvp", "event": event, "answer": self.random.choice(["yes", "maybe", "no"])},
                {"type": "catalyse", "pitch": pitch},
                {"type": "encourage", "on": pitch},
                {"type": "attest", "pitch": pitch, "what": ["time"]},
            ]
        )
        self.say(author, {**content, "by": by})

    def poll(self) -> None:
        """A poll, or the word that closes one, now and then a stranger's."""
        if self.polls and self.random.random() < 0.5:
            poll, audience = self.random.choice(self.polls)
            author, _ = self.whose(poll)
            cut = {f"{one.node}-0": one.size for one in self.authors if one.size}
            content = {"type": "poll.close", "poll": poll, "cut": cut, "counts": {"a": 1}}
            self.say(author, content, audience)
            return
        author, by = self.someone()
        audience = sorted({author.node, self.authors[0].node}) if self.random.random() < 0.1 else None
        circle = self.random.choice(self.pitches) if self.pitches else None
        eligible = {"circle": circle} if circle and self.random.random() < 0.4 else "network"
        options = [{"key": key, "text": {"en": f"Option {key}"}} for key in "ab"]
        asked = {"type": "poll.open", "by": by, "question": {"en": "Which?"}, "kind": "choose-one"}
        asked |= {"options": options, "closes": "2027-02-20T00:00:00Z", "eligible": eligible}
        secret = self.random.random() < 0.5
        self.polls.append((self.say(author, {**asked, "secret": secret}, audience), audience))

    def vote(self) -> None:
        poll, audience = self.random.choice(self.polls) if self.polls else (UNKNOWN, None)
        author, by = self.someone()
        if audience and author.node not in audience:
            audience = None
        who = {"by": by} if self.random.random() < 0.5 else {"token": f"{self.random.randrange(4):064x}"}
        choice = {self.random.choice("abz"): 1}
        self.say(author, {"type": "ballot", "poll": poll, "choice": choice, **who}, audience)

    def found(self) -> None:
        author, by = self.someone()
        audience = [a.node for a in self.authors[:2]] if self.random.random() < 0.1 else None
        if audience and author.node not in audience:
            audience = None
        content = {"type": "circle.found", "by": by, "name": {"en": f"Circle {len(self.circles)}"}}
        self.circles.append(self.say(author, content, audience))

    def circle(self) -> None:
        """Somebody comes into a circle, goes out, takes a role, carries a pitch, restates what a circle is for."""
        author, by = self.someone()
        circle = self.some([*self.circles, *self.pitches])
        kind = self.random.choice(
            [*["circle.join"] * 3, *["circle.leave"] * 2, "circle.role", "circle.revise"]
        )
        more: dict[str, Any] = {}
        if kind == "circle.role":
            more = {"member": self.random.choice(self.members)[1], "role": "steward"}
        if kind == "circle.revise":
            author, by = self.whose(circle)
            more = {"purpose": {"en": f"To meet {self.random.randrange(9)}"}}
        audience = [a.node for a in self.authors[:2]] if self.random.random() < 0.1 else None
        if audience and author.node not in audience:
            audience = None
        self.say(author, {"type": kind, "by": by, "circle": circle, **more}, audience)

    def carry(self) -> None:
        author, by = self.someone()
        self.say(author, {"type": "catalyse", "by": by, "pitch": self.some(self.pitches)})

    def issue(self) -> None:
        author, by = self.someone()
        content = {"type": "issue.raise", "by": by, "title": {"en": f"Issue {len(self.notes)}"}}
        self.notes.append(self.say(author, {**content, "circle": self.random.choice([None, *self.circles])}))
        more = self.random.choice([{"type": "issue.share"}, {"type": "issue.same", "as": self.notes[0]}])
        self.say(author, {**more, "by": by, "issue": self.some(self.notes)})


_ANSWERS = ["yes", "yes", "partly", "no"]

_STEPS: dict[str, tuple[bool, Any]] = {
    "pledge.accept": (
        False,
        lambda random: {"quantity": random.randrange(1, 40_000), "return": {"en": "A call"}},
    ),
    "pledge.decline": (False, lambda _: {}),
    "pledge.confirm": (False, lambda random: {"result": random.choice(["met", "partly", "not"])}),
    "return.deliver": (False, lambda _: {"text": {"en": "Here it is"}}),
    "pledge.release": (False, lambda _: {"reason": "date"}),
    "pledge.withdraw": (True, lambda _: {}),
    "pledge.revise": (
        True,
        lambda random: {"quantity": random.randrange(1, 40_000), "text": {"en": "Otherwise"}},
    ),
    "pledge.fulfil": (True, lambda _: {}),
    "return.confirm": (True, lambda random: {"result": random.choice(["met", "not"])}),
}

_ACTS: list[Any] = [
    *[History.open] * 4,
    *[History.revise] * 4,
    *[History.advance] * 2,
    *[History.add] * 2,
    *[History.offer] * 6,
    *[History.step] * 10,
    *[History.talk] * 2,
    *[History.check_in] * 3,
    *[History.witness] * 3,
    *[History.meet] * 2,
    History.change_event,
    *[History.voice] * 2,
    *[History.talk_again] * 3,
    *[History.publish] * 2,
    *[History.publish_again] * 3,
    *[History.study] * 2,
    *[History.translate] * 2,
    History.plan,
    History.poll,
    *[History.vote] * 3,
    History.policy,
    History.profile,
    History.card,
    History.join,
    *[History.move] * 2,
    History.retire,
    *[History.found] * 2,
    *[History.circle] * 8,
    *[History.carry] * 2,
    History.issue,
]
