"""Who sees what, by whatever way out: a table of private things against every role, call, page and export.

The tables of calls and of pages are walked, so that a new one is tried by itself. A thing is seen where its word is in
an answer; the table says who must see it somewhere, and everybody else must see it nowhere.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from protocol.ids import parse_entry
from store import drafts
from store.reading import read_entry
from store.topics import news
from store.views.access import may_read
from store.views.watching import KINDS, LISTS, heard, may_watch
from tests.kit.web import DAY, Browser, House, Member, visit
from tests.web.ways import PAGES_OF, filled, letter, readable
from tests.web.world import FULL
from web.api.calls import CALLS
from web.routes import ROUTES

HOME = ("owner", "facilitator", "colleague", "steward", "operator", "newcomer")
AWAY = ("giver", "shy", "voter", "peer", "steward_away", "operator_away", "newcomer_away")
THIRD = ("operator_third",)
EVERYBODY = (*HOME, *AWAY)
PARTIES = ("owner", "giver")

BESIDE = "zqnamedz"
TABLE: dict[str, tuple[str, ...]] = {
    "zqofferz": PARTIES,
    "zqwantedz": PARTIES,
    "31337": PARTIES,
    "zqacceptz": PARTIES,
    "zqfulfilz": PARTIES,
    "zqconfirmz": PARTIES,
    "zqdeliverz": PARTIES,
    "zqansweredz": PARTIES,
    "zqreleasez": PARTIES,
    "zqrevisez": PARTIES,
    "zqdeclinez": PARTIES,
    "zqwithdrawz": PARTIES,
    "zqtalkz": PARTIES,
    "zqtalkbackz": PARTIES,
    "zqthanksz": PARTIES,
    "zqconflictz": ("giver",),
    "zqinvitez": ("owner", "peer"),
    "zqreportz": ("giver", "steward", "operator", "steward_away", "operator_away"),
    "zqpathwayz": ("colleague",),
    "zqbesidepathz": ("colleague",),
    "zqartifactz": EVERYBODY,
    "zqbesideartifactz": EVERYBODY,
    "zqpitchz": HOME,
    "zqdraftz": ("owner",),
    "zqopenz": (*EVERYBODY, *THIRD),
}
TABLE[BESIDE] = ("shy",)
BALLOT = "zqballotz"
TABLE[BALLOT] = ("voter",)
"""Word → who sees it. The last one is in the open pitch: it shows that looking finds what is there."""


@dataclass
class Cast:
    """Three organisations; ``ids`` are the things, ``who`` everybody by role."""

    folder: Path
    houses: dict[str, House]
    who: dict[str, Member] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    heard: list[tuple[str, str, dict[str, set[str]]]] = field(default_factory=list)
    """(type, entry id, topics by house) of everything said, in its order."""

    def __post_init__(self) -> None:
        self.news: dict[str, set[str]] = {name: set() for name in self.houses}
        for name, house in self.houses.items():
            house.store.database.on_commit = partial(self._committed, name, house.store.database.on_commit)

    def _committed(self, name: str, onward: Any, events: list[object], topics: set[str]) -> None:
        self.news[name] |= topics
        onward(events, topics)

    def house_of(self, role: str) -> House:
        return self.houses["home" if role in HOME else "away" if role in AWAY else "third"]

    def says(self, role: str, content: dict[str, Any], name: str = "") -> str:
        """Publish as somebody and carry everything everywhere."""
        self.news.update({name: set() for name in self.houses})
        made = str(self.house_of(role).publish_now(self.who[role], content).id)
        self.ids[name or f"{content['type']} {len(self.ids)}"] = made
        self.kinds.setdefault(content["type"], []).append(made)
        for one in self.houses.values():
            for other in self.houses.values():
                if one is not other:
                    one.carry(other)
        self.heard.append((content["type"], made, dict(self.news)))
        return made


def english(word: str) -> dict[str, str]:
    return {"en": f"About {word} here"}


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    folder = tmp_path_factory.mktemp("cast")
    names = ({"en": "Ministry"}, {"en": "City"}, {"en": "Institute"})
    houses = {
        name: House.open(folder, number=number, name=names[number - 1])
        for number, name in enumerate(("home", "away", "third"), 1)
    }
    cast = Cast(folder, houses)
    for role in (*HOME, *AWAY, *THIRD):
        kind = next((kind for kind in ("steward", "operator") if role.startswith(kind)), "member")
        cast.who[role] = cast.house_of(role).member(
            f"Zq {role}".title(), kind, card=not role.startswith("newcomer")
        )
    for one in houses.values():
        for other in houses.values():
            if one is not other:
                one.carry(other)
    _history(cast)
    yield cast
    for house in houses.values():
        house.close()


def _history(cast: Cast) -> None:
    facilitator = cast.who["facilitator"].member
    pitch = cast.says("owner", {**FULL, "barrier": english("zqopenz"), "facilitator": facilitator}, "pitch")
    offer = {
        "type": "pledge.offer", "pitch": pitch, "ask": "travel", "kind": "money", "unit": "CAD", "quantity": 31337,
        "text": english("zqofferz"), "return": english("zqwantedz"), "conflict": "declared",
        "private": {"conflict": "zqconflictz"},
    }  # fmt: skip
    money = cast.says("giver", offer, "money")
    for house in cast.houses.values():
        house.later(DAY)
    for role, content in (
        ("owner", {"type": "comment", "on": money, "text": english("zqtalkz")}),
        ("giver", {"type": "comment", "on": money, "text": english("zqtalkbackz")}),
        (
            "owner",
            {"type": "pledge.accept", "pledge": money, "quantity": 31000, "return": english("zqacceptz")},
        ),
        ("giver", {"type": "pledge.fulfil", "pledge": money, "evidence": english("zqfulfilz")}),
        (
            "owner",
            {"type": "pledge.confirm", "pledge": money, "result": "met", "note": english("zqconfirmz")},
        ),
        ("owner", {"type": "return.deliver", "pledge": money, "text": english("zqdeliverz")}),
        (
            "giver",
            {"type": "return.confirm", "pledge": money, "result": "met", "note": english("zqansweredz")},
        ),
        ("owner", {"type": "thanks", "pitch": pitch, "to": [money], "text": english("zqthanksz")}),
    ):
        cast.says(role, content)
    _other_pledges(
        cast,
        pitch,
        {**offer, "quantity": 2000, "text": {"en": "More"}, "return": {"en": "Nothing"}, "private": {}},
    )
    _other_things(cast, pitch)


def _other_pledges(cast: Cast, pitch: str, offer: dict[str, Any]) -> None:
    for word, steps in {
        "release": (("owner", {"type": "pledge.accept", "quantity": 2000}),
                    ("giver", {"type": "pledge.release", "reason": "workload", "note": english("zqreleasez")})),
        "decline": (("giver", {"type": "pledge.revise", "text": english("zqrevisez")}),
                    ("owner", {"type": "pledge.decline", "reason": "other", "note": english("zqdeclinez")})),
        "withdraw": (("giver", {"type": "pledge.withdraw", "reason": "date", "note": english("zqwithdrawz")}),),
    }.items():  # fmt: skip
        pledge = cast.says("giver", offer, word)
        for role, step in steps:
            cast.says(role, {**step, "pledge": pledge})
    open_ = {
        "type": "pledge.offer", "pitch": pitch, "ask": "test", "kind": "testing", "quantity": 1, "unit": "hour",
        "text": {"en": "A tester"}, "show": "organisation",
    }  # fmt: skip
    cast.says("shy", open_, "unnamed")
    cast.says("shy", {"type": "comment", "on": cast.ids["unnamed"], "text": {"en": "When?"}}, "unnamed talk")


def _other_things(cast: Cast, pitch: str) -> None:
    both = [cast.houses["home"].node, cast.houses["away"].node]
    peer = cast.who["peer"].member
    cast.says("owner", {"type": "invite", "pitch": pitch, "to": peer, "text": english("zqinvitez")}, "invite")
    report = {"type": "report", "on": pitch, "reason": "other", "text": english("zqreportz")}
    cast.says("giver", report, "report")
    idp = {
        "type": "idp",
        "skill": {"en": "Maps"},
        "cycle": 1,
        "part": "experience",
        "text": english("zqpathwayz"),
    }
    cast.says("colleague", idp, "idp")
    beside = {"type": "comment", "on": cast.ids["idp"], "audience": "here", "text": english("zqbesidepathz")}
    cast.says("colleague", beside, "beside the pathway")
    artifact = {
        "type": "artifact.publish", "kind": "note", "title": english("zqartifactz"), "body": {"en": "x"},
        "licence": "CC-BY-4.0", "evidence": "opinion", "audience": both,
    }  # fmt: skip
    cast.says("giver", artifact, "artifact")
    remark = {"type": "comment", "on": cast.ids["artifact"], "text": english("zqbesideartifactz")}
    cast.says("giver", remark, "beside the artifact")
    hidden = {"type": "pitch.open", "title": english("zqpitchz"), "why": {"en": "x"}, "opportunity": "course"}
    cast.says("owner", {**hidden, "audience": "here"}, "hidden pitch")
    _secret_poll(cast)
    cast.houses["home"].write_now(
        lambda tx: drafts.save(tx, cast.who["owner"].account, "pitch.open", {"title.en": ["zqdraftz"]})
    )


def _secret_poll(cast: Cast) -> None:
    """A question of the network with one secret ballot, from the node of who asked and from another."""
    options = [{"key": key, "text": {"en": key}} for key in ("a", "b")]
    poll = {"type": "poll.open", "question": {"en": "Which?"}, "kind": "choose-one", "options": options}
    cast.says("owner", {**poll, "closes": "2027-01-10T00:00:00Z", "secret": True}, "poll")
    cast.says("voter", {"type": "ballot", "poll": cast.ids["poll"], "choice": {"a": 1}}, "ballot")


# ── every way out ────────────────────────────────────────────────────────────────────────────────────────────

OFTEN_ASKED = ("/static/", "/feeds/pitches.", "/feeds/artifacts.", "/feeds/events.")  # the same for everybody
PAGES_OF_ANY = {kind for kinds in PAGES_OF.values() for kind in kinds}
_OTHER_PARTS = {"{token}": "x", "{lang}": "en", "{name}": "x.css", "{hash}": "0" * 64, "{draft}": "1"}


def ways(cast: Cast, house: House, *, wrong: bool = False) -> Iterator[str]:
    """The address of every GET there is, with every id it could be asked with; ``wrong``: also with all others."""
    filled = partial(_filled, cast=cast, house=house, wrong=wrong)
    yield from _calls(cast, filled)
    api = {call.address for call in CALLS}
    for route in ROUTES:
        if route.method != "GET" or route.path in api or route.path in ("/live", "/language/{lang}"):
            continue
        yield from filled(route.path)
    for name in ("pitch", "money", "hidden pitch"):
        yield f"/library/new?pitch={cast.ids[name]}"
    yield from (f"/search?q={word}" for word in TABLE)
    yield "/pitches/new?draft=1"


def _calls(cast: Cast, filled: Callable[[str], Iterable[str]]) -> Iterator[str]:
    for call in CALLS:
        if call.method != "GET":
            continue
        fields = call.query.model_fields
        most = "?limit=100" if "limit" in fields else ""
        if "on" in fields:
            yield from (f"{call.address}?on={id_}" for id_ in cast.ids.values())
            continue
        if "q" in fields:
            words = TABLE if fields["q"].is_required() else ("zqofferz", "zqartifactz", "zqpitchz")
            yield from (f"{call.address}{most or '?'}&q={word}" for word in words)
        if "q" not in fields or not fields["q"].is_required():
            yield from (f"{address}{most}" for address in filled(call.address))


def _filled(path: str, cast: Cast, house: House, *, wrong: bool) -> Iterable[str]:
    for part, value in _OTHER_PARTS.items():
        path = path.replace(part, value)
    if "{node}" in path:
        return [path.replace("{node}", one.node) for one in cast.houses.values()]
    cards = [one.member for one in cast.who.values() if one.member]
    known = [*cast.ids.values(), *cards, house.node, "1"]
    kinds = dict.fromkeys(PAGES_OF_ANY, known) if wrong else {**cast.kinds, "member.introduce": cards}
    return filled(path, kinds, known)


async def seen(client: Browser, cast: Cast, house: House, *, wrong: bool = False) -> dict[str, str]:
    """What is in the answers to this client: word → the first address it was found at.

    Under BESIDE where the name or id of who is not named stands in an answer about what she did.
    """
    found: dict[str, str] = {}
    for address in ways(cast, house, wrong=wrong):
        answer = await client.get(address)
        assert answer.status < 500, address
        assert answer.headers["Cache-Control"] == "no-store" or address.startswith(OFTEN_ASKED), address
        text = readable(answer.text)
        for word in _words_in(text, address):
            found.setdefault(word, address)
        if _names_her(cast, address, text):
            found.setdefault(BESIDE, address)
        if _names_voter(cast, address, text):
            found.setdefault(BALLOT, address)
    return found


def _words_in(text: str, address: str) -> Iterator[str]:
    asked = re.search(r"q=(\w+)", address)
    for word in TABLE:
        shapes = (word, "313.37", "313,37") if word == "31337" else (word,)
        echoed = asked and asked[1] == word and "/search" in address
        if any(shape in text for shape in shapes) and not echoed:
            yield word


def _names_her(cast: Cast, address: str, text: str) -> bool:
    """Whether an answer about her pledge, or a line of an export of it, says who made it."""
    shy = cast.who["shy"]
    about = (cast.ids["unnamed"], cast.ids["unnamed talk"])
    if address.endswith("/export"):
        text = "\n".join(line for line in text.splitlines() if any(id_ in line for id_ in about))
    elif not any(id_ in address for id_ in (*about, cast.ids["pitch"])):
        return False
    return str(shy.member) in text or shy.name in text


def _names_voter(cast: Cast, address: str, text: str) -> bool:
    """Whether an answer about the secret poll, or the line of her ballot in an export, says who voted."""
    if address.endswith("/export"):
        text = "\n".join(line for line in text.splitlines() if cast.ids["ballot"] in line)
    elif not any(cast.ids[name] in address for name in ("poll", "ballot")):
        return False
    voter = cast.who["voter"]
    return str(voter.member) in text or voter.name in text


@pytest.mark.parametrize("role", [*EVERYBODY, *THIRD])
async def test_what_is_private_leaves_by_no_way_out(
    cast: Cast, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = cast.house_of(role)
    with caplog.at_level(logging.DEBUG):
        async with visit(house) as site:
            found = await seen(await site.browser(cast.who[role]), cast, house, wrong=role == "colleague")
    written = "".join(await asyncio.to_thread(letter, house, cast.who[role]))
    assert not any(word in written for word in TABLE), "a letter repeats nothing others wrote"
    logged = "".join(
        one.getMessage() for one in caplog.records if one.name != "aiohttp.access"
    )  # a node has none
    assert not any(word in logged for word in TABLE)
    allowed = {word for word, roles in TABLE.items() if role in roles}
    assert {word: at for word, at in found.items() if word not in allowed} == {}
    assert allowed - found.keys() == set()


@pytest.mark.parametrize("name", ["home", "away", "third"])
async def test_who_is_not_signed_in_sees_none_of_it(cast: Cast, name: str) -> None:
    house = cast.houses[name]
    async with visit(house) as site:
        assert await seen(site.stranger(), cast, house) == {}


@pytest.mark.parametrize("name", ["home", "away", "third"])
async def test_public_pages_show_nobody_what_is_private(cast: Cast, name: str) -> None:
    house = cast.houses[name]
    house.public = True
    try:
        async with visit(house) as site:
            stranger = site.stranger()
            found = await seen(stranger, cast, house)
            page = await stranger.get(f"/pitches/{cast.ids['pitch']}")
            hidden = await stranger.get(f"/pitches/{cast.ids['hidden pitch']}")
    finally:
        house.public = False
    assert found.keys() <= {"zqopenz"}
    assert page.status == 200 and hidden.status == 303
    assert not [one.name for one in cast.who.values() if one.name in page.text]


async def test_a_third_node_keeps_not_a_byte_of_it(cast: Cast) -> None:
    third = cast.houses["third"]
    for path in (cast.folder / "house-3").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for word in TABLE:
            if word not in ("zqopenz", "31337"):
                assert word.encode() not in data, (path.name, word)
    held = await asyncio.to_thread(third.read_now, lambda db: "\n".join(db.iterdump()))
    assert b"zqopenz".hex() in held.lower() and "zqopenz" not in held.replace(b"zqopenz".hex(), "")


# ── what open pages are told ─────────────────────────────────────────────────────────────────────────────────


def _reads(house: House, who: Member, id_: str) -> bool:
    """Whether somebody may read a record, by the one rule; what is not here is read by nobody."""
    found = house.read_now(read_entry, parse_entry(id_))
    return found is not None and house.read_now(may_read, house.viewer(who), found)


def test_b1_nobody_is_told_that_something_happened_which_she_may_not_read(cast: Cast) -> None:
    """B1: watching `inbox:`, `pledge:` and `pitch:` tells who gave anonymously, to which pitch, when.

    Every kind of record is published, every kind of viewer watches every topic there is: whoever may not read the
    record hears nothing at all, on no node.
    """
    restricted, told = set(), 0
    for kind, id_, by_house in cast.heard:
        for role, who in cast.who.items():
            house = cast.house_of(role)
            topics = by_house[next(name for name, one in cast.houses.items() if one is house)]
            hears = house.read_now(heard, house.viewer(who), topics)
            told += len(hears)
            if not _reads(house, who, id_):
                restricted.add(kind)
                assert hears == set(), (kind, role)
    assert told and {"pledge.offer", "pledge.accept", "comment", "invite", "report", "idp"} <= restricted


def test_b1_parties_are_told_at_once(cast: Cast) -> None:
    """B1, the other side: who may read what happened hears of it on the pages where it shows."""
    for kind, id_, by_house in cast.heard:
        if kind in ("pledge.accept", "return.deliver") and _reads(
            cast.houses["home"], cast.who["owner"], id_
        ):
            topics = by_house["home"]
            hears = cast.houses["home"].read_now(heard, cast.houses["home"].viewer(cast.who["owner"]), topics)
            assert (
                any(topic.startswith("pledge:") for topic in hears) and f"pitch:{cast.ids['pitch']}" in hears
            )


def test_b1_a_topic_is_watched_by_who_may_read_what_it_names(cast: Cast) -> None:
    """B1: every kind of viewer against every kind of topic, for every object, inbox and list there is."""
    ids = [*cast.ids.values(), *(one.member for one in cast.who.values() if one.member)]
    for role, who in cast.who.items():
        house = cast.house_of(role)
        viewer = house.viewer(who)
        for id_ in ids:
            expected = _reads(house, who, id_)
            for kind in KINDS:
                assert house.read_now(may_watch, viewer, f"{kind}:{id_}") is expected, (role, kind, id_)
            assert house.read_now(may_watch, viewer, f"inbox:{id_}") is (id_ == who.member)
        assert all(house.read_now(may_watch, viewer, name) for name in LISTS)
        unknown = (
            "inbox:",
            "pitch:",
            "pitch:x",
            "blob:" + "a" * 32,
            "privates",
            f"pitch:{house.node}-0-99999",
        )
        assert not any(house.read_now(may_watch, viewer, name) for name in unknown)


def test_b1_every_topic_a_record_adds_is_one_of_a_known_kind(cast: Cast) -> None:
    """B1: a new kind of topic has its line in the rule of who may watch it, or nobody may."""
    kinds = {
        news(topic).topic.partition(":")[0]
        for _, _, by_house in cast.heard
        for topic in set().union(*by_house.values())
    }
    assert kinds <= {*KINDS, *LISTS, "inbox"}


async def test_b1_the_changes_a_program_follows_tell_nothing_of_what_it_may_not_read(cast: Cast) -> None:
    """B1: the cursor of `/api/v1/changes` does not move for what the caller may not read."""
    home = cast.houses["home"]
    async with visit(home) as site:
        program = await site.program(cast.who["colleague"])
        start = (await program.get("/api/v1/changes?limit=100")).json()["next"]
        private = {
            "type": "pledge.offer", "pitch": cast.ids["pitch"], "ask": "travel", "kind": "money", "unit": "CAD",
            "quantity": 100, "text": {"en": "Quietly"}, "conflict": "none",
        }  # fmt: skip
        pledge = await home.publish(cast.who["steward"].author, private)
        after = (await program.get(f"/api/v1/changes?cursor={start}")).json()
        assert after == {"items": [], "next": start, "more": False}
        own = await site.program(cast.who["steward"])
        seen = (await own.get(f"/api/v1/changes?cursor={start}")).json()["items"]
        assert [item["id"] for item in seen] == [str(pledge.id)]
