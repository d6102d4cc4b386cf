"""The recovery kit: shown again until its operator has it safe.

Law: shown only to who can read the data folder; gone from here once it is stored. Source: OPERATIONS ``key kit``.
"""

from __future__ import annotations

from typing import Any

from node.house import House
from node.kit import link, words
from store import peers


def kit(house: House, stored: bool = False) -> dict[str, Any]:
    """``{node, words, link, peers}``, or ``{node, stored}`` after the copy here was destroyed."""
    if stored:
        house.identity.kit_stored()
        return {"node": house.node, "stored": True}
    found = house.identity.kit()
    rows = house.store.database.read(peers.everyone).result()
    addresses = [address for row in rows if row.pinned for address in row.addresses]
    return {"node": house.node, "words": list(words(found)), "link": link(found), "peers": addresses}
