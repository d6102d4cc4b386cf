"""What stewards hide here is shown here to nobody but its author and themselves, by whatever way out.

A village where everything is about everything: each thing that is hidden has a word of its own, and stands among
others that are not. The tables of calls and pages are walked before and after; the letters and the feeds are read too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from store import blobs, feed_keys, hides, notices
from store.hides import Why
from store.views import care
from tests.kit.web import DAY, Browser, House, Member, visit
from tests.web.ways import letter, readable
from tests.web.world import FULL
from web.access import Access
from web.accounts import hash_secret
from web.api.calls import CALLS
from web.routes import ROUTES

ASK: Final = FULL["asks"][2]
HIDDEN: Final = (
    *("pitch", "artifact", "comment", "update", "event", "issue", "poll", "offer", "circle", "pledge"),
    *("thanks", "check_in", "saw", "attest", "reuse", "translation", "catalyse", "card"),
)
"""What is hidden, by its word."""
KEY: Final = "key-of-feeds"


def word(name: str) -> str:
    """In every text of what is hidden, and in what says it again."""
    return f"zq{name.replace('_', '')}z"


def english(name: str, more: str = "") -> dict[str, str]:
    return {"en": f"About {word(name)} {more}".strip()}


class Village:
    """One organisation: who wrote what is hidden, a reader who has to do with all of it, and a steward."""

    def __init__(self, folder: Path) -> None:
        self.house = House.open(folder)
        offers = [{"kind": "testing", "topics": ["data"], "text": {"en": "I test"}}]
        self.author = self.house.member("Author")
        self.reader = self.house.member("Reader", offers=offers)
        self.steward = self.house.member("Care", role="steward")
        self.shy = self.house.member("Zqcardz", offers=offers)
        self.ids: dict[str, str] = {"card": str(self.shy.member)}
        self.kinds: dict[str, list[str]] = {}
        self._pitches()
        self._circles()
        self._knowledge()
        self._talk()
        self.house.later(2 * DAY)
        self._close_polls()
        self.house.write_now(self._wishes)

    def say(self, who: Member, of: str, name: str = "", /, **content: Any) -> str:
        made = str(self.house.publish_now(who, {"type": of, **content}).id)
        self.ids[name or f"{of} {len(self.ids)}"] = made
        self.kinds.setdefault(of, []).append(made)
        return made

    def _pitches(self) -> None:
        """One is hidden and one is not; the reader gave to both, and the other's issue is answered by both."""
        own, author, reader = self.say, self.author, self.reader
        raised = own(reader, "issue.raise", "answered", title={"en": "Forms"}, topics=["data"])
        words = english("pitch")
        whole = {
            "title": words, "why": words, "barrier": words, "topics": ["data"], "answers": [raised],
            "benefits": dict.fromkeys(("self", "peers", "organisation"), words),
            "asks": [{**ASK, "text": words}, {**ASK, "key": "more", "text": words}],
            "where": {"place": word("pitch"), "online": False},
            "sharing": [{**FULL["sharing"][0], "audience": words}],
            "application": {**FULL["application"], "practice": words, "signal": words},
            "resources": [{"text": words, "url": "https://example.org/"}],
            "own": [{**FULL["own"][0], "text": words}], "cost": None,
        }  # fmt: skip
        asks = [ASK, {**ASK, "key": "more", "must": True, "text": {"en": "A room"}}]
        for name, said in (("pitch", whole), ("open", {"answers": [raised], "asks": asks, "cost": None})):
            content = {**FULL, "facilitator": reader.member, **said}
            pitch = own(author, "pitch.open", name, **{k: v for k, v in content.items() if v and k != "type"})
            given = {"ask": "test", "kind": "testing", "quantity": 2, "unit": "hour", "conflict": "none"}
            gift = own(reader, "pledge.offer", f"gift to {name}", pitch=pitch, text={"en": "Mine"}, **given)
            own(author, "pledge.accept", pledge=gift, quantity=2)
            own(reader, "comment", f"asked of {name}", on=pitch, text={"en": "When?"})
            own(author, "comment", on=pitch, text={"en": "Soon"}, reply_to=self.ids[f"asked of {name}"])
        own(author, "pitch.revise", pitch=self.ids["pitch"], why=english("pitch", "again"))
        own(
            author,
            "translation",
            of=self.ids["pitch"],
            texts={"title": {"fr": word("pitch")}},
            origin="human",
        )

    def _circles(self) -> None:
        """A circle is hidden and one is not, whose issue, event and poll are."""
        own, author, reader = self.say, self.author, self.reader
        words = english("circle")
        own(author, "circle.found", "circle", name=words, purpose=words, cadence=words, topics=["data"])
        own(author, "circle.found", "open circle", name={"en": "Plain forms"}, topics=["data"])
        for name in ("circle", "open circle"):
            own(reader, "circle.join", circle=self.ids[name])
        circle, near = self.ids["open circle"], self.ids["circle"]
        own(reader, "issue.raise", "issue of it", circle=near, title={"en": "Beside"})
        own(author, "issue.raise", "issue", circle=circle, title=english("issue"), text=english("issue"))
        own(reader, "issue.share", issue=self.ids["issue"])
        own(reader, "issue.same", issue=self.ids["answered"], **{"as": self.ids["issue"]})
        own(reader, "comment", on=self.ids["issue"], text={"en": "We too"})
        event = {"kind": "webinar", "start": "2027-01-16T12:00:00Z", "topics": ["data"], "circle": circle}
        words = english("event")
        where = {"place": word("event")}
        own(
            author, "event.schedule", "event", title=words, text=words, access=words, where=where,
            pitch=self.ids["open"], fulfils=["talk"], **event,
        )  # fmt: skip
        own(author, "event.schedule", "event of it", title={"en": "Beside"}, **{**event, "circle": near})
        own(author, "event.schedule", "event of pitch", title={"en": "So"}, pitch=self.ids["pitch"], **event)
        own(reader, "rsvp", event=self.ids["event"], answer="yes")

    def _close_polls(self) -> None:
        """A ranking of the circle's issues that is over."""
        words, circle = english("poll"), self.ids["open circle"]
        options = [{"key": key, "text": words, "ref": self.ids["answered"]} for key in ("a", "b")]
        closes = "2026-12-24T00:00:00Z"
        rank = {"kind": "rank", "closes": closes, "eligible": {"circle": circle}}
        self.say(
            self.author,
            "poll.open",
            "poll",
            question=words,
            text=words,
            options=options,
            subject=circle,
            **rank,
        )
        self.say(self.reader, "ballot", poll=self.ids["poll"], choice={"a": 1, "b": 2})
        self.house.later(4 * DAY)
        self.say(
            self.reader, "comment", on=self.ids["poll"], text={"en": "Over?"}
        )  # a commit, in which polls close

    def _knowledge(self) -> None:
        own, author, reader = self.say, self.author, self.reader
        words, open_ = english("artifact"), self.ids["open"]
        file = self.house.store.blobs.keep([b"A " + word("artifact").encode()], "text")
        self.house.write_now(lambda tx: blobs.add(tx, file))
        self.file = file.hash
        blob = {
            "hash": file.hash,
            "size": file.size,
            "media_type": "text/plain",
            "name": f"{word('artifact')}.txt",
        }
        base = {"kind": "post", "licence": "CC-BY-4.0", "evidence": "opinion", "topics": ["data"]}
        own(
            author, "artifact.publish", "artifact", title=words, body=words, blobs=[{**blob, "alt": words}],
            pitch=open_, fulfils=["talk"], authors=[{"name": word("artifact"), "role": "author"}], **base,
        )  # fmt: skip
        artifact = self.ids["artifact"]
        revise = own(
            author, "artifact.revise", "revise", artifact=artifact, body=english("artifact", "again")
        )
        french = {"title": {"fr": f"Sur {word('artifact')}"}}
        own(author, "translation", "of artifact", of=revise, texts=french, origin="human")
        mine = own(
            reader, "artifact.publish", "mine", title={"en": "Notes"}, body={"en": "Fine"}, pitch=self.ids["pitch"],
            derived_from=[artifact], **base,
        )  # fmt: skip
        own(reader, "reuse", artifact=artifact, result="worked", where={"en": "Here"})
        own(
            author,
            "reuse",
            "reuse",
            artifact=mine,
            result="worked",
            where=english("reuse"),
            what=english("reuse"),
        )
        there = {"title": {"fr": word("translation")}, "body": {"fr": word("translation")}}
        own(author, "translation", "translation", of=mine, texts=there, origin="human")
        own(author, "offer.stand", "offer", kind="venue", text=english("offer"), quantity=1, unit="day")
        step = {"skill": {"en": "Maps"}, "cycle": 1, "part": "experience", "text": {"en": "I looked"}}
        own(reader, "idp", "step", refers=[artifact, self.ids["pitch"]], **step)

    def _talk(self) -> None:
        own, author, reader, open_ = self.say, self.author, self.reader, self.ids["open"]
        asked = self.ids["asked of open"]
        comment = own(author, "comment", "comment", on=open_, text=english("comment"), reply_to=asked)
        own(author, "comment.revise", "comment again", comment=comment, text=english("comment", "again"))
        own(reader, "comment", on=open_, text={"en": "Why?"}, reply_to=comment)
        own(author, "pitch.update", "update", pitch=open_, text=english("update"))
        given = {"ask": "test", "kind": "testing", "quantity": 2, "unit": "hour", "conflict": "none"}
        mine = own(reader, "pitch.open", "mine to give to", title={"en": "My lab"}, why={"en": "So"},
                   opportunity="course", asks=[ASK], facilitator=author.member)  # fmt: skip
        own(
            author,
            "pledge.offer",
            "pledge",
            pitch=mine,
            text=english("pledge"),
            **{"return": english("pledge")},
            **given,
        )
        own(author, "attest", "attest", pitch=mine, what=["time"], note=english("attest"))
        own(author, "catalyse", "catalyse", pitch=mine, text=english("catalyse"))
        own(author, "thanks", "thanks", pitch=open_, text=english("thanks"))
        for who, pitch in ((author, open_), (reader, mine)):
            own(who, "pitch.advance", pitch=pitch, to="underway")
        answers = {"applied": "partly", "evidence": english("check_in"), "obstacle": english("check_in")}
        own(author, "check_in", "check_in", pitch=open_, day=30, asks=[reader.member], **answers)
        self._named()
        seen = own(reader, "check_in", "check_in of mine", pitch=mine, applied="no")
        own(author, "check_in.attest", "saw", check_in=seen, saw="no", note=english("saw"))

    def _named(self) -> None:
        """Somebody whose card is hidden: she writes, comes, keeps a circle and is credited."""
        own, shy, circle = self.say, self.shy, self.ids["open circle"]
        own(shy, "comment", on=self.ids["mine to give to"], text={"en": "So do I"})
        own(shy, "circle.join", circle=circle)
        own(self.author, "circle.role", circle=circle, member=shy.member, role="steward")
        credit = [{"member": shy.member, "role": "author"}]
        own(shy, "artifact.publish", "hers", kind="post", title={"en": "Hers"}, body={"en": "So"},
            licence="CC-BY-4.0", authors=credit)  # fmt: skip
        own(shy, "rsvp", event=self.ids["event of it"], answer="yes")
        own(shy, "reuse", artifact=self.ids["mine"], result="worked")

    def _wishes(self, tx: Any) -> None:
        """The reader hears no more of two things, and has a key of her feeds."""
        viewer = self.house.viewer(self.reader)
        for name in ("pitch", "event", "gift to pitch"):
            notices.mute(tx, viewer, "object", self.ids[name])
        feed_keys.make(tx, self.reader.account, hash_secret(KEY))

    def show(self) -> None:
        """Everything, as it was."""
        self.house.write_now(lambda tx: tx.db.execute("DELETE FROM hides"))

    def hide(self) -> None:
        """As the desk does."""
        why = Why("other", "Because.", self.steward.account)
        for name in HIDDEN:
            entry = self.ids[name]
            self.house.write_now(
                lambda tx, entry=entry: hides.hide(tx, entry, care.author_of(tx.db, entry), why)
            )


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    village = Village(tmp_path_factory.mktemp("village"))
    yield village
    village.house.close()


# ── every way out ────────────────────────────────────────────────────────────────────────────────────────────

_NOT_WALKED: Final = ("/live", "/language/{lang}")
_OF_NO_OBJECT: Final = {
    "{token}": "x", "{lang}": "en", "{name}": "x.css", "{draft}": "1", "{key}": "x", "{report}": "1", "{object}": "1",
}  # fmt: skip
_OPENED_WITH: Final = (
    *("/library/new?pitch={id}", "/library/new?from={id}", "/events/new?pitch={id}&fulfils=talk"),
    *("/events/new?circle={id}", "/polls/new?subject={id}", "/polls/new?subject={id}&priorities=yes"),
    *("/pitches/new?answers={id}", "/issues/new?circle={id}", "/issues?circle={id}", "/mine/pathway"),
    *("/api/v1/comments?on={id}", "/api/v1/pledges?pitch={id}", "/api/v1/artifacts?pitch={id}"),
    *("/api/v1/events?pitch={id}", "/api/v1/polls?subject={id}", "/api/v1/issues?circle={id}"),
)
_LISTS: Final = (
    *(
        "/pitches?give=yes",
        "/pitches?q=about",
        "/circles?mine=yes",
        "/events?mine=yes",
        "/events?month=2027-01",
    ),
    *(
        "/library?topic=data",
        "/issues?topic=data",
        "/offers?kind=venue",
        "/polls?state=closed",
        "/search?q=about",
    ),
    *(
        "/impact?topic=data",
        "/impact.csv?table=gap",
        "/api/v1/search?q=about&limit=50",
        "/api/v1/changes?limit=100",
    ),
)


def ways(village: Village, some: Container[str] | None = None) -> Iterator[str]:
    """Every GET there is, or ``some`` of them, with every id it could be asked with; lists as long as they get."""
    calls = {call.address: call for call in CALLS if call.method == "GET"}
    for route in ROUTES:
        if (
            route.method != "GET"
            or route.path in _NOT_WALKED
            or (some is not None and route.path not in some)
        ):
            continue
        path = route.path.replace("{hash}", f"{village.file}?of={village.ids['artifact']}")
        for part, value in _OF_NO_OBJECT.items():
            path = path.replace(part, value)
        path = path.replace("{node}", village.house.node)
        call = calls.get(route.path)
        most = "?limit=100" if call and "limit" in call.query.model_fields else ""
        yield from (path.replace("{id}", id_) + most for id_ in _ids(village, path))
    if some is not None:
        return
    opened = [village.ids[name] for name in ("pitch", "artifact", "event", "issue", "circle", "open")]
    for path in _OPENED_WITH:
        yield from (path.replace("{id}", id_) for id_ in opened)
    yield from _LISTS


_KINDS: Final = {
    "pitches": ("pitch.open",), "pledges": ("pledge.offer",), "library": ("artifact.publish",),
    "artifacts": ("artifact.publish",), "issues": ("issue.raise",), "offers": ("offer.stand",),
    "polls": ("poll.open",), "circles": ("circle.found", "pitch.open"), "events": ("event.schedule",),
}  # fmt: skip
"""What has its page under the first part of an address; under another whatever is hidden, or speaks of it."""


def _ids(village: Village, path: str) -> list[str]:
    if "{id}" not in path:
        return [""]
    place = path.removeprefix("/api/v1").split("/")[1]
    if place == "people":
        return [str(one.member) for one in (village.author, village.reader)]
    if place in _KINDS:
        return [id_ for kind in _KINDS[place] for id_ in village.kinds[kind]]
    if path.startswith("/api/v1/entries"):
        return list(village.ids.values())
    named = ("gift to pitch", "revise", "of artifact", "comment again", "event of it")
    return [village.ids[name] for name in (*HIDDEN, *named)]


async def seen(client: Browser, addresses: Iterable[str]) -> dict[str, list[str]]:
    """Word → where it stands."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        answer = await client.get(address)
        assert answer.status < 500, address
        text = readable(answer.text)
        for name in HIDDEN:
            if re.search(word(name), text, re.IGNORECASE):
                found.setdefault(name, []).append(address)
    return found


async def written(village: Village) -> str:
    """The reader's digest, as it is sent."""
    return "".join(await asyncio.to_thread(letter, village.house, village.reader))


SAYS: Final = {
    "/": ("pitch", "artifact", "event", "circle", "thanks", "reuse"),
    "/mine": ("pitch", "circle", "event"),
    "/mine/pathway": ("pitch", "artifact"),
    "/notifications": ("pitch", "event", "card"),
    "/settings/notifications": ("pitch", "event"),
    "/impact.csv": (),
    "/pitches": ("pitch",),
    "/pitches?give=yes": ("pitch",),
    "/pitches/{open}": ("artifact", "comment", "update", "event", "thanks", "check_in"),
    "/pitches/{mine to give to}": ("pledge", "attest", "catalyse", "saw"),
    "/library": ("artifact",),
    "/library/{mine}": ("pitch", "artifact", "reuse"),
    "/circles/{open circle}": ("event", "issue", "poll"),
    "/issues/{answered}": ("pitch", "issue"),
    "/events/{event of it}": ("circle",),
    "/people/{author}": ("pitch", "artifact", "offer"),
    "/organisations/{node}": ("pitch", "artifact"),
    "/offers": ("offer",),
    "/polls": ("poll",),
    "/circles": ("circle",),
    "/api/v1/search?q=about&limit=50": ("pitch", "artifact", "event", "issue", "poll", "offer", "circle"),
    "/api/v1/matches": ("pitch",),
    "/api/v1/waiting": ("pitch",),
    "/api/v1/changes?limit=100": HIDDEN,
    "/api/v1/export": HIDDEN,
    "/feeds/pitches.atom": ("pitch",),
    "/feeds/artifacts.json": ("artifact",),
    "/feeds/events.ics": ("event",),
    "/feeds/mine.atom": ("pitch", "event"),
    "/feeds/mine.ics": ("event",),
}
"""What the reader is told before, by where: that looking finds it."""


async def test_what_is_hidden_leaves_by_no_way_out(village: Village) -> None:
    path = {"author": village.author.member, "node": village.house.node, **village.ids}
    await asyncio.to_thread(village.show)
    async with visit(village.house) as site:
        reader = await site.browser(village.reader)
        for address, words in SAYS.items():
            found = await seen(reader, [address.format(**path)])
            assert set(words) <= set(found), address
        assert {"artifact", "issue", "poll"} <= {
            name for name in HIDDEN if word(name) in await written(village)
        }
        await asyncio.to_thread(village.hide)
        assert await seen(reader, ways(village)) == {}
        stranger = site.stranger()
        assert await seen(stranger, [f"/feeds/mine.{kind}?key={KEY}" for kind in ("atom", "ics")]) == {}
        assert [name for name in HIDDEN if word(name) in await written(village)] == []
        for name in ("mine", "gift to pitch", "event of it"):
            assert (await reader.get(f"/go/{village.ids[name]}")).status == 303, "what is about it stays"


async def test_public_pages_show_nobody_what_is_hidden(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(village.house, "public", True)
    await asyncio.to_thread(village.hide)
    public = {route.path for route in ROUTES if route.public or route.access in (Access.ANYONE, Access.FEED)}
    async with visit(village.house) as site:
        stranger = site.stranger()
        page = f"/events/{village.ids['event of it']}"
        assert (await stranger.get(page)).status == 200
        assert await seen(stranger, ways(village, public)) == {}


async def test_its_author_and_the_desk_still_see_it(village: Village) -> None:
    await asyncio.to_thread(village.hide)
    async with visit(village.house) as site:
        for who in (village.author, village.steward):
            found = await seen(await site.browser(who), ["/api/v1/export", f"/pitches/{village.ids['open']}"])
            assert {*found, "card"} == set(HIDDEN), who.name
        own = await (await site.browser(village.shy)).get("/settings")
        assert village.shy.name in own.text
