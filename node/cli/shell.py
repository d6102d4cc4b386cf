"""What every command shares: the folder, JSON or words, the way to the node, the way out.

Law: a refusal becomes a sentence that says what to do, on standard error, and exit code 1. The node's own modules are
imported only when they are needed: that takes a second, asking one that runs takes none. Source: OPERATIONS.
"""

from __future__ import annotations

import functools
import json
import sqlite3
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from node import asking
from protocol.errors import BarnraiseError, Refused

F = TypeVar("F", bound=Callable[..., Any])

REFUSED: Final = 1
WRONG_USE: Final = 2

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    envvar="BARNRAISE_DATA",
    show_default="this folder, or BARNRAISE_DATA",
    help="Folder of the node.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


def fail(*lines: str, code: int = REFUSED) -> NoReturn:
    """Say what went wrong and leave."""
    for line in lines:
        click.echo(f"barnraise: {line}", err=True)
    sys.exit(code)


def refusals_told(command: F) -> F:
    """Turn refusals and faults of the store into sentences and exit code 1."""

    @functools.wraps(command)
    def told(*args: Any, **named: Any) -> Any:
        try:
            return command(*args, **named)
        except Refused as error:
            fail(*import_module("node.cli.words").sentences(error))
        except BarnraiseError as error:
            fail(str(error))
        except BrokenPipeError:  # whoever read our output has seen enough
            sys.stderr.close()
            sys.exit(REFUSED)
        except (sqlite3.Error, OSError) as error:
            fail(
                f"the data folder cannot be used: {error}",
                "Check its disk and its permissions; then try again.",
            )

    return told  # type: ignore[return-value]  # the same signature, wrapped


def ask(data: Path, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
    """Have a command carried out: by the running node, else by this process on the locked folder."""
    facts = asking.running(data)
    if facts is not None:
        return asking.ask(facts, command, arguments or {})
    with import_module("node.house").open_house(data, {}) as house:
        return import_module("node.commands").run(house, command, arguments or {})


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def show_made(made: Mapping[str, Any], *, as_json: bool) -> None:
    """A record that was made: its entry id, or the name under which it waits to be signed."""
    if as_json:
        show_json(made)
    elif "id" in made:
        click.echo(made["id"])
    else:
        click.echo(f"queued {made['queued']}")
        click.echo(
            "Kept, and signed as soon as this node has heard from its peers. 'barnraise status' says whether it signs.",
            err=True,
        )


def moment(ms: int | None) -> str:
    """A time for people, in UTC."""
    if ms is None:
        return "never"
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def columns(rows: list[tuple[str, ...]]) -> None:
    """Rows as columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
