"""How the command line asks the running node: one line of JSON each way over the socket ``run.json`` names.

Law: nothing of the node is read in for it: a program that only asks answers at once. ``node.control`` is the other end.
Source: OPERATIONS "Commands".
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from protocol.errors import Refused

RUN_FILE: Final = "run.json"
ANSWER_SECONDS: Final = 120.0


class Fault(NamedTuple):
    """One thing the node found wrong, as ``protocol.records.Problem`` has it."""

    field: str
    code: str
    params: Mapping[str, Any]


class Told(Refused):
    """A refusal of the running node, with every fault it named."""

    def __init__(self, code: str, field: str, params: Mapping[str, Any], faults: Sequence[Fault]) -> None:
        super().__init__(code, field=field, **params)
        self.problems = tuple(faults)


def running(data: Path) -> dict[str, Any] | None:
    """What run.json says of the node that runs on this folder; None if none answers."""
    try:
        facts: dict[str, Any] = json.loads((data / RUN_FILE).read_text("utf-8"))
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(facts["socket"])
    except (OSError, ValueError, KeyError):
        return None
    return facts


def ask(facts: Mapping[str, Any], command: str, arguments: Mapping[str, Any]) -> Any:
    """Have the running node carry out a command. Raises what it refused."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_SECONDS)
        line.connect(facts["socket"])
        line.sendall(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
        with line.makefile("rb") as answers:
            text = answers.readline()
    if not text:
        raise Refused("node-stopped", field="data")
    answer = json.loads(text)
    if "refused" in answer:
        faults = [Fault(**fault) for fault in answer["problems"]]
        raise Told(answer["refused"], answer["field"], answer["params"], faults)
    return answer["result"]
