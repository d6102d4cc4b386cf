"""Honest engines in every legal order: pushes, pulls, joins, chunks, notes and keyring changes, and no offence ever.

The stores are ahead of their engines by a while, as under load: what is answered is already newer than what was pushed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.gossip.signals import Verdict
from protocol.keyring import extend
from store import keyrings, peers
from tests.kit.logs import Author, secret
from tests.kit.network import Network, Node, Wire

says = st.tuples(st.just("say"), st.integers(0, 1), st.sampled_from([1, 1, 2, 7, 300]))
brings = st.tuples(st.just("bring"), st.integers(0, 1), st.sampled_from([1, 3, 280]))
keys = st.tuples(st.just("keys"), st.integers(0, 1), st.just(0))
again = st.tuples(st.just("again"), st.integers(0, 1), st.sampled_from([1, 2, 40]))
cuts = st.tuples(st.just("cut"), st.just(0), st.just(0))
times = st.tuples(st.just("time"), st.just(0), st.sampled_from([0, 1, 7]))
steps = st.lists(st.one_of(says, again, again, brings, keys, cuts, times), min_size=3, max_size=14)


class Play:
    """Two honest nodes, and an author who is not there: its entries and its keyrings come to either of them."""

    def __init__(self, folder: Path, seed: int, load: float) -> None:
        self.net = Network(folder, seed)
        self.net.load = load
        self.nodes = [self.net.node("a"), self.net.node("b")]
        self.absent = Author(1)
        self.keyring = self.absent.keyring
        self.notes = 0
        for who in (0, 1):
            self.say(
                who, 258
            )  # beyond the first block: below it no chunk that ends at its head needs a proof
        self.wire: Wire = self.net.connect(*self.nodes)
        self.net.run()

    def say(self, who: int, count: int) -> None:
        self.nodes[who].say(*[f"{who} {self.net.now} {number}" for number in range(count)])

    def bring(self, who: int, count: int) -> None:
        """More of the absent author's log, with its keyring, as if it had met this node."""
        node, author = self.nodes[who], self.absent
        author.say_many(count)
        self.meet(node)
        row = node.engine.feeds.get(author.feed)
        frames = author.chunks(row.size if row else 0)
        node.write(lambda tx: node.store.take_all(tx, frames, author.node))

    def meet(self, node: Node) -> None:
        chain = self.keyring
        node.write(lambda tx: keyrings.receive(tx, chain.node, chain.notes, own_node=node.id))

    def keys(self, who: int, _count: int) -> None:
        self.notes += 1
        new = secret(self.absent.number, f"witness {self.notes}")
        self.keyring = extend(self.keyring, signers=[self.absent.signer], witness_public=new.public)
        self.meet(self.nodes[who])

    def cut(self, _who: int, _count: int) -> None:
        self.wire.cut()
        self.wire = self.net.connect(*self.nodes)

    def again(self, who: int, count: int) -> None:
        """They meet, and while one asks what is new the other goes on writing: it is pulled and pushed at once."""
        self.cut(0, 0)
        self.say(who, count)

    def time(self, _who: int, seconds: int) -> None:
        self.net.run(seconds)

    def end(self) -> None:
        """Everything comes to rest after one more meeting: both hold all there is, and nobody blamed anybody."""
        self.net.run(40)
        self.wire.cut()
        self.net.run()
        self.wire = self.net.connect(*self.nodes)
        self.net.run(40)
        a, b = self.nodes
        for node, other in ((a, b), (b, a)):
            assert [close for close in node.closed if close.offence] == []
            assert node.store.database.read(peers.refusals).result() == []
            assert Verdict.UNJOINED not in node.verdicts
            assert len(node.texts(other)) == len(other.texts(other))
        held = [node.engine.feeds.get(self.absent.feed) for node in self.nodes]
        assert {row.size if row else 0 for row in held} == {max(row.size if row else 0 for row in held)}
        tags = {node.store.database.read(keyrings.tags).result().get(self.absent.node) for node in self.nodes}
        assert len(tags) == 1


@settings(max_examples=25)
@given(st.integers(0, 2**16), st.sampled_from([0.0, 0.2, 2.0]), steps)
def test_e1_e2_no_order_of_what_honest_nodes_say_is_an_offence(
    seed: int, load: float, order: list[tuple[str, int, int]]
) -> None:
    """A push without a proof after its head was joined, a head under a keyring that has just changed, a chunk twice:
    whatever the order, no connection ends, nothing is counted, and both sides end with the same."""
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder), seed, load)
        for what, who, count in order:
            getattr(play, what)(who, count)
            if seed % 3:
                play.net.run() if seed % 3 == 1 else play.net.some(9)
        play.end()
        play.net.close()
