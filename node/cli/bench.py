"""``bench``: what this machine does, in one table. Source: QUALITY "Benchmarks"."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from node.bench.suite import PARTS, measure
from node.bench.table import FULL, Row, Step, plan_of
from node.cli.shell import json_option, refusals_told, show_json

_RUNS: Final = 5
_WIDE: Final = 150  # columns where nobody's terminal says otherwise


@click.command("bench")
@click.argument("parts", nargs=-1, type=click.Choice(sorted(PARTS)))
@click.option(
    "--scale", type=click.FloatRange(0.01, 100), default=1.0, show_default=True, help="Size of it all."
)
@click.option("--full", is_flag=True, help=f"The sizes the goals are stated for: --scale {FULL:g}.")
@click.option(
    "--runs", type=click.IntRange(1, 99), default=_RUNS, show_default=True, help="Runs behind each median."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Measure on the disk of this folder.  [a temporary one]",
)
@json_option
@refusals_told
def bench(
    parts: tuple[str, ...], folder: Path | None, as_json: bool, *, scale: float, full: bool, runs: int
) -> None:
    """Measure this machine and this version: rates, ratios to yardsticks, and the goals beside them."""
    with tempfile.TemporaryDirectory(prefix="barnraise-bench-", dir=folder) as made:
        plan = plan_of(FULL if full else scale, runs, Path(made))
        with _telling(quiet=as_json) as step:
            rows = list(measure(plan, parts or tuple(PARTS), step))
    if as_json:
        show_json([row.as_json() for row in rows])
    else:
        Console(width=None if sys.stdout.isatty() else _WIDE).print(_table(rows, runs))


@contextlib.contextmanager
def _telling(*, quiet: bool) -> Iterator[Step]:
    """Say on standard error what is measured now."""
    if quiet:
        yield lambda _what: None
        return
    with Console(stderr=True).status("…") as status:
        yield lambda what: status.update(f"{what} …")


def _table(rows: list[Row], runs: int) -> Table:
    table = Table(title=f"Medians of {runs} runs; each ratio is taken within one run", title_justify="left")
    for name in ("what", "measured", "yardstick"):
        table.add_column(name)
    for name in ("ratio", "goal", ""):
        table.add_column(name, justify="right")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        said = "[green]met[/]" if row.met else "[bold red]missed[/]"
        table.add_row(row.what, row.measured, row.yardstick, ratio, row.goal, said)
    return table


COMMANDS: Final = (bench,)
