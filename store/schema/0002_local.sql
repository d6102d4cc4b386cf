-- What this node knows, intends and keeps to itself. Never gossiped. ARCHITECTURE "Where state lives".

CREATE TABLE meta (
  key TEXT PRIMARY KEY,          -- name of the fact
  value BLOB NOT NULL            -- its bytes: generation (16 random bytes, new at restore, rebuild and recovery)
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,          -- name of a setting changed at run time
  value TEXT NOT NULL            -- JSON
) STRICT;

CREATE TABLE peers (
  node TEXT PRIMARY KEY,         -- node id
  addresses TEXT NOT NULL,       -- JSON array of host:port, best first
  pinned INTEGER NOT NULL,       -- 1: chosen by the operator or by an invite
  blocked INTEGER NOT NULL,      -- 1: neither admitted nor replicated
  tls INTEGER NOT NULL,          -- 1: its addresses are behind TLS
  invite BLOB,                   -- 16 bytes of the code its operator gave us; NULL once it let us in
  generation BLOB,               -- 16 bytes: of the peer's journal the cursor belongs to
  cursor INTEGER NOT NULL,       -- everything the peer announced up to here is held or stands in pulls
  added INTEGER NOT NULL,        -- POSIX milliseconds
  last_seen INTEGER,             -- POSIX milliseconds of the last frame from it
  last_error TEXT,               -- why the last connection failed, for the operator
  dialled INTEGER                -- POSIX milliseconds of the last dial
) STRICT;

CREATE TABLE invites (
  hash BLOB PRIMARY KEY,         -- SHA-256 of the 16 bytes in the code
  created INTEGER NOT NULL,      -- POSIX milliseconds
  expires INTEGER NOT NULL,      -- POSIX milliseconds
  used_by TEXT,                  -- node id that spent it; NULL: open
  vouch INTEGER NOT NULL         -- 1: pairing by it also vouches
) STRICT;

CREATE TABLE knocks (
  node TEXT PRIMARY KEY,         -- node id of a stranger that asked to come in
  address TEXT NOT NULL,         -- host it came from
  count INTEGER NOT NULL,        -- how often
  last INTEGER NOT NULL          -- POSIX milliseconds of the last time
) STRICT;

CREATE TABLE pulls (
  node TEXT NOT NULL,            -- author of a feed announced to us and not held that far
  epoch INTEGER NOT NULL,        -- its epoch
  size INTEGER NOT NULL,         -- how far it was announced
  source TEXT NOT NULL,          -- peer that announced it
  PRIMARY KEY (node, epoch, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE owed (
  key INTEGER NOT NULL,          -- entries.key of a restricted entry of ours
  node TEXT NOT NULL,            -- node named in its audience that has not acknowledged it
  PRIMARY KEY (key, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_node ON owed (node, key);

CREATE TABLE holders (
  node TEXT NOT NULL,            -- a node that said how far it holds a feed
  feed INTEGER NOT NULL REFERENCES feeds (no), -- feeds.no
  size INTEGER NOT NULL,         -- entries it holds
  PRIMARY KEY (feed, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (
  hash TEXT PRIMARY KEY,         -- blob id: hex RFC 6962 root over its 49,152-byte pieces
  size INTEGER NOT NULL,         -- bytes
  pieces_here INTEGER NOT NULL,  -- pieces verified and in the file, counted from the first
  complete INTEGER NOT NULL,     -- 1: whole
  added INTEGER NOT NULL         -- POSIX milliseconds
) STRICT;
CREATE INDEX blobs_wanted ON blobs (added) WHERE complete = 0;

CREATE TABLE blob_pieces (
  hash TEXT NOT NULL,            -- blob id
  number INTEGER NOT NULL,       -- position of the piece
  leaf BLOB NOT NULL,            -- its leaf hash, 32 bytes: proofs are made without reading the file
  PRIMARY KEY (hash, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_refs (
  hash TEXT NOT NULL,            -- blob id
  key INTEGER NOT NULL,          -- entries.key of a record that refers to it
  PRIMARY KEY (hash, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
  node TEXT NOT NULL,            -- peer whose offers were not taken
  verdict TEXT NOT NULL,         -- protocol.gossip.signals.Verdict
  count INTEGER NOT NULL,        -- how often
  last INTEGER NOT NULL,         -- POSIX milliseconds of the last time
  detail TEXT NOT NULL,          -- of the last time
  PRIMARY KEY (node, verdict)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,        -- local number
  name TEXT NOT NULL UNIQUE COLLATE NOCASE, -- what the member signs in with
  language TEXT NOT NULL,        -- BCP 47 tag of the pages shown
  role TEXT NOT NULL CHECK (role IN ('member', 'steward', 'operator')), -- what the account may do here
  password_hash TEXT,            -- argon2 encoded; NULL: signs in by link only
  member TEXT UNIQUE,            -- entry id of the member.introduce; NULL: no card published
  disabled INTEGER NOT NULL,     -- 1: may not sign in
  created INTEGER NOT NULL,      -- POSIX milliseconds
  home_seen INTEGER NOT NULL     -- POSIX milliseconds up to which the home page was read
) STRICT;

CREATE TABLE sessions (
  hash BLOB PRIMARY KEY,         -- SHA-256 of the cookie's secret
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id
  created INTEGER NOT NULL,      -- POSIX milliseconds
  expires INTEGER NOT NULL,      -- POSIX milliseconds
  last_seen INTEGER NOT NULL,    -- POSIX milliseconds
  agent TEXT NOT NULL            -- browser as it named itself, for the member's list
) STRICT;
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE tokens (
  hash BLOB PRIMARY KEY,         -- SHA-256 of the bearer token
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id
  label TEXT NOT NULL,           -- what the member calls it
  created INTEGER NOT NULL,      -- POSIX milliseconds
  last_seen INTEGER              -- POSIX milliseconds of the last use
) STRICT;
CREATE INDEX tokens_account ON tokens (account);

CREATE TABLE links (
  hash BLOB PRIMARY KEY,         -- SHA-256 of the one-time secret in the link
  kind TEXT NOT NULL CHECK (kind IN ('member-invite', 'operator-sign-in', 'account-sign-in')), -- what it opens
  role TEXT NOT NULL,            -- role an account made by it gets
  account INTEGER REFERENCES accounts (id) ON DELETE CASCADE, -- account it signs in; NULL: makes one
  created INTEGER NOT NULL,      -- POSIX milliseconds
  expires INTEGER NOT NULL,      -- POSIX milliseconds
  used_at INTEGER                -- POSIX milliseconds; NULL: open
) STRICT;

CREATE TABLE drafts (
  id INTEGER PRIMARY KEY,        -- local number
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- whose it is
  kind TEXT NOT NULL,            -- record type it will become
  body TEXT NOT NULL,            -- JSON of the form so far
  updated INTEGER NOT NULL       -- POSIX milliseconds
) STRICT;
CREATE INDEX drafts_account ON drafts (account, updated);

CREATE TABLE unnamed (
  entry TEXT PRIMARY KEY,        -- entry id of a record published here without by
  account INTEGER NOT NULL,      -- account behind it
  member TEXT NOT NULL           -- member id behind it
) STRICT;

CREATE TABLE privates (
  entry TEXT PRIMARY KEY,        -- entry id of a record published here
  json TEXT NOT NULL             -- what its author said under private; never leaves this node
) STRICT;

CREATE TABLE idempotency (
  account INTEGER NOT NULL,      -- accounts.id that sent the key
  key TEXT NOT NULL,             -- Idempotency-Key of the request
  entry TEXT NOT NULL,           -- entry id it made
  created INTEGER NOT NULL,      -- POSIX milliseconds
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
