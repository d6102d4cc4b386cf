"""How a node is: in words for people, in codes for programs.

Law: reads only, except ``rebuild``, which drops what is derived and makes it again from the log. Source: OPERATIONS.
"""

from __future__ import annotations

import shutil
import sqlite3
from typing import Any

from node.commands.members import reaches_others
from node.doctor import Facts, Waiting, examine
from node.house import House
from node.profile import known_addresses, listener_of, reach_here
from node.shelf import learned_places
from node.version import VERSION
from store import accounts, figures, outbox, peers, room, standing, views
from store import check as walk
from store.signing import Heard
from store.views import profiles


def _facts(house: House) -> Facts:
    live = house.live.facts() if house.live else {}
    heard = house.live.heard() if house.live else Heard(frozenset(), frozenset(), waited=False)
    connected = _connected(house)

    def gather(db: sqlite3.Connection) -> dict[str, Any]:
        people = [account for account in accounts.everyone(db) if not account.disabled]
        return {
            "totals": figures.totals(db),
            "waiting": _waiting(house, db, connected | {near["node"] for near in live.get("neighbours", [])}),
            "addresses": known_addresses(db, house.settings, listener_of(house)),
            "feeds": figures.feeds(db),
            "verdicts": figures.verdicts(db),
            "peers": peers.everyone(db),
            "knocks": peers.knocks(db),
            "refusals": peers.refusals(db),
            "signing": standing.alarm(db),
            "silent": house.store.needed(db, heard).silent,
            "outbox": outbox.count(db),
            "files": room.used(db),
            "members": len(people),
            "operators": sum(account.role == "operator" for account in people),
        }

    return Facts(
        now=house.clock.ms(),
        settings=house.settings,
        url=house.url,
        kit_pending=house.identity.kit_pending,
        shown_clock=house.clock.shown,
        free_bytes=shutil.disk_usage(house.data).free,
        reaches_others=reaches_others(house.url),
        writer=house.store.database.stopped,
        alarms=live.get("alarms", {}),
        **house.store.database.read(gather).result(),
    )


def _connected(house: House) -> set[str]:
    peers_now = house.live.peers() if house.live else []
    return {peer["node"] for peer in peers_now if peer["state"] == "connected"}


def _waiting(house: House, db: sqlite3.Connection, found: set[str]) -> list[Waiting]:
    """Nodes that are owed something; those ``found`` (connected, seen on this network) need no address."""
    reach = reach_here(db, house.settings, listener_of(house), met_private=False)
    waiting = []
    for node, envelopes in peers.owed_counts(db):
        row = peers.one(db, node)
        named = row.addresses if row else ()
        said = (*named, *profiles.addresses(db, node))
        usable = bool(named or node in found or learned_places(db, node, reach))
        waiting.append(Waiting(node, envelopes, said, usable))
    return waiting


def _finding_rows(facts: Facts) -> list[dict[str, Any]]:
    return [finding._asdict() for finding in examine(facts)]


def status(house: House) -> dict[str, Any]:
    """Who this is, where it listens, how much is here, how its peers are; ``healthy`` as of doctor."""
    facts = _facts(house)
    findings = _finding_rows(facts)
    return {
        "node": house.node,
        "name": house.settings.name,
        "version": VERSION,
        "healthy": not any(finding["bad"] for finding in findings),
        "running": house.live is not None,
        "signing": facts.signing or "yes",
        "outbox": facts.outbox,
        "url": house.url,
        "clock": facts.shown_clock,
        "members": facts.members,
        "addresses": [one._asdict() for one in facts.addresses],
        **facts.totals._asdict(),
        "findings": len(findings),
        "peers": house.live.peers() if house.live else [],
        **(house.live.facts() if house.live else {}),
    }


def doctor(house: House) -> list[dict[str, Any]]:
    """What is wrong and what to do: ``[{code, says, do, bad}]``, what is bad first."""
    return _finding_rows(_facts(house))


def check(house: House) -> list[dict[str, Any]]:
    """Walk every invariant of the store: ``[{invariant, detail}]`` of those that do not hold."""
    return [{"invariant": broken.invariant, "detail": broken.detail} for broken in walk.check(house.store)]


def rebuild(house: House) -> dict[str, Any]:
    """Make views and search anew from the log: ``{state_hash}``."""
    house.store.database.write(lambda tx: views.rebuild(tx, house.node)).result()
    return {"state_hash": house.store.database.read(views.state_hash).result()}
