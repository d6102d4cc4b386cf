"""Every command and setting is described; the link of every document leads somewhere.

Frames are held to their page by tests/protocol/test_frames.py, records by tests/protocol/test_records.py, routes and
calls by tests/web/test_openapi.py.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from node.cli import main
from node.config import PREFIX, SETTINGS

ROOT = Path(__file__).parent.parent
OPERATE = (ROOT / "docs/operate.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(group: click.Group, before: str = "") -> list[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    found: list[tuple[str, click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None and command.name == name
        words = f"{before} {name}".strip()
        found += commands(command, words) if isinstance(command, click.Group) else [(words, command)]
    return found


COMMANDS = commands(main)


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_every_command_and_flag_is_described(words: str, command: click.Command) -> None:
    assert command.help, f"barnraise {words} has no help"
    assert f"`{words}" in OPERATE or f"barnraise {words}" in OPERATE
    for parameter in command.params:
        for flag in parameter.opts:
            if flag.startswith("--"):
                assert flag in OPERATE, f"{flag} of {words}"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_described(name: str) -> None:
    assert f"`{name}`" in OPERATE
    assert PREFIX in OPERATE


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_in_a_document_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+://|mailto:", target):
            assert (page.parent / target).exists(), target


def test_every_decision_has_its_number_and_says_what_it_costs() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text("utf-8")
        assert "**Decided.**" in text and "**Why.**" in text and "**What it costs.**" in text, page.name


def test_every_test_the_threat_model_names_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs/threat-model.md").read_text("utf-8")))
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert named
    assert {name for name in named if f"def {name}(" not in sources} == set()


ASKS = [
    words
    for words, _ in COMMANDS
    if words.split()[0] in ("status", "doctor", "member", "token", "peer", "key")
]


@pytest.mark.parametrize("words", ASKS)
def test_a_command_that_only_asks_imports_nothing_of_the_node(words: str) -> None:
    look = (
        "import sys; from node.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print(*sorted({'web', 'aiohttp', 'pydantic'} & sys.modules.keys()), file=sys.stderr)"
    )
    line = [sys.executable, "-c", look, *words.split(), "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert "Usage:" in done.stdout
    assert done.stderr.strip() == ""
