"""Tokens have scopes and an end, open no way into an account, and whoever acts for a member leaves a line (A3, A4)."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from protocol.scopes import SCOPES
from store import account_steps, accounts, tokens
from store.opening import SCHEMA, statements
from tests.kit.authenticator import Device
from tests.kit.html import faults
from tests.kit.web import DAY, LIGHT, PASSWORD, House, Member, visit
from tests.web.test_passkeys import HOME, add, confirm, sign_in
from web.access import Access
from web.routes import ROUTES

DESK_OF_ACCOUNTS = ("/desk/invite", "/desk/sign-in-link", "/desk/role", "/desk/disable")
NEW = "another four plain words"


class Barn(NamedTuple):
    """A house with a member and an operator."""

    house: House
    ada: Member
    boss: Member


@pytest.fixture
def barn(tmp_path: Path) -> Iterator[Barn]:
    house = House.open(tmp_path)
    yield Barn(house, house.member("Ada"), house.member("Boss", "operator"))
    house.close()


# ── A3 ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a3_no_token_takes_a_step_with_accounts(barn: Barn) -> None:
    """A3: an operator's token with every scope makes no sign-in link, and reaches no page of settings or accounts."""
    async with visit(barn.house) as site:
        program = await site.program(barn.boss)
        ada = {"account": str(barn.ada.account)}
        for path in DESK_OF_ACCOUNTS:
            answer = await program.post(path, {**ada, "role": "operator", "disabled": "yes"})
            assert (answer.status, answer.json()["errors"][0]["code"]) == (403, "session-needed"), path
        rows = barn.house.store.database.read(lambda db: db.execute("SELECT count(*) FROM links").fetchone())
        assert await asyncio.wrap_future(rows) == (0,)


def test_a3_every_step_with_accounts_needs_a_session() -> None:
    """A3: the table of routes is walked: what opens a way into an account, or changes one, is closed to tokens."""
    for route in ROUTES:
        if route.path.startswith("/settings") or re.match(
            r"/desk/(invite|sign-in|role|disable|guests)", route.path
        ):
            assert route.session, route.path
        elif route.access in (Access.STEWARD, Access.OPERATOR):
            assert route.scope == "admin", route.path
        elif route.access is not Access.ANYONE and not route.session:
            assert route.scope == ("read" if route.method == "GET" else "publish"), route.path


async def test_a3_who_signs_in_for_a_member_leaves_a_line(barn: Barn) -> None:
    """A3: a link the operator makes, and its use, stand in the member's inbox and at the operator's desk."""
    async with visit(barn.house) as site:
        boss, ada = await site.browser(barn.boss), await site.browser(barn.ada)
        page = await boss.post("/desk/sign-in-link", {"account": str(barn.ada.account)})
        link = re.search(r"/join/[\w-]+", page.text)
        assert link
        inbox = await ada.get("/notifications")
        assert "Boss made a link that signs in as you." in inbox.text
        assert faults(inbox.text) == []
        assert "1 new" in inbox.text
        thief = await site.browser()
        assert (await thief.post(link[0], headers={"User-Agent": "Firefox/1 Linux"})).status == 303
        inbox = await ada.get("/notifications")
        assert "A browser signed in as you with a one-time link. (Firefox, Linux)" in inbox.text
        desk = await boss.get("/desk")
        assert "Boss made a link that signs in as Ada." in desk.text
        assert faults(desk.text) == []
        assert (await ada.post("/notifications/read", {})).status == 303
        assert 'state-open">New' not in (await ada.get("/notifications")).text
        french = await site.browser(barn.ada, language="fr")
        assert (
            "Boss a créé un lien qui ouvre une session à votre nom."
            in (await french.get("/notifications")).text
        )


async def test_a3_roles_and_shutting_out_leave_a_line_too(barn: Barn) -> None:
    """A3: what the desk does with an account is written for its member, and for the operator."""
    async with visit(barn.house) as site:
        boss = await site.browser(barn.boss)
        account = {"account": str(barn.ada.account)}
        await boss.post("/desk/role", {**account, "role": "steward"})
        await boss.post("/desk/disable", {**account, "disabled": "yes"})
        await boss.post("/desk/disable", account)
        steps = await asyncio.wrap_future(
            barn.house.store.database.read(lambda db: account_steps.of_account(db, barn.ada.account))
        )
        assert [step.what for step in steps] == ["let-in", "shut-out", "role"]


# ── A4 ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a4_a_token_does_what_its_scopes_say(barn: Barn) -> None:
    """A4: read, publish and admin are apart; what a token may not do is refused with the scope it takes."""
    issue = {"type": "issue.raise", "title": {"en": "x"}}
    allowed = {"read": "GET /api/v1/pitches", "publish": "POST /api/v1/records", "admin": "GET /desk/care"}
    async with visit(barn.house) as site:
        for mine in SCOPES:
            program = await site.program(barn.boss, [mine])
            for scope, what in allowed.items():
                method, path = what.split()
                sent = {"json": issue} if method == "POST" else {}
                answer = await program.ask(method, path, **sent)
                assert (answer.status < 300) == (mine == scope), (mine, what)
                if mine != scope:
                    assert answer.status == 403
                    assert answer.json()["errors"][0]["code"] == "token-scope"


async def test_a4_no_token_makes_a_token(barn: Barn) -> None:
    """A4: minting needs a session, whatever the scopes of a token."""
    async with visit(barn.house) as site:
        program = await site.program(barn.boss)
        for path in ("/settings/tokens", "/settings/password", "/settings/passkeys", "/settings/feeds"):
            assert (await program.post(path, {"label": "child", "new": NEW})).status == 403, path


async def test_a4_a_token_ends_after_a_year_and_is_told_so(barn: Barn) -> None:
    """A4: a token lasts a year when nothing is said; then it opens nothing, and its member sees that it ended."""
    house = barn.house
    async with visit(house) as site:
        browser = await site.browser(barn.ada)
        made = await browser.post("/settings/tokens", {"label": "nightly"})
        secret = re.search(r'value="([\w-]{43})"', made.text)
        assert secret
        assert "Read, Publish" in made.text
        program = site.stranger(Authorization=f"Bearer {secret[1]}")
        house.later(364 * DAY)
        assert (await program.get("/api/v1/pitches")).status == 200
        house.later(2 * DAY)
        ended = await program.get("/api/v1/pitches")
        assert (ended.status, ended.json()["errors"][0]["code"]) == (401, "token-expired")
        assert "ended on" in (await (await site.browser(barn.ada)).get("/settings")).text


async def test_a4_nobody_gives_a_token_more_than_they_have(barn: Barn) -> None:
    """A4: the scope of the desk is for who works there; days and scopes come from the list."""
    async with visit(barn.house) as site:
        ada, boss = await site.browser(barn.ada), await site.browser(barn.boss)
        wish = {"label": "x", "scope": "admin", "days": "30"}
        assert 'value="admin"' not in (await ada.get("/settings")).text
        assert (await ada.post("/settings/tokens", wish)).status == 422
        assert (await boss.post("/settings/tokens", wish)).status == 200
        assert (await boss.post("/settings/tokens", {**wish, "days": "9999"})).status == 422


async def test_a4_a_new_password_says_which_tokens_go_on(barn: Barn) -> None:
    """A4: after a changed password the tokens that still work are listed, and one button ends them all."""
    house = barn.house
    hashed = LIGHT.hash(PASSWORD)
    await asyncio.to_thread(house.write_now, lambda tx: accounts.set_password(tx, barn.ada.account, hashed))
    async with visit(house) as site:
        browser, program = await site.browser(barn.ada), await site.program(barn.ada)
        done = await browser.post("/settings/password", {"old": PASSWORD, "new": NEW})
        page = await browser.follow(done)
        assert "a test" in page.text
        assert "End all tokens" in page.text
        assert faults(page.text) == []
        assert (await program.get("/api/v1/pitches")).status == 200
        await browser.post("/settings/tokens/revoke", {"which": "all"})
        assert (await program.get("/api/v1/pitches")).status == 401


async def test_a4_who_has_only_passkeys_proves_it_again(barn: Barn) -> None:
    """A4: an account with only passkeys adds a password or a passkey after its passkey answered again."""
    house, device = barn.house, Device(HOME)
    async with visit(house) as site:
        await add(await site.browser(barn.ada), device)
        browser = await site.browser()
        await sign_in(browser, device)
        page = await browser.get("/settings")
        assert "/settings/prove/ask" in page.text
        assert "/settings/passkeys/ask" not in page.text
        assert faults(page.text) == []
        assert (await browser.post("/settings/password", {"new": NEW})).status == 403
        refused = await browser.post("/settings/passkeys/ask")
        assert (refused.status, "problem" in refused.json()) == (403, True)
        assert (await confirm(browser, device)).status == 303
        assert "/settings/passkeys/ask" in (await browser.get("/settings")).text
        assert (await add(browser, Device(HOME))).status == 303
        assert (await browser.post("/settings/password", {"new": NEW})).status == 303
        house.later(11 * 60 * 1000)
        assert (await browser.post("/settings/passkeys/ask")).status == 403
        assert (await browser.post("/settings/prove", {"proof": "not the one at all"})).status == 422
        assert (await browser.post("/settings/prove", {"proof": NEW})).status == 303
        assert (await browser.post("/settings/passkeys/ask")).status == 200


async def test_a4_somebody_else_s_passkey_proves_nothing(barn: Barn) -> None:
    """A4: the passkey that answers must be one of this account, and answer to this browser's session."""
    mine, theirs = Device(HOME), Device(HOME)
    async with visit(barn.house) as site:
        await add(await site.browser(barn.ada), mine)
        await add(await site.browser(barn.boss), theirs)
        browser = await site.browser(barn.ada)
        assert (await confirm(browser, theirs)).status == 422
        other = await site.browser(barn.ada)
        asked = await browser.post("/settings/prove/ask")
        typed = {"passkey": mine.sign(asked.json())}
        assert (await other.post("/settings/prove", typed)).status == 422
        assert (await browser.post("/settings/prove", typed)).status == 303


def test_a4_tokens_of_before_keep_working_for_a_year() -> None:
    """A4: a token made before scopes has all of them, and ends a year after the change."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for name in sorted(path.name for path in SCHEMA.glob("0*.sql") if path.name < "0010"):
        for statement in statements((SCHEMA / name).read_text("utf-8")):
            db.execute(statement)
    db.execute(
        "INSERT INTO accounts (id, name, language, role, disabled, created, home_seen)"
        " VALUES (1, 'Ada', 'en', 'member', 0, 0, 0)"
    )
    db.execute("INSERT INTO tokens (hash, account, label, created) VALUES (x'01', 1, 'old', ?)", (2**41,))
    for statement in statements((SCHEMA / "0010_access.sql").read_text("utf-8")):
        db.execute(statement)
    found = tokens.find(db, b"\x01", 2**41)
    assert found is not None
    assert found.token.scopes == SCOPES
    assert found.token.expires >= 2**41 + 365 * DAY
