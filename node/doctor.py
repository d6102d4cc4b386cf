"""What is wrong with a node, and what to do about it.

Law: a finding is a code, a sentence and a remedy; a rule looks at facts gathered once and says nothing twice. Sentences
carry counts and short ids, never content. ``bad`` findings make the node unhealthy, the others are advice.
Source: OPERATIONS ``doctor``, PROTOCOL sections 2, 6, 9 and 11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from node.config import Settings
from protocol.ids import NodeId, short
from protocol.limits import MIB
from store import standing
from store.figures import FeedFigures, Totals, Verdicts
from store.peers import Knock, PeerRow, Refusal, Trust
from web.port import OwnAddress

NEARLY: Final = 0.9  # of a limit: time to say so
SILENT_MS: Final = 24 * 3600 * 1000  # a pinned peer not heard of for a day
NAMED: Final = 5  # of many alike, how many get a finding of their own

_VERDICTS: Final = {
    "future-version": ("of a newer version of the protocol", "Update this node when a release is out."),
    "unknown-type": (
        "of a kind this version does not know",
        "Update this node; they will appear by themselves.",
    ),
    "invalid": ("not as records must be", "Tell the operator of that node; nothing to do here."),
    "not-applicable": ("made by somebody without the right to", "Nothing to do: they have no effect."),
    "not-for-us": ("sent here although not meant for this node; dropped", "Tell the operator who sent them."),
    "future-dated": ("dated in the future", "Compare this machine's clock with that node's."),
}


class Waiting(NamedTuple):
    """A node that private envelopes wait for; ``said``: addresses known of it, ``usable``: one may be dialled."""

    node: NodeId
    envelopes: int
    said: tuple[str, ...]
    usable: bool


class Finding(NamedTuple):
    """``bad``: the node is not well until this is done."""

    code: str
    says: str
    do: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at; times POSIX ms, sizes bytes."""

    now: int
    settings: Settings
    url: str
    totals: Totals
    waiting: list[Waiting]  # nodes not connected that are owed something
    addresses: list[OwnAddress]
    feeds: list[FeedFigures]
    verdicts: list[Verdicts]
    peers: list[PeerRow]
    knocks: list[Knock]
    refusals: list[Refusal]
    members: int
    operators: int
    kit_pending: bool
    shown_clock: str | None
    free_bytes: int
    files: tuple[int, int]  # bytes of files: of members here, of others
    reaches_others: bool
    signing: str | None  # why this node does not sign, None when it does
    silent: tuple[NodeId, ...]  # peers whose answer it waits for before it signs
    outbox: int  # records that wait to be signed
    writer: str | None  # why the store's writer has stopped, None while it writes
    alarms: dict[str, Any]


_READ: Final = "Read docs/operate.md, 'When this node does not sign', before anything else."
_ALONE: Final = "When none of them can hold more of this node's log: barnraise recover go-on."
_SIGNING: Final = {
    standing.ASKING: (
        "This node asks its peers what they hold of its log before it signs.",
        f"Wait a few seconds; see that they can be reached. {_ALONE}",
    ),
    standing.LOG_BEHIND: (
        "The log lacks entries that were signed; they are fetched back from peers.",
        f"See that peers can be reached. {_READ}",
    ),
    standing.NO_FILE: (
        "The file signed-head is missing or cannot be read: the peers are asked what they hold of this log.",
        f"See that peers can be reached. {_ALONE}",
    ),
    standing.MOVED: (
        "This folder was copied or put back: the peers are asked what they hold of this log.",
        f"See that peers can be reached. {_ALONE}",
    ),
    standing.CONTRADICTION: ("Two histories were signed under this node's key.", _READ),
    standing.OWN_HEAD: (
        "A peer holds entries under this node's key that were not signed here.",
        f"If this folder was put back from a snapshot: barnraise recover take-over. Else the key was copied. {_READ}",
    ),
    standing.OWN_KEYRING: ("Another keyring of this node was shown.", _READ),
}


def _keys(facts: Facts) -> Iterator[Finding]:
    if facts.signing is not None:
        says, do = _SIGNING[facts.signing]
        waits = f" {facts.outbox} records wait to be signed." if facts.outbox else ""
        silent = f" Silent: {', '.join(map(short, facts.silent))}." if facts.silent else ""
        bad = facts.signing != standing.ASKING
        yield Finding("not-signing" if bad else "asking-peers", f"{says}{silent}{waits}", do, bad=bad)
    if "own-node" in facts.alarms:
        where = facts.alarms["own-node"]
        says = f"Another process has this node's key and answered from {where}."
        yield Finding("own-node", says, "Stop the other process at once; then restart this one.", bad=True)
    if facts.kit_pending:
        do = "Show it with 'barnraise key kit', keep it offline, then 'barnraise key kit --stored'."
        yield Finding("kit-not-stored", "The recovery kit has not been put away yet.", do)


def _machine(facts: Facts) -> Iterator[Finding]:
    if facts.writer is not None:
        do = (
            "See that the disk is well and has room, then restart. Nothing that was said to be saved is lost."
        )
        yield Finding("writer-stopped", f"Nothing is written any more: {facts.writer}.", do, bad=True)
    if facts.free_bytes < facts.settings.free_mib * MIB:
        says = (
            f"Only {facts.free_bytes // MIB} MiB are free on the disk of the data folder; files are not taken until"
            f" {facts.settings.free_mib} are."
        )
        yield Finding(
            "disk",
            says,
            "Make room, or move the folder to a larger disk while the node is stopped.",
            bad=True,
        )
    if facts.shown_clock is not None:
        yield Finding(
            "clock-file", f"The time is read from a file: {facts.shown_clock}.", "Run without --clock."
        )
    if not facts.reaches_others:
        do = "Set url in node.toml to the address colleagues type, with TLS in front."
        yield Finding("url-loopback", f"Links say {facts.url}, which opens on this machine only.", do)
    if not facts.operators:
        yield Finding(
            "no-operator",
            "Nobody runs this node yet.",
            "Make a link: barnraise member invite --role operator.",
        )


def _log(facts: Facts) -> Iterator[Finding]:
    if facts.totals.gaps:
        says = f"{facts.totals.gaps} records are known but their text is not here yet."
        yield Finding("gaps", says, "They are asked for at every connection; check the peers below.")
    for feed in facts.feeds:
        if feed.standing not in {"live", "closed", "stopped"}:
            says = f"The log of {short(feed.feed)} stands still: {feed.standing}."
            yield Finding(
                f"feed-{feed.standing}", says, "Ask its operator to close the epoch with the recovery kit."
            )
    for found in facts.verdicts:
        what, do = _VERDICTS.get(found.verdict, ("not shown", "Look at the example."))
        says = f"{found.entries} records are {what} (for example {short(found.example)}: {found.detail})."
        yield Finding(found.verdict, says, do)


def _files(facts: Facts) -> Iterator[Finding]:
    """Files that have nearly no room left, of members and of others."""
    members, others = facts.files
    most = facts.settings.members_files_mib * MIB
    if members >= most * NEARLY:
        says = f"Files of members take {members // MIB} of {most // MIB} MiB."
        yield Finding("files-full", says, "See /desk/files; raise members_files_mib if the disk has room.")
    most = facts.settings.others_files_mib * MIB
    if others >= most * NEARLY and facts.totals.blobs_wanted:
        says = (
            f"Files of other organisations take {others // MIB} of {most // MIB} MiB; more are not fetched."
        )
        yield Finding("others-files-full", says, "Raise others_files_mib if the disk has room.")


def _owed(facts: Facts) -> Iterator[Finding]:
    """Private deliveries, those that nothing will carry by itself first."""
    lost = [one for one in facts.waiting if not one.usable]
    yield from map(_unreachable, lost[:NAMED])
    if len(lost) > NAMED:
        says = f"{len(lost) - NAMED} more organisations that are owed something cannot be reached: no address known."
        yield Finding("unreachable-more", says, "See the network page; pair with those you can ask.")
    others = facts.totals.owed - sum(one.envelopes for one in lost)
    if others > 0:
        says = f"{others} private deliveries wait until the node named is reached."
        yield Finding("owed", says, "Nothing to do if that node is only switched off.")


def _unreachable(one: Waiting) -> Finding:
    why = "no address known"
    do = "Pair with it by a code, or ask its operator to name an address (peer invite --at, or addresses)."
    if one.said:
        why = f"only at addresses not dialled on its word ({', '.join(one.said[:3])})"
        do = "If it is in your own network set dial_private = true in node.toml; else pair with it by a code."
    says = f"{short(one.node)} cannot be reached: {why}. {one.envelopes} private deliveries wait for it."
    return Finding("unreachable", says, do)


def _own_addresses(facts: Facts) -> Iterator[Finding]:
    chosen = not facts.settings.publish_addresses or any(one.withheld for one in facts.addresses)
    paired = any(peer.pinned for peer in facts.peers)
    if paired and not chosen and not any(one.published for one in facts.addresses):
        says = "No address of this node is published: private deliveries come from its neighbours only."
        do = "Name one with 'barnraise peer invite --at HOST:PORT', or set addresses in node.toml."
        yield Finding("no-address", says, do)


def _knocks(facts: Facts) -> Iterator[Finding]:
    """Who may be a colleague by name, the rest in one line: strangers cannot fill the list."""
    sound = [knock for knock in facts.knocks if knock.trust > Trust.MADE_UP]
    for knock in sound[:NAMED]:
        code = " with a code made here that is used up or too old" if knock.trust == Trust.CODE else ""
        says = f"{short(knock.node)} asked to come in from {knock.address}{code}, {knock.times} times."
        yield Finding("knock", says, f"If you know it: barnraise peer admit {knock.node}. Else leave it.")
    made_up = len(facts.knocks) - len(sound)
    more = max(0, len(sound) - NAMED)
    if made_up or more:
        says = f"{made_up + more} more strangers asked to come in, {made_up} of them with made-up codes."
        yield Finding("knocks", says, "See 'barnraise peer list'. Nothing to do: they were turned away.")


def _network(facts: Facts) -> Iterator[Finding]:
    pinned = [peer for peer in facts.peers if peer.pinned]
    if not pinned:
        do = "Give a colleague the code of 'barnraise peer invite', or use theirs with 'barnraise peer add'."
        yield Finding("no-peers", "This node is paired with nobody.", do)
    for peer in pinned:
        if facts.now - (peer.last_seen or peer.added) > SILENT_MS:
            says = f"{short(peer.node)} has not been heard of for a day ({peer.last_error or 'no error'})."
            yield Finding("peer-silent", says, "Ask its operator whether it runs and under which address.")
    yield from _knocks(facts)
    for refusal in facts.refusals:
        why = refusal.detail or "no detail"
        says = f"{refusal.times} offers of {short(refusal.node)} ended as {refusal.verdict}: {why}."
        yield Finding(f"refused-{refusal.verdict}", says, "Tell that node's operator if it goes on.")


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    *(_keys, _machine, _files, _log, _owed, _own_addresses, _network),
)


def examine(facts: Facts) -> list[Finding]:
    """Every finding, what is bad first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda finding: not finding.bad)
