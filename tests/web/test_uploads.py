"""What a file is called and claims to be is only ever data."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from protocol.records import BlobRef
from tests.kit.web import House, visit
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
