"""Who this node is, as the store needs to know it.

Law: the store sees a signer, never a key. Source: PROTOCOL section 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol.crypto import Signer
from protocol.ids import Feed, NodeId
from protocol.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Own:
    """This node: ``feed`` is that of the newest epoch of ``keyring``, ``signer`` its feed key."""

    node: NodeId
    feed: Feed
    signer: Signer
    keyring: Keyring
