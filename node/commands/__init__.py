"""What can be asked of a node from the shell, whether it runs or not.

Law: a command is a plain function of an opened house and JSON arguments, giving JSON; it runs in a worker thread of the
running node or in the shell's own process, and cannot tell which except by ``house.live``. The register below is the
whole list: one line a command. Source: OPERATIONS "Commands".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from node.commands import health, keys, members, peers, records, recovery
from node.house import House
from protocol.errors import Refused

COMMANDS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "status": health.status,
        "doctor": health.doctor,
        "check": health.check,
        "rebuild": health.rebuild,
        "member.invite": members.invite,
        "member.list": members.listing,
        "member.role": members.role,
        "member.disable": members.disable,
        "member.reset": members.reset,
        "member.add": members.add,
        "token.create": members.token,
        "peer.invite": peers.invite,
        "peer.add": peers.add,
        "peer.addresses": peers.addresses,
        "peer.list": peers.listing,
        "peer.block": peers.block,
        "peer.remove": peers.remove,
        "peer.admit": peers.admit,
        "publish": records.publish,
        "export": records.export_page,
        "import": records.bring_in,
        "receipt": records.receipt,
        "key.kit": keys.kit,
        "recover.status": recovery.status,
        "recover.take-over": recovery.take_over,
        "recover.go-on": recovery.go_on,
    }
)


def run(house: House, command: str, arguments: Mapping[str, Any]) -> Any:
    """Carry out a command. Refused by a rule, or ``command-unknown``."""
    function = COMMANDS.get(command)
    if function is None:
        raise Refused("command-unknown", field=command)
    return function(house, **arguments)
