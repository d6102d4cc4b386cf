"""Any call, with anything the description takes and much it does not: no fault of ours, and every answer as described.

Calls are made from the OpenAPI document, by seed. Every refusal names what is wrong and says so in the caller's language.
"""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from protocol.records.base import DATE, ENTRY, FILLED, INSTANT, KEY, LANGUAGE, MOMENT, NODE
from store import accounts
from tests.kit.from_schema import ODD, Maker
from tests.kit.json_schema import faults
from tests.kit.web import Answer, Browser, House, Member, visit
from tests.web.test_api import World, world
from web.api.call import Call
from web.api.calls import CALLS, DOCUMENT

__all__ = ["world"]
EACH = 25  # times a call is made
RECORDS = 400  # records tried: there are many types
NDJSON = "application/x-ndjson"


def pool(world: World) -> dict[str, list[str]]:
    """Texts that lead somewhere, by the pattern they fit."""
    here = [
        world.pitch,
        world.pledge,
        world.comment,
        *(str(one.member) for one in (world.owner, world.giver)),
    ]
    return {
        ENTRY: [*here, "a" * 32 + "-0-0"],
        NODE: [str(world.home.node), str(world.away.node)],
        DATE: ["2027-03-01", "1999-12-31"],
        INSTANT: ["2027-03-01T09:00:00-05:00"],
        MOMENT: ["2027-03-01"],
        KEY: ["travel", "intro", "zzz"],
        LANGUAGE: ["en"],
        FILLED: ["review", "money", "CAD", "Words"],
        "": ["https://example.org/a", "review", "CAD", "CA-BC", "America/Halifax", "x", "a" * 32 + "-0-0"],
    }


def address_of(call: Call, maker: Maker) -> str:
    """The address of a call with parameters as described, some of them spoilt."""
    described = DOCUMENT["paths"][call.address][call.method.lower()]
    path, query = call.address, {}
    for parameter in described["parameters"]:
        value = maker.value(parameter["schema"])
        if maker.rng.random() < 0.25:
            value = maker.rng.choice(ODD)
        if parameter["in"] == "path":
            known = maker.pool[ENTRY] + maker.pool[NODE]  # type: ignore[operator]
            said = maker.rng.choice(known) if maker.rng.random() < 0.7 else str(value)[:200]
            path = path.replace(f"{{{parameter['name']}}}", quote(said, safe="") or "x")
        elif parameter["in"] == "query" and (parameter["required"] or maker.rng.random() < 0.4):
            query[parameter["name"]] = str(value)[:2_000]
    return f"{path}?{urlencode(query, errors='replace')}"


def body_of(call: Call, maker: Maker) -> dict[str, Any]:
    """What is sent with it."""
    if call.body == "record":
        record = maker.value(DOCUMENT["components"]["schemas"]["Record"])
        return {"json": maker.spoilt(record) if maker.rng.random() < 0.6 else record}
    if call.body == "rows":
        rows = [maker.value(DOCUMENT["components"]["schemas"]["RecordPitchOpen"]) for _ in range(3)]
        text = json.dumps(maker.spoilt(rows))
        return {
            "data": text.encode()[: maker.rng.choice((1, 50, 10**6))],
            "headers": {"Content-Type": NDJSON},
        }
    if call.body == "file":
        return {"data": str(maker.rng.choice(ODD)).encode(), "headers": {"Content-Type": "text/plain"}}
    return {}


def judge(call: Call, answer: Answer, at: str) -> None:
    """The answer is one the description has."""
    described = DOCUMENT["paths"][call.address][call.method.lower()]["responses"]
    assert answer.status < 500, at
    assert str(answer.status) in described, f"{answer.status} of {at}: {answer.text[:300]}"
    media = answer.headers["Content-Type"].partition(";")[0]
    content = described[str(answer.status)]["content"]
    assert media in content, f"{media} of {at}"
    if "json" in media and media != NDJSON:
        found = list(faults(DOCUMENT, content[media]["schema"], answer.json()))
        assert found == [], f"{at}: {found[:3]}"
    if answer.status in (400, 413, 415, 422):
        for fault in answer.json()["errors"]:
            assert fault["code"] and fault["text"].strip(), at


async def tried(program: Browser, call: Call, maker: Maker, times: int) -> list[Answer]:
    answers = []
    for _ in range(times):
        address, sent = address_of(call, maker), body_of(call, maker)
        answer = await program.ask(call.method, address, **sent)
        judge(call, answer, f"{call.method} {address} {str(sent)[:500]}")
        answers.append(answer)
    return answers


@pytest.mark.parametrize("call", CALLS, ids=[f"{call.method} {call.path}" for call in CALLS])
async def test_any_call_is_answered_as_described(world: World, call: Call) -> None:
    maker = Maker(DOCUMENT, Random(call.address), pool(world))
    async with visit(world.home) as site:
        program = await site.program(world.owner)
        answers = await tried(program, call, maker, RECORDS if call.body == "record" else EACH)
        assert any(answer.status == call.status for answer in answers) or call.path.endswith("}")


async def test_every_refusal_speaks_the_language_of_who_is_refused(world: World) -> None:
    maker = {language: Maker(DOCUMENT, Random(7), pool(world)) for language in ("en", "fr")}
    [call] = [call for call in CALLS if call.body == "record"]
    said: dict[str, list[list[dict[str, Any]]]] = {}
    for language, who in (("en", world.owner), ("fr", world.bystander)):
        await asyncio.to_thread(_speaks, world.home, who, language)
        async with visit(world.home) as site:
            program = await site.program(who)
            shapes = [body_of(call, maker[language]) for _ in range(150)]
            answers = [await program.ask("POST", call.address, **shape) for shape in shapes]
            said[language] = [one.json()["errors"] for one in answers if one.status in (400, 422)]
    english = {(fault["code"], fault["text"]) for some in said["en"] for fault in some}
    french = {(fault["code"], fault["text"]) for some in said["fr"] for fault in some}
    assert len({code for code, _ in english}) > 10
    assert english & french == set()


def _speaks(house: House, who: Member, language: str) -> None:
    house.write_now(lambda tx: accounts.set_language(tx, who.account, language))
