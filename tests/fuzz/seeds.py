"""What each target begins with: the vectors beside the specification, and the kit's own examples."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import cbor2

from protocol.entry import dump_json
from protocol.frames import encode
from protocol.joining import Tree
from tests.kit import pictures
from tests.kit.authenticator import Device
from tests.protocol.test_joining import CASES

_VECTORS: Final = Path(__file__).parents[2] / "docs/spec/vectors"
CHALLENGE: Final = bytes(range(32))
ORIGIN: Final = "https://node.example.ca"


@cache
def _vectors(name: str) -> Any:
    return json.loads((_VECTORS / f"{name}.json").read_text("utf-8"))


def _hex(name: str, *lists: str, key: str = "hex") -> Iterator[bytes]:
    for one in lists:
        for case in _vectors(name)[one]:
            if isinstance(case, str) or key in case:
                yield bytes.fromhex(case if isinstance(case, str) else case[key])


# ── peers ────────────────────────────────────────────────────────────────────────────────────────────────────


def frames() -> list[bytes]:
    return list(_hex("frames", "good", "bad", "ignored"))


def cbor_items() -> list[bytes]:
    odd = ["f7", "f820", "f97e00", "3bffffffffffffffff", "a16161a16162f6", "9f01ff", "c24101", "8282820180"]
    return [*(frame[1:] for frame in frames()), *map(bytes.fromhex, odd)]


def evidence() -> list[bytes]:
    return [frame[1:] for frame in frames() if frame[:1] == b"\x0e"] + [
        cbor2.dumps(
            [
                [_node(case["node"]), case["epoch"]],
                *(
                    [case[head]["size"], *map(bytes.fromhex, (case[head]["root"], case[head]["signature"]))]
                    for head in "ab"
                ),
                bytes.fromhex(case["b_root_at_a"]),
                list(map(bytes.fromhex, case["proof"])),
            ]
        )
        for case in _vectors("evidence")["cases"]
    ]


def _node(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


def keyrings() -> list[bytes]:
    cases = _vectors("keyring")
    return ["\0".join(case["notes"]).encode() for case in [*cases["good"], *cases["bad"]]]


def notes() -> list[bytes]:
    cases = _vectors("note")
    return [case["note"].encode() for case in [*cases["good"], *cases["bad"]]] + [
        cases["tlog_cosignature"]["note"].encode()
    ]


def verifier_keys() -> list[bytes]:
    cases = _vectors("note")
    return [key.encode() for key in [*cases["golang"]["vkeys"], *cases["golang"]["bad_vkeys"], cases["vkey"]]]


def checkpoints() -> list[bytes]:
    cases = _vectors("checkpoint")
    return [case["note"].encode() for case in [*cases["good"], *cases["bad"], *cases["unsigned"]]]


def submissions() -> list[bytes]:
    line = base64.b64encode(bytes(32))
    return [
        b"old %d\n%s%s" % (at, (line + b"\n") * at + b"\n", note) for at, note in enumerate(checkpoints()[:8])
    ]


def receipts() -> list[bytes]:
    cases = _vectors("receipt")
    return [
        case["receipt"].encode() for case in [*cases["good"], *cases["bad"]] if len(case["receipt"]) < 20_000
    ]


def names() -> list[bytes]:
    node = _vectors("receipt")["node"]
    texts = (
        f"{node}-0-3",
        node,
        f"barnraise/{node}/0",
        "9007199254740991",
        node,
        "[2001:db8::1]:7401",
        "x001/x234/067",
    )
    also = ("", "n.example.ca:7401", "10.1.2.3:7401", "001.p/12", "\xff" * 20)
    seeds = [bytes((at,)) + text.encode() for at, text in enumerate(texts)]
    return seeds + [bytes((at,)) + text.encode("latin-1") for at in (5, 6, 7) for text in also]


def invites() -> list[bytes]:
    cases = _vectors("invite")
    return [case["code"].encode() for case in [*cases["good"], *cases["loose"], *cases["bad"]]]


def handshakes() -> list[bytes]:
    cases = _vectors("handshake")
    messages = [
        bytes((at,)) + bytes.fromhex(said)
        for case in cases["good"]
        for at, said in enumerate(case["messages"])
    ]
    inside = [bytes((at,)) + bytes.fromhex(case["payload"]) for case in cases["bad"] for at in (3, 4, 11)]
    return messages + inside + [b"\0" + bytes(32), b"\0" + bytes(31), b"\5" + bytes(40), b"\2" + bytes(64)]


def entries() -> list[bytes]:
    cases = _vectors("entry")
    made = [bytes.fromhex(case["header"] + case["envelope"]) for case in cases["made"]]
    contents_ = [*_hex("entry", "good_content", "bad_content", key="content")]
    return made + [data for data in contents_ if len(data) < 6_000]


def _records() -> list[bytes]:
    cases = _vectors("records")
    return [dump_json(case["content"]) for case in [*cases["good"], *cases["bad"]] if "content" in case]


def contents() -> list[bytes]:
    return _records()


def payloads() -> list[bytes]:
    return [
        bytes((flags, version, 1)) + data for data in _records()[::3] for flags, version in ((0, 1), (1, 1))
    ] + [
        bytes((0, 250, 0)) + b"{}",
        bytes((240, 0, 0)) + b"{}",
    ]


def trees() -> list[Tree]:
    """Trees of none, some and many leaves, with and without a joined head."""
    return list({(case[1].frontier.size, case[1].joined): case[1] for case in CASES}.values())


def chunks() -> list[bytes]:
    return [encode(case[2])[1:] for case in CASES if len(case[2].entries) <= 32] + [encode(CASES[-2][2])[1:]]


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────

_ROWS: Final = (
    'title.en,title.fr,asks\nA bridge,Un pont,"[{""key"":""a""}]"\n',
    "type;title.en;cost.own;topics\npitch.open;A shed;612,50;data; digital\n",
    'sep=;\ntitle.en;when\n"a ""quoted"" one";05/11/2026\n',
    "type\ttitle.fr\nartifact.publish\tL’acquis\n",
    "type.x,title\n1,2\n",
    '[{"type":"pitch.open","title":{"en":"A"}},7]',
    '{"type":"event.schedule"}\n{"type":"offer.stand","kind":"time"}\nno\n',
    "\ufefftitle.en\rA\r",
    "a" * 70 + ",b\n1,2\n",
)


def tables() -> list[bytes]:
    return [text.encode() for text in _ROWS] + [b"PK\x03\x04xl/workbook.xml", b"caf\xe9,1\n"]


def request(kind: str, body: bytes, path: str = "/") -> bytes:
    """A request as it travels."""
    head = f"POST {path} HTTP/1.1\r\nHost: n.example.ca\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


_FORM: Final = (
    b'--x\r\nContent-Disposition: form-data; name="title.en"\r\n\r\nA bridge\r\n'
    b'--x\r\nContent-Disposition: form-data; name="cost.own"\r\n\r\n1 234,50 $\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nwords\r\n'
    b"--x--\r\n"
)


def bodies() -> list[bytes]:
    multipart = "multipart/form-data; boundary=x"
    requests = [
        request(multipart, _FORM),
        request(multipart, _FORM.replace(b'name="file"', b'name="\xff"')),
        request(multipart, _FORM.replace(b"text/plain", b"text/plain; charset=klingon")),
        request(
            multipart,
            _FORM.replace(b"\r\n\r\nwords", b"\r\nContent-Transfer-Encoding: base64\r\n\r\nd29yZHM="),
        ),
        request(multipart, _FORM.replace(b"\r\n\r\nwords", b"\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")),
        request(multipart, _FORM.replace(b"text/plain", b"multipart/mixed; boundary=y")),
        request(multipart, _FORM.replace(b'filename="a.txt"', b"filename*=UTF-8''%ff%00..%2fa")),
        request(multipart, _FORM.replace(b'filename="a.txt"', b"filename*=klingon''a")),
        request(
            multipart, _FORM.replace(b"text/plain", b"text/plain; charset=utf-7").replace(b"words", b"+2AA-")
        ),
        request("application/x-www-form-urlencoded; charset=utf-7", b"%ED%A0%80=+2AA-"),
        request("multipart/form-data", _FORM),
        request(multipart, _FORM[:-8]),
        request(
            "application/x-www-form-urlencoded",
            b"title.en=A+bridge&asks.0.kind=time&when=2027-02-01T09:30&cost.own=1%20000",
        ),
        request("application/x-www-form-urlencoded; charset=utf-16", b"a=\xff\xfe"),
        request("application/x-www-form-urlencoded; charset=nothing", b"a=b"),
        request("application/json", _records()[0]),
        request("text/csv; charset=x", tables()[0], "/?name=a%ffb.csv"),
        b'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
        b"POST / HTTP/1.1\r\nContent-Encoding: deflate\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc",
    ]
    return [bytes((door,)) + request for door in range(5) for request in requests]


def files() -> list[bytes]:
    """One of each kind whose bytes are looked into, with something to tell and without."""
    told = [pictures.told_jpeg(), pictures.told_png(), pictures.told_webp(), pictures.told_gif()]
    bare = [pictures.jpeg(), pictures.png(), pictures.webp(), pictures.gif(), pictures.tiff()]
    boxes = [of(told=tells) for of in (pictures.heic, pictures.film) for tells in (True, False)]
    papers = [pictures.document(pictures=[pictures.told_jpeg()]), pictures.pdf(), pictures.pdf(packed=True)]
    return [*told, *bare, *boxes, *papers, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xd8\xff\xff\xff\xff"]


def markdown() -> list[bytes]:
    texts = (
        '# One\n\n### Three\n\n- a\n- [b](https://example.ca "t")\n\n| a | b |\n|---|---|\n| 1 | ~~2~~ |\n',
        "![x](javascript:alert(1)) <script>alert(1)</script> <b onclick=x>",
        "![own](/blobs/" + "a" * 64 + ") `code` **bold _both_** « Bonjour » : ça va ?",
        "> " * 40 + "deep\n" + "1. " * 30 + "x",
        '[a]: <b> "c"\n[a] [x][a] &#0; &lt; &#x1F600;\n\n    code\n\n```js\nlet a\n```',
        "*" * 200 + "[" * 100 + "](" * 50,
    )
    return [text.encode() for text in texts]


def questions() -> list[bytes]:
    node = _vectors("receipt")["node"]
    cursor = base64.urlsafe_b64encode(b'[1700000000000, 12, "a"]').rstrip(b"=")
    return [
        bytes((at,)) + text
        for at, text in enumerate(
            (
                cursor,
                b"q=bridge&limit=25&state=open&node=" + node.encode(),
                f"pitch:{node}-0-3,inbox:{node}".encode(),
                b"/pitches?topic=a",
                b"fr-CA,fr;q=0.9,en;q=0.8",
                b"image/png; charset=x|../../\xc3\xa9tape.png",
                b"https|node.example.ca|same-origin|Bearer abc",
                b"192.0.2.1, fe80::1%eth0",
                b"1 234,50 $",
                b"2027-02-01T09:30:00-08:00",
                b'q%C5%93uvre C\xc5\x93ur aequo Kwakwaka\'wakw "a" OR b*',
                b"Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0",
            )
        )
    ]


def passkeys() -> list[bytes]:
    device = Device(ORIGIN)
    challenge = base64.urlsafe_b64encode(CHALLENGE).rstrip(b"=").decode()
    made = device.make({"user": {"id": "AAAA"}, "challenge": challenge, "rp": {"id": "node.example.ca"}})
    signed = device.sign({"challenge": challenge, "rpId": "node.example.ca"})
    return [b"\0" + made.encode(), b"\1" + signed.encode(), b"\0{}", b"\1[]", b"\1" + b"[" * 3000]
