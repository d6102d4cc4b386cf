"""Which passwords are too easy, and why.

Law: length first, then what a guesser tries first: what repeats, what follows the keys, names others know, the
commonest words. No rule about kinds of characters. Our own list, made of rules, so that it stays one page. Pure:
strings in, the sentence out. Source: NIST SP 800-63B section 3.1.1.2; WEB "Pages" (welcome).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from web.i18n import N_

LEAST: Final = 12
MOST: Final = 1_000  # characters: more is not a password but a load on the hasher
DIFFERENT: Final = 5  # characters a password has at least
LEFT: Final = 6  # characters that must remain when everything guessable is taken out
_RUN: Final = 4  # keys in a row from which on it is no chance
_NAME: Final = 3  # letters of a name worth taking out

_ROWS: Final = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertz"),
    *("1234567890", "01234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv", "!@#$%^&*()"),
)
_COMMON: Final = """
motdepasse password passw0rd passwort passphrase administrateur administrator admin root guest invite utilisateur user
login signin welcome bienvenue bonjour bonsoir hello salut letmein ouvretoi changemeplease changeme changer temporary
temporaire default defaut secret secrete iloveyou jetaime sunshine soleil princess princesse dragon monkey singe
football hockey baseball canadiens senateurs mapleleafs master maitre shadow ombre superman batman starwars pokemon
computer ordinateur internet windows office excel google canada quebec ontario montreal toronto vancouver ottawa
government gouvernement ministere ministry department public service servant fonctionnaire january february march
april june july august september october november december janvier fevrier mars avril juin juillet aout septembre
octobre novembre decembre monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi
samedi dimanche spring summer autumn winter printemps automne hiver correcthorsebatterystaple correct horse battery
staple test testing demo azerty qwerty trustno freedom liberte whatever nothing flower fleur cheese fromage chocolat
chocolate coffee banana amour love please forever
"""
_PRODUCT: Final = ("barnraise", "barn", "raise")
_DIGITS_SIGNS: Final = re.compile(r"[\W\d_]+")
_SWAPPED: Final = str.maketrans("0134578@$!", "oieastbasi")

REPEATS: Final = N_(
    "This repeats itself, and what repeats is guessed at once. Use four words that have nothing to do with each other."
)
FOLLOWS: Final = N_(
    "This follows the keys or the alphabet. Use four words that have nothing to do with each other."
)
NAMES: Final = N_(
    "This is made of a name others know: yours or the organisation’s. Use words that say nothing about you."
)
COMMON: Final = N_(
    "Everybody who guesses tries this one first. Choose another, such as four unrelated words."
)


def weakness(password: str, names: Iterable[str] = ()) -> str | None:
    """The sentence that says what is too easy about a password; None when nothing is.

    ``names`` are those of the people and places about her.
    """
    simple = _simple(password)
    if len(set(simple)) < DIFFERENT or _periodic(simple) or _periodic(re.sub(r"[\W_]", "", simple)):
        return REPEATS
    known = [word for name in (*names, *_PRODUCT) for word in _words(name)]
    return (
        (FOLLOWS if _short(_without_runs(simple)) else None)
        or (NAMES if _short(_without(simple, known)) else None)
        or (COMMON if _guessed(simple, known) else None)
    )


def _simple(text: str) -> str:
    """Without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _words(name: str) -> Iterator[str]:
    whole = re.sub(r"[\W_]", "", _simple(name))
    found = [whole, *re.findall(r"\w+", _simple(name))]
    return (word for word in found if len(word) >= _NAME)


def _periodic(text: str) -> bool:
    """Whether the whole is something shorter, said again and again."""
    return len(text) > 1 and (text + text).find(text, 1) < len(text)


def _without_runs(text: str) -> str:
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for size in range(len(row), _RUN - 1, -1):
            for start in range(len(row) - size + 1):
                text = text.replace(row[start : start + size], "")
    return text


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def _short(text: str) -> bool:
    """Whether too little is left to be guessed: signs and figures alone are soon tried."""
    return len(_DIGITS_SIGNS.sub("", text)) < LEFT and len(text) < 2 * LEFT


def _guessed(simple: str, known: list[str]) -> bool:
    """Whether little stays of it without common words, also when figures stand for letters."""
    tried = (simple, simple.translate(_SWAPPED))
    return any(_short(_without(_without_runs(one), (*known, *_COMMON.split()))) for one in tried)
