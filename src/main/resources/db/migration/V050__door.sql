-- The door: answers kept for Idempotency-Key, and revoked tokens. See io.infrafabric.door.

CREATE TABLE door_idempotency (
    key       text        PRIMARY KEY,
    body_hash text        NOT NULL,
    status    int         NOT NULL,
    body      text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX door_idempotency_at ON door_idempotency (at);

-- Tokens carry the second they were issued in as their generation; those of a subject below the one here are revoked.
-- So rows can be deleted when the revoked tokens have expired anyway.
CREATE TABLE door_generation (
    subject    text        PRIMARY KEY,
    generation bigint      NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX door_generation_at ON door_generation (at);
