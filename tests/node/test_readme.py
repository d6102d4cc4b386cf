"""The README's own commands, line by line: two nodes, a pair, a member, a pitch, a pledge, a receipt that verifies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import Refused
from tests.kit.nodes import Process, processes
from tests.kit.organisations import until

pytestmark = pytest.mark.processes

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


class Shell:
    """Runs lines of the README in a folder, with what they leave open filled in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "barnraise"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from node.cli import main; main()" "$@"\n')
        program.chmod(0o755)
        root = str(Path(__file__).parents[2])
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": root}

    def run(self, beginning: str, **fill: str) -> str:
        """The README's only command that begins so; its standard output. ``fill``: placeholder → what stands there."""
        line = command(beginning)
        for placeholder, value in fill.items():
            assert placeholder in line or placeholder == "node", f"{placeholder} is not in: {line}"
            line = line.replace("./node" if placeholder == "node" else placeholder, value)
        done = subprocess.run(
            ["sh", "-euc", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def command(beginning: str) -> str:
    """A command of the README, continued lines joined, its remark left out."""
    lines = README.replace("\\\n", " ").splitlines()
    found = [line.strip() for line in lines if line.strip().startswith(beginning)]
    assert len(found) == 1, f"{beginning}: {found}"
    return found[0].split("     # ")[0].split("      # ")[0]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def pair(shell: Shell) -> Iterator[list[Process]]:
    """Two nodes made as the README says. They run on free ports, which is all that differs."""
    datas = [shell.folder / name for name in ("one", "two")]
    for data in datas:
        shell.run("barnraise init", node=f"./{data.name}")
    assert command("barnraise run --data ./node").split() == ["barnraise", "run", "--data", "./node"]
    with processes(datas) as running:
        yield running


def test_what_the_readme_says_works(shell: Shell, pair: list[Process]) -> None:
    one, two = pair
    code = shell.run("barnraise peer invite", node="./one", **{"node.example.org:7401": one.facts["peer"]})
    shell.run("barnraise peer add", node="./two", **{"barnraise://…": code.strip()})
    assert "/join/" in shell.run("barnraise member invite", node="./one")
    members = [
        json.loads(shell.run("barnraise member add", node=f"./{name}"))["id"] for name in ("one", "two")
    ]

    shell.run('echo \'{"type": "pitch.open"')
    pitch = shell.run("barnraise publish --data ./node --as MEMBER pitch", node="./one", MEMBER=members[0])
    until(lambda: exists(two, pitch.strip()), "the pitch is on the other node")
    pledge = shell.run('echo \'{"type": "pledge.offer"', node="./two", PITCH=pitch.strip(), MEMBER=members[1])
    until(lambda: exists(one, pledge.strip()), "the pledge came back")

    shell.run("barnraise receipt", node="./one", ENTRY=pitch.strip())
    one.stop()
    assert pitch.strip() in shell.run("barnraise verify")


def exists(process: Process, entry: str) -> bool:
    """Whether a node holds an entry and shows it."""
    try:
        return bool(process.command("receipt", entry=entry))
    except Refused:
        return False
