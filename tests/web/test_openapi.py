"""The description of the API, and that real answers are what it says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from protocol.records import REGISTER
from store import standing
from tests.kit.api_page import table, written
from tests.kit.json_schema import faults
from tests.kit.records import GOOD
from tests.kit.web import House, Member, visit
from tests.web.test_api import PNG, SMALL, World, _artifact, world
from web.api.calls import CALLS, DOCUMENT
from web.api.schema import name_of

__all__ = ["world"]
DOCS = Path(__file__).parents[2] / "docs/spec/api.md"


def answered(call_path: str, method: str, status: int, media: str = "application/json") -> Mapping[str, Any]:
    described = DOCUMENT["paths"][f"/api/v1{call_path}"][method]["responses"][str(status)]["content"]
    return described[media]["schema"]


def check(schema: Mapping[str, Any], value: Any) -> None:
    assert list(faults(DOCUMENT, schema, value)) == []


async def test_the_description_is_served_to_anyone(house: House) -> None:
    async with visit(house) as site:
        answer = await site.stranger().get("/api/v1/openapi.json")
        told = answer.json()
        assert answer.status == 200 and told["openapi"] == "3.1.0"
        assert told["info"]["version"] == house.version and told["servers"] == [{"url": house.url}]
        assert json.loads(json.dumps(DOCUMENT)) == {name: told[name] for name in DOCUMENT}


def test_every_call_is_described_and_every_reference_leads_somewhere() -> None:
    described = {(method, path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(call.method.lower(), call.address) for call in CALLS}
    names = [item["operationId"] for path in DOCUMENT["paths"].values() for item in path.values()]
    assert len(names) == len(set(names))
    for reference in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)):
        assert reference in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("name", GOOD)
def test_good_records_are_what_the_description_takes(name: str) -> None:
    content = {field: value for field, value in GOOD[name].items() if field != "by"}
    schema = {"$ref": f"#/components/schemas/{name_of(REGISTER[content['type']])}"}
    check(schema, content)
    check(schema, {**content, "audience": "here", "private": {"conflict": "x"}})
    assert list(faults(DOCUMENT, schema, {**content, "zest": 1}))


async def test_every_answer_is_what_its_description_says(world: World) -> None:
    house = world.home
    async with visit(house) as site:
        program = await site.program(world.owner)
        made = await program.post("/api/v1/records", json=SMALL)
        check(answered("/records", "post", 201), made.json())
        kept = await program.ask("POST", "/api/v1/blobs", data=PNG, headers={"Content-Type": "image/png"})
        check(answered("/blobs", "post", 201), kept.json())
        artifact = await _artifact(house, world.owner, kept.json(), pitch=world.pitch, fulfils=["talk"])
        accept = {
            "type": "pledge.accept",
            "pledge": world.pledge,
            "quantity": 61250,
            "return": {"en": "A call"},
        }
        await house.publish(world.owner.author, accept)
        thanks = {"type": "thanks", "pitch": world.pitch, "to": [world.pledge], "text": {"en": "Thank you"}}
        await house.publish(world.owner.author, thanks)
        stand = {"type": "offer.stand", "kind": "venue", "text": {"en": "A quiet room"}}
        offer = (await house.publish(world.owner.author, stand)).id
        room = {"key": "room", "kind": "venue", "text": {"en": "A room"}, "quantity": 1, "unit": "day"}
        wanted = {**SMALL, "asks": [room]}
        await house.publish(world.bystander.author, wanted)
        step = {"type": "idp", "skill": {"en": "Interviewing"}, "cycle": 1, "part": "concept"}
        await house.publish(world.owner.author, {**step, "refers": [world.pitch]})
        rows = await program.ask("POST", "/api/v1/drafts/import", data=json.dumps([SMALL]))
        check(answered("/drafts/import", "post", 201), rows.json())
        event = await _event(house, world.owner, world.pitch)
        raised = {"type": "issue.raise", "circle": world.pitch, "title": {"en": "Forms nobody finishes"}}
        issue = (await house.publish(world.owner.author, raised)).id
        options = [{"key": key, "text": {"en": key}} for key in ("a", "b")]
        asked = {"type": "poll.open", "question": {"en": "Which?"}, "kind": "choose-one", "options": options}
        asked |= {"closes": "2099-01-10T00:00:00Z", "secret": True}
        poll = (await house.publish(world.owner.author, asked)).id
        await house.publish(world.owner.author, {"type": "ballot", "poll": str(poll), "choice": {"a": 1}})
        ids = {
            "/polls/{id}": poll,
            "/events/{id}": event,
            "/circles/{id}": world.pitch,
            "/issues/{id}": issue,
            "/offers/{id}": offer,
            "/drafts/{id}": rows.json()["drafts"][0],
            "/pitches/{id}": world.pitch,
            "/pledges/{id}": world.pledge,
            "/artifacts/{id}": artifact,
            "/people/{id}": world.owner.member,
            "/nodes/{id}": house.node,
            "/entries/{id}": world.pitch,
        }
        await asyncio.to_thread(house.write_now, lambda tx: standing.wait(tx, house.node, standing.ASKING))
        waits = await program.post("/api/v1/records", json=SMALL)
        check(answered("/records", "post", 202), waits.json())
        await asyncio.to_thread(house.write_now, lambda tx: standing.resume(tx, house.node))
        ids["/queued/{queued}"] = waits.json()["queued"]
        queries = {"/comments": f"?on={world.pledge}", "/search": "?q=Halifax"}
        for call in CALLS:
            if call.method != "GET" or call.media != "application/json" or call.path == "/openapi.json":
                continue
            path = re.sub(r"{\w+}", str(ids.get(call.path)), call.address) + queries.get(call.path, "")
            answer = await program.get(path)
            assert answer.status == 200, path
            found = list(faults(DOCUMENT, answered(call.path, "get", 200), answer.json()))
            assert found == [], path
            told = answer.json()
            assert told.get("items", True) or call.path == "/waiting", f"{path}: nothing to check"


async def _event(house: House, owner: Member, pitch: str) -> str:
    """An event to come that carries a promised activity, with one guest."""
    content = {"type": "event.schedule", "kind": "webinar", "title": {"en": "What Halifax changed"}}
    more = {"start": "2099-03-16", "where": {"place": "Halifax", "jurisdiction": "CA-NS", "online": False}}
    made = await house.publish(owner.author, {**content, **more, "pitch": pitch, "fulfils": ["talk"]})
    await house.publish(owner.author, {"type": "rsvp", "event": str(made.id), "answer": "yes"})
    return str(made.id)


async def test_refusals_are_what_the_description_says(world: World) -> None:
    async with visit(world.home) as site:
        program, stranger = await site.program(world.owner), site.stranger()
        for answer, path, method in (
            (await stranger.get("/api/v1/pitches"), "/pitches", "get"),
            (await program.get("/api/v1/pitches?limit=x"), "/pitches", "get"),
            (await program.get("/api/v1/pitches/x"), "/pitches/{id}", "get"),
            (await program.post("/api/v1/records", json={}), "/records", "post"),
        ):
            check(answered(path, method, answer.status, "application/problem+json"), answer.json())


async def test_the_readable_page_names_every_call_and_record(house: House) -> None:
    async with visit(house) as site:
        for language in ("en", "fr"):
            page = await (await site.browser(language=language)).get("/api")
            assert page.status == 200
            for call in CALLS:
                assert f"{call.method} {call.address}" in page.text
            for kind in REGISTER:
                assert f"<code>{kind}</code>" in page.text


def test_the_document_describes_every_call_and_every_route() -> None:
    text = DOCS.read_text("utf-8")
    for call in CALLS:
        assert f"`{call.method} {call.address}`" in text, call.address
        for name, field in call.query.model_fields.items():
            assert f"`{field.alias or name}`" in text, f"{call.address}: {name}"
    assert written(text) == table(), "python -m tests.kit.api_page"


async def test_examples_of_the_document_work(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    bodies = [
        json.loads(block)
        for block in re.findall(r"```json\n(\{.*?\})\n```", DOCS.read_text("utf-8"), re.DOTALL)
    ]
    assert bodies
    async with visit(house) as site:
        program = await site.program(amira)
        for body in bodies:
            assert (await program.post("/api/v1/records", json=body)).status == 201, body
