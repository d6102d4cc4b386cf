-- What a token may do and until when, when a browser last proved whose it is, and what others did with an account.
-- This node's own, never gossiped. docs/operate.md "Tokens".

ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read publish admin'; -- read, publish, admin, separated by spaces; tokens of before have all
ALTER TABLE tokens ADD COLUMN expires INTEGER NOT NULL DEFAULT 0; -- POSIX milliseconds from which it opens nothing
UPDATE tokens SET expires = max(created, CAST(strftime('%s', 'now') AS INTEGER) * 1000) + 31536000000;

ALTER TABLE sessions ADD COLUMN proved INTEGER NOT NULL DEFAULT 0; -- POSIX milliseconds when its member last proved who it is, beside signing in; 0: not yet

CREATE TABLE account_steps (
  no INTEGER PRIMARY KEY,        -- in the order they were taken
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, -- accounts.id of whose account it is
  actor INTEGER,                 -- accounts.id of who took it; NULL: whoever runs the node, at the shell
  what TEXT NOT NULL,            -- link-made, link-used, token-made, role, shut-out, let-in, reset
  detail TEXT NOT NULL,          -- the role, the scopes, the browser; empty: nothing more to say
  time INTEGER NOT NULL,         -- POSIX milliseconds
  read_at INTEGER                -- POSIX milliseconds when its member read of it; NULL: not yet
) STRICT;
CREATE INDEX account_steps_account ON account_steps (account, no);
CREATE INDEX account_steps_unread ON account_steps (account) WHERE read_at IS NULL;
