"""A poll and a ballot between their forms and their records.

Law: pure functions. Options left empty do not count and the others are numbered as the record will number them, so that
a refusal finds its field. A time is told in both languages by itself. Source: DOMAIN section 3, *Polls*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from protocol.limits import MAX_ITEMS
from protocol.records.polls import ANSWERS, PollKind
from protocol.rules.polls import SCORE
from store.views.shapes import IssueItem, OwnBallot, Poll
from web.formats import Formats
from web.forms import Form
from web.i18n import LANGUAGES, N_
from web.pages.writing import bare

KINDS: Final[tuple[str, ...]] = get_args(PollKind)
WHO: Final = ("network", "circle", "nodes")
TEXTS: Final = tuple(f"text.{tag}" for tag in LANGUAGES)
TIMES: Final = ("start", "end")
LINE: Final = 300  # of a question or an option
FIELDS: Final = {
    "subject": "",
    "eligible": "who",
    "eligible.circle": "circle",
    "eligible.nodes": "nodes",
    "limits.score": "limits.most",
    "limits.choose": "limits.choose",
    "options": "options.0.text",
}
"""Fields of the record that have another name, or none, on the page."""


def compact(form: Form) -> int:
    """Number the options that are typed 0, 1, 2 …, forget the others; how many there are."""
    telling = TIMES if form.typed("kind") == "times" else TEXTS
    rows = [
        row for row in form.rows("options") if any(form.typed(f"options.{row}.{name}") for name in telling)
    ]
    moved = {
        f"options.{number}.{name}": form.values[f"options.{row}.{name}"]
        for number, row in enumerate(rows)
        for name in (*TEXTS, *TIMES, "ref")
        if f"options.{row}.{name}" in form.values
    }
    form.values = {key: items for key, items in form.values.items() if not key.startswith("options.")} | moved
    return len(rows)


def make_room(form: Form, rows: int) -> None:
    """Fields for so many options, so that an error of an empty one finds its place."""
    for row in range(rows):
        for name in (*TEXTS, *TIMES):
            form.values.setdefault(f"options.{row}.{name}", [""])


# ── a poll ───────────────────────────────────────────────────────────────────────────────────────────────────


def read_poll(form: Form, zone: str, tellers: Mapping[str, Formats]) -> dict[str, Any]:
    """The record as typed, empty fields left out. ``tellers``: by language, how a time is told there."""
    question = form.bilingual("question", required=True, longest=LINE)
    kind = form.choice("kind", KINDS, required=True)
    count = compact(form)
    read = _times if kind == "times" else _texts
    options = [_option(form, row, read(form, row, zone, tellers)) for row in range(count)]
    if count < 2:
        name = f"options.{count}.{'start' if kind == 'times' else 'text'}"
        form.wrong(name, N_("Give at least two options to choose between."))
    return bare(
        {
            "type": "poll.open",
            "subject": form.line("subject"),
            "question": question,
            "text": form.bilingual("text", longest=4000),
            "kind": kind,
            "options": options[:MAX_ITEMS],
            "closes": form.moment("closes", zone, required=True),
            "eligible": _eligible(form),
            "secret": form.typed("secret") == "yes",
            "limits": _limits(form, kind),
        }
    )


def _option(form: Form, row: int, told: dict[str, Any]) -> dict[str, Any]:
    return bare({"key": f"o{row + 1}", **told, "ref": form.line(f"options.{row}.ref")})


def _texts(form: Form, row: int, _zone: str, _tellers: Mapping[str, Formats]) -> dict[str, Any]:
    return {"text": form.bilingual(f"options.{row}.text", required=True, longest=LINE)}


def _times(form: Form, row: int, zone: str, tellers: Mapping[str, Formats]) -> dict[str, Any]:
    start = form.moment(f"options.{row}.start", zone, required=True)
    end = form.moment(f"options.{row}.end", zone)
    if start and end and dt.datetime.fromisoformat(end) <= dt.datetime.fromisoformat(start):
        form.wrong(f"options.{row}.end", N_("The end comes before the start."))
    text = {tag: teller.datetime(start, zone) for tag, teller in tellers.items()} if start else {}
    return {"text": text, "start": start, "end": end}


def _eligible(form: Form) -> Any:
    who = form.choice("who", WHO, required=True)
    if who == "circle":
        circle = form.line("circle")
        if not circle:
            form.wrong("circle", N_("Choose one."))
        return {"circle": circle}
    if who == "nodes":
        nodes = [node for node in form.all("nodes") if node]
        if not nodes:
            form.wrong("nodes", N_("Choose at least one."))
        return {"nodes": nodes}
    return "network"


def _limits(form: Form, kind: str) -> dict[str, Any]:
    if kind == "choose-many":
        return bare({"choose": form.integer("limits.choose", least=1, most=MAX_ITEMS)})
    if kind == "dots":
        return bare({"dots": form.integer("limits.dots", least=1, most=1_000)})
    if kind != "score":
        return {}
    least, most = (form.integer(f"limits.{name}", most=1_000) for name in ("least", "most"))
    if least is None and most is None:
        return {}
    return {"score": [SCORE[0] if least is None else least, SCORE[1] if most is None else most]}


def of_issues(issues: Sequence[IssueItem]) -> dict[str, Any]:
    """The options of a poll about issues, as a form holds them."""
    return {
        f"options.{row}": {
            "text": {tag: issue["title"][tag] for tag in LANGUAGES if tag in issue["title"]}
            or {LANGUAGES[0]: next(iter(issue["title"].values()))},
            "ref": issue["id"],
        }
        for row, issue in enumerate(issues)
    }


# ── a ballot ─────────────────────────────────────────────────────────────────────────────────────────────────


def read_ballot(form: Form, poll: Poll) -> dict[str, Any]:
    """The choice of a ballot as typed."""
    keys = [option["key"] for option in poll["options"]]
    if poll["kind"] == "choose-one":
        chosen = form.choice("choice", keys, required=True)
        return {chosen: 1} if chosen else {}
    if poll["kind"] == "choose-many":
        return dict.fromkeys(form.choices("choice", keys, required=True), 1)
    marks = {key: _mark(form, poll, key) for key in keys}
    choice = {key: mark for key, mark in marks.items() if mark not in (None, "")}
    if not choice and not form.errors:
        form.wrong(f"choice.{keys[0]}", N_("Say something about at least one option."))
    return choice


def _mark(form: Form, poll: Poll, key: str) -> int | str | None:
    name = f"choice.{key}"
    if poll["kind"] == "times":
        return form.choice(name, ANSWERS)
    if poll["kind"] == "score" and form.typed(name).strip().startswith("-"):
        least, most = poll["limits"]["score"] or list(SCORE)
        typed = form.typed(name).strip()
        found = [mark for mark in range(least, min(most, -1) + 1) if str(mark) == typed]
        return found[0] if found else form.integer(name)
    mark = form.integer(name)
    return None if poll["kind"] == "dots" and not mark else mark


def typed_ballot(poll: Poll) -> Form:
    """The form of a ballot as its voter last filled it in."""
    mine: OwnBallot | None = poll["mine"]
    if mine is None:
        return Form()
    if poll["kind"] in ("choose-one", "choose-many"):
        return Form.of({"choice": list(mine["choice"])})
    return Form.of({f"choice.{key}": mark for key, mark in mine["choice"].items()})
