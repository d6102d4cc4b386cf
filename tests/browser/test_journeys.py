"""J1 and J3 to J5 of WEB "Journeys", each in both languages, with and without scripts, over real nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import samples
from tests.browser.conftest import Way, main_ways
from tests.browser.line import Line
from tests.kit.browser import Desk, Reader
from tests.kit.nodes import barnraise, processes
from tests.kit.organisations import Organisation, Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PASSWORD = "four unrelated brown words"


def join(reader: Reader, link: str, name: str) -> Reader:
    """Use an invitation: make the account, come to the card."""
    reader.go(link)
    reader.fill({"name": name, "interface": reader.language, "password": PASSWORD})
    reader.press("Make my account")
    assert reader.page.url.endswith("/card")
    return reader


def test_j1_operator_from_init_to_first_member_and_first_peer(
    tmp_path: Path, desk: Desk, line: Line, way: Way
) -> None:
    data = tmp_path / "node"
    made = barnraise(
        *("init", "--name", "Ministry of Jobs", "--jurisdiction", "CA-BC", "--kind", "ministry", "--json"),
        *("--lang", way.language),
        data=data,
    )
    sign_in = made.split('"sign_in": "')[1].split('"')[0]
    with processes([data]) as (process,):
        home = Organisation(process, "Ministry of Jobs")
        operator = desk.visitor(home.url, **way._asdict())
        join(operator, home.url + "/join/" + sign_in.rsplit("/", 1)[1], "Operator")
        operator.go("/")
        assert operator.page.locator("#first-steps li.no").count() == 5

        operator.go("/desk").fill({"role": "member"}, "#invite").press("Make a link")
        link = operator.page.locator("#one-time-link").input_value()
        member = join(desk.visitor(home.url, **way._asdict()), link, "Policy analyst")
        member.press("Publish my card")
        assert [one["name"] for one in process.command("member.list") if one["id"]] == ["Policy analyst"]

        code = line.b.process.command("peer.invite")["code"]
        operator.go("/network").fill({"code": code}).press("Pair")
        operator.comes("#peer-table", line.b.name)
        operator.go("/")
        operator.comes("#first-steps li.yes", operator.say("Pair with another organisation"))
        desk.close()


@main_ways
def test_j3_pitch_from_idea_to_published(desk: Desk, line: Line, way: Way) -> None:
    member = line.a.member("Pitcher", lang=way.language)
    reader = desk.reader(line.a, member.member, **way._asdict())
    tag = way.language
    title = f"Service design lab ({way.language}, {way.scripts})"
    reader.go("/").follow("New pitch")
    reader.fill({f"title.{tag}": title, f"why.{tag}": "Half of them give up.", "opportunity": "change-lab"})
    reader.press("Check what is missing")
    assert reader.page.locator(".page-aside .ticks li.no").count() == 5
    reader.press("Publish the pitch")
    reader.comes(".state-open")
    reader.follow("Revise the pitch")
    reader.fill(
        {
            "when.end": samples.day(60),
            f"benefits.self.{tag}": "I learn",
            f"benefits.peers.{tag}": "A worked example",
            f"benefits.organisation.{tag}": "Fewer lost applicants",
            "asks.0.kind": "testing",
            "asks.0.quantity": "2",
            f"asks.0.text.{tag}": "Two hours of testing",
            "asks.0.must": "yes",
            "sharing.0.avenue": "lunch-and-learn",
            "sharing.0.due": samples.day(64),
            f"sharing.0.audience.{tag}": "Intake teams",
            f"application.practice.{tag}": "The new form",
            "application.first_date": samples.day(80),
            f"application.signal.{tag}": "Fewer give up",
        }
    )
    reader.press("Publish the revision")
    reader.comes(".state-ready")
    assert reader.page.locator("h1").inner_text() == title
    pitch = reader.page.url.rsplit("/", 1)[1].split("?")[0]
    far = line.c.member("Reader")
    assert until(lambda: far.get(f"/pitches/{pitch}"))["state"] == "ready"


def there(reader: Program, path: str) -> bool:
    """Whether a node holds it by now."""
    return reader.get(path) is not None


@main_ways
def test_j4_pledge_from_another_node_and_private_talk(desk: Desk, line: Line, way: Way) -> None:
    owner, giver = line.c.member("Pitcher", lang=way.language), line.a.member("Tester", lang=way.language)
    bystander = line.b.member("Neighbour")
    title = f"Talk and test ({way.language}, {way.scripts})"
    pitch = owner.say("pitch.open", **samples.pitch(title))
    until(lambda: there(giver, f"/pitches/{pitch}"))
    here = desk.reader(line.a, giver.member, **way._asdict())
    here.go(f"/pitches/{pitch}").follow("Help with this")
    here.fill({"quantity": "1", "text": "On a Tuesday evening", "return": "The new form"})
    here.fill({"audience": "parties"}).press("Make the pledge")
    pledge = here.page.url.rsplit("/", 1)[1]

    there_ = desk.reader(line.c, owner.member, **way._asdict()).go(f"/pitches/{pitch}")
    there_.into(there_.comes(f'#pledge-list [href="/pledges/{pledge}"]'))
    there_.comes("h1")
    here.fill({"comment.text": "May I call you"}).press("Send")
    there_.comes("#comments", "May I call you")
    there_.hears("This page has been brought up to date.")
    there_.fill({"comment.text": "Please do so after nine"}).press("Send")
    here.comes("#comments", "Please do so after nine")
    here.hears("This page has been brought up to date.")
    # who is no party sees neither, on no node
    for other in (bystander, line.a.member("Colleague"), line.c.member("Colleague")):
        assert not there(other, f"/pledges/{pledge}")
        assert other.get(f"/comments?on={pledge}") in (None, {"items": []})


@main_ways
def test_j5_accept_fulfil_confirm_and_return(desk: Desk, line: Line, way: Way) -> None:
    owner, giver = line.c.member("Pitcher", lang=way.language), line.a.member("Tester", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch(f"All the way ({way.language}, {way.scripts})"))
    until(lambda: there(giver, f"/pitches/{pitch}"))
    pledge = giver.say("pledge.offer", **samples.offer(pitch))
    path = f"/pledges/{pledge}"
    until(lambda: there(owner, path))
    here = desk.reader(line.a, giver.member, **way._asdict()).go(path)
    far = desk.reader(line.c, owner.member, **way._asdict()).go(path)

    far.fill({"accept.return": "The new form", "accept.return_due": samples.day(70)})
    far.press("Accept the pledge")
    here.comes("#state .state-accepted")
    here.hears("This page has been brought up to date.")
    here.comes(f'form[action="{path}/fulfil"]')
    here.fill({"fulfil.evidence": "Two sessions by video"}).press("It is given")
    far.comes("#state .state-fulfilled")
    far.comes(f'form[action="{path}/confirm"]')
    far.fill({"confirm.result": "met"}).press("Confirm")
    here.comes("#state .state-confirmed")
    far.fill({"deliver.text": "Sent as a PDF"}).press("The return is given")
    here.comes(f'form[action="{path}/answer"]')
    here.fill({"answer.result": "met"}).press("Answer")
    until(lambda: owner.get(path)["returns"]["result"] == "met")
