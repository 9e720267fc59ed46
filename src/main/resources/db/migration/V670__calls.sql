-- Calls to providers: see io.infrafabric.bulkhead.payment. One partition a day (UTC, the day in the call's UUIDv7), made ahead and
-- dropped when it is old. A row says nothing of what was asked or answered, nor of the path. No outcome: it is under way.
CREATE TABLE bulkhead_call (
    day            date          NOT NULL,
    id             uuid          NOT NULL,
    provider       text          NOT NULL,
    model          text,
    session        text          NOT NULL,
    swarm          text          NOT NULL,
    task           text,
    epoch          bigint,
    estimate       numeric(18,6) NOT NULL,
    outcome        text,
    status         int,
    input          bigint        NOT NULL DEFAULT 0,
    output         bigint        NOT NULL DEFAULT 0,
    cache_read     bigint        NOT NULL DEFAULT 0,
    cache_write    bigint        NOT NULL DEFAULT 0,
    cache_write_1h bigint        NOT NULL DEFAULT 0,
    cost           numeric(18,6) NOT NULL DEFAULT 0,
    cost_from      text,
    first_byte_ms  bigint,
    total_ms       bigint,
    started_at     timestamptz   NOT NULL,
    ended_at       timestamptz,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
-- All columns ascend: see io.infrafabric.bus.NewestFirst. No index has a column that changes when a call ends.
CREATE INDEX bulkhead_call_listed ON bulkhead_call (started_at, id);
CREATE INDEX bulkhead_call_listed_swarm ON bulkhead_call (swarm, started_at, id);
CREATE INDEX bulkhead_call_listed_session ON bulkhead_call (session, started_at, id);
CREATE INDEX bulkhead_call_listed_provider ON bulkhead_call (provider, started_at, id);
CREATE INDEX bulkhead_call_listed_swarm_provider ON bulkhead_call (swarm, provider, started_at, id);
CREATE INDEX bulkhead_call_listed_task ON bulkhead_call (task, started_at, id);

-- A row for each call under way for which money is held. Its process renews the leases of all of them at once; when a lease ends,
-- the process has died, and the call is lost.
CREATE TABLE bulkhead_running (
    id          uuid        PRIMARY KEY,
    day         date        NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 1);
CREATE INDEX bulkhead_running_lease ON bulkhead_running (lease_until);

CREATE FUNCTION bulkhead_make_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'bulkhead_call_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('bulkhead_day'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF bulkhead_call FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 75)',
        name, day, day + 1);
END $$;

CREATE FUNCTION bulkhead_drop_day(day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bulkhead_day'));
    EXECUTE format('DROP TABLE IF EXISTS %I', 'bulkhead_call_' || to_char(day, 'YYYYMMDD'));
END $$;

-- The days that have partitions.
CREATE VIEW bulkhead_day AS
SELECT to_date(right(child.relname::text, 8), 'YYYYMMDD') AS day
FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'bulkhead_call'::regclass;

-- A process whose clock is behind may still write into yesterday.
SELECT bulkhead_make_day((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(-1, 3) AS ahead;
