"""``init run``: a node is made, a node runs.

Law: words for people on standard output, JSON with --json, log lines on standard error. Source: OPERATIONS.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from node import founding, logs, memory
from node.cli.keys import show_kit
from node.cli.shell import data_option, json_option, refusals_told, show_json
from node.house import open_house, sign_alone
from node.runner import serve
from protocol.records.lists import LEVELS, NODE_KINDS


def _or_ask(value: str | None, flag: str, question: str, **prompt: Any) -> str:
    """The flag's value, or the answer of the person at the terminal; wrong use where there is none."""
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise click.UsageError(f"{flag} is needed")
    return str(click.prompt(question, **prompt))


@click.command("init")
@data_option
@click.option("--name", help="What your organisation is called.")
@click.option("--jurisdiction", help="ISO 3166 code of country or province, such as CA-BC.")
@click.option("--kind", type=click.Choice(NODE_KINDS), help="What kind of organisation it is.")
@click.option("--level", type=click.Choice(LEVELS), help="Level of government.")
@click.option(
    "--lang",
    default="en",
    show_default=True,
    help="Languages, the first one first: en,fr",
)
@click.option("--url", help="Address colleagues will type, if there is one: https://barnraise.example.ca")
@json_option
@refusals_told
def init(data: Path, as_json: bool, **flags: str | None) -> None:
    """Make a node: its folder, its keys, its first record."""
    profile = founding.Profile(
        name=_or_ask(flags["name"], "--name", "Name of the organisation"),
        jurisdiction=_or_ask(flags["jurisdiction"], "--jurisdiction", "Jurisdiction, such as CA-BC").upper(),
        kind=_or_ask(flags["kind"], "--kind", "Kind", type=click.Choice(NODE_KINDS)),
        level=flags["level"],
        languages=tuple(tag.strip() for tag in (flags["lang"] or "").split(",") if tag.strip()),
    )
    made = founding.found(data, profile, url=flags["url"] or "")
    if as_json:
        show_json(made)
        return
    click.echo(f"{profile.name} has a node now.\n\n  node id  {made['node']}\n  folder   {data.absolute()}\n")
    show_kit(made["kit"])
    click.echo(f"\nStart it:                barnraise run --data {data}")
    click.echo(f"Then, once, become its operator:  {made['sign_in']}")


@click.command("run")
@data_option
@click.option("--web", help="HOST:PORT for members' pages.  [127.0.0.1:7400]")
@click.option("--peer", help="HOST:PORT for other nodes.  [0.0.0.0:7401]")
@click.option("--url", help="Address members type; every link is made from it.")
@click.option(
    "--alone", is_flag=True, help="Sign without asking the peers: none of them holds more of this log."
)
@click.option(
    "--no-discovery", is_flag=True, help="Neither announce nor look for nodes on the local network."
)
@click.option(
    "--clock",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take the time from this file (RFC 3339); for tests.",
)
@refusals_told
def run(data: Path, alone: bool, no_discovery: bool, clock: Path | None, **given: str | None) -> None:
    """Run the node until it is told to stop (Ctrl-C, SIGTERM)."""
    flags = {**given, "discovery": False if no_discovery else None}
    with open_house(data, flags, clock_file=clock) as house:
        logs.configure(house.settings.log_format, house.settings.log_level, house.clock.ms, data)
        if alone:
            sign_alone(house)
        memory.settle()
        asyncio.run(serve(house, _ready))


def _ready(facts: Mapping[str, Any]) -> None:
    click.echo(f"ready node={facts['node']} web={facts['web']} peer={facts['peer']} url={facts['url']}")
    sys.stdout.flush()


COMMANDS: Final = (init, run)
