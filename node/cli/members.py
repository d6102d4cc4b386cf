"""``member`` and ``token``: who has an account here.

Law: a link or token is printed once and kept nowhere. Source: OPERATIONS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from node.cli.shell import ask, columns, data_option, json_option, moment, refusals_told, show_json, show_made
from protocol.roles import ROLES
from protocol.scopes import DAYS, DAYS_MOST, SCOPES, USUAL

_ROLE: Final = click.Choice(ROLES)


@click.group("member")
def member() -> None:
    """Members of this node."""


@member.command("invite")
@data_option
@click.option("--role", type=_ROLE, default="member", show_default=True, help="What the account may do.")
@click.option("--for", "member", help="Sign this member in instead: for who forgot her password.")
@json_option
@refusals_told
def invite(data: Path, role: str, member: str | None, as_json: bool) -> None:
    """Make a one-time link that opens an account."""
    made = ask(data, "member.invite", {"role": role, "member": member})
    if as_json:
        show_json(made)
        return
    click.echo(made["link"])
    click.echo(f"Works once, until {moment(made['expires'])}.", err=True)
    if not made["reaches_others"]:
        click.echo(
            "It opens on this machine only. For colleagues set url in node.toml (https://…) and restart.",
            err=True,
        )


@member.command("list")
@data_option
@json_option
@refusals_told
def listing(data: Path, as_json: bool) -> None:
    """Everybody who has an account here."""
    found = ask(data, "member.list")
    if as_json:
        show_json(found)
        return
    columns(
        [
            (one["name"], "disabled" if one["disabled"] else one["role"], one["id"] or "no card yet")
            for one in found
        ]
    )


@member.command("role")
@data_option
@click.argument("who", metavar="MEMBER")
@click.argument("role", type=_ROLE)
@json_option
@refusals_told
def role(data: Path, who: str, role: str, as_json: bool) -> None:
    """Change what MEMBER (id or name) may do here."""
    changed = ask(data, "member.role", {"member": who, "role": role})
    show_json(changed) if as_json else click.echo(f"{changed['name']} is {changed['role']} now.")


@member.command("disable")
@data_option
@click.argument("who", metavar="MEMBER")
@click.option("--undo", is_flag=True, help="Let in again.")
@json_option
@refusals_told
def disable(data: Path, who: str, undo: bool, as_json: bool) -> None:
    """Shut MEMBER (id or name) out; what she published stays."""
    changed = ask(data, "member.disable", {"member": who, "undo": undo})
    state = "shut out" if changed["disabled"] else "let in"
    show_json(changed) if as_json else click.echo(f"{changed['name']} is {state} now.")


@member.command("reset")
@data_option
@click.argument("who", metavar="MEMBER")
@json_option
@refusals_told
def reset(data: Path, who: str, as_json: bool) -> None:
    """End every way in of MEMBER (id or name) and print a link that signs her in once."""
    made = ask(data, "member.reset", {"member": who})
    if as_json:
        show_json(made)
        return
    click.echo(made["link"])
    click.echo(
        f"Sessions, tokens, passkeys and password are ended. Works once, until {moment(made['expires'])}.",
        err=True,
    )


@member.command("add")
@data_option
@click.option("--name", required=True, help="What the member is called.")
@click.option("--role", type=_ROLE, default="member", show_default=True, help="What the account may do.")
@click.option(
    "--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Language of the pages."
)
@click.option("--was", metavar="MEMBER", help="Id of the card she had at the node she comes from.")
@json_option
@refusals_told
def add(data: Path, as_json: bool, **facts: str | None) -> None:
    """Make an account and publish its card at once, for scripts; prints the member id."""
    show_made(ask(data, "member.add", facts), as_json=as_json)


@click.group("token")
def token() -> None:
    """Tokens for programs."""


@token.command("create")
@data_option
@click.option("--member", "who", required=True, help="Id or name of the member it speaks for.")
@click.option("--label", default="shell", show_default=True, help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=USUAL,
    show_default=True,
    help="What it may do; repeat it for several. admin: the work of the desk, but for accounts.",
)
@click.option(
    "--days", type=click.IntRange(1, DAYS_MOST), default=DAYS, show_default=True, help="How long it lasts."
)
@json_option
@refusals_told
def create(data: Path, who: str, as_json: bool, scopes: tuple[str, ...], **facts: str | int) -> None:
    """Make a bearer token for the HTTP API; shown this once, and its member reads that it was made."""
    made = ask(data, "token.create", {"member": who, "scopes": list(dict.fromkeys(scopes)), **facts})
    show_json(made) if as_json else click.echo(made["token"])


COMMANDS: Final = (member, token)
