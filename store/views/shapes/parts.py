"""Parts that shapes of several areas share. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Text = dict[str, str]


class Person(TypedDict):
    """How somebody appears. ``named``: the member, ``organisation``: "a member of …", ``anonymous``: "someone".

    ``name`` is None while the card is not here. ``you`` is true for the viewer, named or not.
    """

    shown: Literal["named", "organisation", "anonymous"]
    id: str | None
    name: str | None
    node: str | None
    node_name: Text | None
    you: bool


class NodeRef(TypedDict):
    """A node and its name, None while its profile is not here."""

    node: str
    name: Text | None


class Ref(TypedDict):
    """Another object; ``title`` is None while it is not here."""

    id: str
    title: Text | None


class Leg(TypedDict):
    """A place on a record's way. ``how``: ``signed`` by its author, by its own clock; ``here`` since; ``told``:
    the node has said so. ``at``: POSIX ms, None: not known.
    """

    node: str
    name: Text | None
    how: Literal["signed", "here", "told"]
    at: int | None


class HeldBy(TypedDict):
    """Nodes known to hold the record (this one and the author's among them), of how many that are to hold it.

    Without an audience ``of`` counts the nodes known here and ``nodes`` is an "at least"; with one, ``not_yet_at``
    lists the nodes that have not acknowledged it (known at the author's node only), and ``no_address`` those of it that
    this node owes something to and cannot reach, because no address of them is known. ``travel`` is the way it took to
    ``nodes``: the author's node first, then as the times were, unknown ones last. ``files`` lists those of ``nodes``
    that are known to have every file of the record whole; None: it has none.
    """

    nodes: list[NodeRef]
    of: int
    not_yet_at: list[NodeRef]
    no_address: list[NodeRef]
    files: list[NodeRef] | None
    travel: list[Leg]


class Blob(TypedDict):
    """A file. ``transcript``: how one who does not hear gets what is said in it; None where nobody said."""

    hash: str
    size: int
    media_type: str
    name: str
    alt: Text | None
    transcript: str | None
    here: bool


class Missing(TypedDict):
    """One thing readiness misses: dotted field, stable code, what the sentence about it needs."""

    field: str
    code: str
    params: dict[str, Any]


class Step(TypedDict):
    """One thing somebody did, as the timeline of a pledge or pitch shows it; ``type`` is the record's type.

    Present only where the record says it: ``text`` (text, note or evidence), ``quantity`` and ``unit``, ``reason``,
    ``result``, ``to`` (of pitch.advance), ``fulfils``, ``attended``, ``fields`` (a revise names them), ``pledge``.
    """

    id: str
    type: str
    who: Person | None
    time: int
    text: NotRequired[Text]
    quantity: NotRequired[int]
    unit: NotRequired[str]
    reason: NotRequired[str]
    result: NotRequired[str]
    to: NotRequired[str]
    fulfils: NotRequired[list[str]]
    attended: NotRequired[int]
    fields: NotRequired[list[str]]
    pledge: NotRequired[str]
    restricted: NotRequired[bool]


class Return(TypedDict):
    """What a giver wished for, was promised and got. ``state`` is ``none`` when nothing was promised."""

    pledge: str
    giver: Person
    wanted: Text | None
    promised: Text | None
    due: str | None
    delivered: Text | None
    delivered_at: int | None
    result: Literal["met", "partly", "not"] | None
    state: Literal["none", "promised", "overdue", "delivered", "no-answer", "met", "partly", "not"]


class Version(TypedDict):
    """A version of an object: the record that made it. ``fields``: what a revise restated, [] for the first."""

    id: str
    time: int
    fields: list[str]


class TranslatedField(TypedDict):
    """One text of a translation. ``field`` is dotted, items by their key (``asks.travel.text``).

    ``state``: ``stale`` when the author has said the field otherwise since, ``unknown`` when the version is not here.
    """

    field: str
    text: str
    state: Literal["current", "stale", "unknown"]


class Translated(TypedDict):
    """Texts of one translation, in one language, that stand now: where the author gives none and none goes before it.

    ``of`` is the version translated, ``origin`` a person's work (``human``) or a machine's.
    """

    id: str
    of: str
    lang: str
    origin: Literal["human", "machine"]
    by: Person
    fields: list[TranslatedField]
    time: int


class Policy(TypedDict):
    """The policy in force; ``set`` names the numbers that differ from the defaults."""

    own_share: int
    time_instead: int | None
    apply_within: int
    share_within: int
    check_ins: list[int]
    min_group: int
    tally_every: int
    decided_by: str | None
    text: Text | None
    set: list[str]
