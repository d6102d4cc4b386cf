"""Which addresses of strangers this node may dial: a profile or a neighbour's announcement is a hint, never an order.

Law: a plain machine over numbers, names resolved by the caller and judged again by what they resolved to. An address
the operator named (settings, pairing codes) is not judged here. Source: PROTOCOL section 8 "Discovery … is a hint",
QUALITY "Threats" (what a peer's record can make this node do).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_PEERS_PORTS: Final = (80, 443)  # below 1024 only these: no mail, shell or directory server is spoken to
_EMBEDS_V4: Final = tuple(  # 6to4, Teredo: another address stands inside
    map(IPv6Network, ("2002::/16", "2001::/32"))
)
_THIS_NETWORK: Final = ip_network("0.0.0.0/8")
_INTERNET_V6: Final = IPv6Network(
    "2000::/3"
)  # global unicast; beside it only ULA and site-local are anybody's
_PRIVATE_V6: Final = (IPv6Network("fc00::/7"), IPv6Network("fec0::/10"))
_MACHINERY: Final = frozenset(  # where clouds answer questions about a machine, outside 169.254.0.0/16
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)

IP = IPv4Address | IPv6Address


class Scope(StrEnum):
    """How far an address reaches. NEVER: link-local, multicast, unspecified, reserved, or one inside another."""

    GLOBAL = "global"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    NEVER = "never"


def scope_of(address: str) -> Scope | None:
    """The scope of an address; None for what is none, such as the name of a machine."""
    try:
        found = ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    return _scope((isinstance(found, IPv6Address) and found.ipv4_mapped) or found)


def _scope(ip: IP) -> Scope:
    if ip.is_loopback:
        return Scope.LOOPBACK
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _MACHINERY:
        return Scope.NEVER
    return _scope_v4(ip) if isinstance(ip, IPv4Address) else _scope_v6(ip)


def _scope_v4(ip: IPv4Address) -> Scope:
    if ip.is_reserved or ip in _THIS_NETWORK:
        return Scope.NEVER
    return Scope.GLOBAL if ip.is_global else Scope.PRIVATE


def _scope_v6(ip: IPv6Address) -> Scope:
    if any(ip in network for network in _PRIVATE_V6):
        return Scope.PRIVATE
    if ip not in _INTERNET_V6 or any(ip in network for network in _EMBEDS_V4):
        return Scope.NEVER
    return Scope.GLOBAL if ip.is_global else Scope.PRIVATE


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be dialled besides the open internet: this machine, private networks."""

    loopback: bool = False
    private: bool = False

    def may(self, address: str, port: int) -> bool:
        """Whether an address, resolved already, may be dialled at a port."""
        allowed = {Scope.GLOBAL: True, Scope.PRIVATE: self.private, Scope.LOOPBACK: self.loopback}
        scope = scope_of(address)
        return scope is not None and allowed.get(scope, False) and (port >= 1024 or port in _PEERS_PORTS)

    def might(self, host: str, port: int) -> bool:
        """The same of a host as it is written; a name might until it is resolved."""
        return self.may(host, port) if scope_of(host) is not None else self.may("1.1.1.1", port)


def reach_of(listener: str, known: Collection[str], *, private: bool) -> Reach:
    """What follows from where this node is: its listener's host, the hosts it and its pinned peers are known at.

    Loopback while the own listener is on it; private networks when this node or a pinned peer is in one, or
    ``private`` (setting ``dial_private``) says so.
    """
    scopes = {scope_of(host) for host in (listener, *known)}
    here = listener == "localhost" or scope_of(listener) is Scope.LOOPBACK
    return Reach(loopback=here, private=private or Scope.PRIVATE in scopes)
