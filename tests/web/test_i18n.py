"""Languages: who gets which, complete French, French typography (WEB "Languages")."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit import catalogue
from web.i18n import accepted, catalogues, french_spaces, negotiate, pick, typeset
from web.labels import LISTS, UNITS

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")

HEADERS = [
    (None, None, None, "en"),
    ("fr", "en", "en", "fr"),
    (None, "fr", "en", "fr"),
    ("de", None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
    (None, None, "en;q=0.2, fr;q=0.7", "fr"),
    (None, None, "de, es;q=0.9", "en"),
    (None, None, "fr;q=0, en;q=0.1", "en"),
    (None, None, "fr;q=bogus, en", "en"),
]


@pytest.mark.parametrize(("cookie", "account", "accept", "expected"), HEADERS)
def test_the_nearest_choice_wins(
    cookie: str | None, account: str | None, accept: str | None, expected: str
) -> None:
    assert negotiate(cookie, account, accept, "en") == expected


@given(st.text(max_size=200))
def test_any_accept_language_is_read(header: str) -> None:
    assert negotiate(None, None, header, "fr") in ("en", "fr")
    assert len(accepted(header)) <= 20


SPACED = [
    ("Vraiment ?", "Vraiment\u202f?"),
    ("Vraiment?", "Vraiment\u202f?"),
    ("Oui ; non !", "Oui\u202f; non\u202f!"),
    ("Erreur : ici", "Erreur\u00a0: ici"),
    ("« bon »", "«\u00a0bon\u00a0»"),
    ("«bon»?", "«\u00a0bon\u00a0»\u202f?"),
    ("https://exemple.org/?a=1;b", "https://exemple.org/?a=1;b"),
    ("à 12:30 pile", "à 12:30 pile"),
    ("Quoi ?!", "Quoi\u202f?!"),
    ("%(count)s : %(error)s", "%(count)s\u00a0: %(error)s"),
    ("20 % de %(what)s %(who)s", "20\u00a0% de %(what)s %(who)s"),
    ("%(percent)s %% ici", "%(percent)s\u00a0%% ici"),
]


@pytest.mark.parametrize(("typed", "shown"), SPACED)
def test_french_spaces(typed: str, shown: str) -> None:
    assert french_spaces(typed) == shown


@given(st.text(max_size=100))
def test_french_spaces_change_nothing_but_spaces_and_settle(text: str) -> None:
    def bare(words: str) -> str:
        return re.sub("[ \u00a0\u202f\u2009]", "", words)

    once = french_spaces(text)
    assert bare(once) == bare(text)
    assert french_spaces(once) == once


def test_english_is_left_alone() -> None:
    assert typeset("Really ?", "en") == "Really ?"
    assert typeset("Vraiment ?", "fr-CA") == "Vraiment\u202f?"


def test_the_readers_language_then_the_original_then_the_first() -> None:
    text = {"fr-CA": "bonjour", "en": "hello"}
    assert pick(text, "fr") == ("fr-CA", "bonjour")
    assert pick({"de": "hallo", "en": "hello"}, "fr", "en") == ("en", "hello")
    assert pick({"de": "hallo", "en": "hello"}, "fr") == ("de", "hallo")
    assert pick({"en": "", "fr": "bonjour"}, "en") == ("fr", "bonjour")
    assert pick({}, "en") == ("en", "")


# The catalogue


def test_no_sentence_is_missing_or_left_over() -> None:
    said = {catalogue.key(message) for message in catalogue.extract() if message.id}
    assert len(said) > 250
    assert set(catalogue.messages(catalogue.read(catalogue.FRENCH))) == said


def test_every_sentence_has_its_french() -> None:
    assert [
        catalogue.key(message) for message in catalogue.untranslated(catalogue.read(catalogue.FRENCH))
    ] == []


def test_no_sentence_is_fuzzy_or_breaks_its_placeholders() -> None:
    held = catalogue.read(catalogue.FRENCH)
    assert not [message.id for message in held if message.id and message.fuzzy]
    for message in catalogue.messages(held).values():
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = {name for text in ids for name in PLACEHOLDER.findall(text)}
        for form in filter(None, forms):
            assert set(PLACEHOLDER.findall(form)) == wanted, message.id


def test_nobody_types_the_spaces() -> None:
    for message in catalogue.messages(catalogue.read(catalogue.FRENCH)).values():
        assert not re.search("[\u00a0\u202f]", "".join(message.string)), message.id


def test_english_needs_no_catalogue() -> None:
    assert catalogues()["en"].gettext("Sign in") == "Sign in"


def test_the_words_of_the_domain() -> None:
    french = catalogues()["fr"]
    assert french.pgettext("place", "Pitches") == "Appels"
    assert french.pgettext("pitch state", "Applied") == "Mis en pratique"
    assert french.pgettext("role", "Catalyst") == "Personne-relais"
    forbidden = re.compile(
        r"\b(utilisat|backer|récompense|campagne|abonn[ée]|classement|supprimer|approuver)", re.IGNORECASE
    )
    for message in catalogue.messages(catalogue.read(catalogue.FRENCH)).values():
        assert not forbidden.search(
            " ".join([message.string] if isinstance(message.string, str) else message.string)
        )


def test_the_english_words_of_the_domain() -> None:
    forbidden = re.compile(
        r"\b(users?|backers?|rewards?|campaigns?|followers?|likes?|leaderboards?|delet\w+|approv\w+)\b",
        re.IGNORECASE,
    )
    for message in catalogue.extract():
        for text in [message.id] if isinstance(message.id, str) else message.id:
            assert not forbidden.search(text.replace("A link like this", "")), text


def test_every_label_is_translated() -> None:
    french = catalogues()["fr"]
    for labels in LISTS.values():
        for context, message in labels.values():
            assert french.pgettext(context, message), message
    for singular, plural in UNITS.values():
        assert french.ngettext(singular, plural, 2).startswith("%(count)s")
