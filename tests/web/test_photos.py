"""B4 through every way in: what a picture told is gone from the file, and whoever sent it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import FormData

from tests.kit import pictures
from tests.kit.html import Page, faults
from tests.kit.web import Browser, House, Member, visit

NOTE = {
    "kind": "note", "title.en": "What we saw", "body.en": "Look.", "licence": "CC-BY-4.0",
    "evidence": "opinion", "write": "en",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House.open(tmp_path)
    yield house
    house.close()


@pytest.fixture
def amira(house: House) -> Member:
    return house.member("Amira")


def form_of(*files: tuple[str, bytes, str], **fields: str) -> FormData:
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    for name, data, kind in files:
        form.add_field("new", data, filename=name, content_type=kind)
    return form


async def file_of(client: Browser, blob: str) -> bytes:
    answer = await client.get(f"/blobs/{blob}")
    assert answer.status == 200
    return answer.body


async def test_b4_programs_are_told_what_was_taken_off(house: House, amira: Member) -> None:
    """B4: raw and as a form; the answer may stand in a record as it is."""
    photo = pictures.told_jpeg()
    async with visit(house) as site:
        program = await site.program(amira)
        raw = await program.ask(
            "POST", "/api/v1/blobs?name=a.jpg", data=photo, headers={"Content-Type": "image/jpeg"}
        )
        as_form = await program.post("/api/v1/blobs", form_of(("a.jpg", photo, "image/jpeg")))
        assert raw.status == as_form.status == 201 and raw.json() == as_form.json()
        kept = raw.json()
        assert {"location", "camera", "author"} <= set(kept["taken"]) and kept["warnings"] == []
        data = await file_of(program, kept["hash"])
        assert len(data) == kept["size"] and not [secret for secret in pictures.SECRETS if secret in data]
        record = {
            "type": "artifact.publish", "kind": "note", "title": {"en": "x"}, "body": {"en": "y"},
            "licence": "CC-BY-4.0", "evidence": "opinion", "blobs": [kept],
        }  # fmt: skip
        made = await program.post("/api/v1/records", json=record, headers={"Idempotency-Key": "one"})
        again = await program.post("/api/v1/records", json=record, headers={"Idempotency-Key": "one"})
        assert made.status == again.status == 201 and made.json()["id"] == again.json()["id"]
        entry = (await program.get(f"/api/v1/entries/{made.json()['id']}")).json()["content"]["blobs"]
        assert [set(one) for one in entry] == [{"hash", "size", "media_type", "name"}]


async def test_b4_programs_are_warned_of_documents_and_refused_what_cannot_be_cleaned(
    house: House, amira: Member
) -> None:
    """B4: office files and PDFs are warned about, in the upload's answer and in the record's."""
    async with visit(house) as site:
        program = await site.program(amira)
        report = await program.post("/api/v1/blobs", form_of(("a.docx", pictures.document(), "x/y")))
        assert [one["code"] for one in report.json()["warnings"]] == ["file-author"]
        record = {
            "type": "artifact.publish", "kind": "note", "title": {"en": "x"}, "body": {"en": "y"},
            "licence": "CC-BY-4.0", "evidence": "opinion", "blobs": [report.json()],
        }  # fmt: skip
        made = await program.post("/api/v1/records", json=record)
        assert [(one["field"], one["code"]) for one in made.json()["warnings"]] == [
            ("blobs.0", "file-author")
        ]
        photo = await program.post(
            "/api/v1/blobs", form_of(("a.heic", pictures.heic(told=True), "image/heic"))
        )
        assert photo.status == 422 and photo.json()["errors"][0]["code"] == "photo-data"
        assert "JPEG" in photo.json()["errors"][0]["text"]


async def test_b4_the_form_and_the_page_say_what_was_taken_off(house: House, amira: Member) -> None:
    """B4: the page says what was taken off: in the form that describes the files, and beside the file afterwards."""
    photo = ("a.jpg", pictures.told_jpeg(), "image/jpeg")
    async with visit(house) as site:
        browser, other = (
            await site.browser(amira),
            await site.browser(await asyncio.to_thread(house.member, "Jo")),
        )
        typed = await browser.post("/library/new", form_of(photo, do="files", **NOTE))
        assert (
            "Taken off before it is sent to anybody: where it was taken, the camera" in Page(typed.text).text
        )
        direct = await browser.post("/library/new", form_of(photo, **NOTE, **{"new.alt": "A queue"}))
        page = await browser.get(direct.location)
        assert direct.status == 303 and faults(page.text) == []
        assert "Taken off before it is sent to anybody" in page.text
        assert "Taken off" not in (await other.get(direct.location)).text
        french = await site.browser(amira, language="fr")
        assert "Enlevé avant tout envoi" in (await french.get(direct.location)).text


async def test_b4_a_file_sent_in_pieces_is_cleaned_too(house: House, amira: Member) -> None:
    """B4: the script of the form sends pieces; the whole is cleaned, and its size is that of what is kept."""
    photo = pictures.told_png()
    async with visit(house) as site:
        browser = await site.browser(amira)
        begun = await browser.post(
            "/uploads", {"name": "a.png", "size": str(len(photo)), "type": "image/png", "day": "1"}
        )
        sent = (
            await browser.post(f"/uploads/{begun.json()['id']}?at=0&name=a.png&type=image/png", photo)
        ).json()
        assert "where it was taken" in sent["notes"]
        data = await file_of(browser, sent["hash"])
        assert len(data) == sent["size"] < len(photo)
        assert not [secret for secret in pictures.SECRETS if secret in data]


async def test_b4_a_document_that_names_its_author_is_asked_about(house: House, amira: Member) -> None:
    """B4: the form asks before a document that names somebody leaves."""
    report = (
        "report.docx",
        pictures.document(),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    )
    async with visit(house) as site:
        browser = await site.browser(amira)
        asked = await browser.post("/library/new", form_of(report, **NOTE))
        page = Page(asked.text)
        assert asked.status == 422 and faults(asked.text) == []
        assert "The file “report.docx” names who wrote it." in page.text
        form = page.form("/library/new")
        answer = await browser.post("/library/new", form | {"sure": "yes"})
        assert answer.status == 303


async def test_b4_a_picture_that_is_refused_costs_nothing_that_was_typed(house: House, amira: Member) -> None:
    """B4: a HEIC photo that tells where it was taken: the form comes back with the words and what to do."""
    photo = pictures.heic(told=True)
    async with visit(house) as site:
        browser = await site.browser(amira)
        back = await browser.post("/library/new", form_of(("a.heic", photo, "image/heic"), **NOTE))
        page = Page(back.text)
        assert back.status == 422 and faults(back.text) == [] and "What we saw" in back.text
        assert "Save it as JPEG or PNG and attach that." in page.text
        begun = await browser.post(
            "/uploads", {"name": "a.heic", "size": str(len(photo)), "type": "", "day": "1"}
        )
        told = await browser.post(f"/uploads/{begun.json()['id']}?at=0&name=a.heic", photo)
        assert told.status == 422 and "Save it as JPEG" in told.json()["refused"]
