"""Accounts from the shell: tokens with scopes and an end, and the line a member reads of what was done there (A3, A4)."""

from __future__ import annotations

import base64
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.cli import main
from node.commands import members, records
from node.house import House, open_house
from protocol.errors import Refused
from store import account_steps, tokens
from store.tokens import Bearer
from web.accounts import hash_secret

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = CliRunner().invoke(
        main,
        ["init", "--data", str(tmp_path / "n"), "--name", "N", "--jurisdiction", "CA-BC", "--kind", "ministry",
         "--lang", "en", "--json"],
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    with open_house(tmp_path / "n", {}) as house:
        yield house


def bearer(house: House, secret: str) -> Bearer:
    found = house.store.database.read(
        lambda db: tokens.find(db, hash_secret(secret), house.clock.ms())
    ).result()
    assert found is not None
    return found


def test_a4_a_token_of_the_shell_reads_and_publishes_for_a_year(house: House) -> None:
    """A4: the default is read and publish and one year; admin only when asked, and only where it means something."""
    ada = members.add(house, "Ada")["id"]
    plain = bearer(house, members.token(house, ada)["token"]).token
    assert plain.scopes == ("read", "publish")
    assert plain.expires - plain.created == 365 * DAY_MS
    short = bearer(house, members.token(house, ada, scopes=["read"], days=7)["token"]).token
    assert (short.scopes, short.expires - short.created) == (("read",), 7 * DAY_MS)
    boss = members.add(house, "Boss", "operator")["id"]
    assert (
        "admin" in bearer(house, members.token(house, boss, scopes=["read", "admin"])["token"]).token.scopes
    )
    for wrong in ({"scopes": ["admin"]}, {"scopes": ["write"]}, {"scopes": []}, {"days": 0}, {"days": 10**6}):
        with pytest.raises(Refused):
            members.token(house, ada, **wrong)


def test_a3_the_shell_leaves_a_line_too(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A3: a link, a token, a role or a reset made at the shell stands in the member's inbox and in the node's log."""
    ada = members.add(house, "Ada")["id"]
    with caplog.at_level(logging.WARNING):
        members.invite(house, member=ada)
        members.token(house, ada, "nightly")
        members.role(house, ada, "steward")
        members.role(house, ada, "steward")
        members.disable(house, ada)
        members.disable(house, ada, undo=True)
        members.reset(house, ada)
    account = house.store.database.read(lambda db: members.find(db, ada).id).result()
    steps = house.store.database.read(lambda db: account_steps.of_account(db, account)).result()
    whats = ["link-made", "token-made", "role", "shut-out", "let-in", "reset", "link-made"]
    assert [step.what for step in reversed(steps)] == whats
    assert {step.actor for step in steps} == {None}
    assert all(step.new for step in steps)
    assert [line.message for line in caplog.records].count("account-step") == len(whats)
    assert "Ada" not in caplog.text and "nightly" not in caplog.text


def test_a3_what_the_shell_does_in_a_member_s_name_is_told(house: House) -> None:
    """A3: publishing, an export and drafts by command are read by the member, one line of each kind until it is read."""
    ada = members.add(house, "Ada")["id"]
    for number in range(3):
        records.publish(house, ada, {"type": "issue.raise", "title": {"en": f"Forms {number}"}})
        records.export_page(house, ada)
        rows = f'[{{"type": "issue.raise", "title": {{"en": "Draft {number}"}}}}]'
        assert records.bring_in(house, ada, base64.b64encode(rows.encode()).decode())["kept"] == 1

    def lines(db: sqlite3.Connection) -> list[tuple[str, bool]]:
        return [(step.what, step.new) for step in account_steps.of_account(db, members.find(db, ada).id)]

    told = ["drafted", "exported", "published"]
    assert sorted(house.store.database.read(lines).result()) == [(what, True) for what in told]
    house.store.database.write(lambda tx: account_steps.mark_read(tx, members.find(tx.db, ada).id)).result()
    records.export_page(house, ada)
    assert sorted(house.store.database.read(lines).result())[1:3] == [("exported", False), ("exported", True)]
