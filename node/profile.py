"""What this node says of where it is: the addresses in its profile, kept as they are.

Law: an address is published because the operator named it (settings, pairing codes) or because a peer came in at it;
never one that was withheld, and none but those of the settings where ``publish_addresses`` says so.
Source: PROTOCOL section 9 "A node's published addresses", OPERATIONS ``run``.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from typing import Any, Final

from node.config import Bind, Settings, bind_of
from node.discovery import own_addresses
from node.gate import is_loopback
from node.house import House
from node.reach import Reach, reach_of
from protocol import records
from protocol.invite import format_address, parse_address
from protocol.limits import MAX_PUBLISHED, SALT
from protocol.records.base import ADDRESS
from store import peers, publishing, reached
from store.database import Tx
from store.log import may_sign
from store.views import profiles
from web.port import OwnAddress

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared
_LOCAL: Final = "localhost"


def known_addresses(db: sqlite3.Connection, settings: Settings, listener: Bind) -> list[OwnAddress]:
    """All addresses known of this node, best first; ``listener`` is where its peers' listener is."""
    rows = {address: OwnAddress(address, "settings", False, False) for address in settings.addresses}
    for row in reached.everyone(db):
        if row.source == "invite" or _still_ours(db, row.address, listener):
            rows.setdefault(row.address, OwnAddress(row.address, row.source, False, row.withheld))
    told = [one.address for one in rows.values() if _may_be_told(one, settings)][:MAX_PUBLISHED]
    return [one._replace(published=one.address in told) for one in rows.values()]


def _may_be_told(one: OwnAddress, settings: Settings) -> bool:
    chosen = one.source == "settings" or (settings.publish_addresses and not one.withheld)
    return chosen and re.fullmatch(ADDRESS, one.address, re.ASCII) is not None


def _still_ours(db: sqlite3.Connection, address: str, listener: Bind) -> bool:
    """Whether the listener is still where a peer came in: machines move, ports change."""
    host, port = parse_address(address)
    if port != listener.port:
        return False
    if is_loopback(host):
        return _on_loopback(listener) and _neighbours_here(db)
    return host == listener.host or (listener.host in _EVERYWHERE and host in own_addresses(listener.host))


def _on_loopback(bind: Bind) -> bool:
    return bind.host == _LOCAL or is_loopback(bind.host)


def _neighbours_here(db: sqlite3.Connection) -> bool:
    """Whether a peer is dialled on this machine: then a loopback listener reaches this node's neighbours."""
    return any(
        _on_loopback(Bind(*parse_address(address)))
        for peer in peers.everyone(db)
        if peer.pinned
        for address in peer.addresses
    )


def reach_here(db: sqlite3.Connection, settings: Settings, listener: Bind, *, met_private: bool) -> Reach:
    """Which addresses of strangers this node may dial, by where it and its pinned peers are."""
    told = [one.address for one in known_addresses(db, settings, listener) if not one.withheld]
    pinned = [address for peer in peers.everyone(db) if peer.pinned for address in peer.addresses]
    hosts = [parse_address(address)[0] for address in (*told, *pinned)]
    return reach_of(listener.host, hosts, private=settings.dial_private or met_private)


def listener_of(house: House) -> Bind:
    """Where the peers' listener is, or will be when the node runs."""
    return bind_of(str(house.live.facts()["peer"]) if house.live else house.settings.peer)


def addresses_of(house: House) -> list[OwnAddress]:
    """What pages, ``status`` and ``peer addresses`` show; blocks, so off the loop."""
    listener = listener_of(house)
    return house.store.database.read(lambda db: known_addresses(db, house.settings, listener)).result()


def keep_profile(house: House) -> None:
    """Say again where this node is reached if that is no longer what its profile says; blocks, so off the loop.

    While this node may not sign nothing is said: it is asked again when signing begins.
    """
    listener = listener_of(house)

    def look(tx: Tx) -> tuple[records.network.NodeProfile | None, tuple[str, ...]]:
        if listener.port and _on_loopback(listener):
            reached.give(tx, format_address(*listener), "listener")
        known = known_addresses(tx.db, house.settings, listener)
        return profiles.profile(tx.db, house.node), tuple(one.address for one in known if one.published)

    said, addresses = house.store.database.write(look).result()
    url = house.settings.url or None
    if not house.store.database.read(lambda db: may_sign(db, house.own)).result():
        return
    if said is None or (said.web, tuple(said.addresses)) == (url, addresses):
        return
    content = records.plain(said) | {"addresses": list(addresses)}
    content.pop("web", None)
    say(house, content | ({"web": url} if url else {}))


def say(house: House, content: dict[str, Any]) -> None:
    """Publish what the organisation says of itself."""
    author = publishing.Author(None, None, "operator")
    salt = secrets.token_bytes(SALT)
    house.store.database.write(
        lambda tx: publishing.publish(tx, house.own, author, content, salt=salt)
    ).result()
