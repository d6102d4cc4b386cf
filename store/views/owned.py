"""What only an owner may say of her object, taken in.

Law: ids tell the node whose object it is, so a stranger's word is turned away before it is looked at; a node the owner
moved to is not a stranger's. Who takes an object for one of another kind is a stranger to it. Source: DOMAIN R10.
"""

from __future__ import annotations

from typing import Final

from store.payloads import Item
from store.views.ground import Batch, about

ID: Final = 32
"""Characters of a node id, with which every entry id begins."""
_OWNER: Final = """
SELECT node, owner FROM pitches WHERE id = ?1 AND ?2 = 'pitch'
UNION ALL SELECT node, owner FROM objects WHERE id = ?1 AND area = ?2
"""


def take_steps(batch: Batch, items: list[Item]) -> None:
    """Records that change a pitch or an object, or add to it: only its owner's node can have made one."""
    mine = [_is_owners(batch, item) for item in items]
    batch.take_steps([item for item, own in zip(items, mine, strict=True) if own])
    batch.take_strangers([item for item, own in zip(items, mine, strict=True) if not own])


def _is_owners(batch: Batch, item: Item) -> bool:
    subject, node = about(item), item.entry.node
    if node == subject[:ID]:
        return True
    if not batch.people.moved:
        return False
    row = batch.db.execute(_OWNER, (subject, item.record.SUBJECT)).fetchone()
    if row is None or subject in batch.anew:  # whose it is now is found when it is settled
        return row is not None
    return any(stretch.node == node for stretch in batch.people.person(*row))
