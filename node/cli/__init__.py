"""``barnraise``: the command line.

Law: reads flags, asks the running node or opens the folder, says what came of it. The only place that prints and that
configures logging. Exit codes: 0 fine, 1 refused or unhealthy, 2 wrong use. Source: OPERATIONS "Commands".
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "house": ("init", "run"),
    "health": ("status", "doctor", "check", "rebuild"),
    "members": ("member", "token"),
    "peers": ("peer",),
    "records": ("publish", "import", "export", "receipt", "verify"),
    "keys": ("key",),
    "recovery": ("recover",),
    "demo": ("demo",),
    "bench": ("bench",),
}
"""The commands of each module here, in its COMMANDS."""


class _Commands(click.Group):
    """Reads a command's module when it is asked for: one that only asks the running node waits for nothing of it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in MODULES.items():
            if cmd_name in names:
                found: click.Command = import_module(f"node.cli.{module}").COMMANDS[names.index(cmd_name)]
                return found
        return None


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="barnraise", prog_name="barnraise")
def main() -> None:
    """Barnraise: pitch, pledge, learn, apply. One node for one organisation.

    Begin with `barnraise init`, then `barnraise run`. Everything a node has lies in one folder (--data).
    """
