-- Up to which number of the event log days were dropped: a reader that goes on from before it has missed something.
CREATE TABLE bus_dropped (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    until bigint  NOT NULL
);
-- Days that an earlier release dropped: all that came before what is there now.
INSERT INTO bus_dropped (until) SELECT coalesce(min(seq) - 1, 0) FROM bus_event;

CREATE OR REPLACE FUNCTION bus_drop_day(day date) RETURNS boolean LANGUAGE plpgsql AS $$
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
    UPDATE bus_dropped SET until = greatest(until, (SELECT coalesce(max(seq), 0) FROM bus_event e WHERE e.day = bus_drop_day.day));
    EXECUTE format('DROP TABLE IF EXISTS %I', 'bus_event_' || suffix);
    EXECUTE format('DROP TABLE IF EXISTS %I', 'bus_inbox_' || suffix);
    RETURN true;
END $$;
