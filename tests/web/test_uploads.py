"""What a file is called and claims to be is only ever data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from protocol.records import BlobRef
from store.room import Limits, Room
from tests.kit.html import Page
from tests.kit.nodes import until
from tests.kit.web import House, visit
from tests.web.test_api import SMALL
from tests.web.test_pages_forms import SMALL as FORM
from web.context import SITE
from web.uploads import media_type_of, name_of


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\étape.png", "étape.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("", "file"),
        ("///", "file"),
        (" \x00 ", "file"),
    ],
)
def test_only_the_last_part_of_a_name_is_kept(claimed: str, kept: str) -> None:
    assert name_of(claimed) == kept


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("image/png", "image/png"),
        ("IMAGE/PNG; charset=x", "image/png"),
        ("", "application/octet-stream"),
        ("a/b/c", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
    ],
)
def test_a_media_type_is_one_or_unknown(claimed: str, kept: str) -> None:
    assert media_type_of(claimed) == kept


@given(some.text(max_size=400), some.text(max_size=60))
def test_any_upload_may_stand_in_a_record(name: str, kind: str) -> None:
    ref = {"hash": "0" * 64, "size": 1, "media_type": media_type_of(kind), "name": name_of(name)}
    try:
        ref["name"].encode()
    except UnicodeEncodeError:
        return  # a lone surrogate never comes through UTF-8
    BlobRef.model_validate(ref)


BROKEN = (
    ("multipart/form-data", b"--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="\x12\x01"\r\n\r\na\r\n--x--\r\n',
    ),
    ("multipart/form-data; boundary=x", b"--x\r\nno header at all\r\n\r\na\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"nothing of the kind"),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"a" * 100_000),
)


@pytest.mark.parametrize(("kind", "body"), BROKEN)
@pytest.mark.parametrize("path", ["/api/v1/blobs", "/api/v1/drafts/import", "/library/new"])
async def test_what_is_no_form_is_refused_and_breaks_nothing(
    house: House, path: str, kind: str, body: bytes
) -> None:
    member = await asyncio.to_thread(house.member, "Sender")
    async with visit(house) as site:
        program = await site.program(member)
        answer = await program.ask("POST", path, data=body, headers={"Content-Type": kind})
        assert answer.status in (400, 422), answer.text
        assert answer.json()["errors"]


# ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────


def bounded(house: House, limits: Limits, left: int = 1 << 40) -> None:
    house.store.room = Room(limits, lambda: left)
    house.store.database.memory.room = house.store.room


async def test_c5_a_member_who_sends_without_end_is_stopped_and_told(house: House) -> None:
    """101 files of 8 MiB in 17 s: a day's share ends it, in her language, and others go on."""
    bounded(house, Limits(day=100_000))
    amira, other = await asyncio.to_thread(lambda: [house.member(name) for name in ("Amira", "Other")])
    async with visit(house) as site:
        program = await site.program(amira)
        statuses = [(await program.post("/api/v1/blobs", bytes([n]) * 9_000)).status for n in range(20)]
        assert statuses == [201] * 11 + [429] * 9
        problem = (
            await program.post("/api/v1/blobs", b"x" * 9_000, headers={"Accept-Language": "fr"})
        ).json()
        assert problem["errors"][0]["code"] == "room-day"
        assert (await (await site.program(other)).post("/api/v1/blobs", b"x" * 9_000)).status == 201
        files = [path for path in house.store.blobs.folder.rglob("*") if path.is_file()]
        assert len(files) == 12, "what was refused is not there"
        french = await (await site.browser(amira, language="fr")).post(
            "/uploads", {"name": "film.mp4", "type": "video/mp4", "day": "1", "size": "90000"}
        )
        assert french.status == 429
        assert "24 dernières heures" in french.text


async def test_c5_unfinished_files_count_before_they_are_whole(house: House) -> None:
    """Partial uploads are bounded too: what they claim to become has to have room."""
    bounded(house, Limits(day=100_000))
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        browser = await site.browser(amira)

        async def begin(size: int) -> int:
            form = {"name": f"{size}.mp4", "type": "video/mp4", "day": "1", "size": str(size)}
            return (await browser.post("/uploads", form)).status

        assert [await begin(40_000 + n) for n in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("door", ["/api/v1/blobs", "/uploads", "/api/v1/records", "/pitches/new"])
async def test_c5_below_the_floor_every_writing_door_says_what_and_what_to_do(
    house: House, door: str
) -> None:
    """Refused below a floor of free disk with a clear message: uploads, pieces, records by API and by form."""
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        bounded(house, Limits(free=512_000_000), 4_000_000)
        program, browser = await site.program(amira), await site.browser(amira)
        if door == "/api/v1/records":
            answer = await program.post(door, json=SMALL)
        elif door == "/api/v1/blobs":
            answer = await program.post(door, b"x")
        elif door == "/uploads":
            answer = await browser.post(door, {"name": "a", "type": "b/c", "day": "1", "size": "9"})
        else:
            form = Page((await browser.get(door)).text).form(door)
            answer = await browser.post(door, form | FORM)
        assert answer.status in (422, 507)
        assert "has 4 MB left" in answer.text
        assert "must make room" in answer.text


async def test_c5_so_many_files_are_on_their_way_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files in transit take disk as well: of an account and of all, bounded."""
    monkeypatch.setattr("web.uploads.SENDING_EACH", 2)
    amira = await asyncio.to_thread(house.member, "Amira")
    gate = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x"
        await gate.wait()

    async with visit(house) as site:
        program = await site.program(amira)
        coming = [asyncio.create_task(program.post("/api/v1/blobs", slowly())) for _ in range(2)]
        on_their_way = site.server.app[SITE].sending
        await until(lambda: on_their_way.total() == 2)
        assert (await program.post("/api/v1/blobs", b"y")).status == 429
        gate.set()
        assert [(await one).status for one in coming] == [201, 201]
        assert (await program.post("/api/v1/blobs", b"y")).status == 201


async def test_c5_the_desk_shows_who_uses_what(house: House) -> None:
    """Names and numbers, never what a file is called; stewards only, in both languages."""
    amira, steward = await asyncio.to_thread(
        lambda: [house.member("Amira"), house.member("Steward", "steward")]
    )
    async with visit(house) as site:
        await (await site.program(amira)).post("/api/v1/blobs?name=secret-plan.pdf", b"x" * 2_000)
        for language, words in (("en", "Who sent what"), ("fr", "Qui a envoyé quoi")):
            page = await (await site.browser(steward, language=language)).get("/desk/files")
            assert page.status == 200
            assert words in page.text
            assert "Amira" in page.text
            assert "secret-plan" not in page.text
        assert (await (await site.browser(amira)).get("/desk/files")).status == 403
