"""Limits before a handshake, and the waits of dialling."""

from __future__ import annotations

import pytest

from node.backoff import JITTER, SETTLED, Backoff
from node.gate import Gate, is_loopback, network_of
from protocol.ids import NodeId, node_id
from protocol.limits import HANDSHAKES_AT_ONCE, HANDSHAKES_PER_MINUTE, MAX_REMEMBERED, OFFENCE_MAX, REDIAL_MAX
from web.forwarded import client_address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_networks(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_loopback_is_exempt() -> None:
    assert network_of("127.0.0.1") is network_of("::1") is network_of("not an address") is None
    assert is_loopback("127.8.8.8") and not is_loopback("192.0.2.1")
    gate = Gate(100)
    assert [gate.enter("127.0.0.1") for _ in range(20)] == [None] * 20


def test_three_handshakes_at_once_from_one_network() -> None:
    gate = Gate(100)
    answers = [gate.enter(f"192.0.2.{host}") for host in range(HANDSHAKES_AT_ONCE + 1)]
    assert answers == [None] * HANDSHAKES_AT_ONCE + ["too-many-at-once"]
    assert gate.enter("198.51.100.1") is None
    gate.shaken("192.0.2.0")
    assert gate.enter("192.0.2.9") is None


def test_slots_are_taken_until_the_connection_ends() -> None:
    gate = Gate(2)
    assert gate.enter("192.0.2.1") is gate.enter("198.51.100.1") is None
    gate.shaken("192.0.2.1")
    assert gate.enter("203.0.113.1") == "full"
    gate.leave()
    assert gate.enter("203.0.113.1") is None
    assert gate.standing == 2


def test_ten_handshakes_a_minute_from_one_node() -> None:
    gate, node = Gate(1), NodeId("a" * 32)
    assert all(gate.may(node, float(second)) for second in range(HANDSHAKES_PER_MINUTE))
    assert not gate.may(node, 30.0)
    assert gate.may(NodeId("b" * 32), 30.0)
    assert gate.may(node, 60.0)
    assert not gate.may(node, 60.5)


def test_what_is_remembered_is_bounded() -> None:
    gate = Gate(1)
    for number in range(MAX_REMEMBERED + 10):
        gate.may(node_id(number.to_bytes(20, "big")), 0.0)
    assert len(gate._recent) == MAX_REMEMBERED


def test_forwarded_addresses_count_only_from_trusted_proxies() -> None:
    assert client_address("192.0.2.1", "203.0.113.9", ()) == "192.0.2.1"
    assert client_address("192.0.2.1", "203.0.113.9", ("192.0.2.1",)) == "203.0.113.9"
    assert (
        client_address("192.0.2.1", "forged, 203.0.113.9, 192.0.2.2", ("192.0.2.1", "192.0.2.2"))
        == "203.0.113.9"
    )
    assert client_address("192.0.2.1", None, ("192.0.2.1",)) == "192.0.2.1"


def test_losses_double_to_five_minutes_and_offences_to_an_hour() -> None:
    backoff = Backoff(lambda: 0.0)
    waits = [backoff.after(lasted=0, offence=False) for _ in range(12)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == REDIAL_MAX
    offences = [backoff.after(lasted=0, offence=True) for _ in range(10)]
    assert offences[:3] == [60, 120, 240]
    assert offences[-1] == OFFENCE_MAX


def test_a_long_conversation_forgives_losses_but_an_offence_does_not_forgive_itself() -> None:
    backoff = Backoff(lambda: 0.0)
    for _ in range(5):
        backoff.after(lasted=0, offence=False)
    assert backoff.after(lasted=SETTLED, offence=False) == 1
    assert [backoff.after(lasted=SETTLED, offence=True) for _ in range(2)] == [60, 120]


def test_jitter_only_shortens() -> None:
    backoff = Backoff(lambda: 0.999)
    assert 1 - JITTER <= backoff.after(lasted=0, offence=False) <= 1
