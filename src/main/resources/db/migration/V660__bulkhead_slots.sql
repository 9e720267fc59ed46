-- Bulkhead: at most so many calls to a provider at once in the whole fleet, and when not to call at all.
-- See io.infrafabric.bulkhead.slot.

-- One row for each call that may be under way. Replicas lease them; "replica" is null if nobody has it.
CREATE TABLE bulkhead_slot (
    provider text        NOT NULL REFERENCES bulkhead_provider (name) ON DELETE CASCADE,
    slot     int         NOT NULL,
    replica  text,
    until    timestamptz,
    PRIMARY KEY (provider, slot),
    CHECK ((replica IS NULL) = (until IS NULL))
);

-- What each replica says of itself: its calls, and the slots that it wants from others. "times" and "firsts" count calls by
-- how long they took, in the classes of CallTimes.
CREATE TABLE bulkhead_replica (
    provider     text        NOT NULL REFERENCES bulkhead_provider (name) ON DELETE CASCADE,
    replica      text        NOT NULL,
    running      int         NOT NULL,
    queued       int         NOT NULL,
    wants        int         NOT NULL,
    wanted_since timestamptz,
    calls        bigint      NOT NULL,
    failed       bigint      NOT NULL,
    times        jsonb       NOT NULL,
    firsts       jsonb       NOT NULL,
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (provider, replica)
);

-- "open_until" is null if it is closed, or open until an operator closes it. "opened_at" stays while probes fail.
CREATE TABLE bulkhead_breaker (
    provider    text        PRIMARY KEY REFERENCES bulkhead_provider (name) ON DELETE CASCADE,
    version     bigint      NOT NULL,
    open        boolean     NOT NULL,
    reason      text,
    by          text        NOT NULL,
    opened_at   timestamptz,
    open_until  timestamptz,
    open_millis bigint      NOT NULL DEFAULT 0,
    probe       uuid,
    probe_until timestamptz,
    asked       boolean     NOT NULL DEFAULT false
);

-- Models that rest because the provider asked for it; '' for calls whose model is not known.
CREATE TABLE bulkhead_pause (
    provider text        NOT NULL REFERENCES bulkhead_provider (name) ON DELETE CASCADE,
    model    text        NOT NULL,
    until    timestamptz NOT NULL,
    PRIMARY KEY (provider, model)
);
