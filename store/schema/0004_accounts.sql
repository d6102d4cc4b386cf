-- Ways in beside the password, and guests. This node's own, never gossiped. docs/operate.md "Ways in"

ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT ''; -- how it began: password, passkey, link; empty: unknown

CREATE TABLE passkeys (
  id BLOB PRIMARY KEY,           -- credential id, as the member's device made it
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id it signs in
  handle BLOB NOT NULL,          -- 32 random bytes by which devices know the account; says nothing about her
  public_key BLOB NOT NULL,      -- COSE key its signatures are checked with
  signs INTEGER NOT NULL,        -- how many signatures the device says it made; 0: it does not count
  label TEXT NOT NULL,           -- what the member calls it
  synced INTEGER NOT NULL,       -- 1: the device keeps a copy elsewhere
  created INTEGER NOT NULL,      -- POSIX milliseconds
  last_seen INTEGER              -- POSIX milliseconds of the last sign-in with it
) STRICT;
CREATE INDEX passkeys_account ON passkeys (account);

CREATE TABLE guests (
  link BLOB PRIMARY KEY,         -- SHA-256 of the secret in the guest's link, as in links
  inviter INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id of the member who invites
  name TEXT NOT NULL,            -- whom she means, in her words; shown to her and to stewards
  made INTEGER NOT NULL,         -- POSIX milliseconds
  account INTEGER UNIQUE REFERENCES accounts (id) ON DELETE CASCADE, -- the guest's own; NULL: not joined yet
  ended INTEGER                  -- POSIX milliseconds when the place was ended; NULL: open
) STRICT;
CREATE INDEX guests_inviter ON guests (inviter, made);

CREATE TABLE guest_requests (
  hash BLOB PRIMARY KEY,         -- SHA-256 of the secret in the address at which the asker finds the answer
  asked INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id of the pitcher
  about TEXT NOT NULL,           -- entry id of the pitch whose link was followed
  name TEXT NOT NULL,            -- as the asker calls herself
  organisation TEXT NOT NULL,    -- where she says she works
  words TEXT NOT NULL,           -- what she adds
  made INTEGER NOT NULL,         -- POSIX milliseconds
  answer TEXT CHECK (answer IN ('yes', 'no')) -- NULL: not answered
) STRICT;
CREATE INDEX guest_requests_asked ON guest_requests (asked, made);
