"""How many files and sockets this process may have open, and who gets how many of them.

Law: the limit is raised as far as the system allows, at the start and once; after that each listener has descriptors of
its own, and what the store, the dials and the files in transit need is set aside before. So no listener that is filled
takes anything from the other. Source: PROTOCOL section 12.
"""

from __future__ import annotations

import contextlib
import logging
import resource
from typing import Final, NamedTuple

from node.logs import event

MOST_ASKED: Final = 1_048_576  # where the system names no limit
SET_ASIDE: Final = 192  # database, log, files being read and written, discovery, the shell
LEAST: Final = 96  # connections of both listeners, however little there is
PEERS_MOST: Final = 1_024  # connections of the peers' listener: many times what may talk at once
WEB_MOST: Final = 8_192  # connections of the members' listener
STREAMS_SHARE: Final = (3, 4)  # of the members' connections that may be open pages: the rest is for asking
_log: Final = logging.getLogger(__name__)


class Shares(NamedTuple):
    """Connections each listener may have, and how many of the members' may be streams of open pages."""

    web: int
    peers: int
    streams: int


def raise_limit() -> int:
    """Raise the soft limit to the hard one; how many files may be open now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_ASKED if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return min(soft, wanted) if soft != resource.RLIM_INFINITY else wanted
    for limit in (wanted, 65_536, 10_240, 4_096):  # some systems name no limit and have one all the same
        if soft < limit <= wanted:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
                break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def shares(limit: int, dials: int) -> Shares:
    """What a limit of open files is divided into; ``dials`` sockets are for peers dialled and admitted."""
    room = max(limit - SET_ASIDE - dials, LEAST)
    peers = min(PEERS_MOST, room // 4)
    members = min(WEB_MOST, room - peers)
    part, whole = STREAMS_SHARE
    return Shares(members, peers, members * part // whole)


def divided(dials: int) -> Shares:
    """Raise the limit and divide it; the log says what came of it."""
    limit = raise_limit()
    found = shares(limit, dials)
    event(_log, logging.INFO, "open-files", most=limit, web=found.web, peers=found.peers)
    return found
