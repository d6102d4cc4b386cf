"""Passkeys: made, used, named, removed; and every way an answer may be wrong. The device is written for the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from store import accounts, passkeys
from tests.kit.authenticator import PRESENT, Device
from tests.kit.web import DAY, LIGHT, PASSWORD, Browser, House, visit
from web.challenges import LIFE_MS, Challenges
from web.passkeys import site_of

SECRET = "an-invitation-of-forty-three-characters-----"
HOME = "http://localhost:7400"


def joining(passkey: str = "", name: str = "Lee") -> dict[str, str]:
    return {"name": name, "interface": "en", "passkey": passkey}


async def options(browser: Browser, path: str, data: dict[str, str] | None = None) -> Any:
    answer = await browser.post(path, data or {})
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


async def confirm(browser: Browser, device: Device) -> Any:
    typed = device.sign(await options(browser, "/settings/prove/ask"))
    return await browser.post("/settings/prove", {"passkey": typed})


async def add(browser: Browser, device: Device, label: str = "") -> Any:
    typed = device.make(await options(browser, "/settings/passkeys/ask"))
    return await browser.post("/settings/passkeys", {"passkey": typed, "label": label})


async def sign_in(browser: Browser, device: Device, to: str = "/settings") -> Any:
    typed = device.sign(await options(browser, "/sign-in/passkey"))
    return await browser.post("/sign-in", {"passkey": typed, "to": to})


async def kept(house: House, account: int) -> list[passkeys.Passkey]:
    return await asyncio.to_thread(house.read_now, passkeys.of_account, account)


async def test_an_account_is_made_with_a_passkey_and_signs_in_with_it(house: House) -> None:
    path, device = await asyncio.to_thread(house.link, SECRET), Device(HOME)
    async with visit(house) as site:
        browser = await site.browser()
        asked = await options(browser, f"{path}/passkey", joining())
        assert (asked["rp"]["id"], asked["user"]["name"]) == ("localhost", "Lee")
        assert asked["authenticatorSelection"]["residentKey"] == "required"
        joined = await browser.post(path, joining(device.make(asked)))
        assert (joined.status, joined.location) == (303, "/card")
        fresh = await site.browser()
        assert (await sign_in(fresh, device)).location == "/settings"
        page = (await fresh.get("/settings")).text
        assert "with a passkey" in page and "Set a password" in page
        [one] = await kept(house, (await asyncio.to_thread(house.read_now, accounts.by_name, "Lee")).id)
        assert (one.signs, one.handle) == (1, device.handle)


async def test_a_taken_name_is_said_before_the_device_is_asked(house: House) -> None:
    path = await asyncio.to_thread(house.link, SECRET)
    await asyncio.to_thread(house.member, "Lee")
    async with visit(house) as site:
        answer = await (await site.browser()).post(f"{path}/passkey", joining())
        assert answer.status == 422 and "signs in with this name" in answer.json()["problem"]
        assert (await (await site.browser()).post("/join/nothing/passkey", joining())).status == 410


async def test_passkeys_are_added_named_listed_and_removed(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    one, two = Device(HOME), Device(HOME)
    async with visit(house) as site:
        browser = await site.browser(amira)
        assert (await add(browser, one, "Work laptop")).status == 303
        assert (await confirm(browser, one)).status == 303
        asked = await options(browser, "/settings/passkeys/ask")
        assert [item["id"] for item in asked["excludeCredentials"]]
        assert (await add(browser, two)).status == 303
        assert one.handle == two.handle  # one account on every device
        page = (await browser.get("/settings")).text
        assert "Work laptop" in page
        await browser.post("/settings/passkeys/name", {"which": one.id.hex(), "called": "Old laptop"})
        assert "Old laptop" in (await browser.get("/settings")).text
        assert (await browser.post("/settings/passkeys/remove", {"which": one.id.hex()})).status == 303
        assert (await sign_in(await site.browser(), one)).status == 422
        last = await browser.post("/settings/passkeys/remove", {"which": two.id.hex()})
        assert last.status == 422 and "only way in" in last.text
        assert [item.id for item in await kept(house, amira.account)] == [two.id]


async def test_nobody_touches_the_passkeys_of_somebody_else(house: House) -> None:
    amira, lee = [await asyncio.to_thread(house.member, name) for name in ("Amira", "Lee")]
    device = Device(HOME)
    async with visit(house) as site:
        browser, other = await site.browser(amira), await site.browser(lee)
        await add(browser, device, "Mine")
        for step in ("remove", "name"):
            await other.post(f"/settings/passkeys/{step}", {"which": device.id.hex(), "called": "Stolen"})
        assert [one.label for one in await kept(house, amira.account)] == ["Mine"]
        assert (await (await site.browser()).post("/settings/passkeys/ask", {})).status == 303


Spoil = Callable[[dict[str, Any]], None]
BAD: dict[str, Spoil] = {
    "signature": lambda said: said["response"].update(signature="MEUCIQ"),
    "client": lambda said: said["response"].update(clientDataJSON="e30"),
    "handle": lambda said: said["response"].update(userHandle="AAAA"),
    "id": lambda said: said.update(rawId="AAAA", id="AAAA"),
    "response": lambda said: said.update(response=[]),
    "nothing": dict.clear,
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
async def test_a_spoilt_answer_signs_nobody_in(house: House, spoil: Spoil) -> None:
    amira, device = await asyncio.to_thread(house.member, "Amira"), Device(HOME)
    async with visit(house) as site:
        await add(await site.browser(amira), device)
        browser = await site.browser()
        said = json.loads(device.sign(await options(browser, "/sign-in/passkey")))
        spoil(said)
        answer = await browser.post("/sign-in", {"passkey": json.dumps(said)})
        assert (
            answer.status == 422 and "That did not work" in answer.text and "Set-Cookie" not in answer.headers
        )


@pytest.mark.parametrize("typed", ["{", "[]", '"x"', "null", "9" * 30_000])
async def test_what_is_no_answer_is_refused(house: House, typed: str) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        await options(browser, "/sign-in/passkey")
        assert (await browser.post("/sign-in", {"passkey": typed})).status == 422


@pytest.mark.parametrize(
    "device", [Device("http://localhost:7401"), Device("https://evil.example"), Device(HOME, flags=PRESENT)]
)
async def test_another_origin_or_an_unproven_member_makes_no_passkey(house: House, device: Device) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    async with visit(house) as site:
        assert (await add(await site.browser(amira), device)).status == 422
        assert await kept(house, amira.account) == []


async def test_a_challenge_works_once_for_its_browser_and_purpose_and_not_for_long(house: House) -> None:
    amira, device = await asyncio.to_thread(house.member, "Amira"), Device(HOME)
    async with visit(house) as site:
        mine = await site.browser(amira)
        await add(mine, device)
        browser, other = await site.browser(), await site.browser()
        asked = await options(browser, "/sign-in/passkey")
        await options(other, "/sign-in/passkey")
        typed = device.sign(asked)
        assert (await other.post("/sign-in", {"passkey": typed})).status == 422
        assert (await browser.post("/sign-in", {"passkey": typed})).status == 303
        assert (await browser.post("/sign-in", {"passkey": typed})).status == 422
        late = device.sign(await options(other, "/sign-in/passkey"))
        house.later(LIFE_MS)
        assert (await other.post("/sign-in", {"passkey": late})).status == 422
        await confirm(mine, device)
        made = Device(HOME).make(await options(mine, "/settings/passkeys/ask"))
        path = await asyncio.to_thread(house.link, SECRET)
        assert (await mine.post(path, joining(made))).status == 422


async def test_a_device_copied_without_its_counter_is_refused(house: House) -> None:
    amira, device = await asyncio.to_thread(house.member, "Amira"), Device(HOME)
    async with visit(house) as site:
        await add(await site.browser(amira), device)
        assert (await sign_in(await site.browser(), device)).status == 303
        assert (await sign_in(await site.browser(), device)).status == 303
        device.count = 0
        assert (await sign_in(await site.browser(), device)).status == 422


async def test_a_disabled_account_has_no_passkeys_and_asking_is_slowed(house: House) -> None:
    amira, device = await asyncio.to_thread(house.member, "Amira"), Device(HOME)
    async with visit(house) as site:
        await add(await site.browser(amira), device)
        await asyncio.to_thread(house.write_now, lambda tx: accounts.set_disabled(tx, amira.account, True))
        browser = await site.browser()
        assert (await sign_in(browser, device)).status == 422
        asked = [(await browser.post("/sign-in/passkey", {})).status for _ in range(41)]
        assert asked[0] == 200 and asked[-1] == 429


async def test_an_account_reset_from_the_shell_has_no_way_in_left(house: House) -> None:
    amira, device = await asyncio.to_thread(house.member, "Amira"), Device(HOME)

    def end(tx: Any) -> None:
        accounts.end_ways_in(tx, amira.account)
        passkeys.remove_all(tx, amira.account)

    async with visit(house) as site:
        browser, program = await site.browser(amira), await site.program(amira)
        await add(browser, device)
        await asyncio.to_thread(house.write_now, end)
        assert (await browser.get("/settings")).status == 303
        assert (await program.get("/api/v1/state_hash")).status == 401
        assert (await sign_in(await site.browser(), device)).status == 422


async def test_without_a_name_over_https_no_passkey_is_offered(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    house.url = "http://10.0.0.7:7400"
    async with visit(house) as site:
        browser = await site.browser(amira)
        page = (await browser.get("/settings")).text
        assert "data-passkey" not in page and "a name over https" in page
        assert "data-passkey" not in (await (await site.browser()).get("/sign-in")).text
        assert (await browser.post("/settings/passkeys/ask", {})).status == 422


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("http://localhost:7400", "localhost"),
        ("https://barn.example.ca", "barn.example.ca"),
        ("http://barn.example.ca", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]:7400", None),
    ],
)
def test_what_passkeys_are_bound_to(url: str, site: str | None) -> None:
    assert site_of(url) == site


def test_waiting_challenges_are_bounded() -> None:
    waiting = Challenges(most=3)
    for number in range(10):
        waiting.make(b"%d" % number, "add", b"", 0)
    assert len(waiting) == 3
    assert waiting.take(b"0", "add", b"", 0) is None
    assert waiting.take(b"9", "sign-in", b"", 0) is None
    assert waiting.take(b"8", "add", b"x", 0) is None
    assert waiting.take(b"7", "add", b"", 0) is not None


async def test_a_link_for_who_forgot_lets_her_choose_a_new_password_for_an_hour(house: House) -> None:
    hashed = LIGHT.hash(PASSWORD)
    lee: Any = await asyncio.to_thread(
        house.write_now, lambda tx: accounts.add(tx, "Lee", language="en", password_hash=hashed)
    )
    path = await asyncio.to_thread(house.link, SECRET, "account-sign-in", account=lee.id)
    async with visit(house) as site:
        browser = await site.browser()
        assert "is open until" in (await browser.get(path)).text
        await browser.post(path)
        page = (await browser.get("/settings")).text
        assert "by a one-time link" in page and 'name="old"' not in page
        assert (await browser.post("/settings/password", {"new": "another four plain words"})).status == 303
        house.later(DAY // 12)
        late = await browser.post("/settings/password", {"new": "yet more of plain words"})
        assert late.status == 422
