"""What went wrong, in words.

Law: every code a rule, a model or the store refuses with has its sentence here; a test walks the code for codes without
one. People get a page that says what to do next, programs get RFC 9457 problem+json that lists every fault with its
field. Neither ever shows what broke inside. Source: WEB "HTTP API", QUALITY "Style" 10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from protocol.records import NotAcceptable, Problem
from store.publishing import NotReady
from web.context import Context
from web.forms import Form
from web.i18n import N_, Amount, Day, Labelled, Message

SENTENCES: Final[Mapping[str, str]] = {
    # shapes of fields
    "missing": N_("Fill this in."),
    "unknown": N_("This field or value is not known here. Take it out, or look up how it is called."),
    "text": N_("Write this as text."),
    "number": N_("Use a whole number."),
    "yes-no": N_("Answer yes or no."),
    "object": N_("This must be an object with fields."),
    "list": N_("This must be a list."),
    "choice": N_("Choose one of the list."),
    "too-long": N_("This is too long; %(max_length)s is the most."),
    "too-small": N_("This is too small; %(ge)s is the least."),
    "too-large": N_("This is too large; %(le)s is the most."),
    "too-many": N_("There are too many; %(max_length)s is the most."),
    "repeated": N_("Each may stand here once only."),
    "language": N_("Use a language tag, such as en or fr-CA."),
    "entry-id": N_("Use the id of an entry: node, epoch and number."),
    "node-id": N_("Use a node id: 32 letters and digits."),
    "date": N_("Use a date as year-month-day, such as 2027-02-01."),
    "instant": N_("Use a date, an hour and an offset, such as 2027-02-01T09:30:00-05:00."),
    "moment": N_("Use a date, or a date with hour and offset."),
    "zone": N_("Use a time zone, such as America/Halifax."),
    "jurisdiction": N_("Use an ISO 3166 code, such as CA-BC."),
    "currency": N_("Use an ISO 4217 currency, the same throughout, such as CAD."),
    "key": N_("Use small letters, digits and hyphens, 32 at most."),
    "key-or-entry": N_("Use a key of the pitch, or the id of a pledge."),
    "url": N_("Use an address that begins with https:// or http://."),
    "address": N_("Use host and port, such as example.org:7401."),
    "hash": N_("Use a hash: 64 hexadecimal digits."),
    "media-type": N_("Use a media type, such as image/png."),
    "file-name": N_("Use a file name without slashes."),
    "feed": N_("Use the id of a log: node and epoch."),
    "field": N_("Name a field, such as title or asks.travel.text."),
    "mark": N_("Use a whole number, or yes, maybe or no."),
    "eligible": N_("Say who may vote: one circle, or a list of nodes."),
    "range": N_("Use two numbers, the lower one first."),
    # what the rules of pitches and pledges ask
    "one-currency": N_("Ask for money in one currency, the one of the costs."),
    "sum": N_("Own, employer's and asked money make %(summed)s, not %(stated)s."),
    "own-share": N_("Put in at least %(needed)s of your own; %(short)s is lacking."),
    "own-share-whole": N_(
        "This organisation asks members to carry the money themselves: ask for other things."
    ),
    "too-late": N_("Plan the first application within %(days)s days of the end, by %(latest)s."),
    "key-used": N_("Keep the kind and unit of what was asked before; add something new instead."),
    "key-unknown": N_("There is nothing of this name in the pitch. Use a key that stands there."),
    "accepted-already": N_("%(accepted)s is accepted already: it cannot be less, nor dropped."),
    "already-open": N_("This pitch is open already: revise it instead."),
    "ended": N_("This pitch has ended: %(state)s."),
    "out-of-turn": N_("From “%(state)s” it cannot go there."),
    "not-ready": N_("The pitch is not ready yet: see what is missing."),
    "not-open": N_("This step is not open now. Look at the state of the pledge: it says what can be done."),
    "more-than-offered": N_("This is more than was offered."),
    "more-than-asked": N_("This is more than is still needed."),
    "already-met": N_("This ask is met already."),
    "not-split": N_("This ask is met by one pledge whole, not in parts."),
    "licence-missing": N_("Choose a licence, such as CC-BY-4.0: it tells others what they may do with this."),
    "not-a-case-study": N_("Name a case-study pledge that you made under your name and that was accepted."),
    "withdrawn": N_("This was withdrawn; nothing more can be said about it."),
    "no-such-text": N_("The version you translate has no text of this name. Name a field it has."),
    "not-the-ask-s": N_("Pledge what the ask asks for."),
    "not-taken": N_("Thanks go to pledges that were accepted."),
    "private-alone": N_("Thank for a private pledge by itself, so that nobody else learns of it."),
    "no-return": N_("No return was promised here, so there is none to give or confirm."),
    # practice, events and who stands by a pitch
    "not-begun": N_("It is too early: the pitch is at “%(state)s”, and check-ins begin with the learning."),
    "day-unknown": N_("Choose one of the check-ins of this pitch, in days after the end: %(days)s."),
    "your-own": N_("This is you or yours: it takes somebody else."),
    "not-facilitator": N_("Only the facilitator named on the pitch can say this."),
    "owner-invited": N_("This member owns the pitch: invite somebody else."),
    "end-before-start": N_("The end must come after the start."),
    "event-over": N_("This event is over or was cancelled."),
    "own-pitch": N_("This pitch is yours: what you put in yourself belongs to its costs."),
    "offer-over": N_("This offer no longer stands."),
    "offer-names-you": N_("Leave the offer out: it would show who you are."),
    "not-the-offer-s": N_("Pledge what the offer offers."),
    "date-passed": N_("Choose a day to come."),
    # circles and issues
    "in-already": N_("You are in this circle already."),
    "not-in-circle": N_("This is for members of the circle: join it first."),
    "circle-over": N_("This circle ended on %(sunset)s."),
    "own-role-only": N_("Only the member who has this role can give it up."),
    "not-a-steward": N_("Only a steward of the circle can do this."),
    "steward-already": N_("This member is a steward already."),
    "role-kept": N_("The circle has active stewards: one of them can name you."),
    "own-issue": N_("You raised this issue yourself."),
    "shared-already": N_("You said already that you have this issue too."),
    "itself": N_("Name another one: this is the same."),
    "option-unknown": N_("There is no such option in this poll."),
    "mark-one": N_("Mark what you choose with 1."),
    "mark-rank": N_("Use a rank from 1, the best, to %(most)s."),
    "mark-score": N_("Use a whole number from %(least)s to %(most)s."),
    "mark-dots": N_("Use a whole number of dots, none or more."),
    "mark-time": N_("Answer yes, maybe or no."),
    "rank-repeated": N_("Give each rank once only."),
    "rank-left-out": N_("Leave no rank out: rank what you rank from 1 to %(most)s."),
    "too-many-chosen": N_("Too many are chosen; choose %(most)s at most."),
    "too-many-dots": N_("These are too many dots; use %(most)s at most."),
    "not-this-kind": N_("This kind of poll has no such limit."),
    "poll-over": N_("This poll is closed."),
    "not-eligible": N_("This poll is for others, or your card is not published to everybody."),
    # who may read it
    "audience": N_("Name nodes, or one of: %(words)s."),
    "no-circle": N_("There is no circle yet: it begins with the first accepted pledge."),
    "for-everybody": N_("This is said to everybody or not at all; leave the audience out."),
    "wider-than-object": N_("What this speaks of is not for everybody, so this cannot be."),
    "not-the-object-s": N_("This goes to whom the thing itself is for; leave the audience out."),
    "not-the-pitch-s": N_("This goes to whom the pitch is for; leave the audience out."),
    # keeping it
    "record-too-long": N_("This is too long for one record; attach the long parts as files."),
    "signing-stopped": N_(
        "This node must not sign now. Whoever runs it finds out why with the doctor command."
    ),
    "feed-full": N_("This node's log is full. Whoever runs it must open a new epoch."),
    "no-envelope": N_("The content of this entry is not here, so there is no receipt."),
    "not-signed-yet": N_("No signed head covers this entry yet. Try again in a moment."),
    # who may
    "sign-in-needed": N_("Sign in, or send a token."),
    "card-missing": N_("Publish your card first: then others know who speaks."),
    "card-published": N_("Your card is published already; revise it instead."),
    "made-by-the-node": N_("The node makes this by itself."),
    "operator-only": N_("Only whoever runs this node may do this."),
    "steward-only": N_("Only who looks after this node may do this."),
    "own-cause": N_("This is about something of yours: another steward, or the operator, decides it."),
    "forbidden": N_(
        "Your role here does not allow this kind of record. It takes at least this role: %(role)s."
    ),
    "forbidden-to-all": N_("No account may make this kind of record in this version of Barnraise."),
    "not-your-card": N_("Name the card you published at your new node; it must say it was this one."),
    "moved": N_("You have moved to another node: sign in and publish there."),
    "retired": N_("You have retired here; nothing more can be published as you."),
    "not-yours": N_("Only whom it belongs to may do this."),
    "other-origin": N_(
        "This came from another site and was not carried out. Open the page here and try again."
    ),
    "other-host": N_(
        "This node does not answer to the name %(host)s. Open it at %(url)s. Whoever runs it can add a name: url or"
        " hosts in node.toml."
    ),
    "too-often": N_("That was tried too often. Wait a minute and try again."),
    "token-expired": N_("This token has ended. Make another one in the settings."),
    "token-scope": N_("This token may not do that: it takes one with the scope “%(scope)s”."),
    "session-needed": N_("A token cannot do this: sign in with a browser."),
    "proof-needed": N_("Confirm first that it is you: with your password or a passkey you have."),
    "token-unknown": N_("This token is not known here; it may have been revoked."),
    "name-taken": N_("Somebody here signs in with this name already. Choose another."),
    "link-spent": N_("This link was used already, or it is too old. Ask for a new one."),
    "last-operator": N_("Somebody must be left who runs this node."),
    "too-many-mutes": N_("You have muted %(most)s things; take one back first."),
    "too-many-tokens": N_("You have %(most)s tokens; revoke one first."),
    "draft-too-long": N_("This draft is too long to keep."),
    "too-many-drafts": N_("With these you would have more than %(most)s drafts; throw some away first."),
    # files of rows
    "file-too-large": N_("This file is too large; %(most)s MB is the most. Bring it in in parts."),
    "not-utf-8": N_("Save the file as UTF-8 (in a spreadsheet: CSV UTF-8) and try again."),
    "too-many-rows": N_("There are too many rows; %(most)s is the most. Bring them in in parts."),
    "no-rows": N_("There is no row in this file. Put one pitch on each row, below the names of the columns."),
    "rows-json": N_("This begins as a JSON array and cannot be read as one. Check its brackets and quotes."),
    "row-json": N_("This line is not one JSON object. Put one whole object on each line."),
    "cell-json": N_("This cell begins as JSON and cannot be read as such. Check its brackets and quotes."),
    "csv": N_("Near line %(line)s this is not CSV. Check that quotes are closed."),
    "column-unknown": N_("Name each column by a field, such as title.en or asks."),
    "column-twice": N_("This column stands here twice, or once whole and once in parts. Keep one."),
    "cells": N_("This row has more cells than there are columns. Name the column or empty the cell."),
    "not-a-draft": N_("Use one of these types: %(types)s."),
    "when-published": N_("Leave this out of the file; it is said when the draft is published."),
    "protected": N_("This seems to be a protective marking. Barnraise is for unclassified content only."),
    "sin": N_("This seems to be a social insurance number. Take it out."),
    "card": N_("This seems to be the number of a payment card. Take it out."),
    "member-disabled": N_("This account is closed, so nothing is published as it."),
    "cannot-be-signed": N_(
        "The node could not make a record of this. Publish it again from the draft, or tell whoever runs it."
    ),
    "outbox-full": N_(
        "Too much waits to be signed on this node. Try again when it signs; whoever runs it can say when."
    ),
    "email": N_("This seems to be an e-mail address. Take it out if it is somebody else's."),
    "phone": N_("This seems to be a telephone number. Take it out if it is somebody else's."),
    "busy": N_("The node is busy. Try again in a moment."),
    "topics": N_("Name the topics to watch, %(most)s at most."),
    # ways in and guests
    "passkey-refused": N_(
        "That did not work. Press the button again; a passkey must be answered within five minutes."
    ),
    "passkey-nowhere": N_("Passkeys need the node to have a name over https; whoever runs it sets url."),
    "passkey-known": N_("This device has a passkey here already."),
    "too-many-passkeys": N_("%(most)s passkeys are the most; remove one first."),
    "last-way-in": N_("This is your only way in. Set a password first, or add another passkey."),
    "guests-off": N_("This node does not take guests at the moment. Its stewards decide that."),
    "guests-guest": N_("Guests cannot invite guests. Ask a member of the organisation."),
    "guests-month": N_(
        "You have invited %(most)s guests in the last 30 days, the most there can be. Try again later."
    ),
    "guest-asked-enough": N_(
        "Many have asked already. Try again in some days, or ask who sent you the link."
    ),
    "guest-gone": N_("This request is answered already, or too old."),
    # requests
    "json": N_("The body is not JSON as records have it."),
    "body-object": N_("The body must be one JSON object."),
    "cursor": N_("This cursor is not one of ours; start again without it."),
    "media-type-expected": N_("Send this with the content type %(expected)s."),
    "hidden-here": N_(
        "This organisation’s stewards do not show it here (%(hidden_for)s): %(why)s"
        " Who wrote it can ask them to look again."
    ),
    "not-hidden": N_("It is not hidden here."),
    "not-here": N_("This node does not hold it. Check the id; if it is new elsewhere, try again later."),
    "idempotency-key": N_("An idempotency key is 1 to 100 visible characters."),
    "idempotency-reused": N_("This idempotency key was used for something else."),
    "blob-empty": N_("This file is empty."),
    "blob-too-large": N_("This file is too large; 64 MB is the most."),
    "room-day": N_(
        "You sent %(used)s MB of files in the last 24 hours, and %(most)s MB is the most. Send this one tomorrow."
    ),
    "room-full": N_(
        "The files of this organisation take %(used)s MB of %(most)s MB. Ask whoever runs this node to make room."
    ),
    "disk-low": N_(
        "The disk of this node has %(left)s MB left, and %(least)s MB stay free. Whoever runs it must make room."
    ),
    "photo-data": N_(
        "This picture says where, when or with what it was taken, and that cannot be taken off this kind of file. "
        "Save it as JPEG or PNG and attach that."
    ),
    "file-author": N_("This file names who wrote it. Take the names out in the program that made it."),
    "file-location": N_("This file says where it was recorded. Take that out in the program that made it."),
    "file-unread": N_(
        "This file could not be looked through: see for yourself that it tells nothing about anybody."
    ),
    "file-missing": N_("Choose a file."),
    # pairing with another node
    "code": N_("This is not a pairing code. Copy it whole; it begins with barnraise://."),
    "own-code": N_("This code is of this very node. Give it to another organisation."),
    "invite-refused": N_(
        "The other node did not let this one in: the code was used already, or it is too old. Ask for a new one."
    ),
    "address-needed": N_(
        "Say under which address the other node reaches this one, such as example.org:7401."
    ),
    "peer-unknown": N_("This node is not one of our neighbours."),
    "form": N_("This form cannot be read."),
    "by-given": N_("Leave this out: who sends it is who speaks."),
}

STATUSES: Final[Mapping[str, int]] = {
    "sign-in-needed": 401,
    "card-missing": 403,
    "operator-only": 403,
    "own-cause": 403,
    "forbidden": 403,
    "made-by-the-node": 403,
    "steward-only": 403,
    "hidden-here": 403,
    "not-hidden": 409,
    "not-yours": 403,
    "other-origin": 403,
    "other-host": 421,
    "token-unknown": 401,
    "token-expired": 401,
    "token-scope": 403,
    "session-needed": 403,
    "proof-needed": 403,
    "link-spent": 410,
    "busy": 503,
    "outbox-full": 503,
    "topics": 400,
    "too-often": 429,
    "json": 400,
    "body-object": 400,
    "cursor": 400,
    "idempotency-key": 400,
    "idempotency-reused": 422,
    "media-type-expected": 415,
    "not-here": 404,
    "blob-too-large": 413,
    "room-day": 429,
    "room-full": 507,
    "disk-low": 507,
    "file-too-large": 413,
    "rows-json": 400,
    "csv": 400,
    "not-utf-8": 400,
    "form": 400,
    "signing-stopped": 503,
    "feed-full": 503,
    "no-envelope": 404,
    "not-signed-yet": 503,
}
"""HTTP status by code; everything else is 422."""

_OF_A_FIELD: Final = frozenset({"not-here", "made-by-the-node"})
"""Codes that mean less when a field of a record is at fault than when the address or the type is."""
_MAY_NOT: Final = (N_("This is not open to you"), N_("You are signed in, but this is for somebody else."))


class Words(NamedTuple):
    """Heading and first sentence of an error page."""

    title: str
    words: str


STATUS_WORDS: Final[Mapping[int, Words]] = {
    400: Words(N_("This request cannot be read"), N_("Something in it is not as it must be.")),
    401: Words(N_("Sign in first"), N_("This is for members of this node.")),
    403: Words(*_MAY_NOT),
    404: Words(
        N_("Nothing is here"), N_("The address may be mistyped, or this node does not hold what it names.")
    ),
    405: Words(N_("This cannot be done here"), N_("The address exists, but not for this kind of request.")),
    410: Words(N_("This link is no longer open"), N_("A link like this works once and for a time.")),
    413: Words(N_("This is too large"), N_("Send less at once, or attach it as a file.")),
    415: Words(N_("This kind of content is not taken here"), N_("Send it in another format.")),
    421: Words(N_("Not under this name"), N_("This node does not answer to the name it was asked by.")),
    422: Words(N_("This cannot be done as it is"), N_("Something is missing or does not fit.")),
    429: Words(N_("Too often"), N_("Wait a minute and try again.")),
    500: Words(
        N_("Something broke on this node"),
        N_("It is not your doing. Try again; if it stays, tell who runs the node, with the time."),
    ),
    503: Words(N_("This took too long"), N_("The node is busy. Try again in a moment.")),
    507: Words(N_("There is no room left"), N_("Whoever runs this node must make room first.")),
}


def problems_of(error: Refused) -> tuple[Problem, ...]:
    """Every fault a refusal names: all of NotAcceptable's, all that NotReady misses, else the one it is."""
    for name in ("problems", "missing"):
        found = getattr(error, name, ())
        if found:
            return tuple(Problem(item.field, item.code, dict(item.params)) for item in found)
    return (Problem(error.field, error.code, error.params),)


def is_unready(error: BaseException) -> bool:
    """Whether a refusal lists what keeps a pitch from being ready."""
    return isinstance(error, NotReady)


def status_of(error: Refused) -> int:
    """The HTTP status of a refusal."""
    if isinstance(error, NotAcceptable) and error.code in _OF_A_FIELD:
        return 422
    return STATUSES.get(error.code, 422)


_AMOUNTS: Final = frozenset({"needed", "short", "stated", "summed"})
_PARAMETER: Final = re.compile(r"%\((\w+)\)s")


def sentence_of(problem: Problem) -> str:
    """The key of a fault's sentence: its code, or a variant where a parameter is missing or the field says more."""
    code = problem.code
    if (code, problem.field) == ("missing", "licence"):
        return "licence-missing"
    if code == "forbidden" and problem.params.get("role") is None:
        return "forbidden-to-all"
    if code == "own-share" and problem.params.get("needed") is None:
        return "own-share-whole"
    return code


def message_of(problem: Problem) -> Message:
    """The sentence of a fault, to be said in the reader's language."""
    sentence = SENTENCES.get(sentence_of(problem), STATUS_WORDS[422].words)
    params = {name: _param(name, problem.params[name], problem.params) for name in problem.params}
    if not set(_PARAMETER.findall(sentence)) <= params.keys():
        return Message(STATUS_WORDS[422].words)
    return Message(sentence, params)


MISSING: Final = N_("Fill in %(field)s: it must be there.")
"""What a program is told, that has no form before it to see the field on."""


def message_in(problem: Problem) -> Message:
    """The sentence of a fault for who sees no form: what is missing is called by its name."""
    if problem.code == "missing" and problem.field and problem.field != "licence":
        return Message(MISSING, {"field": problem.field})
    return message_of(problem)


def _param(name: str, value: object, params: Mapping[str, object]) -> object:
    """A parameter as people read it: money with its currency, days, states by their label."""
    if name in _AMOUNTS and isinstance(value, int):
        return Amount(value, str(params.get("currency", "")))
    if name in ("latest", "sunset"):
        return Day(str(value))
    lists = {"state": "state", "hidden_for": "report", "role": "role"}
    return Labelled(str(value), lists[name]) if name in lists else value


def note(form: Form, error: Refused) -> None:
    """Write every fault of a refusal on the form, beside its field."""
    for problem in problems_of(error):
        message = message_of(problem)
        form.errors.setdefault(problem.field, []).append(message)


def error_answer(
    context: Context,
    status: int,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
    *,
    unready: bool = False,
) -> web.Response:
    """The answer to a request that failed, for whoever asked. ``unready``: the problems are what a pitch misses."""
    said = STATUS_WORDS.get(status) or STATUS_WORDS[400 if status < 500 else 500]
    if context.programmatic:
        document = problem_document(context, status, said, problems)
        return _problem_json(document | (_readiness(context, document) if unready else {}), headers or {})
    words = context.say(message_of(problems[0])) if problems else context.say(Message(said.words))
    title = TITLES.get(problems[0].code, said.title) if problems else said.title
    response = context.page(
        "errors/error.html",
        status=status,
        **{"title": context.say(Message(title)), "words": words, "steps": _steps(context)},
    )
    response.headers.update(headers or {})
    return response


TITLES: Final[Mapping[str, str]] = {"hidden-here": N_("Hidden here")}
"""Headings of pages about one code, where that of the status would say something else."""


def _steps(context: Context) -> list[tuple[str, str]]:
    home = ("/", context.say(Message(N_("Go to the home page"))))
    return [home] if context.account else [("/sign-in", context.say(Message(N_("Sign in")))), home]


def problem_document(
    context: Context, status: int, said: Words, problems: Sequence[Problem]
) -> dict[str, Any]:
    """The RFC 9457 object: type, title, status, detail and ``errors`` of {field, code, text}."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": context.say(Message(said.title)),
        "status": status,
        "detail": context.say(message_of(problems[0]) if problems else Message(said.words)),
    }
    if problems:
        document["errors"] = [fault_of(context, problem) for problem in problems]
    return document


def fault_of(context: Context, problem: Problem) -> dict[str, Any]:
    """One fault as programs get it: {field, code, text}, and the row of the file it is in, if any."""
    told = {"field": problem.field, "code": problem.code, "text": context.say(message_in(problem))}
    return told | ({"row": problem.params["row"]} if "row" in problem.params else {})


def _readiness(context: Context, document: Mapping[str, Any]) -> dict[str, Any]:
    """What a refused accept adds: that the pitch is not ready, and the list under the name it has on the pitch (R2)."""
    detail = context.say(Message(SENTENCES["not-ready"]))
    return {"detail": detail, "readiness": {"ready": False, "missing": document["errors"]}}


def _problem_json(document: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    status = document["status"]
    extra = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return web.json_response(
        document,
        status=status,
        content_type="application/problem+json",
        headers={**headers, **extra},
    )
