"""Keyrings: who may change which key, which of two chains wins, and that every holder keeps the same bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.crypto import sha256
from protocol.errors import Invalid, LocalError, Malformed, Refused, RemoteError
from protocol.ids import b32encode
from protocol.keyring import (
    Comparison,
    Keyring,
    compare,
    extend,
    feed_name,
    parse_keyring,
    recovery_name,
    take,
)
from protocol.limits import KEYRING_RECOVERY_RESERVE, MAX_EPOCHS, MAX_KEYRING, MAX_MESSAGE, MAX_RECOVERY_KEYS
from protocol.note import parse, render, sign
from tests.kit import keys
from tests.kit.cases_bytes import chains
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("keyring")
CHAINS = chains()
# What each bad chain is refused for: a wrong reason would hide a hole.
REASONS = {
    "no note": "one note or more",
    "the second note alone": "does not follow",
    "the first note twice": "does not follow",
    "signature of the new feed key missing": "lacks the signature of the feed key it names",
    "signature of the feed key before missing": "without authority",
    "first note signed by another key": "lacks the signature of the feed key it names",
    "another prev": "does not follow",
    "another node": "does not follow",
    "another seq": "does not follow",
    "another version": "does not follow",
    "lines in another order": "should begin with 'feed'",
    "a line too many": "too few or too many lines",
    "new feed key without close": "opens the wrong epoch",
    "close of another epoch": "not the one before",
    "close of 0 entries with another root": "impossible head",
    "an epoch skipped": "not the one before",
    "a close without a new feed key": "opens the next epoch, and nothing else",
    "the witness key as feed key": "two places",
    "an old feed key as witness key": "two places",
    "a recovery key as witness key": "two places",
    "one recovery key twice": "stands twice",
    "recovery keys changed by the feed key": "only recovery keys change",
    "recovery keys changed by one of two": "only recovery keys change",
    "more recovery keys asked for than there are": "more recovery keys than it has",
    "no recovery key asked for": "more recovery keys than it has",
    "a low-order key": "low order",
    "a leading zero": "not a decimal number",
    "two spaces": "should begin with 'witness'",
}


def encoded(notes):
    return [note.encode() for note in notes]


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: case["name"])
def test_good_chains(case):
    chain = parse_keyring(encoded(case["notes"]))
    assert chain == CHAINS[case["name"]]
    assert (chain.node, chain.tag.hex(), chain.seq, chain.epoch) == (
        case["node"],
        case["tag"],
        case["seq"],
        case["epoch"],
    )
    assert [key.hex() for key in chain.feed_keys] == case["feed_keys"]
    assert [chain.feed_key(epoch) for epoch in range(chain.epoch + 1)] == list(chain.feed_keys)
    assert chain.feed_key(-1) is chain.feed_key(chain.epoch + 1) is None
    assert chain.witness.hex() == case["witness"]
    assert [key.hex() for key in chain.recovery.keys] == case["recovery"]["keys"]
    assert {str(epoch): close.by_recovery for epoch, close in chain.closes.items()} == {
        epoch: close["by_recovery"] for epoch, close in case["closes"].items()
    }
    assert encoded(case["notes"]) == list(chain.notes)


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_chains(case):
    with pytest.raises(RemoteError, match=REASONS[case["why"]]):
        parse_keyring(encoded(case["notes"]))


def test_every_bad_chain_has_its_reason():
    assert {case["why"] for case in VECTORS["bad"]} == set(REASONS)


def test_the_node_id_is_the_hash_of_the_first_text():
    chain = CHAINS["two epochs"]
    text = parse(chain.notes[0]).text
    assert chain.node == b32encode(sha256(text.encode())[:20])
    assert chain.tag == sha256(parse(chain.notes[-1]).text.encode())[:4]


def test_foreign_lines_are_dropped_without_offence():
    case = VECTORS["foreign_line"]
    assert list(parse_keyring(encoded(case["given"])).notes) == encoded(case["kept"])


@given(st.permutations(range(6)), st.integers(0, 5))
def test_signature_lines_in_any_order_with_any_extra_give_the_same_bytes(order, lost):
    """Every line a signer could add; as long as authority stands, what is kept is one and the same."""
    chain = CHAINS["recovered"]
    text = parse(chain.notes[1]).text
    named = [(feed_name(chain.node, 1), keys.OTHER_FEED), (feed_name(chain.node, 0), keys.FEED)]
    named += [(recovery_name(chain.node, at), keys.KIT[at - 1]) for at in (1, 2, 3)]
    lines = [sign(text, name, keys.signer(number)) for name, number in named]
    lines.append(lines[0]._replace(blob=bytes(64)))
    kept = [lines[at] for at in order if at != lost]
    data = [chain.notes[0], render(text, kept).encode()]
    if lost == 0:
        with pytest.raises(Invalid):
            parse_keyring(data)
        return
    found = parse_keyring(data)
    assert [link._replace(kit=0) for link in found.links] == [link._replace(kit=0) for link in chain.links]
    own, *kit = (line.name for line in parse(found.notes[1]).signatures)
    assert own.endswith("feed/1")
    assert kit == [recovery_name(chain.node, at) for at in (1, 2, 3) if at + 1 != lost]


def test_recovery_keys_count_only_k_different_ones():
    chain = keys.first(k=2)
    text = parse(CHAINS["new kit"].notes[1]).text
    own = sign(text, feed_name(chain.node, 0), keys.signer(keys.FEED))
    one = sign(text, recovery_name(chain.node, 1), keys.signer(keys.KIT[0]))
    as_second = sign(text, recovery_name(chain.node, 2), keys.signer(keys.KIT[0]))
    for lines in ([own, one], [own, one, one], [own, one, as_second]):
        with pytest.raises(Invalid, match="only recovery keys"):
            parse_keyring([chain.notes[0], render(text, lines).encode()])


@pytest.mark.parametrize("case", VECTORS["compare"], ids=lambda case: f"{case['held']} / {case['other']}")
def test_comparison_vectors(case):
    assert compare(CHAINS[case["held"]], CHAINS[case["other"]]).value == case["verdict"]


def test_the_rules_of_conflict_one_by_one():
    first, stolen, opened = CHAINS["first"], CHAINS["stolen"], CHAINS["new epoch"]
    recovered = CHAINS["recovered"]
    assert compare(first, first) is Comparison.SAME
    assert compare(opened, first) is Comparison.PREFIX
    assert compare(first, stolen) is Comparison.EXTENDS
    assert compare(stolen, recovered) is Comparison.REPLACES
    assert compare(recovered, stolen) is Comparison.LOSES
    assert compare(stolen, opened) is Comparison.FROZEN
    longer = keys.rotated(stolen, keys.THIEF, feed=keys.THIRD_FEED)
    assert compare(longer, recovered) is Comparison.REPLACES, "whatever follows"


def test_e2_of_two_notes_signed_by_recovery_keys_one_wins_everywhere_alike():
    """More of the recovery keys win, else the lower hash of the text: never a freeze, whoever saw which first."""
    two, other = CHAINS["recovered"], CHAINS["new epoch, signed by two of the kit too"]
    assert [chain.links[1].kit for chain in (two, other)] == [2, 2]
    low, high = sorted((two, other), key=lambda chain: sha256(chain.links[1].text.encode()))
    assert (compare(low, high), compare(high, low)) == (Comparison.LOSES, Comparison.REPLACES)
    text = parse(high.notes[1]).text
    names = [(feed_name(high.node, 1), keys.OTHER_FEED), (feed_name(high.node, 1), keys.NEW_FEED)]
    names += [(recovery_name(high.node, at), keys.KIT[at - 1]) for at in (1, 2, 3)]
    three = parse_keyring(
        [
            high.notes[0],
            render(text, [sign(text, name, keys.signer(number)) for name, number in names]).encode(),
        ]
    )
    assert three.links[1].kit == 3
    assert (compare(low, three), compare(three, low)) == (Comparison.REPLACES, Comparison.LOSES)
    assert (compare(high, three), compare(three, high)) == (Comparison.REPLACES, Comparison.SAME)
    assert take(three, high) == take(high, three) == three


def test_what_one_holder_replaces_the_other_keeps():
    opposite = {
        Comparison.SAME: {Comparison.SAME},
        Comparison.PREFIX: {Comparison.EXTENDS},
        Comparison.EXTENDS: {Comparison.PREFIX},
        Comparison.REPLACES: {Comparison.LOSES, Comparison.SAME},
        Comparison.LOSES: {Comparison.REPLACES},
        Comparison.FROZEN: {Comparison.FROZEN},
    }
    for mine, theirs in itertools.product(CHAINS.values(), repeat=2):
        verdict, back = compare(mine, theirs), compare(theirs, mine)
        assert back in opposite[verdict] or {verdict, back} == {Comparison.SAME, Comparison.REPLACES}


def test_two_nodes_cannot_be_compared():
    with pytest.raises(LocalError):
        compare(CHAINS["first"], keys.first(feed=keys.OTHER_FEED))


def test_a_thief_cannot_strip_the_recovery_signatures_off_a_chain():
    """The same texts arrive with a stolen feed key's signature in the place of the kit's, before or after."""
    weak, strong = CHAINS["new epoch"], CHAINS["new epoch, signed by two of the kit too"]
    assert parse(weak.notes[1]).text == parse(strong.notes[1]).text
    assert compare(strong, weak) is Comparison.SAME
    assert compare(weak, strong) is Comparison.REPLACES
    assert take(weak, strong) == take(strong, weak) == strong
    longer = CHAINS["two epochs"]
    for kept in (take(strong, longer), take(longer, strong)):
        assert [link.by_recovery for link in kept.links] == [False, True, False]
        assert kept.notes == (*strong.notes, longer.notes[2])
        assert compare(kept, CHAINS["stolen"]) is Comparison.LOSES


def test_take_keeps_what_compare_says():
    for mine, theirs in itertools.product(CHAINS.values(), repeat=2):
        won = compare(mine, theirs) in (Comparison.EXTENDS, Comparison.REPLACES)
        assert [link.text for link in take(mine, theirs).links] == [
            link.text for link in (theirs if won else mine).links
        ]


def test_who_signs_too_little_is_told_so():
    first = CHAINS["first"]
    with pytest.raises(Refused, match="keyring-refused"):
        extend(first, signers=keys.signers(keys.FOREIGN), witness_public=keys.public(keys.NEW_WITNESS))
    with pytest.raises(Refused):
        extend(first, signers=keys.signers(keys.FEED, keys.KIT[0]), recovery=(1, keys.publics(keys.NEW_KIT)))
    with pytest.raises(Refused):
        keys.rotated(first, keys.KIT[0])
    with pytest.raises(Refused):
        keys.first(k=4)


def test_room_is_kept_for_recovery():
    chain, feed = keys.first(k=1, kit=keys.KIT), keys.signers(keys.FEED)

    def more(chain: Keyring, number: int, *by: int) -> Keyring:
        return extend(chain, signers=[*feed, *keys.signers(*by)], witness_public=keys.public(100 + number))

    size = 0
    with pytest.raises(Refused, match="keyring-refused") as full:
        for number in range(100):
            chain = more(chain, number)
            size = sum(map(len, chain.notes))
    assert "12000" in full.value.params["reason"]
    assert MAX_KEYRING - KEYRING_RECOVERY_RESERVE - 1_000 < size <= MAX_KEYRING - KEYRING_RECOVERY_RESERVE
    with pytest.raises(Refused) as full:
        for number in range(100, 200):
            chain = more(chain, number, keys.KIT[0])
            size = sum(map(len, chain.notes))
    assert "16000" in full.value.params["reason"]
    assert MAX_KEYRING - 1_000 < size <= MAX_KEYRING


def test_no_more_than_16_recovery_keys():
    kit = tuple(range(400, 401 + MAX_RECOVERY_KEYS))
    assert len(keys.first(k=16, kit=kit[:-1]).recovery.keys) == MAX_RECOVERY_KEYS
    with pytest.raises(Refused, match="keyring-refused"):
        keys.first(k=16, kit=kit)


def test_no_more_than_16_epochs():
    chain, feed = keys.first(), keys.FEED
    for number in range(200, 199 + MAX_EPOCHS):
        chain, feed = keys.rotated(chain, feed, feed=number), number
    assert len(chain.feed_keys) == MAX_EPOCHS
    with pytest.raises(Refused, match="keyring-refused"):
        keys.rotated(chain, feed, feed=300)


def test_more_than_a_message_is_refused_unread():
    with pytest.raises(Malformed, match="one message"):
        parse_keyring([b"\xff" * (MAX_MESSAGE + 1)])


@given(st.lists(st.binary(max_size=400), max_size=3))
def test_any_bytes_are_refused_as_remote_errors(notes):
    with pytest.raises(RemoteError):
        parse_keyring(notes)


@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(sorted(CHAINS)))
def test_any_changed_byte_is_refused_or_changes_nothing(at, value, name):
    """A changed byte may only hit a signature that is not needed."""
    chain = CHAINS[name]
    note = bytearray(chain.notes[-1])
    note[at % len(note)] = value
    try:
        found = parse_keyring([*chain.notes[:-1], bytes(note)])
    except RemoteError:
        return
    assert found == chain


def test_the_file_is_what_the_generator_makes():
    assert text_of("keyring") == stored("keyring")
