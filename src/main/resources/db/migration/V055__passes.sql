-- Tokens of operators and viewers, by their id ("jti"). The token itself is kept nowhere. See io.infrafabric.door.Passes.

CREATE TABLE door_token (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    role       text        NOT NULL CHECK (role IN ('OPERATOR', 'VIEWER')),
    swarm      text,
    made_by    text        NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz,
    revoked_by text
);
CREATE INDEX door_token_page ON door_token (made_at DESC, id DESC);
CREATE INDEX door_token_swarm ON door_token (swarm, made_at DESC, id DESC);
CREATE INDEX door_token_revoked ON door_token (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX door_token_expires ON door_token (expires_at);
