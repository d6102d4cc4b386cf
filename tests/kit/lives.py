"""Long random lives of pitches: what members pledge, give, return, share, check, reuse, ask of each other and offer.

Most acts are made by whose they are, some by a stranger or under a card that has moved on, so that both are judged. Some
members move, some claim to and did not; some givers are not named. The same seed gives the same bytes.
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, ask, full_pitch, member, offer, say

PLACES = ("CA-BC", "CA-AB", "CA-QC")
TOPICS = ("data", "policy")
KINDS = ("review", "testing", "venue")
_EPOCH = date(1970, 1, 1).toordinal()


class Life:
    """Logs of three authors with some members each, filled by ``steps`` acts; ``now`` is when it is looked at.

    ``now_as``: the next card of who moved; ``unnamed``: who is behind a pledge that names nobody.
    """

    def __init__(self, random: Random, steps: int, members: int = 4) -> None:
        self.random = random
        self.authors = [Author(number) for number in (1, 2, 3)]
        self.now = NOW
        self.by_id: dict[str, tuple[Author, str]] = {}
        self.now_as: dict[str, str] = {}
        self.unnamed: dict[str, str] = {}
        self.things: dict[str, list[tuple[str, str]]] = {}
        for author, place in zip(self.authors, PLACES, strict=True):
            say(author, {"type": "node.profile", "name": {"en": place}, "jurisdiction": place})
            if smallest := random.choice([None, 2, 2, 3]):
                say(author, {"type": "node.policy", "min_group": smallest})
            for number in range(members):
                self._introduce(author, number)
        self.everyone = list(self.by_id)
        for _ in range(steps):
            self.now += random.randrange(2 * DAY)
            random.choice(_ACTS)(self)
        self.now += random.choice([0, 0, DAY, 10 * DAY, 40 * DAY, 200 * DAY])

    def _introduce(self, author: Author, number: int, **more: str) -> str:
        offers = [{"kind": self.random.choice(KINDS), "topics": [self.random.choice(TOPICS)]}]
        place = self.random.choice([None, *PLACES])
        fields = {"offers": offers} | ({"jurisdiction": place} if place else {})
        id_ = member(author, f"analyst {author.number} {number}", **fields, **more)
        self.by_id[id_] = (author, id_)
        return id_

    def someone(self) -> str:
        return self.random.choice(self.everyone)

    def one(self, kind: str) -> tuple[str, str] | None:
        """Something of a kind, as (id, whose); the newest more often."""
        things = self.things.get(kind, [])
        if not things:
            return None
        return self.random.choice(things[-4:] if self.random.random() < 0.7 else things)

    def say(
        self, by: str, content: dict[str, Any], audience: Any = None, *, kind: str = "", named: bool = True
    ) -> str:
        author, _ = self.by_id[by]
        content = {name: value for name, value in content.items() if value is not None}
        if audience is not None and author.node not in audience:
            audience = sorted({*audience, author.node})
        id_ = say(author, {**content, "by": by} if named else content, at=self.now, audience=audience)
        if kind:
            self.things.setdefault(kind, []).append((id_, by))
        return id_

    def whose(self, owner: str) -> str:
        """Mostly the owner under her card of today; now and then the card she had, or somebody else."""
        chance = self.random.random()
        if chance < 0.04:
            return owner
        return self.today(owner) if chance < 0.94 else self.someone()

    def today(self, card: str) -> str:
        while card in self.now_as:
            card = self.now_as[card]
        return card

    def day(self, most: int) -> str:
        """A date up to so many days from now."""
        days = (self.now // DAY) + self.random.randrange(1, most)
        return _iso(days)

    # acts

    def move(self) -> None:
        """Somebody goes to another organisation; one time in four only one side says so."""
        old, author = self.someone(), self.random.choice(self.authors)
        said = self.random.choice(["both", "both", "both", "both", "both", "both", "old", "new"])
        new = self._introduce(author, len(self.by_id), **({} if said == "old" else {"was": old}))
        if said != "new":
            self.say(old, {"type": "member.move", "to": new})
        if said == "both":
            self.now_as[old] = new
            self.everyone.remove(old)
        self.everyone.append(new)

    def open(self) -> None:
        by, chance = self.someone(), self.random.random
        start = self.now // DAY + self.random.randrange(2, 30)
        asks = [
            ask(
                key,
                self.random.choice(KINDS),
                self.random.randrange(1, 4),
                "hour",
                must=chance() < 0.5,
                split=True,
            )
            for key in ("one", "two")[: self.random.randrange(1, 3)]
        ]
        if chance() < 0.5:
            asks[0]["needed_by"] = self.day(25)
        content = full_pitch(
            by,
            title={"en": "A pitch"},
            asks=asks,
            cost=None,
            topics=[self.random.choice(TOPICS)],
            when={"start": _iso(start), "end": _iso(start + self.random.randrange(3))},
            where={"jurisdiction": self.random.choice(PLACES)} if chance() < 0.4 else None,
            sharing=[{"key": "talk", "avenue": "talk", "due": _iso(start + 10)}],
            facilitator=self.someone() if chance() < 0.4 else None,
        )
        content.pop("by")
        pitch = self.say(by, content, kind="pitch")
        self.things.setdefault("asked", []).extend(
            (f"{pitch} {one['key']} {one['kind']}", by) for one in asks
        )

    def pledge(self) -> None:
        if found := self.one("asked"):
            pitch, key, kind = found[0].split()
            by = self.someone()
            towards = key if self.random.random() < 0.9 else None
            content = offer(pitch, None, towards, kind, self.random.randrange(1, 4), "hour")
            private = self.random.random() < 0.15
            audience = sorted({by[:32], pitch[:32]}) if private else None
            named = self.random.random() < 0.8 or by == self.today(found[1])
            show = {} if named else {"show": self.random.choice(["organisation", "anonymous"])}
            pledge = self.say(by, {**content, **show}, audience, kind="pledge", named=named)
            if not named:
                self.unnamed[pledge] = by
            self.things.setdefault("pledged", []).append(
                (f"{pledge} {by} {found[1]} {int(private)} {pitch}", by)
            )
            if self.random.random() < 0.6:
                self._step("pledge.accept", pledge, self.today(found[1]), audience)

    def step(self) -> None:
        if found := self.one("pledged"):
            pledge, giver, owner, private, pitch = found[0].split()
            audience = sorted({giver[:32], pitch[:32]}) if private == "1" else None
            kind = self.random.choice(_STEPS)
            side = giver if kind in _GIVERS else owner
            if kind == "pledge.release":
                side = self.random.choice([giver, owner])
            if side == giver and pledge in self.unnamed and self.random.random() < 0.95:
                self._step(kind, pledge, giver, audience, named=False)
            else:
                self._step(kind, pledge, self.whose(side), audience)

    def _step(self, kind: str, pledge: str, by: str, audience: Any, *, named: bool = True) -> None:
        more: dict[str, Any] = {}
        if kind == "pledge.accept":
            more = {"quantity": self.random.randrange(1, 4)}
            if self.random.random() < 0.8:
                more |= {"return": {"en": "A call"}, "return_due": self.day(40)}
        elif kind in ("pledge.confirm", "return.confirm"):
            more = {"result": self.random.choice(["met", "met", "partly", "not"])}
        elif kind == "return.deliver":
            more = {"text": {"en": "Here it is"}}
        if kind == "pledge.confirm":
            fulfils = [id_ for id_, about in self.things.get("fulfil", ()) if about == pledge]
            more |= {"fulfil": fulfils[-1]} if fulfils else {}
        made = self.say(by, {"type": kind, "pledge": pledge, **more}, audience, named=named)
        if kind == "pledge.fulfil":
            self.things.setdefault("fulfil", []).append((made, pledge))

    def advance(self) -> None:
        if found := self.one("pitch"):
            to = self.random.choice(["underway", "underway", "sharing", "closed", "withdrawn", "cancelled"])
            self.say(self.whose(found[1]), {"type": "pitch.advance", "pitch": found[0], "to": to})

    def revise(self) -> None:
        if found := self.one("pitch"):
            start = self.now // DAY + self.random.randrange(10)
            change = self.random.choice(
                [{"facilitator": self.someone()}, {"when": {"start": _iso(start), "end": _iso(start + 1)}}]
            )
            self.say(self.whose(found[1]), {"type": "pitch.revise", "pitch": found[0], **change})

    def update(self) -> None:
        if found := self.one("pitch"):
            content = {"type": "pitch.update", "pitch": found[0], "text": {"en": "News"}}
            fulfils = ["talk"] if self.random.random() < 0.5 else None
            self.say(self.whose(found[1]), {**content, "fulfils": fulfils})

    def meet(self) -> None:
        if found := self.one("pitch"):
            start = self.now // DAY + self.random.randrange(30)
            end = _iso(start + self.random.randrange(3)) if self.random.random() < 0.5 else None
            event = {
                "type": "event.schedule",
                "kind": "talk",
                "title": {"en": "A talk"},
                "start": _iso(start),
            }
            fulfils = ["talk"] if self.random.random() < 0.8 else None
            by = self.today(self.whose(found[1]))
            self.say(by, {**event, "end": end, "pitch": found[0], "fulfils": fulfils}, kind="event")

    def call_off(self) -> None:
        if found := self.one("event"):
            self.say(self.whose(found[1]), {"type": "event.cancel", "event": found[0]})

    def publish(self) -> None:
        found = self.one("pitch")
        by = self.today(self.whose(found[1])) if found else self.someone()
        content = {"type": "artifact.publish", "kind": "post", "title": {"en": "Note"}, "licence": "CC0-1.0"}
        fulfils = ["talk"] if found and self.random.random() < 0.3 else None
        more = {
            "pitch": found[0] if found else None,
            "fulfils": fulfils,
            "topics": [self.random.choice(TOPICS)],
        }
        self.say(by, {**content, **more}, kind="artifact")

    def take_back(self) -> None:
        if found := self.one("artifact"):
            self.say(self.whose(found[1]), {"type": "artifact.withdraw", "artifact": found[0]})

    def reuse(self) -> None:
        if found := self.one("artifact"):
            result = self.random.choice(["worked", "partly", "not"])
            self.say(self.someone(), {"type": "reuse", "artifact": found[0], "result": result})

    def check_in(self) -> None:
        if found := self.one("pitch"):
            asks = [self.someone()] if self.random.random() < 0.6 else None
            content = {
                "type": "check_in",
                "pitch": found[0],
                "applied": self.random.choice(["yes", "partly", "no"]),
            }
            day = self.random.choice([None, None, 30, 90, 180])
            self.say(self.whose(found[1]), {**content, "day": day, "asks": asks}, kind="check_in")

    def witness(self) -> None:
        if found := self.one("check_in"):
            saw = self.random.choice(["yes", "yes", "no"])
            self.say(self.someone(), {"type": "check_in.attest", "check_in": found[0], "saw": saw})

    def facilitate(self) -> None:
        if found := self.one("pitch"):
            self.say(self.someone(), {"type": "attest", "pitch": found[0], "what": ["time"]})

    def invite(self) -> None:
        if found := self.one("pitch"):
            by, to = self.someone(), self.someone()
            givers = [one.split()[1] for one, _ in self.things.get("pledged", ()) if one.endswith(found[0])]
            if givers and self.random.random() < 0.4:
                to = self.today(self.random.choice(givers))
            self.say(by, {"type": "invite", "pitch": found[0], "to": to}, sorted({by[:32], to[:32]}))

    def voice(self) -> None:
        if found := self.one("pitch"):
            content = self.random.choice(
                [
                    {"type": "catalyse", "pitch": found[0]},
                    {"type": "encourage", "on": found[0]},
                    {"type": "comment", "on": found[0], "text": {"en": "A remark"}},
                ]
            )
            self.say(self.someone(), content)

    def stand(self) -> None:
        content = {"type": "offer.stand", "kind": self.random.choice(KINDS), "text": {"en": "Mine"}}
        until = self.day(60) if self.random.random() < 0.5 else None
        more = {
            "until": until,
            "topics": [self.random.choice(TOPICS)],
            "jurisdiction": self.random.choice(PLACES),
        }
        self.say(self.someone(), {**content, **more}, kind="offer")

    def close(self) -> None:
        if found := self.one("offer"):
            self.say(self.whose(found[1]), {"type": "offer.close", "offer": found[0]})

    def report(self) -> None:
        if found := self.one(self.random.choice(["pitch", "artifact"])):
            by = self.someone()
            content = {"type": "report", "on": found[0], "reason": "other"}
            self.say(by, content, sorted({by[:32], found[0][:32]}))

    def label(self) -> None:
        if found := self.one(self.random.choice(["pitch", "artifact"])):
            self.say(self.whose(found[1]), {"type": "label", "on": found[0], "label": "checked"})


def _iso(days: int) -> str:
    """The date so many days after 1970-01-01."""
    return date.fromordinal(days + _EPOCH).isoformat()


_STEPS = (
    *("pledge.accept",) * 3,
    *("pledge.fulfil",) * 4,
    *("pledge.confirm",) * 3,
    *("return.deliver",) * 3,
    *("return.confirm",) * 2,
    *("pledge.decline", "pledge.withdraw", "pledge.release"),
)
_GIVERS = ("pledge.fulfil", "return.confirm", "pledge.withdraw")
_ACTS: list[Any] = [
    Life.move,
    *[Life.meet] * 2,
    Life.call_off,
    *[Life.open] * 3,
    *[Life.pledge] * 6,
    *[Life.step] * 12,
    *[Life.advance] * 2,
    Life.revise,
    *[Life.update] * 2,
    *[Life.publish] * 3,
    Life.take_back,
    *[Life.reuse] * 4,
    *[Life.check_in] * 4,
    *[Life.witness] * 3,
    Life.facilitate,
    *[Life.invite] * 3,
    *[Life.voice] * 2,
    *[Life.stand] * 2,
    Life.close,
    Life.report,
    Life.label,
]
