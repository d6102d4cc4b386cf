"""Every page there is, in both languages and both colour schemes: axe-core, names, titles, narrow and zoomed.

A page not listed here fails the last test: what members can open is what is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from tests.browser import samples
from tests.browser.conftest import Line
from tests.kit.browser import SHADES, Reader
from tests.kit.html import Page
from tests.kit.nodes import DEADLINE
from tests.kit.organisations import until
from tests.kit.targets import small
from web.i18n import Language
from web.pages import static
from web.routes import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.processes]

Who = Literal["nobody", "owner", "giver", "newcomer", "operator"]
NARROW: Final = (360, 320)  # a small phone; 1280 pixels at a zoom of 400 %
WEIGHT: Final = 100_000  # bytes of a page with its stylesheet and scripts, without what is attached to it
NAMELESS: Final = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
  .filter((e) => !e.closest("[aria-hidden=true]") && e.getAttribute("aria-hidden") !== "true")
  .filter((e) => ![...(e.labels || [])].some((l) => l.textContent.trim()) && !e.getAttribute("aria-label")
    && !(e.tagName === "BUTTON" && e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 200))"""


class Spot(NamedTuple):
    """A page: its address with names of things in the story, who looks, the status it has."""

    path: str
    who: Who = "owner"
    status: int = 200


SPOTS: Final = (
    Spot("/sign-in", "nobody"),
    Spot("/join/{invitation}", "nobody"),
    Spot("/join/{signing_in}", "nobody"),
    Spot("/join/used-or-never-made", "nobody", 410),
    Spot("/go/{pitch}", "nobody"),
    Spot("/go/{elsewhere}", "owner", 404),
    Spot("/help", "nobody"),
    Spot("/help/members", "nobody"),
    Spot("/help/operators", "nobody"),
    Spot("/help/style", "nobody"),
    Spot("/about", "nobody"),
    Spot("/privacy", "nobody"),
    Spot("/accessibility", "nobody"),
    Spot("/api", "nobody"),
    Spot("/card", "newcomer"),
    Spot("/card", "owner"),
    Spot("/welcome", "giver"),
    Spot("/welcome", "operator"),
    Spot("/settings", "owner"),
    Spot("/settings/move", "owner"),
    Spot("/settings/retire", "owner"),
    Spot("/settings/guests", "owner"),
    Spot("/desk/guests", "operator"),
    Spot("/go/{pitch}/guest", "nobody"),
    Spot("/guest/{asked_for}", "nobody"),
    Spot("/settings/notifications", "owner"),
    Spot("/letters/{letter}", "nobody"),
    Spot("/notifications", "owner"),
    Spot("/notifications", "newcomer"),
    Spot("/", "newcomer"),
    Spot("/", "owner"),
    Spot("/", "operator"),
    Spot("/mine", "owner"),
    Spot("/mine", "giver"),
    Spot("/mine", "newcomer"),
    Spot("/mine/import"),
    Spot("/pitches"),
    Spot("/pitches?give=yes", "giver"),
    Spot("/pitches?mine=yes"),
    Spot("/pitches?q=nothingislikethis"),
    Spot("/pitches/new"),
    Spot("/pitches/{pitch}"),
    Spot("/pitches/{pitch}", "giver"),
    Spot("/pitches/{pitch}", "newcomer"),
    Spot("/pitches/{bare}"),
    Spot("/pitches/{elsewhere}", "owner", 404),
    Spot("/pitches/{pitch}/revise"),
    Spot("/pitches/{pitch}/share", "giver"),
    Spot("/pitches/{pitch}/poster"),
    Spot("/pitches/{pitch}/manager"),
    Spot("/pitches/{pitch}/facilitator"),
    Spot("/pitches/{pitch}/pledge?ask=review", "giver"),
    Spot("/pitches/{pitch}/pledge?ask=travel", "giver"),
    Spot("/pitches/{pitch}/pledge?ask=", "giver"),
    Spot("/pledges/{offered}"),
    Spot("/pledges/{offered}", "giver"),
    Spot("/pledges/{early}"),
    Spot("/pledges/{accepted}", "giver"),
    Spot("/pledges/{money}", "giver"),
    Spot("/pledges/{fulfilled}"),
    Spot("/library"),
    Spot("/library?q=nothingislikethis"),
    Spot("/library/new?pitch={pitch}"),
    Spot("/library/{artifact}", "giver"),
    Spot("/issues"),
    Spot("/issues?q=nothingislikethis"),
    Spot("/issues/new"),
    Spot("/circles/{circle}/issues/new"),
    Spot("/issues/{issue}"),
    Spot("/issues/{issue}", "giver"),
    Spot("/offers"),
    Spot("/offers?mine=yes", "owner"),
    Spot("/offers/new"),
    Spot("/offers/{standing}", "giver"),
    Spot("/offers/{standing}"),
    Spot("/pitches/{pitch}/pledge?offer={standing}", "giver"),
    Spot("/library/{artifact}/reuse", "giver"),
    Spot("/library/{artifact}/translate?to=fr", "giver"),
    Spot("/library/{french_artifact}"),
    Spot("/library/{french_artifact}/translate"),
    Spot("/library/{artifact}/revise"),
    Spot("/library/{artifact}/withdraw"),
    Spot("/pitches/{pitch}/note"),
    Spot("/mine/pathway"),
    Spot("/mine/pathway", "newcomer"),
    Spot("/polls"),
    Spot("/polls?q=nothingislikethis"),
    Spot("/polls/new?subject={pitch}"),
    Spot("/polls/new?kind=times", "giver"),
    Spot("/polls/{choosing}"),
    Spot("/polls/{choosing}", "newcomer"),
    Spot("/polls/{ranking}", "giver"),
    Spot("/polls/{dotting}", "giver"),
    Spot("/polls/{timing}", "giver"),
    Spot("/circles"),
    Spot("/circles?mine=yes"),
    Spot("/circles?q=nothingislikethis"),
    Spot("/circles/new"),
    Spot("/circles/{circle}"),
    Spot("/circles/{circle}", "giver"),
    Spot("/circles/{pitch}", "newcomer"),
    Spot("/circles/{circle}/revise"),
    Spot("/events"),
    Spot("/events?month={month}", "giver"),
    Spot("/events?past=yes"),
    Spot("/events?q=nothingislikethis"),
    Spot("/events/new?pitch={pitch}&fulfils=talk"),
    Spot("/events/{event}"),
    Spot("/events/{event}", "giver"),
    Spot("/events/{event}", "newcomer"),
    Spot("/events/{event}/revise"),
    Spot("/impact"),
    Spot("/people"),
    Spot("/people?offers=testing&node={node}", "giver"),
    Spot("/people/{owner}", "giver"),
    Spot("/organisations/{node}"),
    Spot("/network", "owner"),
    Spot("/network", "operator"),
    Spot("/search?q=form"),
    Spot("/search?q=nothingislikethis"),
    Spot("/desk", "operator"),
    Spot("/desk/care", "operator"),
    Spot("/desk/reports/{report}", "operator"),
    Spot("/desk/objects/{bare}", "operator"),
    Spot("/desk/objects/{hidden}", "operator"),
    Spot("/desk/policy", "operator"),
    Spot("/report/{pitch}", "giver"),
    Spot("/appeal/{hidden}"),
    Spot("/pitches/{hidden}"),
    Spot("/pitches/{hidden}", "giver", 403),
    Spot("/nowhere", "owner", 404),
    Spot("/desk", "owner", 403),
)
NO_PAGES: Final = re.compile(
    r"/(language|entries|blobs|live|healthz|metrics|static|api/)|.*[./](svg|ics|csv|atom|json)$"
)
FORMS: Final = (  # sent empty, they come back with what is wrong
    Spot("/sign-in", "nobody", 422),
    Spot("/pitches/new", "owner", 422),
    Spot("/pitches/{pitch}/pledge?ask=", "giver", 422),
    Spot("/library/new", "owner", 422),
    Spot("/polls/new", "owner", 422),
    Spot("/issues/new", "owner", 422),
    Spot("/offers/new", "owner", 422),
    Spot("/polls/{dotting}", "giver", 422),
    Spot("/join/{invitation}", "nobody", 422),
    Spot("/events/new", "owner", 422),
    Spot("/report/{pitch}", "giver", 422),
    Spot("/desk/reports/{report}", "operator", 422),
    Spot("/circles/new", "owner", 422),
)
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")


class Story(NamedTuple):
    """What is there to be looked at: ids by name, members by what they are."""

    ids: dict[str, str]
    people: dict[Who, str]


@pytest.fixture(scope="package")
def story(line: Line) -> Story:
    """One pitch with pledges in every state that has a form, an artifact, talk, thanks; and a pitch just begun."""
    home = line.a
    owner, giver = home.member("Policy analyst"), home.member("Facilitateur", lang="fr")
    operator = home.member("Operator", role="operator")
    giver.say(
        "member.revise",
        member=giver.member,
        offers=[{"kind": "testing", "topics": ["citizen-services"], "text": {"fr": "Deux soirs"}}],
    )
    pitch = owner.say("pitch.open", **samples.pitch("Service design lab, Halifax"))
    bare = owner.say(
        "pitch.open",
        title={"fr": "Glossaire commun"},
        why={"fr": "Nos mots diffèrent."},
        opportunity="course",
    )
    pledges = {name: giver.say("pledge.offer", **samples.offer(pitch)) for name in ("offered", "accepted")}
    pledges["fulfilled"] = giver.say("pledge.offer", **samples.offer(pitch))
    pledges["early"] = giver.say(
        "pledge.offer", **samples.offer(bare, ask=None, kind="translation", show="organisation")
    )
    money = {"ask": "travel", "kind": "money", "quantity": 20000, "unit": "CAD", "show": "anonymous"}
    pledges["money"] = giver.say("pledge.offer", **samples.offer(pitch, **money), audience="parties")
    for name in ("accepted", "fulfilled"):
        owner.say(
            "pledge.accept",
            pledge=pledges[name],
            quantity=1,
            **{"return": {"en": "The form"}, "return_due": samples.day(70)},
        )
    giver.say("pledge.fulfil", pledge=pledges["fulfilled"], evidence={"fr": "Par vidéo"})
    picture = owner.upload("before-after.png", samples.picture(), "image/png")
    notes = owner.upload("notes.txt", b"Three fields went.\n", "text/plain")
    artifact = owner.say(
        "artifact.publish",
        **samples.artifact(pitch, picture | {"alt": {"en": "The form before and after"}}, notes),
    )
    french = giver.say(
        "artifact.publish",
        kind="how-to",
        title={"fr": "Alléger un formulaire"},
        body={"fr": "Compter d’abord."},
        licence="CC0-1.0",
        evidence="research",
        review_by="2026-01-01",
    )
    giver.say(
        "reuse", artifact=artifact, where={"fr": "Accueil"}, what={"fr": "Deux champs"}, result="worked"
    )
    owner.say(
        "idp", skill={"en": "Usability"}, cycle=1, part="experience", text={"en": "A test"}, refers=[pitch]
    )
    for on in (pitch, artifact, pledges["offered"]):
        giver.say("comment", on=on, text={"fr": "Qui a essayé ?"})
    owner.say("pitch.update", pitch=pitch, text={"en": "Tickets are booked."})
    owner.say("thanks", pitch=pitch, text={"en": "Thank you all."})
    asked = {
        name: owner.say("poll.open", **samples.poll(kind, pitch))
        for name, kind in (
            ("choosing", "choose-one"),
            ("ranking", "rank"),
            ("dotting", "dots"),
            ("timing", "times"),
        )
    }
    giver.say("ballot", poll=asked["ranking"], choice={"o1": 2, "o2": 1})
    owner.say("ballot", poll=asked["timing"], choice={"o1": "yes", "o2": "maybe"})
    circle = owner.say("circle.found", **samples.circle())
    giver.say("circle.join", circle=circle)
    giver.say("issue.raise", circle=circle, title={"fr": "Personne ne teste avec un lecteur d’écran"})
    event = owner.say("event.schedule", **samples.event(pitch))
    giver.say("rsvp", event=event, answer="maybe")
    hidden = owner.say("pitch.open", **samples.pitch("Names of a colleague"))
    report = giver.say("report", on=hidden, reason="personal-information", text={"fr": "Il y a un nom."})
    issue = {"title": {"en": "One in three gives up", "fr": "Une personne sur trois abandonne"}}
    raised = [owner.say("issue.raise", circle=circle, **issue) for _ in range(2)]
    giver.say("issue.share", issue=raised[0])
    owner.say("issue.same", issue=raised[0], **{"as": raised[1]})
    standing = giver.say(
        "offer.stand", kind="testing", text={"fr": "Un soir par mois"}, quantity=2, unit="hour"
    )
    until(lambda: len(owner.get("/nodes")["items"]) >= 3, "three organisations are known")
    ids = {
        "asked_for": asked_for_a_place(home.url, pitch),
        **{"pitch": pitch, "bare": bare, "hidden": hidden, "report": report},
        **{"artifact": artifact, "french_artifact": french},
        **{"owner": owner.member, "node": home.node},
        **{"event": event, "circle": circle, "month": samples.day(64)[:7]},
        **{"issue": raised[0], "standing": standing},
        **pledges,
        **asked,
        "letter": "of-nobody",
        "invitation": home.invite().rsplit("/", 1)[1],
        "signing_in": home.sign_in_link(giver.member).rsplit("/", 1)[1],
        "elsewhere": f"{line.c.node}-0-999",
    }
    return Story(ids, {"owner": owner.member, "giver": giver.member, "operator": operator.member})


def asked_for_a_place(url: str, pitch: str) -> str:
    """Somebody without an account asks the pitcher; what the address of her page ends with."""
    said = urlencode({"name": "Planner", "organisation": "City of Fort St. John"}).encode()
    request = Request(f"{url}/go/{pitch}/guest", said, {"Origin": url})  # noqa: S310 - our own http address
    with urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310
        return str(answer.url).rsplit("/", 1)[1]


class Rooms:
    """Readers kept through the package, one for each person and language: signing in once is enough."""

    def __init__(self, browser: Browser, line: Line, story: Story) -> None:
        self.browser, self.line, self.story = browser, line, story
        self.html: dict[tuple[Spot, Language], str] = {}
        self._readers: dict[tuple[Who, Language], Reader] = {}

    def reader(self, who: Who, language: Language) -> Reader:
        found = self._readers.get((who, language))
        if found is None:
            found = self._readers[who, language] = Reader(self.browser, self.line.a.url, language=language)
            self._enter(found, who)
        return found

    def _enter(self, reader: Reader, who: Who) -> None:
        if who == "newcomer":
            reader.go(self.line.a.invite())
            name = f"Nouvelle {reader.language}"
            reader.fill({"name": name, "interface": reader.language, "password": "four brown words here"})
            reader.press("Make my account")
        elif who != "nobody":
            reader.go(self.line.a.sign_in_link(self.story.people[who])).press("Sign in")
        reader.go(f"/language/{reader.language}")

    def close(self) -> None:
        for reader in self._readers.values():
            reader.context.close()


@pytest.fixture(scope="package")
def rooms(browser: Browser, line: Line, story: Story) -> Iterator[Rooms]:
    rooms = Rooms(browser, line, story)
    desk = rooms.reader("operator", "en").go(f"/desk/objects/{story.ids['hidden']}")
    desk.fill({"reason": "personal-information", "words": "Line two names a person."}).press("Hide it here")
    yield rooms
    rooms.close()


@pytest.fixture(scope="package")
def titles() -> dict[tuple[Language, str], str]:
    """Titles seen so far, and the page each was seen on."""
    return {}


def look(reader: Reader) -> list[str]:
    """Everything that is wrong with the page a reader has open."""
    page = reader.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    wrong = [f"light: {one}" for one in reader.axe()]
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {one}" for one in reader.axe(*SHADES)]
    page.emulate_media(color_scheme="light")
    for width in NARROW:
        wrong += [f"wider than {width} px: {one}" for one in reader.overflow(width)]
    wrong += [f"a target too small: {one}" for one in small(page)]
    page.set_viewport_size({"width": 1280, "height": 900})
    wrong += [f"a control without a name: {one}" for one in page.evaluate(NAMELESS)]
    if page.locator("html").get_attribute("lang") != reader.language:
        wrong.append("lang of the page is not the reader's")
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} first headings")
    wrong += reader.faults
    reader.faults.clear()
    return wrong


def visit(rooms: Rooms, spot: Spot, language: Language) -> Reader:
    """The page, with the status it must have."""
    reader = rooms.reader(spot.who, language)
    path = spot.path.format(**rooms.story.ids)
    answer = reader.page.goto(reader.home + path)
    assert answer is not None
    assert answer.status == (200 if spot.status == 422 else spot.status), path
    rooms.html[spot, language] = answer.text()
    return reader


def send_empty(rooms: Rooms, spot: Spot, language: Language) -> Reader:
    """The page of a form that was sent as it stands there, with what is wrong."""
    reader = visit(rooms, spot, language)
    with reader.page.expect_navigation() as sent:
        reader.page.locator("main form[method=post] button.button:not(.quiet):not(.hidden)").last.click()
    assert sent.value.status == 422
    rooms.html[spot, language] = sent.value.text()
    return reader


def burden(html: str) -> list[str]:
    """What is wrong with what a page makes a browser fetch before it can be read and used, pictures apart."""
    page, files = Page(html), static.load()
    asked = {link.get("href") for link in page.all("link")} | {code.get("src") for code in page.all("script")}
    names = {address.partition("?")[0].removeprefix("/static/") for address in asked}
    weight = len(html.encode()) + sum(len(files[name][0]) for name in names if name in files)
    wrong = [f"weighs {weight} bytes"] if weight > WEIGHT else []
    sheets = [link for link in page.all("link") if link.get("rel") == "stylesheet"]
    waits = [code for code in page.all("script") if not {"type", "async", "defer"} & code.attributes.keys()]
    if len(sheets) != 1 or waits or page.all("style"):
        wrong.append("more than one stylesheet stands before the first paint")
    return wrong


def pattern_of(path: str) -> str:
    """An address without its query, whatever things it names."""
    return re.sub(r"\{\w+\}", "{}", path.partition("?")[0])


def _name(spot: object) -> str | None:
    return f"{spot.path}-{spot.who}" if isinstance(spot, Spot) else None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spot", SPOTS, ids=_name)
def test_a_page(
    rooms: Rooms, spot: Spot, language: Language, titles: dict[tuple[Language, str], str]
) -> None:
    reader = visit(rooms, spot, language)
    wrong = look(reader) + burden(rooms.html[spot, language])
    pattern, title = pattern_of(spot.path), reader.page.title()
    if spot.status == 200 and titles.setdefault((language, title), pattern) != pattern:
        wrong.append(f"“{title}” is also the title of {titles[language, title]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spot", FORMS, ids=_name)
def test_a_form_sent_empty(rooms: Rooms, spot: Spot, language: Language) -> None:
    reader = send_empty(rooms, spot, language)
    summary = reader.page.locator("#errors")
    assert reader.page.title().startswith(reader.say("Error:"))
    assert summary.evaluate("box => box === document.activeElement")
    for link in summary.locator("a").all():
        target = link.get_attribute("href") or ""
        assert reader.page.locator(target).count() == 1, f"{target} leads nowhere"
    wrong = look(reader)
    assert not wrong, "\n".join(wrong)


def test_what_is_wrong_is_found(rooms: Rooms) -> None:
    reader = visit(rooms, Spot("/help", "nobody"), "en")
    reader.page.evaluate(
        """() => {
          document.documentElement.lang = "fr";
          const wide = '<p style="width: 90rem; color: #777; background: #888">too pale, too wide</p>';
          document.querySelector("main").innerHTML += `<h1>two</h1><input name=bare>${wide}<img src="/static/barn.svg">`;
          document.querySelector("main p:last-of-type").style.cssText = "width: 90rem; color: #777; background: #888";
          console.error("a word");
        }"""
    )
    found = "\n".join(look(reader))
    for word in (
        "color-contrast",
        "dark:",
        "image-alt",
        "wider than 320",
        "without a name",
        "lang",
        "2 first",
        "a word",
    ):
        assert word in found, word


def test_no_page_is_left_out() -> None:
    listed = {pattern_of(spot.path) for spot in SPOTS}
    pages = [route.path for route in ROUTES if route.method == "GET"]
    there = {pattern_of(path) for path in pages if not NO_PAGES.match(path)}
    assert there <= listed, sorted(there - listed)
