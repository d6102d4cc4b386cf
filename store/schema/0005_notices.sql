-- What concerns a member here, how she wants to hear of it, and the key of her feeds. Never gossiped, no view: a notice
-- is written once, when its record comes, and what she did with it is hers. docs/spec/notices.md.

CREATE TABLE notices (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- whom it concerns
  key INTEGER NOT NULL,          -- entries.key of the record that was taken in
  reason TEXT NOT NULL,          -- why she is told: owner, giver, circle, invited …
  what TEXT NOT NULL,            -- record type
  about TEXT NOT NULL,           -- entry id of the object it opens
  came INTEGER NOT NULL,         -- POSIX milliseconds when it came here
  read_at INTEGER,               -- POSIX milliseconds; NULL: not read yet
  mailed INTEGER,                -- POSIX milliseconds when a digest with it was handed over; NULL: in none yet
  PRIMARY KEY (account, key, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_newest ON notices (account, came, key);
CREATE INDEX notices_unread ON notices (account) WHERE read_at IS NULL;

CREATE TABLE mutes (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- who wants to hear no more of it
  scope TEXT NOT NULL CHECK (scope IN ('object', 'reason')), -- what value names
  value TEXT NOT NULL,           -- entry id of an object, or a reason
  created INTEGER NOT NULL,      -- POSIX milliseconds
  PRIMARY KEY (account, scope, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE digests (
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE, -- who gets letters; no row: nobody
  address TEXT NOT NULL,         -- e-mail address; private, leaves this node towards its mail server only
  rhythm TEXT NOT NULL CHECK (rhythm IN ('daily', 'weekly')), -- how often at most
  due INTEGER NOT NULL,          -- POSIX milliseconds of the next one
  tries INTEGER NOT NULL,        -- failed in a row
  trouble TEXT,                  -- code of the last failure, shown to the member; NULL: none
  letter INTEGER,                -- POSIX milliseconds when the letter being handed over was begun; NULL: none is
  key TEXT NOT NULL UNIQUE       -- in the address that ends the letters in one step; opens nothing else
) STRICT;
CREATE INDEX digests_due ON digests (due);

CREATE TABLE feed_keys (
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE, -- whose feeds it opens
  hash BLOB NOT NULL UNIQUE,     -- SHA-256 of the key in the address
  created INTEGER NOT NULL       -- POSIX milliseconds
) STRICT;
