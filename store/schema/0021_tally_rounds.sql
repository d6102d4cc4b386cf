-- When the sums of a pitch's private pledges were last told and are to be told next (R12). Local: never travels.
CREATE TABLE tally_rounds (
  pitch TEXT PRIMARY KEY,           -- entry id of a pitch of this node
  due   INTEGER,                    -- POSIX milliseconds of the round that tells them; NULL: nothing is to be told
  told  INTEGER NOT NULL DEFAULT 0  -- POSIX milliseconds at which they were last told
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_rounds_due ON tally_rounds (due) WHERE due IS NOT NULL;
