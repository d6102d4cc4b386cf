"""Three real nodes in a line A - B - C over real sockets: what crosses, what must not, and what survives a kill.

A and C are not paired. Everything is done by commands and the HTTP API, as a newcomer would.
"""

from __future__ import annotations

import json
import signal
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.kit.nodes import Process, barnraise

pytestmark = pytest.mark.processes

SECRET = "Thirty-seven dollars and fifty cents from the quilting jar"
CAST = {
    "a": ("Ministry of Jobs", "CA-BC", "ministry"),
    "b": ("City of Lethbridge", "CA-AB", "municipality"),
    "c": ("Institut de la gestion publique", "CA-QC", "institute"),
}
PITCH: dict[str, Any] = {
    "type": "pitch.open",
    "title": {"en": "Service design lab, Halifax"},
    "why": {"en": "Our intake form loses one applicant in three."},
    "opportunity": "change-lab",
    "when": {
        "start": "2030-03-09T09:00:00-04:00",
        "end": "2030-03-11T16:00:00-04:00",
        "zone": "America/Halifax",
    },
    "benefits": {who: {"en": "A form that works"} for who in ("self", "peers", "organisation")},
    "asks": [
        {
            "key": "travel",
            "kind": "money",
            "text": {"en": "Half of the train"},
            "quantity": 61250,
            "unit": "CAD",
            "must": True,
            "split": True,
        }
    ],
    "cost": {"currency": "CAD", "total": 122500, "own": 61250, "employer": 0},
    "sharing": [
        {"key": "talk", "avenue": "lunch-and-learn", "audience": {"en": "Intake teams"}, "due": "2030-03-16"}
    ],
    "application": {
        "practice": {"en": "Intake form v2"},
        "first_date": "2030-04-01",
        "signal": {"en": "Drop-off under 20 %"},
    },
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class Organisation:
    """A node's folder, its address, its process and one member with a token."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.data = name, folder / name
        self.address = f"127.0.0.1:{free_port()}"
        title, jurisdiction, kind = CAST[name]
        self.data.mkdir()
        (self.data / "node.toml").write_text(f'addresses = ["{self.address}"]\n')
        barnraise(
            "init", "--name", title, "--jurisdiction", jurisdiction, "--kind", kind, "--json", data=self.data
        )

    def start(self) -> None:
        self.process = Process(self.data, peer=self.address)
        self.node = self.process.facts["node"]

    def join(self) -> None:
        """A member with a token."""
        self.member = self.process.ask("member", "add", "--name", f"Policy analyst of {self.name}")["id"]
        self.token = self.process.ask("token", "create", "--member", self.member)["token"]

    def call(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """The API as this node's member."""
        request = urllib.request.Request(
            f"http://{self.process.facts['web']}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - http to loopback
            text = answer.read().decode()
        return json.loads(text) if "json" in answer.headers["Content-Type"] else text

    def says(self, **content: Any) -> str:
        return str(self.call("/api/v1/records", content)["id"])

    def sees(self, path: str) -> Any:
        """The object, None while it is not here."""
        try:
            return self.call(path)
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == 404, error.read()
            return None


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Organisation, Organisation, Organisation]]:
    a, b, c = organisations = [Organisation(tmp_path, name) for name in CAST]
    with ExitStack() as running:
        for one in organisations:
            one.start()
            running.callback(lambda one=one: one.process.stop())
        for guest, host in ((a, b), (c, b)):
            code = host.process.ask("peer", "invite", "--at", host.address)["code"]
            barnraise("peer", "add", code, data=guest.data)
        for one in organisations:
            one.join()
        operator = c.process.ask("member", "add", "--name", "Operator", "--role", "operator")["id"]
        policy = json.dumps(
            {"type": "node.policy", "tally_every": 0}
        ).encode()  # sums at once, not by the hour
        c.process.ask("publish", "--as", operator, "-", stdin=policy)
        yield a, b, c


def agree(*nodes: Organisation) -> bool:
    return len({node.call("/api/v1/state_hash")["state_hash"] for node in nodes}) == 1


def everywhere(folder: Path, text: str) -> list[Path]:
    """Files below a node's folder that hold a text, in any of the ways a program might keep it."""
    needles = {text.encode(), text.encode("utf-16-le"), text.lower().encode()}
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes().replace(b"\0", b"") for needle in needles)
    ]


def test_a_private_money_pledge_is_seen_by_its_parties_and_nowhere_else(
    three: tuple[Organisation, Organisation, Organisation],
) -> None:
    a, b, c = three
    pitch = c.says(**PITCH)
    a.process.until(lambda: a.sees(f"/api/v1/pitches/{pitch}") is not None, "the pitch reaches A through B")
    pledge = a.says(
        type="pledge.offer", pitch=pitch, ask="travel", kind="money", quantity=3750, unit="CAD",
        text={"en": SECRET}, conflict="none", show="named",
    )  # fmt: skip
    c.process.until(lambda: c.sees(f"/api/v1/pledges/{pledge}") is not None, "the pledge reaches C directly")
    c.says(type="pledge.accept", pledge=pledge, quantity=3750)
    a.process.until(lambda: a.sees(f"/api/v1/pledges/{pledge}")["state"] == "accepted", "A sees the accept")

    def accepted(node: Organisation) -> int:
        [ask] = node.sees(f"/api/v1/pitches/{pitch}")["asks"]
        return int(ask["accepted"])

    for node in three:
        node.process.until(lambda node=node: accepted(node) == 3750, f"the total rises on {node.name}")
    assert SECRET in json.dumps([node.sees(f"/api/v1/pledges/{pledge}") for node in (a, c)])
    assert b.sees(f"/api/v1/pledges/{pledge}") is None
    a.process.until(lambda: agree(a, b, c), "the shared state is the same")

    assert b.call("/api/v1/search?q=quilting")["items"] == []
    answers = [
        b.call(path)
        for path in (
            f"/api/v1/pitches/{pitch}", "/api/v1/pitches", "/api/v1/pledges", "/api/v1/changes?cursor=0", "/api/v1/network",
            f"/pitches/{pitch}", "/pitches", "/", "/network", "/search?q=quilting", "/metrics", "/api/v1/people",
        )
    ]  # fmt: skip
    assert "fifty cents" not in json.dumps(answers)
    entry = b.call(f"/api/v1/entries/{pledge}")
    assert entry["restricted"] is True and not entry.get("content")
    for command in ("status", "doctor", "check"):
        assert "quilting" not in barnraise(command, "--json", data=b.data, check=False)
    b.process.stop()
    assert everywhere(b.data, "quilting") == []
    assert everywhere(a.data, "quilting") != [] and everywhere(c.data, "quilting") != []


def test_a_kill_in_the_middle_of_publishing_loses_nothing_that_was_acknowledged(
    three: tuple[Organisation, Organisation, Organisation],
) -> None:
    a, b, c = three
    acknowledged: list[str] = []
    enough = threading.Event()

    def publish(number: int) -> None:
        try:
            while True:
                title = f"Pitch {number}-{len(acknowledged)}"
                acknowledged.append(
                    a.says(
                        type="pitch.open", title={"en": title}, why={"en": "To learn"}, opportunity="course"
                    )
                )
                if len(acknowledged) >= 40:
                    enough.set()
        except (OSError, urllib.error.URLError, json.JSONDecodeError):
            return

    writers = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    assert enough.wait(30)
    a.process.stop(signal.SIGKILL)
    for writer in writers:
        writer.join(30)
    found = json.loads(barnraise("check", "--json", data=a.data))
    assert found == []
    a.start()
    for entry in acknowledged:
        assert a.sees(f"/api/v1/pitches/{entry}") is not None, entry
    for node in (b, c):
        node.process.until(
            lambda node=node: all(node.sees(f"/api/v1/pitches/{entry}") for entry in acknowledged[-3:]),
            f"{node.name} holds what was acknowledged",
        )
    a.process.until(lambda: agree(a, b, c), "the three agree")
    for entry in acknowledged:
        assert c.sees(f"/api/v1/pitches/{entry}") is not None, entry


def test_a_node_that_was_away_catches_up_by_chunks_and_then_costs_nothing(
    three: tuple[Organisation, Organisation, Organisation],
) -> None:
    a, b, c = three
    a.process.until(lambda: agree(a, b, c), "the three agree before")
    c.process.stop()
    for number in range(0, 1000, 50):
        lines = [
            {"type": "pitch.open", "title": {"en": f"Pitch {number + i}"}, "why": {"en": "To learn"}, "opportunity": "course"}
            for i in range(50)
        ]  # fmt: skip
        for line in lines:
            a.says(**line)
    c.start()
    c.process.until(lambda: agree(a, b, c), "C has caught up")

    def counted(node: Organisation, name: str) -> float:
        lines = node.call("/metrics").splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    assert counted(c, "barnraise_signature_checks_total") <= 6
    c.process.stop()
    c.start()
    b.process.until(lambda: _connected(b, c), "C is back")
    c.process.until(lambda: agree(a, b, c), "nothing is lost")
    moved = counted(c, "barnraise_traffic_bytes_total")
    assert 0 < moved < 300


def _connected(node: Organisation, other: Organisation) -> bool:
    peers = node.call("/api/v1/network")["peers"]
    return any(peer["node"] == other.node and peer["state"] == "connected" for peer in peers)


def test_from_shells_alone_a_pitch_a_pledge_and_a_receipt(tmp_path: Path) -> None:
    a, b = Organisation(tmp_path, "a"), Organisation(tmp_path, "b")
    with ExitStack() as running:
        for one in (a, b):
            one.start()
            running.callback(lambda one=one: one.process.stop())
        link = barnraise("member", "invite", data=a.data)
        assert "/join/" in link
        code = a.process.ask("peer", "invite", "--at", a.address)["code"]
        assert code.startswith(f"barnraise://{a.node}@{a.address}?invite=")
        barnraise("peer", "add", code, data=b.data)
        owner = a.process.ask("member", "add", "--name", "Policy analyst, Victoria")["id"]
        giver = b.process.ask("member", "add", "--name", "Intake lead, Lethbridge")["id"]
        (tmp_path / "pitch.json").write_text(json.dumps(PITCH))
        pitch = barnraise("publish", "--as", owner, str(tmp_path / "pitch.json"), data=a.data).strip()
        b.process.until(lambda: _has(b, pitch), "the pitch reaches B")
        offer = {
            "type": "pledge.offer",
            "pitch": pitch,
            "kind": "review",
            "quantity": 2,
            "unit": "hour",
            "text": {"en": "Two hours of review"},
        }
        pledge = barnraise(
            "publish", "--as", giver, "-", data=b.data, stdin=json.dumps(offer).encode()
        ).strip()
        a.process.until(lambda: _has(a, pledge), "the pledge reaches A")
        receipt = tmp_path / "pledge.receipt"
        receipt.write_text(barnraise("receipt", pledge, data=a.data))
    said = barnraise("verify", str(receipt), b.node)
    assert pledge in said
    receipt.write_text(receipt.read_text().replace("index ", "index 1"))
    with pytest.raises(AssertionError, match="1"):
        barnraise("verify", str(receipt))


def _has(node: Organisation, entry: str) -> bool:
    try:
        barnraise("receipt", entry, data=node.data)
    except AssertionError:
        return False
    return True
