"""Care: a report reaches the stewards, what they hide is hidden in every view, search, call and file, and its author may ask
again. Policies and labels are published from the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kit.html import Page, faults
from tests.kit.web import DAY, Browser, House, Member, Site, visit

WORD = "Quenouille"
"""Stands in everything that is hidden, and nowhere else."""
LISTS = (
    "/", "/pitches", "/pitches?mine=yes", "/pitches?q=Lab", "/library", "/library?q=Post", "/people",
    "/people/{owner}", "/organisations/{node}", "/mine", "/search?q=Lab", "/network", "/library/{other_artifact}",
    "/pledges/{pledge}", "/circles", "/events",
    "/api/v1/pitches", "/api/v1/pitches?q=Lab", "/api/v1/artifacts", "/api/v1/pledges", "/api/v1/people",
    "/api/v1/people/{owner}", "/api/v1/nodes", "/api/v1/circles", "/api/v1/events", "/api/v1/issues", "/api/v1/offers",
    "/api/v1/waiting", "/api/v1/matches", "/api/v1/impact", "/api/v1/search?q=Spite", "/api/v1/changes?limit=100",
    "/api/v1/comments?on={other_artifact}", "/api/v1/artifacts/{other_artifact}", "/api/v1/entries/{revise}",
    "/api/v1/pledges/{pledge}", "/api/v1/export",
)  # fmt: skip
DOORS = (
    "/pitches/{pitch}", "/library/{artifact}", "/go/{pitch}", "/entries/{pitch}/receipt", "/report/{pitch}",
    "/api/v1/pitches/{pitch}", "/api/v1/artifacts/{artifact}", "/api/v1/entries/{pitch}",
    "/api/v1/entries/{pitch}/receipt", "/appeal/{pitch}",
)  # fmt: skip


class Village(NamedTuple):
    """A house where something is to be hidden: who is in it, and ids by name."""

    house: House
    owner: Member
    giver: Member
    other: Member
    steward: Member
    operator: Member
    ids: dict[str, str]

    def path(self, pattern: str) -> str:
        return pattern.format(**self.ids)


def _words(text: str) -> dict[str, str]:
    return {"en": f"{text} {WORD}"}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    house = House.open(tmp_path)
    owner, giver = house.member("Policy analyst"), house.member("Intake lead", offers=[{"kind": "testing"}])
    other, steward = house.member("Data analyst"), house.member("Care", role="steward")
    operator = house.member("Operator", role="operator")

    def say(who: Member, of: str, **content: Any) -> str:
        return str(house.publish_now(who, {"type": of, **content}).id)

    ask = {
        "key": "test",
        "kind": "testing",
        "text": _words("Two evenings"),
        "quantity": 2,
        "unit": "hour",
        "must": True,
    }
    pitch = say(
        owner, "pitch.open", title=_words("Lab"), why=_words("Why"), opportunity="course",
        topics=["data"], asks=[ask | {"needed_by": "2027-02-01"}],
    )  # fmt: skip
    ids = {
        "pitch": pitch,
        "revise": say(owner, "pitch.revise", pitch=pitch, why=_words("Because")),
        "pledge": say(
            giver, "pledge.offer", pitch=pitch, ask="test", kind="testing", quantity=1, unit="hour",
            text={"en": "I test"}, conflict="none", show="named",
        ),
        "artifact": say(
            owner, "artifact.publish", kind="post", title=_words("Post"), body=_words("Body"), licence="CC-BY-4.0",
            rights="Crown", authors=[{"member": owner.member, "name": "Policy analyst", "role": "author"}],
        ),
        "other_artifact": say(
            giver, "artifact.publish", kind="post", title={"en": "Notes"}, body={"en": "Fine"}, licence="CC-BY-4.0",
            rights="Crown", pitch=pitch,
            authors=[{"member": giver.member, "name": "Intake lead", "role": "author"}],
        ),
        "owner": str(owner.member), "node": str(house.node),
    }  # fmt: skip
    ids["comment"] = say(owner, "comment", on=ids["other_artifact"], text=_words("Spite"))
    yield Village(house, owner, giver, other, steward, operator, ids)
    house.close()


async def _hide(site: Site, village: Village, *names: str) -> None:
    desk = await site.browser(village.steward)
    for name in names:
        done = await desk.post(
            f"/desk/objects/{village.ids[name]}/hide",
            {"reason": "personal-information", "words": "Names a person."},
        )
        assert done.status == 303, done.text


# ── a report ─────────────────────────────────────────────────────────────────────────────────────────────────


async def _report(browser: Browser, entry: str) -> None:
    sent = await browser.post(
        f"/report/{entry}",
        {"reason": "personal-information", "text": "Look at the second line.", "text_in": "en"},
    )
    assert sent.status == 303, sent.text


async def test_a_report_is_decided_and_its_reason_is_read(village: Village) -> None:
    pitch = village.ids["pitch"]
    async with visit(village.house) as site:
        other, desk = await site.browser(village.other), await site.browser(village.steward)
        page = await other.get(f"/pitches/{pitch}")
        assert f"/report/{pitch}" in Page(page.text).links
        assert f"/desk/objects/{pitch}" not in Page(page.text).links
        form = await other.get(f"/report/{pitch}")
        assert f"/report/{pitch}" not in Page(form.text).links
        assert form.status == 200 and faults(form.text) == [] and WORD in form.text
        wrong = await other.post(f"/report/{pitch}", {"reason": "", "text": "As it was typed"})
        assert wrong.status == 422 and "As it was typed" in wrong.text and faults(wrong.text) == []
        await _report(other, pitch)
        assert (await other.get("/desk/care")).status == 403
        listed = await desk.get("/desk/care")
        assert faults(listed.text) == [] and "Data analyst" in listed.text
        [one] = [link for link in Page(listed.text).links if link.startswith("/desk/reports/")]
        shown = await desk.get(one)
        assert faults(shown.text) == [] and "second line" in shown.text
        refused = await desk.post(one, {"decision": "hide", "words": ""})
        assert refused.status == 422 and faults(refused.text) == []
        assert (await desk.post(one, {"decision": "hide", "words": "Line two names a person."})).status == 303
        assert (await desk.get("/api/v1/waiting")).status in (200, 401)
        away = await other.get(f"/pitches/{pitch}")
        assert away.status == 403 and "Line two names a person." in away.text and WORD not in away.text


async def test_a_kept_report_hides_nothing_and_waits_no_more(village: Village) -> None:
    pitch = village.ids["pitch"]
    async with visit(village.house) as site:
        other, desk = await site.browser(village.other), await site.browser(village.steward)
        await _report(other, pitch)
        program = await site.program(village.steward)
        assert "answer-report" in (await program.get("/api/v1/waiting")).text
        [one] = [link for link in Page((await desk.get("/desk/care")).text).links if "/desk/reports/" in link]
        assert (await desk.post(one, {"decision": "keep", "words": "It is about a role."})).status == 303
        assert "answer-report" not in (await program.get("/api/v1/waiting")).text
        assert (await other.get(f"/pitches/{pitch}")).status == 200


async def test_an_overdue_report_stands_before_the_operator(village: Village) -> None:
    async with visit(village.house) as site:
        await _report(await site.browser(village.other), village.ids["artifact"])
        program = await site.program(village.operator)
        assert "answer-report" not in (await program.get("/api/v1/waiting")).text
        village.house.later(8 * DAY)
        assert "answer-report" in (await program.get("/api/v1/waiting")).text
        assert "Overdue" in (await (await site.browser(village.operator)).get("/desk/care")).text


# ── what is hidden is hidden everywhere ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["other", "giver"])
async def test_what_is_hidden_is_nowhere_for_members(village: Village, who: str) -> None:
    member: Member = getattr(village, who)
    async with visit(village.house) as site:
        ways = {False: await site.browser(member), True: await site.program(member)}
        before = [await ways["/api/" in one].get(village.path(one)) for one in (*LISTS, *DOORS)]
        assert sum(WORD in answer.text for answer in before) > 12
        await _hide(site, village, "pitch", "artifact", "comment")
        for pattern in LISTS:
            answer = await ways["/api/" in pattern].get(village.path(pattern))
            assert answer.status in (200, 404), (pattern, answer.text)
            assert WORD not in answer.text, pattern
        for pattern in DOORS:
            answer = await ways["/api/" in pattern].get(village.path(pattern))
            assert answer.status in (403, 404) and WORD not in answer.text, (pattern, answer.status)
        assert (await ways[False].get(village.path("/pitches/{pitch}"))).status == 403
        assert "Names a person." in (await ways[True].get(village.path("/api/v1/pitches/{pitch}"))).text


async def test_who_wrote_it_and_the_desk_see_it_and_why(village: Village) -> None:
    async with visit(village.house) as site:
        await _hide(site, village, "pitch", "comment")
        for member in (village.owner, village.steward, village.operator):
            browser = await site.browser(member)
            page = await browser.get(village.path("/pitches/{pitch}"))
            assert page.status == 200 and WORD in page.text and "Names a person." in page.text
            assert faults(page.text) == []
            assert WORD in (await browser.get("/pitches")).text
            assert WORD in (await browser.get(village.path("/library/{other_artifact}"))).text


async def test_no_record_and_no_number_changes_by_hiding(village: Village) -> None:
    async with visit(village.house) as site:
        program = await site.program(village.other)
        before = await program.get("/api/v1/state_hash")
        await _hide(site, village, "pitch", "artifact", "comment")
        assert (await program.get("/api/v1/state_hash")).text == before.text


async def test_an_appeal_is_answered(village: Village) -> None:
    pitch = village.ids["pitch"]
    async with visit(village.house) as site:
        await _hide(site, village, "pitch")
        owner, desk = await site.browser(village.owner), await site.browser(village.steward)
        assert f"/appeal/{pitch}" in Page((await owner.get(f"/pitches/{pitch}")).text).links
        assert (await desk.get(f"/appeal/{pitch}")).status == 404
        form = await owner.get(f"/appeal/{pitch}")
        assert form.status == 200 and faults(form.text) == []
        assert (await owner.post(f"/appeal/{pitch}", {"words": ""})).status == 422
        assert (await owner.post(f"/appeal/{pitch}", {"words": "It names my own role."})).status == 303
        assert "asks you to look again" in (await desk.get("/desk/care")).text
        shown = await desk.get(f"/desk/objects/{pitch}")
        assert "It names my own role." in shown.text and faults(shown.text) == []
        stay = {"again": "stay", "answer": "Take the second line out first."}
        assert (await desk.post(f"/desk/objects/{pitch}/answer", stay)).status == 303
        assert "Take the second line out first." in (await owner.get(f"/pitches/{pitch}")).text
        again = {"again": "show", "answer": "Thank you."}
        assert (await desk.post(f"/desk/objects/{pitch}/answer", again)).status == 303
        other = await site.browser(village.other)
        assert (await other.get(f"/pitches/{pitch}")).status == 200
        assert WORD in (await other.get("/pitches")).text


async def test_signed_out_nothing_hidden_is_named(village: Village) -> None:
    async with visit(village.house) as site:
        await _hide(site, village, "pitch")
        answer = await (await site.browser()).get(village.path("/go/{pitch}"))
        assert answer.status == 403 and WORD not in answer.text


# ── labels and policy ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_label_says_who_says_so(village: Village) -> None:
    artifact = village.ids["artifact"]
    async with visit(village.house) as site:
        desk = await site.browser(village.steward)
        said = {"label": "outdated", "text": "Form v2 replaced it.", "text_in": "en"}
        assert (await desk.post(f"/desk/objects/{artifact}/label", {"label": ""})).status == 422
        assert (await desk.post(f"/desk/objects/{artifact}/label", said)).status == 303
        page = await (await site.browser(village.other)).get(f"/library/{artifact}")
        assert faults(page.text) == []
        assert all(words in page.text for words in ("Outdated", "Form v2 replaced it.", "Care"))
        program = await site.program(village.other)
        record = {"type": "label", "on": artifact, "label": "outdated"}
        assert (await program.post("/api/v1/records", json=record)).status == 403


POLICY = {
    "own_share": "40", "apply_within": "45", "share_within": "7", "check_ins": "30, 90", "min_group": "5",
    "text.en": "The board decided it.",
}  # fmt: skip


async def test_the_policy_is_shown_in_words_and_then_published(village: Village) -> None:
    async with visit(village.house) as site:
        desk = await site.browser(village.steward)
        page = await desk.get("/desk/policy")
        assert page.status == 200 and faults(page.text) == [] and "These are the defaults." in page.text
        preview = await desk.post("/desk/policy", POLICY | {"do": "preview"})
        assert preview.status == 200 and faults(preview.text) == []
        assert "default: 50" in preview.text and 'value="40"' in preview.text
        assert "These are the defaults." in (await desk.get("/desk/policy")).text
        for wrong in (
            {"own_share": "140"},
            {"check_ins": "90, 30"},
            {"decided_by": "nobody"},
            {"min_group": "1"},
        ):
            refused = await desk.post("/desk/policy", POLICY | wrong | {"do": "publish"})
            assert refused.status == 422 and faults(refused.text) == [], wrong
        assert (await desk.post("/desk/policy", POLICY | {"do": "publish"})).status == 303
        after = await desk.get("/desk/policy")
        assert "They differ from the defaults." in after.text and "The board decided it." in after.text
        assert faults(after.text) == []
        assert (await (await site.browser(village.other)).get("/desk/policy")).status == 403
