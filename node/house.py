"""An opened data folder: settings, keys, clock, store; what every command and the running node work on.

Law: one process per folder, held by a lock file; whoever has a House may write. Opening compares the log with what was
signed last and refuses to sign when they disagree. Source: OPERATIONS "Data folder", PROTOCOL sections 2 and 11.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from node import config
from node.clock import Clock, SystemClock, open_clock
from node.config import Settings, bind_of
from node.identity import Identity, open_identity
from protocol.errors import Refused
from protocol.ids import Feed, NodeId
from protocol.limits import MIB
from store import standing
from store.own import Own
from store.publishing import Published, Queued
from store.room import Limits
from store.signing import Heard
from store.store import Store

LOCK: Final = "lock"
PASSPHRASE: Final = "BARNRAISE_PASSPHRASE"  # noqa: S105 - the name of a variable


class Live(Protocol):
    """What a running node adds to its house. Every method may be called from any thread but the loop's."""

    def peers(self) -> list[dict[str, Any]]:
        """Each pinned or connected peer: node, state, direction, lag, last_seen, error."""
        ...

    def meet(self, node: NodeId) -> str | None:
        """Dial a node now and wait: None once it let us in, else a word for what came of it."""
        ...

    def part(self, node: NodeId) -> None:
        """End the conversation with a node."""
        ...

    def heard(self) -> Heard:
        """What the peers have said of the own log since the start."""
        ...

    def outcome(self, queued: Queued, account: int | None) -> Published | Queued:
        """Wait a few seconds for what waits to be signed."""
        ...

    def facts(self) -> dict[str, Any]:
        """Where it listens, since when it runs, what it was alarmed by, who is near."""
        ...


@dataclass(slots=True)
class House:
    """``live`` is None while no node runs on the folder; ``url`` is what links are made from."""

    data: Path
    settings: Settings
    identity: Identity
    clock: Clock
    store: Store
    url: str
    live: Live | None = None

    @property
    def node(self) -> NodeId:
        return self.identity.node

    @property
    def own(self) -> Own:
        return self.store.own


def limits_of(settings: Settings) -> Limits:
    """How much room files may take, in bytes."""
    return Limits(
        settings.member_mib_a_day * MIB,
        settings.members_files_mib * MIB,
        settings.others_files_mib * MIB,
        settings.free_mib * MIB,
    )


def url_of(settings: Settings, port: int | None = None) -> str:
    """The address links are made from, without a slash at the end; ``port`` is the real one of the listener."""
    return settings.url.rstrip("/") or f"http://localhost:{port or bind_of(settings.web).port}"


@contextmanager
def lock(data: Path) -> Iterator[None]:
    """Hold the folder. Refused if another process does."""
    handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Refused("folder-in-use", field="data", path=str(data)) from error
    finally:
        os.close(handle)


def own_of(identity: Identity) -> Own:
    """What the store needs to know of this node."""
    feed = Feed(identity.node, identity.keyring.epoch)
    return Own(identity.node, feed, identity.feed, identity.keyring)


@contextmanager
def open_house(
    data: Path,
    flags: Mapping[str, Any],
    *,
    clock_file: Path | None = None,
    read_only: bool = False,
    create: bool = False,
) -> Iterator[House]:
    """The house in this folder, locked while it is open. Refused says what is missing or in the way."""
    identity = open_identity(data, os.environ.get(PASSPHRASE))
    settings = config.load(data, os.environ, flags)
    clock: Clock = SystemClock() if clock_file is None else open_clock(clock_file)
    with lock(data):
        store = Store.open(
            data,
            own_of(identity),
            clock.ms,
            create=create,
            read_only=read_only,
            readers=settings.readers,
            limits=limits_of(settings),
        )
        try:
            yield House(data, settings, identity, clock, store, url_of(settings))
        finally:
            store.close()


def sign_alone(house: House) -> None:
    """Sign at the operator's word that no peer holds more of the own log. Refused where more is known to exist."""
    if not house.store.database.write(house.store.go_on_alone).result():
        raise Refused("not-alone", reason=house.store.database.read(standing.alarm).result() or "")
