-- What the stewards of this node decided about what is shown here: its own, never gossiped. DOMAIN R14, docs/operate.md.

CREATE TABLE hides (
  entry TEXT PRIMARY KEY,        -- entry id of what is not shown here
  author TEXT,                   -- member id of who made it, who still sees it; NULL: the node itself
  reason TEXT NOT NULL,          -- of the list "report"
  text TEXT NOT NULL,            -- why, in the words of who decided
  account INTEGER NOT NULL,      -- accounts.id of who decided
  hidden INTEGER NOT NULL,       -- POSIX milliseconds
  appeal TEXT,                   -- what the author says against it; NULL: nothing
  appealed INTEGER,              -- POSIX milliseconds
  answer TEXT,                   -- what the stewards answered; NULL: not yet
  answered INTEGER,              -- POSIX milliseconds
  lifted INTEGER                 -- POSIX milliseconds since when it is shown again; NULL: hidden
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  report TEXT PRIMARY KEY,       -- entry id of a report
  decision TEXT NOT NULL CHECK (decision IN ('hide', 'keep')), -- what was done here
  text TEXT NOT NULL,            -- why
  account INTEGER NOT NULL,      -- accounts.id of who decided
  decided INTEGER NOT NULL       -- POSIX milliseconds
) STRICT, WITHOUT ROWID;
