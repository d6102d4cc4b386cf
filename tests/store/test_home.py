"""Home: what is new, and what still waits on somebody who moved."""

from __future__ import annotations

import pytest

from store.views import home, obligations
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, full_pitch, member, say


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
