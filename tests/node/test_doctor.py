"""Each rule of the doctor finds what it is for, and finds nothing in a healthy node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from node.config import Settings
from node.doctor import NAMED, SILENT_MS, Facts, Waiting, examine
from node.metrics import counters, gauge, render
from protocol.ids import EntryId, Feed, NodeId
from protocol.limits import GIB, MIB
from store.figures import FeedFigures, Totals, Verdicts
from store.peers import Knock, PeerRow, Refusal, Trust
from web.port import OwnAddress

NOW = 1_800_000_000_000
OTHER = NodeId("b" * 32)
PEER = PeerRow(
    node=OTHER, addresses=(), pinned=True, blocked=False, tls=False, invite=None, cursor=0, added=NOW,
    last_seen=NOW, last_error=None, dialled=None,
)  # fmt: skip
FEED = FeedFigures(Feed(OTHER, 0), size=3, held=3, gaps=0, private=0, refused=0, standing="live")
WELL = Facts(
    now=NOW,
    settings=Settings(),
    url="https://barnraise.example.ca",
    totals=Totals(1, 3, 3, 0, 0, 0, 0),
    waiting=[],
    addresses=[OwnAddress("barn.example.ca:7401", "invite", True, False)],
    feeds=[FEED],
    verdicts=[],
    peers=[PEER],
    knocks=[],
    refusals=[],
    members=3,
    operators=1,
    kit_pending=False,
    shown_clock=None,
    free_bytes=10 * GIB,
    files=(0, 0),
    reaches_others=True,
    signing=None,
    silent=(),
    outbox=0,
    writer=None,
    alarms={},
)


def test_a_healthy_node_has_no_findings() -> None:
    assert examine(WELL) == []


@pytest.mark.parametrize(
    ("change", "code", "bad"),
    [
        ({"signing": "log-behind"}, "not-signing", True),
        ({"writer": "disk full"}, "writer-stopped", True),
        ({"alarms": {"own-node": "192.0.2.1"}}, "own-node", True),
        ({"kit_pending": True}, "kit-not-stored", False),
        ({"free_bytes": 511 * MIB}, "disk", True),
        ({"files": (19 * GIB, 0)}, "files-full", False),
        ({"files": (0, 20 * GIB), "totals": Totals(1, 2, 2, 0, 0, 0, 3)}, "others-files-full", False),
        ({"shown_clock": "2027-02-01T00:00:00Z"}, "clock-file", False),
        ({"reaches_others": False}, "url-loopback", False),
        ({"operators": 0}, "no-operator", False),
        ({"peers": []}, "no-peers", False),
        ({"peers": [PEER._replace(last_seen=NOW - SILENT_MS - 1)]}, "peer-silent", False),
        ({"peers": [PEER._replace(last_seen=None, added=NOW - SILENT_MS - 1)]}, "peer-silent", False),
        ({"knocks": [Knock(OTHER, "192.0.2.1", 2, NOW)]}, "knock", False),
        ({"refusals": [Refusal(OTHER, "bad-signature", 3, NOW, "forged")]}, "refused-bad-signature", False),
        ({"totals": WELL.totals._replace(gaps=2)}, "gaps", False),
        ({"totals": WELL.totals._replace(owed=1)}, "owed", False),
        ({"waiting": [Waiting(OTHER, 2, (), False)]}, "unreachable", False),
        ({"waiting": [Waiting(OTHER, 2, ("10.0.0.1:7401",), False)]}, "unreachable", False),
        ({"waiting": [Waiting(OTHER, 1, (), True)], "totals": WELL.totals._replace(owed=1)}, "owed", False),
        ({"addresses": []}, "no-address", False),
        ({"feeds": [FEED._replace(standing="convicted")]}, "feed-convicted", False),
        ({"feeds": [FEED._replace(standing="frozen")]}, "feed-frozen", False),
        *(
            ({"verdicts": [Verdicts(verdict, 4, EntryId(OTHER, 0, 2), "why")]}, verdict, False)
            for verdict in (
                "future-version", "unknown-type", "invalid", "not-applicable", "not-for-us", "future-dated",
                "something-later",
            )
        ),
    ],
)  # fmt: skip
def test_each_rule(change: dict[str, Any], code: str, bad: bool) -> None:
    (finding,) = examine(replace(WELL, **change))
    assert (finding.code, finding.bad) == (code, bad)
    assert finding.says and finding.do


def test_e4_many_that_cannot_be_reached_are_told_together() -> None:
    """What waits for nobody reachable is not called a matter of patience; many alike do not fill the list."""
    lost = [Waiting(OTHER, 1, (), False)] * 40
    found = examine(replace(WELL, waiting=lost, totals=WELL.totals._replace(owed=42)))
    assert [finding.code for finding in found] == [*["unreachable"] * NAMED, "unreachable-more", "owed"]
    assert "no address known" in found[0].says and found[-1].says.startswith("2 ")


def test_c7_strangers_do_not_fill_the_list() -> None:
    """Made-up codes are one line together; of the others a few are named."""
    made_up = [Knock(OTHER, "203.0.113.9", 1, NOW, Trust.MADE_UP)] * 60
    sound = [Knock(OTHER, "192.0.2.1", 2, NOW)] * 40
    found = examine(replace(WELL, knocks=[*sound, *made_up]))
    assert [finding.code for finding in found] == [*["knock"] * NAMED, "knocks"]
    assert found[-1].says == "95 more strangers asked to come in, 60 of them with made-up codes."
    (alone,) = examine(replace(WELL, knocks=made_up[:1]))
    assert alone.code == "knocks"


def test_what_is_bad_comes_first() -> None:
    found = examine(replace(WELL, kit_pending=True, free_bytes=0, signing="no-signed-head", knocks=[]))
    assert [finding.bad for finding in found] == sorted((finding.bad for finding in found), reverse=True)


def test_blocked_peers_are_not_missed() -> None:
    blocked = PEER._replace(pinned=False, blocked=True, last_seen=None, added=0)
    assert examine(replace(WELL, peers=[PEER, blocked])) == []


def test_metrics_are_prometheus_text() -> None:
    text = render([gauge("healthy", "well", 1), counters("ends_total", "ends", "end", {'a"b\\c\n': 2})])
    assert text == (
        "# HELP barnraise_healthy well\n# TYPE barnraise_healthy gauge\nbarnraise_healthy 1\n"
        "# HELP barnraise_ends_total ends\n# TYPE barnraise_ends_total counter\n"
        'barnraise_ends_total{end="a\\"b\\\\c\\n"} 2\n'
    )
