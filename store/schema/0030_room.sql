-- Which member sent which file to this node, and how many bytes of files are here. Never gossiped. docs/operate.md "Room for files"

CREATE TABLE sent (
  hash TEXT NOT NULL,            -- blob id
  account INTEGER NOT NULL,      -- accounts.id that sent it
  size INTEGER NOT NULL,         -- bytes
  at INTEGER NOT NULL,           -- POSIX milliseconds of the last time
  PRIMARY KEY (hash, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_account ON sent (account, at);

CREATE TABLE room (
  what TEXT PRIMARY KEY CHECK (what IN ('whole', 'sent')), -- all whole files; those that members here sent
  bytes INTEGER NOT NULL         -- how much they take; of those sent, kept by the triggers below
) STRICT;
INSERT INTO room (what, bytes) SELECT 'whole', coalesce(sum(size), 0) FROM blobs WHERE complete = 1;
INSERT INTO room (what, bytes) VALUES ('sent', 0);

CREATE TRIGGER room_sent AFTER INSERT ON sent WHEN (SELECT count(*) FROM sent WHERE hash = NEW.hash) = 1
BEGIN UPDATE room SET bytes = bytes + NEW.size WHERE what = 'sent'; END;
CREATE TRIGGER room_unsent AFTER DELETE ON sent WHEN NOT EXISTS (SELECT 1 FROM sent WHERE hash = OLD.hash)
BEGIN UPDATE room SET bytes = bytes - OLD.size WHERE what = 'sent'; END;
