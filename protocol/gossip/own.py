"""What peers hold of the own log, asked before anything of it is sent to them.

Law: each peer is asked once a start (or after a jump of the clock) for what it holds beyond the own size; until its
answer is stored nothing of the own newest feed is announced or sent to it, so a folder that is an older copy
contradicts nobody. Source: PROTOCOL section 11 "Before anything is signed".
"""

from __future__ import annotations

from collections import Counter

from protocol.frame_types import Frame, KeyringWant, Note, Since, Want
from protocol.gossip import signals as s
from protocol.gossip.core import Core
from protocol.gossip.peer import Peer
from protocol.gossip.pull import announced


class OwnLog:
    """The questions about the own log. ``core.answered`` names the nodes whose answer is stored."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._asked: dict[int, Peer] = {}  # who has not answered yet, by conn
        self._storing: Counter[int] = (
            Counter()
        )  # frames about the own node that the store has not judged yet, by conn

    def ask(self, peer: Peer) -> None:
        """Ask a peer that has just come, after SINCE, for what it holds beyond the own size."""
        own = self._core.own
        if peer.node in self._core.answered:
            return
        self._asked[peer.conn] = peer
        if own is not None:
            self._core.ask(peer, Want(own, self._core.feeds[own].size, 0))

    def ask_again(self) -> None:
        """Forget every answer: the peers may know more than this machine remembers."""
        self._core.answered.clear()
        for peer in self._core.peers.values():
            self._core.ask(peer, Since(peer.generation, peer.cursor))
            self.ask(peer)

    def storing(self, conn: int, frame: Frame) -> None:
        """A frame goes to the store."""
        if self._about_own(frame):
            self._storing[conn] += 1

    def stored(self, conn: int, frame: Frame) -> None:
        """The store has judged it."""
        if self._about_own(frame):
            self._storing[conn] -= 1

    def lost(self, conn: int) -> None:
        """The conversation is over."""
        self._asked.pop(conn, None)
        self._storing.pop(conn, None)

    def settle(self) -> None:
        """Note who has answered; what is owed to them may go from now on."""
        for conn, peer in list(self._asked.items()):
            if self._has_answered(peer):
                del self._asked[conn]
                self._core.answered.add(peer.node)
                self._core.out.append(s.OwnAnswered(peer.node))
                self._tell(peer)

    def _about_own(self, frame: Frame) -> bool:
        feed = getattr(frame, "feed", None)
        return self._core.node in {getattr(frame, "node", None), feed.node if feed is not None else None}

    def _has_answered(self, peer: Peer) -> bool:
        own = self._core.own
        open_ = any(
            isinstance(request, Since)
            or (isinstance(request, Want) and request.feed == own)
            or (isinstance(request, KeyringWant) and request.node == self._core.node)
            for request in peer.asked
        )
        pull = self._core.pulls.active.get(own) if own is not None else None
        pulled = own in peer.todo or (pull is not None and pull.source == peer.conn)
        return not open_ and not pulled and not self._storing[peer.conn]

    def _tell(self, peer: Peer) -> None:
        own = self._core.own
        if own is None:
            return
        if peer.holds(own) < announced(self._core.feeds[own]):
            self._core.send(peer, Note((self._core.seen(own),)))
        self._core.offer(peer, own)
