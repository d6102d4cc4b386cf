"""Which translation is shown, and whether it still fits: tables in English and French."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.records import read
from protocol.rules.translations import Offered, language, shown, state, texts_of
from tests.kit.records import FULL

EN = {"en": "What Halifax changed"}
FR = {"fr": "Ce que Halifax a changé"}


def offered(id_: str, text: str, tag: str = "fr", **fields: Any) -> Offered:
    return Offered(
        **{"id": id_, "field": "title", "tag": tag, "text": text, "origin": "human", "time": 1, "was": EN}
        | fields
    )


HUMAN = offered("b", "Ce que Halifax a changé")
MACHINE = offered("c", "Quoi Halifax a changé", origin="machine", time=9)
NEWER = offered("a", "Les changements de Halifax", time=2)
TIED = offered("d", "Halifax : les changements")


@pytest.mark.parametrize(
    ("given_", "first"),
    [
        ([HUMAN, MACHINE], "b"),
        ([MACHINE], "c"),
        ([HUMAN, NEWER], "a"),
        ([HUMAN, TIED], "d"),
        ([MACHINE, offered("e", "Autre", origin="machine", time=3)], "c"),
        ([HUMAN, offered("f", "…", tag="fr-CA", time=5)], "f"),
        ([offered("g", "Ancien", was={"en": "Before"}), MACHINE], "g"),
    ],
)
def test_a_person_goes_before_a_machine_then_the_newer_then_the_id(given_: list[Offered], first: str) -> None:
    for order in (given_, given_[::-1]):
        assert [one.offered.id for one in shown({"title": EN}, order)] == [first]


@pytest.mark.parametrize(
    ("author", "other"),
    [
        (EN | FR, HUMAN),
        ({"fr-CA": "Titre"}, HUMAN),
        (FR, offered("b", "Le titre", tag="fr-CA")),
        (FR | EN, offered("b", "The title", tag="en-GB")),
    ],
)
def test_what_the_author_says_herself_is_not_said_for_her(author: dict[str, str], other: Offered) -> None:
    assert shown({"title": author}, [other]) == []


def test_each_language_and_field_has_its_own_and_a_field_that_is_gone_has_none() -> None:
    english = offered("e", "Lab", tag="en", was=FR)
    german = offered("g", "Werkstatt", tag="de", was=FR)
    gone = offered("x", "Barrier", tag="en", field="barrier", was=FR)
    found = shown({"title": FR}, [english, german, gone])
    assert [(one.offered.tag, one.state) for one in found] == [("de", "current"), ("en", "current")]


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        (EN, EN, "current"),
        (FR, FR, "current"),
        (EN, {"en": "What Halifax changed, and why"}, "stale"),
        (FR, {"fr": "Ce que Halifax a changé, et pourquoi"}, "stale"),
        (EN, EN | FR, "stale"),
        (None, EN, "unknown"),
    ],
)
def test_stale_is_what_the_author_said_otherwise(was: Any, now: dict[str, str], found: str) -> None:
    assert state(was, now) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("fr", "fr-CA", True),
        ("EN", "en-GB", True),
        ("iu-Cans", "iu-Latn", False),
        ("iu-Latn-CA", "iu-Latn", True),
        ("fr", "en", False),
    ],
)
def test_a_language_is_its_primary_subtag_and_script(one: str, other: str, same: bool) -> None:
    assert (language(one) == language(other)) is same


def test_fields_are_dotted_and_items_are_named_by_their_key() -> None:
    texts = texts_of(read({**FULL, "by": "a" * 32 + "-0-0"}))
    assert {
        "title",
        "why",
        "benefits.self",
        "asks.travel.text",
        "own.0.text",
        "sharing.talk.audience",
    } <= set(texts)
    assert texts["title"] == FULL["title"]
    assert not {"type", "by", "where.place", "cost.currency", "asks.travel.kind"} & set(texts)


some = st.lists(
    st.builds(
        offered,
        st.sampled_from("abcdef"),
        st.sampled_from(["un", "deux"]),
        st.sampled_from(["fr", "fr-CA", "de"]),
        origin=st.sampled_from(["human", "machine"]),
        time=st.integers(0, 3),
    ),
    max_size=8,
    unique_by=lambda one: (one.id, one.tag),
)


@given(some, st.randoms(use_true_random=False))
def test_the_order_they_come_in_decides_nothing(given_: list[Offered], random: Any) -> None:
    kept = {(one.id, language(one.tag)): one for one in given_}.values()  # a translation says a field once
    mixed = list(kept)
    random.shuffle(mixed)
    assert shown({"title": EN}, mixed) == shown({"title": EN}, kept)
