"""Every reason of a match can be said in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocol.rules.matching import REASONS
from web import zones
from web.formats import Formats
from web.i18n import Language, catalogues
from web.reasons import SENTENCES, reason_of

PARAMS = {
    "kind": {"kind": "venue"},
    "topics": {"topics": ["data", "baking"]},
    "language": {"languages": ["en", "fr"]},
    "jurisdiction": {"jurisdiction": "CA-NS"},
    "level": {"level": "federal"},
    "soon": {"date": "2027-02-01"},
    "circle": {"circles": ["a"]},
}


def speak(language: Language) -> Formats:
    return Formats(language, catalogues()[language], zones.zone("UTC"), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("code", "english", "french"),
    [
        ("kind", "Venue", "Salle"),
        ("topics", "Data and baking", "Données et baking"),
        ("language", "English and French", "anglais et français"),
        ("jurisdiction", "Nova Scotia", "Nouvelle-Écosse"),
        ("level", "Federal", "Fédéral"),
        ("soon", "February 1, 2027", "1er février 2027"),
        ("circle", "together", "cercle"),
    ],
)
def test_a_reason_is_said_in_both_languages(code: str, english: str, french: str) -> None:
    said = {language: reason_of(speak(language), code, PARAMS[code]) for language in ("en", "fr")}
    assert english.lower() in said["en"].lower()
    assert french.lower() in said["fr"].replace("\u00a0", " ").lower()


def test_no_reason_is_without_a_sentence() -> None:
    assert set(SENTENCES) == set(REASONS) == set(PARAMS)
