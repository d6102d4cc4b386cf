-- What members said while this node could not sign yet: kept whole, signed in the order it came (PROTOCOL section 11).
CREATE TABLE outbox (
  no INTEGER PRIMARY KEY,          -- order in which it was said
  queued TEXT NOT NULL UNIQUE,   -- the name its author knows it by, 26 letters and digits
  account INTEGER,               -- accounts.id of who said it; NULL: the node itself
  member TEXT,                   -- member id of who said it, NULL before a card is published
  role TEXT NOT NULL,            -- role in which it was said
  type TEXT NOT NULL,            -- record type
  said INTEGER NOT NULL,         -- POSIX milliseconds of the press: the claimed time of its header
  content TEXT,                  -- JSON as it was posted, private part included; NULL once settled
  header BLOB,                   -- 46 bytes of the entry it will be; NULL once settled
  envelope BLOB,                 -- the finished envelope; NULL once settled
  key TEXT,                      -- Idempotency-Key of the request, if it had one
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'signed', 'refused')), -- what became of it
  entry TEXT,                    -- entry id, once signed
  draft INTEGER,                 -- drafts.id that keeps its words, once refused
  reason TEXT,                   -- JSON array of problems, once refused
  settled INTEGER                -- POSIX milliseconds of the signature or refusal
) STRICT;
CREATE INDEX outbox_waiting ON outbox (no) WHERE state = 'waiting';
CREATE UNIQUE INDEX outbox_keys ON outbox (account, key) WHERE key IS NOT NULL AND state = 'waiting';
