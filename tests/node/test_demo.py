"""The demo: its stories hold against the records, and the network it opens is real, ends cleanly and opens again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import founding
from node.cli.demo import ANSWERS, FIRST_LOOK, TRY
from node.demo.attachments import attachment
from node.demo.cast import LEAST, MOST, organisations
from node.demo.chart import Bar, bar_chart
from node.demo.network import FILE
from node.demo.processes import Child, free_ports
from node.demo.stories import Story, content, day_from, moment, stories
from protocol import records
from protocol.rules.markings import markings_of

SOMEBODY = "a" * 32 + "-0-1"
EVERYBODY = organisations(MOST)
DEADLINE = 150.0
PRIVATE_WORDS = ("Remboursement sur présentation", "rien de bancaire", "Which address should the receipts")


def _posted(story: Story, today: date) -> Iterator[dict[str, Any]]:
    """The contents of a story as they are posted, with made-up ids."""
    members = {f"{o.key}.{a.key}": SOMEBODY for o in EVERYBODY for a in o.actors}
    ids: dict[str, str] = {}
    for number, step in enumerate(story.steps):
        assert step.who in members
        blobs = []
        for said in step.say.get("blobs", ()):
            file = attachment(said["file"])
            blobs.append(
                {"hash": "0" * 64, "size": len(file.data), "media_type": file.media_type, **_named(said)}
            )
        yield content(step.say, today, ids, members, blobs)
        if step.name:
            ids[step.name] = "b" * 32 + f"-0-{number}"


def _named(said: dict[str, Any]) -> dict[str, Any]:
    return {"name": said["file"], "alt": said["alt"]}


ALL = stories(frozenset(organisation.key for organisation in EVERYBODY))


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.title)
def test_a_story_may_be_told_on_any_day_of_the_week(story: Story) -> None:
    for weekday in range(7):
        for posted in _posted(story, date(2027, 3, 1) + timedelta(days=weekday)):
            record = {name: value for name, value in posted.items() if name != "private"}
            records.write({**record, "by": SOMEBODY})
            assert not list(markings_of(posted))


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.title)
def test_steps_stand_in_their_order_and_speak_of_what_was_said_before(story: Story) -> None:
    said: set[str] = set()
    for before, step in zip((None, *story.steps), story.steps, strict=False):
        assert before is None or before.day <= step.day < 0
        assert said.issuperset(step.names)
        said |= {step.name} if step.name else set()


def test_pitches_and_artifacts_can_be_read_in_both_languages_by_their_titles() -> None:
    titles = [step.say["title"] for story in ALL for step in story.steps if "title" in step.say]
    assert len(titles) >= 20
    assert all({"en", "fr"} <= title.keys() for title in titles)


def test_the_three_organisations_show_what_the_demo_is_for() -> None:
    told = stories(frozenset(organisation.key for organisation in organisations(LEAST)))
    assert len([story for story in told if story.state]) >= 12
    states = {story.state for story in told}
    assert states >= {
        "open",
        "ready",
        "resourced",
        "underway",
        "sharing",
        "applied",
        "closed",
        "lapsed",
        "withdrawn",
        "cancelled",
    }
    kinds = {step.say["kind"] for story in told for step in story.steps if step.say["type"] == "pledge.offer"}
    assert kinds >= {"money", "introduction"} and len(kinds) >= 10
    types = {step.say["type"] for story in told for step in story.steps}
    assert types >= records.REGISTER.keys() - {
        *("node.profile", "node.policy", "member.introduce"),  # said while founding
        *(
            "node.retire",
            "vouch",
            "unvouch",
        ),  # between operators: the three nodes stay, and are paired by codes
        *("erase", "label"),  # a steward's answers at her desk, not in a story
        *("member.move", "member.retire"),  # everybody stays where the page says she signs in
        *("pitch.tally", "poll.close"),  # made by the node
    }


def test_cards_profiles_and_policies_are_records() -> None:
    for organisation in EVERYBODY:
        records.write({"type": "node.profile", **organisation.profile})
        if organisation.policy is not None:
            records.write({"type": "node.policy", **organisation.policy})
        assert [actor.role for actor in organisation.actors].count("operator") == 1
        for actor in organisation.actors:
            records.write({"type": "member.introduce", **actor.card})
    assert len({organisation.key for organisation in EVERYBODY}) == MOST


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(-200, 200), st.integers(-200, 200))
def test_days_keep_their_order_and_their_side_of_today(today: date, one: int, other: int) -> None:
    day = day_from(today, one)
    assert one == 0 or day.weekday() < 5
    assert (day > today, day < today) == (one > 0, one < 0)
    assert (one <= other) <= (day <= day_from(today, other))


def test_a_time_of_day_is_told_in_its_zone() -> None:
    today = date(2027, 1, 11)
    assert moment("@+1T09:00 America/St_Johns", today) == "2027-01-12T09:00:00-03:30"
    assert moment("@-3", today) == "2027-01-08"
    assert moment("@example", today) == "@example"


def test_a_chart_is_a_png_of_its_size_and_always_the_same() -> None:
    bars = (Bar("BEFORE", 40), Bar("AFTER", 20, after=True))
    data = bar_chart("MINUTES", bars)
    assert data == bar_chart("MINUTES", bars) != bar_chart("MINUTES", bars[::-1])
    width, height = struct.unpack(">II", data[16:24])
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    assert len(zlib.decompress(data[start : start + length])) == height * (width * 3 + 1)


# ── the processes ────────────────────────────────────────────────────────────────────────────────────────────


def _until(true: Callable[[], bool], seconds: float, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def _open(data: Path, ready: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from node.cli import main; main()", "demo", "--data", str(data), *more]
    return subprocess.Popen(
        [*command, "--no-browser", "--ready-file", str(ready)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text()


def _pids(ready: dict[str, Any]) -> list[int]:
    return [json.loads((Path(node["data"]) / "run.json").read_text())["pid"] for node in ready["nodes"]]


def _call(node: dict[str, Any], account: int, path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {
        "Authorization": f"Bearer {node['members'][account]['token']}",
        "Content-Type": "application/json",
    }
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{node['web']}/api/v1/{path}", data, headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        text = answer.read()
    return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def _account(organisation: int, who: str) -> int:
    """The place of a member in the ready file."""
    return [actor.key for actor in EVERYBODY[organisation].actors].index(who.partition(".")[2])


@pytest.mark.processes
def test_the_network_comes_up_pledges_travel_and_it_ends_and_opens_again(tmp_path: Path) -> None:
    data, ready_file = tmp_path / "demo", tmp_path / "ready.json"
    process = _open(data, ready_file)
    try:
        _until(ready_file.exists, DEADLINE, process)
        ready = json.loads(ready_file.read_text())
        assert ready_file.stat().st_mode & 0o077 == 0
        assert [sorted(node) for node in ready["nodes"]] == [
            sorted(("name", "node_id", "web", "peer", "data", "members"))
        ] * 3
        assert all(
            sorted(member) == ["name", "role", "sign_in", "token"]
            for node in ready["nodes"]
            for member in node["members"]
        )
        pids = _pids(ready)
        _check_states(ready, data)
        _check_line(ready)
        _check_pledge(ready, data, process)
        _check_receipt(ready, tmp_path)

        os.kill(pids[1], signal.SIGKILL)
        out, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "Town of Cottonwood Bend ended by itself" in said
        assert "password" in out
        assert all(map(_gone, pids))
    finally:
        process.kill()
        process.wait()

    for path in (data / "town").rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert not any(words.encode() in held for words in PRIVATE_WORDS), path

    ready_file.unlink()
    again = _open(data, ready_file)
    try:
        _until(ready_file.exists, DEADLINE, again)
        pids = _pids(json.loads(ready_file.read_text()))
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=60)
        assert again.returncode == 0
        assert all(map(_gone, pids))
    finally:
        again.kill()
        again.wait()


def _check_states(ready: dict[str, Any], data: Path) -> None:
    """Every pitch has come to what its story says, on every node alike."""
    pitches = json.loads((data / FILE).read_text())["pitches"]
    wanted = {pitches[story.title]: story.state for story in ALL if story.title in pitches}
    for node in ready["nodes"]:
        found = {item["id"]: item["state"] for item in _call(node, 0, "pitches?limit=50")["items"]}
        assert found == wanted
    assert len({_call(node, 0, "state_hash")["state_hash"] for node in ready["nodes"]}) == 1
    for node in ready["nodes"]:
        for story in ("05-one-queue", "17-council-minutes"):
            assert _call(node, 0, f"pitches/{pitches[story]}")["outcome"] == "applied-attested"
        _check_circle(node)


def _check_circle(node: dict[str, Any]) -> None:
    """The founded circle has members of all three organisations; one poll of it is closed, one takes ballots."""
    (circle,) = [one for one in _call(node, 0, "circles?limit=50")["items"] if one["kind"] == "founded"]
    assert circle["organisations"] == 3
    keepers = _call(node, 0, f"circles/{circle['id']}")["stewards"]
    assert {keeper["how"] for keeper in keepers} == {"owner", "named"}
    polls = {one["secret"]: one for one in _call(node, 0, "polls?limit=50")["items"]}
    assert (polls[False]["state"], polls[True]["state"]) == ("closed", "open")


def _check_line(ready: dict[str, Any]) -> None:
    """A and C are not paired; the one between them is connected to both."""
    peers = [{peer["node"] for peer in _call(node, 0, "network")["peers"]} for node in ready["nodes"]]
    a, b, c = (node["node_id"] for node in ready["nodes"])
    assert b in peers[0] and b in peers[2] and peers[1] == {a, c}


def _check_pledge(ready: dict[str, Any], data: Path, process: subprocess.Popen[str]) -> None:
    """What the printed page says to try works: a pledge from A to C, accepted there, seen here."""
    pitch = json.loads((data / FILE).read_text())["pitches"][TRY]
    (a, _, c), giver, owner = ready["nodes"], _account(0, FIRST_LOOK), _account(2, ANSWERS)
    offer = {"type": "pledge.offer", "pitch": pitch, "ask": "coanimation", "kind": "facilitation"}
    made = _call(a, giver, "records", {**offer, "quantity": 2, "unit": "session"})["id"]

    def there() -> bool:
        return made in [pledge["id"] for pledge in _call(c, owner, f"pitches/{pitch}")["pledges"]]

    _until(there, 30, process)
    _call(c, owner, "records", {"type": "pledge.accept", "pledge": made, "quantity": 2})
    _until(lambda: bool(_call(a, giver, f"pledges/{made}")["state"] == "accepted"), 30, process)


def _check_receipt(ready: dict[str, Any], tmp_path: Path) -> None:
    node = ready["nodes"][1]
    entry = _call(node, 0, "artifacts?limit=1")["items"][0]["id"]
    path = tmp_path / "receipt.txt"
    path.write_bytes(_call(node, 0, f"entries/{entry}/receipt"))
    command = [sys.executable, "-c", "from node.cli import main; main()", "verify", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.processes
async def test_a_child_left_alone_stops_and_takes_its_temporary_folder_away(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    web, peer = free_ports(2)
    child = Child(EVERYBODY[0], root / "ministry", web, peer, temporary=True)
    profile = founding.Profile("Ministry", "CA-BC", "ministry", None, ("en",))
    await asyncio.to_thread(founding.found, child.folder, profile)
    await child.start()
    process = child.process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 30) is not None
    assert not root.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    process = _open(tmp_path, tmp_path / "ready.json")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Choose another folder" in said
    assert (tmp_path / "letter.txt").read_text() == "mine"
