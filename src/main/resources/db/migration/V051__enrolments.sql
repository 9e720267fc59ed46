-- Tokens of sessions end with revocation or leaving, and with not being used. See io.infrafabric.door.

-- A row tells which tokens of a session no longer hold: those of a lower generation, and those of enrolments up to this
-- one, because the session has left. Operators and viewers have names of their own: their rows carry the role before it.
-- Rows of sessions stay for good: a token that is used has no end of its own.
ALTER TABLE door_generation ADD COLUMN ended bigint NOT NULL DEFAULT 0;

-- When tokens of sessions were last used, as far as that is longer ago than their issue. The token is a hash.
CREATE TABLE door_use (
    token   text        PRIMARY KEY,
    used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX door_use_ends_at ON door_use (ends_at);
