-- What is known of those who come without a right yet: browsers that signed in before, nodes that knock.

-- Browsers that have signed in to an account: their tries at its password are counted apart from strangers'. No way in.
CREATE TABLE devices (
  hash BLOB NOT NULL,            -- SHA-256 of the secret in the browser's cookie
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id it signed in to
  network BLOB NOT NULL,         -- SHA-256 of the account and the address it last signed in from: compared, not read
  seen INTEGER NOT NULL,         -- POSIX milliseconds of the last time it signed in
  PRIMARY KEY (hash, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_account ON devices (account, seen);

CREATE TABLE knockers (
  node TEXT PRIMARY KEY REFERENCES knocks (node) ON DELETE CASCADE, -- knocks.node
  trust INTEGER NOT NULL,        -- 2: showed a code made here, used or too old; 1: showed none; 0: showed a made-up one
  network TEXT NOT NULL          -- the /24 or /48 it came from, else its address: what shares the table with others
) STRICT, WITHOUT ROWID;
