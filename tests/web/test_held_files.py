"""Held by, and the file too (E5): the way of a record says who is known to have what it names."""

from __future__ import annotations

import asyncio

from protocol.ids import Feed, node_id, parse_entry
from store import blobs, peers
from tests.kit.web import House, visit
from tests.web.test_api import _artifact

OTHER, THIRD = node_id(b"\2" * 20), node_id(b"\3" * 20)


async def test_e5_the_way_of_a_record_says_where_its_files_are(house: House) -> None:
    """Two neighbours hold the record; one has said that the file is there, and only that one is shown to have it."""
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        program, browser = await site.program(amira), await site.browser(amira)
        sent = await program.ask(
            "POST",
            "/api/v1/blobs?name=notes.txt",
            data=b"What we saw",
            headers={"Content-Type": "text/plain"},
        )
        blob = sent.json()
        entry = await _artifact(house, amira, blob)
        feed, index = Feed(*parse_entry(entry)[:2]), parse_entry(entry).index

        async def files() -> list[str]:
            held = (await program.get(f"/api/v1/artifacts/{entry}")).json()["held_by"]
            assert {node["node"] for node in held["files"]} <= {node["node"] for node in held["nodes"]}
            return [node["node"] for node in held["files"]]

        assert await files() == [house.node]
        for node in (OTHER, THIRD):
            await asyncio.to_thread(
                house.write_now, lambda tx, node=node: peers.holds(tx, node, [(feed, index + 1)])
            )
        assert await files() == [house.node]
        await asyncio.to_thread(
            house.write_now, lambda tx: blobs.holds(tx, OTHER, blob["hash"], blob["size"])
        )
        assert set(await files()) == {house.node, OTHER}
        page = (await browser.get(f"/library/{entry}")).text
        assert page.count("files included") == 2
        assert page.count("files not known to be there") == 1
        french = (await (await site.browser(amira, language="fr")).get(f"/library/{entry}")).text
        assert "fichiers compris" in french and "on ignore si les fichiers y sont" in french
        plain = await _artifact(house, amira, blob, blobs=[])
        assert (await program.get(f"/api/v1/artifacts/{plain}")).json()["held_by"]["files"] is None
        assert "files included" not in (await browser.get(f"/library/{plain}")).text
