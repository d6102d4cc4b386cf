"""Bodies that no browser sends: each is refused with a sentence, and nothing of it is logged."""

from __future__ import annotations

import asyncio
import logging
import warnings

import pytest

from node.logs import Unquoted, quieten
from tests.kit.web import House, visit
from web.bodies import whole_text
from web.passkeys import ANSWER_MOST

SECRET = "Élodie ne veut pas être nommée"
MULTIPART = "multipart/form-data; boundary=x"


def part(headers: bytes, content: bytes = SECRET.encode()) -> bytes:
    return (
        b"--x\r\nContent-Disposition: form-data; name=" + headers + b"\r\n\r\n" + content + b"\r\n--x--\r\n"
    )


CANNOT_BE_READ = {
    "a charset nobody knows": (MULTIPART, part(b'"a"\r\nContent-Type: text/plain; charset=klingon')),
    "not in its charset": (MULTIPART, part(b'"a"\r\nContent-Type: text/plain; charset=ascii')),
    "a part inside a part": (MULTIPART, part(b'"a"\r\nContent-Type: multipart/mixed; boundary=y')),
    "no name": (MULTIPART, b"--x\r\nContent-Type: text/plain\r\n\r\n" + SECRET.encode() + b"\r\n--x--\r\n"),
    "no boundary": ("multipart/form-data", part(b'"a"')),
    "a boundary that is too long": (f"multipart/form-data; boundary={'y' * 80}", part(b'"a"')),
    "an encoding nobody knows": (MULTIPART, part(b'"a"\r\nContent-Transfer-Encoding: klingon')),
    "base64 that is none": (MULTIPART, part(b'"a"\r\nContent-Transfer-Encoding: base64', b"!")),
    "packed and not": (MULTIPART, part(b'"a"\r\nContent-Encoding: gzip')),
    "fields in a charset nobody knows": (
        "application/x-www-form-urlencoded; charset=klingon",
        b"a=" + SECRET.encode(),
    ),
    "fields not in their charset": ("application/x-www-form-urlencoded; charset=utf-16", b"\xff"),
}
DOORS = ("/sign-in", "/pitches/new", "/library/new", "/api/v1/blobs", "/api/v1/drafts/import")


@pytest.mark.parametrize("case", CANNOT_BE_READ)
async def test_a_form_that_cannot_be_read_is_refused_by_every_door(
    house: House, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No door answers 500, and no log line repeats what was sent, whoever sends it."""
    kind, body = CANNOT_BE_READ[case]
    caplog.set_level(logging.DEBUG)
    member = await asyncio.to_thread(house.member, "Sender")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        quieten()
        async with visit(house) as site:
            for path in DOORS:
                who = await (site.program(member) if path.startswith("/api") else site.browser(member))
                answer = await who.ask("POST", path, data=body, headers={"Content-Type": kind})
                assert answer.status < 500, (path, answer.text)
    told = caplog.text + " ".join(str(one.message) for one in warned)
    assert "Traceback" not in told and "request failed" not in told and SECRET not in told


@pytest.mark.parametrize("kind", ["zlib", "chunks"])
@pytest.mark.parametrize("path", ["/api/v1/records", "/api/v1/blobs", "/api/v1/drafts/import", "/sign-in"])
async def test_a_body_that_is_packed_wrongly_is_refused(
    house: House, path: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when the server passes over the rest of it after the answer, no traceback is left."""
    caplog.handler.addFilter(Unquoted())
    member = await asyncio.to_thread(house.member, "Sender")
    async with visit(house) as site:
        token = (await site.program(member)).headers["Authorization"]
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.server.port}\r\nAuthorization: {token}\r\n"
            "Content-Type: application/json\r\nConnection: close\r\n"
        )
        rest = {
            "zlib": "Content-Encoding: deflate\r\nContent-Length: 30\r\n\r\n" + "a" * 30,
            "chunks": "Transfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\nno number\r\n\r\n",
        }[kind]
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write((head + rest).encode())
        answer = await reader.read()
        writer.close()
        assert answer.split()[1][:1] == b"4", answer[:300]
    assert not [one for one in caplog.records if one.exc_info], caplog.text


async def test_the_answer_of_a_device_nested_without_end_is_refused(house: House) -> None:
    """Who is not signed in sends it: the refusal is that of any wrong answer, and no traceback is logged."""
    async with visit(house) as site:
        browser = await site.browser()
        assert (await browser.post("/sign-in/passkey")).status == 200
        answer = await browser.post("/sign-in", {"passkey": "[" * (ANSWER_MOST - 1)})
        assert answer.status < 500


def test_halves_of_characters_become_signs_that_can_be_kept() -> None:
    assert whole_text("a\udcffb") == "a\ufffdb"
    assert whole_text("\ud83d\ude00 é") == "\U0001f600 é"
    assert whole_text("plain") == "plain"
