"""What holds for every address, whatever it does: headers, origins, who may ask, sizes, times, what is never told."""

from __future__ import annotations

import asyncio
import logging
import re
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData, web

from protocol.errors import LocalError
from store import blobs
from tests.kit.web import House, Member, visit
from web import app as application
from web.access import Access, Route
from web.api import blobs as served
from web.context import Context
from web.guards import CONTENT_SECURITY_POLICY
from web.routes import ROUTES

NODE = "b" * 32
ENTRY = f"{NODE}-0-1"
SAFE = [route for route in ROUTES if route.method == "GET" and route.path != "/live"]
UNSAFE = [route for route in ROUTES if route.method != "GET"]
FROM_ANYWHERE = [
    "/letters/{key}"
]  # the address holds the right: it ends letters, and nothing else of it is believed
PARTS = {
    "queued": "a" * 22,
    "id": ENTRY,
    "node": NODE,
    "hash": "0" * 64,
    "token": "x",
    "lang": "fr",
    "name": "barn.svg",
    "draft": "1",
    "step": "comment",
    "report": ENTRY,
    "object": ENTRY,
    "upload": "x",
    "key": "x",
}


def address(route: Route) -> str:
    return re.sub(r"{(\w+)}", lambda part: PARTS[part[1]], route.path)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def amira(house: House) -> Member:
    return house.member("Amira")


def test_each_address_stands_once_and_says_what_it_is_for() -> None:
    keys = [(route.method, route.path) for route in ROUTES]
    assert len(keys) == len(set(keys))
    assert all(route.about for route in ROUTES)
    assert [route.path for route in ROUTES if route.from_anywhere] == FROM_ANYWHERE


async def test_every_answer_carries_the_security_headers(house: House, amira: Member) -> None:
    async with visit(house) as site:
        nobody, member = await site.browser(), await site.browser(amira)
        for route in [*SAFE, *UNSAFE]:
            for browser in (nobody, member):
                answer = await browser.ask(route.method, address(route))
                where = f"{named(route)} {answer.status}"
                assert answer.status < 500, where
                assert "default-src" in answer.headers["Content-Security-Policy"], where
                assert "unsafe" not in answer.headers["Content-Security-Policy"], where
                assert answer.headers["X-Content-Type-Options"] == "nosniff", where
                assert answer.headers["Referrer-Policy"] == "same-origin", where
                assert "Cache-Control" in answer.headers, where
                assert "Server" not in answer.headers, where


async def test_b7_nothing_but_style_and_scripts_is_kept_by_a_browser(house: House, amira: Member) -> None:
    """B7: private pages and private attachments are `no-store`: every route, signed in or not, asked well or badly.

    ``test_access`` looks at the same header of every page and call that is full.
    """
    async with visit(house) as site:
        nobody, member, program = await site.browser(), await site.browser(amira), await site.program(amira)
        for route in [*SAFE, *UNSAFE]:
            for client in (nobody, member, program):
                answer = await client.ask(route.method, address(route))
                kept = route.path.startswith("/static/") and answer.status == 200
                assert kept or answer.headers["Cache-Control"] == "no-store", named(route)
        async with member.session.get(
            f"{member.base}/live", params={"topics": "library"}, headers=member.headers
        ) as stream:
            assert stream.headers["Cache-Control"] == "no-store"


async def test_b7_feeds_of_public_pages_may_be_asked_whether_they_changed(
    house: House, amira: Member
) -> None:
    """B7, the other side: what anybody may read needs no second sending; a member's own feeds are never kept."""
    house.public = True
    async with visit(house) as site:
        member = await site.browser(amira)
        assert (await site.stranger().get("/feeds/pitches.atom")).headers[
            "Cache-Control"
        ] == "private, no-cache"
        for name in ("pitches.atom", "mine.atom", "mine.ics"):
            answer = await member.get(f"/feeds/{name}")
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store"), name


async def test_errors_of_the_server_itself_carry_them_too(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        for method, path in (("GET", "/nowhere"), ("DELETE", "/sign-in"), ("GET", "/api/v1/nowhere")):
            answer = await browser.ask(method, path)
            assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


async def test_pages_hold_no_script_or_style_of_their_own(house: House, amira: Member) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        for route in SAFE:
            answer = await browser.get(address(route))
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                assert not re.search(
                    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text
                ), named(route)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
        {"Origin": "null", "Sec-Fetch-Site": None},
        {"Origin": None, "Sec-Fetch-Site": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=["other origin", "null", "silent", "cross-site", "same-site"],
)
async def test_nothing_is_changed_from_elsewhere(
    house: House, amira: Member, headers: dict[str, str | None]
) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        before = await asyncio.to_thread(house.read_now, lambda db: list(db.iterdump()))
        for route in UNSAFE:
            answer = await browser.ask(route.method, address(route), headers=headers)
            if route.path in FROM_ANYWHERE:
                continue
            assert answer.status == 403 and "another site" in answer.text, named(route)
    assert await asyncio.to_thread(house.read_now, lambda db: list(db.iterdump())) == before


async def test_another_node_on_the_same_host_is_elsewhere(house: House, amira: Member) -> None:
    async with visit(house) as site:
        other = site.base.rpartition(":")[0] + ":1"
        answer = await (await site.browser(amira)).post(
            "/sign-out", headers={"Origin": other, "Sec-Fetch-Site": None}
        )
        assert answer.status == 403


def of(*wanted: Access) -> list[Route]:
    return [route for route in ROUTES if route.access in wanted]


async def test_who_is_not_signed_in_is_led_to_sign_in_or_told_401(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        for route in of(Access.ACCOUNT, Access.CARD, Access.OPERATOR):
            answer = await browser.ask(route.method, address(route))
            if route.path.startswith("/api/"):
                assert answer.status == 401, named(route)
                assert answer.headers["Content-Type"].startswith("application/problem+json")
                assert answer.json()["errors"][0]["code"] == "sign-in-needed"
            else:
                assert answer.status == 303 and answer.location.startswith("/sign-in?to="), named(route)


async def test_without_a_card_a_member_is_led_to_it(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", card=False)
    async with visit(house) as site:
        browser = await site.browser(lee)
        for route in of(Access.CARD):
            answer = await browser.ask(route.method, address(route))
            assert answer.status == 303 and answer.location.startswith("/card?to="), named(route)


async def test_operators_alone_reach_what_is_theirs(house: House, amira: Member) -> None:
    steward = await asyncio.to_thread(house.member, "Steward", "steward")
    async with visit(house) as site:
        for member in (amira, steward):
            browser = await site.browser(member)
            for route in of(Access.OPERATOR):
                assert (await browser.ask(route.method, address(route))).status == 403, named(route)


async def test_an_unknown_token_is_not_nobody(house: House) -> None:
    async with visit(house) as site:
        for path in ("/sign-in", "/api/v1/pitches", "/healthz"):
            answer = await site.stranger(Authorization="Bearer nonsense").get(path)
            assert answer.status == 401 and answer.json()["errors"][0]["code"] == "token-unknown"


async def test_a_token_wins_over_a_cookie(house: House, amira: Member) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        assert (await browser.get("/settings", headers={"Authorization": "Bearer nonsense"})).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/blobs/..%2f..%2fnode.db",
        "/blobs/" + "g" * 64,
        "/blobs/" + "A" * 64,
        "/go/../../etc/passwd",
        "/go/%00",
        "/entries/..%2f..%2fkeys/receipt",
        "/api/v1/entries/x",
        "/api/v1/nodes/" + "1" * 32,
        "/api/v1/pitches/" + "b" * 32 + "-0-99999999999999999999",
    ],
)
async def test_no_path_leads_out_of_its_folder(house: House, amira: Member, path: str) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        answer = await browser.ask("GET", path)
        assert answer.status == 404


async def test_what_is_too_large_is_refused(house: House, amira: Member) -> None:
    async with visit(house) as site:
        browser, program = await site.browser(amira), await site.program(amira)
        form = await browser.post(
            "/settings/language",
            BytesIO(b"interface=" + b"e" * application.MAX_FORM),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert form.status == 413 and "too large" in form.text
        record = await program.ask(
            "POST",
            "/api/v1/records",
            data=BytesIO(b" " * (application.MAX_FORM + 1)),
            headers={"Content-Type": "application/json"},
        )
        assert record.status == 413 and record.json()["status"] == 413


async def test_a_body_that_does_not_come_costs_a_bounded_time(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "HANDLER_SECONDS", 0.05)
    async with visit(house) as site:
        program = await site.program(amira)

        async def never() -> object:
            yield b'{"type": '
            await asyncio.Event().wait()

        answer = await program.ask(
            "POST", "/api/v1/records", data=never(), headers={"Content-Type": "application/json"}
        )
        assert answer.status == 503 and answer.headers["Retry-After"]


async def test_a_fault_of_ours_says_nothing_of_itself_and_logs_no_address(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise LocalError("the secret inside")

    monkeypatch.setattr(house, "health", broken)
    async with visit(house) as site:
        browser = await site.browser(amira)
        with caplog.at_level(logging.ERROR):
            answer = await browser.get("/healthz?token=mine")
        assert answer.status == 500 and "secret" not in answer.text and "Traceback" not in answer.text
        record = next(record for record in caplog.records if record.name == "web.app")
        assert record.route == "/healthz" and "mine" not in record.getMessage()


async def test_hostile_names_are_shown_as_text(house: House) -> None:
    name = "<script>alert(1)</script>\"'"
    lee = await asyncio.to_thread(house.member, name)
    async with visit(house) as site:
        text = (await (await site.browser(lee)).get("/settings")).text
        assert "<script>alert" not in text and "&lt;script&gt;" in text


async def test_a_form_with_files_where_none_belong_is_read_without_them(house: House, amira: Member) -> None:
    async with visit(house) as site:
        form = FormData()
        form.add_field("interface", "fr")
        form.add_field("interface", b"x" * 1000, filename="a.txt", content_type="text/plain")
        assert (await (await site.browser(amira)).post("/settings/language", form)).status == 303


async def test_who_asks_and_does_not_read_is_dropped(
    house: House, amira: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = asyncio.Event()

    class Watched(served.BoundedFile):
        async def prepare(self, request: Any) -> Any:
            try:
                return await super().prepare(request)
            finally:
                given_up.set()

    monkeypatch.setattr(served, "FILE_SECONDS", 0.2)
    monkeypatch.setattr(served, "BoundedFile", Watched)
    kept = await asyncio.to_thread(lambda: house.store.blobs.keep([bytes(1 << 20)] * 32, "large"))
    await asyncio.to_thread(house.write_now, lambda tx: blobs.add(tx, kept))
    async with visit(house) as site:
        program = await site.program(amira)
        reader, writer = await asyncio.open_connection(site.server.host, site.server.port, limit=1024)
        writer.write(
            f"GET /blobs/{kept.hash} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {program.headers['Authorization']}\r\n\r\n".encode()
        )
        assert b"200 OK" in await reader.readline()
        async with asyncio.timeout(10):
            await given_up.wait()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(32 << 20)
        writer.close()


async def test_who_is_gone_before_the_answer_is_no_error_of_ours(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answered = asyncio.Event()
    identify, send = application.identify, application._send

    async def then_gone(request: web.Request) -> Context:
        assert request.transport is not None
        request.transport.abort()
        return await identify(request)

    async def sent(request: web.Request, response: web.StreamResponse) -> None:
        try:
            await send(request, response)
        finally:
            answered.set()

    monkeypatch.setattr(application, "identify", then_gone)
    monkeypatch.setattr(application, "_send", sent)
    async with visit(house) as site, asyncio.timeout(10):
        _reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
        writer.write(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await answered.wait()
        writer.close()
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_head_of_a_page_can_be_asked_for(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        for path in ("/sign-in", "/healthz", "/static/live.js"):
            head, page = await browser.ask("HEAD", path), await browser.get(path)
            assert head.status == 200 and head.body == b""
            assert head.headers["Content-Length"] == page.headers["Content-Length"]
