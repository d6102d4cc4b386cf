"""What is refused, and what the node adds, when knowledge and talk are published."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.errors import Refused
from protocol.records import NotAcceptable
from store.views import artifacts, idps, talk
from tests.kit.views import offer
from tests.store.test_publishing import House, house

__all__ = ["house"]

NOTE = {"type": "artifact.publish", "kind": "note", "title": {"en": "Note"}, "licence": "CC0-1.0"}


def faults(house: House, author: Any, content: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(NotAcceptable) as refused:
        house.say(author, content)
    return [(fault.field, fault.code) for fault in refused.value.problems]


def test_only_its_owner_revises_an_artifact_and_not_after_its_end(house: House) -> None:
    made = str(house.say(house.owner, NOTE).id)
    change = {"type": "artifact.revise", "artifact": made, "title": {"en": "Better"}}
    with pytest.raises(Refused, match="not-yours"):
        house.say(house.other, change)
    file = {"hash": "0" * 64, "size": 1, "media_type": "image/png", "name": "x.png"}
    assert faults(house, house.owner, {**change, "blobs": [file]}) == [("blobs.0.hash", "not-here")]
    assert faults(house, house.owner, {**change, "fulfils": ["talk"]}) == [("pitch", "missing")]
    pitch = house.pitch()
    named = {**change, "pitch": pitch, "fulfils": ["talk", "walk"]}
    assert faults(house, house.owner, named) == [("fulfils.1", "key-unknown")]
    house.say(house.owner, {**change, "pitch": pitch, "fulfils": ["talk"]})
    page = house.pitch_page(pitch)
    assert [one["state"] for one in page["sharing"]] == ["delivered"]
    house.say(house.owner, {"type": "artifact.withdraw", "artifact": made})
    for late in (
        change,
        {"type": "artifact.withdraw", "artifact": made},
        {"type": "reuse", "artifact": made, "result": "worked"},
    ):
        assert faults(house, house.owner, late) == [("artifact", "withdrawn")]
    assert house.read(artifacts.one, house.viewer(house.other), made, now=house.clock.now)["withdrawn"]


def test_a_case_study_pledge_is_named_by_its_giver_once_accepted(house: House) -> None:
    pitch = house.pitch()
    pledge = str(house.say(house.giver, offer(pitch, None, None, "case-study", 1, "piece", show="named")).id)
    study = {**NOTE, "kind": "case-study", "fulfils": [pledge]}
    assert faults(house, house.giver, study) == [("fulfils.0", "not-a-case-study")]
    house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 1})
    assert faults(house, house.other, study) == [("fulfils.0", "not-a-case-study")]
    made = house.say(house.giver, study)
    assert house.pledge_page(house.owner, pledge)["state"] == "fulfilled"
    confirm = house.say(house.owner, {"type": "pledge.confirm", "pledge": pledge, "result": "met"})
    assert house.stored(confirm)["fulfil"] == str(made.id)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"title": {"fr": "Un titre"}, "asks.travel.text": {"fr": "Le train"}}, []),
        ({"asks.nothing.text": {"fr": "Rien"}}, [("texts.asks.nothing.text", "no-such-text")]),
        ({"opportunity": {"fr": "Atelier"}}, [("texts.opportunity", "no-such-text")]),
        ({"where.place": {"fr": "Halifax"}}, [("texts.where.place", "no-such-text")]),
    ],
)
def test_a_translation_is_of_texts_there_are(house: House, texts: dict[str, Any], found: list[Any]) -> None:
    content = {"type": "translation", "of": house.pitch(), "texts": texts, "origin": "human"}
    if found:
        assert faults(house, house.other, content) == found
    else:
        house.say(house.other, content)


def test_a_translation_may_name_a_later_version_or_a_comment_and_nothing_unknown(house: House) -> None:
    pitch = house.pitch()
    version = house.say(house.owner, {"type": "pitch.revise", "pitch": pitch, "title": {"en": "Anew"}})
    remark = house.say(house.other, {"type": "comment", "on": pitch, "text": {"en": "Good"}})
    said = {"type": "translation", "origin": "machine"}
    for of, field in ((version, "title"), (remark, "text")):
        house.say(house.giver, {**said, "of": str(of.id), "texts": {field: {"fr": "Bien"}}})
    shown = house.read(talk.comments_on, house.viewer(house.owner), pitch)
    assert shown[0]["translations"][0]["fields"] == [{"field": "text", "text": "Bien", "state": "current"}]
    nowhere = {**said, "of": "a" * 32 + "-0-0", "texts": {"title": {"fr": "Rien"}}}
    assert faults(house, house.giver, nowhere) == [("of", "not-here")]


def test_a_comment_is_its_author_s_named_or_not(house: House) -> None:
    pitch = house.pitch()
    pledge = offer(pitch, None, "intro", "introduction", 1, "person", show="organisation")
    gave = str(house.say(house.giver, pledge).id)
    remark = str(house.say(house.giver, {"type": "comment", "on": gave, "text": {"en": "Call me"}}).id)
    revise = {"type": "comment.revise", "comment": remark, "text": {"en": "Write to me"}}
    with pytest.raises(Refused, match="not-yours"):
        house.say(house.owner, revise)
    made = house.stored(house.say(house.giver, revise))
    assert "by" not in made and made["audience"] == [house.node.node]
    shown = house.read(talk.comments_on, house.viewer(house.owner), gave)
    assert [one["text"] for one in shown] == [{"en": "Write to me"}]
    house.say(house.giver, {"type": "comment.withdraw", "comment": remark})
    assert faults(house, house.giver, revise) == [("comment", "withdrawn")]


def test_comments_may_be_on_a_step_and_stay_between_its_parties(house: House) -> None:
    pitch = house.pitch()
    update = house.say(house.owner, {"type": "pitch.update", "pitch": pitch, "text": {"en": "News"}})
    open_ = house.say(house.other, {"type": "comment", "on": str(update.id), "text": {"en": "Well done"}})
    assert "audience" not in house.stored(open_)
    money = offer(pitch, None, "travel", "money", 61_250, "CAD", show="named")
    pledge = str(house.say(house.giver, money).id)
    accept = house.say(house.owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 61_250})
    remark = {"type": "comment", "on": str(accept.id), "text": {"en": "How?"}}
    assert house.stored(house.say(house.giver, remark))["audience"] == [house.node.node]
    assert faults(house, house.other, remark) == [("on", "not-here")]
    wide = {**remark, "audience": "network"}
    assert faults(house, house.giver, wide) == [("audience", "wider-than-object")]


def test_a_plan_stays_at_home_unless_she_says_otherwise(house: House) -> None:
    step = {"type": "idp", "skill": {"en": "Interviewing"}, "cycle": 1, "part": "experience"}
    assert house.stored(house.say(house.other, step))["audience"] == [house.node.node]
    assert "audience" not in house.stored(house.say(house.other, {**step, "audience": "network"}))
    chain = house.read(idps.plan, house.viewer(house.other))[0]["cycles"][0]["chain"]
    assert sorted(entry["shared"] for entry in chain) == [False, True]
    assert house.read(idps.plan, house.viewer(house.owner)) == []
