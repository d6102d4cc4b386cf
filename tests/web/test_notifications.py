"""The inbox: who is told what and why, once; read, muted; nothing restricted to who may not read it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import Refused
from store import digests, hides, notices, telling
from store.views import rebuild
from tests.kit.web import DAY, House, Member, visit
from tests.web.world import FULL, SECRET_TALK, SECRET_WORDS, World
from web.labels import TOLD

SPLIT = [{**FULL["asks"][2], "split": True}]  # two hours of testing, from whoever has one


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World.build(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


def inbox(house: House, who: Member) -> list[tuple[str, str, str]]:
    """(what was said, why she is told, what it opens), oldest first."""
    page = house.read_now(notices.listing, house.viewer(who), limit=100)
    return [(line["step"]["type"], line["reason"], line["about"]) for line in reversed(page.items)]


def test_each_hears_what_concerns_her_and_why(world: World) -> None:
    ids = world.ids
    assert inbox(world.home, world.owner) == [
        ("pledge.offer", "owner", ids["money"]),
        ("pledge.offer", "owner", ids["public"]),
        ("pledge.offer", "owner", ids["unnamed"]),
        ("comment", "owner", ids["pitch"]),
        ("circle.join", "owner", ids["circle"]),
        ("issue.raise", "circle", ids["circle_issue"]),
    ]
    assert inbox(world.away, world.giver) == [
        ("pledge.accept", "giver", ids["money"]),
        ("pledge.accept", "giver", ids["public"]),
        ("comment", "giver", ids["money"]),
        ("pitch.update", "giver", ids["pitch"]),
        ("artifact.publish", "giver", ids["artifact"]),
        ("event.schedule", "circle", ids["event"]),
    ]
    for house, who in ((world.home, world.other), (world.home, world.operator), (world.away, world.adviser)):
        assert inbox(house, who) == []


def test_it_is_told_once_whatever_comes_again(world: World) -> None:
    before = inbox(world.away, world.giver)
    world.home.carry(world.away)
    world.away.write_now(lambda tx: rebuild(tx, world.away.node))
    assert inbox(world.away, world.giver) == before


def test_every_reason_has_its_words() -> None:
    assert set(telling.REASONS) == set(TOLD)


# ── the rules, on a village of its own ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    house = House.open(tmp_path)
    yield house
    house.close()


def say(house: House, who: Member, content: dict[str, Any]) -> str:
    return str(house.publish_now(who, content).id)


def test_the_life_of_a_pitch_reaches_who_is_in_it(home: House) -> None:
    owner, giver, shy, peer = (home.member(name) for name in ("owner", "giver", "shy", "peer"))
    pitch = say(home, owner, {**FULL, "asks": SPLIT, "facilitator": peer.member})
    test = {
        "type": "pledge.offer",
        "pitch": pitch,
        "ask": "test",
        "kind": "testing",
        "quantity": 1,
        "unit": "hour",
    }
    named = say(home, giver, {**test, "text": {"en": "x"}, "return": {"en": "notes"}})
    unnamed = say(home, shy, {**test, "text": {"en": "x"}, "show": "anonymous"})
    say(home, peer, {"type": "attest", "pitch": pitch, "what": ["time"]})
    for pledge in (named, unnamed):
        say(home, owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1})
    say(home, owner, {"type": "invite", "pitch": pitch, "to": giver.member, "text": {"en": "x"}})
    home.later(120 * DAY)
    say(home, owner, {"type": "pitch.update", "pitch": pitch, "text": {"en": "x"}})
    made = say(home, owner, {"type": "check_in", "pitch": pitch, "applied": "yes", "asks": [peer.member]})
    say(home, peer, {"type": "check_in.attest", "check_in": made, "saw": "yes"})
    say(home, owner, {"type": "thanks", "pitch": pitch, "to": [named], "text": {"en": "x"}})
    assert inbox(home, peer)[0] == ("pitch.open", "facilitator", pitch)
    assert ("check_in", "asked", pitch) in inbox(home, peer)
    assert [line[:2] for line in inbox(home, owner)] == [
        ("pledge.offer", "owner"),
        ("pledge.offer", "owner"),
        ("attest", "owner"),
        ("check_in.attest", "owner"),
    ]
    shared = [("pledge.accept", "giver"), ("pitch.update", "giver"), ("check_in", "giver")]
    assert [line[:2] for line in inbox(home, shy)] == shared
    assert [line[:2] for line in inbox(home, giver)] == [
        *(shared[0], ("invite", "invited")),
        *shared[1:],
        ("thanks", "giver"),
    ]


def test_circles_artifacts_and_answers(home: House) -> None:
    founder, member, author = (home.member(name) for name in ("founder", "member", "author"))
    circle = say(home, founder, {"type": "circle.found", "name": {"en": "Plain language"}})
    say(home, member, {"type": "circle.join", "circle": circle})
    options = [{"key": key, "text": {"en": key}} for key in ("a", "b")]
    poll = {"type": "poll.open", "question": {"en": "Which?"}, "kind": "choose-one", "options": options}
    voted = say(home, founder, {**poll, "closes": "2027-01-10T00:00:00Z", "eligible": {"circle": circle}})
    text = {
        "kind": "post",
        "title": {"en": "x"},
        "body": {"en": "x"},
        "licence": "CC0-1.0",
        "evidence": "opinion",
    }
    first = say(home, author, {"type": "artifact.publish", **text})
    second = say(home, member, {"type": "artifact.publish", **text, "derived_from": [first]})
    say(
        home,
        member,
        {"type": "reuse", "artifact": first, "where": {"en": "x"}, "what": {"en": "x"}, "result": "worked"},
    )
    asked = say(home, member, {"type": "comment", "on": first, "text": {"en": "?"}})
    say(home, author, {"type": "comment", "on": first, "text": {"en": "!"}, "reply_to": asked})
    assert inbox(home, founder) == [("circle.join", "owner", circle)]
    assert inbox(home, member) == [("poll.open", "circle", voted), ("comment", "reply", first)]
    assert inbox(home, author) == [
        ("artifact.publish", "source", second),
        ("reuse", "author", first),
        ("comment", "owner", first),
    ]


def test_the_inbox_is_bounded_and_old_news_is_none(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "KEPT", 3)
    owner, giver = home.member("owner"), home.member("giver")
    pitch = say(home, owner, FULL)
    words = [say(home, giver, {"type": "encourage", "on": pitch, "text": {"en": "x"}}) for _ in range(5)]
    page = home.read_now(notices.listing, home.viewer(owner))
    assert [line["id"] for line in page.items] == words[:1:-1]
    monkeypatch.setattr(telling, "LATE", -1)
    say(home, giver, {"type": "encourage", "on": pitch, "text": {"en": "x"}})
    assert home.read_now(notices.unread, owner.account) == 3


def test_what_is_muted_is_not_told(home: House) -> None:
    owner, giver = home.member("owner"), home.member("giver")
    pitch, other = say(home, owner, FULL), say(home, owner, FULL)
    viewer = home.viewer(owner)
    say(home, giver, {"type": "encourage", "on": pitch, "text": {"en": "x"}})
    home.write_now(lambda tx: notices.mute(tx, viewer, "object", pitch))
    assert home.read_now(notices.unread, owner.account) == 0
    for one in (pitch, other):
        say(home, giver, {"type": "encourage", "on": one, "text": {"en": "x"}})
    assert [line[2] for line in inbox(home, owner)] == [pitch, other]
    home.write_now(lambda tx: notices.mute(tx, viewer, "reason", "owner"))
    say(home, giver, {"type": "encourage", "on": other, "text": {"en": "x"}})
    assert len(inbox(home, owner)) == 2
    assert [mute.scope for mute in home.read_now(notices.mutes, owner.account)] == ["object", "reason"]
    home.write_now(lambda tx: notices.unmute(tx, owner.account, "reason", "owner"))
    say(home, giver, {"type": "encourage", "on": other, "text": {"en": "x"}})
    assert len(inbox(home, owner)) == 3


def test_mutes_are_bounded(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MAX_MUTES", 1)
    viewer = home.viewer(home.member("owner"))
    home.write_now(lambda tx: notices.mute(tx, viewer, "reason", "owner"))
    with pytest.raises(Refused, match="too-many-mutes"):
        home.write_now(lambda tx: notices.mute(tx, viewer, "reason", "giver"))


# ── the pages ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("2 new</a>", "Because it is yours.", "Hear less")), ("fr", ("Parce que", "vous"))],
)
async def test_the_page_says_what_and_why(home: House, language: Any, words: tuple[str, ...]) -> None:
    owner, giver = home.member("owner"), home.member("giver")
    pitch = say(home, owner, FULL)
    for _ in range(2):
        say(home, giver, {"type": "encourage", "on": pitch, "text": {"en": "x"}})
    async with visit(home) as site:
        browser = await site.browser(owner, language=language)
        page = await browser.get("/notifications")
        assert page.status == 200
        assert all(word in page.text for word in words)
        assert f"inbox:{owner.member}" in page.text
        assert (await browser.get("/")).text.count('href="/notifications"') == 2


async def test_reading_muting_and_taking_it_back(home: House) -> None:
    owner, giver = home.member("owner"), home.member("giver")
    pitch = say(home, owner, FULL)
    say(home, giver, {"type": "encourage", "on": pitch, "text": {"en": "x"}})
    async with visit(home) as site:
        browser = await site.browser(owner)
        opened = await browser.get(f"/go/{pitch}?seen=yes")
        assert opened.location == f"/pitches/{pitch}"
        assert "new</a>" not in (await browser.get("/notifications")).text
        say_later = {"type": "encourage", "on": pitch, "text": {"en": "x"}}
        await home.publish(giver.author, say_later)
        assert "1 new</a>" in (await browser.get("/pitches")).text
        back = await browser.post("/pitches/new", {"title.en": "A week beside a clerk"})
        assert back.status == 422 and "1 new</a>" in back.text, "a form that comes back has the same head"
        done = await browser.follow(await browser.post("/notifications/read"))
        assert "Marked as read." in done.text and "new</a>" not in done.text
        wrong = {"scope": "reason", "value": "weather"}
        assert (await browser.post("/notifications/mute", wrong)).status == 404
        assert (await browser.post("/notifications/mute", {"scope": "object", "value": "x"})).status == 404
        mute = {"scope": "object", "value": pitch}
        assert "no more" in (await browser.follow(await browser.post("/notifications/mute", mute))).text
        assert "Service design lab" in (await browser.get("/settings/notifications")).text
        await browser.post("/notifications/unmute", mute)
        assert "Service design lab" not in (await browser.get("/settings/notifications")).text


async def test_a_letter_is_asked_for_with_an_address(home: House) -> None:
    owner = home.member("owner")
    async with visit(home) as site:
        browser = await site.browser(owner)
        assert "sends no mail" in (await browser.get("/settings/notifications")).text
        home.mails = True
        refused = await browser.post("/settings/digest", {"rhythm": "daily", "address": "me at home"})
        assert refused.status == 422 and "me at home" in refused.text
        assert (await browser.post("/settings/digest", {"rhythm": "daily", "address": ""})).status == 422
        assert (
            await browser.post("/settings/digest", {"rhythm": "hourly", "address": "a@b.ca"})
        ).status == 422
        asked = {"rhythm": "daily", "address": "analyst@example.ca"}
        assert (
            "analyst@example.ca" in (await browser.follow(await browser.post("/settings/digest", asked))).text
        )
        ended = await browser.follow(await browser.post("/settings/digest", {"rhythm": "off", "address": ""}))
        assert "analyst@example.ca" not in ended.text


@pytest.mark.parametrize(
    ("language", "done"),
    [("en", "No digest leaves for you any more"), ("fr", "Vous ne recevrez plus de résumé")],
)
async def test_one_step_ends_the_letters_from_anywhere(home: House, language: Any, done: str) -> None:
    owner = await asyncio.to_thread(home.member, "owner")
    await _write(home, lambda tx: digests.ask(tx, owner.account, "daily", "analyst@example.ca", "k" * 43))
    async with visit(home) as site:
        stranger = await site.browser(language=language)
        asked = await stranger.get(f"/letters/{'k' * 43}")
        assert asked.status == 200 and "analyst@example.ca" not in asked.text
        assert await _digest(home, owner) is not None, "looking changes nothing"
        program = site.stranger()  # RFC 8058: no cookie, no origin
        answers = [
            await program.post(f"/letters/{key}", {"List-Unsubscribe": "One-Click"})
            for key in ("x" * 43, "k" * 43)
        ]
        assert [answer.status for answer in answers] == [200, 200], "nobody learns which keys there are"
        assert await _digest(home, owner) is None
        assert done in (await stranger.post(f"/letters/{'k' * 43}")).text


async def _write(home: House, change: Any) -> None:
    await asyncio.wrap_future(home.store.database.write(change))


async def _digest(home: House, who: Member) -> Any:
    return await asyncio.wrap_future(home.store.database.read(lambda db: digests.of(db, who.account)))


async def test_who_asks_again_keeps_the_key_of_letters_sent_before(home: House) -> None:
    owner = await asyncio.to_thread(home.member, "owner")
    for rhythm, key in (("daily", "first"), ("weekly", "second")):
        await _write(home, lambda tx, r=rhythm, k=key: digests.ask(tx, owner.account, r, "a@b.ca", k))
    found = await _digest(home, owner)
    assert (found.rhythm, found.key) == ("weekly", "first")


async def test_what_is_hidden_here_has_no_title_in_the_inbox(home: House) -> None:
    owner, peer = home.member("owner"), home.member("peer")
    other = say(home, peer, {**FULL, "title": {"en": "zqhiddentitle"}})
    asked = say(home, owner, {"type": "comment", "on": other, "text": {"en": "?"}})
    say(home, peer, {"type": "comment", "on": other, "text": {"en": "!"}, "reply_to": asked})
    async with visit(home) as site:
        browser = await site.browser(owner)
        assert "zqhiddentitle" in (await browser.get("/notifications")).text
        why = hides.Why("other", "", peer.account)
        await _write(home, lambda tx: hides.hide(tx, other, peer.member, why))
        page = await browser.get("/notifications")
        assert page.status == 200 and "zqhiddentitle" not in page.text


async def test_a_private_talk_is_named_to_its_party_alone(world: World) -> None:
    async with visit(world.away) as site:
        page = (await (await site.browser(world.giver)).get("/notifications")).text
        assert "commented" in page and SECRET_TALK not in page and SECRET_WORDS not in page
        other = (await (await site.browser(world.adviser)).get("/notifications")).text
        assert world.ids["money"] not in other
