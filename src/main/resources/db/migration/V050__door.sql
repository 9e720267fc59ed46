-- The door: answers kept for Idempotency-Key, and revoked tokens. See io.infrafabric.door.

CREATE TABLE door_idempotency (
    key       text        PRIMARY KEY,
    body_hash text        NOT NULL,
    status    int         NOT NULL,
    body      text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX door_idempotency_at ON door_idempotency (at);

-- Tokens of a subject carry a generation; those below the one here are revoked. A subject without a row is at 0.
CREATE TABLE door_generation (
    subject    text        PRIMARY KEY,
    generation int         NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX door_generation_at ON door_generation (at);
