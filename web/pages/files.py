"""How much room files take here, and whose they are: for stewards.

Law: numbers and names of accounts, never what is in a file or what it is called. Source: docs/operate.md "Room for
files", WEB "Pages" (desk).
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from aiohttp import web

from store import room
from store.room import Sender, Used, Waiting
from web.context import Context

SHOWN: Final = 50  # accounts, those that sent most


class Files(NamedTuple):
    """What the store counts for this page."""

    used: Used
    senders: list[Sender]
    unreferred: Waiting
    lacking: Waiting


def _files(db: sqlite3.Connection, now: int) -> Files:
    return Files(room.used(db), room.senders(db, now, SHOWN), room.unreferred(db), room.lacking(db))


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    bounds = context.port.store.room
    return context.page(
        "desk/files.html",
        files=await context.read(_files, context.now),
        limits=bounds.limits,
        free=await context.work(bounds.free),
        shown=SHOWN,
    )
