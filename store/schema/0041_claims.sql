-- A file is known by its hash and by the size a record tells of it. A size is a claim: until the file is whole, any may
-- be wrong, so each is wanted by itself and none stands in another's way. PROTOCOL section 6 "Blob id".

CREATE TABLE claims (
  hash TEXT NOT NULL,            -- blob id: hex RFC 6962 root over its 49,152-byte pieces
  size INTEGER NOT NULL,         -- bytes, as a record or the file itself tells
  pieces_here INTEGER NOT NULL,  -- pieces verified and in the file, counted from the first
  complete INTEGER NOT NULL,     -- 1: whole, so this size is the file's; no other of this hash ever will be
  added INTEGER NOT NULL,        -- POSIX milliseconds
  PRIMARY KEY (hash, size)
) STRICT, WITHOUT ROWID;
INSERT INTO claims SELECT hash, size, iif(complete, pieces_here, 0), complete, added FROM blobs;

CREATE TABLE claim_pieces (
  hash TEXT NOT NULL,            -- blob id
  size INTEGER NOT NULL,         -- the size it was fetched under
  number INTEGER NOT NULL,       -- position of the piece
  leaf BLOB NOT NULL,            -- its leaf hash, 32 bytes: proofs are made without reading the file
  PRIMARY KEY (hash, size, number)
) STRICT, WITHOUT ROWID;
INSERT INTO claim_pieces SELECT p.hash, b.size, p.number, p.leaf
  FROM blob_pieces p JOIN blobs b ON b.hash = p.hash WHERE b.complete = 1;

CREATE TABLE claim_refs (
  hash TEXT NOT NULL,            -- blob id
  key INTEGER NOT NULL,          -- entries.key of a record that refers to it
  size INTEGER NOT NULL,         -- bytes, as that record tells
  PRIMARY KEY (hash, key, size)
) STRICT, WITHOUT ROWID;
INSERT INTO claim_refs SELECT r.hash, r.key, b.size FROM blob_refs r JOIN blobs b ON b.hash = r.hash;

DROP TABLE blob_pieces;
DROP TABLE blob_refs;
DROP TABLE blobs;
ALTER TABLE claims RENAME TO blobs;
ALTER TABLE claim_pieces RENAME TO blob_pieces;
ALTER TABLE claim_refs RENAME TO blob_refs;
CREATE INDEX blobs_wanted ON blobs (added) WHERE complete = 0;

CREATE TABLE blob_holders (
  hash TEXT NOT NULL,            -- blob id
  size INTEGER NOT NULL,         -- bytes
  node TEXT NOT NULL,            -- node that has said it has the file whole, or has served it
  at INTEGER NOT NULL,           -- POSIX milliseconds at which that was first known
  PRIMARY KEY (hash, size, node)
) STRICT, WITHOUT ROWID;

-- Verdicts that honest peers meet are counted against nobody any more.
DELETE FROM refusals WHERE verdict IN ('not-replicated', 'standstill', 'unjoined');
