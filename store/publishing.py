"""The one door through which anything is published here.

Law: content → rules → one transaction that appends, shows and (by the seal before its commit) signs. What is private or
not named is taken off before anything is signed and stays in tables of this node. Source: ARCHITECTURE "Two journeys",
DOMAIN section 3 ("Not named means not signed", "Stays on the node"), R2, R10, R12. While the node may not sign, the
finished entry waits in the outbox instead (PROTOCOL section 11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from protocol.checkpoint import Head
from protocol.entry import content_of, dump_json, make_entry, parse_header, parse_json
from protocol.errors import LocalError, Refused, RemoteError
from protocol.ids import EntryId, NodeId, parse_entry
from protocol.limits import MAX_ENVELOPE, SALT
from protocol.records import REGISTER, NotAcceptable, Problem, Record, plain, problem, read, write
from protocol.records.speakers import GIVER, GUEST, PARTY, SPEAKERS
from protocol.rules.ownership import may
from store import accounts, drafts, importing, log, outbox, reading
from store.acting import Act, Author, act
from store.audiences import audience_of
from store.closing import due as due_polls
from store.conditions import NotReady, added, check
from store.conditions_polls import is_secret
from store.database import Tx
from store.outbox import Queued
from store.own import Own
from store.payloads import Item
from store.rows import entry_key
from store.tallying import due
from store.topics import news
from store.views import apply
from store.views.comment_rows import STEPS
from store.views.ground import said

__all__ = ["Author", "NotReady", "Published", "Queued", "close_polls", "publish", "sign_queued", "tally"]

MAX_PRIVATE: Final = 32_768
"""Characters of what stays here beside one record: as much as a record."""
_UNNAMED: Final = frozenset(
    {"pledge.withdraw", "pledge.revise", "pledge.release", "pledge.fulfil", "return.confirm", "comment"}
)
"""What a giver who is not named says of her pledge without naming herself."""
_NOTES: Final = frozenset({"taken", "warnings"})
"""What an uploaded file's answer says and a record does not: such an answer may be put into ``blobs`` as it is."""
_NAMELESS: Final = frozenset(
    {"member.introduce", *(kind for kind, speaker in SPEAKERS.items() if speaker.organisation)}
)
"""What names no member: the card is the member's own id, and an organisation is told by its feed."""


class Published:
    """A record that was made: its entry id and type.

    ``size`` and ``root`` are those of the signed head that covers it, known once its transaction is committed.
    """

    __slots__ = ("_before", "_tx", "id", "type")

    def __init__(self, tx: Tx | None, entry: EntryId, kind: str, before: Head | None = None) -> None:
        self._tx = tx
        self._before = before
        self.id = entry
        self.type = kind

    @property
    def entry(self) -> EntryId:
        return self.id

    @property
    def index(self) -> int:
        return self.id.index

    @property
    def size(self) -> int:
        return self._head.size

    @property
    def root(self) -> bytes:
        return self._head.root

    @property
    def _head(self) -> Head:
        head = (self._tx and self._tx.signed) or self._before
        if head is None:
            raise LocalError("asked for the head before the transaction was committed")
        return head


def publish(
    tx: Tx,
    own: Own,
    author: Author,
    content: Mapping[str, Any],
    *,
    salt: bytes,
    idempotency_key: str | None = None,
) -> Published | Queued:
    """Make a record of what a member says and show it; the seal of the transaction signs it.

    ``content`` is as posted: without ``by``, the audience perhaps a word, ``private`` for this node only. ``salt`` is
    16 random bytes. With an ``idempotency_key`` seen before, the record made then. While nothing may be signed the
    record waits in the outbox. Refused says what is not allowed, NotAcceptable everything that is wrong, NotReady what
    the pitch misses.
    """
    content = _without_notes(content)
    if idempotency_key is not None and (made := _made_before(tx, own, author, content, idempotency_key)):
        return made
    tx.memory.room.for_records()
    ready = _prepare(tx, own, author, content)
    plained = plain(ready.record)
    restricted = ready.record.audience is not None
    entry = make_entry(dump_json(plained), salt, tx.now, restricted)
    if not log.may_sign(tx.db, own):
        return outbox.put(tx, author, ready.record.type, content, entry, idempotency_key, salt)
    return _sign(tx, own, ready, entry, idempotency_key)


class _Ready(NamedTuple):
    """A record that may be made: the act it comes of, and what of it stays here."""

    act: Act
    record: Record
    private: str | None
    unnamed: bool


def _prepare(
    tx: Tx, own: Own, author: Author, content: Mapping[str, Any], made: Record | None = None
) -> _Ready:
    """Ask every rule; ``made`` is the record as it was finished before, when its turn to be signed has come."""
    body = {name: value for name, value in content.items() if name != "private"}
    private = _private(content.get("private"))
    kind = _kind(body, author)
    act_ = _act(tx, own, author, kind, body)
    _speaks_here(act_)
    record, unnamed = _record(act_)
    record = made or record
    _permitted(act_, record)
    check(act_, record)
    return _Ready(act_, record, private, unnamed)


def _sign(tx: Tx, own: Own, ready: _Ready, entry: tuple[bytes, bytes], key: str | None) -> Published:
    author, kind = ready.act.author, ready.record.type
    made = _append(tx, own, ready.record, *entry)
    _keep(tx, author, made, ready.private, unnamed=ready.unnamed, key=key)
    if kind == "member.introduce" and author.account is not None:
        accounts.set_member(tx, author.account, str(made))
    return Published(tx, made, kind)


def append(tx: Tx, own: Own, record: Record, salt: bytes) -> EntryId:
    """Put a record of the node's own into its feed and the views. Refused as ``log.append_own``."""
    entry = make_entry(dump_json(plain(record)), salt, tx.now, record.audience is not None)
    return _append(tx, own, record, *entry)


def _append(tx: Tx, own: Own, record: Record, header: bytes, envelope: bytes) -> EntryId:
    audience = frozenset(map(NodeId, record.audience)) if record.audience is not None else None
    entry = log.append_entry(tx, own, header, envelope, audience)
    key = entry_key(tx.db, entry)
    if key is None:
        raise LocalError("an entry just appended is not here")
    said_at = parse_header(header).time
    item = Item(key, entry, audience is not None, audience, said_at, tx.now, record, plain(record))
    apply(tx, [item])
    tx.taken.append(item)
    return entry


def sign_queued(tx: Tx, own: Own, row: outbox.Row) -> None:
    """Sign a record that waited, if the rules still allow it; else its words become a draft, with the reason."""
    if row.content is None or row.header is None or row.envelope is None:
        raise LocalError("a row of the outbox without its entry")
    try:
        with tx.savepoint():
            made = read(parse_json(content_of(row.envelope)))
            ready = _prepare(tx, own, _author_of(tx, row), row.content, made)
            entry = _sign(tx, own, ready, (row.header, row.envelope), row.key).id
    except (Refused, RemoteError, LocalError) as error:  # one that cannot be signed keeps no other from it
        kept = {name: value for name, value in row.content.items() if name != "private"}
        draft = row.account and drafts.save(tx, row.account, row.type, {importing.CONTENT: kept})
        problems = _problems(error) if isinstance(error, Refused) else (problem("", "cannot-be-signed"),)
        outbox.refused(tx, row, problems, draft)
    else:
        outbox.signed(tx, row, entry)


def found_again(tx: Tx, row: outbox.Row, entry: EntryId) -> None:
    """A record that waits was signed before this folder was put back: keep here what stays here."""
    content, author = row.content or {}, Author(row.account, row.member, row.role)
    made = read(parse_json(content_of(row.envelope or b"")))
    unnamed = made.by is None and row.type not in _NAMELESS
    _keep(tx, author, entry, _private(content.get("private")), unnamed=unnamed, key=row.key)
    if row.type == "member.introduce" and row.account is not None:
        accounts.set_member(tx, row.account, str(entry))
    outbox.signed(tx, row, entry)


def _author_of(tx: Tx, row: outbox.Row) -> Author:
    """Who said it, as the account is now. Refused("member-disabled") if it is closed."""
    account = accounts.by_id(tx.db, row.account) if row.account is not None else None
    if row.account is not None and (account is None or account.disabled):
        raise Refused("member-disabled", member=row.member or "")
    return Author(account.id, account.member, account.role) if account else Author(None, row.member, row.role)


def _problems(error: Refused) -> tuple[Problem, ...]:
    found = getattr(error, "problems", ()) or getattr(error, "missing", ())
    return tuple(found) or (Problem(error.field, error.code, error.params),)


def tally(tx: Tx, own: Own, salts: Callable[[], bytes]) -> None:
    """Before the seal: say the sums of private pledges whose round has come, and note which this one changed (R12).

    While signing stands still nothing is said; what is due waits for it.
    """
    changed = {news(topic).topic.partition(":")[2] for topic in tx.topics if topic.startswith("pitch:")}
    for content in due(tx, own.node, sorted(changed), may_sign=log.may_sign(tx.db, own)):
        append(tx, own, write(content), salts())


def close_polls(tx: Tx, own: Own, salts: Callable[[], bytes]) -> None:
    """Before the seal: say what counts in polls of this node's members that closed a day ago.

    While signing stands still nothing is said; a poll whose word does not fit into a record stays provisional.
    """
    if not log.may_sign(tx.db, own):
        return
    for content in due_polls(tx.db, own.node, tx.now):
        if len(dump_json(content)) + SALT <= MAX_ENVELOPE:
            append(tx, own, write(content), salts())


# ── from what was posted to what is signed ───────────────────────────────────────────────────────────────────


def _without_notes(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content, its files named without what the answer to their upload said of them besides."""
    files = content.get("blobs")
    if not isinstance(files, list | tuple):
        return dict(content)
    return {**content, "blobs": [_without(one, _NOTES) if isinstance(one, Mapping) else one for one in files]}


def _without(said: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}


def _private(said: object) -> str | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise NotAcceptable(problem("private", "object"))
    text = json.dumps(said, ensure_ascii=False)
    if len(text) > MAX_PRIVATE:
        raise NotAcceptable(problem("private", "too-long", max_length=MAX_PRIVATE))
    return text


def _kind(body: Mapping[str, Any], author: Author) -> str:
    """The type, if this author may make one of it at all."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in REGISTER:
        raise NotAcceptable(problem("type", "missing" if kind is None else "unknown"))
    _allowed(kind, author)
    if kind == "member.introduce" and author.member is not None:
        raise Refused("card-published")
    if kind not in _NAMELESS and author.member is None:
        raise Refused("card-missing")
    if body.get("by") is not None and body["by"] != author.member:
        raise NotAcceptable(problem("by", "by-given"))
    return kind


def _allowed(kind: str, author: Author) -> None:
    """Ask the allow list. Refused ``made-by-the-node``, ``forbidden``, which names the roles that may."""
    speaker = SPEAKERS.get(kind)
    if speaker is not None and speaker.itself:
        raise Refused("made-by-the-node", field="type")
    if speaker is None or author.role not in speaker.roles:
        raise Refused("forbidden", field="type", role=speaker.roles[0] if speaker and speaker.roles else None)


def _act(tx: Tx, own: Own, author: Author, kind: str, body: Mapping[str, Any]) -> Act:
    """The act, once its shape is sound: every fault of shape is named before anything is looked up."""
    signed = {**body, "by": None if kind in _NAMELESS else author.member}
    write({name: value for name, value in signed.items() if name != "audience"})
    return act(tx.db, own.node, author, signed, tx.now)


def _speaks_here(act_: Act) -> None:
    """Who moved speaks at her new node; who retired no more."""
    member = act_.author.member
    if member is not None and act_.people.heir(member) != member:
        raise Refused("moved")
    if member is not None and act_.db.execute(_RETIRED, (member,)).fetchone():
        raise Refused("retired")


_RETIRED: Final = "SELECT 1 FROM members WHERE id = ? AND retired = 1"


def _record(act_: Act) -> tuple[Record, bool]:
    """The record as it is to be signed, and whether its author is not named in it."""
    unnamed = _is_unnamed(act_)
    content = {**act_.content, **added(act_), "audience": audience_of(act_)}
    if unnamed:
        content["by"] = None
    absent = ("by", "audience")
    return write(
        {name: value for name, value in content.items() if name not in absent or value is not None}
    ), unnamed


def _is_unnamed(act_: Act) -> bool:
    if act_.type == "pledge.offer":
        return bool(act_.content.get("show", "named") != "named")
    if act_.type == "ballot":
        return is_secret(act_)
    if act_.type in STEPS:
        return act_.comment is not None and act_.comment.author is None
    return act_.type in _UNNAMED and act_.gave and act_.pledge is not None and act_.pledge.row.giver is None


def _permitted(act_: Act, record: Record) -> None:
    """R10, asked of the rule that will judge the record on every node."""
    party = SPEAKERS[record.type].party
    mine = act_.gave if party == GIVER else act_.gave or act_.owns if party == PARTY else True
    mine = act_.wrote if act_.type in STEPS else mine
    if party != GUEST and not (mine and may(record, act_.node, owner=act_.owner, giver=act_.giver)):
        raise Refused("not-yours", field="type")


# ── what stays here ──────────────────────────────────────────────────────────────────────────────────────────


def _keep(
    tx: Tx, author: Author, entry: EntryId, private: str | None, *, unnamed: bool, key: str | None
) -> None:
    if private is not None:
        tx.db.execute("INSERT INTO privates (entry, json) VALUES (?, ?)", (str(entry), private))
    if unnamed:
        tx.db.execute(
            "INSERT INTO unnamed (entry, account, member) VALUES (?, ?, ?)",
            (str(entry), author.account or 0, author.member),
        )
    if key is not None and author.account is not None:
        tx.db.execute(
            "INSERT INTO idempotency (account, key, entry, created) VALUES (?, ?, ?, ?)",
            (author.account, key, str(entry), tx.now),
        )


_MADE: Final = "SELECT entry FROM idempotency WHERE account = ? AND key = ?"


def _made_before(
    tx: Tx, own: Own, author: Author, content: Mapping[str, Any], key: str
) -> Published | Queued | None:
    """The record this account made with this key. Refused("idempotency-reused") if that was another one."""
    waiting = outbox.by_key(tx.db, author.account, key)
    if waiting is not None:
        if waiting.content != content:
            raise Refused("idempotency-reused")
        return Queued(waiting.queued, waiting.type)
    row = tx.db.execute(_MADE, (author.account, key)).fetchone()
    if row is None:
        return None
    entry = parse_entry(row[0])
    stored = _content(tx, entry)
    posted = {name: value for name, value in content.items() if name not in ("private", "audience", "by")}
    if any(stored.get(name) != value for name, value in posted.items()):
        raise Refused("idempotency-reused")
    return Published(tx, entry, stored["type"], reading.head_of(tx.db, own.feed))


def _content(tx: Tx, entry: EntryId) -> dict[str, Any]:
    key = entry_key(tx.db, entry)
    found = said(tx.db, [key]) if key is not None else {}
    if key not in found:
        raise LocalError("a record made here is not here")
    return found[key].content
