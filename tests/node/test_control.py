"""The socket between shell and node: private, patient with nonsense, honest about refusals."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from node.asking import RUN_FILE, Told, ask, running
from node.control import Control
from protocol.errors import LocalError, Refused
from protocol.records import NotAcceptable, Problem
from web.problems import problems_of


async def _run(command: str, arguments: Mapping[str, Any]) -> Any:
    match command:
        case "echo":
            return arguments
        case "refuse":
            raise Refused("too-small", field="asks.0.quantity", ge=1)
        case "refuse-much":
            raise NotAcceptable(Problem("title", "missing", {}), Problem("when.end", "date", {}))
        case "break":
            raise LocalError("a row is gone")
        case _:
            return object()


@asynccontextmanager
async def up(data: Path) -> AsyncIterator[dict[str, Any]]:
    control = await asyncio.to_thread(Control, data, _run)
    await control.start({"node": "n"})
    try:
        yield json.loads(await asyncio.to_thread((data / RUN_FILE).read_text))
    finally:
        await control.stop()


async def test_a_command_goes_there_and_back(tmp_path: Path) -> None:
    async with up(tmp_path) as facts:
        assert facts["node"] == "n"
        assert await asyncio.to_thread(running, tmp_path) == facts
        arguments = {"name": "politique d’accès", "number": 3}
        assert await asyncio.to_thread(ask, facts, "echo", arguments) == arguments
    assert await asyncio.to_thread(running, tmp_path) is None
    assert not Path(facts["socket"]).parent.exists()


async def test_nobody_else_may_look(tmp_path: Path) -> None:
    async with up(tmp_path) as facts:
        assert stat.S_IMODE((tmp_path / RUN_FILE).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(facts["socket"]).parent.stat().st_mode) == 0o700


async def test_refusals_arrive_whole(tmp_path: Path) -> None:
    async with up(tmp_path) as facts:
        with pytest.raises(Told) as one:
            await asyncio.to_thread(ask, facts, "refuse", {})
        assert (one.value.code, one.value.field, one.value.params) == (
            "too-small",
            "asks.0.quantity",
            {"ge": 1},
        )
        with pytest.raises(Told) as many:
            await asyncio.to_thread(ask, facts, "refuse-much", {})
        assert [fault.field for fault in problems_of(many.value)] == ["title", "when.end"]


@pytest.mark.parametrize("command", ["break", "unserialisable"])
async def test_faults_of_ours_are_said_and_the_node_goes_on(tmp_path: Path, command: str) -> None:
    async with up(tmp_path) as facts:
        with pytest.raises(Refused) as broken:
            await asyncio.to_thread(ask, facts, command, {})
        assert broken.value.code == "failed"
        assert await asyncio.to_thread(ask, facts, "echo", {}) == {}


@pytest.mark.parametrize(
    "line", [b"\n", b"not json\n", b"[]\n", b'{"command": 3}\n', b"\xff\n", b"half a line"]
)
async def test_nonsense_ends_its_own_connection_only(tmp_path: Path, line: bytes) -> None:
    async with up(tmp_path) as facts:
        reader, writer = await asyncio.open_unix_connection(facts["socket"])
        writer.write(line)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert await asyncio.to_thread(ask, facts, "echo", {}) == {}


def test_a_run_file_left_behind_means_nothing(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_text(json.dumps({"socket": str(tmp_path / "gone")}))
    assert running(tmp_path) is None
    (tmp_path / RUN_FILE).write_text("{")
    assert running(tmp_path) is None


async def test_c1_who_says_nothing_to_the_shells_socket_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener too: a deadline for the line, and a bounded number of commands at once."""
    monkeypatch.setattr("node.control.LINE_SECONDS", 0.05)
    async with up(tmp_path) as facts:
        reader, writer = await asyncio.open_unix_connection(facts["socket"])
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        monkeypatch.setattr("node.control.LINE_SECONDS", 5)
        monkeypatch.setattr("node.control.CALLERS_MOST", 1)
        reader, writer = await asyncio.open_unix_connection(facts["socket"])
        late, its = await asyncio.open_unix_connection(facts["socket"])
        assert await asyncio.wait_for(late.read(), 5) == b""
        writer.write(json.dumps({"command": "echo", "arguments": {"n": 1}}).encode() + b"\n")
        assert json.loads(await asyncio.wait_for(reader.readline(), 5)) == {"result": {"n": 1}}
        for one in (writer, its):
            one.close()
