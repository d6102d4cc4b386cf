-- What people see, worked out from the log. Dropped and rebuilt at any time, and whenever this file changes: it has no
-- number, because no row of it is ever migrated. DOMAIN section 2, ARCHITECTURE "Where state lives".
-- Law: a row is a function of the set of records, whatever order they came in. Texts stay in the envelopes: a row holds
-- what lists sort, filter and add up. "place" is epoch * 2^40 + index: the order of records inside one node, the same
-- everywhere; a "turn" is the number of a person's stretch * 2^50 + place: the order of all she said, at whatever node;
-- "key" is local (entries.key). An effective time is the claimed one, but not after it was first seen here: local, and
-- the same everywhere while clocks are right; by it lists are ordered. Columns marked shared are the ones state_hash covers, for rows with restricted = 0.

CREATE TABLE profiles (
  node TEXT PRIMARY KEY,         -- shared: node id
  key INTEGER NOT NULL,          -- entries.key of its last node.profile
  place INTEGER NOT NULL,        -- shared: its place
  name TEXT NOT NULL,            -- shared: JSON text in its languages
  kind TEXT,                     -- shared: ministry, university …
  level TEXT,                    -- shared: federal, municipal-regional …
  jurisdiction TEXT NOT NULL     -- shared: ISO 3166
) STRICT;
CREATE INDEX profiles_jurisdiction ON profiles (jurisdiction);

CREATE TABLE policies (
  key INTEGER PRIMARY KEY,       -- entries.key of a node.policy; all are kept: a pitch keeps the one it was opened under
  node TEXT NOT NULL,            -- shared: whose policy
  place INTEGER NOT NULL         -- shared: its place
) STRICT;
CREATE INDEX policies_place ON policies (node, place);

CREATE TABLE members (
  key INTEGER PRIMARY KEY,       -- entries.key of the member.introduce
  id TEXT NOT NULL UNIQUE,       -- shared: entry id, the member's id
  node TEXT NOT NULL,            -- shared: the node that speaks for her
  name TEXT NOT NULL,            -- shared: as on the card
  sort TEXT NOT NULL,            -- the name folded, for ordering
  restricted INTEGER NOT NULL,   -- 1: the card has an audience
  was TEXT,                      -- shared: the card at the node she says she comes from
  retired INTEGER NOT NULL,      -- shared: 1: she takes no further part
  folded INTEGER NOT NULL,       -- place of the last record looked at for this card
  card TEXT                      -- shared: JSON of the card as revised; NULL: the introduction says it all
) STRICT;
CREATE INDEX members_sort ON members (sort, id);
CREATE INDEX members_node ON members (node, sort, id);

CREATE INDEX members_was ON members (was) WHERE was IS NOT NULL;

CREATE TABLE moves (
  member TEXT PRIMARY KEY,       -- shared: member id that speaks no more after its move
  heir TEXT NOT NULL UNIQUE,     -- shared: member id that speaks in its place; both sides have said so
  place INTEGER NOT NULL         -- shared: place of the member.move
) STRICT, WITHOUT ROWID;

CREATE TABLE pitches (
  key INTEGER PRIMARY KEY,       -- entries.key of the pitch.open
  id TEXT NOT NULL UNIQUE,       -- shared: entry id, the pitch's id
  node TEXT NOT NULL,            -- shared: the owner's node
  owner TEXT NOT NULL,           -- shared: member id of the owner as she is now
  age INTEGER NOT NULL,          -- shared: minus the claimed time of opening
  fresh INTEGER NOT NULL,        -- minus the effective time of opening, so that ascending is newest first
  restricted INTEGER NOT NULL,   -- 1: the pitch has an audience
  folded INTEGER NOT NULL,       -- turn of the last revise or advance looked at
  version TEXT NOT NULL,         -- shared: entry id of the open or revise last taken in
  state TEXT,                    -- shared: JSON of protocol.rules.pitches.dump; NULL: the opening says it all
  said TEXT,                     -- shared: last pitch.advance that took effect
  tallied INTEGER NOT NULL,      -- shared: turn of the last pitch.tally in effect; -1: none
  tally TEXT,                    -- shared: JSON of its asks
  progress TEXT NOT NULL,        -- shared: JSON [[ask, offered, accepted, fulfilled, waiting, met], …] from public pledges and the tally
  pledges INTEGER NOT NULL,      -- shared: public pledges that stand
  formed INTEGER NOT NULL,       -- shared: 1: a pledge was accepted once, so it has a circle
  applied INTEGER NOT NULL,      -- shared: the best answer of a check-in: 0 none, 1 no, 2 partly, 3 yes
  attested INTEGER NOT NULL,     -- shared: 1: somebody else saw what a check-in says is applied
  ready INTEGER NOT NULL,        -- shared: 1: pledges may be accepted
  resourced INTEGER NOT NULL,    -- shared: 1: every must-ask met and a pledge accepted
  own_share INTEGER,             -- shared: 1 satisfied, 0 not, NULL no money asked
  needed INTEGER,                -- shared: POSIX ms until which the soonest open must-ask waits; NULL: none does
  starts INTEGER,                -- shared: POSIX ms
  ends INTEGER,                  -- shared: POSIX ms
  lapses INTEGER NOT NULL,       -- shared: POSIX ms
  closes INTEGER                 -- shared: POSIX ms
) STRICT;
CREATE INDEX pitches_needed ON pitches (needed, fresh, id);
CREATE INDEX pitches_waiting ON pitches (node, needed, fresh, id) WHERE needed IS NOT NULL;
CREATE INDEX pitches_newest ON pitches (fresh, id);
CREATE INDEX pitches_formed ON pitches (fresh, id) WHERE formed = 1;
CREATE INDEX pitches_owner ON pitches (owner, fresh, id);
CREATE INDEX pitches_node ON pitches (node, fresh, id);

CREATE TABLE phases (
  key INTEGER NOT NULL,          -- pitches.key
  since INTEGER NOT NULL,        -- POSIX ms: from then on
  until INTEGER NOT NULL,        -- POSIX ms: and before then
  state TEXT NOT NULL,           -- the pitch is in this state; no clock was read to write it
  PRIMARY KEY (key, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX phases_state ON phases (state, until, since);

CREATE TABLE pledges (
  key INTEGER PRIMARY KEY,       -- entries.key of the pledge.offer
  id TEXT NOT NULL UNIQUE,       -- shared: entry id, the pledge's id
  pitch TEXT NOT NULL,           -- shared: entry id of the pitch
  node TEXT NOT NULL,            -- shared: the giver's node
  maker TEXT,                    -- shared: member id of who offered; NULL: not named
  giver TEXT,                    -- shared: the same member as she is now
  owner TEXT,                    -- shared: member id of the pitch's owner as she is now; NULL: the pitch is not here
  ask TEXT,                      -- shared: key of the ask; NULL: beside the asks
  kind TEXT NOT NULL,            -- shared: money, time …
  unit TEXT NOT NULL,            -- shared: of quantity
  quantity INTEGER NOT NULL,     -- shared: offered, as last revised
  version TEXT NOT NULL,         -- shared: entry id of the offer or revise that counts
  revised TEXT,                  -- shared: JSON of the offer as last revised; NULL: the offer says it all
  time INTEGER NOT NULL,         -- shared: claimed time of the offer, POSIX ms
  at INTEGER NOT NULL,           -- its effective time
  restricted INTEGER NOT NULL,   -- 1: the pledge has an audience
  private INTEGER NOT NULL,      -- 1: not everybody who sees the pitch sees the pledge: it counts by tally only
  applies INTEGER,               -- shared: 1 in effect, 0 not applicable, NULL its pitch is not here
  state TEXT,                    -- shared: offered, accepted, … without the clock; NULL while it does not apply
  taken INTEGER NOT NULL,        -- shared: quantity of the accept in force
  turn INTEGER NOT NULL,         -- shared: turn of that accept; -1: none
  accepted INTEGER NOT NULL,     -- shared: part of it that counts towards the ask
  accepted_at INTEGER,           -- shared: claimed time of that accept, POSIX ms
  fulfilled_at INTEGER,          -- shared: claimed time of the last fulfil, POSIX ms
  return_state TEXT NOT NULL,    -- shared: none, promised, delivered, met, partly, not
  return_due TEXT,               -- shared: date promised
  delivered_at INTEGER           -- shared: claimed time of the last return.deliver, POSIX ms
) STRICT;
CREATE INDEX pledges_pitch ON pledges (pitch, private, applies, state, ask, kind, unit, quantity); -- offers are summed from it alone
CREATE INDEX pledges_giver ON pledges (giver, at, id);
CREATE INDEX pledges_owner ON pledges (owner, at, id);
CREATE INDEX pledges_newest ON pledges (at, id);

CREATE TABLE steps (
  key INTEGER PRIMARY KEY,       -- entries.key of a record that changes or adds to an object
  about TEXT NOT NULL,           -- shared: entry id of the object: pitch, pledge, member
  type TEXT NOT NULL,            -- shared: record type
  at INTEGER NOT NULL,           -- its effective time, POSIX ms
  restricted INTEGER NOT NULL,   -- 1: the record has an audience
  applies INTEGER                -- shared: 1 in effect, 0 not applicable, -1 not even by a party, NULL the object is not here
) STRICT;
CREATE INDEX steps_about ON steps (about, at) WHERE applies IS NOT -1;
CREATE INDEX steps_strangers ON steps (about) WHERE applies = -1;

CREATE TABLE comments (
  key INTEGER PRIMARY KEY,       -- entries.key of a comment
  about TEXT NOT NULL,           -- shared: entry id of what it is on
  at INTEGER NOT NULL,           -- its effective time, POSIX ms
  restricted INTEGER NOT NULL,   -- 1: the comment has an audience
  author TEXT,                   -- member id of who wrote it; NULL: not named
  revised TEXT,                  -- shared: entry id of the comment.revise that says what it says; NULL: itself
  ended TEXT                     -- shared: entry id of the comment.withdraw in effect
) STRICT;
CREATE INDEX comments_author ON comments (author) WHERE author IS NOT NULL;
CREATE INDEX comments_about ON comments (about, at);

CREATE TABLE objects (
  key INTEGER PRIMARY KEY,       -- entries.key of the record that made the object
  id TEXT NOT NULL UNIQUE,       -- shared: its entry id
  area TEXT NOT NULL,            -- shared: artifact, event, circle …
  node TEXT NOT NULL,            -- shared: the node that made it
  owner TEXT NOT NULL,           -- shared: member id of its owner as she is now
  about TEXT,                    -- shared: entry id of the object it belongs to
  age INTEGER NOT NULL,          -- shared: minus the claimed time
  fresh INTEGER NOT NULL,        -- minus the effective time, so that ascending is newest first
  due INTEGER,                   -- shared: POSIX ms by which its area orders: start of an event, end of a poll or offer, day an artifact is to be reviewed by
  restricted INTEGER NOT NULL,   -- 1: it has an audience
  folded INTEGER NOT NULL,       -- turn of the last revise or end looked at
  version TEXT NOT NULL,         -- shared: entry id of the record that says what it is now
  state TEXT,                    -- shared: JSON of its fields as last revised; NULL: the first record says it all
  ended TEXT                     -- shared: entry id of the record that ended it; NULL: none did
) STRICT;
CREATE INDEX objects_newest ON objects (area, fresh, id);
CREATE INDEX objects_due ON objects (area, due, id) WHERE due IS NOT NULL;
CREATE INDEX objects_about ON objects (about, area, fresh, id) WHERE about IS NOT NULL;
CREATE INDEX objects_owner ON objects (owner, area, fresh, id);
CREATE INDEX objects_unclosed ON objects (substr(owner, 1, 32), due) WHERE area = 'poll' AND ended IS NULL;
CREATE INDEX objects_node ON objects (node, area, fresh, id);

CREATE TABLE passages (
  circle TEXT NOT NULL,          -- shared: entry id of the circle or pitch
  member TEXT NOT NULL,          -- shared: member id as the record names her
  key INTEGER NOT NULL,          -- entries.key of a record that brings her in or takes her out
  word TEXT NOT NULL,            -- shared: catalyst, attester, joined, left
  place INTEGER NOT NULL,        -- shared: its place
  time INTEGER NOT NULL,         -- shared: its claimed time, POSIX ms
  restricted INTEGER NOT NULL,   -- 1: the record has an audience
  PRIMARY KEY (circle, member, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX passages_member ON passages (member);

CREATE TABLE seats (
  circle TEXT NOT NULL,          -- shared: entry id of the circle or of the pitch it formed around
  member TEXT NOT NULL,          -- shared: member id, as she is now
  node TEXT NOT NULL,            -- shared: her node
  since INTEGER NOT NULL,        -- shared: claimed time of what brought her in, POSIX ms
  basis TEXT NOT NULL,           -- shared: owner, catalyst, attester, giver, joined
  restricted INTEGER NOT NULL,   -- 1: the circle or pitch has an audience
  PRIMARY KEY (circle, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX seats_member ON seats (member, circle);

CREATE TABLE facets (
  facet TEXT NOT NULL,           -- area and field a list filters by: pitch.topic, artifact.kind, member.offers …
  value TEXT NOT NULL,           -- the value
  key INTEGER NOT NULL,          -- entries.key of an object that has it
  PRIMARY KEY (facet, value, key)
) STRICT, WITHOUT ROWID;

-- rowid is entries.key of a pitch, artifact, member or profile; of unrestricted ones only. No text is kept in it.
CREATE VIRTUAL TABLE search USING fts5 (
  kind,                          -- one word: pitch, artifact, member, node
  title,                         -- folded words of title or name
  words,                         -- folded words of the other texts
  title_stems,                   -- words of the title, stemmed in the language of each text
  stems,                         -- the other words, stemmed likewise
  content = '', tokenize = 'unicode61 remove_diacritics 2'
);
