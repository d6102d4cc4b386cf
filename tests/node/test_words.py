"""Every code the node can refuse with has a sentence that says what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.cli.words import SHELL, sentences
from protocol.errors import Refused
from protocol.records import NotAcceptable, Problem
from web.problems import SENTENCES

ROOT = Path(__file__).parent.parent.parent


def codes() -> Iterator[tuple[str, str]]:
    """Every literal code of a Refused raised in node/, with where."""
    for path in sorted((ROOT / "node").rglob("*.py")):
        for part in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(part, ast.Call) or getattr(part.func, "id", "") != "Refused":
                continue
            for code in ast.walk(part.args[0]) if part.args else ():
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value, f"{path.relative_to(ROOT)}:{part.lineno}"


FOUND = dict(codes())


def test_the_walk_finds_codes() -> None:
    assert len(FOUND) > 20


@pytest.mark.parametrize("code", sorted(FOUND))
def test_each_code_has_its_sentence(code: str) -> None:
    assert code in SHELL or code in SENTENCES, FOUND[code]


@pytest.mark.parametrize("code", sorted(SHELL))
def test_sentences_are_sentences(code: str) -> None:
    assert SHELL[code].endswith(".")


def test_parameters_are_filled_in_and_all_faults_named() -> None:
    (one,) = sentences(Refused("node-missing", field="data", path="/srv/x"))
    assert "/srv/x" in one
    many = sentences(
        NotAcceptable(Problem("title", "missing", {}), Problem("asks.0", "too-many", {"max_length": 50}))
    )
    assert [line.split(":")[0] for line in many] == ["title", "asks.0"]
    assert "50" in many[1]
    assert sentences(Refused("never-heard-of", a=1)) == ["never-heard-of a=1"]
    assert sentences(Refused("node-missing")), "a parameter that is missing does not hide the sentence"
