-- What a session gave back rests for it, and what kills its holder is given up. See io.infrafabric.coordinator.

-- How often its holder has claimed it again without ending it, since it was granted from its queue.
ALTER TABLE coordinator_task ADD COLUMN reclaims int NOT NULL DEFAULT 0;

-- For which of these sessions a task rests: those that gave it back less than that many milliseconds ago. Null for none.
CREATE FUNCTION coordinator_resting(id text, sessions text[], millis bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(DISTINCT h.by) FROM coordinator_history h
   WHERE h.task = id AND h.what = 'released' AND h.by = ANY(sessions) AND h.at > now() - millis * interval '1 millisecond'
$$;

-- What a session holds, as a JSON list of [task, epoch, end of its lease] in the order of tasks. Null for nothing.
CREATE FUNCTION coordinator_holding(session text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT json_agg(json_build_array(t.id, t.epoch, t.lease_until) ORDER BY t.id)::text
    FROM coordinator_task t WHERE t.holder = session AND t.state = 'CLAIMED'
$$;

-- How many tasks of a swarm wait (WAITING or QUEUED) at most: as many as were counted when the last task had this seq, and
-- all that were submitted since, to whichever swarm. So nobody counts before that could be too many.
CREATE TABLE coordinator_usage (
    swarm   text   PRIMARY KEY,
    waiting bigint NOT NULL,
    seq     bigint NOT NULL
);
CREATE INDEX coordinator_task_waiting ON coordinator_task (swarm, submitted_by) WHERE state IN ('WAITING', 'QUEUED');

-- How many tasks wait in a swarm, of a submitter or of all, counted up to a limit.
CREATE FUNCTION coordinator_waiting(of_swarm text, of_submitter text, most bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF of_submitter IS NULL THEN
    RETURN (SELECT count(*) FROM (
      SELECT FROM coordinator_task WHERE swarm = of_swarm AND state IN ('WAITING', 'QUEUED') LIMIT most) w);
  END IF;
  RETURN (SELECT count(*) FROM (
    SELECT FROM coordinator_task
     WHERE swarm = of_swarm AND submitted_by = of_submitter AND state IN ('WAITING', 'QUEUED') LIMIT most) w);
END $$;

-- Whether so many more may wait for sure in each of these swarms, and of each of these submitters (in the swarm of the same
-- place). False also if nobody has counted for too long.
CREATE FUNCTION coordinator_room(swarms text[], submitters text[], of_swarms text[], more bigint, per_swarm bigint,
                                 per_submitter bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (SELECT count(*) FROM coordinator_usage u, coordinator_task_seq_seq s
           WHERE u.swarm = ANY(swarms) AND u.waiting + s.last_value - u.seq + more <= per_swarm) = cardinality(swarms)
     AND NOT EXISTS (SELECT FROM unnest(submitters, of_swarms) AS q(submitter, swarm)
                      WHERE coordinator_waiting(q.swarm, q.submitter, per_submitter) + more > per_submitter)
$$;
