"""Signing in and out, one-time links, the card, settings: what works, what is refused, what is never told."""

from __future__ import annotations

import asyncio
import re

import pytest

from protocol.errors import Refused
from store import accounts, drafts, tokens
from tests.kit.html import Page, faults
from tests.kit.web import DAY, LIGHT, PASSWORD, House, visit
from web.accounts import hash_secret
from web.pages.settings import browser_of

SECRET = "an-invitation-of-forty-three-characters-----"


def with_password(house: House, name: str, role: str = "member") -> int:
    hashed = LIGHT.hash(PASSWORD)
    return house.write_now(
        lambda tx: accounts.add(tx, name, language="en", role=role, password_hash=hashed)
    ).id


def sign_in_form(name: str, password: str = PASSWORD, to: str = "/settings") -> dict[str, str]:
    return {"name": name, "password": password, "to": to}


# ── sign in ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_signing_in_leads_on_and_sets_a_cookie_that_names_the_node(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        browser = await site.browser()
        assert (await browser.get("/settings")).location == "/sign-in?to=%2Fsettings"
        answer = await browser.post("/sign-in", sign_in_form("amira"))
        assert (answer.status, answer.location) == (303, "/settings")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"barnraise-{house.node}=")
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
        assert "Amira" in (await browser.get("/settings")).text


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    house.url = "https://barn.example.org"
    async with visit(house) as site:
        answer = await (await site.browser()).post("/sign-in", sign_in_form("Amira"))
        assert answer.headers["Set-Cookie"].startswith(f"__Host-barnraise-{house.node}=")
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        browser = await site.browser()
        wrong = await browser.post("/sign-in", sign_in_form("Amira", "not the password"))
        unknown = await browser.post("/sign-in", sign_in_form("Nobody", "not the password"))
        assert wrong.status == unknown.status == 422
        assert wrong.text.replace("Amira", "Nobody") == unknown.text
        assert "not the password" not in wrong.text
        assert "Set-Cookie" not in wrong.headers


async def test_guessing_is_slowed_by_account_and_the_clock_lets_it_in_again(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        browser = await site.browser()
        for _ in range(8):
            assert "do not fit" in (await browser.post("/sign-in", sign_in_form("Amira", "no"))).text
        assert "too often" in (await browser.post("/sign-in", sign_in_form("AMIRA"))).text
        house.later(60_000)
        assert (await browser.post("/sign-in", sign_in_form("Amira"))).status == 303


async def test_guessing_is_slowed_by_address_whatever_the_name(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        said = [(await browser.post("/sign-in", sign_in_form(f"name {n}", "no"))).text for n in range(41)]
        assert "do not fit" in said[39] and "too often" in said[40]
        claimed = {"X-Forwarded-For": "203.0.113.9"}
        assert "too often" in (await browser.post("/sign-in", sign_in_form("x", "no"), headers=claimed)).text
        house.proxies = ("127.0.0.1",)
        elsewhere = await browser.post("/sign-in", sign_in_form("x", "no"), headers=claimed)
        assert "do not fit" in elsewhere.text


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "/\tx", ""])
async def test_signing_in_never_leads_off_this_node(house: House, to: str) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        answer = await (await site.browser()).post("/sign-in", sign_in_form("Amira", to=to))
        assert answer.location == "/"


async def test_who_is_signed_in_goes_on_from_the_sign_in_page(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        assert (await (await site.browser(amira)).get("/sign-in?to=/settings")).location == "/settings"


async def test_the_language_switch_in_the_form_keeps_the_name_and_checks_nothing(house: House) -> None:
    async with visit(house) as site:
        answer = await (await site.browser()).post(
            "/sign-in", {"name": "Amira", "password": "", "language": "fr"}
        )
        assert answer.status == 200
        assert 'lang="fr"' in answer.text and 'value="Amira"' in answer.text


async def test_signing_out_ends_the_session_at_the_node(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        browser = await site.browser()
        await browser.post("/sign-in", sign_in_form("Amira"))
        stolen = {
            cookie.key: cookie.value for cookie in browser.session.cookie_jar if "barnraise-" in cookie.key
        }
        answer = await browser.post("/sign-out")
        assert answer.location == "/sign-in" and answer.headers["Clear-Site-Data"] == '"cache"'
        assert "You are signed out." in (await browser.get("/sign-in")).text
        thief = site.stranger(Cookie="; ".join(f"{key}={value}" for key, value in stolen.items()))
        assert (await thief.get("/settings")).status == 303


async def test_a_session_runs_out_and_lives_on_while_it_is_used(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        used, idle = await site.browser(amira), await site.browser(amira)
        house.later(20 * DAY)
        assert (await used.get("/settings")).status == 200
        house.later(20 * DAY)
        assert (await used.get("/settings")).status == 200
        assert (await idle.get("/settings")).status == 303


async def test_signing_in_again_replaces_the_session_of_that_browser(house: House) -> None:
    account = await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        browser = await site.browser()
        await browser.post("/sign-in", sign_in_form("Amira"))
        await browser.post("/sign-in", sign_in_form("Amira"))
        left = await asyncio.to_thread(house.read_now, accounts.sessions, account, house.now)
        assert len(left) == 1


async def test_a_disabled_account_is_nobody_at_once(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        browser, program = await site.browser(amira), await site.program(amira)
        await asyncio.to_thread(house.write_now, lambda tx: accounts.set_disabled(tx, amira.account, True))
        assert (await browser.get("/settings")).status == 303
        assert (await program.get("/api/v1/state_hash")).status == 401


# ── one-time links ───────────────────────────────────────────────────────────────────────────────────────────


def join_form(name: str = "Lee", password: str = PASSWORD) -> dict[str, str]:
    return {"name": name, "interface": "fr", "password": password}


async def test_an_invitation_makes_an_account_once_and_publishes_nothing(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    async with visit(house) as site:
        browser = await site.browser()
        before = await asyncio.to_thread(house.read_now, _entries)
        assert (await browser.get(path)).status == (await browser.get(path)).status == 200
        joined = await browser.post(path, join_form())
        assert (joined.status, joined.location) == (303, "/card")
        card = await browser.get("/card")
        assert 'lang="fr"' in card.text and 'value="Lee"' in card.text
        assert await asyncio.to_thread(house.read_now, _entries) == before
        again = await (await site.browser()).get(path)
        assert again.status == 410 and "used already" in again.text


def _entries(db: object) -> int:
    return db.execute("SELECT count(*) FROM entries").fetchone()[0]  # type: ignore[attr-defined]


async def test_two_who_use_one_invitation_at_once_make_one_account(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    async with visit(house) as site:
        one, two = await site.browser(), await site.browser()
        answers = await asyncio.gather(one.post(path, join_form("Lee")), two.post(path, join_form("Kim")))
        assert sorted(answer.status for answer in answers) == [303, 410]
        assert len(await asyncio.to_thread(house.read_now, accounts.everyone)) == 1


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "Fill this in."),
        ("eleven char", "at least 12"),
        ("password1234", "first"),
        ("aaaaaaaaaaaaaaaa", "repeats itself"),
        ("Lee Lee Lee Lee", "repeats itself"),
        ("x y z w" * 200, "at most"),
    ],
)
async def test_a_password_everybody_guesses_is_refused_with_its_reason(
    house: House, password: str, said: str
) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    async with visit(house) as site:
        answer = await (await site.browser()).post(path, join_form("Lee Lee Lee Lee", password))
        assert answer.status == 422 and said in answer.text
        assert re.search(r'<input[^>]*name="password"(?![^>]*value="[^"])', answer.text)


async def test_a_name_in_use_is_refused_and_the_link_stays_open(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Lee")
    path = await asyncio.to_thread(house.link, SECRET)
    async with visit(house) as site:
        browser = await site.browser()
        answer = await browser.post(path, join_form("LEE"))
        assert answer.status == 422 and "signs in with this name" in answer.text
        assert (await browser.post(path, join_form("Lee W."))).status == 303


async def test_a_link_runs_out(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    house.later(8 * DAY)
    async with visit(house) as site:
        assert (await (await site.browser()).get(path)).status == 410
        assert (await (await site.browser()).post(path, join_form())).status == 410


async def test_a_sign_in_link_needs_the_button_and_works_once(house: House) -> None:
    account = await asyncio.to_thread(with_password, house, "Operator", "operator")
    path = await asyncio.to_thread(house.link, SECRET, "operator-sign-in", role="operator", account=account)
    async with visit(house) as site:
        browser = await site.browser()
        assert "Sign in as Operator" in (await browser.get(path)).text
        assert (await browser.get("/settings")).status == 303
        assert (await browser.post(path)).location == "/"
        assert (await browser.get("/settings")).status == 200
        assert (await (await site.browser()).post(path)).status == 410


async def test_the_first_operator_link_makes_an_operator(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET, "operator-sign-in", role="operator")
    async with visit(house) as site:
        await (await site.browser()).post(path, join_form("Operator"))
        made = await asyncio.to_thread(house.read_now, accounts.by_name, "operator")
        assert made.role == "operator" and made.language == "fr"


async def test_no_secret_is_kept_as_it_was_given(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    async with visit(house) as site:
        browser = await site.browser()
        await browser.post(path, join_form())
        token = await _token(browser)
        cookie = next(cookie.value for cookie in browser.session.cookie_jar if house.node in cookie.key)
    dump = await asyncio.to_thread(house.read_now, lambda db: "\n".join(db.iterdump()))
    for secret in (SECRET, token, cookie, PASSWORD):
        assert secret not in dump
        assert secret.encode().hex() not in dump.lower()
    assert hash_secret(token).hex().upper() in dump.upper()


async def _token(browser: object) -> str:
    page = await browser.post("/settings/tokens", {"label": "nightly report"})  # type: ignore[attr-defined]
    assert page.status == 200 and page.headers["Cache-Control"] == "no-store"
    found = re.search(r'value="([\w-]{43})"', page.text)
    assert found
    return found[1]


# ── the card ─────────────────────────────────────────────────────────────────────────────────────────────────

CARD = [
    ("name", "Policy analyst"),
    ("organisation.en", "Service design"),
    ("jurisdiction", "ca-bc"),
    ("languages", "en"),
    ("languages", "fr"),
    ("kinds", "facilitation"),
    ("kinds", "review"),
    ("topics", "data"),
    ("text.fr", "Vingt ans de métier"),
]


async def test_the_button_publishes_the_card_and_leads_to_what_matches(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", card=False)
    async with visit(house) as site:
        browser, program = await site.browser(lee), await site.program(lee)
        answer = await browser.post("/card", CARD)
        assert answer.location == "/welcome"
        account = await asyncio.to_thread(house.read_now, accounts.by_id, lee.account)
        said = (await program.get(f"/api/v1/entries/{account.member}")).json()["content"]
        assert said == {
            "type": "member.introduce",
            "name": "Policy analyst",
            "organisation": {"en": "Service design"},
            "jurisdiction": "CA-BC",
            "languages": ["en", "fr"],
            "offers": [
                {"kind": kind, "topics": ["data"], "text": {"fr": "Vingt ans de métier"}}
                for kind in ("facilitation", "review")
            ],
        }


async def test_a_wrong_card_is_shown_again_with_what_is_wrong(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", card=False)
    async with visit(house) as site:
        answer = await (await site.browser(lee)).post("/card", {"name": " ", "jurisdiction": "Atlantis"})
        assert answer.status == 422 and "<title>Error" in answer.text
        assert "ISO 3166" in answer.text and "Fill this in." in answer.text
        assert (await asyncio.to_thread(house.read_now, accounts.by_id, lee.account)).member is None


async def test_a_card_is_written_in_the_language_chosen_or_in_both(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", card=False)
    async with visit(house) as site:
        browser = await site.browser(lee)
        begun = Page((await browser.get("/card")).text).form("/card")
        assert {"text.en", "organisation.en"} <= begun.keys()
        assert not {"text.fr", "organisation.fr"} & begun.keys()
        typed = {**begun, "text.en": "Twenty years", "kinds": "review"}
        both = await browser.post("/card", {**typed, "do": "write-both"})
        assert both.status == 200 and faults(both.text) == []
        shown = Page(both.text).form("/card")
        assert shown["text.en"] == "Twenty years" and "organisation.fr" in shown
        french = Page((await browser.post("/card", {**typed, "text.en": "", "do": "write-fr"})).text).form(
            "/card"
        )
        assert "text.fr" in french and "text.en" not in french
        assert (await asyncio.to_thread(house.read_now, accounts.by_id, lee.account)).member is None


async def test_a_published_card_is_revised_whole(house: House) -> None:
    lee = await asyncio.to_thread(house.member, "Lee", organisation={"en": "Old unit"}, languages=["en"])
    async with visit(house) as site:
        browser, program = await site.browser(lee), await site.program(lee)
        assert 'value="Old unit"' in (await browser.get("/card")).text
        assert (
            await browser.post("/card", {"name": "Lee W.", "jurisdiction": "CA-BC"})
        ).location == "/settings"
        card = (await program.get(f"/api/v1/people/{lee.member}")).json()
        assert (card["name"], card["organisation"], card["languages"]) == ("Lee W.", None, [])


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_changing_the_password_asks_for_the_old_one_and_signs_others_out(house: House) -> None:
    await asyncio.to_thread(with_password, house, "Amira")
    async with visit(house) as site:
        here, there = await site.browser(), await site.browser()
        for browser in (here, there):
            await browser.post("/sign-in", sign_in_form("Amira"))
        fresh = "another four plain words"
        wrong = await here.post("/settings/password", {"old": "not it at all", "new": fresh})
        assert wrong.status == 422 and "This is not your password." in wrong.text
        done = await here.post("/settings/password", {"old": PASSWORD, "new": fresh})
        assert done.location == "/settings"
        assert "Your password is changed" in (await here.get("/settings")).text
        assert (await there.get("/settings")).status == 303
        assert (await there.post("/sign-in", sign_in_form("Amira", fresh))).status == 303


async def test_tokens_are_shown_once_act_for_their_member_and_can_be_revoked(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        browser = await site.browser(amira)
        token = await _token(browser)
        page = (await browser.get("/settings")).text
        assert token not in page and "nightly report" in page
        program = site.stranger(Authorization=f"Bearer {token}")
        assert (await program.get("/api/v1/state_hash")).status == 200
        await browser.post("/settings/tokens/revoke", {"which": hash_secret(token).hex()})
        refused = await program.get("/api/v1/state_hash")
        assert refused.status == 401 and refused.headers["WWW-Authenticate"] == "Bearer"


async def test_nobody_ends_the_session_or_token_of_somebody_else(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    mallory = await asyncio.to_thread(house.member, "Mallory")
    async with visit(house) as site:
        browser, other = await site.browser(amira), await site.browser(mallory)
        token = await _token(browser)
        await other.post("/settings/tokens/revoke", {"which": hash_secret(token).hex()})
        await other.post("/settings/sessions", {"which": hash_secret("secret-1").hex()})
        await other.post("/settings/sessions", {"which": "zz"})
        assert (await browser.get("/settings")).status == 200
        assert (await site.stranger(Authorization=f"Bearer {token}").get("/api/v1/state_hash")).status == 200


async def test_other_browsers_can_be_signed_out_one_by_one_or_all(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        here, one, two = [await site.browser(amira) for _ in range(3)]
        await here.post("/settings/sessions", {"which": hash_secret("secret-2").hex()})
        assert [(await browser.get("/settings")).status for browser in (here, one, two)] == [200, 303, 200]
        await here.post("/settings/sessions", {"which": "others"})
        assert [(await browser.get("/settings")).status for browser in (here, two)] == [200, 303]


async def test_the_language_of_the_account_and_of_this_browser(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        browser = await site.browser(amira)
        await browser.post("/settings/language", {"interface": "fr"})
        assert 'lang="fr"' in (await browser.get("/settings")).text
        assert 'lang="fr"' in (await (await site.browser(amira)).get("/settings")).text
        switched = await browser.get("/language/en?to=/settings")
        assert switched.location == "/settings"
        assert 'lang="en"' in (await browser.get("/settings")).text
        assert (await browser.get("/language/xx")).status == 404
        assert (await browser.get("/language/fr?to=//evil.example")).location == "/"


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_operator_stays_one(house: House) -> None:
    account = with_password(house, "Operator", "operator")
    for change in (
        lambda tx: accounts.set_role(tx, account, "member"),
        lambda tx: accounts.set_disabled(tx, account, True),
    ):
        with pytest.raises(Refused, match="last-operator"):
            house.write_now(change)
    with_password(house, "Second", "operator")
    house.write_now(lambda tx: accounts.set_role(tx, account, "steward"))
    assert house.read_now(accounts.by_id, account).role == "steward"


def test_sessions_tokens_and_drafts_are_bounded(house: House) -> None:
    account = with_password(house, "Amira")
    for number in range(accounts.MAX_SESSIONS + 5):
        house.later(1)
        secret = hash_secret(f"s{number}")
        house.write_now(
            lambda tx, s=secret: accounts.begin_session(tx, account, s, expires=tx.now + DAY, agent="")
        )
    left = house.read_now(accounts.sessions, account, house.now)
    assert len(left) == accounts.MAX_SESSIONS and left[0].hash == hash_secret(f"s{number}")
    for number in range(tokens.MAX_TOKENS):
        house.write_now(lambda tx, n=number: tokens.add(tx, account, b"%d" % n, "x"))
    with pytest.raises(Refused, match="too-many-tokens"):
        house.write_now(lambda tx: tokens.add(tx, account, b"one more", "x"))
    for number in range(drafts.MOST + 3):
        house.write_now(lambda tx, n=number: drafts.save(tx, account, "pitch.open", {"n": n}))
    assert len(house.read_now(drafts.listing, account)) == drafts.MOST


def test_drafts_belong_to_one_account(house: House) -> None:
    amira, lee = with_password(house, "Amira"), with_password(house, "Lee")
    draft = house.write_now(lambda tx: drafts.save(tx, amira, "pitch.open", {"title": "é"}))
    assert house.read_now(drafts.one, amira, draft).body == {"title": "é"}
    assert house.read_now(drafts.one, lee, draft) is None
    other = house.write_now(lambda tx: drafts.save(tx, lee, "pitch.open", {"mine": 1}, draft))
    assert other != draft
    house.write_now(lambda tx: drafts.drop(tx, lee, draft))
    assert house.write_now(lambda tx: drafts.save(tx, amira, "pitch.open", {"n": 2}, draft)) == draft
    with pytest.raises(Refused, match="draft-too-long"):
        house.write_now(lambda tx: drafts.save(tx, amira, "pitch.open", {"x": "y" * drafts.LONGEST}))


def test_tidying_takes_only_what_ran_out(house: House) -> None:
    account = with_password(house, "Amira")
    house.write_now(lambda tx: accounts.begin_session(tx, account, b"old", expires=tx.now + DAY, agent=""))
    house.later(2 * DAY)
    house.write_now(lambda tx: accounts.begin_session(tx, account, b"new", expires=tx.now + DAY, agent=""))
    house.write_now(accounts.tidy)
    rows = house.read_now(lambda db: [row[0] for row in db.execute("SELECT hash FROM sessions")])
    assert rows == [b"new"]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0 Safari/537.36 Edg/139.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) Version/18.5 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/139.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_are_named_as_people_name_them(agent: str, name: str) -> None:
    assert browser_of(agent) == name
