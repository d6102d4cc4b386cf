"""Where the running node listens to the command line: one line of JSON each way over a private socket.

Law: the socket lies in a folder only its owner may enter, so whoever can speak here could read the keys anyway. A
request names a command of ``node.commands`` and its arguments; the answer is its result or what it refused.
``run.json`` in the data folder says where the socket is. The other end is ``node.asking``. Source: OPERATIONS.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from node.asking import RUN_FILE
from node.logs import event
from protocol.errors import Refused
from web.problems import problems_of

MAX_LINE_BYTES: Final = 4 * 1024 * 1024  # a record and its private part many times over
LINE_SECONDS: Final = 60.0  # for a request to come, and for its answer to be taken
CALLERS_MOST: Final = 32  # commands at once; one more is hung up on
_log: Final = logging.getLogger(__name__)

Run = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Carry out a command by name with its arguments; gives what goes back as JSON, or raises Refused."""


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {key: value if isinstance(value, int | list) else str(value) for key, value in params.items()}


def _refusal(error: Refused) -> dict[str, Any]:
    faults = [{**one._asdict(), "params": _plain(one.params)} for one in problems_of(error)]
    return {"refused": error.code, "field": error.field, "params": _plain(error.params), "problems": faults}


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """Command and arguments of a request. ValueError for anything else."""
    request = json.loads(line)
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        raise ValueError("a request names a command")
    arguments = request.get("arguments")
    if not isinstance(arguments, dict):
        raise ValueError("a request has arguments")
    return request["command"], arguments


class Control:
    """The socket of a running node."""

    def __init__(self, data: Path, run: Run) -> None:
        self._data, self._run = data, run
        self._folder = Path(tempfile.mkdtemp(prefix="barnraise-"))
        self._server: asyncio.Server | None = None
        self._callers = 0

    async def start(self, facts: Mapping[str, Any]) -> None:
        """Listen, and write run.json with where, the process id and ``facts``."""
        path = self._folder / "control"
        self._server = await asyncio.start_unix_server(self._serve, path, limit=MAX_LINE_BYTES)
        await asyncio.to_thread(self._announce, {"socket": str(path), "pid": os.getpid(), **facts})

    def _announce(self, facts: Mapping[str, Any]) -> None:
        new = self._data / f"{RUN_FILE}.new"
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        new.replace(self._data / RUN_FILE)

    async def stop(self) -> None:
        """Take run.json away, finish nothing new, and remove the socket."""
        await asyncio.to_thread((self._data / RUN_FILE).unlink, missing_ok=True)
        if self._server is not None:
            self._server.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers += 1
        try:
            if self._callers <= CALLERS_MOST:
                async with asyncio.timeout(LINE_SECONDS):
                    line = await reader.readline()
                answer = await self._answer(line)
                async with asyncio.timeout(LINE_SECONDS):
                    writer.write(answer + b"\n")
                    await writer.drain()
        except (OSError, ValueError) as error:  # a deadline that is over is an OSError too
            event(_log, logging.DEBUG, "control-lost", why=type(error).__name__)
        finally:
            self._callers -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> bytes:
        command, arguments = _read(line)
        try:
            return json.dumps({"result": await self._run(command, arguments)}).encode()
        except Refused as error:
            return json.dumps(_refusal(error)).encode()
        except Exception as error:  # the edge of a command: the shell is told, the log has the details
            event(_log, logging.ERROR, "command-failed", command=command, why=repr(error))
            failed = Refused("failed", reason=str(error) or type(error).__name__)
            return json.dumps(_refusal(failed)).encode()
