"""What figures are made of, sorted where it lies: one statement over the rows everybody sees.

Law: unrestricted rows alone. Each thing is counted under its figure and its group, with how many people the things are
of; no record is read as a whole, and nothing is looked at twice. A place is an ISO 3166 code; a country is the place of
its subdivisions too. Only whole months are told apart. Source: DOMAIN R15.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Final, NamedTuple

from protocol.limits import SALT
from protocol.rules.asks import AskProgress
from protocol.rules.impact import Count, count_of
from protocol.rules.moments import DAY, begins
from protocol.rules.pledges import ANSWER_DAYS
from store.views.shapes import ImpactFilters
from store.views.succession import People

EARLIEST: Final = 0
LATEST: Final = 2**62
_DECEMBER: Final = 12
_MET: Final = AskProgress._fields.index("met")  # in the column ``progress``


def month(text: str | None, otherwise: int, *, after: bool = False) -> int:
    """When a month begins, or with ``after`` the one that follows it, POSIX ms."""
    if text is None:
        return otherwise
    year, number = int(text[:4]), int(text[5:7])
    if after:
        year, number = (year + 1, 1) if number == _DECEMBER else (year, number + 1)
    return begins(f"{year:04}-{number:02}-01")


_PLACES: Final = """
places (key, place, longest) AS MATERIALIZED (
  SELECT key, value, max(length(value)) FROM facets
  WHERE facet IN ('pitch.jurisdiction', 'member.jurisdiction', 'offer.jurisdiction') GROUP BY key
),
heirs (member, heir) AS MATERIALIZED (SELECT key, value FROM json_each(:heirs))"""

_CHOSEN: Final = """
chosen AS MATERIALIZED (
  SELECT p.key, p.id, p.owner, p.progress, p.ends, p.applied, p.attested, p.resourced, p.state AS said,
    ph.state, coalesce(l.place, n.jurisdiction) AS place
  FROM pitches AS p
  JOIN phases AS ph ON ph.key = p.key AND ph.since <= :now AND ph.until > :now
  LEFT JOIN places AS l ON l.key = p.key
  LEFT JOIN profiles AS n ON n.node = p.node
  WHERE p.restricted = 0 AND +p.age > -:until AND +p.age <= -:since
    AND (:place IS NULL OR :place IN (
      coalesce(l.place, n.jurisdiction), substr(coalesce(l.place, n.jurisdiction), 1, 2)))
    AND (:topic IS NULL
      OR p.key IN (SELECT key FROM facets WHERE facet = 'pitch.topic' AND value = :topic))
)"""

_TAKEN: Final = """
taken AS MATERIALIZED (
  SELECT c.owner, c.place, coalesce(g.giver, g.node) AS giver, n.jurisdiction AS source,
    g.return_state, g.return_due, g.delivered_at
  FROM chosen AS c
  JOIN pledges AS g ON g.pitch = c.id
  LEFT JOIN profiles AS n ON n.node = g.node
  WHERE g.restricted = 0 AND g.applies = 1 AND g.state IN ('accepted', 'fulfilled', 'confirmed', 'disputed')
)"""

_USED: Final = f"""
said (key, source, header, content) AS (
  SELECT s.key, n.jurisdiction, e.header, CAST(substr(v.envelope, {SALT + 1}) AS TEXT)
  FROM objects AS o
  JOIN steps AS s ON s.about = o.id
  JOIN entries AS e ON e.key = s.key
  JOIN envelopes AS v ON v.key = s.key
  LEFT JOIN profiles AS n ON n.node = o.node
  WHERE o.area = 'artifact' AND o.restricted = 0 AND o.ended IS NULL
    AND s.applies IS NOT -1 AND s.applies = 1 AND s.type = 'reuse' AND s.restricted = 0
    AND (:place IS NULL OR :place IN (n.jurisdiction, substr(n.jurisdiction, 1, 2)))
    AND (:topic IS NULL
      OR o.key IN (SELECT key FROM facets WHERE facet = 'artifact.topic' AND value = :topic))
    AND substr(e.header, 3, 8) >= :first AND substr(e.header, 3, 8) < :last
),
used (source, target, person, result) AS MATERIALIZED (
  SELECT s.source, n.jurisdiction, coalesce(h.heir, s.content ->> '$.by'), s.content ->> '$.result'
  FROM said AS s
  JOIN feeds AS f ON f.no = s.key >> 40
  LEFT JOIN profiles AS n ON n.node = f.node
  LEFT JOIN heirs AS h ON h.member = s.content ->> '$.by'
)"""  # noqa: S608 - a number of our own

_OFFERED: Final = """
offering (area, key, person, node) AS (
  SELECT 'member', key, id, node FROM members
  WHERE restricted = 0 AND retired = 0 AND id NOT IN (SELECT member FROM moves)
  UNION ALL
  SELECT 'offer', key, owner, node FROM objects
  WHERE area = 'offer' AND restricted = 0 AND ended IS NULL AND due > :now
),
offered (kind, person) AS (
  SELECT DISTINCT f.value, o.person
  FROM facets AS f CROSS JOIN offering AS o ON o.key = f.key
  LEFT JOIN places AS l ON l.key = o.key
  LEFT JOIN profiles AS n ON n.node = o.node
  WHERE f.facet IN ('member.offers', 'offer.kind')
    AND (:place IS NULL OR :place IN (
      coalesce(l.place, n.jurisdiction), substr(coalesce(l.place, n.jurisdiction), 1, 2)))
    AND (:topic IS NULL OR EXISTS (
      SELECT 1 FROM facets AS t WHERE t.facet = o.area || '.topic' AND t.value = :topic AND t.key = o.key))
)"""

_THINGS: Final = f"""
  SELECT 'asks', CASE WHEN ask.value ->> '$[{_MET}]' THEN 'met' ELSE 'open' END, c.owner
  FROM chosen AS c JOIN json_each(c.progress) AS ask
  UNION ALL
  SELECT 'returns', CASE
    WHEN t.return_state = 'promised' AND t.return_due <= :passed THEN 'overdue'
    WHEN t.return_state = 'delivered' AND t.delivered_at <= :now - {ANSWER_DAYS * DAY} THEN 'no-answer'
    WHEN t.return_state IN ('promised', 'delivered') THEN 'open'
    ELSE t.return_state END, t.owner
  FROM taken AS t WHERE t.return_state <> 'none'
  UNION ALL
  SELECT 'first_artifact', max(0, -max(o.age) - c.ends) / {DAY}, c.owner
  FROM chosen AS c CROSS JOIN objects AS o ON o.about = c.id AND o.area = 'artifact' AND +o.owner = c.owner
  WHERE o.restricted = 0 AND o.ended IS NULL AND c.ends IS NOT NULL
    AND c.state IN ('sharing', 'applied', 'closed')
  GROUP BY c.key
  UNION ALL
  SELECT 'outcomes', CASE
    WHEN c.state IN ('withdrawn', 'cancelled', 'lapsed') THEN c.state
    WHEN c.applied = 3 THEN iif(c.attested, 'applied-attested', 'applied-self-reported')
    WHEN c.applied = 2 THEN 'partly-applied'
    WHEN c.applied = 1 THEN 'not-applied'
    WHEN c.resourced OR c.said ->> '$.ahead' THEN 'no-answer'
    ELSE 'lapsed' END, c.owner
  FROM chosen AS c WHERE c.state IN ('withdrawn', 'cancelled', 'lapsed', 'applied', 'closed')
  UNION ALL
  SELECT 'reuse', u.result, u.person FROM used AS u
  UNION ALL
  SELECT 'reuse_where', CASE
    WHEN u.source IS NULL OR u.target IS NULL THEN 'unknown'
    WHEN u.source = u.target THEN 'within' ELSE 'across' END, u.person
  FROM used AS u
  UNION ALL
  SELECT 'pledge_flows', t.source || ' ' || t.place, t.giver FROM taken AS t WHERE t.source <> t.place
  UNION ALL
  SELECT 'reuse_flows', u.source || ' ' || u.target, u.person FROM used AS u WHERE u.source <> u.target
  UNION ALL
  SELECT 'gap_asked', f.value, c.owner FROM facets AS f CROSS JOIN chosen AS c ON c.key = f.key
  WHERE f.facet = 'pitch.asks' AND c.state NOT IN ('closed', 'withdrawn', 'cancelled')
  UNION ALL
  SELECT 'gap_offered', o.kind, o.person FROM offered AS o
"""  # noqa: S608 - numbers of our own

_COUNTED: Final = f"WITH {_PLACES}, {_CHOSEN}, {_TAKEN}, {_USED}, {_OFFERED} {_THINGS}"


class Counted(NamedTuple):
    """One figure: how much in each of its groups that is not empty, and in all."""

    groups: dict[str, Count]
    total: Count


NOTHING: Final = Counted({}, Count(0, 0))


def counts(db: sqlite3.Connection, filters: ImpactFilters, now: int) -> dict[str, Counted]:
    """Every figure that is not zero, by name."""
    things: dict[tuple[str, str], list[str]] = defaultdict(list)
    since, until = month(filters.since, EARLIEST), month(filters.until, LATEST, after=True)
    asked = {
        "now": now,
        "passed": datetime.fromtimestamp((now - 3 * DAY // 2) / 1000, UTC).date().isoformat(),
        "place": filters.jurisdiction,
        "topic": filters.topic,
        "since": since,
        "until": until,
        "first": since.to_bytes(8, "big"),
        "last": until.to_bytes(8, "big"),
        "heirs": _heirs(db),
    }
    for figure, part, person in db.execute(_COUNTED, asked):
        things[figure, part].append(person)
    return {figure: _counted(figure, things) for figure in {figure for figure, _ in things}}


def _counted(figure: str, things: Mapping[tuple[str, str], list[str]]) -> Counted:
    groups = {str(part): people for (of, part), people in things.items() if of == figure}
    total = count_of(chain.from_iterable(groups.values()))
    return Counted({part: count_of(people) for part, people in groups.items()}, total)


def _heirs(db: sqlite3.Connection) -> str:
    """Under which card those who have moved are counted, as a JSON object."""
    people = People(db)
    return json.dumps({member: people.heir(member) for (member,) in db.execute("SELECT member FROM moves")})
