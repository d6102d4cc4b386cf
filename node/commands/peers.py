"""Pairing with other nodes: codes out and in, and who is let in.

Law: a code's secret leaves once and is kept as its hash; on a stopped node a command only writes rows, which the
dialler finds at the next start. Source: PROTOCOL section 4, OPERATIONS ``peer``.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from node.discovery import own_addresses
from node.house import House
from node.profile import addresses_of, keep_profile
from protocol.errors import Malformed, Refused
from protocol.ids import NodeId, parse_node
from protocol.invite import Invite, format_address, parse_address, parse_invite, render_invite
from protocol.limits import INVITE_BYTES
from store import peers, reached
from store.database import Tx
from store.peers import Knock, PeerRow, Trust

_TURNED_AWAY: Final = frozenset({"not-admitted", "invalid", "own-node"})


def _places(house: House, at: str | None) -> list[tuple[str, int]]:
    """Where peers reach this node, best first. Refused if nothing says so."""
    if at is not None:
        return [_address(at)]
    if house.settings.addresses:
        return [parse_address(address) for address in house.settings.addresses]
    host, port = parse_address(house.live.facts()["peer"] if house.live else house.settings.peer)
    found = [host] if host not in {"0.0.0.0", "::"} else own_addresses(host)  # noqa: S104 - compared
    if not found:
        raise Refused("address-needed", field="at")
    return [(one, port) for one in found]


def _address(text: str) -> tuple[str, int]:
    try:
        return parse_address(text)
    except Malformed as error:
        raise Refused("address", field="at", reason=str(error)) from error


def invite(house: House, at: str | None = None, tls: bool = False) -> dict[str, Any]:
    """A one-time code another operator enters: ``{code, expires}``."""
    (host, port), *also = _places(house, at)
    secret = secrets.token_bytes(INVITE_BYTES)

    def make(tx: Tx) -> int:
        if at is not None:
            reached.give(tx, format_address(host, port), "invite")
        return peers.make_invite(tx, secret)

    expires = house.store.database.write(make).result()
    _say_where(house)
    return {
        "code": render_invite(Invite(house.node, host, port, secret, tls, tuple(also))),
        "expires": expires,
    }


def _say_where(house: House) -> None:
    """A running node says at once where it is reached; a stopped one when it starts."""
    if house.live:
        keep_profile(house)


def addresses(house: House, withhold: str | None = None, publish: str | None = None) -> dict[str, Any]:
    """Where peers reach this node, and what of it is published: ``{addresses: [OwnAddress]}``.

    ``withhold`` keeps one of them out of the profile from now on, ``publish`` takes that back. Refused for an address
    of the settings or one that is not known.
    """
    for typed, withheld in ((withhold, True), (publish, False)):
        if typed is not None:
            _choose(house, format_address(*_address(typed)), withheld)
    return {"addresses": [one._asdict() for one in addresses_of(house)]}


def _choose(house: House, address: str, withheld: bool) -> None:
    if address in house.settings.addresses:
        raise Refused("address-set", field="address", address=address)
    if not house.store.database.write(lambda tx: reached.withhold(tx, address, withheld)).result():
        raise Refused("address-unknown", field="address", address=address)
    _say_where(house)


def add(house: House, code: str) -> dict[str, Any]:
    """Use a code of another operator: ``{node, state}``, state ``paired`` or ``waiting`` until it can be reached.

    Refused when the code is none, is this node's own, or the other side turns it away.
    """
    try:
        found = parse_invite(code)
    except Malformed as error:
        raise Refused("code", field="code", reason=str(error)) from error
    if found.node == house.node:
        raise Refused("own-code", field="code")
    new = house.store.database.read(lambda db: peers.one(db, found.node)).result() is None
    places = [format_address(host, port) for host, port in ((found.host, found.port), *found.also)]
    house.store.database.write(
        lambda tx: peers.pin(tx, found.node, places, tls=found.tls, invite=found.secret)
    ).result()
    why = house.live.meet(found.node) if house.live else "not-running"
    _say_where(house)
    if why in _TURNED_AWAY and new:
        remove(house, found.node)
        raise Refused("invite-refused", field="code", reason=why)
    return {"node": found.node, "state": "paired" if why is None else "waiting", "error": why}


def _row(peer: PeerRow) -> dict[str, Any]:
    return {
        "node": peer.node,
        "addresses": list(peer.addresses),
        "pinned": peer.pinned,
        "blocked": peer.blocked,
        "last_seen": peer.last_seen,
        "error": peer.last_error,
    }


def _knock(knock: Knock) -> dict[str, Any]:
    return {
        "node": knock.node,
        "address": knock.address,
        "count": knock.times,
        "last": knock.last,
        "trust": Trust(knock.trust).name.lower().replace("_", "-"),
    }


def listing(house: House) -> dict[str, Any]:
    """``{peers, knocks}``; on a running node each peer also says state, direction and lag."""
    rows = house.store.database.read(peers.everyone).result()
    knocks = house.store.database.read(peers.knocks).result()
    now = {peer["node"]: peer for peer in house.live.peers()} if house.live else {}
    found = [_row(row) | now.pop(row.node, {"state": "offline"}) for row in rows]
    guests = [peer for peer in now.values() if peer["state"] == "connected"]
    return {"peers": [*found, *guests], "knocks": [_knock(knock) for knock in knocks]}


def _node(text: str) -> NodeId:
    try:
        return parse_node(text)
    except Malformed as error:
        raise Refused("node-id", field="node") from error


def block(house: House, node: str) -> dict[str, Any]:
    """Neither talk with the node nor take what it writes from now on."""
    found = _node(node)
    house.store.database.write(lambda tx: peers.block(tx, found)).result()
    if house.live:
        house.live.part(found)
    return {"node": found, "blocked": True}


def remove(house: House, node: str) -> dict[str, Any]:
    """Take a pin or a block away; what is here stays."""
    found = _node(node)
    if not house.store.database.write(lambda tx: peers.remove(tx, found)).result():
        raise Refused("peer-unknown", field="node")
    if house.live:
        house.live.part(found)
    return {"node": found, "removed": True}


def admit(house: House, node: str) -> dict[str, Any]:
    """Let in a node that knocked."""
    found = _node(node)

    def change(tx: Tx) -> None:
        if found not in {knock.node for knock in peers.knocks(tx.db)}:
            raise Refused("no-knock", field="node")
        peers.pin(tx, found)

    house.store.database.write(change).result()
    return {"node": found, "pinned": True}
