-- The index of what waits is for counting alone. As long as its key was the swarm, the planner also took it to look for what may be
-- claimed, whenever its statistics saw few tasks that wait, and read all that had ever waited since an old snapshot was opened.
-- Nothing but this function writes the swarm as an expression.
CREATE INDEX coordinator_task_counted ON coordinator_task ((swarm || ''), submitted_by) WHERE state IN ('WAITING', 'QUEUED');
DROP INDEX coordinator_task_waiting;

CREATE OR REPLACE FUNCTION coordinator_waiting(of_swarm text, of_submitter text, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF of_submitter IS NULL THEN
    RETURN (SELECT count(*) FROM (
      SELECT FROM coordinator_task WHERE swarm || '' = of_swarm AND state IN ('WAITING', 'QUEUED') LIMIT most) w);
  END IF;
  RETURN (SELECT count(*) FROM (
    SELECT FROM coordinator_task
     WHERE swarm || '' = of_swarm AND submitted_by = of_submitter AND state IN ('WAITING', 'QUEUED') LIMIT most) w);
END $$;
