"""``recover``: what keeps a node from signing, and what its operator can say about it.

Law: says what will be believed before it is. Source: OPERATIONS ``recover``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from node.cli.shell import ask, data_option, json_option, refusals_told, show_json


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    click.echo(
        "This node signs." if found["signing"] == "yes" else f"This node does not sign: {found['signing']}."
    )
    if found["behind"]:
        click.echo("Entries of its own log are fetched back from peers.")
    for node in found["silent"]:
        click.echo(f"  not heard yet  {node}")
    if found["outbox"]:
        click.echo(f"  records that wait to be signed  {found['outbox']}")


@click.group("recover")
def recover() -> None:
    """What keeps this node from signing, and what to do about it."""


@recover.command("status")
@data_option
@json_option
@refusals_told
def status(data: Path, as_json: bool) -> None:
    """Say whether this node signs, why not, and which peers have not answered."""
    _show(ask(data, "recover.status"), as_json)


@recover.command("take-over")
@data_option
@json_option
@refusals_told
def take_over(data: Path, as_json: bool) -> None:
    """Fetch back entries that a peer holds under this node's key and this log lacks, then go on after them."""
    _show(ask(data, "recover.take-over"), as_json)


@recover.command("go-on")
@data_option
@json_option
@refusals_told
def go_on(data: Path, as_json: bool) -> None:
    """Sign from now on: the peers not heard hold no more of this log. They are named."""
    _show(ask(data, "recover.go-on"), as_json)


COMMANDS: Final = (recover,)
