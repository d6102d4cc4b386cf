"""``publish import export receipt verify``: records from the shell, and receipts.

Law: verify reads a file and nothing else: no node, no folder, no network. Source: OPERATIONS, PROTOCOL section 3.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import click

from node.cli.shell import ask, data_option, fail, json_option, moment, refusals_told, show_json, show_made
from node.cli.words import sentence
from protocol.entry import parse_json
from protocol.errors import Malformed, Refused, RemoteError
from protocol.ids import parse_node
from protocol.receipt import Verified, verify_receipt
from protocol.records import Problem
from store.table_files import BYTES_MOST


def _content(file: BinaryIO) -> dict[str, Any]:
    try:
        return parse_json(file.read())
    except Malformed as error:
        raise Refused("file-unreadable", path=file.name, reason=str(error)) from error


@click.command("publish")
@data_option
@click.option("--as", "member", required=True, metavar="MEMBER", help="Id or name of the member who says it.")
@click.option("--key", help="Idempotency key: the same record is not published twice under it.")
@click.argument("file", type=click.File("rb"))
@json_option
@refusals_told
def publish(data: Path, member: str, key: str | None, file: BinaryIO, as_json: bool) -> None:
    """Publish the record in FILE.json (- for standard input); prints its entry id."""
    made = ask(data, "publish", {"member": member, "content": _content(file), "key": key})
    show_made(made, as_json=as_json)


@click.command("export")
@data_option
@click.option("--as", "member", required=True, metavar="MEMBER", help="Id or name of the member whose it is.")
@click.option("--out", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="File to write.")
@refusals_told
def export(data: Path, member: str, out: TextIO) -> None:
    """Write all MEMBER may read and all of their own, one JSON object a line; `{"kind": "end"}` is the last.

    An export that cannot be finished ends with `{"kind": "broken"}`.
    """
    place = None
    while True:
        try:
            found = ask(data, "export", {"member": member, "place": place})
        except Refused:
            if place is not None:
                out.write(json.dumps({"kind": "broken"}) + "\n")
            raise
        for line in found["lines"]:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        if (place := found["place"]) is None:
            break


@click.command("import")
@data_option
@click.option(
    "--as", "member", required=True, metavar="MEMBER", help="Id or name of the member whose they are."
)
@click.option("--keep-good", is_flag=True, help="Keep the good rows though others are wrong.")
@click.argument("file", type=click.File("rb"))
@json_option
@refusals_told
def bring_in(data: Path, member: str, keep_good: bool, file: BinaryIO, as_json: bool) -> None:
    """Make drafts of the rows of FILE: a JSON array, JSON Lines or CSV. Nothing is published."""
    rows = base64.b64encode(file.read(BYTES_MOST + 1)).decode()
    kept = ask(data, "import", {"member": member, "data": rows, "keep_good": keep_good})
    if as_json:
        show_json(kept)
        return
    click.echo(f"{kept['kept']} drafts made.")
    for title in ("refused", "warnings"):
        for one in kept[title]:
            click.echo(f"  {title}: {sentence(Problem(**one))}")


@click.command("receipt")
@data_option
@click.argument("entry")
@json_option
@refusals_told
def receipt(data: Path, entry: str, as_json: bool) -> None:
    """Print the receipt of ENTRY: a text that proves it was published, anywhere and offline."""
    found = ask(data, "receipt", {"entry": entry})
    show_json(found) if as_json else click.echo(found["receipt"], nl=False)


@click.command("verify")
@click.argument("file", type=click.File("rb"))
@click.argument("node", required=False)
@json_option
def verify(file: BinaryIO, node: str | None, as_json: bool) -> None:
    """Verify the receipt in FILE, offline; NODE says whose it must be."""
    try:
        found = verify_receipt(file.read(), parse_node(node) if node else None)
    except RemoteError as error:
        fail(f"this receipt does not hold: {error}")
    show_json(_facts(found)) if as_json else _show(found)


def _facts(found: Verified) -> dict[str, Any]:
    return {
        "entry": str(found.entry),
        "node": found.entry.node,
        "epoch": found.entry.epoch,
        "keyring_note": found.seq,
        "time": found.header.time,
        "size": found.size,
        "cosigned_by": [{"node": one.witness, "seconds": one.seconds} for one in found.cosigned_by],
        "content": found.content if isinstance(found.content, dict) else None,
    }


def _show(found: Verified) -> None:
    click.echo("The receipt holds.")
    click.echo(f"  entry    {found.entry}")
    click.echo(f"  node     {found.entry.node}, epoch {found.entry.epoch}, keyring note {found.seq}")
    click.echo(f"  claimed  {moment(found.header.time)}")
    click.echo(f"  in a log of {found.size} entries, cosigned by {len(found.cosigned_by)} nodes")
    if isinstance(found.content, dict):
        click.echo(json.dumps(found.content, ensure_ascii=False, indent=2))


COMMANDS: Final = (publish, bring_in, export, receipt, verify)
