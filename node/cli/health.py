"""``status doctor check rebuild``: how the node is.

Law: words for people on standard output, JSON with --json; exit code 1 when something is not well. Source: OPERATIONS.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from node.cli.shell import REFUSED, ask, columns, data_option, json_option, refusals_told, show_json
from protocol.ids import short


@click.command("status")
@data_option
@json_option
@refusals_told
def status(data: Path, as_json: bool) -> None:
    """Who this node is, where it listens and how it is."""
    found = ask(data, "status")
    if as_json:
        show_json(found)
    else:
        _show_status(found)
    if not found["healthy"]:
        sys.exit(REFUSED)


def _show_status(found: dict[str, Any]) -> None:
    columns(
        [
            ("node", found["node"]),
            ("name", found["name"]),
            ("state", "running" if found["running"] else "stopped"),
            ("health", "well" if found["healthy"] else "not well: see 'barnraise doctor'"),
            ("pages", found["url"]),
            ("peers at", found.get("peer", "-")),
            ("published at", _published(found["addresses"])),
            ("here", f"{found['entries']} records of {found['feeds']} logs, {found['blobs']} files"),
            ("members", str(found["members"])),
        ]
    )
    for peer in found["peers"]:
        click.echo(
            f"  {short(peer['node'])}  {peer['state']}  {peer['lag']} behind  {peer['error'] or ''}".rstrip()
        )
    known = {peer["node"] for peer in found["peers"]}
    for near in found.get("neighbours", []):
        if near["node"] not in known:
            click.echo(f"  {short(near['node'])}  on this network, not paired  {near['name']}")


def _published(addresses: list[dict[str, Any]]) -> str:
    told = [one["address"] for one in addresses if one["published"]]
    return ", ".join(told) or "no address: only its neighbours deliver what is private"


@click.command("doctor")
@data_option
@json_option
@refusals_told
def doctor(data: Path, as_json: bool) -> None:
    """What is wrong and what to do about it."""
    found = ask(data, "doctor")
    if as_json:
        show_json(found)
    elif not found:
        click.echo("All is well.")
    for finding in [] if as_json else found:
        click.echo(
            f"{'!' if finding['bad'] else '-'} {finding['says']} [{finding['code']}]\n    {finding['do']}"
        )
    if any(finding["bad"] for finding in found):
        sys.exit(REFUSED)


@click.command("check")
@data_option
@json_option
@refusals_told
def check(data: Path, as_json: bool) -> None:
    """Walk every invariant of the store and name what does not hold."""
    broken = ask(data, "check")
    if as_json:
        show_json(broken)
    elif not broken:
        click.echo("Every invariant holds.")
    for item in [] if as_json else broken:
        click.echo(f"! {item['invariant']}: {item['detail']}")
    if broken:
        sys.exit(REFUSED)


@click.command("rebuild")
@data_option
@json_option
@refusals_told
def rebuild(data: Path, as_json: bool) -> None:
    """Make pages' tables and the search index anew from the log."""
    found = ask(data, "rebuild")
    if as_json:
        show_json(found)
    else:
        click.echo(f"Rebuilt. State hash {found['state_hash']}.")


COMMANDS: Final = (status, doctor, check, rebuild)
