"""What peers tell: how far they hold which feeds, and what they do not have.

Law: an announcement is a hint; it decides what is asked for, never what is believed. A cursor is saved together with
what it promised and is not here yet. Source: PROTOCOL sections 5 and 6.
"""

from __future__ import annotations

from protocol.frame_types import Changes, Err, Note, Seen, Since, Want
from protocol.gossip import signals as s
from protocol.gossip.core import Core
from protocol.gossip.peer import Peer
from protocol.gossip.pull import announced


class Hearing:
    """Handlers of CHANGES, NOTE and ERR."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def changes(self, peer: Peer, frame: Changes, now: float) -> None:
        if peer.answered(Since) is None:
            return
        peer.behind = len(frame.seen)
        taken = self._learn(peer, frame.seen, now)
        pulls = tuple(
            (seen.feed, seen.size) for seen in taken if self._core.pulls.lacking(seen.feed, seen.size)
        )
        self._core.owed_pulls.setdefault(peer.node, {}).update(pulls)
        self._core.out.append(s.SaveCursor(peer.node, frame.generation, frame.cursor, pulls))
        progress = peer.generation != frame.generation or frame.cursor > peer.cursor
        peer.generation, peer.cursor = frame.generation, frame.cursor
        if frame.more and frame.seen and progress:
            self._core.ask(peer, Since(frame.generation, frame.cursor))

    def note(self, peer: Peer, frame: Note, now: float) -> None:
        for seen in frame.seen:
            if acknowledged := peer.owed.acknowledged(seen):
                self._core.out.append(s.Acked(peer.node, seen.feed, acknowledged))
        self._learn(peer, frame.seen, now)

    def _learn(self, peer: Peer, seen: tuple[Seen, ...], now: float) -> list[Seen]:
        """Keep what may come here, and give it; the rest is not kept in any table."""
        taken = []
        for one in seen:
            if self._core.takes(peer, one.feed):
                self._core.told(peer, one.feed, one.size)
                taken.append(one)
        self._write_down(peer, taken)
        for one in taken:
            self._one_seen(peer, one)
            self._core.offer(peer, one.feed)
        self._core.fill(peer, now)
        return taken

    def _write_down(self, peer: Peer, taken: list[Seen]) -> None:
        """Have the store note who holds how much, where that is news."""
        held = tuple(
            (feed, size)
            for feed, size, *_ in taken
            if size and feed in self._core.feeds and peer.said.get(feed) != size
        )
        if held:
            peer.said.update(held)
            self._core.out.append(s.Held(peer.node, held))

    def _one_seen(self, peer: Peer, seen: Seen) -> None:
        feed = seen.feed
        peer.shows(feed.node, seen.keyring_tag)
        if self._core.keyrings.get(feed.node) != seen.keyring_tag:
            self._core.want_keyring(peer, feed.node)
        state = self._core.feeds.get(feed)
        equal = bool(state and state.head and state.head.size == seen.size)
        if equal and state and state.head and state.head.root[:8] == seen.root_tag:
            peer.shares(feed, seen.size)
        elif equal:
            self._core.check(peer, Want(feed, seen.size, 0))
        elif feed.node == self._core.node:
            if state is None or announced(state) < seen.size:
                self._core.check(peer, Want(feed, state.size if state else 0, 0))
        elif self._core.pulls.lacking(feed, seen.size):
            self._core.pulls.wanted(peer, feed)

    def err(self, peer: Peer, frame: Err, now: float) -> None:
        if frame.code != "not-here":
            return
        want = peer.answered(Want)
        if want is not None and (want.count or want.feed.node != self._core.node):
            self._core.untold(peer, want.feed)
            self._core.drop(want.feed, now)
        self._core.fill(peer, now)
