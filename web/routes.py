"""Every address of the members' web, on one page.

Law: an address not listed here does not exist; each line says who may ask and what it is for, and the documents are
tested against it. Handlers live in ``pages/<area>`` and ``api/<area>``; the calls of the HTTP API are lines of
``api/calls``. Source: WEB "Routes" and "HTTP API".
"""

from __future__ import annotations

from typing import Final

from web import live
from web.access import Access, Route
from web.api import blobs, calls, entries
from web.pages import (
    api,
    card,
    care,
    desk,
    event_form,
    events,
    go,
    guides,
    health,
    home,
    library,
    mine,
    network,
    notifications,
    organisations,
    people,
    pitch_facilitator,
    pitch_form,
    pitch_share,
    pitch_steps,
    pitches,
    pledges,
    policy,
    poll_form,
    polls,
    public,
    reports,
    search,
    settings,
    sign_in,
    static,
    style_guide,
    welcome,
)
from web.pages import (
    help as help_pages,
)

ANYONE, ACCOUNT, CARD = Access.ANYONE, Access.ACCOUNT, Access.CARD
STEWARD, OPERATOR = Access.STEWARD, Access.OPERATOR

ROUTES: Final[tuple[Route, ...]] = (
    # in and out
    Route("GET", "/sign-in", sign_in.show, ANYONE, "sign in with name and password"),
    Route("POST", "/sign-in", sign_in.sign_in, ANYONE, "sign in with name and password"),
    Route(
        "POST", "/sign-in/passkey", sign_in.ask_passkey, ANYONE, "what a browser asks a passkey, to sign in"
    ),
    Route("POST", "/sign-out", sign_in.sign_out, ANYONE, "end this session"),
    Route("GET", "/join/{token}", sign_in.show_join, ANYONE, "what an invitation or one-time link opens"),
    Route("POST", "/join/{token}", sign_in.join, ANYONE, "use an invitation or one-time link"),
    Route(
        "POST",
        "/join/{token}/passkey",
        sign_in.ask_new_passkey,
        ANYONE,
        "what a browser asks for a first passkey",
    ),
    Route("GET", "/card", card.show, ACCOUNT, "the card a member publishes, and who will hold it"),
    Route("POST", "/card", card.publish, ACCOUNT, "publish the card"),
    Route("GET", "/welcome", welcome.show, CARD, "what a member could give, and who asks for it today"),
    Route("POST", "/welcome", welcome.tick, CARD, "put what was ticked on the card"),
    Route("GET", "/settings", settings.show, ACCOUNT, "language, ways in, sessions and tokens"),
    Route("POST", "/settings/language", settings.set_language, ACCOUNT, "language of the account"),
    Route("POST", "/settings/password", settings.set_password, ACCOUNT, "change the password"),
    Route(
        "POST",
        "/settings/passkeys/ask",
        settings.ask_passkey,
        ACCOUNT,
        "what a browser asks for a new passkey",
    ),
    Route("POST", "/settings/passkeys", settings.add_passkey, ACCOUNT, "keep a new passkey"),
    Route("POST", "/settings/passkeys/name", settings.name_passkey, ACCOUNT, "call a passkey something else"),
    Route(
        "POST", "/settings/passkeys/remove", settings.remove_passkey, ACCOUNT, "a passkey signs in no more"
    ),
    Route("POST", "/settings/sessions", settings.end_sessions, ACCOUNT, "sign out other browsers"),
    Route("POST", "/settings/tokens", settings.make_token, ACCOUNT, "make a token for a program"),
    Route("POST", "/settings/tokens/revoke", settings.revoke_token, ACCOUNT, "revoke a token"),
    Route("GET", "/settings/notifications", notifications.settings, ACCOUNT, "letters, mutes and feeds"),
    Route(
        "POST", "/settings/digest", notifications.set_digest, ACCOUNT, "letters every day, every week or none"
    ),
    Route("POST", "/settings/feeds", notifications.make_key, ACCOUNT, "make the key of personal feeds"),
    Route("POST", "/settings/feeds/revoke", notifications.revoke_key, ACCOUNT, "revoke that key"),
    Route("GET", "/language/{lang}", settings.switch_language, ANYONE, "show pages in the other language"),
    # what members do
    Route("GET", "/", home.show, ACCOUNT, "what waits, what came of it, what is new"),
    Route(
        "GET", "/notifications", notifications.show, ACCOUNT, "what concerns a member, newest first, and why"
    ),
    Route(
        "POST", "/notifications/read", notifications.read, ACCOUNT, "mark as read: all, or about one object"
    ),
    Route(
        "POST",
        "/notifications/mute",
        notifications.mute,
        ACCOUNT,
        "hear no more of an object or for a reason",
    ),
    Route("POST", "/notifications/unmute", notifications.unmute, ACCOUNT, "hear of it again"),
    Route("GET", "/mine", mine.show, ACCOUNT, "a member's own pitches, pledges, artifacts and drafts"),
    Route("GET", "/mine/import", mine.import_form, ACCOUNT, "the form that makes drafts of a file"),
    Route("POST", "/mine/import", mine.import_drafts, ACCOUNT, "make drafts of the rows of a file"),
    Route("POST", "/mine/drafts/{draft}/drop", mine.drop_draft, ACCOUNT, "throw a draft away"),
    Route(
        "GET",
        "/pitches",
        pitches.listing,
        ACCOUNT,
        "pitches: filters, search, what can I give",
        public=public.pitch_list,
    ),
    Route("GET", "/pitches/new", pitch_form.new, ACCOUNT, "the form of a new pitch, or a draft of one"),
    Route("POST", "/pitches/new", pitch_form.open_pitch, ACCOUNT, "publish a pitch or keep a draft"),
    Route("GET", "/pitches/{id}", pitches.show, ACCOUNT, "one pitch", public=public.pitch),
    Route("GET", "/pitches/{id}/revise", pitch_form.revise, CARD, "the form of a revision"),
    Route("POST", "/pitches/{id}/revise", pitch_form.publish_revision, CARD, "publish a revision"),
    Route("GET", "/pitches/{id}/pledge", pledges.new, CARD, "the form of a pledge"),
    Route("POST", "/pitches/{id}/pledge", pledges.offer, CARD, "make a pledge"),
    Route(
        "GET",
        "/pitches/{id}/share",
        pitch_share.show,
        ACCOUNT,
        "the share kit of a pitch, and whom to invite",
    ),
    Route("POST", "/pitches/{id}/invite", pitch_share.invite, CARD, "invite a member to look at a pitch"),
    Route("GET", "/pitches/{id}/qr.svg", pitch_share.qr, ACCOUNT, "the link of a pitch as a QR code"),
    Route("GET", "/pitches/{id}/dates.ics", pitch_share.dates, ACCOUNT, "the days of a pitch for a calendar"),
    Route("GET", "/pitches/{id}/poster", pitch_share.poster, ACCOUNT, "a pitch on one printed page"),
    Route("GET", "/pitches/{id}/manager", pitch_share.manager, ACCOUNT, "one printed page for the manager"),
    Route("GET", "/pitches/{id}/facilitator", pitch_facilitator.show, CARD, "ask a facilitator; be one"),
    Route(
        "POST",
        "/pitches/{id}/facilitator",
        pitch_facilitator.take,
        CARD,
        "name a facilitator, or attest as one",
    ),
    Route(
        "POST",
        "/pitches/{id}/{step}",
        pitch_steps.take,
        CARD,
        "advance, update, thank, comment, check-in, witness, catalyse or encourage",
    ),
    Route("GET", "/pledges/{id}", pledges.show, ACCOUNT, "one pledge, between its parties"),
    Route(
        "POST",
        "/pledges/{id}/{step}",
        pledges.take,
        CARD,
        "accept, decline, revise, release, withdraw, fulfil, confirm, deliver, answer or comment",
    ),
    Route(
        "GET",
        "/library",
        library.listing,
        ACCOUNT,
        "artifacts: filters and search",
        public=public.artifact_list,
    ),
    Route("GET", "/library/new", library.new, CARD, "the form of an artifact"),
    Route("POST", "/library/new", library.publish_new, CARD, "publish an artifact with its files", slow=True),
    Route("GET", "/library/{id}", library.show, ACCOUNT, "one artifact", public=public.artifact),
    Route("POST", "/library/{id}/comment", library.comment, CARD, "comment on an artifact"),
    Route("GET", "/polls", polls.listing, ACCOUNT, "polls: filters and search"),
    Route("GET", "/polls/new", poll_form.new, CARD, "the form of a poll"),
    Route("POST", "/polls/new", poll_form.open_poll, CARD, "open a poll"),
    Route("GET", "/polls/{id}", polls.show, ACCOUNT, "one poll, its ballot and its result"),
    Route("POST", "/polls/{id}/vote", polls.vote, CARD, "cast a ballot"),
    Route("GET", "/events", events.listing, ACCOUNT, "events to come, a month of them, or those before"),
    Route("GET", "/events/new", event_form.new, CARD, "the form of an event"),
    Route("POST", "/events/new", event_form.schedule, CARD, "schedule an event"),
    Route("GET", "/events/{id}", events.show, ACCOUNT, "one event and who comes"),
    Route("GET", "/events/{id}/ics", events.ics, ACCOUNT, "the event as a file for any calendar"),
    Route("GET", "/events/{id}/revise", event_form.revise, CARD, "the form of a revision"),
    Route("POST", "/events/{id}/revise", event_form.publish_revision, CARD, "publish a revision"),
    Route("POST", "/events/{id}/{step}", events.take, CARD, "answer, comment, cancel or report"),
    Route("GET", "/people", people.listing, ACCOUNT, "members by what they offer"),
    Route("GET", "/people/{id}", people.show, ACCOUNT, "one member's card"),
    Route(
        "GET",
        "/organisations/{node}",
        organisations.show,
        ACCOUNT,
        "one organisation, its rules and its newest",
    ),
    Route("GET", "/network", network.show, ACCOUNT, "peers, feeds, gaps and what was not taken"),
    Route("POST", "/network/invite", network.invite, OPERATOR, "make a pairing code"),
    Route("POST", "/network/add", network.add, OPERATOR, "enter a pairing code"),
    Route("POST", "/network/remove", network.remove, OPERATOR, "end a pairing"),
    Route("GET", "/search", search.show, ACCOUNT, "search everything this member may see"),
    Route("GET", "/desk", desk.show, STEWARD, "accounts, invitations and roles"),
    Route("POST", "/desk/invite", desk.invite, STEWARD, "a link that makes an account"),
    Route("POST", "/desk/sign-in-link", desk.sign_in_link, OPERATOR, "a link that signs an account in once"),
    Route("POST", "/desk/role", desk.set_role, OPERATOR, "what an account may do here"),
    Route("POST", "/desk/disable", desk.set_disabled, OPERATOR, "shut an account out or let it in again"),
    Route("GET", "/desk/care", care.show, STEWARD, "reports to decide, and what is hidden here"),
    Route("GET", "/desk/reports/{report}", care.show_report, STEWARD, "one report"),
    Route("POST", "/desk/reports/{report}", care.decide, STEWARD, "hide what was reported, or keep it"),
    Route("GET", "/desk/objects/{object}", care.show_object, STEWARD, "hide, show again or label one thing"),
    Route("POST", "/desk/objects/{object}/hide", care.hide, STEWARD, "stop showing it here"),
    Route(
        "POST", "/desk/objects/{object}/answer", care.answer, STEWARD, "answer its author, or show it again"
    ),
    Route("POST", "/desk/objects/{object}/label", care.label, STEWARD, "publish a label on it"),
    Route("GET", "/desk/policy", policy.show, STEWARD, "the rules of the organisation and their versions"),
    Route("POST", "/desk/policy", policy.publish_policy, STEWARD, "preview or publish rules"),
    Route("GET", "/report/{id}", reports.show, CARD, "the form that tells stewards what is wrong"),
    Route("POST", "/report/{id}", reports.report, CARD, "send a report to the stewards"),
    Route("GET", "/appeal/{id}", reports.show_appeal, CARD, "why it is hidden, and the form that asks again"),
    Route("POST", "/appeal/{id}", reports.appeal, CARD, "ask the stewards to look again"),
    Route("GET", "/help", help_pages.show, ANYONE, "what the words mean and how things go"),
    Route("GET", "/help/style", style_guide.show, ANYONE, "the look of these pages, piece by piece"),
    Route("GET", "/help/members", guides.member, ANYONE, "the member's guide"),
    Route("GET", "/help/operators", guides.operator, ANYONE, "the operator's guide"),
    Route("GET", "/about", help_pages.about, ANYONE, "node id and version"),
    Route("GET", "/privacy", help_pages.privacy, ANYONE, "privacy notice"),
    Route("GET", "/accessibility", help_pages.accessibility, ANYONE, "accessibility statement"),
    # links from elsewhere
    Route("GET", "/go/{id}", go.go, ANYONE, "the page of an object by its id alone"),
    Route("GET", "/entries/{id}/receipt", entries.receipt, ACCOUNT, "the receipt of an entry as a text file"),
    Route("GET", "/blobs/{hash}", blobs.download, ACCOUNT, "a file, whole or by range", slow=True),
    # live and machines
    Route("GET", "/live", live.stream, ACCOUNT, "server-sent events: topics that changed", slow=True),
    Route("GET", "/healthz", health.healthz, ANYONE, "whether the node is well"),
    Route("GET", "/metrics", health.metrics, ANYONE, "Prometheus text, for loopback or an operator's token"),
    Route("GET", "/static/{name}", static.show, ANYONE, "style, scripts and pictures of the pages"),
    Route("GET", "/api", api.show, ANYONE, "what programs can do, readable"),
    *calls.ROUTES,
)
