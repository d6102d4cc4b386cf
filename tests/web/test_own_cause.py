"""Nobody decides in their own cause: reports, hides, appeals, labels at the desk, and the facilitator of a pitch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from protocol.errors import Refused
from store.views import pitches
from tests.kit.logs import Author
from tests.kit.views import Shelf, member, say
from tests.kit.web import House, Member, visit


class Desk(NamedTuple):
    """A house with two stewards and an operator. ``report`` is about the first steward's ``pitch``."""

    house: House
    steward: Member
    second: Member
    operator: Member
    reader: Member
    pitch: str
    report: str


def _pitch(**more: Any) -> dict[str, Any]:
    return {
        "type": "pitch.open",
        "title": {"en": "Lab"},
        "why": {"en": "Why"},
        "opportunity": "course",
        **more,
    }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    house = House.open(tmp_path)
    steward, second = house.member("Steward", "steward"), house.member("Second", "steward")
    operator, reader = house.member("Operator", "operator"), house.member("Reader")
    pitch = str(house.publish_now(steward, _pitch()).id)
    report = house.publish_now(reader, {"type": "report", "on": pitch, "reason": "personal-information"})
    yield Desk(house, steward, second, operator, reader, pitch, str(report.id))
    house.close()


DECISION = {"decision": "keep", "words": "Nothing is wrong with it."}
HIDE = {"reason": "personal-information", "words": "Not here."}


async def test_a2_a_steward_does_not_decide_the_report_on_an_own_record(desk: Desk) -> None:
    """A2: a steward decides the report on her own record: refused; another steward, or the operator, must."""
    async with visit(desk.house) as site:
        own, address = await site.browser(desk.steward), f"/desk/reports/{desk.report}"
        page = await own.get(address)
        assert page.status == 200
        assert "This is about something of yours" in page.text
        assert 'name="decision"' not in page.text
        assert (await own.post(address, DECISION)).status == 403
        for other in (desk.second, desk.operator):
            assert (await (await site.browser(other)).post(address, DECISION)).status == 303


async def test_a2_nobody_hides_labels_or_answers_about_their_own(desk: Desk) -> None:
    """A2: hiding, labelling, and answering one's own appeal are decisions in one's own cause too."""
    there = f"/desk/objects/{desk.pitch}"
    async with visit(desk.house) as site:
        own, second = await site.browser(desk.steward), await site.browser(desk.second)
        assert "This is about something of yours" in (await own.get(there)).text
        assert (await own.post(f"{there}/hide", HIDE)).status == 403
        assert (await own.post(f"{there}/label", {"label": "outdated"})).status == 422
        assert (await second.post(f"{there}/hide", HIDE)).status == 303
        assert (await own.post(f"/appeal/{desk.pitch}", {"words": "Look again."})).status == 303
        for again in ("show", "stay"):
            answer = {"again": again, "answer": "I agree with myself."}
            assert (await own.post(f"{there}/answer", answer)).status == 403
        assert (await second.post(f"{there}/answer", {"again": "show", "answer": "Yes."})).status == 303
        program = await site.program(desk.steward)
        label = {"type": "label", "on": desk.pitch, "label": "outdated"}
        refused = await program.post("/api/v1/records", json=label)
        assert (refused.status, refused.json()["errors"][0]["code"]) == (403, "own-cause")


async def test_a2_who_reported_does_not_decide_the_report(desk: Desk) -> None:
    """A2: a steward's own report is for somebody else, also when its thing is a stranger's."""
    house = desk.house
    async with visit(house) as site:
        program = await site.program(desk.reader)
        made = await program.post("/api/v1/records", json=_pitch())
        theirs = {"type": "report", "on": made.json()["id"], "reason": "personal-information"}
        report = (await (await site.program(desk.second)).post("/api/v1/records", json=theirs)).json()["id"]
        assert (
            await (await site.browser(desk.second)).post(f"/desk/reports/{report}", DECISION)
        ).status == 403
        assert (
            await (await site.browser(desk.steward)).post(f"/desk/reports/{report}", DECISION)
        ).status == 303


def test_a2_an_unnamed_pledge_is_still_its_giver_s(desk: Desk) -> None:
    """A2: not being named makes nobody a stranger to their own record."""
    house = desk.house
    pitch = str(house.publish_now(desk.reader, _pitch()).id)
    offer = {
        "type": "pledge.offer",
        "pitch": pitch,
        "kind": "review",
        "text": {"en": "x"},
        "quantity": 1,
        "unit": "hour",
        "conflict": "none",
    }
    pledge = str(house.publish_now(desk.second, {**offer, "show": "anonymous"}).id)
    with pytest.raises(Refused, match="own-cause"):
        house.publish_now(desk.second, {"type": "label", "on": pledge, "label": "disputed"})


async def test_a2_a_report_waits_on_somebody_who_may_decide_it(desk: Desk) -> None:
    """A2: it waits on no steward it is about; where no other steward is left it waits on the operator at once."""
    async with visit(desk.house) as site:

        async def waits_on(who: Member) -> bool:
            answer = await (await site.program(who)).get("/api/v1/waiting")
            return any(wait["what"] == "answer-report" for wait in answer.json()["on_me"])

        assert not await waits_on(desk.steward)
        assert await waits_on(desk.second)
        assert not await waits_on(desk.operator)
        shut = {"account": str(desk.second.account), "disabled": "yes"}
        assert (await (await site.browser(desk.operator)).post("/desk/disable", shut)).status == 303
        assert await waits_on(desk.operator)


async def test_a2_nobody_is_the_facilitator_of_their_own_pitch(desk: Desk) -> None:
    """A2: an owner named as facilitator could attest to their own pitch: refused on opening, on revising, on attesting."""
    mine = desk.reader
    async with visit(desk.house) as site:
        program = await site.program(mine)
        opened = await program.post("/api/v1/records", json=_pitch(facilitator=mine.member))
        assert [one["code"] for one in opened.json()["errors"]] == ["your-own"]
        pitch = (await program.post("/api/v1/records", json=_pitch())).json()["id"]
        for content in (
            {"type": "pitch.revise", "pitch": pitch, "facilitator": mine.member},
            {"type": "attest", "pitch": pitch, "what": ["time"]},
        ):
            refused = await program.post("/api/v1/records", json=content)
            assert (refused.status, refused.json()["errors"][0]["code"]) == (422, "your-own")


def test_a2_an_owner_s_own_word_counts_on_no_node() -> None:
    """A2: a peer's pitch whose owner is its facilitator has none, and what the owner attests is shown nowhere."""
    away = Author(2)
    by = member(away)
    pitch = say(away, _pitch(by=by, facilitator=by))
    say(away, {"type": "attest", "by": by, "pitch": pitch, "what": ["time"]})
    shelf = Shelf(Author(1)).take_all(away)
    page = pitches.one(shelf.db, shelf.viewer(None), pitch, now=shelf.now)
    assert page is not None
    assert page["facilitator"] is None
    assert all(step["type"] != "attest" for step in page["steps"])
