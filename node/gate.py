"""Who may begin a handshake now: limits that hold before anyone has said who they are.

Law: a plain machine, its clock given; what a stranger can fill has a maximum. Loopback is exempt from the limit per
network, because every neighbour of a demo or behind the node's own proxy comes from there.
Source: PROTOCOL sections 4 and 12.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from protocol.ids import NodeId
from protocol.limits import HANDSHAKES_AT_ONCE, HANDSHAKES_PER_MINUTE, MAX_REMEMBERED

MINUTE: Final = 60.0


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own; False for what is not an address."""
    found = _ip(address)
    return found is not None and found.is_loopback


def network_of(address: str) -> str | None:
    """The /24 or /48 an address lies in; None for loopback and for what is not an address."""
    found = _ip(address)
    return None if found is None or found.is_loopback else _network(found)


def _network(found: IPv4Address | IPv6Address) -> str:
    bits, kept = (32, 24) if isinstance(found, IPv4Address) else (128, 48)
    return f"{found.version}:{int(found) >> (bits - kept):x}"


def crowd_of(address: str) -> str:
    """The /24 or /48 an address lies in, loopback like any other; what is no address stands for itself."""
    found = _ip(address)
    return address if found is None else _network(found)


class Gate:
    """Counts of the handshakes under way and of those lately done.

    ``slots`` incoming connections may stand at once, handshakes included.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._under_way: Counter[str] = Counter()
        self._standing = 0
        self._recent: OrderedDict[NodeId, deque[float]] = OrderedDict()

    @property
    def standing(self) -> int:
        """Incoming connections there are now."""
        return self._standing

    def enter(self, address: str) -> str | None:
        """Take a slot for a handshake from this address. None if it may go on, else the reason why not."""
        network = network_of(address)
        if self._standing >= self._slots:
            return "full"
        if network is not None and self._under_way[network] >= HANDSHAKES_AT_ONCE:
            return "too-many-at-once"
        self._standing += 1
        if network is not None:
            self._under_way[network] += 1
        return None

    def shaken(self, address: str) -> None:
        """The handshake from this address is over, one way or the other."""
        network = network_of(address)
        if network is not None:
            self._under_way[network] -= 1
            if not self._under_way[network]:
                del self._under_way[network]

    def leave(self) -> None:
        """The connection is over: its slot is free."""
        self._standing -= 1

    def may(self, node: NodeId, now: float) -> bool:
        """Count a handshake of this node at ``now`` seconds; False when there were too many within a minute."""
        times = self._recent.setdefault(node, deque(maxlen=HANDSHAKES_PER_MINUTE))
        self._recent.move_to_end(node)
        if len(self._recent) > MAX_REMEMBERED:
            self._recent.popitem(last=False)
        if len(times) == HANDSHAKES_PER_MINUTE and now - times[0] < MINUTE:
            return False
        times.append(now)
        return True
