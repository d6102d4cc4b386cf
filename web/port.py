"""What the members' web needs of the node it runs in.

Law: the web floor knows the process only through this port. ``node`` implements it over sockets and timers, the tests
over a store in a temporary folder. Everything that may wait is a coroutine; everything else answers at once from
memory and never blocks. Source: ARCHITECTURE "Floors".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from protocol.ids import NodeId
from store.publishing import Author, Published, Queued
from store.store import Store
from web.i18n import Language, Text
from web.topics import Subscription

PeerState = Literal["connected", "dialling", "waiting", "offline"]
Direction = Literal["in", "out"]


class PeerStatus(NamedTuple):
    """One peer as the network page shows it.

    ``lag`` is the number of entries the peer announced that are not here yet, ``last_seen`` milliseconds since 1970,
    ``error`` the short code of why the last attempt failed.
    """

    node: NodeId
    name: Text | None
    state: PeerState
    direction: Direction | None
    lag: int
    last_seen: int | None
    error: str | None


class PeerAdded(NamedTuple):
    """The node an invitation code led to; ``name`` is None until its profile is here."""

    node: NodeId
    name: Text | None


class OwnAddress(NamedTuple):
    """HOST:PORT at which peers reach this node, and who said so; ``published``: it stands in the profile."""

    address: str
    source: Literal["settings", "invite", "listener"]
    published: bool
    withheld: bool


class Port(Protocol):
    """A running node, seen from its members' pages."""

    @property
    def node(self) -> NodeId:
        """This node."""

    @property
    def name(self) -> Text:
        """The organisation, in its languages."""

    @property
    def jurisdiction(self) -> str:
        """ISO 3166 code of the organisation."""

    @property
    def language(self) -> Language:
        """The interface language of who has chosen none."""

    @property
    def url(self) -> str:
        """The address links are made from, without a slash at the end."""

    @property
    def hosts(self) -> Collection[str]:
        """Names its pages may be asked for under, besides this machine's; small letters, no ports."""

    @property
    def version(self) -> str:
        """Version of the program."""

    @property
    def mails(self) -> bool:
        """Whether this node has a mail server to hand letters to."""

    @property
    def public(self) -> bool:
        """Whether who is not signed in may read what everybody on the network may."""

    @property
    def proxies(self) -> Collection[str]:
        """Addresses of proxies whose X-Forwarded-For is believed."""

    @property
    def store(self) -> Store:
        """Everything kept."""

    @property
    def shown_clock(self) -> str | None:
        """Where the time comes from when it is not the system's; pages then show the time."""

    def clock(self) -> int:
        """Now, in milliseconds since 1970."""

    async def publish(
        self, author: Author, content: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Published | Queued:
        """Make, sign and keep a record; returns once it is durable.

        While this node waits for its peers after a start, the record is kept whole and returned as Queued if it was not
        signed within eight seconds.

        Raises Refused: NotAcceptable for a record that may not be written so, NotReady when a pitch misses something.
        """

    def peers(self) -> list[PeerStatus]:
        """Every pinned or connected peer."""

    async def invite_peer(self, at: str | None, tls: bool) -> str:
        """A one-time code another operator enters; ``at`` is the address to name in it (None: the configured one)."""

    async def add_peer(self, code: str) -> PeerAdded:
        """Use a code of another operator. Raises Refused when it is not a code, is used up, or nobody answers."""

    async def remove_peer(self, node: NodeId) -> None:
        """Take a pin away and close the connection."""

    async def own_addresses(self) -> list[OwnAddress]:
        """Where peers reach this node, best first."""

    async def publish_address(self, address: str, publish: bool) -> None:
        """Publish one of these addresses, or withhold it. Raises Refused for one that is not known or set elsewhere."""

    def subscribe(self, concerns: Callable[[str], bool]) -> Subscription:
        """Topics as they change, from now on, of which ``concerns`` says so. NoRoom when there are too many readers."""

    def metrics(self) -> str:
        """Prometheus text."""

    def health(self) -> Mapping[str, Any]:
        """``{"healthy": bool, …}``; names only, no content."""
