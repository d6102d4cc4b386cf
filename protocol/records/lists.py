"""The open lists: values people are offered.

Law: open means open. A record keeps and shows a value that is not listed, so a list may grow without a new
version of anything; nothing is ever refused for not being here. Sources: DOMAIN sections 2, 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS: Final = (  # of asks, pledges and things a member can give
    "money",
    "time",
    "expertise",
    "review",
    "mentoring",
    "coaching",
    "shadowing",
    "introduction",
    "case-study",
    "data",
    "venue",
    "equipment",
    "seat",
    "travel-help",
    "backfill",
    "facilitation",
    "speaker",
    "promotion",
    "translation",
    "accessibility",
    "testing",
    "other",
)
MONEY: Final = "money"  # the one kind with rules of its own (R1, R12)
UNITS: Final = ("hour", "day", "person", "seat", "piece", "session")  # money's unit is its currency
OPPORTUNITIES: Final = (
    "conference",
    "forum",
    "debate",
    "workshop",
    "course",
    "event",
    "innovation-jam",
    "change-lab",
    "speaker-series",
    "host",
    "shadowing",
    "mentoring",
    "peer-coaching",
    "exchange",
    "micro-assignment",
    "reading-group",
    "test-an-idea",
    "other",
)
AVENUES: Final = (  # ways to share what was learned
    "lunch-and-learn",
    "webinar",
    "workshop",
    "talk",
    "post",
    "short-note",
    "case-study",
    "how-to",
    "podcast",
    "mentoring",
    "other",
)
CONDITIONS: Final = ("ready", "resourced", "underway")  # the state of the pitch a pledge waits for
REASONS: Final = (
    "workload",
    "operational-needs",
    "no-management-support",
    "no-longer-interested",
    "engaged-elsewhere",
    "conflict-of-interest",
    "unsuitable",
    "already-met",
    "date",
    "other",
)
ARTIFACT_KINDS: Final = (
    "post",
    "note",
    "short-note",
    "case-study",
    "how-to",
    "template",
    "checklist",
    "slides",
    "recording",
    "podcast",
    "dataset",
    "recommendation",
    "evaluation",
    "reading-list",
    "minutes",
    "test-card",
    "other",
)
EVIDENCE: Final = (
    "opinion",
    "one-experience",
    "several-experiences",
    "tested-locally",
    "tested-in-several-jurisdictions",
    "research",
)
TRANSCRIPTS: Final = (
    "captions",
    "transcript",
    "in-text",
    "none",
)  # how one who does not hear gets what is said
LICENCES: Final = ("OGL-Canada-2.0", "CC-BY-4.0", "CC0-1.0")  # SPDX names
AUTHOR_ROLES: Final = ("author", "editor", "translator", "contributor", "illustrator", "speaker", "other")
NODE_KINDS: Final = (
    "government",
    "ministry",
    "municipality",
    "agency",
    "university",
    "institute",
    "association",
    "community",
)
LEVELS: Final = (
    "federal",
    "provincial-territorial",
    "municipal-regional",
    "indigenous",
    "foreign",
    "non-government",
)
TOPICS: Final = (
    "leadership",
    "engagement",
    "citizen-services",
    "data",
    "climate-action",
    "food-systems",
    "policy",
    "innovation",
    "digital",
    "accessibility",
    "reconciliation",
)
EVENT_KINDS: Final = (
    "webinar",
    "lunch-and-learn",
    "workshop",
    "talk",
    "panel",
    "course",
    "conference",
    "meeting",
    "site-visit",
    "demonstration",
    "open-house",
    "coffee-chat",
    "innovation-jam",
    "other",
)
REUSE_RESULTS: Final = ("worked", "partly", "did-not-work", "too-early")
IDP_PARTS: Final = ("experience", "reflection", "concept", "experiment")  # Kolb's cycle, in its order
REPORT_REASONS: Final = (
    "personal-information",
    "protected-information",
    "harassment",
    "discrimination",
    "copyright",
    "misleading",
    "conflict-of-interest",
    "off-topic",
    "other",
)
ERASE_REASONS: Final = (
    "personal-information",
    "protected-information",
    "copyright",
    "legal-order",
    "harmful",
    "published-by-mistake",
    "other",
)
LABELS: Final = (  # what a steward says of an object before it is read
    "outdated",
    "superseded",
    "disputed",
    "contains-error",
    "under-review",
    "not-accessible",
)

LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "unit": UNITS,
    "opportunity": OPPORTUNITIES,
    "avenue": AVENUES,
    "condition": CONDITIONS,
    "reason": REASONS,
    "artifact-kind": ARTIFACT_KINDS,
    "evidence": EVIDENCE,
    "transcript": TRANSCRIPTS,
    "licence": LICENCES,
    "author-role": AUTHOR_ROLES,
    "node-kind": NODE_KINDS,
    "level": LEVELS,
    "topic": TOPICS,
    "event-kind": EVENT_KINDS,
    "reuse-result": REUSE_RESULTS,
    "idp-part": IDP_PARTS,
    "report-reason": REPORT_REASONS,
    "erase-reason": ERASE_REASONS,
    "label": LABELS,
}
