"""Who may stay after the handshake.

Law: decided inside one write transaction, so that an invite is spent together with the pin it gives. A stranger leaves
nothing here but a knock. Until trust is built: pinned peers, holders of a valid invite, and nodes whose log is held
here. Source: PROTOCOL section 4 "Admitted".
"""

from __future__ import annotations

from enum import StrEnum

from node.gate import network_of
from protocol.gossip.signals import Verdict
from protocol.handshake import Established
from protocol.ids import NodeId
from store import keyrings, peers
from store.database import Tx


class Admission(StrEnum):
    """PINNED: chosen by an operator, here or by an invite. KNOWN: its log is held here. REFUSED: not now."""

    PINNED = "pinned"
    KNOWN = "known"
    REFUSED = "refused"


def _standing(tx: Tx, node: NodeId, invite: bytes | None) -> Admission:
    if peers.is_pinned(tx.db, node) or (invite is not None and peers.spend_invite(tx, invite, node)):
        return Admission.PINNED
    known = keyrings.held(tx, node) is not None
    return Admission.KNOWN if known else Admission.REFUSED


def admit(tx: Tx, own: NodeId, session: Established, address: str, *, dialled: bool) -> Admission:
    """Whether this session may go on; keeps the keyring shown by whoever may.

    Whoever was dialled is wanted here, so only a block turns it away.
    """
    if peers.is_blocked(tx.db, session.node):
        return Admission.REFUSED
    found = _standing(tx, session.node, None if dialled else session.invite)
    if found is Admission.REFUSED and not dialled:
        trust = peers.trust_in(tx.db, session.invite)
        peers.knock(tx, session.node, address, trust=trust, network=network_of(address))
        return found
    outcome = keyrings.receive(tx, session.node, session.shown.notes, own_node=own)
    if outcome.verdict is Verdict.NOT_REPLICATED:
        return Admission.REFUSED
    return Admission.KNOWN if found is Admission.REFUSED else found
