"""One word for each thing and one thing for each word, in both languages (DOMAIN section 5).

``WORDS`` is the list: where a sentence says the English word, its French says the French one, so that nothing is called
two ways. ``ALONE`` are French words that stand for nothing else. A sentence that rightly does without is named.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.kit import catalogue

WORDS: Final = {
    r"pitch(es)?": r"appel",
    r"pledges?": r"engage|promis",
    r"returns?": r"contrepartie",
    r"artifacts?": r"acquis",
    r"circles?": r"cercle",
    r"catalysts?": r"relais",
    r"check-ins?": r"points? de suivi",
    r"own share": r"part personnelle",
    r"appl(y|ied)": r"pratique",
    r"lapse[sd]?": r"échu",
    r"reus\w+": r"réutilis",
    r"label(s|led)?": r"étiquette",
    r"attest\w*": r"attest",
    r"dots?": r"gommette",
    r"scores?": r"notation",
    r"issues?": r"problème",
    r"standing offers?": r"offres? permanentes?",
    r"polls?": r"sondage|dépouill",
    r"ballots?": r"bulletin|vot|choisie",
    r"cards?": r"carte|fiche|participation",
    r"drafts?": r"ébauche",
    r"skills?": r"compétence",
    r"stewards?": r"intendance",
    r"operators?": r"exploitant",
    r"nodes?": r"nœud",
    r"peers?": r"pair",
    r"neighbours?": r"voisin",
    r"logs?": r"journa",
    r"feeds?": r"\bfils?\b",
    r"reports?": r"signal",
    r"hid(e|den|ing)": r"masqu",
    r"eras\w+": r"effac",
    r"withdr[ae]w\w*": r"retir",
    r"fulfil\w*": r"honor",
    r"pitcher": r"responsable",
    r"jurisdictions?": r"administration",
    r"passkeys?": r"clés? d’accès",
    r"tokens?": r"jeton",
    r"revis\w+": r"révis",
    r"events?": r"événement",
    r"digests?": r"résumé",
    r"muted?": r"sourdine",
    r"receipts?": r"reçu",
}
ALONE: Final = {
    r"contreparties?": r"return|wish",
    r"acquis": r"artifact|librar|wr[io]te|written up|buil[dt]",
    r"personnes?-relais|relayer?": r"catalyst|carr(y|ies)",
    r"points? de suivi": r"check-in",
    r"part personnelle": r"own share|short",
    r"échue?s?": r"laps",
    r"étiquettes?": r"label",
    r"cote de protection": r"protective",
    r"gommettes?": r"dot",
    r"notations?": r"score",
    r"problèmes?": r"issue",
    r"bulletins?": r"ballot",
    r"cartes?": r"card",
    r"ébauches?": r"draft",
    r"thèmes?": r"topic",
    r"pairs?": r"peer",
    r"voisins?": r"neighbour",
    r"fils?": r"feed",
    r"motifs?": r"reason",
    r"signal\w+": r"report",
    r"captations?": r"recording",
    r"enregistrements?": r"record",
    r"sourdine": r"mute",
    r"lacunes?": r"gap",
}
WITHOUT: Final = (
    "Pledge to: %(pitch)s",
    "The same order for everybody: what a pitch must have",
    "Raise an issue in %(circle)s",
    "Name this steward",
    "The pitcher tells how it goes",
    "That did not work. Press the button again; a passkey",
)
"""Sentences that say it with a name put in, or where the thing stands right beside them."""


def sentences() -> list[tuple[str, str]]:
    """English and French of every sentence, all their forms together."""
    held = catalogue.messages(catalogue.read(catalogue.FRENCH))
    return [(_joined(message.id), _joined(message.string)) for message in held.values()]


def _joined(forms: object) -> str:
    return forms if isinstance(forms, str) else " / ".join(forms)  # type: ignore[arg-type]


@pytest.mark.parametrize("english", WORDS)
def test_a_thing_is_called_one_way(english: str) -> None:
    said = [pair for pair in sentences() if re.search(rf"\b({english})\b", pair[0], re.IGNORECASE)]
    assert said, "a word nobody says"
    assert [
        pair
        for pair in said
        if not re.search(WORDS[english], pair[1], re.IGNORECASE) and not pair[0].startswith(WITHOUT)
    ] == []


@pytest.mark.parametrize("french", ALONE)
def test_a_french_word_stands_for_one_thing(french: str) -> None:
    said = [pair for pair in sentences() if re.search(rf"\b({french})\b", pair[1], re.IGNORECASE)]
    assert said, "a word nobody says"
    assert [pair for pair in said if not re.search(ALONE[french], pair[0], re.IGNORECASE)] == []
