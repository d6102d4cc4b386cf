"""Every code something is refused with has a sentence in both languages, and every sentence can be said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocol.errors import Refused
from protocol.records import NotAcceptable, problem
from protocol.records.base import PATTERN_CODES
from web import zones
from web.formats import Formats
from web.forms import Form
from web.i18n import Language, catalogues
from web.problems import SENTENCES, message_of, note, problems_of, status_of

ROOT = Path(__file__).parents[2]
RAISED = re.compile(r'(?:Refused|raise wrong)\(\s*"([a-z-]+)"|problem\(\s*f?"[^"]*",\s*"([a-z-]+)"')
SHAPES = re.compile(r'^    "\w+": "([a-z-]+)",$', re.MULTILINE)
OF_THE_COMMAND_LINE = {"keyring-refused", "no-database"}  # never reach a page


def raised() -> set[str]:
    found = set(PATTERN_CODES.values())
    base = (ROOT / "protocol/records/base.py").read_text("utf-8")
    found |= set(SHAPES.findall(base[base.index("_ERROR_CODES") :].partition("}")[0]))
    for folder in ("protocol", "store", "web"):
        for file in (ROOT / folder).rglob("*.py"):
            for refused, problem_code in RAISED.findall(file.read_text("utf-8")):
                found.add(refused or problem_code)
    return found - OF_THE_COMMAND_LINE


def formats(language: Language) -> Formats:
    return Formats(language, catalogues()[language], zones.zone("UTC"), datetime(2027, 1, 1, tzinfo=UTC))


def test_every_code_has_its_sentence() -> None:
    assert sorted(raised() - set(SENTENCES)) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_sentence_can_be_said(language: Language) -> None:
    speak = formats(language)
    for code, sentence in SENTENCES.items():
        names = re.findall(r"%\((\w+)\)s", sentence)
        params = dict.fromkeys(names, 100) | {"currency": "CAD"}
        if "latest" in names:
            params["latest"] = "2027-04-10"  # type: ignore[assignment]
        said = speak.say(message_of(problem("x", code, **params)))
        assert said and "%(" not in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Put in at least $612.50 of your own; $12.50 is lacking."),
        ("fr", "12,50"),
    ],
)
def test_money_is_told_as_money(language: Language, said: str) -> None:
    gap = problem("cost.own", "own-share", currency="CAD", needed=61250, short=1250)
    assert said in formats(language).say(message_of(gap))


def test_a_share_that_cannot_be_met_says_so() -> None:
    gap = problem("cost.own", "own-share", currency="CAD", needed=None, short=None)
    assert "carry the money themselves" in formats("en").say(message_of(gap))


def test_states_and_days_are_told_in_words() -> None:
    assert "Withdrawn" in formats("en").say(message_of(problem("pitch", "ended", state="withdrawn")))
    late = problem("application.first_date", "too-late", latest="2027-04-10", days=30)
    assert "April 10, 2027" in formats("en").say(message_of(late))


def test_a_code_nobody_knows_and_lacking_parameters_still_say_something() -> None:
    for fault in (problem("x", "no-such-code"), problem("x", "too-late")):
        assert formats("en").say(message_of(fault)) == "Something is missing or does not fit."


def test_all_faults_reach_the_form_beside_their_fields() -> None:
    form = Form()
    note(form, NotAcceptable(problem("title", "missing"), problem("asks.0.key", "key", value="A B")))
    note(form, Refused("busy"))
    assert set(form.errors) == {"title", "asks.0.key", ""}


def test_a_refusal_is_unprocessable_unless_it_is_something_else() -> None:
    assert status_of(Refused("sum")) == 422
    assert status_of(Refused("not-yours")) == 403
    assert [fault.code for fault in problems_of(Refused("busy", field="x"))] == ["busy"]
