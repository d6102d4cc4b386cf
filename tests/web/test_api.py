"""The HTTP API: each call's happy and unhappy path, and that nothing private leaves through any of them."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import FormData

from protocol.ids import Feed, node_id, parse_entry
from protocol.receipt import verify_receipt
from store import figures
from store.rows import ensure_feed
from store.views import state_hash
from tests.kit.records import FULL
from tests.kit.web import Browser, House, Member, visit
from web.api.calls import CALLS

SECRET_TEXT = "quittance zibeline"
PITCH = {name: value for name, value in FULL.items() if name not in ("by", "facilitator", "answers")}
SMALL = {
    "type": "pitch.open",
    "title": {"fr": "Atelier de données ouvertes"},
    "why": {"fr": "Nos jeux de données restent fermés."},
    "opportunity": "workshop",
}


def money(pitch: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "pledge.offer",
        "pitch": pitch,
        "ask": "travel",
        "kind": "money",
        "text": {"en": SECRET_TEXT},
        "quantity": 61250,
        "unit": "CAD",
        "conflict": "none",
        "show": "named",
        **fields,
    }


class World(NamedTuple):
    """Two houses: a pitch at home, a private money pledge from a giver elsewhere, a bystander in each."""

    home: House
    away: House
    owner: Member
    bystander: Member
    giver: Member
    elsewhere: Member
    pitch: str
    pledge: str
    comment: str


@pytest.fixture
def world(house: House, tmp_path: Path) -> Any:
    away = House.open(tmp_path, number=2, name={"en": "City of Halifax"}, jurisdiction="CA-NS")
    owner, bystander = house.member("Owner"), house.member("Bystander")
    house.publish_now(None, {"type": "node.policy", "tally_every": 0})  # sums at once, not by the hour
    pitch = str(house.publish_now(owner, PITCH).id)
    house.carry(away)
    giver, elsewhere = away.member("Giver"), away.member("Elsewhere")
    pledge = str(away.publish_now(giver, {**money(pitch), "private": {"conflict": SECRET_TEXT}}).id)
    comment = str(away.publish_now(giver, {"type": "comment", "on": pledge, "text": {"en": SECRET_TEXT}}).id)
    away.carry(house)
    yield World(house, away, owner, bystander, giver, elsewhere, pitch, pledge, comment)
    away.close()


# ── publishing ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_record_is_published_durably_and_signed(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.post("/api/v1/records", json=SMALL)
        assert answer.status == 201
        made = answer.json()
        entry = parse_entry(made["id"])
        assert made["type"] == "pitch.open" and made["size"] > entry.index and len(made["root"]) == 64
        assert answer.location == f"/api/v1/entries/{made['id']}"
        said = (await program.get(answer.location)).json()
        assert said["state"] == "here" and said["content"] == {**SMALL, "by": amira.member}


async def test_an_idempotency_key_makes_one_record_of_two_requests(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        key = {"Idempotency-Key": "morning-run-1"}
        one = await program.post("/api/v1/records", json=SMALL, headers=key)
        two = await program.post("/api/v1/records", json=SMALL, headers=key)
        assert one.json()["id"] == two.json()["id"] and two.status == 201
        other = await program.post("/api/v1/records", json={**SMALL, "opportunity": "course"}, headers=key)
        assert other.status == 422 and other.json()["errors"][0]["code"] == "idempotency-reused"
        for bad in ("", "a b", "x" * 101, "é"):
            answer = await program.post("/api/v1/records", json=SMALL, headers={"Idempotency-Key": bad})
            assert answer.status == 400, bad


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "json"),
        (b"[]", "application/json", 400, "json"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "json"),
        (b'{"a": NaN}', "application/json", 400, "json"),
        (b'{"a": 1e999}', "application/json", 400, "json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400, "json"),
        (b"\xff\xfe{}", "application/json", 400, "json"),
        (b'{"type": "comment"}', "text/plain", 415, "media-type-expected"),
        (b"type=comment", "application/x-www-form-urlencoded", 415, "media-type-expected"),
        (b"{}", "application/json", 422, "missing"),
        (b'{"type": "pitch.explode"}', "application/json", 422, "unknown"),
        (b'{"type": ["x"]}', "application/json", 422, "unknown"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_name(
    house: House, body: bytes, kind: str, status: int, code: str
) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.ask("POST", "/api/v1/records", data=body, headers={"Content-Type": kind})
        assert (answer.status, answer.json()["errors"][0]["code"]) == (status, code)


async def test_every_fault_is_listed_with_its_field(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        body = {
            "type": "pitch.open",
            "title": {},
            "opportunity": "x" * 99,
            "asks": [{"key": "A B"}],
            "zest": 1,
        }
        fields = {
            fault["field"] for fault in (await program.post("/api/v1/records", json=body)).json()["errors"]
        }
        assert {"title", "why", "opportunity", "asks.0.key", "asks.0.kind", "zest"} <= fields


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "pledge.accept", "pledge": "a" * 32 + "-0-0", "quantity": 1}, "pledge"),
        ({"type": "comment", "on": "a" * 32 + "-0-0", "text": {"en": "x"}}, "on"),
        (
            {
                "type": "artifact.publish",
                "kind": "note",
                "title": {"en": "x"},
                "licence": "CC0-1.0",
                "blobs": [{"hash": "0" * 64, "size": 1, "media_type": "image/png", "name": "x.png"}],
            },
            "blobs.0.hash",
        ),
    ],
)
async def test_what_a_record_names_and_is_not_here_is_a_fault_of_the_record(
    house: House, body: dict[str, object], field: str
) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        answer = await (await site.program(amira)).post("/api/v1/records", json=body)
        assert answer.status == 422
        assert [(fault["field"], fault["code"]) for fault in answer.json()["errors"]] == [(field, "not-here")]


async def test_a_program_that_forgot_its_token_is_told_so(house: House) -> None:
    async with visit(house) as site:
        answer = await site.stranger().post("/api/v1/records", json=SMALL)
        assert answer.status == 401 and answer.json()["errors"][0]["code"] == "sign-in-needed"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_what_is_somebody_elses_is_forbidden(world: World) -> None:
    async with visit(world.home) as site:
        program = await site.program(world.bystander)
        revise = {"type": "pitch.revise", "pitch": world.pitch, "title": {"en": "Mine now"}}
        answer = await program.post("/api/v1/records", json=revise)
        assert answer.status == 403 and answer.json()["errors"][0]["code"] == "not-yours"
        profile = {"type": "node.profile", "name": {"en": "Mine now"}, "jurisdiction": "CA-ON"}
        assert (await program.post("/api/v1/records", json=profile)).status == 403
        borrowed = {**SMALL, "by": world.owner.member}
        assert (await program.post("/api/v1/records", json=borrowed)).status == 422


async def test_without_a_card_only_the_card_can_be_published(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", card=False)
    async with visit(house) as site:
        program = await site.program(lee)
        assert (await program.post("/api/v1/records", json=SMALL)).status == 403
        card = await program.post("/api/v1/records", json={"type": "member.introduce", "name": "Lee"})
        assert card.status == 201
        assert (await program.post("/api/v1/records", json=SMALL)).status == 201


async def test_an_accept_before_the_pitch_is_ready_lists_what_is_missing_in_the_callers_language(
    house: House,
) -> None:
    owner, giver = (
        await asyncio.to_thread(house.member, "Owner"),
        await asyncio.to_thread(house.member, "Giver"),
    )
    async with visit(house) as site:
        mine, hers = await site.program(owner), await site.program(giver)
        ask = {
            "key": "talk",
            "kind": "speaker",
            "text": {"en": "A talk"},
            "quantity": 1,
            "unit": "hour",
            "must": True,
            "split": False,
        }
        pitch = (await mine.post("/api/v1/records", json={**SMALL, "asks": [ask]})).json()["id"]
        offer = {
            "type": "pledge.offer",
            "pitch": pitch,
            "ask": "talk",
            "kind": "speaker",
            "text": {"en": "I can"},
            "quantity": 1,
            "unit": "hour",
            "conflict": "none",
            "show": "named",
        }
        pledge = (await hers.post("/api/v1/records", json=offer)).json()["id"]
        accept = await mine.post(
            "/api/v1/records", json={"type": "pledge.accept", "pledge": pledge, "quantity": 1}
        )
        assert accept.status == 422
        said = accept.json()
        assert said["readiness"] == {"ready": False, "missing": said["errors"]}
        assert said["detail"].startswith("The pitch is not ready yet")
        missing = {fault["field"]: fault["text"] for fault in said["errors"]}
        assert "benefits.peers" in missing and missing["benefits.peers"].startswith("Fill in benefits.peers")
        shown = (await mine.get(f"/api/v1/pitches/{pitch}")).json()
        assert shown["readiness"]["ready"] is False
        assert {gap["field"] for gap in shown["readiness"]["missing"]} == set(missing)
        assert all(gap["text"] for gap in shown["readiness"]["missing"])


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_lists_go_on_by_cursor_and_end(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    for number in range(7):
        await house.publish(amira.author, {**SMALL, "title": {"en": f"Pitch {number}"}})
    async with visit(house) as site:
        program = await site.program(amira)
        seen: list[str] = []
        path = "/api/v1/pitches?limit=3"
        for size in (3, 3, 1):
            page = (await program.get(path)).json()
            assert len(page["items"]) == size
            seen += [item["id"] for item in page["items"]]
            path = f"/api/v1/pitches?limit=3&cursor={page['next']}"
        assert page["next"] is None and len(set(seen)) == 7


async def test_filters_narrow(world: World) -> None:
    async with visit(world.home) as site:
        program = await site.program(world.owner)

        async def count(query: str) -> int:
            return len((await program.get(f"/api/v1/pitches?{query}")).json()["items"])

        assert await count("opportunity=change-lab&topic=citizen-services&asks=introduction&mine=true") == 1
        assert await count("opportunity=course") == 0
        assert await count("mine=false&q=Halifax") == 1
        assert await count("state=&asks=&opportunity=change-lab&q=&cursor=&limit=") == 1


@pytest.mark.parametrize("name", ["pitches", "pledges", "artifacts", "people", "nodes"])
async def test_wrong_parameters_are_named(house: House, name: str) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        for query, status, field in (
            ("limit=0", 422, "limit"),
            ("limit=101", 422, "limit"),
            ("limit=many", 422, "limit"),
            ("colour=blue", 422, "colour"),
            ("colour=", 422, "colour"),
            ("cursor=nonsense", 400, "cursor"),
            ("cursor=WzFd", 400, "cursor"),
        ):
            answer = await program.get(f"/api/v1/{name}?{query}")
            assert (answer.status, answer.json()["errors"][0]["field"]) == (status, field), query
            assert answer.json()["errors"][0]["text"] != "Something is missing or does not fit."


async def test_objects_that_are_not_here_are_404(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        for name in ("pitches", "pledges", "artifacts", "people", "entries"):
            assert (await program.get(f"/api/v1/{name}/{house.node}-0-99")).status == 404
            assert (await program.get(f"/api/v1/{name}/{amira.member}")).status == (
                200 if name in ("people", "entries") else 404
            )
        assert (await program.get(f"/api/v1/nodes/{'b' * 32}")).status == 404
        assert (await program.get(f"/api/v1/nodes/{house.node}")).status == 200


async def test_a_pledge_is_seen_by_its_two_parties_and_by_nobody_else(world: World) -> None:
    async with visit(world.home) as home, visit(world.away) as away:
        owner, giver = await home.program(world.owner), await away.program(world.giver)
        for program in (owner, giver):
            pledge = await program.get(f"/api/v1/pledges/{world.pledge}")
            assert pledge.status == 200 and pledge.json()["quantity"] == 61250
            comments = (await program.get(f"/api/v1/comments?on={world.pledge}")).json()["items"]
            assert [said["text"] for said in comments] == [{"en": SECRET_TEXT}]
        assert (await giver.get(f"/api/v1/pledges/{world.pledge}")).json()["private"] == {
            "conflict": SECRET_TEXT
        }
        assert (await owner.get(f"/api/v1/pledges/{world.pledge}")).json()["private"] is None


async def _everything(browser: Browser, world: World) -> list[str]:
    """What each GET call and each page that takes an id answers, for every id of the private pledge."""
    paths = [
        call.address.replace("{id}", wanted)
        for call in CALLS
        if call.method == "GET"
        for wanted in ((world.pitch, world.pledge, world.comment) if "{id}" in call.address else ("",))
    ]
    paths += [
        f"/api/v1/search?q={SECRET_TEXT.split(maxsplit=1)[0]}",
        f"/api/v1/comments?on={world.pledge}",
        f"/api/v1/comments?on={world.pitch}",
        f"/api/v1/pledges?pitch={world.pitch}",
        "/api/v1/pledges?kind=money&role=owner",
        f"/api/v1/people/{world.giver.member}",
        f"/api/v1/nodes/{world.away.node}",
        f"/entries/{world.pledge}/receipt",
        f"/entries/{world.comment}/receipt",
        f"/go/{world.pledge}",
        f"/go/{world.comment}",
    ]
    return [(await browser.get(path)).text for path in paths]


async def test_nothing_of_a_private_pledge_leaves_through_any_call(world: World) -> None:
    accept = {"type": "pledge.accept", "pledge": world.pledge, "quantity": 61250}
    await world.home.publish(world.owner.author, accept)
    await asyncio.to_thread(world.home.carry, world.away)
    steward = await asyncio.to_thread(world.home.member, "Steward", "steward")
    operator = await asyncio.to_thread(world.home.member, "Operator", "operator")
    async with visit(world.home) as home, visit(world.away) as away:
        for site, member in (
            (home, world.bystander),
            (home, steward),
            (home, operator),
            (away, world.elsewhere),
        ):
            program = await site.program(member)
            for text in await _everything(program, world):
                assert SECRET_TEXT not in text and "zibeline" not in text, member.name
            assert (await program.get(f"/api/v1/pledges/{world.pledge}")).status == 404
            assert (await program.get(f"/api/v1/entries/{world.pledge}/receipt")).status == 404
            header = (await program.get(f"/api/v1/entries/{world.pledge}")).json()
            assert (header["state"], header["content"], header["type"]) == ("restricted", None, None)
            asks = (await program.get(f"/api/v1/pitches/{world.pitch}")).json()["asks"]
            assert next(ask for ask in asks if ask["key"] == "travel")["accepted"] == 61250


async def test_a_third_node_knows_the_sum_and_nothing_else(world: World, tmp_path: Path) -> None:
    accept = {"type": "pledge.accept", "pledge": world.pledge, "quantity": 61250}
    await world.home.publish(world.owner.author, accept)
    third = await asyncio.to_thread(House.open, tmp_path, number=3, name={"en": "Institute"})
    reader = await asyncio.to_thread(third.member, "Reader", "operator")
    await asyncio.to_thread(world.home.carry, third)
    await asyncio.to_thread(world.away.carry, third)
    async with visit(third) as site:
        program = await site.program(reader)
        for text in await _everything(program, world):
            assert "zibeline" not in text
        asks = (await program.get(f"/api/v1/pitches/{world.pitch}")).json()["asks"]
        assert next(ask for ask in asks if ask["key"] == "travel")["accepted"] == 61250
        assert (await program.get(f"/api/v1/entries/{world.pledge}")).json()["state"] == "restricted"
    dump = await asyncio.to_thread(third.read_now, lambda db: "\n".join(db.iterdump()))
    assert "zibeline" not in dump and b"zibeline".hex() not in dump.lower()
    await asyncio.to_thread(third.close)


async def test_the_same_records_give_the_same_digest(world: World) -> None:
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.home) as home, visit(world.away) as away:
        one = (await (await home.program(world.owner)).get("/api/v1/state_hash")).json()["state_hash"]
        two = (await (await away.program(world.giver)).get("/api/v1/state_hash")).json()["state_hash"]
        assert one == two and len(one) == 64


async def test_a_receipt_verifies_without_the_node(world: World) -> None:
    async with visit(world.home) as site:
        for path in (f"/api/v1/entries/{world.pitch}/receipt", f"/entries/{world.pitch}/receipt"):
            answer = await (await site.program(world.bystander)).get(path)
            assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
            assert world.pitch in answer.headers["Content-Disposition"]
            verified = verify_receipt(answer.text, world.home.node)
            assert verified.content["title"] == PITCH["title"]
        private = await (await site.program(world.owner)).get(f"/api/v1/entries/{world.pledge}/receipt")
        assert (
            private.status == 200
            and verify_receipt(private.text, world.away.node).content["quantity"] == 61250
        )


async def test_changes_come_in_order_and_go_on_where_they_ended(world: World) -> None:
    async with visit(world.home) as site:
        program = await site.program(world.bystander)
        whole = (await program.get("/api/v1/changes")).json()
        ids = [change["id"] for change in whole["items"]]
        assert world.pitch in ids and world.pledge not in ids and whole["more"] is False
        seen: list[str] = []
        cursor, more = "0", True
        while more:
            page = (await program.get(f"/api/v1/changes?cursor={cursor}&limit=1")).json()
            assert len(page["items"]) <= 1
            seen += [change["id"] for change in page["items"]]
            cursor, more = page["next"], page["more"]
        assert seen == ids
        assert (await program.get(f"/api/v1/changes?cursor={cursor}")).json()["items"] == []
        party = (await (await site.program(world.owner)).get("/api/v1/changes")).json()
        assert {world.pledge, world.comment} <= {change["id"] for change in party["items"]}
        for bad in ("-1", "x", "01"):
            assert (await program.get(f"/api/v1/changes?cursor={bad}")).status == 400


async def test_the_network_is_told_and_its_strangers_to_operators_only(world: World) -> None:
    operator = await asyncio.to_thread(world.home.member, "Operator", "operator")
    await asyncio.to_thread(
        world.home.write_now,
        lambda tx: tx.db.execute("INSERT INTO knocks VALUES (?, ?, 1, 2)", ("c" * 32, "203.0.113.9")),
    )
    async with visit(world.home) as site:
        for member, knocks in ((world.bystander, 0), (operator, 1)):
            told = (await (await site.program(member)).get("/api/v1/network")).json()
            assert told["node"] == world.home.node and len(told["knocks"]) == knocks
            feeds = {feed["node"]: feed for feed in told["feeds"]}
            assert feeds[world.away.node]["held"] == feeds[world.away.node]["size"]


async def test_c3_the_network_is_told_in_pages(world: World) -> None:
    """/api/v1/network and its page told every log to every member who asked."""
    made = [Feed(node_id(bytes([number]) * 20), 0) for number in range(60)]
    await asyncio.to_thread(world.home.write_now, lambda tx: [ensure_feed(tx.db, feed) for feed in made])
    async with visit(world.home) as site:
        program = await site.program(world.bystander)
        seen: list[str] = []
        cursor, pages = "", 0
        while cursor is not None:
            told = (await program.get("/api/v1/network", params={"cursor": cursor} if cursor else {})).json()
            assert len(told["feeds"]) <= 25
            seen += [feed["node"] for feed in told["feeds"]]
            cursor, pages = told["next"], pages + 1
        assert len(seen) == len(set(seen)) == len(await asyncio.to_thread(world.home.read_now, figures.feeds))
        assert pages == 3
        assert len((await program.get("/api/v1/network?limit=100")).json()["feeds"]) == len(seen)
        for bad in ("x", "WzFd" * 200):
            assert (await program.get("/api/v1/network", params={"cursor": bad})).status in (400, 422)
        browser = await site.browser(world.bystander)
        page = await browser.get("/network")
        assert 'rel="next"' in page.text
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        assert further is not None
        last = await browser.get(further[1].replace("&amp;", "&"))
        assert last.status == 200 and 'rel="next"' not in last.text


async def test_c3_the_digest_is_walked_once_for_all_who_ask(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work on everything held is done once a change, by one at a time, however many ask."""
    walked: list[int] = []

    def walk(db: sqlite3.Connection) -> str:
        walked.append(1)
        return state_hash(db)

    monkeypatch.setattr("web.kept.state_hash", walk)
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)

        async def ask() -> str:
            return str((await program.get("/api/v1/state_hash")).json()["state_hash"])

        first = set(await asyncio.gather(*(ask() for _ in range(10))))
        assert len(first) == 1
        before = len(walked)
        await house.publish(amira.author, SMALL)
        assert await ask() not in first
        assert len(walked) == before + 1


async def test_what_waits_on_a_member_and_on_others(world: World) -> None:
    async with visit(world.home) as site:
        mine = (await (await site.program(world.owner)).get("/api/v1/waiting")).json()
        assert world.pledge in [wait["id"] for wait in mine["on_me"]]
        theirs = (await (await site.program(world.bystander)).get("/api/v1/waiting")).json()
        assert theirs == {"on_me": [], "on_others": []}


async def test_search_finds_by_stem_and_without_accents(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    made = await house.publish(amira.author, SMALL)
    async with visit(house) as site:
        program = await site.program(amira)
        for words in ("donnees", "données", "atelier ouvert"):
            hits = (await program.get("/api/v1/search", params={"q": words})).json()["items"]
            assert [hit["id"] for hit in hits] == [str(made.id)], words
        assert (await program.get("/api/v1/search?q=")).status == 422
        for odd in ('"', "*", "a OR", "NEAR(", "title:", "<b>"):
            assert (await program.get("/api/v1/search", params={"q": odd})).status == 200, odd


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300


async def _artifact(house: House, who: Member, blob: dict[str, Any], **fields: Any) -> str:
    content = {
        "type": "artifact.publish",
        "kind": "post",
        "title": {"en": "What we saw"},
        "body": {"en": "Look."},
        "licence": "CC-BY-4.0",
        "blobs": [blob],
        **fields,
    }
    return str((await house.publish(who.author, content)).id)


async def test_a_file_is_kept_named_by_a_record_and_read_whole_or_by_range(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        kept = await program.ask(
            "POST", "/api/v1/blobs?name=before.png", data=PNG, headers={"Content-Type": "image/png"}
        )
        assert kept.status == 201
        blob = kept.json()
        assert blob["size"] == len(PNG) and blob["media_type"] == "image/png" and blob["name"] == "before.png"
        await _artifact(house, amira, blob)
        whole = await program.get(f"/blobs/{blob['hash']}")
        assert whole.status == 200 and whole.body == PNG
        assert whole.headers["Content-Type"] == "image/png"
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert whole.headers["Content-Disposition"].startswith("inline;")
        part = await program.get(f"/blobs/{blob['hash']}", headers={"Range": "bytes=8-15"})
        assert (part.status, part.body) == (206, PNG[8:16])
        assert part.headers["Content-Range"] == f"bytes 8-15/{len(PNG)}"
        tail = await program.get(f"/blobs/{blob['hash']}", headers={"Range": "bytes=-4"})
        assert tail.body == PNG[-4:]
        beyond = await program.get(f"/blobs/{blob['hash']}", headers={"Range": f"bytes={len(PNG)}-"})
        assert beyond.status == 416


async def test_a_form_may_carry_the_file(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        form = FormData(quote_fields=False)
        form.add_field("note", "not a file")
        form.add_field("file", PNG, filename="étape<1>.png", content_type="IMAGE/PNG; x=y")
        kept = (await (await site.program(amira)).post("/api/v1/blobs", form)).json()
        assert kept["name"] == "étape<1>.png" and kept["media_type"] == "image/png"


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("text/html", "page.html"),
        ("image/svg+xml", "drawing.svg"),
        ("application/xhtml+xml", "x"),
        ("nonsense", "y"),
    ],
)
async def test_what_could_run_is_a_download(house: House, media_type: str, name: str) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        hostile = b"<script>alert(document.cookie)</script>"
        kept = await program.ask(
            "POST", f"/api/v1/blobs?name={name}", data=hostile, headers={"Content-Type": media_type}
        )
        await _artifact(house, amira, kept.json())
        shown = await program.get(f"/blobs/{kept.json()['hash']}")
        assert shown.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in shown.headers["Content-Security-Policy"]


async def test_files_without_end_or_beginning_are_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        empty = await program.ask("POST", "/api/v1/blobs", data=b"", headers={"Content-Type": "image/png"})
        assert empty.status == 422 and empty.json()["errors"][0]["code"] == "blob-empty"
        form = FormData()
        form.add_field("note", "x")
        form.add_field("more", "", content_type="text/plain")
        none = await program.post("/api/v1/blobs", form)
        assert none.status == 422 and none.json()["errors"][0]["code"] == "file-missing"
        monkeypatch.setattr("web.uploads.MAX_BLOB", 1000)
        large = await program.ask(
            "POST", "/api/v1/blobs", data=b"x" * 2000, headers={"Content-Type": "text/plain"}
        )
        assert large.status == 413
    left = [path for path in (house.store.folder / "blobs").rglob("*") if path.is_file()]
    assert left == []


async def test_files_are_bounded_in_number(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program = await site.program(amira)
        statuses = [
            (
                await program.ask("POST", "/api/v1/blobs", data=b"x", headers={"Content-Type": "text/plain"})
            ).status
            for _ in range(102)
        ]
        assert statuses[99] == 201 and statuses[100:] == [429, 429]
        house.later(10_000)
        again = await program.ask("POST", "/api/v1/blobs", data=b"x", headers={"Content-Type": "text/plain"})
        assert again.status == 201


async def test_a_file_of_a_private_record_is_as_private(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.program(world.owner), await site.program(world.bystander)
        kept = (
            await owner.ask("POST", "/api/v1/blobs", data=PNG, headers={"Content-Type": "image/png"})
        ).json()
        assert (
            (await owner.get(f"/blobs/{kept['hash']}"))
            .headers["Content-Disposition"]
            .startswith("attachment")
        )
        artifact = await _artifact(world.home, world.owner, kept, audience=[world.home.node, world.away.node])
        assert (await owner.get(f"/blobs/{kept['hash']}")).status == 200
        seen = (await other.get(f"/api/v1/artifacts/{artifact}")).status
        assert (await other.get(f"/blobs/{kept['hash']}")).status == seen
        assert (await other.get(f"/blobs/{hashlib.sha256(b'x').hexdigest()}")).status == 404


async def test_b7_only_files_of_open_records_are_kept_by_browsers(world: World) -> None:
    """B7: an attachment of a private record is never cached for a year, nor one that no record names yet."""

    async def cached(client: Browser, blob: str, **headers: str) -> str:
        return (await client.get(f"/blobs/{blob}", headers=headers)).headers["Cache-Control"]

    async with visit(world.home) as site:
        owner = await site.program(world.owner)
        kept = [
            (
                await owner.ask(
                    "POST", "/api/v1/blobs", data=PNG + end, headers={"Content-Type": "image/png"}
                )
            ).json()
            for end in (b"", b"1", b"2")
        ]
        await _artifact(world.home, world.owner, kept[1], audience=[world.home.node, world.away.node])
        await _artifact(world.home, world.owner, kept[2])
        unnamed, private, public = [one["hash"] for one in kept]
        assert await cached(owner, unnamed) == await cached(owner, private) == "no-store"
        assert await cached(owner, private, Range="bytes=0-9") == "no-store"
        assert "immutable" in await cached(owner, public)
