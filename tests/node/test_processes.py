"""Real processes: init, run, pair, publish, stop, start again."""

from __future__ import annotations

import json
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.kit.nodes import Process, barnraise, exit_code, processes

pytestmark = pytest.mark.processes

PITCH = {
    "type": "pitch.open",
    "title": {"en": "Service design lab"},
    "why": {"en": "Our form loses one applicant in three."},
    "opportunity": "change-lab",
}


def init(folder: Path, name: str, *more: str) -> Path:
    barnraise("init", "--name", name, "--jurisdiction", "CA-BC", "--kind", "ministry", *more, data=folder)
    return folder


CODES: list[str] = []  # the code the pair was made with, spent


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Process]:
    """Two organisations, paired."""
    root = tmp_path_factory.mktemp("pair")
    with processes([init(root / "a", "Ministry of Jobs"), init(root / "b", "City of Halifax")]) as (a, b):
        code = a.ask("peer", "invite")["code"]
        b.ask("peer", "add", code)
        b.until(lambda: b.ask("peer", "list")["peers"][0]["state"] == "connected", "the two meet")
        CODES.append(code)
        yield [a, b]


def test_what_one_publishes_the_other_shows(pair: list[Process]) -> None:
    a, b = pair
    member = a.ask("member", "add", "--name", "policy analyst, Victoria")["id"]
    made = a.ask("publish", "--as", member, "-", stdin=json.dumps(PITCH).encode())
    a.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")
    token = b.ask("token", "create", "--member", b.ask("member", "add", "--name", "clerk, Halifax")["id"])[
        "token"
    ]
    pitch = get(b, f"/api/v1/pitches/{made['id']}", token)
    assert pitch["title"] == PITCH["title"]
    receipt = b.data / "pitch.receipt"
    receipt.write_text(barnraise("receipt", made["id"], data=b.data))
    verified = json.loads(barnraise("verify", str(receipt), a.facts["node"], "--json"))
    assert (verified["entry"], verified["node"]) == (made["id"], a.facts["node"])
    assert exit_code("verify", str(receipt), b.facts["node"])[0] == 1


def get(node: Process, path: str, token: str) -> dict:  # type: ignore[type-arg]
    request = urllib.request.Request(
        f"http://{node.facts['web']}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        found: dict[str, object] = json.load(answer)
    return found


def test_both_see_each_other(pair: list[Process]) -> None:
    a, b = pair
    (there,) = a.ask("peer", "list")["peers"]
    (here,) = b.ask("peer", "list")["peers"]
    assert (there["node"], there["state"], there["direction"]) == (b.facts["node"], "connected", "in")
    assert (here["node"], here["state"], here["direction"]) == (a.facts["node"], "connected", "out")
    b.until(
        lambda: b.ask("peer", "list")["peers"][0]["name"] == {"en": "Ministry of Jobs"}, "its name is told"
    )


def test_status_doctor_and_check_agree_that_all_is_well(pair: list[Process]) -> None:
    a, _ = pair
    status = a.ask("status")
    assert status["healthy"] and status["running"]
    assert status["peer"] == a.facts["peer"]
    assert {finding["code"] for finding in a.ask("doctor")} >= {
        "kit-not-stored",
        "url-loopback",
        "no-operator",
    }
    assert a.ask("check") == []


def test_health_and_metrics_for_supervisors(pair: list[Process]) -> None:
    a, _ = pair
    with urllib.request.urlopen(f"http://{a.facts['web']}/healthz", timeout=10) as answer:
        assert json.load(answer)["healthy"] is True
    with urllib.request.urlopen(f"http://{a.facts['web']}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert "barnraise_peers_connected 1" in text
    assert all(line.startswith(("# ", "barnraise_")) for line in text.splitlines())


def test_a_code_works_for_one_node(pair: list[Process], tmp_path: Path) -> None:
    a, _ = pair
    (code,) = CODES
    with processes([init(tmp_path / "c", "Institute")]) as (c,):
        status, _, said = exit_code("peer", "add", code, data=c.data)
        assert status == 1
        assert "Ask for a new code" in said
        assert c.ask("peer", "list")["peers"] == []
        a.until(lambda: any(k["node"] == c.facts["node"] for k in a.ask("peer", "list")["knocks"]), "a knock")
        assert a.ask("peer", "admit", c.facts["node"])["pinned"]
        assert c.ask("peer", "add", a.ask("peer", "invite")["code"])["state"] == "paired"


def test_a_record_that_may_not_be_so_is_refused_with_every_fault(pair: list[Process]) -> None:
    a, _ = pair
    member = a.ask("member", "add", "--name", "trainee")["id"]
    wrong = json.dumps({"type": "pitch.open", "title": "not in a language", "colour": "green"}).encode()
    status, out, said = exit_code("publish", "--as", member, "-", data=a.data, stdin=wrong)
    assert (status, out) == (1, "")
    assert {line.split(":")[1].strip() for line in said.splitlines()} >= {"title", "why", "colour"}


def test_rebuild_changes_nothing_people_see(pair: list[Process]) -> None:
    a, b = pair
    a.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"])
    assert a.ask("rebuild") == b.ask("rebuild")


def test_stop_is_clean_and_the_log_goes_on(tmp_path: Path) -> None:
    data = init(tmp_path / "a", "Ministry")
    first = Process(data)
    first.ask("member", "add", "--name", "analyst")
    began = time.monotonic()
    assert first.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < 5
    assert not (data / "run.json").exists()
    made = json.loads(
        barnraise("publish", "--as", "analyst", "-", "--json", data=data, stdin=json.dumps(PITCH).encode())
    )
    assert made["id"].endswith("-0-2")
    again = Process(data)
    assert again.ask("status")["entries"] == 3
    assert again.stop(signal.SIGINT) == 0


def test_one_process_a_folder(tmp_path: Path) -> None:
    data = init(tmp_path / "a", "Ministry")
    with processes([data]):
        status, _, said = exit_code("run", data=data)
        assert status == 1
        assert "Another process works on" in said


def test_the_clock_of_a_file_is_shown(tmp_path: Path) -> None:
    data, clock = init(tmp_path / "a", "Ministry"), tmp_path / "now"
    clock.write_text("2027-02-01T09:30:00-05:00")
    with processes([data], "--clock", str(clock)) as (a,):
        assert a.ask("status")["clock"] == "2027-02-01T09:30:00-05:00"
        member = a.ask("member", "add", "--name", "analyst")["id"]
        receipt = tmp_path / "receipt"
        receipt.write_text(barnraise("receipt", member, data=data))
        assert json.loads(barnraise("verify", str(receipt), "--json"))["time"] == 1_801_492_200_000


def test_a_taken_address_is_said(tmp_path: Path) -> None:
    data = init(tmp_path / "a", "Ministry")
    with processes([init(tmp_path / "b", "City")]) as (b,):
        status, _, said = exit_code("run", "--web", b.facts["web"], "--peer", "127.0.0.1:0", data=data)
        assert status == 1
        assert "Choose another address" in said


def test_the_signed_head_file_guards_signing(tmp_path: Path) -> None:
    """Section 11, cases 3 and 4: behind the file nothing is signed; without it only who never had a peer goes on."""
    data = init(tmp_path / "a", "Ministry")
    old = (data / "node.db").read_bytes()
    barnraise("member", "add", "--name", "analyst", data=data)
    (data / "node.db").write_bytes(old)
    assert json.loads(exit_code("member", "add", "--name", "clerk", "--json", data=data)[1])["queued"]
    findings = json.loads(exit_code("doctor", "--json", data=data)[1])
    assert findings[0]["code"] == "not-signing" and findings[0]["bad"]
    (data / "signed-head").unlink()
    with processes([data]) as (a,):
        assert a.ask("member", "add", "--name", "clerk, second")["id"]


def test_members_from_the_shell(tmp_path: Path) -> None:
    data = init(tmp_path / "a", "Ministry", "--url", "https://barnraise.example.ca")
    link = json.loads(barnraise("member", "invite", "--role", "steward", "--json", data=data))
    assert link["link"].startswith("https://barnraise.example.ca/join/") and link["reaches_others"]
    member = json.loads(
        barnraise("member", "add", "--name", "Analyst", "--role", "operator", "--json", data=data)
    )["id"]
    barnraise("member", "add", "--name", "Clerk", data=data)
    assert exit_code("member", "role", member, "member", data=data)[0] == 1, (
        "somebody must be left who runs the node"
    )
    barnraise("member", "role", "clerk", "operator", data=data)
    barnraise("member", "disable", member, data=data)
    people = {one["name"]: one for one in json.loads(barnraise("member", "list", "--json", data=data))}
    assert people["Analyst"]["disabled"] and people["Clerk"]["role"] == "operator"
    assert exit_code("publish", "--as", member, "/dev/null", data=data)[0] == 1
    assert exit_code("member", "add", "--name", "clerk", data=data)[0] == 1


def test_kit_from_the_shell(tmp_path: Path) -> None:
    data = init(tmp_path / "a", "Ministry")
    assert len(json.loads(barnraise("key", "kit", "--json", data=data))["words"]) == 17
    assert "words" in barnraise("key", "kit", data=data)
    barnraise("key", "kit", "--stored", data=data)
    status, _, said = exit_code("key", "kit", data=data)
    assert status == 1 and "not kept here any more" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["init"], 2, "--name"),
        (["init", "--name", "X"], 2, "--jurisdiction"),
        (["init", "--name", "X", "--jurisdiction", "nowhere", "--kind", "ministry"], 1, "jurisdiction"),
        (["status"], 1, "barnraise init"),
        (["peer", "add"], 2, "CODE"),
        (["frobnicate"], 2, "No such command"),
        (["verify", "/dev/null"], 1, "does not hold"),
        (["verify", "/nowhere"], 2, "No such file"),
    ],
)
def test_wrong_use_is_two_and_refused_is_one(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    data = None if arguments[0] in {"verify", "frobnicate"} else tmp_path / "none"
    status, _, said = exit_code(*arguments, data=data)
    assert status == code
    assert words in said
    assert "Traceback" not in said
