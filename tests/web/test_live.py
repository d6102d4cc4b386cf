"""Server-sent events: what is told, to whom, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientError, ClientResponse
from aiohttp.web import StreamResponse

from protocol.errors import Refused
from store import tokens
from tests.kit.web import Browser, House, Member, visit
from web import live
from web.topics import Hub


@pytest.fixture
def amira(house: House) -> Member:
    return house.member("Amira")


@asynccontextmanager
async def listening(browser: Browser, topics: str) -> AsyncIterator[ClientResponse]:
    async with browser.session.get(
        f"{browser.base}/live", params={"topics": topics}, headers=browser.headers
    ) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert (await response.content.readline()).startswith(b"retry:")
        yield response


async def told(response: ClientResponse) -> list[str]:
    """The next event's topics."""
    while (line := await response.content.readline()) != b"event: changed\n":
        assert line, "the stream ended"
    return json.loads((await response.content.readline()).removeprefix(b"data: "))


async def test_a_page_hears_only_of_what_it_watches(house: House, amira: Member) -> None:
    async with visit(house) as site, listening(await site.browser(amira), "pitches network") as stream:
        house.hub.announce({"library", "pledge:" + "b" * 32 + "-0-1"})
        house.hub.announce({"network"})
        assert await told(stream) == ["network"]


async def test_publishing_reaches_an_open_page(house: House, amira: Member) -> None:
    async with visit(house) as site, listening(await site.browser(amira), "pitches") as stream:
        await house.publish(
            amira.author,
            {"type": "pitch.open", "title": {"en": "x"}, "why": {"en": "y"}, "opportunity": "course"},
        )
        assert await told(stream) == ["pitches"]


async def test_a_token_may_listen_too(house: House, amira: Member) -> None:
    async with visit(house) as site, listening(await site.program(amira), "library") as stream:
        house.hub.announce({"library"})
        assert await told(stream) == ["library"]


async def test_silence_is_filled_with_comments(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
    async with visit(house) as site, listening(await site.browser(amira), "library") as stream:
        await stream.content.readline()
        assert await stream.content.readline() == b": still here\n"


async def test_streams_end_when_the_node_stops_and_leave_nothing_behind(house: House, amira: Member) -> None:
    async with visit(house) as site:
        async with listening(await site.browser(amira), "library") as stream:
            await asyncio.wait_for(site.server.close(), 4)
            assert await stream.content.read() in (b"", b"\n")
        assert len(house.hub) == 0


async def test_a_stream_ends_with_the_session_or_token_that_opened_it(house: House, amira: Member) -> None:
    async with visit(house) as site, AsyncExitStack() as opened:
        here, there, program = await site.browser(amira), await site.browser(amira), await site.program(amira)
        one, other, third = [
            await opened.enter_async_context(listening(by, "library")) for by in (here, there, program)
        ]
        await here.post("/settings/sessions", {"which": "others"})
        assert await other.content.read() in (b"", b"\n")
        [token] = await asyncio.to_thread(house.read_now, tokens.of_account, amira.account)
        await here.post("/settings/tokens/revoke", {"which": token.hash.hex()})
        assert await third.content.read() in (b"", b"\n")
        house.hub.announce({"library"})
        assert await told(one) == ["library"]
        await here.post("/sign-out")
        assert await one.content.read() in (b"", b"\n")


async def test_c4_the_newcomer_is_told_to_ask_later_and_who_listens_goes_on(
    house: House, amira: Member
) -> None:
    """Past the most the newcomer is refused and polls; no stream ends for it."""
    other = await asyncio.to_thread(house.member, "Other")
    async with visit(house) as site, AsyncExitStack() as opened:
        house.hub = Hub(most=2)
        streams = [
            await opened.enter_async_context(listening(await site.browser(amira), "library"))
            for _ in range(2)
        ]
        browser = await site.browser(other)
        for _ in range(3):
            refused = await browser.get("/live", params={"topics": "library"})
            assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
        house.hub.announce({"library"})
        assert [await told(stream) for stream in streams] == [["library"]] * 2
        assert (await browser.get("/library")).status == 200, "and its page is there to be asked for again"


async def test_c4_an_account_has_a_share_of_the_streams(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One member's windows do not push out one another, nor take the streams of others."""
    monkeypatch.setattr(live, "STREAMS_EACH", 2)
    other = await asyncio.to_thread(house.member, "Other")
    async with visit(house) as site, AsyncExitStack() as opened:
        browser = await site.browser(amira)
        first, second = [await opened.enter_async_context(listening(browser, "library")) for _ in range(2)]
        assert (await browser.get("/live", params={"topics": "library"})).status == 503
        theirs = await opened.enter_async_context(listening(await site.browser(other), "library"))
        house.hub.announce({"library"})
        assert [await told(stream) for stream in (first, second, theirs)] == [["library"]] * 3


async def test_a_reader_that_leaves_is_forgotten(house: House, amira: Member) -> None:
    async with visit(house) as site:
        async with listening(await site.browser(amira), "library"):
            assert len(house.hub) == 1
        async with asyncio.timeout(4):
            while len(house.hub):
                house.hub.announce({"library"})
                await asyncio.sleep(0)


async def test_a_reader_gone_before_the_stream_begins_is_no_fault(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_: object) -> None:
        raise ConnectionResetError

    async with visit(house) as site:
        browser = await site.browser(amira)
        monkeypatch.setattr(StreamResponse, "prepare", gone)
        with pytest.raises(ClientError):
            await browser.get("/live", params={"topics": "library"})
        assert len(house.hub) == 0
    assert "request failed" not in caplog.text


@pytest.mark.parametrize(
    "topics",
    ["", " ,", "<script>", "pitch:../..", "x" * 100, " ".join(f"a{n}" for n in range(60)), "pitch:*"],
)
async def test_topics_must_be_named(house: House, amira: Member, topics: str) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        assert (await browser.get("/live", params={"topics": topics})).status == 400


def test_topics_are_read_however_they_are_separated() -> None:
    assert live.watched(["pitches,library", "network  members"]) == {
        "pitches",
        "library",
        "network",
        "members",
    }
    with pytest.raises(Refused):
        live.watched([" ".join(["pitches"] + [f"pitch:{'b' * 32}-0-{n}" for n in range(live.MAX_TOPICS)])])


# ── B1: who is told what ─────────────────────────────────────────────────────────────────────────────────────

PITCH = {
    "type": "pitch.open", "title": {"en": "x"}, "why": {"en": "y"}, "opportunity": "course",
    "asks": [{"key": "travel", "kind": "money", "quantity": 100_000, "unit": "CAD", "text": {"en": "The way"}}],
}  # fmt: skip
GIFT = {
    "type": "pledge.offer", "ask": "travel", "kind": "money", "quantity": 5_000, "unit": "CAD",
    "text": {"en": "Quietly"}, "conflict": "none",
}  # fmt: skip


async def test_b1_a_private_pledge_is_heard_by_its_parties_only(house: House, amira: Member) -> None:
    """B1: `/live?topics=inbox:<any member>,pledge:<any id>,pitch:<id>` answers any account."""
    giver, other = await asyncio.to_thread(lambda: [house.member(name) for name in ("Giver", "Other")])
    pitch = str((await house.publish(amira.author, PITCH)).id)
    gift = str((await house.publish(giver.author, GIFT | {"pitch": pitch})).id)
    watched = f"pitch:{pitch},pledge:{gift},inbox:{amira.member},inbox:{giver.member},pitches,library"
    async with visit(house) as site, AsyncExitStack() as opened:
        streams = [
            await opened.enter_async_context(listening(await site.browser(who), watched))
            for who in (amira, giver, other)
        ]
        talk = {"type": "comment", "on": gift, "text": {"en": "Thank you"}}
        await house.publish(amira.author, talk)
        owner, hers, strangers = streams
        assert f"inbox:{giver.member}" in await told(hers)
        house.hub.announce({"library"})
        assert await told(strangers) == ["library"]
        await house.publish(giver.author, GIFT | {"pitch": pitch})
        assert f"inbox:{amira.member}" in await heard_until(owner, f"inbox:{amira.member}")
        house.hub.announce({"library"})
        assert await told(strangers) == ["library"]


async def heard_until(stream: ClientResponse, topic: str) -> set[str]:
    """All that is told up to this topic."""
    heard: set[str] = set()
    while topic not in heard:
        heard |= set(await told(stream))
    return heard


async def test_b1_what_is_not_for_the_caller_is_as_if_it_were_not_here(house: House, amira: Member) -> None:
    """B1: asking for others' topics only is answered like asking for what does not exist."""
    giver, other = await asyncio.to_thread(lambda: [house.member(name) for name in ("Giver", "Other")])
    pitch = str((await house.publish(amira.author, PITCH)).id)
    gift = str((await house.publish(giver.author, GIFT | {"pitch": pitch})).id)
    async with visit(house) as site:
        program = await site.program(other)
        answers = [
            await program.get("/live", params={"topics": topics})
            for topics in (
                f"pledge:{gift}",
                f"pledge:{house.node}-0-4000",
                f"inbox:{giver.member}",
                "nothing",
            )
        ]
        assert {answer.status for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1


async def test_b1_comments_come_at_their_own_times(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B1: what a reader is not told of does not show in when the line is kept open."""
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    async with visit(house) as site, listening(await site.browser(amira), "library") as stream:
        await stream.content.readline()

        async def busy() -> None:
            while True:
                house.hub.announce({"network", f"pledge:{house.node}-0-1"})
                await asyncio.sleep(0)

        busily = asyncio.create_task(busy())
        try:
            assert await stream.content.readline() == b": still here\n"
        finally:
            busily.cancel()
