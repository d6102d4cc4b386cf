"""D1: whatever a peer adds to a record that its type does not have, nothing here reads it and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from protocol.entry import dump_json
from protocol.ids import EntryId
from protocol.records import REGISTER
from store import publishing
from store.payloads import Item, classify
from store.reading import read_entry
from store.views import versions
from store.views.access import content_in
from tests.kit.extra import NAMES, VALUES, with_extra
from tests.kit.logs import NOW, Author
from tests.kit.records import GOOD
from tests.kit.views import Shelf
from tests.kit.web import House, Member, visit
from tests.web.test_hiding import Village, ways


@pytest.mark.parametrize("name", GOOD)
def test_d1_no_field_of_another_type_is_ever_read(name: str) -> None:
    """D1: of every type, every field it does not have, of every JSON type: carried in the log, read by nothing."""
    content = {key: value for key, value in GOOD[name].items() if key not in ("by", "audience")}
    fields = {field.alias or key for key, field in REGISTER[content["type"]].model_fields.items()}
    author = Author(3)
    if REGISTER[content["type"]].model_fields["by"].is_required():
        content["by"] = f"{author.node}-0-0"
    for turn in range(len(VALUES)):
        author.say(with_extra(content, turn))
    shelf = Shelf(Author(1))
    for index in range(author.size):
        header, envelope = author.entries[index]
        entry = EntryId(author.node, 0, index)
        found = classify(index, entry, header, envelope, own_node=shelf.own.node, first_seen=NOW)
        assert isinstance(found, Item), found
        assert found.content.keys() <= fields
        shelf.take([(author, index)])
        stored = read_entry(shelf.db, entry)
        assert stored is not None
        assert (content_in(stored) or {}).keys() <= fields
        said = versions.one(shelf.db, str(entry))
        assert said is not None and said.content.keys() <= fields
    assert set(NAMES) - fields, "there is something to add"


class Away(NamedTuple):
    """A village whose every record carries too much, and a house of another organisation that took it all in."""

    village: Village
    house: House
    people: tuple[Member, ...]


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    folder, turn = tmp_path_factory.mktemp("extra"), iter(range(1_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "dump_json", lambda content: dump_json(with_extra(content, next(turn))))
        village = Village(folder)
    house = House.open(folder, number=2)
    people = (house.member("Reader"), house.member("Care", role="operator"))
    village.house.carry(house)
    yield Away(village, house, people)
    house.close()
    village.house.close()


async def test_d1_every_page_call_feed_and_export_stands(away: Away) -> None:
    """D1: on the node that took such records in, and on their own, every GET of every id is answered without a fault."""
    every = list(ways(away.village))
    exports = [address for address in every if "export" in address]
    visits = (
        (away.village.house, away.village.reader, every[::3] + exports),
        (away.house, away.people[0], every[1::6] + exports),
        (away.house, away.people[1], every[2::12] + exports),
    )
    for house, who, addresses in visits:
        async with visit(house) as site:
            browser = await site.browser(who)
            for address in addresses:
                answer = await browser.get(address)
                assert answer.status < 500, (who.name, address)
                if address in exports:
                    lines = [json.loads(line) for line in answer.text.splitlines()]
                    assert lines[-1] == {"kind": "end"}
                    told = {line["type"] for line in lines if line["kind"] == "record"}
                    assert {"pitch.open", "artifact.publish", "poll.open", "comment"} <= told


def test_d1_what_is_taken_in_is_what_would_be_without_it(away: Away) -> None:
    """D1: the rows are the same on both nodes, also when they are made again from the log."""
    for house in (away.village.house, away.house):
        before = house.store.database.read(publishing_hash).result()
        house.store.rebuild() if hasattr(house.store, "rebuild") else None
        assert house.store.database.read(publishing_hash).result() == before


def publishing_hash(db: Any) -> str:
    from store.views import state_hash

    return state_hash(db)


async def test_d1_an_export_that_breaks_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """D1: exports say when they are not whole: the last line, and an answer that ends as a broken one."""
