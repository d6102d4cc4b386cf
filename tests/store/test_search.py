"""Search: accents, stems in two languages, beginnings, marks around matches; nothing restricted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import search
from store.search import Sought, fragments
from store.views.shapes import Hit
from store.views.texts import Stems, folded, match, words_of
from tests.kit.logs import Author
from tests.kit.views import Shelf, full_pitch, member, say


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    author = Author(1)
    say(
        author,
        {
            "type": "node.profile",
            "name": {"en": "Ministry of Jobs", "fr": "Ministère de l’Emploi"},
            "jurisdiction": "CA-BC",
        },
    )
    by = member(
        author,
        "Élodie, facilitatrice",
        offers=[{"kind": "facilitation", "text": {"fr": "Animer des ateliers"}}],
    )
    say(author, full_pitch(by, title={"en": "Learning from libraries", "fr": "Apprendre des bibliothèques"}))
    say(author, full_pitch(by, title={"en": "Secret lab"}, why={"en": "libraries"}), audience=[author.node])
    kinds = {"kind": "post", "licence": "CC0-1.0", "by": by, "type": "artifact.publish"}
    say(
        author,
        {
            **kinds,
            "title": {"en": "A walk"},
            "body": {"en": "We visited one library, and the libraries answered."},
        },
    )
    say(
        author,
        {
            **kinds,
            "title": {"fr": "Créer un formulaire"},
            "body": {"fr": "Les écoles ont créé des formulaires."},
        },
    )
    say(author, {**kinds, "title": {"de": "Bürgernähe"}, "body": {"de": "Straße und Bücherei"}})
    return Shelf(author).take_all(author)


def found(shelf: Shelf, q: str, **more: Any) -> list[Hit]:
    return search.find(shelf.db, shelf.viewer(None), q, **more)


def titles(shelf: Shelf, q: str, **more: Any) -> list[str]:
    return ["".join(part.text for part in hit["title"]) for hit in found(shelf, q, **more)]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("library learned", "Learning from libraries"),  # stems
        ("LIBRARIES", "Learning from libraries"),  # a title outweighs a body
        ("librar", "Learning from libraries"),  # beginning
        ("bibliotheque", "Apprendre des bibliothèques"),  # no accents, French stem
        ("bibliothèques", "Apprendre des bibliothèques"),
        ("ecole", "Créer un formulaire"),
        ("formulaires", "Créer un formulaire"),
        ("elodie", "Élodie, facilitatrice"),
        ("atelier", "Élodie, facilitatrice"),
        ("emploi", "Ministère de l’Emploi"),
        ("ministry", "Ministry of Jobs"),
        ("burgernahe", "Bürgernähe"),
        ("strasse", "Bürgernähe"),
        ("halifax intake", "Learning from libraries"),
    ],
)
def test_finds(shelf: Shelf, q: str, first: str) -> None:
    assert titles(shelf, q, lang="fr" if first.startswith("App") else None)[0] == first


@pytest.mark.parametrize(
    "q", ["", "   ", "?!", "secret", "library secret", "zanzibar", '"', "*", "kind:pitch zanzibar"]
)
def test_finds_nothing(shelf: Shelf, q: str) -> None:
    assert found(shelf, q) == []


def test_operators_are_words(shelf: Shelf) -> None:
    for q in (
        "library OR zanzibar",
        "NOT library",
        "NEAR(library)",
        "title:library",
        'libr" OR "x',
        "library AND",
    ):
        assert isinstance(found(shelf, q), list)
    assert titles(shelf, "library NOT learning") == [], "NOT is looked for like any word"


def test_kinds_narrow(shelf: Shelf) -> None:
    assert {hit["kind"] for hit in found(shelf, "e")} >= {"member", "node"}
    assert titles(shelf, "library", kinds=["artifact"]) == ["A walk"]
    assert {hit["kind"] for hit in found(shelf, "e", kinds=["member", "node"])} == {"member", "node"}


def test_matches_are_marked_and_texts_whole(shelf: Shelf) -> None:
    hit = found(shelf, "library", kinds=["artifact"])[0]
    marked = [part.text for part in hit["excerpt"] if part.match]
    assert marked == ["library", "libraries"]
    assert (
        "".join(part.text for part in hit["excerpt"]) == "We visited one library, and the libraries answered."
    )
    assert hit["lang"] == "en"


BODY = """## What they did

The team **removed three fields** and asked a *plain* question. See [the _form_](https://a.example "t").

| Before | After |
|---|---|
| 14 | 11 |

1. Test `again`
> snake_case, 2 * 3, \\*kept\\*
```
done
"""


def test_a_fragment_holds_no_markdown() -> None:
    author = Author(1)
    by = member(author, "analyst")
    kinds = {"kind": "post", "licence": "CC0-1.0", "by": by, "type": "artifact.publish"}
    say(author, {**kinds, "title": {"en": "A form"}, "body": {"en": BODY}})
    say(author, {**kinds, "title": {"en": "A list"}, "body": {"en": "- fields\n- one\n  *two*\n\nEnd"}})
    shelf = Shelf(author).take_all(author)
    assert ["".join(part.text for part in hit["excerpt"]) for hit in found(shelf, "fields")] == [
        "fields · one · two End",
        "What they did · The team removed three fields and asked a plain question. See the form. "
        "· Before · After · 14 · 11 · Test again · snake_case, 2 * 3, *kept*…",
    ]


@pytest.mark.parametrize("part", ["*", "*a ", "[a](", "_", " ", "- ", "|-", "`", '](a "', "\\", "~"])
def test_any_markdown_is_made_plain(part: str) -> None:
    text = search._plain(part * 8_000 + "x")
    assert "\n" not in text and len(text) <= 3 * 8_000 * len(part)


def test_what_was_revised_is_found_by_its_new_words_only() -> None:
    author = Author(1)
    by = member(author, "analyst")
    pitch = say(author, full_pitch(by, title={"en": "Old wording"}))
    say(author, {"type": "pitch.revise", "by": by, "pitch": pitch, "title": {"en": "New phrasing"}})
    say(author, {"type": "member.revise", "by": by, "member": by, "name": "Somebody else"})
    shelf = Shelf(author)
    for index in range(author.size):
        shelf.take([(author, index)])
    assert titles(shelf, "wording") == titles(shelf, "analyst") == []
    assert titles(shelf, "phrasing") == ["New phrasing"]
    assert titles(shelf, "somebody") == ["Somebody else"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_anything_typed_is_a_sound_expression(shelf: Shelf, q: str) -> None:
    expression = match(q)
    assert (expression is None) == (not words_of(q))
    for hit in found(shelf, q):
        assert "".join(part.text for part in hit["title"])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=200), st.sampled_from(["en", "fr", "de", ""]))
def test_fragments_are_the_text_and_nothing_else(q: str, text: str, tag: str) -> None:
    pieces = fragments(Sought(q), tag, text)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12), max_size=20))
def test_remembered_stems_are_the_stems(words: list[str]) -> None:
    kept = Stems()
    kept.of("en", words)
    for tag in ("en", "fr-CA", "de"):
        assert kept.of(tag, words) == Stems().of(tag, words)
