-- What was said, by whom, and the trees that prove it. PROTOCOL sections 1 to 3 and 6.
-- Law: rows of truth are written once. Triggers at the end forbid the rest.

CREATE TABLE keyrings (
  revision INTEGER PRIMARY KEY,  -- order in which chains were taken; the newest of a node counts
  node TEXT NOT NULL,            -- node id, 32 characters
  notes BLOB NOT NULL,           -- CBOR array of the chain's notes, oldest first, as KEYRING carries them
  tag BLOB NOT NULL,             -- 4 bytes peers compare: first of SHA-256 of the newest note's text
  epoch INTEGER NOT NULL,        -- newest epoch of the chain
  frozen INTEGER NOT NULL        -- 1: a chain of equal authority contradicts it, nothing more is taken
) STRICT;
CREATE INDEX keyrings_node ON keyrings (node, revision);

CREATE TABLE feeds (
  no INTEGER PRIMARY KEY,        -- short local number; the upper bits of every entry key
  node TEXT NOT NULL,            -- node id of the author
  epoch INTEGER NOT NULL,        -- epoch of the author's keyring
  size INTEGER NOT NULL,         -- entries kept
  frontier BLOB NOT NULL,        -- roots of the perfect subtrees of size leaves, largest first, 32 bytes each
  head_size INTEGER NOT NULL,    -- size of the largest signed head whose whole tree is here; 0: none
  head_root BLOB,                -- its root, 32 bytes
  head_signature BLOB,           -- its signature, 64 bytes
  joined_size INTEGER NOT NULL,  -- size of a signed head beyond size, shown to continue it; 0: none
  joined_root BLOB,              -- its root, 32 bytes
  joined_signature BLOB,         -- its signature, 64 bytes
  standing TEXT NOT NULL CHECK (standing IN ('live', 'frozen', 'convicted', 'closed', 'stopped')), -- why it takes nothing more, or live
  stamp INTEGER NOT NULL,        -- journal position of the last change; 0: nothing to announce
  UNIQUE (node, epoch)
) STRICT;
CREATE INDEX feeds_stamp ON feeds (stamp);
CREATE INDEX feeds_convicted ON feeds (no) WHERE standing = 'convicted';

CREATE TABLE heads (
  feed INTEGER NOT NULL REFERENCES feeds (no), -- feeds.no
  size INTEGER NOT NULL,         -- leaves under the head
  root BLOB NOT NULL,            -- 32 bytes
  signature BLOB NOT NULL,       -- 64 bytes of the feed key over the checkpoint text
  PRIMARY KEY (feed, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
  key INTEGER PRIMARY KEY,       -- feeds.no * 2^40 + index
  header BLOB NOT NULL,          -- 46 bytes, the leaf of the tree
  first_seen INTEGER NOT NULL    -- POSIX milliseconds when it became durable here
) STRICT;

CREATE TABLE envelopes (
  key INTEGER PRIMARY KEY,       -- entries.key
  envelope BLOB NOT NULL         -- salt and content as they travelled
) STRICT;

CREATE TABLE arrivals (
  seq INTEGER PRIMARY KEY,       -- local position of the run's first entry; positions have no holes
  key INTEGER NOT NULL,          -- entries.key of the run's first entry
  count INTEGER NOT NULL         -- entries in the run: seq + i stands for key + i
) STRICT;

CREATE TABLE tiles (
  feed INTEGER NOT NULL REFERENCES feeds (no), -- feeds.no
  level INTEGER NOT NULL,        -- 0: leaf hashes; level n: roots of 256^n leaves
  number INTEGER NOT NULL,       -- position among the tiles of its level
  root BLOB NOT NULL,            -- root over its 256 hashes: one hash of the level above
  hashes BLOB NOT NULL,          -- 256 hashes of 32 bytes; only full tiles are kept
  PRIMARY KEY (feed, level, number)
) STRICT;

CREATE TABLE gaps (
  key INTEGER PRIMARY KEY,       -- entries.key of an entry whose envelope is not here
  state INTEGER NOT NULL CHECK (state IN (0, 1, 2)), -- 0 restricted, 1 erased, 2 missing
  asked INTEGER NOT NULL         -- 1: its author has answered that it is not for this node
) STRICT;
CREATE INDEX gaps_wanted ON gaps (state, key) WHERE asked = 0;

CREATE TABLE verdicts (
  key INTEGER PRIMARY KEY,       -- entries.key of an entry whose payload is not shown, or odd
  verdict TEXT NOT NULL,         -- one word: future-version, unknown-type, invalid, not-applicable, not-for-us, future-dated
  detail TEXT NOT NULL           -- a sentence for the operator; never content
) STRICT;
CREATE INDEX verdicts_verdict ON verdicts (verdict);

CREATE TABLE audiences (
  key INTEGER NOT NULL,          -- entries.key of a restricted entry whose envelope is here
  node TEXT NOT NULL,            -- a node that may have it
  PRIMARY KEY (key, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
  feed INTEGER PRIMARY KEY REFERENCES feeds (no), -- feeds.no of the feed convicted
  frame BLOB NOT NULL            -- the EVIDENCE frame, encoded
) STRICT;

CREATE TABLE cosignatures (
  feed INTEGER NOT NULL REFERENCES feeds (no), -- feeds.no
  size INTEGER NOT NULL,         -- leaves under the head cosigned
  root BLOB NOT NULL,            -- its root, 32 bytes
  witness TEXT NOT NULL,         -- node id of the witness
  seconds INTEGER NOT NULL,      -- POSIX seconds the witness put under it
  signature BLOB NOT NULL,       -- 64 bytes, verified before it was kept
  PRIMARY KEY (feed, size, root, witness)
) STRICT, WITHOUT ROWID;

CREATE TABLE cosigned (
  feed INTEGER PRIMARY KEY REFERENCES feeds (no), -- feeds.no
  size INTEGER NOT NULL,         -- largest head this node has cosigned; it never cosigns a smaller one
  seconds INTEGER NOT NULL       -- POSIX seconds of that cosignature
) STRICT;

CREATE TRIGGER keyrings_update BEFORE UPDATE ON keyrings BEGIN SELECT RAISE(ABORT, 'keyrings are append-only'); END;
CREATE TRIGGER keyrings_delete BEFORE DELETE ON keyrings BEGIN SELECT RAISE(ABORT, 'keyrings are append-only'); END;
CREATE TRIGGER feeds_delete BEFORE DELETE ON feeds BEGIN SELECT RAISE(ABORT, 'feeds are never removed'); END;
CREATE TRIGGER feeds_shrink BEFORE UPDATE ON feeds WHEN NEW.size < OLD.size OR NEW.head_size < OLD.head_size OR NEW.no <> OLD.no OR NEW.node <> OLD.node OR NEW.epoch <> OLD.epoch BEGIN SELECT RAISE(ABORT, 'feeds never shrink'); END;
CREATE TRIGGER heads_update BEFORE UPDATE ON heads BEGIN SELECT RAISE(ABORT, 'heads are append-only'); END;
CREATE TRIGGER heads_delete BEFORE DELETE ON heads BEGIN SELECT RAISE(ABORT, 'heads are append-only'); END;
CREATE TRIGGER entries_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER envelopes_update BEFORE UPDATE ON envelopes BEGIN SELECT RAISE(ABORT, 'envelopes are append-only'); END;
CREATE TRIGGER envelopes_delete BEFORE DELETE ON envelopes BEGIN SELECT RAISE(ABORT, 'envelopes are append-only'); END;
CREATE TRIGGER arrivals_update BEFORE UPDATE ON arrivals BEGIN SELECT RAISE(ABORT, 'arrivals are append-only'); END;
CREATE TRIGGER arrivals_delete BEFORE DELETE ON arrivals BEGIN SELECT RAISE(ABORT, 'arrivals are append-only'); END;
CREATE TRIGGER tiles_update BEFORE UPDATE ON tiles BEGIN SELECT RAISE(ABORT, 'tiles are append-only'); END;
CREATE TRIGGER tiles_delete BEFORE DELETE ON tiles BEGIN SELECT RAISE(ABORT, 'tiles are append-only'); END;
CREATE TRIGGER evidence_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_delete BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER cosignatures_update BEFORE UPDATE ON cosignatures BEGIN SELECT RAISE(ABORT, 'cosignatures are append-only'); END;
CREATE TRIGGER cosignatures_delete BEFORE DELETE ON cosignatures BEGIN SELECT RAISE(ABORT, 'cosignatures are append-only'); END;
CREATE TRIGGER cosigned_shrink BEFORE UPDATE ON cosigned WHEN NEW.size < OLD.size BEGIN SELECT RAISE(ABORT, 'a smaller head is never cosigned'); END;
