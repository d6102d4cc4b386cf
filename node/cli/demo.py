"""``demo``: a small network with a history, to look at and play with.

Law: progress on standard error, the way in on standard output; nothing is left behind at the end but what --data asked
for. Source: OPERATIONS ``demo``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from node.cli.shell import fail, refusals_told
from node.demo.cast import LEAST, MOST
from node.demo.network import Demo, opened, write_ready
from node.demo.processes import while_up

STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_LOOK: Final = "ministry.designer"
ANSWERS: Final = "institut.conseillere"
TRY: Final = "07-cercle-de-lecture"


class _Bars:
    """One line of progress for each stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._now = progress, TaskID(0)

    def stage(self, what: str, steps: int) -> None:
        self._now = self._progress.add_task(what, total=steps)

    def step(self) -> None:
        self._progress.advance(self._now)


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep it in this folder and use it again.",
)
@click.option(
    "--nodes",
    type=click.IntRange(LEAST, MOST),
    default=LEAST,
    show_default=True,
    help="How many organisations.",
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON here once all is there."
)
@click.option("--no-browser", is_flag=True, help="Only print where to click.")
@refusals_told
def demo(data: Path | None, nodes: int, ready_file: Path | None, no_browser: bool) -> None:
    """Start a network of several organisations on this machine, with pitches, pledges and knowledge in it."""
    if not asyncio.run(_run(data, nodes, ready_file, browser=not no_browser)):
        fail("stopped before the demo was up.")


async def _run(data: Path | None, nodes: int, ready_file: Path | None, *, browser: bool) -> bool:
    """Open the demo and stay until told to stop; whether it came up before that."""
    _stop_when_told()
    console, up = Console(stderr=True), False
    try:
        with _progress(console) as progress:
            async with opened(data, nodes, _Bars(progress)) as found:
                up = True
                progress.stop()
                if ready_file is not None:
                    await asyncio.to_thread(write_ready, ready_file, found)
                _show(found)
                if browser and _has_display():
                    await asyncio.to_thread(webbrowser.open, found.links[FIRST_LOOK])
                await while_up(found.children, asyncio.Event().wait())
    except asyncio.CancelledError:
        if not up:
            return False
    click.echo("The demo is over." if data is None else f"The demo rests in {data}.", err=True)
    return True


def _stop_when_told() -> None:
    """The first signal ends the current task, which stops the nodes in order; a second one changes nothing."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        for number in STOPS:
            loop.add_signal_handler(number, lambda: None)
        if task is not None:
            task.cancel()

    for number in STOPS:
        loop.add_signal_handler(number, stop)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _show(found: Demo) -> None:
    """Who to sign in as, where to click, what to try first."""
    for child in found.children:
        click.echo(f"\n{click.style(child.organisation.title, bold=True)}  {child.url}")
        for member in found.members:
            if member.child is child:
                click.echo(f"  {member.actor.key:<12} {member.actor.role:<9} {member.actor.name}")
                click.echo(f"  {'':<12} {click.style(found.links[member.who], dim=True)}")
    giver, owner = (_member_url(found, who) for who in (FIRST_LOOK, ANSWERS))
    click.echo(f"""
Each link signs in once. After that, and for everybody: the name on the left and the password
  {click.style(found.password, bold=True)}

Try it: as 'designer' of the ministry pledge two sessions here,
  {giver}/pitches/{found.pitches[TRY]}/pledge
and as 'conseillere' of the institute watch it come and accept it. The two nodes are not even paired.
  {owner}/pitches/{found.pitches[TRY]}

Ctrl-C ends the demo.""")
    sys.stdout.flush()


def _member_url(found: Demo, who: str) -> str:
    return next(member.child.url for member in found.members if member.who == who)


COMMANDS: Final = (demo,)
