"""Impact: figures as pictures, tables and files; few are not told; filters that make no sense narrow nothing."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import Any

import pytest

from store.views import impact, impact_rows
from store.views.shapes import Breakdown, Flows, Impact, ImpactFilters
from tests.kit.html import Page, faults
from tests.kit.web import House, Member, visit
from web.i18n import LANGUAGE_COOKIE
from web.kept import KeptFigures

PITCH = {
    "type": "pitch.open",
    "title": {"en": "Read together", "fr": "Lire ensemble"},
    "why": {"en": "Nobody reads alone."},
    "opportunity": "reading-group",
    "asks": [{"key": "room", "kind": "venue", "text": {"en": "A room"}, "quantity": 1, "unit": "day"}],
}


@pytest.fixture
def owner(house: House) -> Member:
    return house.member("Policy analyst")


@pytest.fixture
def asked(house: House, owner: Member) -> str:
    """One ask in all: too few to tell."""
    return str(house.publish_now(owner, PITCH).id)


def _whole(*groups: tuple[str, int | None]) -> Breakdown:
    total = sum(value or 0 for _, value in groups)
    return {
        "total": {"value": total, "suppressed": False},
        "groups": [
            {
                "group": name,
                "value": value,
                "suppressed": value is None,
                "share": None if value is None or not total else 100 * value // total,
            }
            for name, value in groups
        ],
    }


def _moves(*moves: tuple[str, str, int | None]) -> Flows:
    items: Any = [
        {"from": source, "to": target, "value": value, "suppressed": value is None, "share": None}
        for source, target, value in moves
    ]
    return {"total": {"value": 40, "suppressed": False}, "items": items}


MANY: Impact = {
    "min_group": 5,
    "asks": _whole(("met", 68), ("open", 23)),
    "returns": _whole(
        ("met", 31), ("partly", 6), ("not", None), ("no-answer", 7), ("overdue", None), ("open", 9)
    ),
    "first_artifact": {"value": 4.5, "suppressed": False},
    "outcomes": _whole(("applied-attested", 21), ("applied-self-reported", 9), ("lapsed", None)),
    "reuse": _whole(("worked", 18), ("partly", 7), ("<b>odd</b>", 6)),
    "reuse_where": _whole(("within", 12), ("across", 19), ("unknown", 0)),
    "pledge_flows": _moves(("CA-BC", "CA-NS", 14), ("CA-NS", "CA-BC", 8), ("CA-QC", "CA-NS", None)),
    "reuse_flows": _moves(("CA-BC", "CA-ON", 11), ("X<Y", "CA-BC", 6)),
    "gap": [
        {
            "kind": "translation",
            "asked": {"value": 12, "suppressed": False},
            "offered": {"value": None, "suppressed": True},
        }
    ],
}


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_picture_has_its_words_its_table_and_its_file(
    house: House, owner: Member, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impact, "figures", lambda *_, **__: MANY)
    async with visit(house) as site:
        browser = await site.browser(owner)
        browser.session.cookie_jar.update_cookies({LANGUAGE_COOKIE: language}, site.server.make_url("/"))
        answer = await browser.get("/impact")
        assert answer.status == 200 and faults(answer.text) == []
        assert answer.text.count("<figure") == 0 and answer.text.count('role="img"') == 7
        assert (
            answer.text.count("<desc") == answer.text.count('role="img"') == answer.text.count("<table") - 1
        )
        assert "<b>odd" not in answer.text and "X<Y" not in answer.text
        links = [link for link in Page(answer.text).links if link.startswith("/impact.csv")]
        assert len(links) == 9
        for link in links:
            file = await browser.get(link)
            assert file.status == 200 and file.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert len(file.text.splitlines()) > 1
        gap = (await browser.get("/impact.csv?table=gap")).text.splitlines()
        assert gap[1:] == ["gap_asked,translation,,,12,no,", "gap_offered,translation,,,,yes,"]
        assert (await browser.get("/impact.csv?table=people")).status == 404


async def test_few_are_not_told_and_nothing_is_said_to_be_nothing(
    house: House, owner: Member, asked: str
) -> None:
    async with visit(house) as site:
        browser = await site.browser(owner)
        page = (await browser.get("/impact")).text
        assert "Too few to tell." in page and "Nothing to count yet." in page
        assert page.count("Nothing has gone from one jurisdiction to another yet.") == 2
        none = (await browser.get("/impact?from=2031-01&to=2031-02&jurisdiction=CA-BC")).text
        assert "Too few to tell." not in none and "Clear the filters" in none
        odd = await browser.get("/impact?from=2026-13&to=soon&jurisdiction=nowhere&topic=%3Cb%3E")
        assert odd.status == 200 and "Clear the filters" not in odd.text


async def test_what_is_slow_to_count_is_kept_and_counted_anew_behind(
    house: House, owner: Member, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, filters, others = [], ImpactFilters(), ImpactFilters(topic="data")

    def slow(*_: object, **__: object) -> Impact:
        told.append(MANY)
        return {**MANY, "min_group": 5 + len(told)}

    monkeypatch.setattr(impact, "figures", slow)
    async with visit(house):
        kept = KeptFigures(house)
        assert (await kept.get(filters)).figures["min_group"] < (await kept.get(filters)).figures["min_group"]
        assert len(kept) == 0  # quickly counted, never kept
        monkeypatch.setattr("web.kept.QUICK", 0.0)
        first = (await kept.get(filters)).figures
        monkeypatch.setattr("web.kept.TIMES", 1e9)
        assert (await kept.get(filters)).figures == first != (await kept.get(others)).figures
        monkeypatch.setattr("web.kept.TIMES", 0.0)
        assert (await kept.get(filters)).figures == first  # the old once more, the new is on its way
        await kept.begin(filters)
        monkeypatch.setattr("web.kept.TIMES", 1e9)
        second = (await kept.get(filters)).figures
        assert second["min_group"] > first["min_group"]
        monkeypatch.setattr("web.kept.LONGEST", 0.0)
        assert (await kept.get(filters)).figures != second
        monkeypatch.setattr("web.kept.MOST", 1)
        await kept.get(others)
        assert len(kept) == 1


async def test_who_leaves_does_not_take_the_count_from_others(house: House, owner: Member) -> None:
    async with visit(house):
        kept = KeptFigures(house)
        counting = kept.begin(ImpactFilters())
        leaving = asyncio.ensure_future(kept.get(ImpactFilters()))
        await asyncio.sleep(0)
        leaving.cancel()
        assert kept.begin(ImpactFilters()) is counting
        assert (await counting).figures["min_group"] == 5


async def test_figures_that_are_kept_say_when_they_were_counted(
    house: House, owner: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.kept.QUICK", 0.0)
    monkeypatch.setattr("web.kept.TIMES", 1e9)
    async with visit(house) as site:
        browser = await site.browser(owner)
        assert "Counted <time" not in (await browser.get("/impact")).text
        house.later(120_000)
        assert "Counted <time" in (await browser.get("/impact")).text


# ── B2: all pairs of answers ─────────────────────────────────────────────────────────────────────────────────

MONTHS = ("2026-10", "2026-11", "2026-12")
PLACES = ("CA-BC", "CA-NS", "CA")


def _open(house: House, owner: Member, month: str, number: int, place: str) -> None:
    house.now = impact_rows.month(month, 0) + number * 3_600_000
    house.publish_now(
        owner, PITCH | {"where": {"jurisdiction": place}, "topics": ["data"] if number % 2 else ["digital"]}
    )


@pytest.fixture
def compared(house: House) -> House:
    """Months with many pitches and months with few, of many people and of few, in two provinces."""
    people = [house.member(f"Member {number}") for number in range(8)]
    for number, (month, owners, place) in enumerate(
        [
            *((MONTHS[0], people[n], PLACES[n % 2]) for n in (0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 4)),
            *((MONTHS[1], people[n], PLACES[0]) for n in (0, 1, 2)),
            *((MONTHS[2], people[n], PLACES[1]) for n in (1, 3, 3, 3, 3, 3)),
        ]
    ):
        _open(house, owners, month, number, place)
    house.now = impact_rows.month("2027-02", 0)
    return house


Cells = dict[tuple[str, ...], int]


def _cells(table: str) -> tuple[Cells, set[tuple[str, ...]]]:
    """(what is told, what is suppressed) of an answer as a file, by figure and group."""
    rows = [line.split(",") for line in table.splitlines()[2:]]
    told = {tuple(row[:4]): int(float(row[4])) for row in rows if row[4] and row[0] != "first_artifact"}
    return told, {tuple(row[:4]) for row in rows if row[5] == "yes"}


async def test_b2_all_pairs_of_answers_are_taken_from_each_other(compared: House) -> None:
    """B2: suppressed figures come back by subtraction.

    Every period, place and topic is asked for; each answer is taken from each other one, and each group from its
    total. What a suppressed cell truly holds is asked of a policy that suppresses and rounds next to nothing.
    """
    house = compared
    months = [(first, last) for first in MONTHS for last in MONTHS if first <= last]
    queries = [
        f"from={first}&to={last}"
        + (f"&jurisdiction={place}" if place else "")
        + (f"&topic={topic}" if topic else "")
        for first, last in months
        for place in ("", *PLACES)
        for topic in ("", "data")
    ]
    async with visit(house) as site:
        browser = await site.browser(await asyncio.to_thread(house.member, "Reader", card=False))
        answers = {query: _cells((await browser.get(f"/impact.csv?{query}")).text) for query in queries}
        days = {query: re.sub(r"(\d{4}-\d\d)", r"\1-01", query) for query in queries[:4]}
        programs = {
            query: (await browser.get(f"/api/v1/impact?format=csv&{asked}")).text
            for query, asked in days.items()
        }
        assert all(_cells(text) == answers[query] for query, text in programs.items())
    true = {query: _true(house, query) for query in queries}
    hidden = {
        (cell, true[query][cell]) for query in queries for cell in answers[query][1] if true[query].get(cell)
    }
    small = {(cell, value) for cell, value in hidden if value < 5}
    assert small, "there is something to protect"
    for one in queries:
        for other in queries:
            for cell, value in answers[one][0].items():
                difference = value - answers[other][0].get(cell, value)
                assert (cell, difference) not in small, (one, other)
        told = answers[one][0]
        for figure in ("asks", "outcomes"):
            whole = told.get((figure, "", "", ""))
            parts = sum(value for cell, value in told.items() if cell[0] == figure and cell[1])
            assert whole is None or not 0 < abs(whole - parts) < 5, (one, figure)


def _true(house: House, query: str) -> Cells:
    """What is in each cell, by the rows themselves."""
    asked = dict(part.split("=") for part in query.split("&"))
    filters = ImpactFilters(asked.get("jurisdiction"), asked.get("topic"), asked["from"], asked["to"])
    found: Cells = {}
    for figure, counted in house.read_now(impact_rows.counts, filters, house.now).items():
        found[figure, "", "", ""] = counted.total.things
        found |= {(figure, group, "", ""): count.things for group, count in counted.groups.items()}
    return found


async def test_b2_watching_one_answer_tells_no_single_event(
    compared: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: the same answer from one day to the next moves by whole steps or not at all."""
    monkeypatch.setattr(
        "web.kept.QUICK", 3600.0
    )  # each answer is counted for itself, however slow the machine
    house = compared
    newcomers = await asyncio.to_thread(lambda: [house.member(f"Newcomer {number}") for number in range(11)])
    async with visit(house) as site:
        browser = await site.browser(newcomers[0])
        seen = []
        for newcomer in newcomers:
            told, _ = _cells((await browser.get("/impact.csv")).text)
            seen.append(told["asks", "", "", ""])
            await house.publish(newcomer.author, PITCH)
        moves = {abs(after - before) for before, after in pairwise(seen)}
        assert all(move == 0 or move >= 5 for move in moves) and seen[-1] > seen[0]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "rounded to a multiple of 5"), ("fr", "arrondis à un multiple de 5")]
)
async def test_b2_the_page_says_that_numbers_are_rounded(
    house: House, owner: Member, language: Any, words: str
) -> None:
    """B2: it is shown on the page in words."""
    async with visit(house) as site:
        page = (await (await site.browser(owner, language=language)).get("/impact")).text
        assert words in Page(page).text.replace("\u00a0", " ")
