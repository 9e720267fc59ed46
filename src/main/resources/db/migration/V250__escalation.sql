-- Escalation: cases that ask a human, and the webhooks that tell of them. See io.infrafabric.escalation.

CREATE TABLE escalation_case (
    id              uuid        PRIMARY KEY,
    function        text        NOT NULL,
    subject         text        NOT NULL,
    swarm           text,
    reason          text        NOT NULL,
    severity        text        NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    asked           text        NOT NULL,
    options         text[]      NOT NULL,
    evidence        text[]      NOT NULL,
    occurrence      text        NOT NULL,
    opened_at       timestamptz NOT NULL,

    state           text        NOT NULL CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    acknowledged_by text,
    acknowledged_at timestamptz,
    resolved_by     text,
    resolved_at     timestamptz,
    option          text,
    parameters      text,
    note            text,
    version         bigint      NOT NULL,
    CHECK ((state = 'RESOLVED') = (option IS NOT NULL)),
    -- The same question twice makes one case.
    UNIQUE (function, reason, subject, occurrence)
);
CREATE INDEX escalation_case_page ON escalation_case (opened_at DESC, id DESC);
CREATE INDEX escalation_case_swarm_page ON escalation_case (swarm, opened_at DESC, id DESC);
CREATE INDEX escalation_case_unresolved ON escalation_case (swarm) WHERE state <> 'RESOLVED';

-- The secret stands here in plain: it has to sign. Nothing but the sender reads it, and no call shows it.
CREATE TABLE escalation_webhook (
    name         text        PRIMARY KEY,
    swarm        text,
    url          text        NOT NULL,
    secret       text        NOT NULL,
    min_severity text        NOT NULL CHECK (min_severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    enabled      boolean     NOT NULL,
    disabled_why text,
    created_at   timestamptz NOT NULL,
    version      bigint      NOT NULL
);

CREATE TABLE escalation_delivery (
    id          uuid        PRIMARY KEY,
    webhook     text        NOT NULL REFERENCES escalation_webhook (name) ON DELETE CASCADE,
    case_id     uuid        NOT NULL,
    type        text        NOT NULL,
    body        text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('WAITING', 'SENDING', 'DELIVERED', 'DEAD')),
    -- Attempts ever made, and how many of them were made before the last replay.
    attempt     int         NOT NULL,
    before      int         NOT NULL,
    next_at     timestamptz,
    lease_until timestamptz,
    status      int,
    error       text,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    version     bigint      NOT NULL,
    CHECK ((state = 'WAITING') = (next_at IS NOT NULL)),
    CHECK ((state = 'SENDING') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('DELIVERED', 'DEAD')) = (ended_at IS NOT NULL))
);
CREATE INDEX escalation_delivery_page ON escalation_delivery (webhook, created_at DESC, id DESC);
CREATE INDEX escalation_delivery_old ON escalation_delivery (webhook, ended_at) WHERE state = 'DELIVERED';
