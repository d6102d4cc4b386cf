"""Makes docs/spec/vectors/{keys,merkle,note,checkpoint,keyring,entry,receipt,evidence}.json.

Run ``python -m tests.kit.make_vectors_bytes`` after a change of the protocol; a test proves the files are what this
makes. Bytes stand as lower-case hex, notes and receipts as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocol.checkpoint import Head, checkpoint_note, checkpoint_text, sign_head
from protocol.crypto import sha256
from protocol.entry import Header, dump_json, encode_header, make_entry
from protocol.ids import Feed
from protocol.keyring import Keyring, compare, witness_name
from protocol.merkle import leaf_hash, perfect_subtrees, root_of, subtree_proof, subtree_root
from protocol.note import VerifierKey, cosign, cosign_raw, parse, render, render_vkey
from tests.kit import keys, published
from tests.kit.cases_bytes import (
    BAD_CONTENT,
    GOOD_CONTENT,
    bad_chains,
    bad_checkpoints,
    chains,
    evidence_cases,
    note_by,
    notes,
    receipts,
)

FOLDER = Path(__file__).parents[2] / "docs" / "spec" / "vectors"
_L = 2**252 + 27742317777372353535851937790883648493


def hexes(items: list[bytes] | tuple[bytes, ...]) -> list[str]:
    return [item.hex() for item in items]


def make_keys() -> dict[str, Any]:
    signer, message = keys.signer(keys.FEED), b"barn"
    good = signer.sign(message)
    high = good[:32] + (int.from_bytes(good[32:], "little") + _L).to_bytes(32, "little")
    off = bytes([good[0] ^ 1]) + good[1:]
    bad_keys = [{"key": key, "why": "low order"} for key in published.CCTV["low_order"]]
    for y in (2**255 - 19 + 2, 2**255 - 1, 2**256 - 1):
        bad_keys.append({"key": y.to_bytes(32, "little").hex(), "why": "y is not below p"})
    bad_keys += [{"key": "01" * 31, "why": "31 bytes"}, {"key": "02" * 33, "why": "33 bytes"}]
    return {
        "about": "Ed25519 keys and signatures: which keys are refused, which signatures hold",
        "rfc8032": published.RFC8032,
        "cctv": published.CCTV,
        "key": signer.public.hex(),
        "message": message.hex(),
        "signatures": [
            {"signature": good.hex(), "holds": True, "why": "good"},
            {"signature": high.hex(), "holds": False, "why": "S is S + L"},
            {"signature": off.hex(), "holds": False, "why": "a bit of R is flipped"},
            {"signature": good[:63].hex(), "holds": False, "why": "63 bytes"},
            {"signature": (good + b"\0").hex(), "holds": False, "why": "65 bytes"},
        ],
        "refused_keys": bad_keys,
    }


_TREES = [
    (0, 1, 1),
    (0, 1, 2),
    (1, 2, 2),
    (0, 3, 5),
    (4, 8, 14),
    (8, 13, 14),
    (6, 7, 7),
    (0, 7, 7),
    (4, 7, 9),
]
_TREES += [(0, 256, 300), (256, 300, 300), (256, 290, 300), (299, 300, 300), (0, 255, 300), (128, 192, 300)]


def make_merkle() -> dict[str, Any]:
    hashes = [leaf_hash(b"%d" % number) for number in range(300)]
    get = perfect_subtrees(hashes)

    def case(start: int, end: int, size: int) -> dict[str, Any]:
        return {
            "start": start,
            "end": end,
            "size": size,
            "subtree": subtree_root(start, end, get).hex(),
            "proof": hexes(subtree_proof(start, end, size, get)),
            "root": root_of(hashes[:size]).hex(),
        }

    base = case(8, 13, 14)
    path, other = base["proof"], hashes[0].hex()
    bad = [
        base | {"why": "last hash missing", "proof": path[:-1]},
        base | {"why": "first hash missing", "proof": path[1:]},
        base | {"why": "no hash", "proof": []},
        base | {"why": "one hash too many", "proof": [*path, other]},
        base | {"why": "hashes in another order", "proof": path[::-1]},
        base | {"why": "another subtree", "subtree": other},
        base | {"why": "another root", "root": other},
        base | {"why": "a hash of 31 bytes", "proof": [path[0][2:], *path[1:]]},
        base | {"why": "65 hashes", "proof": [other] * 65},
        base | {"why": "not aligned: 9 is no multiple of 4", "start": 9},
        base | {"why": "empty", "end": 8},
        base | {"why": "ends beyond the tree", "end": 15},
        base | {"why": "a larger tree", "size": 15},
        case(3, 4, 7) | {"why": "the proof of leaf 3 for leaf 2", "start": 2, "end": 3},
        case(0, 7, 7) | {"why": "the whole tree with a hash", "proof": [other]},
        case(0, 1, 1) | {"why": "size 0", "size": 0},
    ]
    return {
        "about": "leaf n of our trees is the decimal number n in ASCII; proofs are subtree proofs of [start, end)",
        "rfc6962": published.RFC6962,
        "draft": published.SUBTREE_DRAFT,
        "good": [case(*tree) for tree in _TREES],
        "bad": bad,
        "frontiers": [
            {"size": size, "root": root_of(hashes[:size]).hex(), "hashes": frontier_hashes(hashes[:size])}
            for size in (0, 1, 2, 3, 7, 8, 300)
        ],
    }


def frontier_hashes(hashes: list[bytes]) -> list[str]:
    found, at, get = [], 0, perfect_subtrees(hashes)
    for level in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> level & 1:
            found.append(get(level, at >> level).hex())
            at += 1 << level
    return found


def make_note() -> dict[str, Any]:
    signer = keys.signer(keys.FEED)
    text, good, bad = notes()
    feed = Feed(keys.first().node, 0)
    checkpoint = checkpoint_text(feed, 3, sha256(b"root"))
    cosignature = cosign(witness_name(feed.node), keys.signer(keys.WITNESS), checkpoint, 1_700_000_000)
    return {
        "about": "signed notes; type 0x01 signs the text, type 0x04 is cosignature/v1",
        "golang": published.SIGNED_NOTE,
        "tlog_cosignature": published.COSIGNATURE,
        "good": [{"note": good, "text": text, "key": signer.public.hex(), "names": ["example.org/one", "é"]}],
        "bad": [{"why": why, "note": note} for why, note in bad.items()],
        "bad_bytes": [{"why": "not UTF-8", "note": (b"\xff" + good.encode()).hex()}],
        "vkey": render_vkey(VerifierKey("example.org/one", 1, signer.public)),
        "cosignature": {
            "checkpoint": checkpoint,
            "name": cosignature.name,
            "key": keys.public(keys.WITNESS).hex(),
            "seconds": 1_700_000_000,
            "line": render("x\n", [cosignature]).split("\n")[2],
            "raw": cosign_raw(keys.signer(keys.WITNESS), checkpoint, 1_700_000_000).hex(),
        },
    }


def make_checkpoint() -> dict[str, Any]:
    keyring = keys.first()
    feed, signer = Feed(keyring.node, 0), keys.signer(keys.FEED)
    head = sign_head(feed, 42, sha256(b"root"), signer)
    note = checkpoint_note(feed, head, signer.public)
    bad = bad_checkpoints(feed, head, note)
    fields = {"node": feed.node, "epoch": 0, "size": 42, "root": head.root.hex()}
    return {
        "about": "checkpoints; the bad ones are all properly signed",
        "key": signer.public.hex(),
        "good": [fields | {"signature": head.signature.hex(), "text": parse(note).text, "note": note}],
        "bad": [{"why": why, "note": text} for why, text in bad.items()],
        "unsigned": [
            {"why": "signed by another key", "note": note_by(feed, head, keys.FOREIGN)},
            {"why": "under another name", "note": note.replace("— barnraise/", "— Barnraise/")},
            {"why": "size changed after signing", "note": note.replace("\n42\n", "\n43\n")},
        ],
    }


def make_keyring() -> dict[str, Any]:
    all_chains = chains()
    foreign = all_chains["first"].notes[0].decode() + "— example.org/witness AAAAAAAA\n"
    return {
        "about": "keyrings of one node; compare tells what the chain at the right means to a holder of the left",
        "good": [describe_keyring(name, chain) for name, chain in all_chains.items()],
        "foreign_line": {"given": [foreign], "kept": [all_chains["first"].notes[0].decode()]},
        "bad": [{"why": why, "notes": notes} for why, notes in bad_chains().items()],
        "compare": [
            {"held": held, "other": other, "verdict": compare(mine, theirs).value}
            for held, mine in all_chains.items()
            for other, theirs in all_chains.items()
        ],
    }


def describe_keyring(name: str, chain: Keyring) -> dict[str, Any]:
    return {
        "name": name,
        "notes": [note.decode() for note in chain.notes],
        "node": chain.node,
        "tag": chain.tag.hex(),
        "seq": chain.seq,
        "epoch": chain.epoch,
        "feed_keys": hexes(chain.feed_keys),
        "witness": chain.witness.hex(),
        "recovery": {"k": chain.recovery.k, "keys": hexes(chain.recovery.keys)},
        "closes": {
            str(epoch): {"size": close.size, "root": close.root.hex(), "by_recovery": close.by_recovery}
            for epoch, close in chain.closes.items()
        },
        "by_recovery": [link.by_recovery for link in chain.links],
    }


def make_entry_vectors() -> dict[str, Any]:
    content, salt = b'{"type":"note"}', bytes(range(16))
    made = []
    for restricted in (False, True):
        header, envelope = make_entry(content, salt, 1_700_000_000_000, restricted)
        made.append(
            {"restricted": restricted, "header": header.hex(), "envelope": envelope.hex()}
            | {"content": content.hex(), "salt": salt.hex(), "time": 1_700_000_000_000}
            | {"leaf": leaf_hash(header).hex()}
        )
    header, envelope = (bytes.fromhex(made[0][name]) for name in ("header", "envelope"))
    odd = [Header(2, 0, 5, 20, bytes(32)), Header(1, 2, 5, 20, bytes(32)), Header(255, 255, 0, 0, bytes(32))]
    return {
        "about": "headers, envelopes and content; every bad content is kept as bytes and proven, never interpreted",
        "made": made,
        "unknown": [
            {"header": encode_header(item).hex(), "version": item.version, "flags": item.flags}
            for item in odd
        ],
        "late": {"header": (b"\x01\x00" + b"\xff" * 8 + header[10:]).hex(), "time": 2**53 - 1},
        "bad_headers": ["", header[:45].hex(), (header + b"\0").hex()],
        "bad_envelopes": [
            {"why": "shorter", "header": header.hex(), "envelope": envelope[:-1].hex()},
            {"why": "longer", "header": header.hex(), "envelope": (envelope + b" ").hex()},
            {"why": "a bit flipped", "header": header.hex(), "envelope": (b"\xff" + envelope[1:]).hex()},
            {
                "why": "another length",
                "header": (header[:13] + b"\0" + header[14:]).hex(),
                "envelope": envelope.hex(),
            },
        ],
        "good_content": hexes(GOOD_CONTENT),
        "bad_content": [
            {"why": why, "content": content.hex()}
            if len(content) < 200
            else {"why": why, **squeezed(content)}
            for why, content in BAD_CONTENT.items()
        ],
    }


def squeezed(content: bytes) -> dict[str, Any]:
    """A long content as head, a unit repeated, and tail."""
    for unit in (b"1", b"[", b'\\"'):
        count = content.count(unit)
        if count > 200 and unit * count in content:
            head, _, tail = content.partition(unit * count)
            return {"head": head.hex(), "unit": unit.hex(), "times": count, "tail": tail.hex()}
    return {"head": content.hex(), "unit": "", "times": 0, "tail": ""}


def make_receipt_vectors() -> dict[str, Any]:
    node = chains()["first"].node
    good, closed, bad = receipts()
    return {
        "about": "receipts of entry 3; step is the number of the check that fails",
        "node": node,
        "entry": f"{node}-0-3",
        "content": json.loads(dump_json({"type": "note", "number": 3, "tag": ""})),
        "witness": {"node": node, "key": keys.public(keys.WITNESS).hex(), "seconds": 1_700_000_100},
        "good": [
            {"about": "open epoch", "receipt": good, "size": 5, "seq": 0},
            {"about": "closed epoch: the keyring vouches", "receipt": closed, "size": 4, "seq": 1},
        ],
        "bad": [{"step": step, "why": why, "receipt": text} for step, why, text in bad if len(text) < 90_000],
    }


def make_evidence() -> dict[str, Any]:
    return {
        "about": "two heads of one feed; convicts under the keyring given",
        "keyring": [note.decode() for note in chains()["first"].notes],
        "cases": [
            {
                "about": about,
                "convicts": verdict,
                "node": item.feed.node,
                "epoch": item.feed.epoch,
                "a": describe_head(item.a),
                "b": describe_head(item.b),
                "b_root_at_a": item.b_root_at_a.hex(),
                "proof": hexes(item.proof),
            }
            for about, verdict, item in evidence_cases()
        ],
    }


def describe_head(head: Head) -> dict[str, Any]:
    return {"size": head.size, "root": head.root.hex(), "signature": head.signature.hex()}


MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    "keys": make_keys,
    "merkle": make_merkle,
    "note": make_note,
    "checkpoint": make_checkpoint,
    "keyring": make_keyring,
    "entry": make_entry_vectors,
    "receipt": make_receipt_vectors,
    "evidence": make_evidence,
}


def text_of(name: str) -> str:
    """The file as it must stand."""
    return json.dumps(MAKERS[name](), indent=1, ensure_ascii=False) + "\n"


def stored(name: str) -> str:
    """The file as it stands."""
    return (FOLDER / f"{name}.json").read_text("utf-8")


def load(name: str) -> dict[str, Any]:
    """What the file says."""
    return json.loads(stored(name))


def main() -> None:
    for name in MAKERS:
        (FOLDER / f"{name}.json").write_text(text_of(name), "utf-8")


if __name__ == "__main__":
    main()
