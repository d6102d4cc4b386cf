"""``peer``: pairing with other nodes.

Law: a code is printed once; with it goes its QR code on a terminal. Source: OPERATIONS.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click
import segno

from node.cli.shell import ask, columns, data_option, json_option, moment, refusals_told, show_json

_CODES: Final = {"made-up": ", with a made-up code", "spent": ", with a code used up or too old"}
_SOURCES: Final = {
    "settings": "set in node.toml",
    "invite": "given in a pairing code",
    "listener": "a peer came in at it",
}


@click.group("peer")
def peer() -> None:
    """Other nodes this one talks to."""


@peer.command("invite")
@data_option
@click.option("--at", metavar="HOST:PORT", help="Where the other node reaches this one.")
@click.option("--tls", is_flag=True, help="That address speaks TLS (a reverse proxy in front).")
@json_option
@refusals_told
def invite(data: Path, at: str | None, tls: bool, as_json: bool) -> None:
    """Make a one-time code for the operator of another node."""
    made = ask(data, "peer.invite", {"at": at, "tls": tls})
    if as_json:
        show_json(made)
        return
    click.echo(made["code"])
    click.echo(f"Works once, until {moment(made['expires'])}. There: barnraise peer add CODE", err=True)
    if sys.stdout.isatty():
        segno.make(made["code"]).terminal(compact=True)


@peer.command("add")
@data_option
@click.argument("code")
@json_option
@refusals_told
def add(data: Path, code: str, as_json: bool) -> None:
    """Pair with the node a CODE is from."""
    added = ask(data, "peer.add", {"code": code})
    if as_json:
        show_json(added)
    elif added["state"] == "paired":
        click.echo(f"Paired with {added['node']}.")
    else:
        click.echo(
            f"Kept; {added['node']} was not reached yet ({added['error']}). It is tried again by itself."
        )


@peer.command("addresses")
@data_option
@click.option("--withhold", metavar="HOST:PORT", help="Publish this one no more.")
@click.option("--publish", metavar="HOST:PORT", help="Publish a withheld one again.")
@json_option
@refusals_told
def addresses(data: Path, withhold: str | None, publish: str | None, as_json: bool) -> None:
    """Where peers reach this node, and what of it is published in its profile."""
    found = ask(data, "peer.addresses", {"withhold": withhold, "publish": publish})
    if as_json:
        show_json(found)
    elif not found["addresses"]:
        click.echo(
            "No address of this node is known. Name one with addresses in node.toml or peer invite --at."
        )
    else:
        columns(
            [(one["address"], _SOURCES[one["source"]], _whether_published(one)) for one in found["addresses"]]
        )


def _whether_published(one: dict[str, Any]) -> str:
    return "published" if one["published"] else "withheld" if one["withheld"] else "not published"


@peer.command("list")
@data_option
@json_option
@refusals_told
def listing(data: Path, as_json: bool) -> None:
    """Peers and who knocked."""
    found = ask(data, "peer.list")
    if as_json:
        show_json(found)
        return
    columns(
        [
            (
                one["node"],
                "blocked" if one.get("blocked") else one["state"],
                f"seen {moment(one['last_seen'])}",
                one["error"] or "",
            )
            for one in found["peers"]
        ]
    )
    for knock in found["knocks"]:
        code = _CODES.get(knock["code"], "")
        click.echo(f"{knock['node']}  knocked {knock['count']} times from {knock['address']}{code}")


def _about(name: str, says: str, done: str) -> click.Command:
    @click.command(name, help=says)
    @data_option
    @click.argument("node")
    @json_option
    @refusals_told
    def command(data: Path, node: str, as_json: bool) -> None:
        answer = ask(data, f"peer.{name}", {"node": node})
        show_json(answer) if as_json else click.echo(f"{answer['node']} {done}.")

    return command


peer.add_command(_about("block", "Neither talk with NODE nor take what it writes.", "is blocked"))
peer.add_command(_about("remove", "Take a pin or a block of NODE away.", "is no peer any more"))
peer.add_command(_about("admit", "Let NODE in, which knocked.", "may come in"))

COMMANDS: Final = (peer,)
