-- What queued tasks require and no live session of their swarm has.
-- See io.infrafabric.coordinator.claim.ShortageTable.

-- For one look at each set of names that is required, whatever the number of tasks.
CREATE INDEX coordinator_task_required ON coordinator_task
    (swarm, coordinator_lane(requires, '{}', '{}', NULL, NULL, NULL))
    WHERE state = 'QUEUED' AND assignee IS NULL AND requires IS NOT NULL;

-- Of the names, those that the live session of the swarm lacks that lacks the fewest of them, in the order of their bytes; of
-- several such lists the first. All of them where no session is live; NULL where one lacks nothing.
CREATE FUNCTION coordinator_missing(of_swarm text, names text[]) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN NOT EXISTS (SELECT FROM coordinator_session s
                                WHERE s.swarm = of_swarm AND s.state = 'LIVE' AND names <@ (s.domains || s.tools))
    THEN coalesce(
      (SELECT l.missing FROM coordinator_session s, LATERAL (
                SELECT ARRAY(SELECT n FROM unnest(names) n WHERE n <> ALL (s.domains || s.tools) ORDER BY n COLLATE "C")
                       AS missing) l
        WHERE s.swarm = of_swarm AND s.state = 'LIVE' ORDER BY cardinality(l.missing), l.missing LIMIT 1),
      names) END
$$;

-- At most 100 rows: what the last look found.
CREATE TABLE coordinator_shortage (
    subject text        PRIMARY KEY,
    swarm   text        NOT NULL,
    missing text[]      NOT NULL,
    since   timestamptz NOT NULL,
    tasks   int         NOT NULL,
    -- One of them.
    task    text        NOT NULL,
    -- Whether a human was asked.
    asked   boolean     NOT NULL
);
