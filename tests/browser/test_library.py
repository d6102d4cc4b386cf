"""J10 and J11 of WEB "Journeys": what was learned is found, used and translated; and files come with it."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.kit.browser import Desk, Reader
from tests.kit.organisations import Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

OTHER_FORMS = {
    "en": "forms",
    "fr": "formulaires allégés",
}  # of words in the title: stems are what is looked for


def published(author: Program, word: str, **changes: object) -> str:
    """An artifact with a word in its title that no other has."""
    fields = {
        "kind": "how-to",
        "title": {"en": f"A lighter form: {word}", "fr": f"Un formulaire allégé : {word}"},
        "body": {"en": "Count first.", "fr": "Compter d’abord."},
        "licence": "CC-BY-4.0",
        "evidence": "tested-locally",
    }
    return author.say("artifact.publish", **fields | changes)


def look_for(reader: Reader, typed: str, word: str) -> Reader:
    """Type into the search of the library until a title with the word comes; without scripts its button is pressed."""
    reader.go("/library").fill({"q": typed})
    if not reader.scripts:
        reader.press("Filter")
    reader.comes("#results .card-title a", word)
    return reader


def test_j10_find_reuse_and_report_back_from_another_node(desk: Desk, line: Line, way: Way) -> None:
    author, peer = line.a.member("Author", lang=way.language), line.c.member("Peer", lang=way.language)
    word = f"héron{way.language}{way.scripts}".lower()
    artifact = published(author, word)
    until(lambda: peer.get(f"/artifacts/{artifact}"))
    path = f"/library/{artifact}"
    here = desk.reader(line.a, author.member, **way._asdict()).go(path)
    far = desk.reader(line.c, peer.member, **way._asdict())
    look_for(far, f"{OTHER_FORMS[way.language]} {word.replace('é', 'e')}", word)
    far.into(far.page.locator("#results .card-title a").first)
    far.follow("I reused it: say how it went").press("Publish how it went")
    assert far.page.title().startswith(far.say("Error:"))
    tag = way.language
    far.fill({"result": "partly", f"where.{tag}": "Intake desk", f"what.{tag}": "Took out two fields"})
    far.press("Publish how it went")
    assert far.page.url.endswith("#used")
    for reader in (far, here):
        reader.comes("#uses", "Took out two fields")
    until(lambda: author.get(f"/artifacts/{artifact}")["reused_by"]["others"] == 1)


def test_j11_translate(desk: Desk, line: Line, way: Way) -> None:
    other, tag = ("fr" if way.language == "en" else "en"), way.language
    author, peer = line.a.member("Author", lang=other), line.c.member("Translator", lang=tag)
    word = f"loutre{tag}{way.scripts}".lower()
    artifact = published(author, word, title={other: f"Original {word}"}, body={other: f"Body of {word}"})
    path = f"/library/{artifact}"
    until(lambda: peer.get(f"/artifacts/{artifact}"))
    far = desk.reader(line.c, peer.member, **way._asdict()).go(path)
    far.follow("Offer a translation")
    assert far.page.locator(f'.words [lang="{other}"]').first.inner_text() == f"Original {word}"
    far.fill({"text.title": f"Translated {word}", "text.body": "In **your** words", "origin": "human"})
    far.press("Publish the translation")
    far.comes("h1", f"Translated {word}")
    third = line.b.member("Reader", lang=tag)
    until(lambda: (third.get(f"/artifacts/{artifact}") or {}).get("translations"))
    reader = look_for(desk.reader(line.b, third.member, **way._asdict()), word, word)
    reader.comes("#results .card-title", f"Translated {word}")
    reader.go(path)
    notice = reader.page.locator(".notice", has=reader.page.locator(f'a[href="{path}?original=yes"]'))
    assert reader.label("origin", "Translated by a person") in notice.inner_text()
    reader.into(notice.locator(f'a[href="{path}?original=yes"]'))
    reader.comes("h1", f"Original {word}")


def test_files_are_sent_with_progress_and_described(desk: Desk, line: Line, way: Way) -> None:
    member, tag = line.a.member("Author", lang=way.language), way.language
    reader = desk.reader(line.a, member.member, **way._asdict()).go("/library/new")
    files = [
        {"name": "before-after.png", "mimeType": "image/png", "buffer": samples.picture()},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Three fields went.\n" * 80_000},
    ]
    reader.page.locator('[name="new"]').set_input_files(files)  # type: ignore[arg-type]
    if not way.scripts:
        reader.press("Send the files, then describe them")
    reader.comes('[name="files.1.alt"]')
    reader.fill({"files.0.alt": "The form, before and after", "kind": "post", f"title.{tag}": "With files"})
    reader.fill({"evidence": "opinion"}).press("Publish in the library")
    reader.comes("img[alt='The form, before and after']")
    kept = member.get(f"/artifacts/{reader.page.url.rsplit('/', 1)[1]}")
    assert [blob["name"] for blob in kept["blobs"]] == ["before-after.png", "notes.txt"]
    assert kept["blobs"][1]["size"] == 19 * 80_000
