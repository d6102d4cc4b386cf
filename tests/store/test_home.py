"""Home: what is new, and what still waits on somebody who moved."""

from __future__ import annotations

from typing import Any

import pytest

from store.views import home, obligations
from store.views.shapes import Home
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, full_pitch, member, offer, say


@pytest.mark.parametrize(
    ("to", "shown"), [(None, True), ("underway", True), ("closed", False), ("withdrawn", False)]
)
def test_ended_pitches_are_no_news(to: str | None, shown: bool) -> None:
    author = Author(1)
    by = member(author)
    pitch = say(author, full_pitch(by))
    if to:
        say(author, {"type": "pitch.advance", "by": by, "pitch": pitch, "to": to})
    shelf = Shelf(author).take_all(author)
    newest = home.feed(shelf.db, shelf.viewer(by), now=NOW)["newest"]
    assert [item["id"] for item in newest] == ([pitch] if shown else [])


def test_what_was_asked_of_a_member_waits_on_her_where_she_moved() -> None:
    old, new = Author(1), Author(2)
    by, before = member(new, "owner"), member(old)
    after = member(new, was=before)
    say(old, {"type": "member.move", "by": before, "to": after})
    pitch = say(new, full_pitch(by, facilitator=before))
    shelf = Shelf(new).take_all(old, new)

    def waiting(now: int) -> list[tuple[str, str]]:
        on_me = obligations.of_viewer(shelf.db, shelf.viewer(after), now=now).on_me
        return [(wait["reason"], wait["id"]) for wait in on_me]

    assert waiting(NOW) == [("facilitator-asked", pitch)]
    assert waiting(NOW + 14 * DAY) == []


class Neighbours:
    """Two organisations: hers in CA-BC, another in CA-AB. She offers data; both are in a circle she did not found."""

    def __init__(self) -> None:
        self.home, self.away = Author(1), Author(2)
        for author, place in ((self.home, "CA-BC"), (self.away, "CA-AB")):
            say(author, {"type": "node.profile", "name": {"en": place}, "jurisdiction": place})
        offers = [{"kind": "review", "topics": ["data"]}]
        self.she, self.near = member(self.home, "she", offers=offers), member(self.home, "near")
        self.far = member(self.away, "far")
        self.circle = say(
            self.away,
            {
                "type": "circle.found",
                "by": self.far,
                "name": {"en": "Plain words"},
                "purpose": {"en": "To be read"},
            },
        )
        say(self.home, {"type": "circle.join", "by": self.she, "circle": self.circle})

    def writes(self, author: Author, by: str, title: str, *, at: int = NOW, **more: Any) -> str:
        content = {"kind": "note", "title": {"en": title}, "body": {"en": "…"}, "licence": "CC0-1.0"}
        audience = more.pop("audience", None)
        return say(
            author, {"type": "artifact.publish", "by": by, **content, **more}, at=at, audience=audience
        )

    def feed(self, who: str | None, now: int = NOW + 10) -> Home:
        shelf = Shelf(self.home)
        shelf.now = now
        shelf.take_all(self.home, self.away)
        return home.feed(shelf.db, shelf.viewer(who), now=now)


def test_news_say_why_the_strongest_reason_first_and_never_her_own() -> None:
    these = Neighbours()
    poll = {"question": {"en": "Which?"}, "kind": "choose-one", "closes": "2027-06-01T00:00:00Z"}
    options = [{"key": "a", "text": {"en": "A"}}, {"key": "b", "text": {"en": "B"}}]
    asked = say(
        these.away,
        {"type": "poll.open", "by": these.far, "subject": these.circle, "options": options, **poll},
        at=NOW + 5,
    )
    raised = say(
        these.home,
        {"type": "issue.raise", "by": these.near, "circle": these.circle, "title": {"en": "Nobody reads"}},
        at=NOW + 4,
    )
    topic = these.writes(these.away, these.far, "Counted", at=NOW + 3, topics=["data"])
    place = these.writes(these.home, these.near, "Here", at=NOW + 2)
    these.writes(these.home, these.she, "Mine", at=NOW + 6, topics=["data"])
    these.writes(these.away, these.far, "Elsewhere", topics=["policy"])
    these.writes(these.away, these.far, "Old", at=NOW - 61 * DAY, topics=["data"])
    news = these.feed(these.she)["news"]
    assert [(one["id"], one["kind"], one["why"], one["of"]) for one in news] == [
        (asked, "poll", "circle", None),
        (raised, "issue", "circle", None),
        (topic, "artifact", "topic", "data"),
        (place, "artifact", "jurisdiction", "CA-BC"),
    ]
    assert news[0]["circle"] == {"id": these.circle, "title": {"en": "Plain words"}}
    assert [one["title"] for one in news[:2]] == [{"en": "Which?"}, {"en": "Nobody reads"}]
    without_card = these.feed(None)["news"]
    assert {one["why"] for one in without_card} == {"jurisdiction"}


def test_an_update_is_news_of_its_circle_once() -> None:
    these = Neighbours()
    pitch = say(these.away, full_pitch(these.far))
    say(these.home, {"type": "circle.join", "by": these.she, "circle": pitch})
    given = say(these.home, offer(pitch, these.near, "tester", "testing", 1, "hour"))
    say(these.away, {"type": "pledge.accept", "by": these.far, "pledge": given, "quantity": 1})
    for at in (1, 2):
        say(
            these.away,
            {"type": "pitch.update", "by": these.far, "pitch": pitch, "text": {"en": "On"}},
            at=NOW + at,
        )
    news = [one for one in these.feed(these.she)["news"] if one["kind"] == "update"]
    assert [(one["id"], one["time"], one["why"]) for one in news] == [(pitch, NOW + 2, "circle")]
    assert news[0]["title"] == {"en": "Service design lab, Halifax"}


def test_what_she_wrote_and_others_used_comes_back_to_her() -> None:
    these = Neighbours()
    written = these.writes(these.home, these.she, "How to count")
    said = {"type": "reuse", "artifact": written, "result": "worked"}
    used = say(these.away, {**said, "by": these.far, "where": {"en": "Counter services"}}, at=NOW + 1)
    say(these.home, {**said, "by": these.she}, at=NOW + 2)
    private = say(these.home, {**said, "by": these.near}, audience=[these.home.node], at=NOW + 3)
    reused = these.feed(these.she)["reused"]
    assert [one["id"] for one in reused] == [private, used]  # what stays on her own node is for its members
    assert reused[1]["artifact"] == {"id": written, "title": {"en": "How to count"}}
    assert these.feed(these.near)["reused"] == these.feed(None)["reused"] == []


def test_news_are_of_what_the_node_may_read() -> None:
    these = Neighbours()
    these.writes(these.away, these.far, "Between others", topics=["data"], audience=[these.away.node])
    assert these.feed(these.she)["news"] == []
