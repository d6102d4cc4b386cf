-- Under which addresses peers reach this node, apart from those its settings name. What is published of it stands in
-- the node's profile; the rest is never gossiped.

CREATE TABLE reached (
  address TEXT PRIMARY KEY,      -- host:port, as store.reached was given it
  source TEXT NOT NULL CHECK (source IN ('invite', 'listener')), -- named in a pairing code; a peer came in at it
  at INTEGER NOT NULL,           -- POSIX milliseconds at which it was last named or come in at
  withheld INTEGER NOT NULL      -- 1: the operator does not want it published
) STRICT;
