"""What members type, file names and media types are shown harmlessly on every page, in whatever field they stand."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest

from tests.kit.html import Page, faults
from tests.kit.web import House, Member, visit
from tests.web.ways import letter

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>"
SVG = '<svg onload="alert(1)"><animate onbegin=alert(1) attributeName=x dur=1s></svg>'
MARKDOWN = (
    "[a](javascript:alert(1)) [b](data:text/html;base64,PHNjcmlwdD4=) ![c](https://evil.example/c.png)\n\n"
    "<iframe src=https://evil.example></iframe>\n\n[d]: vbscript:x\n\n[d] <https://evil.example/auto>\n\n"
    "| a | b |\n|---|---|\n| <b onclick=x()>1</b> | `</code><script>` |"
)
ODD = "\u202eevil\u202c \u2066x\u2069 \u0645\u0631\u062d\u0628\u0627 \u200b"
LONG = "Verwaltungsverfahren" * 12
FORMULA = '=HYPERLINK("https://evil.example/";"here")'
LINES = (
    "Agenda\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Not ours ]]></title><link href='https://evil.example/'/>"
)
TEXTS = (SCRIPT, SVG, MARKDOWN, ODD, LONG, FORMULA, LINES)
NAMES = ("../../etc/passwd.svg", "<img src=x>.html", "\u202egnp.exe", "a" * 200 + ".pdf", 'quote".txt')
ALLOWED = {"http", "https", "mailto", "webcal", ""}


def _words(number: int) -> dict[str, str]:
    return {"en": TEXTS[number % len(TEXTS)], "fr": TEXTS[(number + 1) % len(TEXTS)]}


def _text(number: int) -> str:
    return re.sub(r"\s+", " ", TEXTS[number % len(TEXTS)])[:150].strip()


def _line(number: int) -> dict[str, str]:
    return {"en": _text(number), "fr": _text(number + 1)}


class Barn:
    """A house where every field of everything holds one of the texts."""

    def __init__(self, folder: Path) -> None:
        self.house = House.open(folder)
        self.owner = self._member("owner", 0)
        self.giver = self._member("giver", 1)
        self.paths = [
            "/",
            "/mine",
            "/people",
            "/pitches",
            "/library",
            "/search?q=evil",
            f"/people/{self.owner.member}",
            "/circles",
            "/events",
            "/issues",
            "/polls",
            "/offers",
            "/notifications",
        ]
        self.public: list[str] = []
        self.calendars = ["/feeds/events.ics", "/feeds/mine.ics"]
        for number in range(len(TEXTS)):
            self._things(number)

    def _member(self, name: str, number: int) -> Member:
        offers = [{"kind": "testing", "topics": [_text(number)[:60]], "text": _line(number)}]
        return self.house.member(f"{name} {_text(number)}"[:120], organisation=_line(number), offers=offers)

    def _say(self, who: Member, of: str, **content: Any) -> str:
        return str(self.house.publish_now(who, {"type": of, **content}).id)

    def _things(self, number: int) -> None:
        words, line = _words(number), _line(number)
        ask = {
            "key": "a",
            "kind": _text(number)[:60],
            "text": words,
            "quantity": 2,
            "unit": _text(number)[:30].strip(),
        }
        pitch = self._say(
            self.owner, "pitch.open", title=line, why=words, opportunity=_text(number)[:60], topics=[_text(number)[:60]],
            when={"start": "2027-03-02", "end": "2027-03-04", "zone": "America/Halifax"}, barrier=line, benefits={"self": words, "peers": words, "organisation": words}, asks=[ask],
            where={"place": _text(number)}, resources=[{"text": line, "url": "https://evil.example/"}],
            application={"practice": line, "where": line, "signal": line},
        )  # fmt: skip
        pledge = self._say(
            self.giver, "pledge.offer", pitch=pitch, ask="a", kind=ask["kind"], unit=ask["unit"], quantity=1, text=words,
            conflict="none", show="named", **{"return": words},
        )  # fmt: skip
        artifact = self._say(
            self.owner, "artifact.publish", kind=_text(number)[:60], title=line, body=words, licence="CC-BY-4.0",
            rights=_text(number)[:60], pitch=pitch,
            authors=[{"member": self.owner.member, "name": _text(number), "role": _text(number)[:60]}],
        )  # fmt: skip
        circle = self._say(
            self.owner, "circle.found", name=line, purpose=words, topics=[_text(number)[:60]], cadence=line
        )
        event = self._say(
            self.owner, "event.schedule", kind=_text(number)[:60], title=line, text=words, zone="America/Halifax",
            start="2027-03-25T12:00:00-03:00", end="2027-03-25T13:00:00-03:00", where={"place": _text(number)},
            access=line, topics=[_text(number)[:60]],
        )  # fmt: skip
        issue = self._say(self.owner, "issue.raise", title=line, text=words)
        poll = self._say(
            self.owner, "poll.open", subject=pitch, question=line, kind="choose-one", closes="2027-03-01T17:00:00-08:00",
            options=[{"key": "o1", "text": line}, {"key": "o2", "text": line}],
        )  # fmt: skip
        standing = self._say(
            self.giver, "offer.stand", kind=ask["kind"], text=words, quantity=1, unit=ask["unit"]
        )
        for on in (pitch, artifact, pledge, circle, event, issue):
            self._say(self.giver, "comment", on=on, text=words)
        self._say(self.owner, "pitch.update", pitch=pitch, text=words)
        self._say(self.owner, "thanks", pitch=pitch, text=words)
        self.paths += [
            f"/pitches/{pitch}", f"/pitches/{pitch}/revise", f"/pitches/{pitch}/pledge?ask=a", f"/pledges/{pledge}",
            f"/library/{artifact}", f"/report/{pitch}", f"/circles/{circle}", f"/events/{event}", f"/issues/{issue}",
            f"/polls/{poll}", f"/offers/{standing}", f"/pitches/{pitch}/share", f"/pitches/{pitch}/poster",
            f"/pitches/{pitch}/manager", f"/library/{artifact}/translate",
        ]  # fmt: skip
        self.public += [f"/pitches/{pitch}", f"/library/{artifact}", f"/events/{event}"]
        self.calendars += [f"/pitches/{pitch}/dates.ics", f"/events/{event}/ics"]


@pytest.fixture(scope="module")
def barn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Barn]:
    barn = Barn(tmp_path_factory.mktemp("hostile"))
    yield barn
    barn.house.close()


def dangers(html: str) -> list[str]:
    """What on a page could run, fetch or mislead: scripts, handlers, frames, schemes, addresses fetched by themselves."""
    found = []
    for element in Page(html).elements:
        if element.tag == "iframe" and not element.get("src").startswith("/blobs/"):
            found.append("a frame that is no file of ours")
        if element.tag in {"object", "embed", "animate", "base", "style", "set"}:
            found.append(f"<{element.tag}>")
        if element.tag == "script" and not element.get("src").startswith("/static/"):
            found.append("a script")
        found += [
            f"{element.tag}[{name}]"
            for name in element.attributes
            if name.startswith("on") or name == "style"
        ]
        for name in ("href", "src", "action", "formaction", "poster"):
            scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", element.get(name), re.IGNORECASE)
            if scheme and scheme[1].lower() not in ALLOWED:
                found.append(f"{element.tag}[{name}] {scheme[1]}")
        if element.tag in {"img", "source", "video", "audio"} and not element.get("src", "/").startswith("/"):
            found.append(f"{element.tag} from elsewhere")
    return found


@pytest.mark.parametrize(("who", "language"), [("owner", "en"), ("giver", "fr")])
async def test_nothing_typed_becomes_more_than_words(barn: Barn, who: str, language: Any) -> None:
    async with visit(barn.house) as site:
        browser = await site.browser(getattr(barn, who), language=language)
        for path in barn.paths:
            answer = await browser.get(path)
            assert answer.status in (200, 303, 403), (path, answer.status)
            assert dangers(answer.text) == [], path
            assert answer.status == 303 or faults(answer.text) == [], path


@pytest.mark.parametrize("name", ["pitches.atom", "artifacts.atom", "mine.atom"])
async def test_a_feed_has_no_elements_but_its_own(barn: Barn, name: str) -> None:
    async with visit(barn.house) as site:
        text = (await (await site.browser(barn.owner)).get(f"/feeds/{name}")).text
    tree = ElementTree.fromstring(text)  # noqa: S314 - a feed of our own node
    names = {one.tag.rpartition("}")[2] for one in tree.iter()}
    assert names <= {
        "feed",
        "id",
        "title",
        "updated",
        "link",
        "author",
        "name",
        "entry",
        "published",
        "summary",
        "category",
    }
    assert {one.get("href", "").split("/go/")[0] for one in tree.iter("{http://www.w3.org/2005/Atom}link")} <= {
        barn.house.url, *(one for one in re.findall(r'href="([^"]*)"', text) if one.startswith(barn.house.url))
    }  # fmt: skip


async def test_a_calendar_has_no_lines_but_its_own(barn: Barn) -> None:
    async with visit(barn.house) as site:
        browser = await site.browser(barn.owner)
        for path in barn.calendars:
            body = (await browser.get(path)).text
            found = icalendar.Calendar.from_ical(body).walk("VEVENT")
            assert found and "Not ours" not in {str(one["summary"]) for one in found}
            assert not re.search(r"^SUMMARY:Not ours", body, re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_what_search_engines_read_is_data(
    barn: Barn, language: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(barn.house, "public", True)
    async with visit(barn.house) as site:
        stranger = site.stranger(language=language)
        for path in barn.public:
            page = (await stranger.get(path)).text
            (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
            assert json.loads(block)["@context"] == "https://schema.org" and "<" not in block
            assert [one for one in dangers(page) if one != "a script"] == []


def test_a_letter_runs_and_fetches_nothing(barn: Barn) -> None:
    sent = letter(barn.house, barn.owner)
    assert dangers(sent.html) == ["<style>"]  # the one of the letter itself
    assert not {"\r", "\n"} & set(sent.subject)


async def test_no_cell_of_a_table_is_a_formula(barn: Barn) -> None:
    async with visit(barn.house) as site:
        body = (await (await site.browser(barn.owner)).get("/impact.csv")).text
    cells = [cell for row in csv.reader(io.StringIO(body)) for cell in row]
    assert cells and not [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]


async def test_a_word_turned_round_ends_with_its_element(barn: Barn) -> None:
    """Overrides are closed or inside an element that isolates: what follows is read as it stands."""
    async with visit(barn.house) as site:
        browser = await site.browser(barn.giver)
        page = await browser.get("/pitches")
        for text in re.findall(r">([^<]*\u202e[^<]*)<", page.text):
            assert text.count("\u202e") <= text.count("\u202c"), text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "media_type", ["image/svg+xml", "text/html", "application/xhtml+xml", "application/pdf", "x/y"]
)
async def test_a_file_runs_nothing_whatever_it_is_called(house: House, name: str, media_type: str) -> None:
    who = house.member("Analyst")
    async with visit(house) as site:
        program = await site.program(who)
        body = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
        sent = await program.post("/api/v1/blobs", data=body, headers={"Content-Type": media_type})
        if sent.status != 201:
            assert sent.status in (415, 422)
            return
        kept = sent.json()
        ref = {
            "hash": kept["hash"],
            "size": kept["size"],
            "media_type": media_type,
            "name": name,
            "alt": {"en": "x"},
        }
        record = {
            "type": "artifact.publish", "kind": "post", "title": {"en": "Files"}, "body": {"en": "One"},
            "licence": "CC-BY-4.0", "rights": "Crown", "blobs": [ref],
            "authors": [{"member": who.member, "name": "Analyst", "role": "author"}],
        }  # fmt: skip
        made = await program.post("/api/v1/records", json=record)
        if made.status == 422:
            assert "blobs" in made.text
            return
        browser = await site.browser(who)
        page = await browser.get(f"/library/{made.json()['id']}")
        assert page.status == 200 and dangers(page.text) == [] and faults(page.text) == []
        got = await browser.get(f"/blobs/{kept['hash']}?of={made.json()['id']}")
        assert got.status == 200 and got.headers["X-Content-Type-Options"] == "nosniff"
        rules, how = got.headers["Content-Security-Policy"], got.headers["Content-Disposition"]
        still = got.headers["Content-Type"] == "application/pdf" and "default-src 'none'" in rules
        assert still or "sandbox" in rules or how.startswith("attachment")
        assert (
            "\n" not in got.headers["Content-Disposition"]
            and "/etc" not in got.headers["Content-Disposition"]
        )
