-- What was seen in a member's file when it was sent: codes of store.metadata, separated by spaces. Local: never travels.
CREATE TABLE blob_notes (
  hash   TEXT PRIMARY KEY,  -- blob id
  taken  TEXT NOT NULL,     -- what was taken off a picture
  warned TEXT NOT NULL      -- what is said of a file that stays as it is
) STRICT, WITHOUT ROWID;
