"""What a member takes along, and what she brings in: whole, hers, and nothing of others."""

from __future__ import annotations

import asyncio
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from store import drafts, export
from store.drafts import Draft
from store.importing import kinds_at
from store.table_files import BYTES_MOST, ROWS_MOST, rows_of
from tests.kit.web import House, Member, visit
from tests.web.test_api import SECRET_TEXT, SMALL, World, world

__all__ = ["world"]
DOCS = Path(__file__).parents[2] / "docs/spec/api.md"
IMPORT = "/api/v1/drafts/import"
CSV = {"Content-Type": "text/csv"}
JSONL = {"Content-Type": "application/x-ndjson"}


def told(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["kind"] == "export" and lines[-1] == {"kind": "end"}
    return lines


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_export_holds_what_its_member_may_see_and_nothing_else(world: World) -> None:
    def keep(tx: Any) -> None:
        drafts.save(tx, world.giver.account, "pitch.open", {"title.en": ["Half an idea"]})
        drafts.save(tx, world.elsewhere.account, "pitch.open", {"title.en": ["Not hers"]})

    await asyncio.to_thread(world.away.write_now, keep)
    async with visit(world.away) as site:
        mine = await (await site.program(world.giver)).get("/api/v1/export")
        others = await (await site.program(world.elsewhere)).get("/api/v1/export")
    assert mine.status == 200 and mine.headers["Content-Type"].startswith("application/x-ndjson")
    lines = told(mine.text)
    kinds = {line["kind"] for line in lines}
    assert kinds == {"export", "account", "card", "token", "draft", "private", "record", "end"}
    assert [line["private"] for line in lines if line["kind"] == "private"] == [{"conflict": SECRET_TEXT}]
    assert [line["body"] for line in lines if line["kind"] == "draft"] == [{"title.en": ["Half an idea"]}]
    records = {line["id"]: line for line in lines if line["kind"] == "record"}
    assert records[world.pledge]["mine"] and records[world.comment]["mine"] and world.pitch in records
    assert not records[world.pitch]["mine"] and "hash" not in lines[1]
    assert SECRET_TEXT not in others.text and "Half an idea" not in others.text
    assert world.pitch in {line["id"] for line in told(others.text) if line["kind"] == "record"}


async def test_an_export_names_what_is_unnamed_to_its_giver_alone(world: World) -> None:
    offer = {
        "type": "pledge.offer", "pitch": world.pitch, "kind": "review", "quantity": 1, "unit": "hour",
        "text": {"en": "An hour"}, "conflict": "none", "show": "anonymous",
    }  # fmt: skip
    made = await asyncio.to_thread(world.away.publish_now, world.giver, offer)
    async with visit(world.away) as site:
        for who, seen in ((world.giver, [str(made.id)]), (world.elsewhere, [])):
            lines = told((await (await site.program(who)).get("/api/v1/export")).text)
            assert [line["entry"] for line in lines if line["kind"] == "unnamed"] == seen
            assert {line["id"]: line["mine"] for line in lines if line["kind"] == "record"}[
                str(made.id)
            ] == bool(seen)


def test_an_export_comes_in_pages_that_lose_and_repeat_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = house.member("Amira")
    made = [str(house.publish_now(amira, SMALL).id) for _ in range(7)]
    house.write_now(lambda tx: [drafts.save(tx, amira.account, "pitch.open", {}) for _ in range(5)])

    def lines(most: int) -> list[Any]:
        monkeypatch.setattr(export, "LINES", most)
        found, place, pages = [], export.START, 0
        while place is not None:
            some, place = house.read_now(export.page, house.viewer(amira), place, now=house.now)
            assert len(some) <= most + 1
            found, pages = found + some, pages + 1
        assert pages >= 12 // most
        return found

    whole = lines(500)
    assert lines(3) == whole
    ids = [line["id"] for line in whole if line["kind"] == "record"]
    assert set(made) < set(ids) and len(ids) == len(set(ids))
    assert len([line for line in whole if line["kind"] == "draft"]) == 5


# ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def five_hundred() -> str:
    """500 rows, every tenth of which is wrong in one of five ways."""
    wrong = (
        {"title": None},
        {"opportunity": None},
        {"topics": "x"},
        {"zest": 1},
        {"where": {"online": "perhaps"}},
    )
    rows = []
    for number in range(500):
        row = {**SMALL, "title": {"en": f"Pitch {number}"}}
        if number % 10 == 3:
            row |= wrong[number // 10 % 5]  # type: ignore[arg-type]
        rows.append(json.dumps({name: value for name, value in row.items() if value is not None}))
    return "\n".join(rows)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_fifty_faults_in_five_hundred_rows_are_fifty_refusals_and_nothing_is_kept(
    house: House, language: str
) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        if language == "fr":
            await asyncio.to_thread(_speaks_french, house, amira)
        answer = await program.post(IMPORT, data=five_hundred(), headers=JSONL)
        errors = answer.json()["errors"]
        assert answer.status == 422 and len(errors) == 50
        assert [fault["row"] for fault in errors] == [number + 1 for number in range(500) if number % 10 == 3]
        assert {fault["field"]: fault["code"] for fault in errors} == {
            "title": "missing", "opportunity": "missing", "topics": "list", "zest": "unknown", "where.online": "yes-no",
        }  # fmt: skip
        said = {fault["field"]: fault["text"] for fault in errors}
        assert said["title"].startswith("Fill in title" if language == "en" else "Remplissez title")
        assert (await program.get("/api/v1/drafts")).json()["items"] == []
        published = (await program.get("/api/v1/pitches")).json()["items"]
        assert published == []


def _speaks_french(house: House, who: Member) -> None:
    house.write_now(
        lambda tx: tx.db.execute("UPDATE accounts SET language = 'fr' WHERE id = ?", (who.account,))
    )


async def test_the_good_rows_are_kept_when_she_asks_for_them(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.post(f"{IMPORT}?keep=good", data=five_hundred(), headers=JSONL)
        found = answer.json()
        assert answer.status == 201 and found["kept"] == len(found["drafts"]) == 450
        assert len(found["refused"]) == 50 and found["warnings"] == []
        listed: list[Any] = []
        onward: str | None = ""
        while onward is not None:
            page = (await program.get(f"/api/v1/drafts?limit=100&cursor={onward}")).json()
            listed, onward = listed + page["items"], page["next"]
        assert sorted(item["id"] for item in listed) == sorted(found["drafts"])
        draft = (await program.get(f"/api/v1/drafts/{found['drafts'][0]}")).json()
        assert draft["title"] == {"en": "Pitch 0"} and draft["kind"] == "pitch.open"
        assert (await program.post("/api/v1/records", json=draft["content"])).status == 201
        other = await site.program(await asyncio.to_thread(house.member, "Somebody else"))
        assert (await other.get(f"/api/v1/drafts/{draft['id']}")).status == 404
        assert (await other.get("/api/v1/drafts")).json()["items"] == []
        assert (await program.get("/mine")).text.count("/drop") == 50
        form = await (await site.browser(amira)).get(f"/pitches/new?draft={draft['id']}")
        assert "Pitch 0" in form.text


async def test_the_example_of_the_document_and_what_spreadsheets_make_of_it_are_the_same_drafts(
    house: House,
) -> None:
    example = re.findall(r"```csv\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0]
    [row] = rows_of(example.encode(), kinds_at, "pitch.open")
    semicolons = (
        "\ufefftype;title.en;title.fr;why.en;opportunity;topics;cost.currency;cost.own;asks\r\n"
        "pitch.open;Service design lab;Labo de design;One applicant in three gives up.;change-lab;data, digital;CAD;61250;"
        + '"[{""key"": ""t"", ""kind"": ""testing"", ""text"": {""en"": ""A tester""}, ""quantity"": 2,'
        + ' ""unit"": ""hour"", ""must"": true, ""split"": false}]"\r\n'
    )
    assert rows_of(semicolons.encode(), kinds_at, "pitch.open") == [row]
    assert row.number == 2 and row.content["topics"] == ["data", "digital"]
    assert row.content["cost"] == {"currency": "CAD", "own": 61250}
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.post(IMPORT, data=example, headers=CSV)
        [fault] = answer.json()["errors"]
        assert (fault["row"], fault["field"], fault["code"]) == (2, "cost.total", "missing")
        sound = example.replace("cost.own,", "cost.own,cost.total,").replace("61250,", "61250,61250,")
        assert (await program.post(IMPORT, data=sound.encode(), headers=CSV)).status == 201


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"\xff\xfet\0i\0", 400, "not-utf-8"),
        ("title.en\nCaf\u00e9".encode("latin-1"), 400, "not-utf-8"),
        (b"[{", 400, "rows-json"),
        (b'title.en,why.en\n"a', 400, "csv"),
        (b"Title (EN),why.en\na,b", 422, "column-unknown"),
        (b"type.x,title.en\na,b", 422, "column-unknown"),
        (b"title.en,title.en\na,b", 422, "column-twice"),
        (b"title,title.en\na,b", 422, "column-twice"),
        (b"title.en\n", 422, "no-rows"),
        (b" ", 422, "no-rows"),
        (b"title.en\n" + b"a\n" * (ROWS_MOST + 1), 422, "too-many-rows"),
        (b"x" * (BYTES_MOST + 1), 413, "file-too-large"),
    ],
)
async def test_a_file_that_is_none_is_refused_with_what_to_do(
    house: House, data: bytes, status: int, code: str
) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.post(IMPORT, data=io.BytesIO(data), headers=CSV)
        assert (answer.status, answer.json()["errors"][0]["code"]) == (status, code)
        assert answer.json()["errors"][0]["text"]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("{", "", "row-json"),
        ('{"type": "ballot"}', "type", "not-a-draft"),
        ('{"type": 3}', "type", "not-a-draft"),
        ('{"type": "pitch.open", "by": "x"}', "by", "when-published"),
        ('{"type": "pitch.open", "audience": "here"}', "audience", "when-published"),
    ],
)
def test_a_row_that_is_no_draft_says_why(house: House, row: str, field: str, code: str) -> None:
    from store.importing import RowsRefused, bring_in

    amira = house.member("Amira")
    good = json.dumps({"type": "issue.raise", "title": {"en": "A"}, "text": {"en": "B"}})
    with pytest.raises(RowsRefused) as refused:
        house.write_now(lambda tx: bring_in(tx, amira.account, f"{good}\n{row}".encode(), keep_good=False))
    [fault] = refused.value.problems
    assert (fault.field, fault.code, fault.params["row"]) == (field, code, 2)


async def test_markings_are_warned_of_and_refuse_nothing(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    rows = "title.en,why.en,opportunity\nA,This is PROTECTED B,course\nB,130 692 544,course\n"
    async with visit(house) as site:
        answer = await (await site.program(amira)).post(IMPORT, data=rows, headers=CSV)
    found = answer.json()
    assert answer.status == 201 and found["kept"] == 2
    assert [(one["row"], one["field"], one["code"]) for one in found["warnings"]] == [
        (2, "why.en", "protected"),
        (3, "why.en", "sin"),
    ]


async def test_a_file_comes_in_by_a_form_without_script(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        browser = await site.browser(amira, language="fr")
        assert "Importer des ébauches" in (await browser.get("/mine/import")).text
        for keep, status in ((False, 422), (True, 200)):
            form = FormData()
            if keep:
                form.add_field("keep", "yes")
            form.add_field("file", five_hundred().encode(), filename="idées.jsonl")
            page = await browser.post("/mine/import", form)
            assert page.status == status and page.text.count("<tr>") == 51
            assert ("450 ébauches créées" in page.text) == keep
        empty = FormData()
        empty.add_field("file", b"", filename="")
        assert (await browser.post("/mine/import", empty)).status == 422
        mine = (await browser.get("/mine")).text
        assert "/api/v1/export" in mine and "Montrer 400 autres ébauches" in mine
        assert (await browser.get("/mine?drafts=all")).text.count("/drop") == 450


def test_drafts_beyond_the_most_are_refused_before_any_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from protocol.errors import Refused
    from store.importing import bring_in

    monkeypatch.setattr(drafts, "MOST", 3)
    amira = house.member("Amira")
    rows = b"title.en,why.en,opportunity\n" + b"A,B,course\n" * 2
    house.write_now(lambda tx: bring_in(tx, amira.account, rows, keep_good=False))
    with pytest.raises(Refused, match="too-many-drafts"):
        house.write_now(lambda tx: bring_in(tx, amira.account, rows, keep_good=False))
    kept: list[Draft] = house.read_now(drafts.listing, amira.account)
    assert len(kept) == 2
