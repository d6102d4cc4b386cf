"""Who is there: the first three messages of a connection, and what each side makes of them.

Law: a machine without a clock or a socket. Bytes from the other side either go on, establish a session with a node
whose keyring is judged, or raise HandshakeFailed. The checks are numbered as in PROTOCOL section 4:

1. the chain is valid and ``node`` is its id; the dialler finds the node it dialled; nobody finds itself
2. of the chain shown and the chain held, the one that counts is chosen as for any keyring
3. ``epoch`` is the newest of that chain and ``sig`` holds under its key
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn, TypeAlias

from protocol import cbor
from protocol import frame_fields as ff
from protocol.crypto import Signer, verify
from protocol.errors import Invalid, Malformed, RemoteError
from protocol.frames import encode, err_of
from protocol.ids import NodeId, node_bytes
from protocol.keyring import Keyring, parse_keyring, take
from protocol.limits import INVITE_BYTES, MAX_FEATURES
from protocol.noise import CipherState, Handshake

SIGNED: Final = b"barnraise/noise/1\n"  # before the transport key: no other text that is signed begins so

Held: TypeAlias = Callable[[NodeId], Keyring | None]
"""The keyring held here of a node."""


@dataclass(frozen=True, slots=True)
class Identity:
    """This node: its keyring and the signer of its newest feed key."""

    keyring: Keyring
    signer: Signer


@dataclass(frozen=True, slots=True)
class Established:
    """A session with a node that has proved its key.

    ``keyring`` is the one that counts; ``shown`` the one it sent, which may be older, or contradict it and then
    is news for every peer. ``invite`` is what a dialler showed. ``send`` and ``receive`` carry the frames.
    """

    node: NodeId
    keyring: Keyring
    epoch: int
    invite: bytes | None
    features: tuple[str, ...]
    send: CipherState
    receive: CipherState
    shown: Keyring
    handshake_hash: bytes


class Step(NamedTuple):
    """What to send, and the session once there is one."""

    send: bytes | None
    result: Established | None


class HandshakeFailed(RemoteError):
    """The other side is not who it must be, or does not speak as it must.

    ``code`` is the word of ERR; ``reply`` the message that says so, to be sent before closing, or None where no
    keys are shared yet (always for the dialler: it closes). ``node`` and ``shown`` are what was claimed, if that
    could be read.
    """

    def __init__(
        self, code: str, text: str, *, node: NodeId | None = None, shown: Keyring | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.node = node
        self.shown = shown
        self.reply: bytes | None = None


class OwnNode(HandshakeFailed):
    """The alarm: another process has this node's key and has just proved it."""


class _Hello(NamedTuple):
    node: NodeId
    epoch: int
    signature: bytes
    notes: tuple[bytes, ...]
    features: tuple[str, ...]
    invite: bytes | None


def prologue(responder: NodeId) -> bytes:
    """What both sides must agree on before the first byte (PROTOCOL section 4)."""
    return b"barnraise/1\n" + responder.encode("ascii") + b"\n"


def _read_hello(payload: bytes) -> _Hello:
    fields = cbor.load(payload)
    if not isinstance(fields, Mapping) or not all(type(key) is str for key in fields):
        raise Malformed("a map with text keys is due")
    features = ff.array_up_to(fields.get("features"), MAX_FEATURES)
    if not all(type(feature) is str for feature in features):
        raise Malformed("features are texts")
    invite = fields.get("invite")
    return _Hello(
        node=ff.NODE.read(fields.get("node")),
        epoch=ff.INT.read(fields.get("epoch")),
        signature=ff.SIGNATURE.read(fields.get("sig")),
        notes=ff.NOTES.read(fields.get("keyring")),
        features=features,
        invite=None if invite is None else ff.byte_string(invite, INVITE_BYTES),
    )


class _Side:
    """What the two sides share: the checks, and turning every fault of the other into HandshakeFailed."""

    def __init__(self, identity: Identity, noise: Handshake, expected: NodeId | None, held: Held) -> None:
        self._identity = identity
        self._noise = noise
        self._expected = expected
        self._held = held

    def _read(self, message: bytes) -> bytes:
        try:
            return self._noise.read(message)
        except RemoteError as error:
            raise HandshakeFailed(error.code, str(error)) from error

    def _hello(self, invite: bytes | None) -> bytes:
        hello: dict[str, object] = {
            "node": node_bytes(self._identity.keyring.node),
            "epoch": self._identity.keyring.epoch,
            "sig": self._identity.signer.sign(SIGNED + self._noise.static_public),
            "keyring": self._identity.keyring.notes,
            "features": (),
        }
        if invite is not None:
            hello["invite"] = invite
        return cbor.dump(hello)

    def _judge(self, payload: bytes) -> tuple[_Hello, Keyring, Keyring]:
        """What the other said, the chain it showed and the chain that counts: checks 1 to 3."""
        node = None
        try:
            hello = _read_hello(payload)
            node = hello.node
            shown = self._chain(hello)  # 1
        except RemoteError as error:
            raise HandshakeFailed(error.code, str(error), node=node) from error
        if node == self._identity.keyring.node:
            self._meet_oneself(hello)
        held = self._held(node)
        counts = shown if held is None else take(held, shown)  # 2
        if hello.epoch != counts.epoch or not self._proves(hello, counts):  # 3
            raise HandshakeFailed("keyring-old", "not the newest key of this node", node=node, shown=shown)
        return hello, shown, counts

    def _chain(self, hello: _Hello) -> Keyring:
        if self._expected not in (None, hello.node):
            raise Invalid("another node answers here")
        held = self._held(hello.node)
        known = held is not None and held.notes == hello.notes  # then it was read once already
        shown = held if held is not None and known else parse_keyring(hello.notes)
        if shown.node != hello.node:
            raise Invalid("the keyring is another node's")
        return shown

    def _meet_oneself(self, hello: _Hello) -> NoReturn:
        """Raise the alarm only on proof: anyone can show a keyring, and a process may dial itself."""
        other_process = self._noise.remote_static != self._noise.static_public
        if other_process and self._proves(hello, self._identity.keyring):
            raise OwnNode("invalid", "another process has the key of this node", node=hello.node)
        raise HandshakeFailed("invalid", "this node met itself", node=hello.node)

    def _proves(self, hello: _Hello, keyring: Keyring) -> bool:
        key = keyring.feed_key(hello.epoch)
        static = self._noise.remote_static
        return key is not None and static is not None and verify(key, SIGNED + static, hello.signature)

    def _establish(self, hello: _Hello, shown: Keyring, counts: Keyring) -> Established:
        send, receive = self._noise.split()
        return Established(
            node=hello.node,
            keyring=counts,
            epoch=hello.epoch,
            invite=hello.invite,
            features=hello.features,
            send=send,
            receive=receive,
            shown=shown,
            handshake_hash=self._noise.handshake_hash,
        )


class Dialler(_Side):
    """The side that knows whom it wants. ``start`` gives the first message, ``receive`` takes the answer.

    ``static_private`` is the X25519 key of this process, ``ephemeral_private`` of this connection, 32 bytes each;
    ``invite`` 16 bytes or None; ``held`` looks up keyrings.
    """

    def __init__(  # noqa: PLR0917 - all of them are due, none has a default
        self,
        identity: Identity,
        remote_node: NodeId,
        static_private: bytes,
        ephemeral_private: bytes,
        invite: bytes | None,
        held: Held,
    ) -> None:
        noise = Handshake(True, static_private, prologue(remote_node), ephemeral_private)
        super().__init__(identity, noise, remote_node, held)
        self._invite = invite

    def start(self) -> bytes:
        """Message 1."""
        return self._noise.write(b"")

    def receive(self, message: bytes) -> Step:
        """Message 2 in, message 3 and the session out. HandshakeFailed before anything of message 3 is said."""
        hello, shown, counts = self._judge(self._read(message))
        reply = self._noise.write(self._hello(self._invite))
        return Step(reply, self._establish(hello._replace(invite=None), shown, counts))


class Answerer(_Side):
    """The side that was dialled: ``receive`` takes messages 1 and 3. Arguments as of Dialler."""

    def __init__(
        self, identity: Identity, static_private: bytes, ephemeral_private: bytes, held: Held
    ) -> None:
        noise = Handshake(False, static_private, prologue(identity.keyring.node), ephemeral_private)
        super().__init__(identity, noise, None, held)
        self._greeted = False

    def receive(self, message: bytes) -> Step:
        """Message 1 in, message 2 out; message 3 in, the session out. HandshakeFailed, with a reply after 3."""
        payload = self._read(message)
        if self._greeted:
            return self._finish(payload)
        if payload:
            raise HandshakeFailed("malformed", "the first message carries nothing")
        self._greeted = True
        return Step(self._noise.write(self._hello(None)), None)

    def _finish(self, payload: bytes) -> Step:
        try:
            return Step(None, self._establish(*self._judge(payload)))
        except HandshakeFailed as error:
            if not isinstance(error, OwnNode):
                send, _ = self._noise.split()
                error.reply = send.encrypt(encode(err_of(error)))
            raise
