"""Who signed in before is not kept out by who guesses: browsers and addresses of an owner are judged apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import devices
from store.devices import MAX_DEVICES, NETWORK_MS, Standing
from tests.kit.web import Browser, House, visit
from tests.web.test_accounts import sign_in_form, with_password

HERS = {"X-Forwarded-For": "203.0.113.9"}
THEIRS = {"X-Forwarded-For": "198.51.100.7"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House.open(tmp_path, number=1)
    house.proxies = ("127.0.0.1",)
    with_password(house, "Amira")
    yield house
    house.close()


async def guess(browser: Browser, times: int, headers: dict[str, str]) -> list[str]:
    """Wrong passwords; what each was told."""
    return [
        "too often" if "too often" in (await browser.post("/sign-in", sign_in_form("Amira", "no"), headers=headers)).text
        else "no fit"
        for _ in range(times)
    ]  # fmt: skip


async def enters(browser: Browser, headers: dict[str, str]) -> bool:
    return (await browser.post("/sign-in", sign_in_form("Amira"), headers=headers)).status == 303


async def test_c6_strangers_do_not_keep_the_owner_out(house: House) -> None:
    """Wrong passwords from anywhere leave the browser that signed in before its own tries, at any address."""
    async with visit(house) as site:
        known = await site.browser()
        assert await enters(known, HERS)
        await known.post("/sign-out", {}, headers=HERS)
        strangers = await site.browser()
        assert (await guess(strangers, 9, THEIRS))[-1] == "too often"
        assert (await guess(strangers, 60, HERS))[-1] == "too often", "also from behind her own address"
        assert await enters(known, {"X-Forwarded-For": "192.0.2.55"})
        assert await enters(known, HERS)
        assert not await enters(strangers, THEIRS), "a right guess among too many is none"
        await known.post("/sign-out", {}, headers=HERS)
        assert (await guess(known, 9, HERS))[-1] == "too often", "her own browser is no way to guess either"


async def test_c6_her_address_is_judged_apart_from_strangers(house: House) -> None:
    """Another browser at an address she signed in from has tries of its own; not after a season."""
    async with visit(house) as site:
        assert await enters(await site.browser(), HERS)
        assert (await guess(await site.browser(), 9, THEIRS))[-1] == "too often"
        assert await enters(await site.browser(), HERS)
        house.later(NETWORK_MS + 1)
        assert (await guess(await site.browser(), 9, THEIRS))[-1] == "too often"
        assert not await enters(await site.browser(), HERS)


async def test_c6_a_made_up_device_is_a_stranger(house: House) -> None:
    """The cookie is ours or nothing; it lets nobody in and names nobody."""
    async with visit(house) as site:
        assert await enters(await site.browser(), HERS)
        name = f"barnraise-device-{house.node}"
        headers = {"Cookie": f"{name}=made-up", "Sec-Fetch-Site": "same-origin", **THEIRS}
        tried = site.stranger(**headers)
        answers = [
            await tried.post("/sign-in", sign_in_form("Amira", "no"), headers=THEIRS) for _ in range(9)
        ]
        assert "too often" in answers[-1].text
        assert (await tried.get("/settings")).location.startswith("/sign-in")


async def test_c6_the_cookie_is_kept_by_the_browser_alone(house: House) -> None:
    """HttpOnly, for a year, the same again at the next sign-in; the node keeps a hash."""
    async with visit(house) as site:
        browser = await site.browser()
        first = await browser.post("/sign-in", sign_in_form("Amira"))
        set_ = [one for one in first.headers.getall("Set-Cookie") if "barnraise-device" in one]
        assert len(set_) == 1 and "HttpOnly" in set_[0] and "SameSite=Lax" in set_[0]
        await browser.post("/sign-out", {})
        again = await browser.post("/sign-in", sign_in_form("Amira"))
        assert not [one for one in again.headers.getall("Set-Cookie") if "barnraise-device" in one]


async def test_c6_changing_a_password_is_not_kept_from_her_by_strangers(house: House) -> None:
    """Her session has tries of its own at the old password."""
    async with visit(house) as site:
        known = await site.browser()
        assert await enters(known, HERS)
        assert (await guess(await site.browser(), 9, THEIRS))[-1] == "too often"
        form = {"old": "not it, surely not", "password": "four unrelated green words"}
        assert "too often" not in (await known.post("/settings/password", form, headers=HERS)).text


def test_c6_devices_of_an_account_are_bounded(house: House) -> None:
    """The one unused longest is forgotten; a device of one account is a stranger to another."""
    made = [bytes([number]) * 32 for number in range(MAX_DEVICES + 1)]
    for device in made:
        house.later(1)
        house.write_now(lambda tx, device=device: devices.remember(tx, device, 1, "192.0.2.1"))

    def standing(account: int | None, device: bytes, address: str = "192.0.2.9") -> Standing:
        found: Standing = house.read_now(devices.standing, account, device, address, house.now)
        return found

    assert standing(1, made[0]) is Standing.STRANGER and standing(1, made[-1]) is Standing.DEVICE
    assert standing(1, made[0], "192.0.2.1") is Standing.NETWORK
    assert standing(None, made[-1], "192.0.2.1") is standing(2, made[-1], "192.0.2.1") is Standing.STRANGER
