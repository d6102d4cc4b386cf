"""Artifacts after they were revised, withdrawn, used and translated; case studies; comments said otherwise; plans."""

from __future__ import annotations

from typing import Any

import pytest

from store import search
from store.views import artifacts, idps, pitches, pledges, talk
from store.views.shapes import ArtifactFilters
from tests.kit.logs import NOW
from tests.kit.views import DAY, Shelf, Village, member, offer, say


@pytest.fixture
def village() -> Village:
    return Village()


def shelf_of(village: Village) -> Shelf:
    return Shelf(village.b).take_all(*village.authors)


def page(shelf: Shelf, artifact: str, now: int = NOW, by: str | None = None) -> Any:
    found = artifacts.one(shelf.db, shelf.viewer(by), artifact, now=now)
    assert found is not None
    return found


def pledge_at(shelf: Shelf, pledge: str) -> Any:
    found = pledges.one(shelf.db, shelf.viewer(None), pledge, now=NOW)
    assert found is not None
    return found


def revise(village: Village, **fields: Any) -> str:
    return say(
        village.c,
        {"type": "artifact.revise", "by": village.owner, "artifact": village.artifact, **fields},
    )


def translate(
    village: Village, of: str, texts: dict[str, Any], *, origin: str = "human", at: int = NOW
) -> str:
    content = {"type": "translation", "by": village.other, "of": of, "texts": texts, "origin": origin}
    return say(village.b, content, at=at)


# ── artifacts ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_revise_is_a_version_and_is_found_by_its_words(village: Village) -> None:
    shelf = shelf_of(village)
    assert [hit["id"] for hit in search.find(shelf.db, shelf.viewer(None), "fields")] == [village.artifact]
    revised = revise(
        village, body={"en": "Two steps vanished."}, derived_from=[village.pitch], topics=["data"]
    )
    shelf.take_all(*village.authors)
    found = page(shelf, village.artifact)
    assert [version["id"] for version in found["versions"]] == [village.artifact, revised]
    assert found["versions"][1]["fields"] == ["body", "derived_from", "topics"]
    assert (found["version"], found["sources"][0]["id"]) == (revised, village.pitch)
    assert [hit["id"] for hit in search.find(shelf.db, shelf.viewer(None), "vanished")] == [village.artifact]
    assert search.find(shelf.db, shelf.viewer(None), "fields") == []


def test_what_derives_from_it_follows_a_revise_both_ways(village: Village) -> None:
    base = {"type": "artifact.publish", "by": village.other, "kind": "note", "licence": "CC0-1.0"}
    child = say(village.b, {**base, "title": {"en": "Copied"}})
    shelf = shelf_of(village)
    assert page(shelf, village.artifact)["derived"] == []
    change = {"type": "artifact.revise", "by": village.other, "artifact": child}
    say(village.b, {**change, "derived_from": [village.artifact]})
    shelf.take_all(*village.authors)
    assert [one["id"] for one in page(shelf, village.artifact)["derived"]] == [child]
    assert [one["title"] for one in page(shelf, child)["sources"]] == [page(shelf, village.artifact)["title"]]
    say(village.b, {**change, "derived_from": []})
    shelf.take_all(*village.authors)
    assert page(shelf, village.artifact)["derived"] == []


def test_one_withdrawn_leaves_lists_and_search_and_keeps_its_page(village: Village) -> None:
    note = {"en": "A field was miscounted."}
    say(
        village.c,
        {
            "type": "artifact.withdraw",
            "by": village.owner,
            "artifact": village.artifact,
            "reason": "other",
            "note": note,
        },
    )
    late = revise(village, title={"en": "After"})
    shelf = shelf_of(village)
    found = page(shelf, village.artifact, by=village.owner)
    assert (found["withdrawn"]["reason"], found["withdrawn"]["note"]) == ("other", note)
    assert not found["can"]["revise"] and not found["can"]["reuse"]
    assert late not in [version["id"] for version in found["versions"]]
    assert artifacts.listing(shelf.db, shelf.viewer(None), ArtifactFilters(), now=NOW).items == []
    assert search.find(shelf.db, shelf.viewer(None), "Halifax", kinds=["artifact"]) == []


def test_the_review_is_due_when_its_day_has_ended(village: Village) -> None:
    shelf = shelf_of(village)
    assert page(shelf, village.artifact)["review"] is None
    revise(village, review_by="2027-02-10")
    shelf.take_all(*village.authors)
    seen = []
    for now in (NOW, NOW + 60 * DAY):
        due = artifacts.listing(shelf.db, shelf.viewer(None), ArtifactFilters(review="due"), now=now).items
        seen.append((page(shelf, village.artifact, now)["review"], len(due)))
    assert seen == [("current", 0), ("review-due", 1)]


def test_uses_are_counted_by_result_and_one_s_own_told_apart(village: Village) -> None:
    used = {"type": "reuse", "artifact": village.artifact, "what": {"en": "The form"}}
    say(village.c, {**used, "by": village.owner, "result": "worked"})
    say(village.b, {**used, "by": village.other, "result": "worked", "where": {"en": "Lethbridge"}})
    say(village.a, {**used, "by": village.giver, "result": "did-not-work"})
    found = page(shelf_of(village), village.artifact)["reused_by"]
    assert (found["own"], found["others"], found["jurisdictions"]) == (1, 2, 3)
    assert found["results"] == {"did-not-work": 1, "worked": 2}
    there = next(one for one in found["items"] if one["who"]["id"] == village.other)
    assert (there["jurisdiction"], there["own"], there["where"]) == ("CA-AB", False, {"en": "Lethbridge"})


# ── translations ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_translation_is_current_until_its_field_is_said_otherwise(village: Village) -> None:
    texts = {"title": {"fr": "Atelier à Halifax"}, "asks.travel.text": {"fr": "Le train"}}
    made = translate(village, village.pitch, texts)
    machine = translate(village, village.pitch, {"title": {"fr": "Laboratoire"}}, origin="machine")
    shelf = shelf_of(village)

    def states() -> Any:
        found = pitches.one(shelf.db, shelf.viewer(None), village.pitch, now=NOW)
        assert found is not None
        assert machine not in [one["id"] for one in found["translations"]]
        return {
            field["field"]: field["state"]
            for one in found["translations"]
            if one["id"] == made
            for field in one["fields"]
        }

    assert states() == {"asks.travel.text": "current", "title": "current"}
    change = {"type": "pitch.revise", "by": village.owner, "pitch": village.pitch}
    version = say(village.c, {**change, "title": {"en": "Service design lab, again"}})
    shelf.take_all(*village.authors)
    assert states() == {"asks.travel.text": "current", "title": "stale"}
    newer = translate(village, version, {"title": {"fr": "Atelier, encore"}}, at=NOW + 1)
    shelf.take_all(*village.authors)
    found = pitches.one(shelf.db, shelf.viewer(None), village.pitch, now=NOW)
    assert found is not None
    best = [one for one in found["translations"] if one["id"] == newer]
    assert [field["state"] for field in best[0]["fields"]] == ["current"]
    assert states() == {"asks.travel.text": "current"}


def test_the_author_s_own_french_needs_no_other(village: Village) -> None:
    translate(village, village.artifact, {"title": {"fr": "Autrement dit"}, "body": {"de": "Drei Felder."}})
    found = page(shelf_of(village), village.artifact)["translations"]
    assert [(one["lang"], one["fields"][0]["field"]) for one in found] == [("de", "body")]


# ── case studies ─────────────────────────────────────────────────────────────────────────────────────────────


def case_study(village: Village, pledge: str, **fields: Any) -> str:
    content = {"type": "artifact.publish", "kind": "case-study", "title": {"en": "How it went"}}
    return say(
        village.a,
        {**content, "by": village.giver, "licence": "CC-BY-4.0", "fulfils": [pledge], **fields},
    )


@pytest.mark.parametrize("first", ["artifact", "accept"])
def test_a_case_study_fulfils_the_pledge_it_names_whichever_came_first(village: Village, first: str) -> None:
    pledge = say(village.a, offer(village.pitch, village.giver, None, "case-study", 1, "piece"))
    if first == "accept":
        village.step("accept", pledge, 1)
    artifact = case_study(village, pledge)
    shelf = shelf_of(village)
    assert pledge_at(shelf, pledge)["state"] == ("fulfilled" if first == "accept" else "offered")
    if first == "artifact":
        village.step("accept", pledge, 1)
        shelf.take_all(*village.authors)
    found = pledge_at(shelf, pledge)
    assert (found["state"], [one["id"] for one in found["artifacts"]]) == ("fulfilled", [artifact])
    say(village.a, {"type": "artifact.withdraw", "by": village.giver, "artifact": artifact})
    shelf.take_all(*village.authors)
    assert pledge_at(shelf, pledge)["state"] == "accepted"


def test_only_the_giver_s_own_and_only_a_case_study_counts(village: Village) -> None:
    pledge = say(village.a, offer(village.pitch, village.giver, None, "case-study", 1, "piece"))
    unnamed = say(village.a, offer(village.pitch, None, None, "case-study", 1, "piece", show="anonymous"))
    for one in (pledge, unnamed):
        village.step("accept", one, 1)
    colleague = member(village.a, "colleague")
    case_study(village, pledge, by=colleague)
    case_study(village, village.intro)
    case_study(village, unnamed)
    shelf = shelf_of(village)
    assert {pledge_at(shelf, one)["state"] for one in (pledge, unnamed, village.intro)} == {"accepted"}


def test_a_confirm_of_not_stands_until_a_newer_case_study(village: Village) -> None:
    pledge = say(village.a, offer(village.pitch, village.giver, None, "case-study", 1, "piece"))
    village.step("accept", pledge, 1)
    first = case_study(village, pledge)
    confirm = {"type": "pledge.confirm", "by": village.owner, "pledge": pledge, "result": "not"}
    say(village.c, {**confirm, "fulfil": first})
    shelf = shelf_of(village)
    assert pledge_at(shelf, pledge)["state"] == "disputed"
    case_study(village, pledge)
    shelf.take_all(*village.authors)
    assert pledge_at(shelf, pledge)["state"] == "fulfilled"


# ── agreements ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_revised_pledge_needs_a_new_accept(village: Village) -> None:
    first = pledge_at(shelf_of(village), village.intro)
    assert first["agreement"] == {"pitch_version": None, "pledge_version": None, "current": False}
    terms = {"terms": village.pitch}
    pledge = say(village.a, offer(village.pitch, village.giver, "tester", "testing", 2, "hour", **terms))
    accept = {"type": "pledge.accept", "by": village.owner, "pledge": pledge, "quantity": 1}
    say(village.c, {**accept, "terms": pledge})
    shelf = shelf_of(village)
    seen = [pledge_at(shelf, pledge)]
    change = {
        "type": "pledge.revise",
        "by": village.giver,
        "pledge": pledge,
        "quantity": 1,
        "text": {"en": "Less"},
    }
    version = say(village.a, change)
    shelf.take_all(*village.authors)
    seen.append(pledge_at(shelf, pledge))
    say(village.c, {**accept, "terms": version})
    shelf.take_all(*village.authors)
    seen.append(pledge_at(shelf, pledge))
    assert [one["state"] for one in seen] == ["accepted", "offered", "accepted"]
    assert [one["agreement"]["current"] for one in seen] == [True, False, True]
    assert seen[2]["agreement"]["pledge_version"] == version
    assert (seen[2]["quantity"], seen[2]["text"]) == (1, {"en": "Less"})


# ── comments ─────────────────────────────────────────────────────────────────────────────────────────────────


def said_of(village: Village, kind: str, by: str | None = None, **fields: Any) -> str:
    content = {"type": kind, "by": by or village.other, "comment": village.comment, **fields}
    return say(village.b, content)


def remark(village: Village, shelf: Shelf) -> Any:
    return next(
        one
        for one in talk.comments_on(shelf.db, shelf.viewer(None), village.pitch)
        if one["id"] == village.comment
    )


def test_a_comment_is_shown_as_last_revised_and_leaves_its_place(village: Village) -> None:
    said_of(village, "comment.revise", text={"en": "We did this twice."})
    shelf = Shelf(village.a)
    shelf.take([(village.b, village.b.size - 1)])
    shelf.take_all(*village.authors)
    found = remark(village, shelf)
    assert (found["text"], found["revised"], found["withdrawn"]) == ({"en": "We did this twice."}, NOW, False)
    said_of(village, "comment.withdraw")
    said_of(village, "comment.revise", text={"en": "Too late."})
    shelf.take_all(*village.authors)
    found = remark(village, shelf)
    assert (found["text"], found["withdrawn"]) == (None, True)
    assert talk.count_on(shelf.db, shelf.viewer(None), village.pitch) == 0
    assert shelf.one("SELECT detail FROM verdicts") == "comment.revise: the comment was withdrawn"


def test_nobody_else_says_it_otherwise(village: Village) -> None:
    colleague = member(village.b, "colleague")
    said_of(village, "comment.revise", by=colleague, text={"en": "Put in her mouth"})
    away = {"type": "comment.withdraw", "by": village.giver, "comment": village.comment}
    say(village.a, away)
    shelf = shelf_of(village)
    assert remark(village, shelf)["text"] == {"en": "We did this."}
    assert shelf.one("SELECT count(*) FROM verdicts WHERE verdict = 'not-applicable'") == 2


def test_comments_on_a_step_of_a_private_pledge_are_between_its_parties(village: Village) -> None:
    fulfil = say(
        village.a,
        {"type": "pledge.fulfil", "by": village.giver, "pledge": village.money},
        audience=village.both,
    )
    text = {"en": "zanzibar received"}
    say(
        village.c, {"type": "comment", "by": village.owner, "on": fulfil, "text": text}, audience=village.both
    )
    colleague = member(village.c, "colleague")
    shelf = Shelf(village.c).take_all(*village.authors)
    assert [one["text"] for one in talk.comments_on(shelf.db, shelf.viewer(village.owner), fulfil)] == [text]
    assert talk.comments_on(shelf.db, shelf.viewer(colleague, "operator"), fulfil) == []


# ── plans ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_grouped_by_skill_and_turn_in_the_order_of_the_cycle(village: Village) -> None:
    def step(part: str, cycle: int = 1, skill: str = "Interviewing", **fields: Any) -> str:
        content = {"type": "idp", "by": village.other, "skill": {"en": skill}, "cycle": cycle, "part": part}
        at = NOW + village.b.size  # later than the one before
        return say(village.b, {**content, **fields}, audience=[village.b.node], at=at)

    step("concept", refers=[village.pitch, village.money, village.artifact])
    step("experience")
    step("experiment", skill="interviewing ")
    step("celebration")
    step("experience", cycle=2)
    step("reflection", skill="Chairing")
    shelf = shelf_of(village)
    plan = idps.plan(shelf.db, shelf.viewer(village.other))
    assert [(one["skill"]["en"], [turn["cycle"] for turn in one["cycles"]]) for one in plan] == [
        ("Interviewing", [1, 2]),
        ("Chairing", [1]),
    ]
    chain = plan[0]["cycles"][0]["chain"]
    assert [entry["part"] for entry in chain] == ["experience", "concept", "experiment", "celebration"]
    assert [ref["title"] and ref["title"]["en"] for ref in chain[1]["refers"]] == [
        "Service design lab, Halifax",
        None,
        "What Halifax changed",
    ]
    assert idps.plan(shelf.db, shelf.viewer(None)) == []
