"""Fuzz every target, one process after the other, and say of each what came of it.

    python -m tests.fuzz [TARGET …] [--seconds N] [--corpus DIR]

Without ``--seconds`` half an hour is shared among the targets named, or among all. Exit code 1 when anything was found:
the input lies in ``tests/fuzz/found/`` then, where the ordinary tests try it from now on. 2 when it cannot run.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.targets import FOUND, TARGETS

ALL_SECONDS: Final = 1_800
TIMEOUT: Final = 10  # seconds that one input may take: a hang, a hundred times over
MEMORY: Final = 1_024  # MiB of the whole process, interpreter and coverage included
STARTING: Final = 600  # seconds that starting and ending may take beyond the time given, on a busy machine
_RUNS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_LAST: Final = re.compile(r"^#(\d+)", re.MULTILINE)


class Result(NamedTuple):
    """What came of one target; ``kept`` is the input that broke it, ``why`` the end of what its process said."""

    name: str
    runs: int
    seconds: float
    fresh: int
    kept: Path | None
    why: str

    @property
    def good(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        rate = self.runs / self.seconds if self.seconds else 0
        found = "ok" if self.good else f"FOUND {self.kept or 'no input kept'}"
        return f"{self.name:14} {self.runs:>10,} runs {rate:>8,.0f}/s {self.fresh:>6,} new  {found}"


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, help="for each target")
    parser.add_argument("--corpus", type=Path, help="keep what was learned here, and begin with it")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed here; `make fuzz` installs it")
    names = asked.targets or list(TARGETS)
    seconds = asked.seconds or max(1, ALL_SECONDS // len(names))
    with tempfile.TemporaryDirectory() as folder:
        corpus = asked.corpus or Path(folder)
        results = [told(fuzz(name, seconds, corpus / name)) for name in names]
    return 0 if all(result.good for result in results) else 1


def told(result: Result) -> Result:
    """Say it as soon as it is known."""
    print(result, flush=True)
    if not result.good:
        print(result.why, file=sys.stderr, flush=True)
    return result


def fuzz(name: str, seconds: int, corpus: Path) -> Result:
    """Run one target for some seconds in a process of its own; ``corpus`` is the folder of what it learns."""
    corpus.mkdir(parents=True, exist_ok=True)
    _fill(corpus, TARGETS[name].seeds())
    before = len(list(corpus.iterdir()))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as kept:
        code, said = _run(name, seconds, corpus, kept)
        broke = _keep(name, Path(kept).iterdir())
    took = time.monotonic() - began
    runs = _RUNS.search(said) or (_LAST.findall(said) and re.search(r"(\d+)", _LAST.findall(said)[-1]))
    fresh = len(list(corpus.iterdir())) - before
    why = "" if code == 0 and broke is None else _end_of(said)
    return Result(
        name, int(runs[1]) if runs else 0, took, fresh, broke, why or ("" if code == 0 else "no word")
    )


def _run(name: str, seconds: int, corpus: Path, kept: str) -> tuple[int, str]:
    options = (f"-max_total_time={seconds}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}")
    command = [sys.executable, "-m", "tests.fuzz.led", name, *options, "-print_final_stats=1"]
    try:
        done = subprocess.run(
            [*command, f"-artifact_prefix={kept}/", str(corpus)],
            check=False,
            capture_output=True,
            timeout=seconds + STARTING,
        )
    except subprocess.TimeoutExpired as error:
        return 1, f"still running after its time: {(error.stderr or b'').decode('utf-8', 'replace')}"
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def _end_of(said: str) -> str:
    """The traceback of what broke a target, else the last that its process said."""
    _, uncaught, traceback = said.rpartition("=== Uncaught Python exception: ===")
    return traceback[:4_000] if uncaught else said[-4_000:] or "it ended without a word"


def _fill(folder: Path, inputs: Iterable[bytes]) -> None:
    for data in inputs:
        (folder / _name_of(data)).write_bytes(data)


def _keep(name: str, found: Iterable[Path]) -> Path | None:
    """Keep the inputs that broke a target where the ordinary tests try them; the first of them."""
    kept = []
    for path in found:
        data = path.read_bytes()
        (FOUND / name).mkdir(parents=True, exist_ok=True)
        kept.append(FOUND / name / _name_of(data))
        kept[-1].write_bytes(data)
    return kept[0] if kept else None


def _name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
