"""On a French page stands no English but members' own words, and these carry their notice (WEB "Languages").

Every page is rendered with a catalogue that marks what it says; what is left unmarked is a name, a text somebody wrote,
something Babel said, or a fault. Every address of a page is visited: one not listed here fails the last test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from importlib.resources import files
from typing import Final

import icalendar
import pytest
from markupsafe import escape

from store import notices
from tests.kit.html import Element, Page
from tests.kit.unspoken import Marked, crowded, known, unspoken
from tests.kit.web import DAY, Answer, Browser, Site, visit
from tests.web.wordy_world import Told, come_back, go_ahead
from tests.web.world import HOSTILE, PATHS
from web.digest import Addressee, Sender, compose
from web.i18n import catalogues, primary
from web.markdown import plain_words
from web.pages.guides import guide
from web.render import Renderer
from web.routes import ROUTES

LOOKS: Final = {
    "owner": """
        /queued/{queued} /card /welcome /settings /settings/password/changed /settings/move /settings/retire /settings/guests
        /mine/import /go/{elsewhere}
        /pitches/{pitch}/share /pitches/{pitch}/poster /pitches/{pitch}/manager /pitches/{pitch}/facilitator
        /pitches/{lapsing} /pitches/{hidden} /appeal/{hidden} /report/{french} /issues/{issue} /issues/{circle_issue}
        /polls/{choose-one} /polls/{choose-many} /polls/{rank} /polls/{score} /polls/{dots} /polls/{times}
        /polls/new?subject={pitch} /circles/{circle}/issues/new /circles/{half_circle} /offers/{standing} /library/{half}
        /organisations/{home} /events?month=2027-04""",
    "other": """
        /mine /people/{owner} /pitches/{pitch} /pitches/{hidden} /pitches/{pitch}/share /pitches/{pitch}/facilitator
        /pitches/{pitch}/pledge?ask=intro /pitches/{pitch}/pledge?ask=travel /pitches/{pitch}/pledge?offer={standing}
        /circles/{pitch} /circles/{circle} /events/{event} /issues/{issue} /library/{artifact} /offers/{standing}
        /pledges/{given} /nowhere /desk""",
    "newcomer": """
        / /mine /mine/pathway /card /notifications /pitches?give=yes /pitches/{pitch} /circles/{circle} /events/{event}
        /polls/{choose-one}""",
    "operator": """
        / /network /welcome /desk /desk/care /desk/policy /desk/guests /desk/files /desk/reports/{report} /desk/objects/{hidden}
        /desk/objects/{artifact}""",
    "nobody": """
        /sign-in /join/{invitation} /join/used /go/{pitch} /go/{pitch}/guest /guest/{asked} /letters/none /api /about
        /help /help/style /help/members /help/operators /pitches /pitches/{pitch} /library /library/{half} /events
        /events/{event}""",
}
"""Who looks at what, besides the owner at PATHS; names in braces are of the world."""
LOOKS_LATER: Final = {
    "owner": """
        / /mine /pitches /pitches/{pitch} /pitches/{lapsing} /pledges/{money} /pledges/{public} /polls
        /polls/{choose-one} /polls/{rank} /polls/{dots} /polls/{times} /events?past=yes /events/{event}
        /circles/{pitch} /impact /library/{artifact} /notifications /offers/{standing}""",
    "other": "/ /pitches/{pitch} /circles/{circle} /polls/{score} /library/{artifact}",
    "operator": "/ /desk/care /network",
}
"""What looks otherwise after a month, and when the learning is long over."""
PAGES: Final = (
    *(("owner", path) for path in PATHS),
    *((who, path) for who, paths in LOOKS.items() for path in paths.split()),
)
LATER: Final = tuple((who, path) for who, paths in LOOKS_LATER.items() for path in paths.split())
IDS: Final = re.compile(r"[a-z2-7]{32}[\w-]*|[0-9a-f]{16,}")
NO_PAGES: Final = re.compile(
    r"/(language|entries|blobs|live|healthz|metrics|static|api/)|.*[./](svg|ics|csv|atom|json)$"
)
OURS: Final = {
    "Barnraise",
    "Atom",
    "JSON Feed",
    "iCalendar",
    "OpenAPI",
    "CAD",
    "image/png",
    "avant-après.png",
}
"""Names of ours, and of what is called the same in both languages."""
STRANGE: Final = {HOSTILE, HOSTILE[:60], HOSTILE.split(" src")[0], "<b>odd</b>", "<u>k</u>", "<hr>", "<i>"}
SHOWN: Final = {"a test", "Newcomer, Kelowna", "Âge, Œuvre 1 250", "Second line.", "Names a person."}
ASKING: Final = {"name": "Planner", "organisation": "Fort St. John", "words": "Hello."}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The world with a thing of every kind; the tests of this file go on in it, one after the other."""
    world = Told.with_everything(tmp_path_factory.mktemp("french"))
    world.home.public = True
    yield world
    world.close()


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """French that shows where it comes from."""
    return Renderer({"en": catalogues()["en"], "fr": Marked()})


@pytest.fixture
async def site(world: Told, renderer: Renderer) -> AsyncIterator[Site]:
    async with visit(world.home, renderer) as site:
        yield site


class Walk:
    """Readers of a site by name, each with one browser, in French; ``seen`` is every page by who saw it where.

    ``left`` is what the pages seen since it was asked last say in no catalogue.
    """

    def __init__(self, world: Told, site: Site) -> None:
        self.world, self.site = world, site
        self.seen: dict[tuple[str, str], str] = {}
        self._fresh: dict[tuple[str, str], str] = {}
        self._browsers: dict[str, Browser] = {}

    async def browser(self, who: str) -> Browser:
        if who not in self._browsers:
            member = None if who == "nobody" else getattr(self.world, who)
            self._browsers[who] = await self.site.browser(member, language="fr")
        return self._browsers[who]

    async def look(self, pages: Iterable[tuple[str, str]]) -> None:
        """Visit pages; a page nobody may see is a page too."""
        for who, pattern in pages:
            answer = await (await self.browser(who)).get(self.world.path(pattern))
            assert answer.status in (200, 403, 404, 410), (who, pattern, answer.status, answer.location)
            self._saw(who, pattern, answer.text)

    async def feeds(self) -> None:
        """What feeds say, as if it were pages."""
        for path in ("pitches.atom", "artifacts.atom", "pitches.json", "artifacts.json", "events.ics"):
            answer = await (await self.browser("nobody")).get(f"/feeds/{path}")
            said = list(_said_in(path, answer))
            assert answer.status == 200 and len(said) > 3, path
            self._saw("nobody", f"/feeds/{path}", "".join(f"<p>{escape(text)}</p>" for text in said))

    async def spoil(self) -> None:
        """Send every form of every page seen, empty and with nonsense, once for each place it goes to."""
        forms = {}
        for (who, _pattern), html in self.seen.items():
            page = Page(html)
            for form in page.all("form", method="post"):
                forms.setdefault(IDS.sub("*", form.get("action")), (who, form.get("action"), page))
        del forms["/sign-out"]
        for where, (who, action, page) in forms.items():
            for typed in ("", "?!"):
                sent = {name: typed or value for name, value in page.form(action).items()}
                answer = await (await self.browser(who)).post(action, sent if typed else {})
                if answer.status >= 400:
                    self._saw(who, f"POST {where} {typed}", answer.text)

    def _saw(self, who: str, where: str, html: str) -> None:
        self.seen[who, where] = self._fresh[who, where] = html

    def later(self, days: int) -> None:
        """Days pass; everybody signs in anew."""
        for house in (self.world.home, self.world.away):
            house.later(days * DAY)
        self._browsers.clear()

    def left(self) -> dict[tuple[str, str], list[str]]:
        may_stand, pages = known(words(self.world)), dict(self._fresh)
        self._fresh.clear()
        found = {page: unspoken(without_guides(html), may_stand) for page, html in pages.items()}
        for page, html in pages.items():
            if not page[1].startswith("/feeds/"):  # a feed names no language of a member's words
                found[page] += crowded(without_guides(html))
        return {page: left for page, left in found.items() if left}


def words(world: Told) -> set[str]:
    """What may stand on any page: written into the world, names of organisations, of the sample page, ours."""
    houses = (world.home, world.away)
    names = {name for house in houses for name in house.name.values()}
    cut = {
        word for house in houses for word in house.name["fr"].split()
    }  # in a picture a name stands on two lines
    sample = (files("web") / "templates/help/style.html").read_text("utf-8")
    samples = {
        line
        for text in re.findall(r'"fr": "(.*?)"', sample)
        for line in re.split(r"\\n|`code`", text)
        if line
    }
    return (
        world.words
        | names
        | cut
        | samples
        | {plain_words(line) for line in samples}
        | OURS
        | STRANGE
        | SHOWN
        | {*ASKING.values()}
    )


def without_guides(html: str) -> str:
    """A page without what stands in the French guides, which are no catalogue and are read as a whole."""
    for part in (*guide("member", "fr"), *guide("operator", "fr")):
        html = html.replace(str(part.text), "") if part.text else html.replace(str(escape(part.alt)), "")
    return html


async def test_no_page_says_anything_of_its_own_but_in_french(world: Told, site: Site) -> None:
    walk = Walk(world, site)
    await _report(walk)
    await walk.look(PAGES)
    await walk.feeds()
    assert walk.left() == {}
    walk.later(25)
    await walk.look(LATER)
    await asyncio.to_thread(go_ahead, world)
    walk.later(100)
    await asyncio.to_thread(come_back, world)
    await walk.look(LATER)
    assert walk.left() == {}
    assert {page: texts for page, html in walk.seen.items() if (texts := without_notice(html))} == {}
    await walk.spoil()
    assert sum("POST" in pattern for _, pattern in walk.seen) > 100
    assert walk.left() == {}


async def _report(walk: Walk) -> None:
    """A report, something hidden, a link and somebody who asks for a place."""
    ids = walk.world.ids
    other, desk = await walk.browser("other"), await walk.browser("operator")
    said = {"reason": "personal-information", "text": "Second line.", "text_in": "en"}
    assert (await other.post(f"/report/{ids['french']}", said)).status == 303
    care = Page((await desk.get("/desk/care")).text)
    ids["report"] = next(link for link in care.links if link.startswith("/desk/reports/")).rsplit("/", 1)[1]
    hide = {"reason": "personal-information", "words": "Names a person."}
    assert (await desk.post(f"/desk/objects/{ids['hidden']}/hide", hide)).status == 303
    asked = await (await walk.browser("nobody")).post(f"/go/{ids['pitch']}/guest", ASKING)
    ids["asked"] = asked.location.rsplit("/", 1)[1]
    ids["invitation"] = (await asyncio.to_thread(walk.world.home.link, "welcome")).rsplit("/", 1)[1]


def _said_in(path: str, answer: Answer) -> Iterator[str]:
    """Titles, names and descriptions of a feed."""
    if path.endswith("atom"):
        page = Page(answer.text)
        yield from (one.text for one in page.elements if one.tag in ("title", "subtitle", "name", "summary"))
    elif path.endswith("json"):
        feed = answer.json()
        yield from (feed["title"], *(item["title"] for item in feed["items"]))
    else:
        names = ("SUMMARY", "DESCRIPTION", "LOCATION", "X-WR-CALNAME")
        parts = icalendar.Calendar.from_ical(answer.body).walk()
        yield from (str(part[name]) for part in parts for name in names if name in part)


def test_a_letter_says_nothing_of_its_own_but_in_french(world: Told, renderer: Renderer) -> None:
    page = world.home.read_now(notices.listing, world.home.viewer(world.owner), limit=50)
    sender = Sender(world.home.name, world.home.jurisdiction, world.home.url)
    to = Addressee(world.owner.name, "fr", "key")
    letter = compose(renderer, sender, to, page.items, most=20, now=world.home.now)
    may_stand = known(words(world))
    assert len(page.items) > 5
    for html in (letter.html, f"<p>{escape(letter.text)}</p>", f"<p>{escape(letter.subject)}</p>"):
        assert unspoken(html, may_stand) == []


def without_notice(html: str) -> list[str]:
    """Sentences of members' words in another language that no notice goes with: beside them, or at the head of the page."""
    page = Page(html)
    notices = [
        (element.text, box(element)) for element in page.elements if re.search("[Ww]ritten in", element.text)
    ]
    found = []
    for prose in page.elements:
        tag = prose.get("lang")
        if primary(tag or "fr") == "fr" or prose.tag not in ("div", "span") or len(prose.text.split()) < 4:
            continue
        if any(
            outer.tag in ("a", "summary") for outer in prose.path
        ):  # a name: it leads to a page that says so
            continue
        said = [where for text, where in notices if f"ritten in {LANGUAGE[primary(tag)]}" in text]
        if not any(where is None or any(where is outer for outer in prose.path) for where in said):
            found.append(prose.text)
    return found


def box(element: Element) -> Element | None:
    """The item of a list or the quotation something stands in, if any."""
    return next((outer for outer in reversed(element.path) if outer.tag in ("li", "blockquote")), None)


LANGUAGE = {"en": "anglais"}


def test_every_page_was_looked_at() -> None:
    """What a reader can open stands in the list above."""
    looked = {pattern.partition("?")[0] for _, pattern in PAGES}
    pages = [route.path for route in ROUTES if route.method == "GET" and not NO_PAGES.match(route.path)]
    assert [path for path in pages if not any(_leads(path, pattern) for pattern in looked)] == []


def _leads(path: str, pattern: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), pattern))


FAULTY: Final = [
    ("<p>Some words</p>", ["Some words"]),
    ("<p>⟦Needed by⟧ 1 mars 2027 or never</p>", ["1 2027 or never"]),
    ("<p>⟦Held by <strong>Lethbridge</strong> and⟧ more</p>", ["more"]),
    ('<p title="Look here">⟦x⟧</p>', ["Look here"]),
    ('<p aria-label="⟦x⟧ 3 of 4">⟦x⟧</p>', ["3 of 4"]),
    ('<p data-said="Not sent yet">⟦x⟧</p>', ["Not sent yet"]),
    ('<p><input type="submit" value="Send"></p>', ["Send"]),
    ('<p lang="en">Hello there</p><p>⟦x⟧ <code>exit code</code> 12,50 $</p>', []),
    ('<p data-topics="pitches library">Lethbridge</p>', []),
]


@pytest.mark.parametrize(("html", "left"), FAULTY)
def test_what_no_catalogue_says_is_found(html: str, left: list[str]) -> None:
    page = f'<html lang="fr"><title>⟦x⟧</title><main>{html}</main></html>'
    assert unspoken(page, known(["Lethbridge"])) == left


def test_signs_against_words_are_found() -> None:
    page = "<p>⟦Role: x⟧: 12\u00a0h</p><p>⟦Role⟧\u00a0: 12 h 30</p><p>12:30, 2026: oui</p><p lang='en'>Yes: no</p>"
    assert crowded(page) == ["⟦Role: x⟧: 12\u00a0h", "12:30, 2026: oui"]
