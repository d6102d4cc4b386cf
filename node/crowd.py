"""Who has how many connections to a listener, and who makes room when there are too many.

Law: a plain machine, no clock and no sockets. Who is not signed in counts for an address and for its network, who is
signed in for the account; a trusted proxy counts for nobody until it says for which address it asks. At its share a key
makes room for the newcomer out of its own: the connection that has waited longest without a whole request. One that is
being answered is never cut off for another; if all of a key are, the newcomer is turned away. So a stranger can only
ever crowd out strangers, and a member only herself. Source: PROTOCOL section 12.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from node.gate import crowd_of

Key = tuple[str, str]

ADDRESS: Final = "address"
NETWORK: Final = "network"
ACCOUNT: Final = "account"
STRANGERS: Final = ("strangers", "")


class OneOfThem(Protocol):
    """One connection."""

    @property
    def busy(self) -> bool:
        """Whether a whole request of it is being answered."""


Caller = TypeVar("Caller", bound=OneOfThem)


class Shares(NamedTuple):
    """Connections in all, of one address, of one /24 or /48, of one account."""

    most: int
    address: int
    network: int
    account: int


class TurnedAway(Exception):
    """There is no room for this connection. ``cause``: full, address, network or account."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def keys_of(address: str) -> tuple[Key, ...]:
    """What a connection of somebody who is not signed in counts for."""
    return (ADDRESS, address), (NETWORK, crowd_of(address)), STRANGERS


class Crowd(Generic[Caller]):
    """The connections of one listener."""

    def __init__(self, shares: Shares) -> None:
        self.causes: Counter[str] = Counter()  # connections ended or turned away, for metrics
        self._limits = {
            ADDRESS: shares.address,
            NETWORK: shares.network,
            ACCOUNT: shares.account,
            STRANGERS[0]: shares.most,
        }
        self._most = shares.most
        self._callers: dict[Caller, tuple[Key, ...]] = {}
        self._tables: dict[Key, dict[Caller, None]] = {}

    def __len__(self) -> int:
        return len(self._callers)

    def enter(self, caller: Caller, address: str | None) -> list[Caller]:
        """Let a connection in from an address (None: a trusted proxy's); who makes room. TurnedAway if nobody can."""
        keys = () if address is None else keys_of(address)
        out = self._room(caller, keys, ())
        if len(self._callers) - len(out) >= self._most:
            out.append(self._anybody(caller, out))
        self._callers[caller] = ()
        self._move(caller, keys, out)
        return out

    def stranger(self, caller: Caller, address: str) -> list[Caller]:
        """From now on it counts for an address; who makes room. TurnedAway if nobody can."""
        return self._place(caller, keys_of(address))

    def member(self, caller: Caller, account: int) -> list[Caller]:
        """From now on it counts for an account; who makes room. TurnedAway if nobody can."""
        return self._place(caller, ((ACCOUNT, str(account)),))

    def nobodys(self, caller: Caller) -> None:
        """A proxy's connection counts for nobody between two requests."""
        self._place(caller, ())

    def waits(self, caller: Caller) -> None:
        """It has been answered: of those that wait it is the newest."""
        for key in self._callers.get(caller, ()):
            table = self._tables[key]
            del table[caller]
            table[caller] = None

    def is_member(self, caller: Caller) -> bool:
        """Whether it counts for an account."""
        return any(kind == ACCOUNT for kind, _ in self._callers.get(caller, ()))

    def leave(self, caller: Caller) -> None:
        """It is over; safe to call twice."""
        for key in self._callers.pop(caller, ()):
            self._take_out(caller, key)

    def _place(self, caller: Caller, keys: tuple[Key, ...]) -> list[Caller]:
        before = self._callers[caller]
        out = [] if keys == before else self._room(caller, keys, before)
        if keys != before:
            self._move(caller, keys, out)
        return out

    def _room(self, caller: Caller, keys: tuple[Key, ...], before: tuple[Key, ...]) -> list[Caller]:
        """Who has to go so that it may count for these keys too; nothing is changed yet. TurnedAway if nobody can."""
        out: list[Caller] = []
        for key in keys:
            table = self._tables.get(key, {})
            if key in before or len(table) - sum(one in table for one in out) < self._limits[key[0]]:
                continue
            found = self._longest(table, caller, out)
            if found is None:
                self.causes[key[0]] += 1
                raise TurnedAway(key[0])
            out.append(found)
        return out

    def _move(self, caller: Caller, keys: tuple[Key, ...], out: list[Caller]) -> None:
        for one in out:
            self.causes["made-room"] += 1
            self.leave(one)
        for key in self._callers[caller]:
            self._take_out(caller, key)
        for key in keys:
            self._tables.setdefault(key, {})[caller] = None
        self._callers[caller] = keys

    def _longest(self, table: Iterable[Caller], newcomer: Caller, out: list[Caller]) -> Caller | None:
        """Who has waited longest of those that are not being answered and do not go already."""
        return next((one for one in table if not one.busy and one is not newcomer and one not in out), None)

    def _anybody(self, newcomer: Caller, out: list[Caller]) -> Caller:
        strangers = self._tables.get(STRANGERS, ())
        found = self._longest(strangers, newcomer, out) or self._longest(self._callers, newcomer, out)
        if found is None:
            self.causes["full"] += 1
            raise TurnedAway("full")
        return found

    def _take_out(self, caller: Caller, key: Key) -> None:
        table = self._tables[key]
        del table[caller]
        if not table:
            del self._tables[key]
