"""J14 and R11 with a dead node: she changes employer, her old node stops for good, and all she began goes on.

Three processes over real sockets, the API only, on a clock of the test's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from node import config
from node.founding import Profile, found
from tests.kit.nodes import Process
from tests.kit.organisations import Organisation, Program, free_port, meet, until
from tests.kit.views import full_pitch

pytestmark = pytest.mark.processes
FACTS = (
    ("Ministry of Services", "CA-BC", "ministry"),
    ("City of Lethbridge", "CA-AB", "municipality"),
    ("Institut", "CA-QC", "institute"),
)


class Clock:
    """The time all of them go by."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set("2026-12-01T12:00:00Z")

    def set(self, moment: str) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(moment, "utf-8")
        fresh.replace(self.file)


@contextmanager
def line(folder: Path, clock: Clock) -> Iterator[list[Organisation]]:
    with ExitStack() as running:
        nodes = []
        for number, facts in enumerate(FACTS):
            data = folder / f"node-{number}"
            found(data, Profile(*facts, None, ("en",)))
            place = f"127.0.0.1:{free_port()}"
            config.save(data, replace(config.load(data, {}, {}), addresses=(place,)))
            process = Process(data, "--clock", str(clock.file), peer=place)
            running.callback(process.stop)
            nodes.append(Organisation(process, facts[0]))
        meet(nodes)
        yield nodes


def arrival(node: Organisation, name: str, was: str) -> Program:
    """An account at the new node that publishes its card itself, naming the one before."""
    made = node.process.command("member.add", name=name, role="member", lang="en", was=was)
    return Program(node.process, made["id"])


def seen(program: Program, path: str, **wanted: Any) -> Any:
    """The object, once it shows what is wanted."""
    return until(
        lambda: (
            (page := program.get(path)) and all(page[key] == value for key, value in wanted.items()) and page
        ),
        f"{path} {wanted}",
    )


def test_the_pitcher_moves_and_her_old_node_dies(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    with line(tmp_path, clock) as (old, new, other):
        analyst, giver, peer = old.member("Analyst"), other.member("Giver"), other.member("Peer")
        content = full_pitch(None)
        del content["type"]
        pitch = analyst.say("pitch.open", **content)
        page = f"/pitches/{pitch}"
        seen(giver, page, state="ready")
        pledge = giver.say(
            "pledge.offer", pitch=pitch, ask="intro", kind="introduction", quantity=1, unit="person"
        )
        seen(analyst, f"/pledges/{pledge}", state="offered")
        analyst.say("pledge.accept", pledge=pledge, quantity=1, **{"return": {"en": "A call"}})

        # she moves: a card at the new node that names the old one, and her word at the old
        moved = arrival(new, "Analyst, now in Lethbridge", was=analyst.member)
        analyst.say("member.move", to=moved.member)
        for program in (moved, giver):
            until(
                lambda program=program: program.get(page)["owner"]["id"] == moved.member,
                "the pitch is hers at the new node",
            )
        old.process.stop(SIGKILL)

        # and goes on as if nothing had happened
        giver.say("pledge.fulfil", pledge=pledge)
        seen(moved, f"/pledges/{pledge}", state="fulfilled")
        moved.say("pledge.confirm", pledge=pledge, result="met")
        moved.say("pitch.advance", pitch=pitch, to="underway")
        moved.say("return.deliver", pledge=pledge, text={"en": "We talked"})
        clock.set("2027-04-12T16:00:00Z")
        seen(giver, page, state="sharing")
        waiting = {item["reason"] for item in moved.get("/waiting")["on_me"] if item["id"] == pitch}
        assert "check-in-due" in waiting, "what waited on her waits on her still"
        note = moved.say(
            "artifact.publish",
            **{
                "kind": "post",
                "title": {"en": "What I brought along"},
                "licence": "CC-BY-4.0",
                "pitch": pitch,
                "fulfils": ["talk"],
            },
        )
        checked = moved.say("check_in", pitch=pitch, day=30, applied="yes", evidence={"en": "In use"})
        seen(peer, page, state="applied")
        peer.say("check_in.attest", check_in=checked, saw="yes")
        for program in (moved, peer):
            found_ = seen(program, page, outcome="applied-attested")
            assert [artifact["id"] for artifact in found_["artifacts"]] == [note]
            assert found_["sharing"][0]["state"] == "delivered"

        # the circle outlives the node it began at
        newcomer = other.member("Newcomer")
        newcomer.say("circle.join", circle=pitch)
        seats = {"giver": giver, "owner": moved, "attester": peer, "joined": newcomer}
        for program in (moved, peer):
            circle = until(
                lambda program=program: (
                    (one := program.get(f"/circles/{pitch}")) and one["members"] == 4 and one
                ),
                "four in the circle",
            )
            basis = {one["who"]["id"]: one["basis"] for one in circle["members_list"]}
            assert basis == {program.member: why for why, program in seats.items()}
        moved.say("circle.role", circle=pitch, member=peer.member, role="steward")
        until(
            lambda: peer.member in {one["who"]["id"] for one in peer.get(f"/circles/{pitch}")["stewards"]},
            "a second steward, of another organisation",
        )
        moved.say("pitch.advance", pitch=pitch, to="closed")
        seen(giver, page, state="closed", outcome="applied-attested")
        until(
            lambda: moved.get("/state_hash") == peer.get("/state_hash"), "both nodes that live show the same"
        )
        assert new.errors() == other.errors() == []
