-- The bus: event log (outbox), inbox, subscriptions, due rows, dead letters. See io.infrafabric.bus.

-- The outbox is the event log. One partition a day (UTC, the day in the event's UUIDv7); made ahead and dropped by the sweep.
CREATE TABLE bus_event (
    day       date        NOT NULL,
    id        uuid        NOT NULL,
    seq       bigint      GENERATED ALWAYS AS IDENTITY,
    type      text        NOT NULL,
    subject   text        NOT NULL,
    swarm     text,
    published boolean     NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    envelope  text        NOT NULL,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE INDEX bus_event_unpublished ON bus_event (at) WHERE NOT published;
CREATE INDEX bus_event_seq ON bus_event (seq);

-- What each function has taken in: written in the transaction of the effect.
CREATE TABLE bus_inbox (
    day      date NOT NULL,
    function text NOT NULL,
    event    uuid NOT NULL,
    PRIMARY KEY (day, function, event)
) PARTITION BY RANGE (day);

-- The newest version of each entity that a function has seen in state events.
CREATE TABLE bus_seen (
    function text        NOT NULL,
    subject  text        NOT NULL,
    version  bigint      NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (function, subject)
);

-- asked_at: when a process last asked for it. Releases run side by side, so one that does not know a type leaves it alone.
CREATE TABLE bus_subscription (
    function text        NOT NULL,
    type     text        NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    asked_at timestamptz NOT NULL DEFAULT now(),
    active   boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (function, type)
);

-- Whatever is due later. The sweep turns due rows into events.
CREATE TABLE bus_due (
    function text        NOT NULL,
    entity   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (function, entity)
);
CREATE INDEX bus_due_at ON bus_due (at);

-- Failures of an event's handler, counted across processes; gone when it succeeds or becomes a dead letter.
CREATE TABLE bus_attempt (
    function text        NOT NULL,
    event    uuid        NOT NULL,
    attempts int         NOT NULL,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at  timestamptz NOT NULL DEFAULT now(),
    error    text        NOT NULL,
    PRIMARY KEY (function, event)
);

CREATE TABLE bus_dead_letter (
    function    text        NOT NULL,
    event       uuid        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    envelope    text        NOT NULL,
    error       text        NOT NULL,
    attempts    int         NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (function, event)
);
CREATE INDEX bus_dead_letter_page ON bus_dead_letter (function, last_at DESC, event DESC);

-- One row: when any process of the fabric last ran its sweep. A hole in it is a gap by which deadlines are extended.
-- kept_at is the same for housekeeping: whoever moves it on does the work of that round.
CREATE TABLE bus_pulse (
    one     boolean     PRIMARY KEY DEFAULT true CHECK (one),
    at      timestamptz NOT NULL,
    kept_at timestamptz NOT NULL
);
INSERT INTO bus_pulse (at, kept_at) VALUES (now(), 'epoch');

-- Up to when everything that a function subscribes to is known to be taken in or set aside; the check starts from here.
CREATE TABLE bus_complete (
    function text        PRIMARY KEY,
    until    timestamptz NOT NULL
);

-- Makes the partitions of a day, if they are not there. For recent days it looks first, since making one locks the whole
-- table; for older ones the lock comes first, so that none is dropped between the look and the writing.
CREATE FUNCTION bus_make_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := to_char(day, 'YYYYMMDD');
    made   boolean := to_regclass('bus_event_' || suffix) IS NOT NULL AND to_regclass('bus_inbox_' || suffix) IS NOT NULL;
BEGIN
    IF made AND day >= (now() AT TIME ZONE 'UTC')::date - 1 THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('bus_day'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF bus_event FOR VALUES FROM (%L) TO (%L)',
        'bus_event_' || suffix, day, day + 1);
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF bus_inbox FOR VALUES FROM (%L) TO (%L)',
        'bus_inbox_' || suffix, day, day + 1);
END $$;

-- Drops the partitions of a day; false if a subscriber has not yet taken in (or set aside) all that is in them.
CREATE FUNCTION bus_drop_day(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    suffix text := to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bus_day'));
    IF EXISTS (
        SELECT FROM bus_event e
        JOIN bus_subscription s ON s.type = e.type AND s.active AND e.at >= s.since
        WHERE e.day = bus_drop_day.day AND NOT EXISTS (
            SELECT FROM bus_inbox i WHERE i.day = e.day AND i.function = s.function AND i.event = e.id)
    ) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', 'bus_event_' || suffix);
    EXECUTE format('DROP TABLE IF EXISTS %I', 'bus_inbox_' || suffix);
    RETURN true;
END $$;

-- The days that have partitions.
CREATE VIEW bus_day AS
SELECT to_date(right(child.relname::text, 8), 'YYYYMMDD') AS day
FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'bus_event'::regclass;

-- A process whose clock is behind may still write into yesterday.
SELECT bus_make_day((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(-1, 3) AS ahead;
