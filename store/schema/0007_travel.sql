-- When which node said that it holds what: how a record travelled, as far as this node was told. Never gossiped.

CREATE TABLE heard (
  id INTEGER PRIMARY KEY,        -- in the order it was heard; the oldest are forgotten beyond protocol.limits.MAX_HEARD
  feed INTEGER NOT NULL REFERENCES feeds (no), -- feeds.no
  node TEXT NOT NULL,            -- node id of who said so
  private INTEGER NOT NULL,      -- 1: a restricted envelope of ours; 0: everything up to a size
  first INTEGER NOT NULL,        -- index of the first entry this is about: what it had not said before
  size INTEGER NOT NULL,         -- index after the last
  at INTEGER NOT NULL            -- POSIX milliseconds at which it was heard here
) STRICT;
CREATE UNIQUE INDEX heard_about ON heard (feed, node, private, size);
