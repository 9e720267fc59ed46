-- Events from the world: who may send them, and what came. See io.infrafabric.gateway.source.

CREATE TABLE gateway_source (
    name        text        PRIMARY KEY,
    kind        text        NOT NULL,
    swarm       text        NOT NULL,
    secrets     text[]      NOT NULL,   -- env:, file:, or the secret itself, because it verifies every delivery
    public_keys text[]      NOT NULL,
    tolerance   bigint,                 -- seconds; null for the usual one
    rules       text,                   -- JSON as it was given; null for the preset of the kind
    api_token   text,                   -- env: or file:
    version     bigint      NOT NULL,
    changed_by  text        NOT NULL,
    changed_at  timestamptz NOT NULL
);

CREATE INDEX gateway_source_swarm ON gateway_source (swarm, name);

CREATE TABLE gateway_delivery (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    seq         bigint      GENERATED ALWAYS AS IDENTITY,
    source      text        NOT NULL,
    swarm       text        NOT NULL,
    key         text,                   -- by what it is known again; null for one that was refused
    delivery    text,                   -- the id that GitHub gives it, which is not signed
    state       text        NOT NULL,
    event       text,
    body        text,                   -- null for one that was refused
    bytes       int         NOT NULL,
    plan        text,                   -- what is to be done, where that is more than one thing
    step        int         NOT NULL DEFAULT 0,
    results     text        NOT NULL DEFAULT '[]',
    why         text,
    attempts    int         NOT NULL DEFAULT 0,
    not_before  timestamptz NOT NULL DEFAULT now(),
    received_at timestamptz NOT NULL DEFAULT now(),
    handled_at  timestamptz
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- A delivery is taken in once, whichever process gets it.
CREATE UNIQUE INDEX gateway_delivery_key ON gateway_delivery (source, key);
CREATE UNIQUE INDEX gateway_delivery_delivery ON gateway_delivery (source, delivery);
CREATE INDEX gateway_delivery_waits ON gateway_delivery (source, seq) WHERE state = 'PENDING';
CREATE INDEX gateway_delivery_listed ON gateway_delivery (source, seq DESC);
CREATE INDEX gateway_delivery_listed_state ON gateway_delivery (source, state, seq DESC);
CREATE INDEX gateway_delivery_age ON gateway_delivery (received_at);
