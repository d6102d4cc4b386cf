"""Who makes room for whom at a listener: addresses, networks, accounts; by hand and by chance."""

from __future__ import annotations

import random

import pytest

from node.crowd import Crowd, Shares, TurnedAway


class One:
    """A connection that is being answered, or not."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy


def fill(crowd: Crowd[One], address: str, count: int, *, busy: bool = False) -> list[One]:
    made = [One(busy=busy) for _ in range(count)]
    for one in made:
        crowd.enter(one, address)
    return made


def test_c1_an_address_at_its_share_makes_room_out_of_its_own() -> None:
    """1,024 idle connections from one address close the listener: they now only ever push out one another."""
    crowd: Crowd[One] = Crowd(Shares(most=1_000, address=10, network=50, account=5))
    (honest,) = fill(crowd, "198.51.100.1", 1)
    first, second, *_ = fill(crowd, "192.0.2.1", 10)
    newest = One()
    assert crowd.enter(newest, "192.0.2.1") == [first]
    crowd.waits(second)
    assert second not in crowd.enter(One(), "192.0.2.1"), "who was just answered has waited least"
    assert len(crowd) == 11
    assert crowd.causes["made-room"] == 2
    crowd.leave(honest)
    crowd.leave(honest)
    assert len(crowd) == 10


@pytest.mark.parametrize(
    ("addresses", "counted"),
    [
        ([f"192.0.2.{n}" for n in range(60)], 50),
        ([f"2001:db8:1:{n:x}::1" for n in range(60)], 50),
        ([f"192.0.{n}.1" for n in range(60)], 60),
        (["127.0.0.1"] * 60, 10),
        ([f"::ffff:192.0.2.{n}" for n in range(60)], 50),
    ],
)
def test_c1_a_network_has_a_share_as_an_address_has(addresses: list[str], counted: int) -> None:
    """A share for each address and /24 (IPv4) or /48 (IPv6); loopback too."""
    crowd: Crowd[One] = Crowd(Shares(most=1_000, address=10, network=50, account=5))
    for address in addresses:
        crowd.enter(One(), address)
    assert len(crowd) == counted


def test_c1_who_is_being_answered_is_never_cut_off_for_another() -> None:
    """If all of an address are being answered, the newcomer is turned away, and told why."""
    crowd: Crowd[One] = Crowd(Shares(most=100, address=3, network=50, account=5))
    fill(crowd, "192.0.2.1", 3, busy=True)
    with pytest.raises(TurnedAway, match="address"):
        crowd.enter(One(), "192.0.2.1")
    assert len(crowd) == 3
    assert crowd.causes == {"address": 1}


def test_c1_300_members_behind_one_address_have_their_own_seats() -> None:
    """Members count by session: an office behind one address is not one stranger, and strangers cannot push them out."""
    crowd: Crowd[One] = Crowd(Shares(most=1_000, address=10, network=10, account=4))
    members = []
    for account in range(300):
        one = One()
        crowd.enter(one, "192.0.2.1")
        assert not crowd.member(one, account)
        members.append(one)
    strangers = fill(crowd, "192.0.2.1", 500)
    assert len(crowd) == 310
    assert all(crowd.is_member(one) for one in members)
    assert not any(crowd.is_member(one) for one in strangers)


def test_c1_a_member_has_a_share_too() -> None:
    """One account is not the whole listener; her oldest connection that waits makes room for her newest."""
    crowd: Crowd[One] = Crowd(Shares(most=1_000, address=100, network=100, account=3))
    mine = fill(crowd, "192.0.2.1", 3)
    for one in mine:
        crowd.member(one, 7)
    (newest,) = fill(crowd, "198.51.100.1", 1)
    assert crowd.member(newest, 7) == mine[:1]
    for one in (*mine, newest):
        one.busy = True
    (late,) = fill(crowd, "198.51.100.1", 1)
    with pytest.raises(TurnedAway, match="account"):
        crowd.member(late, 7)


def test_c1_a_proxys_connections_count_for_whom_they_ask() -> None:
    """X-Forwarded-For of a configured proxy: the share is the client's, and between requests nobody's."""
    crowd: Crowd[One] = Crowd(Shares(most=1_000, address=2, network=5, account=4))
    lines = [One() for _ in range(20)]
    for line in lines:
        crowd.enter(line, None)
    for line in lines[:2]:
        crowd.stranger(line, "192.0.2.1")
        line.busy = True
    with pytest.raises(TurnedAway, match="address"):
        crowd.stranger(lines[2], "192.0.2.1")
    crowd.nobodys(lines[0])
    assert not crowd.stranger(lines[2], "192.0.2.1")
    assert not crowd.stranger(lines[3], "203.0.113.1")


def test_c1_a_full_listener_lets_go_of_a_stranger_first() -> None:
    """In all, strangers that wait go first, then members that wait, and then the newcomer is turned away."""
    crowd: Crowd[One] = Crowd(Shares(most=3, address=10, network=10, account=10))
    member, other = fill(crowd, "192.0.2.1", 2)
    crowd.member(member, 1)
    crowd.member(other, 2)
    (stranger,) = fill(crowd, "198.51.100.1", 1)
    assert crowd.enter(One(busy=True), "203.0.113.1") == [stranger]
    assert crowd.enter(One(busy=True), "203.0.114.1") == [member]
    other.busy = True
    with pytest.raises(TurnedAway, match="full"):
        crowd.enter(One(), "203.0.115.1")


@pytest.mark.parametrize("seed", range(5))
def test_c1_no_order_of_events_breaks_a_share_or_leaves_anything_behind(seed: int) -> None:
    """By chance: shares hold after every step, who makes room is forgotten, and in the end the tables are empty."""
    rng = random.Random(seed)
    shares = Shares(most=30, address=4, network=9, account=5)
    crowd: Crowd[One] = Crowd(shares)
    inside: dict[One, None] = {}

    def gone(out: list[One]) -> None:
        for one in out:
            assert not one.busy
            del inside[one]

    for _ in range(3_000):
        one = rng.choice(list(inside)) if inside and rng.random() < 0.7 else One(busy=rng.random() < 0.5)
        address = f"192.0.{rng.randrange(3)}.{rng.randrange(4)}"
        try:
            if one not in inside:
                gone(crowd.enter(one, rng.choice([address, None])))
                inside[one] = None
                continue
            step = rng.randrange(5)
            if step == 0:
                gone(crowd.member(one, rng.randrange(3)))
            elif step == 1:
                gone(crowd.stranger(one, address))
            elif step == 2:
                crowd.nobodys(one)
            elif step == 3:
                one.busy = not one.busy
                crowd.waits(one)
            else:
                crowd.leave(one)
                del inside[one]
        except TurnedAway as no:
            assert no.cause in ("full", "address", "network", "account")
        assert len(crowd) == len(inside) <= shares.most
        for (kind, _), table in crowd._tables.items():
            assert 0 < len(table) <= crowd._limits[kind]
    for one in list(inside):
        crowd.leave(one)
    assert not crowd._tables
    assert not len(crowd)
