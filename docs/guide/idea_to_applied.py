"""From an idea to *applied*: the whole life of one pitch between two organisations, through the HTTP API only.

    python docs/guide/idea_to_applied.py [--keep FOLDER]

Starts two nodes on this machine, a provincial ministry and a municipality of another province, on a clock of their
own (``--clock FILE``), pairs them, and tells the story in which somebody learns from a neighbour: draft, open, ready,
resourced, underway, sharing, applied, closed. Every claim it prints is asked of a node first; it stops at the first
that is not so. At the end every record of the story is proved by its receipt, without any network. It needs nothing
but the installed ``barnraise``; read it from top to bottom, it is a tutorial of the API.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from protocol.ids import NodeId
from protocol.receipt import verify_receipt

PATIENCE = 60.0  # seconds for a record to reach the other node; it takes a fraction of one
Json = dict[str, Any]


def say(line: str) -> None:
    """One line of the story."""
    print(line, flush=True)


def holds(true: object, claim: str) -> None:
    """Print a claim that holds, stop at one that does not."""
    if not true:
        sys.exit(f"  NOT SO: {claim}")
    say(f"  ✓ {claim}")


# ── two nodes, one clock ─────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """The time both nodes go by: a file with one line."""

    def __init__(self, file: Path, start: str) -> None:
        self.file = file
        self.set(start)

    def set(self, moment: str) -> None:
        """It is another time now."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(moment + "\n", encoding="utf-8")
        fresh.replace(self.file)
        say(f"\n— {moment} —")


def command(*words: str) -> Json:
    """A ``barnraise`` command with --json."""
    program = Path(sys.executable).with_name("barnraise")
    line = [str(program) if program.exists() else "barnraise", *words, "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    answer: Json = json.loads(done.stdout)
    return answer


class Node:
    """An organisation's running node."""

    def __init__(self, folder: Path, name: str, jurisdiction: str, kind: str, clock: Clock) -> None:
        self.folder, self.name = folder, name
        command(
            *("init", "--data", str(folder), "--name", name, "--jurisdiction", jurisdiction, "--kind", kind),
            *(
                "--level",
                "provincial-territorial" if kind == "ministry" else "municipal-regional",
                "--lang",
                "en",
            ),
        )
        program = Path(sys.executable).with_name("barnraise")
        self.process = subprocess.Popen(
            [
                *(str(program) if program.exists() else "barnraise", "run", "--data", str(folder)),
                *(
                    "--web",
                    "127.0.0.1:0",
                    "--peer",
                    "127.0.0.1:0",
                    "--no-discovery",
                    "--clock",
                    str(clock.file),
                ),
            ],
            stdout=subprocess.PIPE,
            stderr=(folder / "guide.log").open("wb"),
            text=True,
        )
        ready = self.process.stdout.readline() if self.process.stdout else ""
        found = dict(re.findall(r"(\w+)=(\S+)", ready))
        if "web" not in found:
            sys.exit(f"{name} did not start: {(folder / 'guide.log').read_text(encoding='utf-8')}")
        self.id, self.web, self.peer = found["node"], found["web"], found["peer"]

    def member(self, name: str) -> Member:
        """A member with a card, and a token for her programs."""
        made = command("member", "add", "--data", str(self.folder), "--name", name)
        token = command("token", "create", "--data", str(self.folder), "--member", made["id"])["token"]
        return Member(self, name, made["id"], token)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()


class Member:
    """Somebody, through her node's API."""

    def __init__(self, node: Node, name: str, id_: str, token: str) -> None:
        self.node, self.name, self.id, self._token = node, name, id_, token
        self.made: list[str] = []

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one call; ``headers`` by their names with an underscore."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://{self.node.web}/api/v1{path}",
            body,
            {"Authorization": f"Bearer {self._token}", "Accept-Language": "en", **fields},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def read(self, path: str) -> bytes:
        """The text a call answers with."""
        address = f"http://{self.node.web}/api/v1{path}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self._token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())

    def get(self, path: str) -> Any:
        """What a call answers; None for what is not here."""
        status, answer = self.call("GET", path)
        if status not in (200, 404):
            sys.exit(f"GET {path}: {status} {answer}")
        return answer if status == 200 else None

    def publish(self, kind: str, /, **fields: Any) -> str:
        """A record, durable and signed when this returns; its entry id."""
        status, answer = self.attempt(kind, **fields)
        if status != 201:
            sys.exit(f"{self.name}, {kind}: {status} {json.dumps(answer, ensure_ascii=False)}")
        self.made.append(answer["id"])
        return str(answer["id"])

    def attempt(self, kind: str, /, **fields: Any) -> tuple[int, Any]:
        """The same, refusals too."""
        body = json.dumps({"type": kind, **fields}).encode()
        return self.call("POST", "/records", body, Content_Type="application/json")

    def attach(self, name: str, media_type: str, body: bytes) -> Json:
        """Keep a file at the node; what a record says of it."""
        status, kept = self.call("POST", f"/blobs?name={name}", body, Content_Type=media_type)
        holds(status == 201, f"{name} is kept ({kept.get('size')} bytes)")
        return {name: kept[name] for name in ("hash", "size", "media_type", "name")}

    def until(self, path: str, seen: Callable[[Any], object], claim: str) -> Any:
        """Look until something is seen at her node: the other node may have said it a moment ago."""
        end = time.monotonic() + PATIENCE
        while not ((answer := self.get(path)) is not None and seen(answer)):
            if time.monotonic() > end:
                sys.exit(f"  NOT SO, at {self.node.name}: {claim}\n{json.dumps(answer, indent=1)}")
            time.sleep(0.05)
        say(f"  ✓ {claim}")
        return answer


@contextmanager
def two_nodes(folder: Path, clock: Clock) -> Iterator[tuple[Node, Node]]:
    """The ministry and the municipality, paired."""
    with ExitStack() as running:
        nodes = []
        for name, place, kind in (
            ("Ministry of Citizen Services", "CA-BC", "ministry"),
            ("Halifax Regional Municipality", "CA-NS", "municipality"),
        ):
            nodes.append(Node(folder / place, name, place, kind, clock))
            running.callback(nodes[-1].stop)
        ministry, city = nodes
        code = command("peer", "invite", "--data", str(ministry.folder), "--at", ministry.peer)["code"]
        command("peer", "add", "--data", str(city.folder), code)
        say(f"{ministry.name} and {city.name} are paired.")
        yield ministry, city


# ── the story ────────────────────────────────────────────────────────────────────────────────────────────────

DRAFT: Json = {
    "title": {"en": "Service design lab, Halifax"},
    "why": {"en": "Our intake form loses one applicant in three; I want to learn how Halifax fixed theirs."},
    "opportunity": "change-lab",
}
ASKS: list[Json] = [
    {"key": "travel", "kind": "money", "text": {"en": "Half of train and lodging"}, "quantity": 61_250, "unit": "CAD",
     "must": True, "split": True, "needed_by": "2027-02-01"},
    {"key": "review", "kind": "expertise", "text": {"en": "Somebody who reads our form with me"}, "quantity": 6,
     "unit": "hour", "must": True, "split": True, "needed_by": "2027-02-15"},
    {"key": "intro", "kind": "introduction", "text": {"en": "Someone on the Halifax team"}, "quantity": 1,
     "unit": "person", "must": True, "split": False, "needed_by": "2027-02-15"},
    {"key": "room", "kind": "venue", "text": {"en": "A room in Victoria for the talk afterwards"}, "quantity": 1,
     "unit": "day", "must": False, "split": False},
]  # fmt: skip
PLAN: Json = {
    "topics": ["citizen-services"],
    "when": {"start": "2027-03-09", "end": "2027-03-11", "zone": "America/Halifax"},
    "where": {"place": "Halifax", "jurisdiction": "CA-NS", "online": False},
    "benefits": {
        "self": {"en": "I learn to redesign a form with the people who fill it in."},
        "peers": {"en": "A worked example, with its mistakes."},
        "organisation": {"en": "Fewer abandoned applications."},
    },
    "asks": ASKS,
    "sharing": [
        {
            "key": "note",
            "avenue": "post",
            "audience": {"en": "Everyone who runs a form"},
            "due": "2027-03-18",
        },
        {
            "key": "talk",
            "avenue": "webinar",
            "audience": {"en": "Intake teams of BC and NS"},
            "due": "2027-03-31",
        },
    ],
    "application": {
        "practice": {"en": "Intake form, version 2"},
        "first_date": "2027-04-01",
        "signal": {"en": "Drop-off under 20 %"},
    },
}


class Story:
    """Who takes part, and the pitch it is about."""

    def __init__(self, ministry: Node, city: Node, clock: Clock) -> None:
        self.clock = clock
        self.analyst = ministry.member("Policy analyst")
        self.manager = ministry.member("Manager")
        self.colleague = ministry.member("Facilities coordinator")
        self.designer = city.member("Service designer")
        self.neighbour = city.member("Digital lead")
        self.pitch = ""
        self.accepted: dict[str, tuple[Member, str]] = {}

    @property
    def everyone(self) -> list[Member]:
        return [self.analyst, self.manager, self.colleague, self.designer, self.neighbour]

    @property
    def page(self) -> str:
        return f"/pitches/{self.pitch}"

    def state(self, wanted: str, *, at: Member | None = None) -> Json:
        """The pitch, once it is in a state, as both nodes see it."""
        for member in (at,) if at else (self.analyst, self.neighbour):
            found = member.until(
                self.page,
                lambda pitch: pitch["state"] == wanted,
                f"{member.node.name} shows the pitch as {wanted}",
            )
        return dict(found)


def draft_and_open(story: Story) -> None:
    """An idea is kept as a draft, then said to the network with three fields."""
    body = json.dumps([{"type": "pitch.open", **DRAFT}]).encode()
    status, answer = story.analyst.call("POST", "/drafts/import", body, Content_Type="application/json")
    holds(status in (200, 201), f"the idea is a draft of hers alone: {answer}")
    story.pitch = story.analyst.publish("pitch.open", **DRAFT)
    story.state("open")
    early = story.designer.publish(
        "pledge.offer",
        **{
            "pitch": story.pitch,
            "kind": "mentoring",
            "quantity": 2,
            "unit": "hour",
            "text": {"en": "Two calls"},
        },
    )
    story.analyst.until(
        f"/pledges/{early}", lambda pledge: pledge["state"] == "offered", "a pledge may come early"
    )
    status, problem = story.analyst.attempt("pledge.accept", pledge=early, quantity=2)
    missing = {item["field"] for item in problem["readiness"]["missing"]}
    holds(
        status == 422 and {"benefits.peers", "asks", "when.end"} <= missing,
        f"accepting waits for {len(missing)} things",
    )
    story.accepted["mentoring"] = (story.designer, early)


def make_ready(story: Story) -> None:
    """The own share is a matter of one cent."""
    short: Json = {"currency": "CAD", "total": 122_499, "own": 61_249, "employer": 0}
    story.analyst.publish("pitch.revise", pitch=story.pitch, facilitator=story.manager.id, cost=short, **PLAN)
    gap = story.analyst.get(story.page)["own_share"]["gaps"][0]
    holds(gap["field"] == "cost.own" and gap["params"]["short"] == 1, f"one cent is lacking: {gap['text']}")
    whole = {**short, "total": 122_500, "own": 61_250}
    story.analyst.publish("pitch.revise", pitch=story.pitch, cost=whole)
    found = story.state("ready")
    holds(found["own_share"]["satisfied"] is True, "the own share is satisfied to the cent")
    story.manager.publish("attest", pitch=story.pitch, what=["conversation", "time"], until="2027-03-31")
    story.neighbour.publish(
        "catalyse", pitch=story.pitch, text={"en": "I carry this to the Atlantic regions"}
    )


def resource(story: Story) -> None:
    """Four kinds of help from two jurisdictions; what money there is stays between the two it concerns."""
    offers: list[tuple[str, Member, Json, Json]] = [
        ("money from Halifax", story.neighbour,
         {"ask": "travel", "kind": "money", "quantity": 40_000, "unit": "CAD", "text": {"en": "Learning fund"}},
         {}),
        ("money from Victoria", story.colleague,
         {"ask": "travel", "kind": "money", "quantity": 21_250, "unit": "CAD"}, {}),
        ("expertise", story.designer,
         {"ask": "review", "kind": "expertise", "quantity": 6, "unit": "hour", "return": {"en": "Your numbers"}},
         {"return": {"en": "Our drop-off figures"}, "return_due": "2027-04-15"}),
        ("introduction", story.designer,
         {"ask": "intro", "kind": "introduction", "quantity": 1, "unit": "person", "return": {"en": "A call"}},
         {"return": {"en": "A call in April"}, "return_due": "2027-04-15"}),
        ("venue", story.colleague, {"ask": "room", "kind": "venue", "quantity": 1, "unit": "day"}, {}),
    ]  # fmt: skip
    for name, giver, what, promise in offers:
        pledge = giver.publish("pledge.offer", pitch=story.pitch, **what)
        story.analyst.until(f"/pledges/{pledge}", lambda found: found["can"]["accept"], f"{name} is pledged")
        story.analyst.publish("pledge.accept", pledge=pledge, quantity=what["quantity"], **promise)
        story.accepted[name] = (giver, pledge)
    story.analyst.publish("pledge.accept", pledge=story.accepted["mentoring"][1], quantity=2)
    story.clock.set("2026-12-01T18:00:00Z")  # the sum of what was given privately is told by the hour
    found = story.state("resourced")
    travel = next(ask for ask in found["asks"] if ask["key"] == "travel")
    holds(
        travel["accepted"] == 61_250 and travel["met"], "everybody sees that the money is there, by the tally"
    )
    money = story.accepted["money from Halifax"][1]
    holds(story.designer.get(f"/pledges/{money}") is None, "nobody but the two sees who gave how much")
    holds(found["circle"] == story.pitch, "a circle has formed around the pitch")


def go(story: Story) -> None:
    """The days in Halifax: what was promised is given and confirmed."""
    story.clock.set("2027-03-09T15:00:00Z")
    story.state("underway")
    for name in ("money from Halifax", "money from Victoria", "expertise", "introduction", "venue"):
        giver, pledge = story.accepted[name]
        giver.publish("pledge.fulfil", pledge=pledge)
        story.analyst.until(
            f"/pledges/{pledge}", lambda found: found["state"] == "fulfilled", f"{name} was given"
        )
        story.analyst.publish("pledge.confirm", pledge=pledge, result="met")


def share(story: Story) -> None:
    """Within seven days a note with an attachment; a webinar that both organisations answer."""
    story.clock.set("2027-03-15T16:00:00Z")
    story.state("sharing")
    waiting = story.analyst.get("/waiting")["on_me"]
    holds(
        any(item["reason"] == "first-artifact" for item in waiting),
        "a first artifact is what waits on her now",
    )
    figures = story.analyst.attach(
        "before-after.csv", "text/csv", b"step,before,after\nstart,100,100\nsend,66,83\n"
    )
    note = story.analyst.publish(
        "artifact.publish",
        **{"kind": "post", "title": {"en": "What Halifax changed"}, "body": {"en": "Three fields went, one came."},
           "licence": "CC-BY-4.0", "evidence": "one-experience", "pitch": story.pitch, "fulfils": ["note"],
           "blobs": [{**figures, "alt": {"en": "Applicants by step, before and after"}}]},
    )  # fmt: skip
    story.neighbour.until(
        f"/artifacts/{note}", lambda found: found["blobs"][0]["here"], "note and file are in Halifax too"
    )
    event = story.analyst.publish(
        "event.schedule",
        **{"kind": "webinar", "title": {"en": "What a form taught us"}, "start": "2027-03-25T12:00:00-07:00",
           "end": "2027-03-25T13:00:00-07:00", "zone": "America/Vancouver", "online": "https://example.org/room",
           "languages": ["en"], "access": {"en": "Live captions"}, "pitch": story.pitch, "fulfils": ["talk"]},
    )  # fmt: skip
    story.designer.until(f"/events/{event}", lambda found: True, "the webinar is announced in Halifax")
    for guest, answer in ((story.designer, "yes"), (story.neighbour, "maybe"), (story.colleague, "yes")):
        guest.publish("rsvp", event=event, answer=answer)
    for member in (story.analyst, story.neighbour):
        member.until(
            f"/events/{event}",
            lambda found: (found["coming"]["yes"], found["coming"]["maybe"]) == (2, 1),
            f"{member.node.name} counts two who come and one who may",
        )
    talk = activity(story.analyst.get(story.page), "talk")
    holds(talk["state"] == "scheduled", "the promised webinar is scheduled")
    story.clock.set("2027-03-26T16:00:00Z")
    story.analyst.publish(
        "pitch.update", pitch=story.pitch, text={"en": "Twenty-four came."}, fulfils=["talk"], attended=24
    )
    found = story.state("sharing")
    holds(all(one["state"] == "delivered" for one in found["sharing"]), "both promises to share are kept")
    story.neighbour.publish(
        "reuse",
        artifact=note,
        where={"en": "Halifax 311"},
        what={"en": "The shorter first page"},
        result="worked",
    )
    story.analyst.until(
        f"/artifacts/{note}",
        lambda found: found["reused_by"]["others"] == 1,
        "Halifax reuses what came of it",
    )


def activity(pitch: Json, key: str) -> Json:
    """A sharing activity by its key."""
    return next(dict(one) for one in pitch["sharing"] if one["key"] == key)


def give_back(story: Story) -> None:
    """Returns are delivered; the givers say what they think of them."""
    for name, text, result in (
        ("expertise", "The figures", "met"),
        ("introduction", "A call, cut short", "partly"),
    ):
        giver, pledge = story.accepted[name]
        story.analyst.publish("return.deliver", pledge=pledge, text={"en": text})
        giver.until(
            f"/pledges/{pledge}",
            lambda found: found["returns"]["state"] == "delivered",
            f"the return for {name} came",
        )
        giver.publish("return.confirm", pledge=pledge, result=result)
        story.analyst.until(
            f"/pledges/{pledge}", lambda found, result=result: found["returns"]["result"] == result,
            f"its giver says: {result}",
        )  # fmt: skip
    story.analyst.publish("thanks", pitch=story.pitch, text={"en": "The form is yours as much as mine."})


def apply(story: Story) -> None:
    """Thirty, ninety, a hundred and eighty days later: is it applied? Somebody else saw it."""
    answers = (
        ("2027-04-11T16:00:00Z", 30, "partly", "Version 2 runs in one office."),
        ("2027-06-10T16:00:00Z", 90, "yes", "All four clerks use it; drop-off is 18 %."),
        ("2027-09-08T16:00:00Z", 180, "yes", "It stayed at 17 %."),
    )
    for moment, day, applied, evidence in answers:
        story.clock.set(moment)
        made = story.analyst.publish(
            "check_in", pitch=story.pitch, day=day, applied=applied, evidence={"en": evidence}, level=3
        )
        found = story.state("applied")
        line = next(one for one in found["check_ins"] if one["day"] == day)
        holds(line["applied"] == applied, f"the check-in of day {day} says {applied}")
    holds(found["outcome"] == "applied-self-reported", "so far she alone says so")
    story.designer.publish("check_in.attest", check_in=made, saw="yes", note={"en": "I used their form."})
    for member in (story.analyst, story.neighbour):
        member.until(
            story.page,
            lambda pitch: pitch["outcome"] == "applied-attested",
            f"{member.node.name}: applied, attested by a peer of the other organisation",
        )


def go_on(story: Story) -> None:
    """The pitch closes, the circle does not."""
    story.analyst.publish("pitch.advance", pitch=story.pitch, to="closed")
    story.state("closed")
    newcomer = story.neighbour.node.member("Newcomer")
    newcomer.publish("circle.join", circle=story.pitch)
    issue = newcomer.publish(
        "issue.raise", circle=story.pitch, title={"en": "Forms for people without e-mail"}
    )
    for member in (story.analyst, story.neighbour):
        member.until(
            f"/circles/{story.pitch}",
            lambda circle: (
                newcomer.id in {seat["who"]["id"] for seat in circle["members_list"]}
                and issue in {one["id"] for one in circle["issues"]}
            ),
            f"{member.node.name}: somebody new joined the circle and raised the next issue",
        )


def prove(story: Story) -> None:
    """Both nodes hold the same; every record has a receipt that verifies offline (as ``barnraise verify`` does)."""
    here = story.analyst.get("/state_hash")["state_hash"]
    story.neighbour.until(
        "/state_hash", lambda found: found["state_hash"] == here, f"one state, {here[:16]}…"
    )
    proved = 0
    for member in story.everyone:
        for entry in member.made:
            receipt = member.read(f"/entries/{entry}/receipt")
            proved += str(verify_receipt(receipt, NodeId(member.node.id)).entry) == entry
    holds(
        proved == sum(len(member.made) for member in story.everyone),
        f"{proved} records, each proved by its receipt",
    )


def tell(folder: Path) -> None:
    """The whole story."""
    clock = Clock(folder / "clock", "2026-12-01T17:00:00Z")
    with two_nodes(folder, clock) as (ministry, city):
        story = Story(ministry, city, clock)
        for chapter in (draft_and_open, make_ready, resource, go, share, give_back, apply, go_on, prove):
            say(f"\n{(chapter.__doc__ or '').strip()}")
            chapter(story)
    say("\nFrom an idea to applied, attested, and a circle that goes on.")


def main() -> None:
    """See the head of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="put the nodes' folders here and leave them")
    folder = parser.parse_args().keep
    kept = folder or Path(tempfile.mkdtemp())
    kept.mkdir(parents=True, exist_ok=True)
    try:
        tell(kept)
    finally:
        if folder is None:
            shutil.rmtree(kept, ignore_errors=True)


if __name__ == "__main__":
    main()
