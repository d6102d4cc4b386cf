"""``barnraise``: the command line.

Law: reads flags, asks the running node or opens the folder, says what came of it. The only place that prints and that
configures logging. Exit codes: 0 fine, 1 refused or unhealthy, 2 wrong use. Source: OPERATIONS "Commands".
"""

from __future__ import annotations

import click

from node.cli import bench, demo, house, keys, members, peers, records
from node.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="barnraise")
def main() -> None:
    """Barnraise: pitch, pledge, learn, apply. One node for one organisation.

    Begin with `barnraise init`, then `barnraise run`. Everything a node has lies in one folder (--data).
    """


for command in (
    *house.COMMANDS,
    *members.COMMANDS,
    *peers.COMMANDS,
    *records.COMMANDS,
    *keys.COMMANDS,
    *demo.COMMANDS,
    *bench.COMMANDS,
):
    main.add_command(command)
