"""Words for the values records carry: kinds, topics, states, reasons, units, jurisdictions.

Law: the lists are open (DOMAIN section 3). A value known here is shown in the reader's language; any other is shown
as it was written, never hidden. Each label is a gettext message whose context is the name of its list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def P_(context: str, message: str) -> tuple[str, str]:  # noqa: N802 - marks for extraction, like N_
    """A label and the list it stands in; translated where it is shown."""
    return context, message


def NP_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - marks for extraction, like N_
    """A counted noun; translated where it is shown."""
    return singular, plural


Labels = Mapping[str, tuple[str, str]]

NEED: Final[Labels] = {
    "money": P_("need", "Money"),
    "time": P_("need", "Time"),
    "expertise": P_("need", "Expertise"),
    "review": P_("need", "Review"),
    "mentoring": P_("need", "Mentoring"),
    "coaching": P_("need", "Coaching"),
    "shadowing": P_("need", "Job shadowing"),
    "introduction": P_("need", "Introduction"),
    "case-study": P_("need", "Case study"),
    "data": P_("need", "Data"),
    "venue": P_("need", "Venue"),
    "equipment": P_("need", "Equipment"),
    "seat": P_("need", "Seat"),
    "travel-help": P_("need", "Help with travel"),
    "backfill": P_("need", "Backfill"),
    "facilitation": P_("need", "Facilitation"),
    "speaker": P_("need", "Speaker"),
    "promotion": P_("need", "Promotion"),
    "translation": P_("need", "Translation"),
    "accessibility": P_("need", "Accessibility"),
    "testing": P_("need", "Testing"),
    "other": P_("need", "Other"),
}
OPPORTUNITY: Final[Labels] = {
    "conference": P_("opportunity", "Conference"),
    "forum": P_("opportunity", "Forum"),
    "debate": P_("opportunity", "Debate"),
    "workshop": P_("opportunity", "Workshop"),
    "course": P_("opportunity", "Course"),
    "event": P_("opportunity", "Event"),
    "innovation-jam": P_("opportunity", "Innovation jam"),
    "change-lab": P_("opportunity", "Change lab"),
    "speaker-series": P_("opportunity", "Speaker series"),
    "host": P_("opportunity", "Hosting an activity"),
    "shadowing": P_("opportunity", "Job shadowing"),
    "mentoring": P_("opportunity", "Mentoring"),
    "peer-coaching": P_("opportunity", "Peer coaching"),
    "exchange": P_("opportunity", "Exchange"),
    "micro-assignment": P_("opportunity", "Micro-assignment"),
    "reading-group": P_("opportunity", "Reading group"),
    "test-an-idea": P_("opportunity", "Testing an idea"),
    "other": P_("opportunity", "Other"),
}
ARTIFACT: Final[Labels] = {
    "post": P_("artifact", "Blog post"),
    "note": P_("artifact", "Note"),
    "short-note": P_("artifact", "Short note"),
    "case-study": P_("artifact", "Case study"),
    "how-to": P_("artifact", "How-to"),
    "template": P_("artifact", "Template"),
    "checklist": P_("artifact", "Checklist"),
    "slides": P_("artifact", "Slides"),
    "recording": P_("artifact", "Recording"),
    "podcast": P_("artifact", "Podcast"),
    "dataset": P_("artifact", "Dataset"),
    "recommendation": P_("artifact", "Recommendation"),
    "evaluation": P_("artifact", "Evaluation"),
    "reading-list": P_("artifact", "Reading list"),
    "minutes": P_("artifact", "Minutes"),
    "test-card": P_("artifact", "Test card"),
    "other": P_("artifact", "Other"),
}
EVIDENCE: Final[Labels] = {
    "opinion": P_("evidence", "Opinion"),
    "one-experience": P_("evidence", "One experience"),
    "several-experiences": P_("evidence", "Several experiences"),
    "tested-locally": P_("evidence", "Tested locally"),
    "tested-in-several-jurisdictions": P_("evidence", "Tested in several jurisdictions"),
    "research": P_("evidence", "Research"),
}
NODE: Final[Labels] = {
    "government": P_("node", "Government"),
    "ministry": P_("node", "Ministry"),
    "municipality": P_("node", "Municipality"),
    "agency": P_("node", "Agency"),
    "university": P_("node", "University"),
    "institute": P_("node", "Institute"),
    "association": P_("node", "Association"),
    "community": P_("node", "Community"),
}
LEVEL: Final[Labels] = {
    "federal": P_("level", "Federal"),
    "provincial-territorial": P_("level", "Provincial or territorial"),
    "municipal-regional": P_("level", "Municipal or regional"),
    "indigenous": P_("level", "Indigenous"),
    "foreign": P_("level", "Outside Canada"),
    "non-government": P_("level", "Non-government"),
}
TOPIC: Final[Labels] = {
    "leadership": P_("topic", "Leadership"),
    "engagement": P_("topic", "Public engagement"),
    "citizen-services": P_("topic", "Citizen services"),
    "data": P_("topic", "Data"),
    "climate-action": P_("topic", "Climate action"),
    "food-systems": P_("topic", "Food systems"),
    "policy": P_("topic", "Policy"),
    "innovation": P_("topic", "Innovation"),
    "digital": P_("topic", "Digital"),
    "accessibility": P_("topic", "Accessibility"),
    "reconciliation": P_("topic", "Reconciliation"),
}
STATE: Final[Labels] = {
    "draft": P_("pitch state", "Draft"),
    "open": P_("pitch state", "Open"),
    "ready": P_("pitch state", "Ready"),
    "resourced": P_("pitch state", "Resourced"),
    "underway": P_("pitch state", "Underway"),
    "sharing": P_("pitch state", "Sharing"),
    "applied": P_("pitch state", "Applied"),
    "closed": P_("pitch state", "Closed"),
    "lapsed": P_("pitch state", "Lapsed"),
    "withdrawn": P_("pitch state", "Withdrawn"),
    "cancelled": P_("pitch state", "Cancelled"),
}
STATE_SENTENCE: Final[Labels] = {
    "draft": P_("pitch state explained", "Only you can see it."),
    "open": P_("pitch state explained", "Pledges can be offered; some things are still to be said."),
    "ready": P_("pitch state explained", "Pledges can be accepted."),
    "resourced": P_("pitch state explained", "Everything it must have is pledged."),
    "underway": P_("pitch state explained", "The learning is happening."),
    "sharing": P_("pitch state explained", "What was learned is being shared."),
    "applied": P_("pitch state explained", "What was learned is applied."),
    "closed": P_("pitch state explained", "It has come to its end."),
    "lapsed": P_("pitch state explained", "The time passed before it had what it must have."),
    "withdrawn": P_("pitch state explained", "The pitcher took it back."),
    "cancelled": P_("pitch state explained", "It will not take place."),
}
PLEDGE: Final[Labels] = {
    "offered": P_("pledge state", "Offered"),
    "accepted": P_("pledge state", "Accepted"),
    "waiting": P_("pledge state", "Waiting"),
    "declined": P_("pledge state", "Declined"),
    "fulfilled": P_("pledge state", "Fulfilled"),
    "confirmed": P_("pledge state", "Confirmed"),
    "disputed": P_("pledge state", "The two sides differ"),
    "released": P_("pledge state", "Released"),
    "withdrawn": P_("pledge state", "Withdrawn"),
    "lapsed": P_("pledge state", "Lapsed"),
}
REASON: Final[Labels] = {
    "workload": P_("reason", "Workload"),
    "operational-needs": P_("reason", "Operational needs"),
    "no-management-support": P_("reason", "No support from management"),
    "no-longer-interested": P_("reason", "No longer interested"),
    "engaged-elsewhere": P_("reason", "Engaged elsewhere"),
    "conflict-of-interest": P_("reason", "Conflict of interest"),
    "unsuitable": P_("reason", "Does not fit"),
    "already-met": P_("reason", "Already met"),
    "date": P_("reason", "The date does not work"),
    "other": P_("reason", "Other reason"),
}
SHOW: Final[Labels] = {
    "named": P_("shown as", "With my name"),
    "organisation": P_("shown as", "As a member of my organisation"),
    "anonymous": P_("shown as", "Without my name"),
}
RESULT: Final[Labels] = {
    "met": P_("result", "Met"),
    "partly": P_("result", "Partly met"),
    "not": P_("result", "Not met"),
}
AVENUE: Final[Labels] = {
    "lunch-and-learn": P_("avenue", "Lunch and learn"),
    "webinar": P_("avenue", "Webinar"),
    "post": P_("avenue", "Blog post"),
    "article": P_("avenue", "Article"),
    "workshop": P_("avenue", "Workshop"),
    "talk": P_("avenue", "Informal talk"),
    "short-note": P_("avenue", "Short note"),
    "mentoring": P_("avenue", "Mentoring"),
    "presentation": P_("avenue", "Presentation"),
    "podcast": P_("avenue", "Podcast"),
    "case-study": P_("avenue", "Case study"),
    "how-to": P_("avenue", "How-to guide"),
    "community-of-practice": P_("avenue", "Community of practice"),
    "briefing": P_("avenue", "Briefing for managers"),
    "other": P_("avenue", "Other"),
}
ROLE: Final[Labels] = {
    "owner": P_("role", "Owner"),
    "facilitator": P_("role", "Facilitator"),
    "catalyst": P_("role", "Catalyst"),
    "giver": P_("role", "Giver"),
    "member": P_("role", "Member"),
    "steward": P_("role", "Steward"),
    "operator": P_("role", "Operator"),
    "author": P_("role", "Author"),
    "editor": P_("role", "Editor"),
    "translator": P_("role", "Translator"),
    "contributor": P_("role", "Contributor"),
    "illustrator": P_("role", "Illustrator"),
    "speaker": P_("role", "Speaker"),
    "other": P_("role", "Other"),
}
PLACE: Final[Labels] = {
    "home": P_("place", "Home"),
    "pitches": P_("place", "Pitches"),
    "library": P_("place", "Library"),
    "circles": P_("place", "Circles"),
    "events": P_("place", "Events"),
    "mine": P_("place", "My barn"),
    "notifications": P_("place", "Notifications"),
    "people": P_("place", "People"),
    "network": P_("place", "Network"),
    "impact": P_("place", "Impact"),
    "search": P_("place", "Search"),
    "help": P_("place", "Help"),
    "about": P_("place", "About this node"),
    "accessibility": P_("place", "Accessibility statement"),
    "privacy": P_("place", "Privacy notice"),
    "settings": P_("place", "Settings"),
    "api": P_("place", "For software (API)"),
    "desk": P_("place", "Steward desk"),
}
LICENCE: Final[Labels] = {
    "OGL-Canada-2.0": P_("licence", "Open Government Licence – Canada 2.0"),
    "CC-BY-4.0": P_("licence", "Creative Commons Attribution 4.0"),
    "CC0-1.0": P_("licence", "CC0 1.0, no rights reserved"),
}
EVENT: Final[Labels] = {
    "webinar": P_("event", "Webinar"),
    "lunch-and-learn": P_("event", "Lunch and learn"),
    "workshop": P_("event", "Workshop"),
    "talk": P_("event", "Informal talk"),
    "panel": P_("event", "Panel discussion"),
    "course": P_("event", "Course"),
    "conference": P_("event", "Conference"),
    "meeting": P_("event", "Meeting"),
    "site-visit": P_("event", "Site visit"),
    "demonstration": P_("event", "Demonstration"),
    "open-house": P_("event", "Open house"),
    "coffee-chat": P_("event", "Coffee chat"),
    "innovation-jam": P_("event", "Innovation jam"),
    "other": P_("event", "Other"),
}
RSVP: Final[Labels] = {
    "yes": P_("rsvp", "Yes"),
    "maybe": P_("rsvp", "Perhaps"),
    "no": P_("rsvp", "No"),
}
POLL: Final[Labels] = {
    "choose-one": P_("poll", "Choose one"),
    "choose-many": P_("poll", "Choose several"),
    "rank": P_("poll", "Rank"),
    "score": P_("poll", "Score"),
    "dots": P_("poll", "Dots"),
    "times": P_("poll", "Find a time"),
}
POLL_STATE: Final[Labels] = {
    "open": P_("poll state", "Open"),
    "counting": P_("poll state", "To be counted"),
    "closed": P_("poll state", "Closed"),
}
VERDICT: Final[Labels] = {
    "counted": P_("ballot", "It counts"),
    "late": P_("ballot", "Too late"),
    "not-eligible": P_("ballot", "From somebody who may not vote here"),
    "spoiled": P_("ballot", "Spoiled"),
    "replaced": P_("ballot", "Replaced by a later one"),
    "beyond": P_("ballot", "More than an organisation has voters"),
}
OFFER_STATE: Final[Labels] = {
    "open": P_("offer state", "Stands"),
    "closed": P_("offer state", "Closed"),
    "lapsed": P_("offer state", "Lapsed"),
}
APPLIED: Final[Labels] = {
    "yes": P_("applied", "Yes"),
    "partly": P_("applied", "In part"),
    "no": P_("applied", "No"),
}
IMPACT: Final[Labels] = {
    "1": P_("impact", "Reaction"),
    "2": P_("impact", "Learning"),
    "3": P_("impact", "Behaviour"),
    "4": P_("impact", "Results"),
}
REUSE: Final[Labels] = {
    "worked": P_("reuse", "It worked"),
    "partly": P_("reuse", "It worked in part"),
    "did-not-work": P_("reuse", "It did not work"),
    "too-early": P_("reuse", "Too early to say"),
}
TRANSCRIPT: Final[Labels] = {
    "captions": P_("transcript", "Captions, in it or in a file beside it"),
    "transcript": P_("transcript", "A transcript in a file beside it"),
    "in-text": P_("transcript", "The text above says what is said"),
    "none": P_("transcript", "Not yet: no captions and no transcript"),
}
TAKEN: Final[Labels] = {
    "location": P_("taken", "where it was taken"),
    "camera": P_("taken", "the camera"),
    "author": P_("taken", "the author"),
    "time": P_("taken", "when it was taken"),
    "text": P_("taken", "notes and keywords"),
    "thumbnail": P_("taken", "a small earlier picture"),
    "other": P_("taken", "other data"),
}
CYCLE: Final[Labels] = {
    "experience": P_("cycle", "Experience"),
    "reflection": P_("cycle", "Reflection"),
    "concept": P_("cycle", "Concept"),
    "experiment": P_("cycle", "Experiment"),
}
ORIGIN: Final[Labels] = {
    "human": P_("origin", "Translated by a person"),
    "machine": P_("origin", "Translated by a machine"),
}
ATTEST: Final[Labels] = {
    "conversation": P_("attest", "It was talked about"),
    "time": P_("attest", "Time is given"),
    "employer-money": P_("attest", "The employer’s money is given"),
    "no-objection": P_("attest", "No objection"),
}
REPORT: Final[Labels] = {
    "personal-information": P_("report", "Personal information"),
    "protected-information": P_("report", "Protected information"),
    "harassment": P_("report", "Harassment"),
    "discrimination": P_("report", "Discrimination"),
    "copyright": P_("report", "Copyright"),
    "misleading": P_("report", "Misleading"),
    "conflict-of-interest": P_("report", "Conflict of interest"),
    "off-topic": P_("report", "Off topic"),
    "other": P_("report", "Other reason"),
}
ERASE: Final[Labels] = {
    "personal-information": P_("erase", "Personal information"),
    "protected-information": P_("erase", "Protected information"),
    "copyright": P_("erase", "Copyright"),
    "legal-order": P_("erase", "Legal order"),
    "harmful": P_("erase", "Harmful content"),
    "published-by-mistake": P_("erase", "Published by mistake"),
    "other": P_("erase", "Other reason"),
}
SCOPE: Final[Labels] = {
    "read": P_("scope", "Read"),
    "publish": P_("scope", "Publish"),
    "admin": P_("scope", "Work at the desk"),
}
LABEL: Final[Labels] = {
    "outdated": P_("label", "Outdated"),
    "superseded": P_("label", "Superseded"),
    "disputed": P_("label", "Disputed"),
    "contains-error": P_("label", "Contains an error"),
    "under-review": P_("label", "Under review"),
    "not-accessible": P_("label", "Not accessible to everyone"),
}
TOLD: Final[Labels] = {
    "owner": P_("told", "Because it is yours."),
    "author": P_("told", "Because you wrote it."),
    "reply": P_("told", "Because it answers you."),
    "invited": P_("told", "Because you are invited."),
    "facilitator": P_("told", "Because you are named as facilitator."),
    "asked": P_("told", "Because you are asked what you saw."),
    "named": P_("told", "Because it names you."),
    "giver": P_("told", "Because you pledged to this."),
    "source": P_("told", "Because it builds on what you wrote."),
    "coming": P_("told", "Because you said you might come."),
    "circle": P_("told", "Because you are in its circle."),
}

LISTS: Final[Mapping[str, Labels]] = {
    "need": NEED,
    "opportunity": OPPORTUNITY,
    "artifact": ARTIFACT,
    "evidence": EVIDENCE,
    "node": NODE,
    "level": LEVEL,
    "topic": TOPIC,
    "state": STATE,
    "state-sentence": STATE_SENTENCE,
    "pledge": PLEDGE,
    "reason": REASON,
    "show": SHOW,
    "result": RESULT,
    "avenue": AVENUE,
    "role": ROLE,
    "place": PLACE,
    "licence": LICENCE,
    "event": EVENT,
    "rsvp": RSVP,
    "poll": POLL,
    "poll-state": POLL_STATE,
    "verdict": VERDICT,
    "offer-state": OFFER_STATE,
    "applied": APPLIED,
    "impact": IMPACT,
    "reuse": REUSE,
    "transcript": TRANSCRIPT,
    "taken": TAKEN,
    "cycle": CYCLE,
    "origin": ORIGIN,
    "attest": ATTEST,
    "report": REPORT,
    "erase": ERASE,
    "label": LABEL,
    "told": TOLD,
    "scope": SCOPE,
}

UNITS: Final[Labels] = {
    "person": NP_("%(count)s person", "%(count)s people"),
    "hour": NP_("%(count)s hour", "%(count)s hours"),
    "day": NP_("%(count)s day", "%(count)s days"),
    "week": NP_("%(count)s week", "%(count)s weeks"),
    "month": NP_("%(count)s month", "%(count)s months"),
    "session": NP_("%(count)s session", "%(count)s sessions"),
    "seat": NP_("%(count)s seat", "%(count)s seats"),
    "room": NP_("%(count)s room", "%(count)s rooms"),
    "page": NP_("%(count)s page", "%(count)s pages"),
    "word": NP_("%(count)s word", "%(count)s words"),
    "piece": NP_("%(count)s piece", "%(count)s pieces"),
    "item": NP_("%(count)s item", "%(count)s items"),
    "copy": NP_("%(count)s copy", "%(count)s copies"),
    "review": NP_("%(count)s review", "%(count)s reviews"),
    "case-study": NP_("%(count)s case study", "%(count)s case studies"),
}

# The zone most of a jurisdiction lives in, from the IANA table: what a node's times are shown in until a member says
ZONES: Final[Mapping[str, str]] = {
    "CA-AB": "America/Edmonton",
    "CA-BC": "America/Vancouver",
    "CA-MB": "America/Winnipeg",
    "CA-NB": "America/Moncton",
    "CA-NL": "America/St_Johns",
    "CA-NS": "America/Halifax",
    "CA-NT": "America/Yellowknife",
    "CA-NU": "America/Iqaluit",
    "CA-ON": "America/Toronto",
    "CA-PE": "America/Halifax",
    "CA-QC": "America/Toronto",
    "CA-SK": "America/Regina",
    "CA-YT": "America/Whitehorse",
    "CA": "America/Toronto",
}

# ISO 3166-2:CA, names as the two official languages write them
SUBDIVISIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "CA-AB": {"en": "Alberta", "fr": "Alberta"},
    "CA-BC": {"en": "British Columbia", "fr": "Colombie-Britannique"},
    "CA-MB": {"en": "Manitoba", "fr": "Manitoba"},
    "CA-NB": {"en": "New Brunswick", "fr": "Nouveau-Brunswick"},
    "CA-NL": {"en": "Newfoundland and Labrador", "fr": "Terre-Neuve-et-Labrador"},
    "CA-NS": {"en": "Nova Scotia", "fr": "Nouvelle-Écosse"},
    "CA-NT": {"en": "Northwest Territories", "fr": "Territoires du Nord-Ouest"},
    "CA-NU": {"en": "Nunavut", "fr": "Nunavut"},
    "CA-ON": {"en": "Ontario", "fr": "Ontario"},
    "CA-PE": {"en": "Prince Edward Island", "fr": "Île-du-Prince-Édouard"},
    "CA-QC": {"en": "Quebec", "fr": "Québec"},
    "CA-SK": {"en": "Saskatchewan", "fr": "Saskatchewan"},
    "CA-YT": {"en": "Yukon", "fr": "Yukon"},
}
