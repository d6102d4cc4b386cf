"""Good and bad examples of everything made of bytes: keyrings, content, receipts, evidence.

Law: every bad one is bad for one reason, which stands beside it. tests/kit/make_vectors_bytes.py writes them down.
"""

from __future__ import annotations

from typing import Any

from protocol import cbor
from protocol.checkpoint import Head, checkpoint_note, checkpoint_text, sign_head
from protocol.crypto import sha256
from protocol.evidence import Evidence
from protocol.ids import Feed
from protocol.keyring import Keyring, extend, feed_name, recovery_name, witness_name
from protocol.merkle import root_of
from protocol.note import b64encode, cosign, parse, render, sign
from protocol.receipt import make_receipt
from tests.kit import keys


def note_by(feed: Feed, head: Head, number: int) -> str:
    forged = sign_head(feed, head.size, head.root, keys.signer(number))
    return checkpoint_note(feed, forged, keys.public(number))


def chains() -> dict[str, Keyring]:
    """Keyrings of one node, by what happened to it."""
    first = keys.first()
    hashes = keys.leaves(keys.entries(5))
    closed = (5, root_of(hashes))
    opened = keys.rotated(first, keys.FEED, close=closed)
    rescued = keys.rotated(first, *keys.KIT[:2], close=closed)
    kit = keys.signers(keys.FEED, *keys.KIT[1:])
    return {
        "first": first,
        "new witness": extend(
            first, signers=keys.signers(keys.FEED), witness_public=keys.public(keys.NEW_WITNESS)
        ),
        "new epoch": opened,
        "new epoch, signed by two of the kit too": rescued,
        "two epochs": keys.rotated(opened, keys.NEW_FEED, feed=keys.THIRD_FEED),
        "stolen": keys.rotated(first, keys.FEED, feed=keys.THIEF),
        "recovered": keys.rotated(first, *keys.KIT[1:], feed=keys.OTHER_FEED, close=(4, root_of(hashes[:4]))),
        "new kit": extend(first, signers=kit, recovery=(1, keys.publics(keys.NEW_KIT))),
    }


def bad_chains() -> dict[str, list[str]]:
    all_chains = {name: [note.decode() for note in chain.notes] for name, chain in chains().items()}
    zero, one = all_chains["new epoch"]
    node, text = chains()["first"].node, parse(one).text

    def resigned(old: str, new: str, *by: int) -> list[str]:
        """The second note changed and signed again by the feed keys and by these of the kit."""
        changed = text.replace(old, new, 1)
        lines = [
            sign(changed, feed_name(node, epoch), keys.signer(number))
            for epoch, number in ((1, keys.NEW_FEED), (0, keys.FEED))
        ]
        lines += [sign(changed, recovery_name(node, at), keys.signer(keys.KIT[at - 1])) for at in by]
        return [zero, render(changed, lines)]

    def line(name: str) -> str:
        return next(item + "\n" for item in text.split("\n") if item.startswith(name))

    def b64(number: int) -> str:
        return b64encode(keys.public(number))

    kit_b64 = [b64(number) for number in keys.KIT]
    lines = one.split("\n")
    return {
        "no note": [],
        "the second note alone": [one],
        "the first note twice": [zero, zero],
        "signature of the new feed key missing": [zero, "\n".join([*lines[:9], lines[10], ""])],
        "signature of the feed key before missing": [zero, "\n".join([*lines[:10], ""])],
        "first note signed by another key": [
            render(parse(zero).text, [sign(parse(zero).text, feed_name(node, 0), keys.signer(keys.FOREIGN))])
        ],
        "another prev": resigned(line("prev"), f"prev {b64encode(bytes(32))}\n"),
        "another node": resigned(node, "a" * 32),
        "another seq": resigned("seq 1", "seq 2"),
        "another version": resigned("keyring/1", "keyring/2"),
        "lines in another order": resigned(line("feed") + line("witness"), line("witness") + line("feed")),
        "a line too many": resigned(line("witness"), line("witness") + "more\n"),
        "new feed key without close": resigned(line("close"), ""),
        "close of another epoch": resigned("close 0", "close 1"),
        "close of 0 entries with another root": resigned("close 0 5", "close 0 0"),
        "an epoch skipped": resigned("feed 1", "feed 2"),
        "a close without a new feed key": resigned(b64(keys.NEW_FEED), b64(keys.FEED)),
        "the witness key as feed key": resigned(b64(keys.WITNESS), b64(keys.NEW_FEED)),
        "an old feed key as witness key": resigned(b64(keys.WITNESS), b64(keys.FEED)),
        "a recovery key as witness key": resigned(b64(keys.WITNESS), kit_b64[2]),
        "one recovery key twice": resigned(kit_b64[1], kit_b64[0], 1, 2),
        "recovery keys changed by the feed key": resigned(kit_b64[2], b64(keys.NEW_KIT[0])),
        "recovery keys changed by one of two": resigned(kit_b64[2], b64(keys.NEW_KIT[0]), 1),
        "more recovery keys asked for than there are": resigned("recovery 2", "recovery 4", 1, 2),
        "no recovery key asked for": resigned("recovery 2", "recovery 0", 1, 2),
        "a low-order key": resigned(b64(keys.WITNESS), b64encode(bytes(32))),
        "a leading zero": resigned("close 0 5", "close 0 05"),
        "two spaces": resigned("witness ", "witness  "),
    }


GOOD_CONTENT = [
    b"{}",
    b'{"a":1}   ',
    b' {"a":[1,2.5,-3,true,false,null,"x"]}\n',
    b'{"n":9007199254740991,"m":-9007199254740991,"z":-0}',
    '{"é":"\\u00e9 \U0001f600 \\ud83d\\ude00"}'.encode(),
    b'{"a":' * 16 + b"1" + b"}" * 16,
    b'{"a":"' + b"[{" * 40 + b'\\""}',
]
BAD_CONTENT = {
    "nothing": b"",
    "an array": b"[]",
    "a number": b"1",
    "two objects": b"{}{}",
    "no end": b'{"a":1',
    "a key twice": b'{"a":1,"a":1}',
    "a key twice, one escaped": b'{"a":1,"\\u0061":1}',
    "a key twice, deeper": b'{"b":{"a":1,"a":2}}',
    "not a number": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "a number beyond every double": b'{"a":1e400}',
    "2^53": b'{"a":9007199254740992}',
    "-2^53": b'{"a":-9007199254740992}',
    "an integer of 5000 digits": b'{"a":' + b"1" * 5000 + b"}",
    "17 deep": b'{"a":' * 17 + b"1" + b"}" * 17,
    "30000 brackets": b"[" * 30_000,
    "a string without end": b'{"a":"' + b'\\"' * 15_000,
    "not UTF-8": b'{"a":"\xff"}',
    "an encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "an escaped lone surrogate": b'{"a":"\\ud800"}',
    "a lone surrogate as key": b'{"\\udc00":1}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a control character": b'{"a":"\n"}',
    "a trailing comma": b'{"a":1,}',
    "a comment": b"{}//",
    "single quotes": b"{'a':1}",
}


def receipt_parts(epoch_closed: bool = False) -> dict[str, Any]:
    """What make_receipt takes, for entry 3 of 5."""
    chain = chains()["recovered" if epoch_closed else "first"]
    pairs = keys.entries(4 if epoch_closed else 5)
    hashes = keys.leaves(pairs)
    feed, signed = Feed(chain.node, 0), keys.head(chain, hashes, epoch=0)
    text = checkpoint_text(feed, signed.size, signed.root)
    witness = cosign(witness_name(feed.node), keys.signer(keys.WITNESS), text, 1_700_000_100)
    if epoch_closed:
        signed = signed._replace(signature=bytes(64))
    return {
        "header": pairs[3][0],
        "envelope": pairs[3][1],
        "keyring_notes": chain.notes,
        "index": 3,
        "path": keys.proof(3, 4, hashes),
        "checkpoint_note": checkpoint_note(feed, signed, keys.public(keys.FEED), [witness]),
    }


def receipts() -> tuple[str, str, list[tuple[int, str, str]]]:
    """A good receipt, one of a closed epoch, and bad ones with the step they fail at and why."""
    parts = receipt_parts()
    node, feed = chains()["first"].node, Feed(chains()["first"].node, 0)
    good, closed = make_receipt(**parts), make_receipt(**receipt_parts(epoch_closed=True))
    pairs, head = keys.entries(5), keys.head(chains()["first"], keys.leaves(keys.entries(5)))
    other = keys.first(feed=keys.OTHER_FEED)
    stranger = checkpoint_note(Feed(other.node, 0), head, keys.public(keys.FEED))
    later = checkpoint_note(Feed(node, 1), head, keys.public(keys.FEED))
    crowd = checkpoint_note(
        feed, head, keys.public(keys.FEED), [sign("x", f"w{n}", keys.signer(keys.WITNESS)) for n in range(17)]
    )

    def changed(**more: Any) -> str:
        return make_receipt(**parts | more)

    def extra(data: bytes) -> str:
        lines = good.split("\n")
        return "\n".join([lines[0], f"extra {b64encode(data)}", *lines[2:]])

    whole = parts["header"] + parts["envelope"]
    notes = cbor.dump(list(parts["keyring_notes"]))
    bad: list[tuple[int, str, str]] = [
        (1, "empty", ""),
        (1, "another first line", good.replace("@v1", "@v2", 1)),
        (1, "no extra", "\n".join(line for line in good.split("\n") if not line.startswith("extra"))),
        (1, "a leading zero in the index", good.replace("\nindex 3\n", "\nindex 03\n")),
        (1, "a path hash of 31 bytes", changed(path=[bytes(31)])),
        (1, "a path of 65 hashes", changed(path=[bytes(32)] * 65)),
        (1, "no empty line", good.partition("\n\n")[0]),
        (1, "longer than a receipt can be", good + " " * 96 * 1024),
        (2, "extra shorter than a header", extra(whole[:40])),
        (2, "no keyring", extra(whole)),
        (2, "bytes left over", extra(whole + notes + b"\0")),
        (2, "notes as text", extra(whole + cbor.dump([note.decode() for note in parts["keyring_notes"]]))),
        (2, "an array without length", extra(whole + b"\x9f" + notes[1:] + b"\xff")),
        (3, "another envelope", changed(envelope=bytes(len(parts["envelope"])))),
        (4, "an empty keyring", changed(keyring_notes=[])),
        (4, "a keyring with a broken signature", changed(keyring_notes=[broken(parts["keyring_notes"][0])])),
        (5, "a checkpoint of another node", changed(checkpoint_note=stranger)),
        (5, "no checkpoint", changed(checkpoint_note="")),
        (5, "17 cosignatures", changed(checkpoint_note=crowd)),
        (6, "a checkpoint signed by another key", changed(checkpoint_note=note_by(feed, head, keys.THIEF))),
        (6, "an epoch the keyring has not opened", changed(checkpoint_note=later)),
        (6, "the epoch closed with another head", changed(keyring_notes=chains()["recovered"].notes)),
        (7, "another entry", changed(header=pairs[2][0], envelope=pairs[2][1])),
        (7, "another index", good.replace("\nindex 3\n", "\nindex 2\n")),
        (7, "an index beyond the tree", good.replace("\nindex 3\n", "\nindex 5\n")),
        (7, "a path hash too many", changed(path=[*parts["path"], bytes(32)])),
    ]
    return good, closed, bad


def broken(note: bytes) -> bytes:
    """The note with one letter of its last signature changed."""
    return note[:-10] + (b"B" if note[-10:-9] == b"A" else b"A") + note[-9:]


def evidence_cases() -> list[tuple[str, bool, Evidence]]:
    chain = chains()["first"]
    feed = Feed(chain.node, 0)
    one, two = keys.leaves(keys.entries(7)), keys.leaves(keys.entries(7, "other"))
    mixed = one[:3] + two[3:]

    def evidence(a: list[bytes], b: list[bytes], by: int = keys.FEED) -> Evidence:
        size = len(a)
        return Evidence(
            feed,
            keys.head(chain, a, by),
            keys.head(chain, b),
            root_of(b[:size]),
            tuple(keys.proof(0, size, b)),
        )

    fork, tie, honest = evidence(one[:5], mixed), evidence(one, mixed), evidence(one[:5], one)
    return [
        ("two histories from entry 3 on, seen at sizes 5 and 7", True, fork),
        ("two roots of one size", True, tie),
        ("an honest log", False, honest),
        ("an honest log, its root misstated", False, honest._replace(b_root_at_a=bytes(32))),
        ("one head signed by another key", False, evidence(one[:5], mixed, keys.THIEF)),
        ("b not signed", False, fork._replace(b=fork.b._replace(signature=bytes(64)))),
        ("the proof too short", False, fork._replace(proof=fork.proof[:-1])),
        ("the root at a of neither tree", False, fork._replace(b_root_at_a=sha256(b"x"))),
        ("a larger than b", False, evidence(one[:5], mixed)._replace(a=fork.b, b=fork.a)),
        ("a of size 0", False, fork._replace(a=Head(0, bytes(32), bytes(64)), proof=())),
        ("another epoch", False, fork._replace(feed=Feed(chain.node, 1))),
        ("another node", False, fork._replace(feed=Feed(keys.first(feed=keys.OTHER_FEED).node, 0))),
    ]


def notes() -> tuple[str, str, dict[str, str]]:
    """The text of a good note, the note, and bad notes by what is wrong."""
    signer = keys.signer(keys.FEED)
    text = "a text\n\nwith an empty line\n"
    good = render(text, [sign(text, "example.org/one", signer), sign(text, "é", signer)])
    line = good.split("\n")[-2]
    bad = {
        "no signature": text,
        "no empty line": f"text\n{line}\n",
        "no newline at the end": good[:-1],
        "a hyphen for the dash": good.replace("—", "-"),
        "no base64": good.replace(line, line[:-1]),
        "stray bits in base64": good.replace(line, line[:-3] + chr(ord(line[-3]) + 1) + "=="),
        "a plus in the name": good.replace("example.org/one", "example+org"),
        "no name": good.replace("— é ", "—  "),
        "two spaces": good.replace("— é ", "— é  "),
        "a line after the signatures": good + "more\n",
        "a carriage return": good.replace("a text", "a text\r"),
        "only a key id": f"{text}\n— é {b64encode(b'1234')}\n",
        "101 signatures": f"{text}\n" + f"{line}\n" * 101,
        "nothing": "",
    }
    return text, good, bad


def bad_checkpoints(feed: Feed, head: Head, note: str) -> dict[str, str]:
    """A good checkpoint changed and properly signed again, by what is wrong."""
    signer = keys.signer(keys.FEED)
    root = b64encode(head.root)

    def swap(old: str, new: str) -> str:
        text = parse(note).text.replace(old, new, 1)
        return render(text, [sign(text, feed.origin, signer)])

    return {
        "size 0": swap("\n42\n", "\n0\n"),
        "a leading zero": swap("\n42\n", "\n042\n"),
        "a size over 2^53-1": swap("\n42\n", "\n9007199254740992\n"),
        "a sign": swap("\n42\n", "\n+42\n"),
        "an extension line": swap(f"{root}\n", f"{root}\nmore\n"),
        "a root of 31 bytes": swap(root, b64encode(head.root[1:])),
        "another origin": swap("barnraise/", "example.org/"),
        "a short node id": swap(feed.node, feed.node[:31]),
        "upper case": swap(feed.node, feed.node.upper()),
        "a leading zero in the epoch": swap("/0\n", "/00\n"),
        "two lines": swap(f"{root}\n", ""),
    }
