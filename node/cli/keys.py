"""``key kit``: the recovery kit, until it is stored.

Law: shown on the terminal only. Source: OPERATIONS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import segno

from node.cli.shell import ask, data_option, json_option, refusals_told, show_json


def show_kit(kit: dict[str, Any]) -> None:
    """The kit as a page to copy or print."""
    words = kit["words"]
    click.echo(
        "Recovery kit: whoever has these words can take this node over, and without them a lost key is lost."
    )
    click.echo("Write them down or print this, keep it offline, then say so: barnraise key kit --stored\n")
    click.echo(f"  node  {kit['node']}")
    for start in range(0, len(words), 6):
        click.echo(f"  {'words' if start == 0 else '     '} {' '.join(words[start : start + 6])}")
    for address in kit["peers"]:
        click.echo(f"  peer  {address}")
    click.echo("")
    segno.make(kit["link"], error="m").terminal(compact=True)


@click.group("key")
def key() -> None:
    """Keys of this node."""


@key.command("kit")
@data_option
@click.option("--stored", is_flag=True, help="The kit is kept elsewhere: destroy the copy here.")
@json_option
@refusals_told
def kit(data: Path, stored: bool, as_json: bool) -> None:
    """Show the recovery kit, or say that it is stored."""
    found = ask(data, "key.kit", {"stored": stored})
    if as_json:
        show_json(found)
    elif stored:
        click.echo("The copy of the recovery kit kept here is destroyed.")
    else:
        show_kit(found)


COMMANDS: Final = (key,)
