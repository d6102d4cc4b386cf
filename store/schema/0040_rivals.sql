-- What contradicts a chain that is frozen: told to every peer after the chain itself. PROTOCOL section 1 "Conflicts".

CREATE TABLE rivals (
  revision INTEGER PRIMARY KEY REFERENCES keyrings (revision), -- keyrings.revision of the chain that was held first
  frame BLOB NOT NULL            -- as it travels: KEYRING with the other chain, or CHUNK with a head past a close
) STRICT;
CREATE INDEX keyrings_frozen ON keyrings (node, revision) WHERE frozen = 1;
CREATE TRIGGER rivals_update BEFORE UPDATE ON rivals BEGIN SELECT RAISE(ABORT, 'rivals are append-only'); END;
CREATE TRIGGER rivals_delete BEFORE DELETE ON rivals BEGIN SELECT RAISE(ABORT, 'rivals are append-only'); END;
