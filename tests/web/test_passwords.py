"""Which passwords are refused, with which sentence, and which are not."""

from __future__ import annotations

import pytest

from web.passwords import COMMON, FOLLOWS, LEAST, NAMES, REPEATS, weakness

KNOWN = ("Amira", "Ministry of Jobs", "Ministère de l’Emploi")
WEAK = {
    REPEATS: ["aaaaaaaaaaaaaaaa", "abcabcabcabc", "passwordpassword", "lee lee lee lee", "121212121212"],
    FOLLOWS: [
        "123456789012",
        "qwertyuiopas",
        "azertyuiop123",
        "abcdefghijkl",
        "poiuytrewq12",
        "0987654321!!",
    ],
    NAMES: ["Amira2026!!!!", "barnraise123", "Ministry of Jobs 1", "ministeredelemploi", "AMIRA-jobs-2027"],
    COMMON: [
        "password1234",
        "P@ssw0rd2026!",
        "motdepasse1234",
        "Summer2026Winter!",
        "correcthorsebatterystaple",
    ],
}


@pytest.mark.parametrize(("said", "password"), [(said, one) for said, many in WEAK.items() for one in many])
def test_what_is_guessed_first_is_refused_with_its_reason(said: str, password: str) -> None:
    assert len(password) >= LEAST
    assert weakness(password, KNOWN) == said


@pytest.mark.parametrize(
    "password",
    [
        *("four unrelated brown words", "marteau lune papier canot", "xkQz9fLm2pRt", "84739205718364"),
        *("Amira keeps seven goats", "étrange valise sous la table", "tr0ub4dor&3xyz"),
    ],
)
def test_what_is_not_is_left_alone(password: str) -> None:
    assert weakness(password, KNOWN) is None
