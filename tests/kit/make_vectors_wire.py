"""Write docs/spec/vectors/{noise,frames,handshake,invite}.json: python -m tests.kit.make_vectors_wire

Law: no clock and no chance, so the same code gives the same files; a test holds the files to that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import cbor2

from protocol.frames import NAMES, encode
from protocol.handshake import SIGNED, Identity, prologue
from protocol.ids import node_bytes
from protocol.invite import Invite, parse_invite, render_invite
from protocol.noise import Handshake
from tests.kit.published_noise import CACOPHONY
from tests.kit.wire import (
    ENTRIES,
    HALIFAX,
    NODE,
    OTTAWA,
    SAMPLES,
    VICTORIA,
    answerer,
    dialler,
    fixed,
    head,
    next_epoch,
    plain,
)

FOLDER: Final = Path(__file__).parents[2] / "docs" / "spec" / "vectors"


def noise() -> dict[str, Any]:
    return {
        "what": "Noise_XX_25519_ChaChaPoly_SHA256. Messages 1 to 3 are the handshake; after it the initiator "
        "sends the even ones and the responder the odd ones, each direction under its own key. All values in hex.",
        "published": CACOPHONY,
        "bad": _bad_noise(),
    }


def _bad_noise() -> list[dict[str, str]]:
    """First messages to a responder, and second messages to the initiator, of the published keys."""
    first = bytes.fromhex(CACOPHONY["messages"][0]["ciphertext"])  # type: ignore[index]
    second = bytes.fromhex(CACOPHONY["messages"][1]["ciphertext"])  # type: ignore[index]
    low_order = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
    cases = [
        (
            "second",
            "an ephemeral key of low order (RFC 7748 section 6.1)",
            bytes(32) + second[32:],
            "invalid",
        ),
        ("second", "another ephemeral key of low order", low_order + second[32:], "invalid"),
        ("second", "one bit of the sealed static key changed", _flip(second, 40), "invalid"),
        ("second", "one bit of the payload changed", _flip(second, -1), "invalid"),
        ("second", "the other side's ephemeral key replaced", _flip(second, 0), "invalid"),
        ("second", "ends inside the static key", second[:79], "malformed"),
        ("second", "ends before the payload's tag", second[:80], "invalid"),
        ("first", "ends inside the ephemeral key", first[:31], "malformed"),
        ("first", "empty", b"", "malformed"),
    ]
    return [
        {"message": which, "why": why, "hex": data.hex(), "error": code} for which, why, data, code in cases
    ]


def _flip(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def frames() -> dict[str, Any]:
    return {
        "what": "Frames as they travel inside Noise. In `frame` bytes are hex, a feed is <node id>-<epoch>.",
        "good": [
            {"name": NAMES[data[0]], "hex": data.hex(), "frame": plain(frame)}
            for frame, data in ((frame, encode(frame)) for frame in SAMPLES)
        ],
        "ignored": ["80", "83", "ff83010203", "c0ffee"],
        "bad": [{"why": why, "hex": data.hex(), "error": _unknown(data)} for why, data in _bad_frames()],
    }


def _unknown(data: bytes) -> str:
    return "unsupported" if data[:1] in (b"\x00", b"\x10", b"\x7f") else "malformed"


def _put(frame_type: int, *fields: object) -> bytes:
    return bytes((frame_type,)) + cbor2.dumps(list(fields))


def _bad_frames() -> list[tuple[str, bytes]]:
    feed, node = [node_bytes(NODE), 1], node_bytes(NODE)
    good, root, generation = list(head(300)), fixed("root"), fixed("generation", 16)
    entry, piece = list(ENTRIES[0]), b"x" * 10
    want = bytes([0x05, 0x83]) + cbor2.dumps(feed)
    return [
        ("no bytes at all", b""),
        ("a type and nothing else", b"\x08"),
        ("a type not known that must be", b"\x10\x80"),
        ("the last type that must be known", b"\x7f\x80"),
        ("a type of zero", b"\x00\x80"),
        ("a map where the array is due", b"\x08" + cbor2.dumps({"feed": feed})),
        ("a map with a key twice", bytes.fromhex("08a201010102")),
        ("one field too few", _put(0x05, feed, 0)),
        ("one field too many", _put(0x05, feed, 0, 1, 0)),
        ("bytes left over", _put(0x08, feed) + b"\x00"),
        ("ends too soon", _put(0x08, feed)[:-1]),
        ("array of indefinite length", b"\x08\x9f" + cbor2.dumps(feed) + b"\xff"),
        ("bytes of indefinite length", b"\x01\x81\x5f\x54" + node + b"\xff"),
        ("a tag around the array", b"\x08\xd9\xd9\xf7" + cbor2.dumps([feed])),
        ("a big number, which is a tag", want + bytes.fromhex("c2410100")),
        ("a date, which is a tag", want + bytes.fromhex("c10100")),
        ("a shared value, which is a tag", want + bytes.fromhex("d81c0100")),
        ("a float that is a whole number", want + bytes.fromhex("f93c0000")),
        ("undefined", want + bytes.fromhex("f700")),
        ("true where an integer is due", _put(0x05, feed, True, 0)),
        ("a negative integer", _put(0x05, feed, -1, 0)),
        ("an integer of 2^53", _put(0x05, feed, 2**53, 0)),
        ("an array of length 2^63", b"\x08\x9b\x80" + bytes(7)),
        ("bytes of length 2^62", b"\x01\x81\x5b\x40" + bytes(7)),
        ("an array inside four others", b"\x08" + bytes.fromhex("8181818180")),
        ("text where bytes are due", _put(0x01, "a" * 20)),
        ("a node id of 19 bytes", _put(0x01, node[1:])),
        ("a node id as text", _put(0x01, NODE)),
        ("a feed without its epoch", _put(0x08, [node])),
        ("a keyring of 16,001 bytes", _put(0x02, node, [bytes(8000), bytes(8001)])),
        ("a keyring note that is text", _put(0x02, node, ["note"])),
        ("a generation of 15 bytes", _put(0x03, generation[1:], 0)),
        ("CHANGES without a generation", _put(0x04, None, 0, [], False)),
        ("one where true or false is due", _put(0x04, generation, 0, [], 1)),
        ("a root tag of 7 bytes", _put(0x07, [[node, 1, 9, bytes(7), bytes(4)]])),
        ("a keyring tag of 5 bytes", _put(0x07, [[node, 1, 9, bytes(8), bytes(5)]])),
        ("a head of size 0", _put(0x06, feed, 0, [0, root, bytes(64)], [], [])),
        ("a root of 31 bytes", _put(0x06, feed, 0, [1, root[1:], bytes(64)], [], [])),
        ("a signature of 63 bytes", _put(0x06, feed, 0, [1, root, bytes(63)], [], [])),
        ("a proof of 65 hashes", _put(0x06, feed, 0, good, [root] * 65, [entry])),
        ("a proof hash of 33 bytes", _put(0x06, feed, 0, good, [bytes(33)], [entry])),
        ("a header of 45 bytes", _put(0x06, feed, 0, good, [], [[bytes(45), bytes(20)]])),
        ("a header that is text", _put(0x06, feed, 0, good, [], [["h" * 46, bytes(20)]])),
        ("an envelope state of 3", _put(0x06, feed, 0, good, [], [[bytes(46), 3]])),
        ("an envelope state of true", _put(0x06, feed, 0, good, [], [[bytes(46), True]])),
        ("an entry of three", _put(0x06, feed, 0, good, [], [[bytes(46), 2, 2]])),
        ("an entry that is bytes", _put(0x06, feed, 0, good, [], [bytes(2)])),
        ("a chunk over a multiple of 256", _put(0x06, feed, 255, good, [], [entry, entry])),
        ("a chunk that ends beyond its head", _put(0x06, feed, 299, good, [], [entry, entry])),
        ("a chunk that starts beyond its head", _put(0x06, feed, 301, good, [], [])),
        ("a FETCH of 257", _put(0x0A, feed, list(range(257)))),
        ("an index that is text", _put(0x0B, feed, [["1", 2]])),
        ("a blob asked for off a piece's edge", _put(0x0C, root, 1, 10)),
        ("a blob asked for with length 0", _put(0x0C, root, 0, 0)),
        ("a blob asked for beyond 64 MiB", _put(0x0C, root, 1366 * 49_152, 1)),
        ("a piece off its edge", _put(0x0D, root, 100, 1, piece, [])),
        ("a piece shorter than it must be", _put(0x0D, root, 100, 0, piece, [])),
        ("a piece beyond the end", _put(0x0D, root, 5, 0, piece, [])),
        ("a blob over 64 MiB", _put(0x0D, root, 2**26 + 1, 0, b"", [])),
        ("evidence whose heads are out of order", _put(0x0E, feed, list(head(9)), list(head(3)), root, [])),
        ("a cosignature of size 0", _put(0x0F, feed, 0, root, node, 1, bytes(64))),
        ("a code of ERR that does not exist", _put(0x12, "nonsense", "")),
        ("201 bytes of text", _put(0x12, "busy", "é" * 100 + "e")),
        ("text that is not UTF-8", bytes.fromhex("1282646275737961ff")),
        ("a relay to nobody", _put(0x81, b"", node, b"")),
        ("a file of 0 bytes that is here", _put(0x82, root, 0)),
        ("a file over 64 MiB that is here", _put(0x82, root, 2**26 + 1)),
    ]


_NEW_HALIFAX = next_epoch(HALIFAX, "halifax")


def handshake() -> dict[str, Any]:
    good = [
        _session("strangers", HALIFAX, None),
        _session("with an invite, in a second epoch", _NEW_HALIFAX, fixed("invite", 16)),
    ]
    return {
        "what": "The three messages between a dialler and an answerer, all keys given; values in hex, keyring "
        "notes as text. `bad` are payloads of message 3 (of message 2 where said) under the keys of the first "
        "good case, with the code of ERR they end in; `held` is the chain the reader holds of the sender.",
        "good": good,
        "bad": _bad_hellos(),
    }


def _session(name: str, caller: Identity, invite: bytes | None) -> dict[str, Any]:
    one, other = dialler(identity=caller, invite=invite), answerer()
    first = one.start()
    second = other.receive(first).send
    assert second is not None
    step = one.receive(second)
    assert step.send is not None and step.result is not None
    met = other.receive(step.send).result
    assert met is not None
    return {
        "name": name,
        "dialler": _keys(caller, "dialler"),
        "answerer": _keys(VICTORIA, "answerer"),
        "invite": None if invite is None else invite.hex(),
        "prologue": prologue(VICTORIA.keyring.node).hex(),
        "messages": [first.hex(), second.hex(), step.send.hex()],
        "handshake_hash": met.handshake_hash.hex(),
        "then": [step.result.send.encrypt(b"").hex(), met.send.encrypt(b"").hex()],
    }


def _keys(who: Identity, side: str) -> dict[str, Any]:
    seed = fixed(f"seed {'halifax' if side == 'dialler' else 'victoria'} feed {who.keyring.epoch}")
    return {
        "node": who.keyring.node,
        "epoch": who.keyring.epoch,
        "keyring": [note.decode() for note in who.keyring.notes],
        "feed_seed": seed.hex(),
        "static_private": fixed(f"{side} static").hex(),
        "ephemeral_private": fixed(f"{side} ephemeral").hex(),
    }


def hello(who: Identity = HALIFAX, side: str = "dialler", **changed: object) -> bytes:
    """A payload of message 2 or 3 with some fields changed; a field of ... is left out."""
    static = Handshake(True, fixed(f"{side} static"), b"", fixed("any")).static_public
    fields: dict[str, object] = {
        "node": node_bytes(who.keyring.node),
        "epoch": who.keyring.epoch,
        "sig": who.signer.sign(SIGNED + static),
        "keyring": who.keyring.notes,
        "features": [],
    }
    return cbor2.dumps({key: value for key, value in (fields | changed).items() if value is not ...})


def _bad_hellos() -> list[dict[str, Any]]:
    signed_other = HALIFAX.signer.sign(SIGNED + fixed("another static key"))
    late = _NEW_HALIFAX.keyring
    notes = list(HALIFAX.keyring.notes)
    cases: list[tuple[str, bytes, str, Identity | None]] = [
        ("1 not a map", cbor2.dumps([1]), "malformed", None),
        ("1 no bytes", b"", "malformed", None),
        ("1 bytes left over", hello() + b"\x00", "malformed", None),
        (
            "1 a key that is not text",
            hello()[:1].replace(b"\xa5", b"\xa6") + hello()[1:] + b"\x41a\x01",
            "malformed",
            None,
        ),
        ("1 a tag", b"\xd9\xd9\xf7" + hello(), "malformed", None),
        ("1 node missing", hello(node=...), "malformed", None),
        ("1 node as text", hello(node=HALIFAX.keyring.node), "malformed", None),
        ("1 epoch as true", hello(epoch=True), "malformed", None),
        ("1 signature of 63 bytes", hello(sig=bytes(63)), "malformed", None),
        ("1 features missing", hello(features=...), "malformed", None),
        ("1 a feature that is a number", hello(features=[1]), "malformed", None),
        ("1 an invite of 15 bytes", hello(invite=bytes(15)), "malformed", None),
        ("1 no keyring notes", hello(keyring=[]), "malformed", None),
        ("1 a keyring over 16,000 bytes", hello(keyring=[bytes(16_001)]), "malformed", None),
        ("1 another node's keyring", hello(keyring=OTTAWA.keyring.notes), "invalid", None),
        ("1 a chain without its first note", hello(_NEW_HALIFAX, keyring=late.notes[1:]), "malformed", None),
        (
            "1 a note with a signature missing",
            hello(keyring=[notes[0].split(b"\n\n")[0] + b"\n\n"]),
            "malformed",
            None,
        ),
        ("1 the answerer's own keyring, without its key", hello(VICTORIA, sig=bytes(64)), "invalid", None),
        ("3 an older chain than the one held", hello(), "keyring-old", _NEW_HALIFAX),
        ("3 an epoch that is not the newest", hello(_NEW_HALIFAX, epoch=0), "keyring-old", None),
        ("3 an epoch that was never opened", hello(epoch=1), "keyring-old", None),
        ("3 a signature over another transport key", hello(sig=signed_other), "keyring-old", None),
        ("3 a signature of another node", hello(sig=OTTAWA.signer.sign(b"")), "keyring-old", None),
    ]
    return [
        {
            "why": why[2:],
            "check": int(why[0]),
            "payload": data.hex(),
            "held": None if held is None else [note.decode() for note in held.keyring.notes],
            "error": code,
        }
        for why, data, code, held in cases
    ]


def invite() -> dict[str, Any]:
    node, secret = HALIFAX.keyring.node, fixed("invite", 16)
    given = [
        Invite(node, "halifax.example", 7401, secret),
        Invite(node, "halifax.example", 443, secret, True, (("10.1.2.3", 7401), ("2001:db8::7", 7401))),
        Invite(node, "2001:db8::1", 7401, secret),
        Invite(node, "192.0.2.7", 65_535),
    ]
    base = f"barnraise://{node}@halifax.example:7401"
    loose = [
        f"  {base}\n",
        base.upper(),
        f"{base}/?",
        f"{base}?later=1",
        base.replace("example:", "example.:"),
    ]
    bad = [
        ("nothing", ""),
        ("another scheme", base.replace("barnraise", "https")),
        ("a node id cut short", base.replace(node, node[:31])),
        ("no port", base.removesuffix(":7401")),
        ("port 0", base.replace("7401", "0")),
        ("port 65536", base.replace("7401", "65536")),
        ("a port with a leading zero", base.replace("7401", "07401")),
        ("IPv6 without brackets", f"barnraise://{node}@2001:db8::1:7401"),
        ("IPv6 with a zone", f"barnraise://{node}@[fe80::1%eth0]:7401"),
        ("an IPv4 address that is none", f"barnraise://{node}@10.0.0.256:7401"),
        ("a host with a space", f"barnraise://{node}@hali fax:7401"),
        ("an accented host", f"barnraise://{node}@montréal.example:7401"),
        ("a secret cut short", f"{base}?invite={'a' * 25}"),
        ("a secret with stray bits", f"{base}?invite={'a' * 25}b"),
        ("two secrets", f"{base}?invite={'a' * 26}&invite={'a' * 26}"),
        ("an empty secret", f"{base}?invite="),
        ("tls that is not 1", f"{base}?tls=yes"),
        ("another address without a port", f"{base}?at=halifax.example"),
        ("nine more addresses", f"{base}?" + "&".join(["at=10.0.0.1:1"] * 9)),
        ("a damaged parameter", f"{base}?invite"),
    ]
    return {
        "what": "Invite codes. `loose` are other spellings that are read; each of `bad` is refused.",
        "good": [{"code": render_invite(one), "invite": plain(one)} for one in given],
        "loose": [{"code": code, "invite": plain(parse_invite(code))} for code in loose],
        "bad": [{"why": why, "code": code} for why, code in bad],
    }


def make() -> dict[str, str]:
    """Text of each file by its name."""
    made = {"noise": noise(), "frames": frames(), "handshake": handshake(), "invite": invite()}
    return {
        f"{name}.json": json.dumps(what, indent=1, ensure_ascii=False) + "\n" for name, what in made.items()
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in make().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
