"""Records: the vectors, the two doors, and that any content gives a record or one of the named errors."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from protocol.errors import Malformed, RemoteError, Unsupported
from protocol.ids import parse_entry
from protocol.limits import MAX_INT
from protocol.records import REGISTER, NotAcceptable, blobs_of, plain, read, refers_to, write
from protocol.records.base import DATE, PATTERN_CODES
from protocol.records.lists import LISTS
from protocol.records.polls import ANSWERS, Ballot

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "docs/spec/vectors/records.json").read_text("utf-8"))
GOOD = {vector["name"]: vector["content"] for vector in VECTORS["good"]}
OUTCOMES = {"malformed": Malformed, "unsupported": Unsupported}


@pytest.mark.parametrize("name", GOOD)
def test_good_vectors_are_accepted_by_both_doors_and_kept_as_they_were(name: str) -> None:
    content = GOOD[name]
    assert write(content) == read(content)
    assert plain(write(content)) == content


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_bad_vectors_are_refused_with_every_problem_named(vector: dict[str, Any]) -> None:
    with pytest.raises(NotAcceptable) as refused:
        write(vector["content"])
    assert [[found.field, found.code] for found in refused.value.problems] == vector["write"]
    assert [refused.value.field, refused.value.code] == vector["write"][0]
    if vector["read"] == "ok":
        assert read(vector["content"]).type == vector["content"]["type"]
    else:
        with pytest.raises(OUTCOMES[vector["read"]]):
            read(vector["content"])


def test_every_type_has_good_vectors_and_bad_ones() -> None:
    for vectors in (VECTORS["good"], VECTORS["bad"]):
        assert set(REGISTER) <= {vector["content"].get("type") for vector in vectors if vector["content"]}


def test_problems_carry_what_a_sentence_needs() -> None:
    with pytest.raises(NotAcceptable) as refused:
        write({**GOOD["pitch.open, smallest"], "title": {"fr": "x" * 201}})
    assert refused.value.params == {"max_length": 200}


def test_null_is_told_from_absent() -> None:
    revise = write(GOOD["pitch.revise, one field restated, one emptied"])
    assert {"title", "barrier"} <= revise.model_fields_set
    assert "why" not in revise.model_fields_set


def test_a_record_cannot_be_changed_not_even_inside() -> None:
    record = read(GOOD["pitch.open, full"])
    with pytest.raises(ValueError, match="frozen"):
        record.by = None
    assert isinstance(record.asks, tuple)  # type: ignore[attr-defined]


def test_what_a_record_speaks_of_and_carries() -> None:
    pitch, pledge = GOOD["pledge.offer, full"]["pitch"], GOOD["pledge.fulfil"]["pledge"]
    subjects = {name: refers_to(read(content)) for name, content in GOOD.items()}
    assert subjects["pitch.open, full"] is None
    assert subjects["pledge.offer, full"] == pitch
    assert subjects["pledge.fulfil"] == pledge
    assert subjects["comment"] == GOOD["comment"]["on"]
    assert subjects["member.revise, one field restated, one emptied"] == GOOD["thanks"]["by"]
    assert subjects["artifact.publish, smallest"] is None
    assert subjects["vouch, full"] is None  # a node is no entry
    assert subjects["member.move, full"] == GOOD["member.move, full"]["by"]
    assert subjects["circle.join, full"] == GOOD["circle.join, full"]["circle"]
    assert subjects["translation, full"] == GOOD["translation, full"]["of"]
    assert all(parse_entry(subject) for subject in subjects.values() if subject is not None)
    assert [blob.name for blob in blobs_of(read(GOOD["artifact.publish, full"]))] == ["before-after.png"]
    assert blobs_of(read(GOOD["comment"])) == ()


def test_every_pattern_has_its_own_code_and_every_list_its_own_values() -> None:
    assert len(set(PATTERN_CODES.values())) == len(PATTERN_CODES)
    assert all(len(set(values)) == len(values) for values in LISTS.values())


def test_the_date_pattern_is_the_calendar() -> None:
    shape = re.compile(DATE)
    days = (date(1900, 1, 1) + timedelta(n) for n in range((date(2200, 1, 1) - date(1900, 1, 1)).days))
    real = {day.isoformat() for day in days}
    written = (f"{y:04}-{m:02}-{d:02}" for y in range(1899, 2201) for m in range(14) for d in range(33))
    assert {text for text in written if shape.match(text)} == real


@given(st.integers(0, 10**17), st.integers(0, 10**17))
def test_an_entry_id_that_passes_can_be_parsed(epoch: int, index: int) -> None:
    content = {**GOOD["comment"], "on": f"{'a' * 32}-{epoch}-{index}"}
    try:
        record = read(content)
    except Malformed:
        assert max(epoch, index) >= 10**15
    else:
        assert max(parse_entry(str(refers_to(record)))[1:]) <= MAX_INT


@given(st.integers() | st.booleans() | st.text() | st.none() | st.sampled_from([*ANSWERS]))
def test_a_mark_is_a_number_or_an_answer(mark: object) -> None:
    try:
        ballot = write({**GOOD["ballot, a choice"], "choice": {"a": mark}})
    except NotAcceptable as refused:
        assert [(found.field, found.code) for found in refused.problems] == [("choice.a", "mark")]
        assert isinstance(mark, bool) or mark not in ANSWERS
    else:
        assert isinstance(ballot, Ballot) and ballot.choice == {"a": mark} and type(mark) in (int, str)


def test_every_field_can_be_named_in_a_translation() -> None:
    for model in REGISTER.values():
        for path in field_paths(model):
            named = path.replace("[]", ".k").replace("*", "k")
            write({**GOOD["translation, full"], "texts": {named: {"fr": "x"}}})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([*PATTERN_CODES, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*REGISTER]), st.data())
def test_any_content_gives_a_record_or_a_named_error(kind: str, data: st.DataObject) -> None:
    fields = st.sampled_from([field.alias or name for name, field in REGISTER[kind].model_fields.items()])
    good = next(content for content in GOOD.values() if content["type"] == kind)
    content = {**good, **data.draw(st.dictionaries(fields | st.text(), JSON)), "type": kind}
    try:
        write(content)
    except NotAcceptable as refused:
        assert refused.problems and all(problem.code for problem in refused.problems)
    try:
        read(content)
    except RemoteError as error:
        assert isinstance(error, Malformed)


@given(JSON)
def test_any_type_is_known_or_unsupported(kind: Any) -> None:
    if kind not in [*REGISTER]:
        with pytest.raises(Unsupported):
            read({"type": kind})


def field_paths(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Dotted names of all fields of a model, those of list items as ``asks[].key``, of dicts as ``asks.*.key``."""
    found = set()
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        found.add(path)
        for inner, mark in parts_of(field.annotation):
            found |= field_paths(inner, f"{path}{mark}.")
    return found


def parts_of(annotation: Any, mark: str = "") -> list[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [(annotation, mark)]
    origin = getattr(annotation, "__origin__", None)
    inner = {tuple: "[]", dict: ".*"}.get(origin, mark)
    return [found for argument in getattr(annotation, "__args__", ()) for found in parts_of(argument, inner)]


RESTATES = {
    "circle.revise": "circle.found",
    "pitch.revise": "pitch.open",
    "artifact.revise": "artifact.publish",
    "event.revise": "event.schedule",
}


@pytest.mark.parametrize(("kind", "opening"), RESTATES.items())
def test_a_revise_may_name_every_field_and_empties_all_but_what_opens(kind: str, opening: str) -> None:
    fields, opened = REGISTER[kind].model_fields, REGISTER[opening].model_fields
    common = {"type", "by", "lang", "audience"}
    assert set(opened) < set(fields)
    base = next(content for content in GOOD.values() if content["type"] == kind)
    for name in set(opened) - common:
        emptied = {**{field: base[field] for field in ("type", "by", kind.partition(".")[0])}, name: None}
        if opened[name].is_required():
            with pytest.raises(NotAcceptable):
                write(emptied)
        else:
            record = write(emptied)
            assert (
                name in record.model_fields_set and getattr(record, name) is None and blobs_of(record) == ()
            )


def test_every_type_and_field_is_documented() -> None:
    page = (ROOT / "docs/spec/records.md").read_text("utf-8")
    sections = dict(re.findall(r"^### `([a-z_.]+)`\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(REGISTER)
    common = {"type", "by", "lang", "audience"}
    for kind, model in REGISTER.items():
        named = set(re.findall(r"^\| `([^`]+)`", sections[kind], re.MULTILINE))
        wanted = {
            path for path in field_paths(model) if not path.endswith(".alt") or "blobs" in path
        } - common
        if kind in RESTATES:  # the rest is said to be what the opening record may name
            wanted -= field_paths(REGISTER[RESTATES[kind]])
        assert named == wanted, kind


def test_every_open_list_and_code_is_documented() -> None:
    page = (ROOT / "docs/spec/records.md").read_text("utf-8")
    for values in LISTS.values():
        assert all(f"`{value}`" in page for value in values)
    codes = {code for vector in VECTORS["bad"] for _, code in vector["write"]} | set(PATTERN_CODES.values())
    assert all(f"`{code}`" in page for code in codes)
