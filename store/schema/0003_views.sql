-- What people see, worked out from the log. Dropped and rebuilt at any time. DOMAIN section 2, ARCHITECTURE "Where state lives".
-- Law: a row is a function of the set of records, whatever order they came in. Texts stay in the envelopes: a row holds
-- what lists sort, filter and add up. "place" is epoch * 2^40 + index: the order of records inside one node, the same
-- everywhere; "key" is local (entries.key). Columns marked shared are the ones state_hash covers, for rows with restricted = 0.

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
  folded INTEGER NOT NULL,       -- place of the last record looked at for this card
  card TEXT                      -- shared: JSON of the card as revised; NULL: the introduction says it all
) STRICT;
CREATE INDEX members_sort ON members (sort, id);
CREATE INDEX members_node ON members (node, sort, id);

CREATE TABLE pitches (
  key INTEGER PRIMARY KEY,       -- entries.key of the pitch.open
  id TEXT NOT NULL UNIQUE,       -- shared: entry id, the pitch's id
  node TEXT NOT NULL,            -- shared: the owner's node
  owner TEXT NOT NULL,           -- shared: member id
  age INTEGER NOT NULL,          -- shared: minus the claimed time of opening, so that ascending is newest first
  restricted INTEGER NOT NULL,   -- 1: the pitch has an audience
  folded INTEGER NOT NULL,       -- place of the last revise or advance looked at
  version TEXT NOT NULL,         -- shared: entry id of the open or revise last taken in
  state TEXT,                    -- shared: JSON of protocol.rules.pitches.dump; NULL: the opening says it all
  said TEXT,                     -- shared: last pitch.advance that took effect
  tallied INTEGER NOT NULL,      -- shared: place of the last pitch.tally in effect; -1: none
  tally TEXT,                    -- shared: JSON of its asks
  progress TEXT NOT NULL,        -- shared: JSON [[ask, offered, accepted, fulfilled, waiting, met], …] from public pledges and the tally
  pledges INTEGER NOT NULL,      -- shared: public pledges that stand
  ready INTEGER NOT NULL,        -- shared: 1: pledges may be accepted
  resourced INTEGER NOT NULL,    -- shared: 1: every must-ask met and a pledge accepted
  own_share INTEGER,             -- shared: 1 satisfied, 0 not, NULL no money asked
  needed INTEGER,                -- shared: POSIX ms until which the soonest open must-ask waits; NULL: none does
  starts INTEGER,                -- shared: POSIX ms
  ends INTEGER,                  -- shared: POSIX ms
  lapses INTEGER NOT NULL,       -- shared: POSIX ms
  closes INTEGER                 -- shared: POSIX ms
) STRICT;
CREATE INDEX pitches_needed ON pitches (needed, age, id);
CREATE INDEX pitches_newest ON pitches (age, id);
CREATE INDEX pitches_owner ON pitches (owner, age);
CREATE INDEX pitches_node ON pitches (node, age);

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
  giver TEXT,                    -- shared: member id; NULL: not named
  owner TEXT,                    -- shared: member id of the pitch's owner; NULL: the pitch is not here
  ask TEXT,                      -- shared: key of the ask; NULL: beside the asks
  kind TEXT NOT NULL,            -- shared: money, time …
  unit TEXT NOT NULL,            -- shared: of quantity
  quantity INTEGER NOT NULL,     -- shared: offered
  time INTEGER NOT NULL,         -- shared: claimed time of the offer, POSIX ms
  restricted INTEGER NOT NULL,   -- 1: the pledge has an audience
  private INTEGER NOT NULL,      -- 1: not everybody who sees the pitch sees the pledge: it counts by tally only
  applies INTEGER,               -- shared: 1 in effect, 0 not applicable, NULL its pitch is not here
  state TEXT,                    -- shared: offered, accepted, … without the clock; NULL while it does not apply
  taken INTEGER NOT NULL,        -- shared: quantity of the accept in force
  turn INTEGER NOT NULL,         -- shared: place of that accept in the owner's feed; -1: none
  accepted INTEGER NOT NULL,     -- shared: part of it that counts towards the ask
  accepted_at INTEGER,           -- shared: claimed time of that accept, POSIX ms
  fulfilled_at INTEGER,          -- shared: claimed time of the last fulfil, POSIX ms
  return_state TEXT NOT NULL,    -- shared: none, promised, delivered, met, partly, not
  return_due TEXT,               -- shared: date promised
  delivered_at INTEGER           -- shared: claimed time of the last return.deliver, POSIX ms
) STRICT;
CREATE INDEX pledges_pitch ON pledges (pitch, private, applies, state, ask, kind, unit, quantity); -- offers are summed from it alone
CREATE INDEX pledges_giver ON pledges (giver, time);
CREATE INDEX pledges_owner ON pledges (owner, time);
CREATE INDEX pledges_time ON pledges (time, id);

CREATE TABLE steps (
  key INTEGER PRIMARY KEY,       -- entries.key of a record that changes or adds to an object
  about TEXT NOT NULL,           -- shared: entry id of the object: pitch, pledge, member
  type TEXT NOT NULL,            -- shared: record type
  restricted INTEGER NOT NULL,   -- 1: the record has an audience
  applies INTEGER                -- shared: 1 in effect, 0 not applicable, -1 not even by a party, NULL the object is not here
) STRICT;
CREATE INDEX steps_about ON steps (about, key) WHERE applies IS NOT -1;

CREATE TABLE comments (
  key INTEGER PRIMARY KEY,       -- entries.key of a comment
  about TEXT NOT NULL,           -- shared: entry id of what it is on
  restricted INTEGER NOT NULL    -- 1: the comment has an audience
) STRICT;
CREATE INDEX comments_about ON comments (about, key);

CREATE TABLE artifacts (
  key INTEGER PRIMARY KEY,       -- entries.key of the artifact.publish
  id TEXT NOT NULL UNIQUE,       -- shared: entry id, the artifact's id
  node TEXT NOT NULL,            -- shared: the publisher's node
  publisher TEXT NOT NULL,       -- shared: member id
  age INTEGER NOT NULL,          -- shared: minus the claimed time
  pitch TEXT,                    -- shared: entry id of the pitch it came of
  restricted INTEGER NOT NULL    -- 1: the artifact has an audience
) STRICT;
CREATE INDEX artifacts_newest ON artifacts (age, id);
CREATE INDEX artifacts_pitch ON artifacts (pitch, age);
CREATE INDEX artifacts_publisher ON artifacts (publisher, age);
CREATE INDEX artifacts_node ON artifacts (node, age);

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
