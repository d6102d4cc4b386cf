"""E0: before anything is signed the node knows whether it may; until then what is published waits and is not lost.

The cases are those of PROTOCOL section 11.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import LocalError, Refused
from protocol.frame_types import Want
from protocol.ids import NodeId, parse_entry
from store import accounts, outbox, peers, place, publishing, reading, signed_head, standing
from store.outbox import Queued
from store.publishing import Published
from store.signed_head import Case
from store.signing import RECENT_MS, Heard
from store.store import SIGNED_HEAD, Store
from tests.kit.logs import Author, HandClock, introduce, open_store
from tests.kit.logs import publish as append_now

PEER, OTHER = Author(7).node, Author(8).node


class Office:
    """A node with an account that publishes, and pinned peers it can be told to have heard."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.node, self.clock = Author(0), clock
        self.store = open_store(folder / "node", self.node, clock)
        self.account = self.write(lambda tx: accounts.add(tx, "Ada", language="en")).id

    def write(self, change: Any) -> Any:
        return self.store.database.write(change).result()

    def read(self, query: Any, *args: Any) -> Any:
        return self.store.database.read(lambda db: query(db, *args)).result()

    def pin(self, *nodes: NodeId) -> None:
        for node in nodes:
            self.write(lambda tx, node=node: peers.pin(tx, node))

    def say(self, content: dict[str, Any], number: int, key: str | None = None) -> Published | Queued:
        def change(tx: Any) -> Published | Queued:
            account = accounts.by_id(tx.db, self.account)
            assert account is not None
            author = publishing.Author(account.id, account.member, account.role)
            return publishing.publish(
                tx, self.node.own, author, content, salt=bytes([number]) * 16, idempotency_key=key
            )

        return self.write(change)

    def card(self) -> Published:
        made = self.say({"type": "member.introduce", "name": "Ada", "languages": ["en"]}, 1)
        assert isinstance(made, Published)
        return made

    def again(self) -> None:
        """The process is gone and comes back."""
        self.store.close()
        self.store = open_store(self.store.folder, self.node, self.clock)

    def begin(self, *answered: NodeId, connected: tuple[NodeId, ...] = (), waited: bool = False) -> bool:
        heard = Heard(frozenset(answered), frozenset(connected), waited)
        return bool(self.write(lambda tx: self.store.begin_signing(tx, heard)))

    def size(self) -> int:
        head = self.read(reading.head_of, self.node.feed)
        return head.size if head else 0

    def row(self, made: Published | Queued) -> outbox.Row:
        assert isinstance(made, Queued)
        found = self.read(outbox.one, self.account, made.id)
        assert found is not None
        return found


@pytest.fixture
def office(tmp_path: Path) -> Any:
    made = Office(tmp_path, HandClock())
    made.card()
    yield made
    made.store.close()


def issue(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "issue.raise", "title": {"en": text}, **more}


def test_e0_a_node_without_peers_signs_at_once(office: Office) -> None:
    office.again()
    assert isinstance(office.say(issue("one"), 2), Published)


def test_e0_after_a_start_nothing_is_signed_before_the_peers_have_answered(office: Office) -> None:
    office.pin(PEER)
    office.again()
    before = office.size()
    made = office.say(issue("one"), 2)
    assert isinstance(made, Queued)
    assert office.size() == before
    assert office.read(standing.alarm) == standing.ASKING
    assert not office.begin()
    assert office.begin(PEER)
    assert office.size() == before + 1
    assert office.row(made).state == "signed"
    assert isinstance(office.say(issue("two"), 3), Published)


def test_e0_who_cannot_be_reached_is_waited_for_a_while_and_who_is_connected_until_it_answers(
    office: Office,
) -> None:
    office.pin(PEER, OTHER)
    office.again()
    assert not office.begin(PEER, connected=(PEER, OTHER), waited=True)
    assert not office.begin(PEER, connected=(PEER,))
    assert office.begin(PEER, connected=(PEER,), waited=True)


def test_e0_what_waits_survives_the_process_and_is_signed_in_the_order_it_was_said(office: Office) -> None:
    office.pin(PEER)
    office.again()
    waiting = [office.say(issue(text), number) for number, text in enumerate(("one", "two", "three"), 2)]
    shutil.copytree(office.store.folder, office.store.folder.with_name("killed"))  # as kill -9 would leave it
    office.again()
    assert [row.content["title"]["en"] for row in office.read(lambda db: list(outbox.waiting(db)))] == [
        "one",
        "two",
        "three",
    ]
    before = office.size()
    assert office.begin(PEER)
    assert [office.row(one).entry for one in waiting] == [
        f"{office.node.node}-0-{index}" for index in range(before, before + 3)
    ]
    assert office.read(outbox.count) == 0


def test_e0_the_entry_that_waited_is_the_one_that_is_signed(office: Office) -> None:
    office.pin(PEER)
    office.again()
    row = office.row(office.say(issue("one"), 2))
    office.clock.now += 60_000
    office.begin(PEER)
    settled = office.row(Queued(row.queued, row.type))
    entry = office.read(reading.read_entry, parse_entry(str(settled.entry)))
    assert (entry.header, entry.payload) == (row.header, row.envelope)


def test_e0_a_repeated_key_gets_the_same(office: Office) -> None:
    office.pin(PEER)
    office.again()
    made = office.say(issue("one"), 2, "k")
    assert office.say(issue("one"), 3, "k") == made
    with pytest.raises(Refused, match="idempotency-reused"):
        office.say(issue("another"), 4, "k")
    office.begin(PEER)
    assert str(office.say(issue("one"), 5, "k").id) == office.row(made).entry


def test_e0_rules_are_asked_again_and_what_they_refuse_becomes_a_draft_with_the_reason(
    office: Office,
) -> None:
    office.pin(PEER)
    office.again()
    made = office.say(issue("one"), 2)
    office.write(lambda tx: accounts.set_disabled(tx, office.account, True))
    assert office.begin(PEER)
    row = office.row(made)
    assert (row.state, [problem.code for problem in row.problems]) == ("refused", ["member-disabled"])
    body = office.read(
        lambda db: db.execute("SELECT kind, body FROM drafts WHERE id = ?", (row.draft,)).fetchone()
    )
    assert body[0] == "issue.raise"
    assert "one" in body[1]
    assert row.content is not None


def test_e0_one_that_cannot_be_signed_keeps_no_other_from_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.pin(PEER)
    office.again()
    first, second = office.say(issue("one"), 2), office.say(issue("two"), 3)
    check = publishing.check

    def broken(act: Any, record: Any) -> None:
        if record.title == {"en": "one"}:
            raise LocalError("a row that is not here")
        check(act, record)

    monkeypatch.setattr(publishing, "check", broken)
    assert office.begin(PEER)
    assert (office.row(first).state, office.row(second).state) == ("refused", "signed")
    assert [problem.code for problem in office.row(first).problems] == ["cannot-be-signed"]


def test_e0_wrong_input_is_refused_at_once_also_while_it_would_wait(office: Office) -> None:
    office.pin(PEER)
    office.again()
    with pytest.raises(Refused):
        office.say({"type": "issue.raise"}, 2)
    assert office.read(outbox.count) == 0


def test_e0_the_outbox_has_a_share_for_each_account(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_OF_ONE", 2)
    office.pin(PEER)
    office.again()
    for number in (2, 3):
        office.say(issue("one"), number)
    with pytest.raises(Refused, match="outbox-full"):
        office.say(issue("one"), 4)


def test_e0_only_its_author_finds_what_waits(office: Office) -> None:
    office.pin(PEER)
    office.again()
    made = office.say(issue("one"), 2)
    assert office.read(outbox.one, office.account + 1, made.id) is None
    assert office.read(outbox.one, None, made.id) is None


# ── the place of the folder ──────────────────────────────────────────────────────────────────────────────────


def test_e0_the_file_names_its_own_change_time_machine_and_boot(office: Office) -> None:
    path = office.store.folder / SIGNED_HEAD
    *_, line = path.read_text().splitlines()
    assert line.startswith("place ")
    said = place.parse(line)
    assert abs(said.ctime - path.stat().st_ctime_ns // 1_000_000) <= place.CTIME_MS
    assert signed_head.find(path) == (signed_head.read(path), False, False)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        (lambda now: now, True),
        (lambda now: now._replace(ctime=now.ctime - place.CTIME_MS), True),
        (lambda now: now._replace(ctime=now.ctime - place.CTIME_MS - 1), False),
        (lambda now: now._replace(ctime=now.ctime + place.CTIME_MS + 1), False),
        (lambda now: now._replace(machine="f" * 16), False),
        (lambda now: now._replace(boot="another"), True),
    ],
)
def test_e0_a_copy_cannot_carry_a_change_time_along(office: Office, said: Any, same: bool) -> None:
    now = place.here((office.store.folder / SIGNED_HEAD).stat().st_ctime_ns)
    assert place.holds(said(now), now) is same


def elsewhere(folder: Path) -> None:
    """Make the file say that it was written at another time, as the file of a copy does."""
    path = folder / SIGNED_HEAD
    lines = path.read_text().splitlines()
    there = place.parse(lines[-1])
    path.write_text("\n".join([*lines[:-1], there._replace(ctime=there.ctime - 60_000).line]) + "\n")


def test_e0_4_a_copied_folder_signs_only_after_a_peer_has_answered(office: Office) -> None:
    office.pin(PEER)
    office.store.close()
    elsewhere(office.store.folder)
    office.again()
    assert office.store.case is Case.NO_FILE
    assert isinstance(office.say(issue("one"), 2), Queued)
    assert not office.begin(waited=True)
    assert office.begin(PEER, waited=True)
    office.again()
    assert office.store.case is Case.EQUAL


def test_e0_4_a_copy_that_knows_no_peer_waits_for_its_operator(office: Office) -> None:
    office.store.close()
    elsewhere(office.store.folder)
    office.again()
    made = office.say(issue("one"), 2)
    assert isinstance(made, Queued)
    assert not office.begin(waited=True)
    assert office.write(office.store.go_on_alone)
    assert office.row(made).state == "signed"


def test_e0_4_peers_silent_for_long_are_not_waited_for(office: Office) -> None:
    office.pin(OTHER)
    office.clock.now += RECENT_MS + 1
    office.pin(PEER)
    office.store.close()
    (office.store.folder / SIGNED_HEAD).unlink()
    office.again()
    assert not office.begin(OTHER)
    assert office.begin(PEER)


def test_e0_a_file_of_an_older_version_passes_once(office: Office) -> None:
    path = office.store.folder / SIGNED_HEAD
    office.store.close()
    path.write_text("\n".join(path.read_text().splitlines()[:3]) + "\n")
    os.utime(path)
    office.again()
    assert office.store.case is Case.EQUAL
    assert signed_head.read(path).place is not None  # type: ignore[union-attr]


def test_e0_the_word_alone_does_not_help_where_more_was_signed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "node", Author(0))
    append_now(store, introduce(0))
    store.close()
    for file in store.folder.glob("node.db*"):
        file.unlink()
    again: Store = open_store(store.folder, Author(0))
    assert not again.database.write(again.go_on_alone).result()
    again.close()


def test_e0_an_entry_fetched_back_replaces_its_row(office: Office) -> None:
    office.pin(PEER)
    office.again()
    made = office.say(issue("one", private={"conflict": "…"}), 2, "k")
    office.store.close()
    folder, kept = office.store.folder, office.store.folder.with_name("kept")
    shutil.copytree(folder, kept)
    office.store = open_store(folder, office.node, office.clock)
    office.begin(PEER)
    entry = office.row(made).entry
    size = office.size()
    chunk = office.store.answer(_want(office), PEER).result()[0][0]
    office.store.close()
    shutil.rmtree(folder)
    shutil.move(kept, folder)
    elsewhere(folder)
    office.store = open_store(folder, office.node, office.clock)
    assert office.row(made).state == "waiting"
    office.store.receive(chunk, PEER).result()
    assert office.begin(PEER)
    assert office.size() == size
    assert office.row(made).entry == entry
    assert office.read(
        lambda db: db.execute("SELECT json FROM privates WHERE entry = ?", (entry,)).fetchone()
    )


def _want(office: Office) -> Want:
    return Want(office.node.feed, 0, office.size())
