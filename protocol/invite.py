"""Addresses of nodes and the invite code that carries one from person to person.

Law: a code is typed, pasted, mailed and scanned, so letters may be of either case and blanks around it are
dropped; everything else has one spelling, and what is wrong is said in a sentence a person can act on.
Source: PROTOCOL section 4.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from protocol.errors import Malformed
from protocol.ids import NodeId, b32decode, b32encode, parse_int, parse_node
from protocol.limits import INVITE_BYTES, MAX_ADDRESSES, MAX_INVITE_CODE

SCHEME: Final = "barnraise"

_CODE = re.compile(rf"{SCHEME}://([^@/?]*)@([^/?]*)/?(?:\?(.*))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


class Invite(NamedTuple):
    """Where a node is, and what lets a stranger in: ``secret`` is 16 bytes, or None in a plain address.

    ``tls``: the address speaks TLS before WebSocket; ``also``: other addresses to try, in order.
    """

    node: NodeId
    host: str
    port: int
    secret: bytes | None = None
    tls: bool = False
    also: tuple[tuple[str, int], ...] = ()


def parse_address(text: str) -> tuple[str, int]:
    """``host:port``, IPv6 hosts in brackets; the host comes without them, in lower case. Malformed otherwise."""
    host, colon, port = text.strip().lower().rpartition(":")
    if not colon or not host:
        raise Malformed("an address reads host:port, for example node.example.ca:7401 or [2001:db8::1]:7401")
    return _host(host), _port(port)


def format_address(host: str, port: int) -> str:
    """Inverse of parse_address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or not 0 < int(text) <= 65_535:
        raise Malformed("the port after the last colon is a number from 1 to 65535")
    return parse_int(text)


def _host(text: str) -> str:
    if text.startswith("[") or text.endswith("]"):
        return _ipv6(text)
    if ":" in text:
        raise Malformed("an IPv6 address stands in brackets, for example [2001:db8::1]:7401")
    labels = text.removesuffix(".").split(".")
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise Malformed(
            "the name of a machine is letters, digits, hyphens and dots (accented names in their xn-- form)"
        )
    return _ipv4(text) if labels[-1].isdigit() else text


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise Malformed("an IPv4 address is four numbers from 0 to 255, for example 192.0.2.7") from error


def _ipv6(text: str) -> str:
    try:
        if text[0] + text[-1] != "[]" or "%" in text:
            raise AddressValueError(text)
        return str(IPv6Address(text[1:-1]))
    except AddressValueError as error:
        raise Malformed("not an IPv6 address in brackets, such as [2001:db8::1], without a zone") from error


def render_invite(invite: Invite) -> str:
    """The code; ``parse_invite`` gives the same invite back."""
    query = []
    if invite.secret is not None:
        query.append(("invite", b32encode(invite.secret)))
    if invite.tls:
        query.append(("tls", "1"))
    query += [("at", format_address(host, port)) for host, port in invite.also]
    code = f"{SCHEME}://{invite.node}@{format_address(invite.host, invite.port)}"
    return f"{code}?{urlencode(query, safe='[]:', quote_via=quote)}" if query else code


def parse_invite(code: str) -> Invite:
    """What an invite code says. Malformed, in words for the person who pasted it, otherwise.

    Parameters not known are ignored, for later versions.
    """
    code = code.strip().lower()
    if len(code) > MAX_INVITE_CODE:
        raise Malformed(f"an invite code has at most {MAX_INVITE_CODE} characters")
    found = _CODE.fullmatch(code)
    if found is None:
        raise Malformed(f"an invite code begins {SCHEME}:// and reads {SCHEME}://node@host:port?invite=…")
    node, address, query = found.groups(default="")
    given = _parameters(query)
    return Invite(
        parse_node(node),
        *parse_address(address),
        secret=_secret(given.get("invite", [])),
        tls=_tls(given.get("tls", [])),
        also=tuple(map(parse_address, given.get("at", []))),
    )


def _parameters(query: str) -> dict[str, list[str]]:
    """Values by name, in order."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    except ValueError as error:
        raise Malformed("what follows the question mark is damaged; copy the whole code again") from error
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    if len(given.get("at", [])) > MAX_ADDRESSES:
        raise Malformed(f"an invite code names at most {MAX_ADDRESSES} more addresses")
    return given


def _secret(values: list[str]) -> bytes | None:
    if not values:
        return None
    try:
        secret = b32decode(values[0])
    except Malformed:
        secret = b""
    if len(values) > 1 or len(secret) != INVITE_BYTES:
        raise Malformed("the part after invite= is not whole; copy the whole code again")
    return secret


def _tls(values: list[str]) -> bool:
    if values not in ([], ["1"]):
        raise Malformed("tls is 1 or left out")
    return bool(values)
