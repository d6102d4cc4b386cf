-- What the tables of the views were made by. They are no part of the numbered schema: views.sql makes them anew whenever it
-- is another than the one named here. ARCHITECTURE "Where state lives".

CREATE TABLE views_made (
  definition TEXT NOT NULL,      -- SHA-256, hex, of views.sql and the version of what rows mean
  tables TEXT NOT NULL,          -- JSON array: the tables it made, dropped before others are made
  stale INTEGER NOT NULL         -- 1: the tables are empty and wait for the log to be read into them
) STRICT;
