"""What keeps this node from signing, and the operator's word on it.

Law: no word signs over what a peer is known to hold: it is fetched back first. Source: PROTOCOL section 11, OPERATIONS
``recover``.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from node.house import House
from protocol.errors import Refused
from protocol.gossip.signals import OwnDoubted
from store import outbox, standing
from store.database import Tx
from store.signing import Heard


def status(house: House) -> dict[str, Any]:
    """Whether this node signs: ``{signing, silent, behind, outbox}``.

    ``signing``: "yes" or why not; ``silent``: peers not heard yet; ``behind``: own entries are on their way back;
    ``outbox``: how many records wait.
    """
    heard = house.live.heard() if house.live else Heard(frozenset(), frozenset(), waited=False)

    def read(db: sqlite3.Connection) -> dict[str, Any]:
        needed = house.store.needed(db, heard)
        return {
            "signing": standing.alarm(db) or "yes",
            "silent": list(needed.silent),
            "behind": needed.behind,
            "outbox": outbox.count(db),
        }

    return house.store.database.read(read).result()


def take_over(house: House) -> dict[str, Any]:
    """Fetch back what a peer holds of the own log beyond this one, then go on: ``status``.

    Refused ``nothing-to-take-over``.
    """

    def change(tx: Tx) -> None:
        if standing.alarm(tx.db) != standing.OWN_HEAD:
            raise Refused("nothing-to-take-over")
        standing.wait(tx, house.node, standing.MOVED)
        tx.events.append(OwnDoubted())

    house.store.database.write(change).result()
    return status(house)


def go_on(house: House) -> dict[str, Any]:
    """Sign from now on: the silent peers hold no more of this log. ``status``, with those that were ``silent``.

    Refused where more is known to be signed.
    """
    before = status(house)
    if before["signing"] != "yes" and not house.store.database.write(house.store.go_on_alone).result():
        raise Refused("not-alone", reason=before["signing"])
    return {**status(house), "silent": before["silent"]}
