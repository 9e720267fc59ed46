-- Where the heads of lanes are, so that claims pass over what has gone but cannot be vacuumed, because an old snapshot is
-- open somewhere. Used only while there is one. See io.infrafabric.coordinator.claim.FrontTable.

-- A transaction has its number before it draws a place: what drew before a known number is known to be over.
DO $$
DECLARE drawn record;
BEGIN
  SELECT last_value, is_called INTO drawn FROM coordinator_task_seq_seq;
  ALTER TABLE coordinator_task ALTER COLUMN seq DROP IDENTITY;
  CREATE SEQUENCE coordinator_task_seq_seq OWNED BY coordinator_task.seq;
  PERFORM setval('coordinator_task_seq_seq', drawn.last_value, drawn.is_called);
  ALTER TABLE coordinator_task ALTER COLUMN seq
    SET DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('coordinator_task_seq_seq') END;
END $$;

-- Drawn whenever a task comes into a queue by a change, and so in a place that may be behind the front: a release, a retry, the
-- end of a lease, a dependency that is met, another priority.
CREATE SEQUENCE coordinator_back;
ALTER TABLE coordinator_task ADD COLUMN back bigint;

CREATE FUNCTION coordinator_task_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state <> 'QUEUED' OR OLD.assignee IS NOT NULL OR OLD.dormant
      OR (OLD.swarm, OLD.priority, OLD.seq, OLD.requires, OLD.domains, OLD.tools, OLD.concurrency, OLD.fair_by, OLD.estimated_cost)
         IS DISTINCT FROM (NEW.swarm, NEW.priority, NEW.seq, NEW.requires, NEW.domains, NEW.tools, NEW.concurrency, NEW.fair_by,
         NEW.estimated_cost))
     AND pg_current_xact_id() IS NOT NULL THEN
    NEW.back := nextval('coordinator_back');
  END IF;
  RETURN NEW;
END $$;

-- The condition is short, because every change of a task asks it.
CREATE TRIGGER coordinator_task_back BEFORE UPDATE ON coordinator_task FOR EACH ROW
  WHEN (NEW.state = 'QUEUED' AND NEW.assignee IS NULL AND NOT NEW.dormant) EXECUTE FUNCTION coordinator_task_back();

CREATE INDEX coordinator_task_back ON coordinator_task (swarm, priority, lane, back)
  WHERE state = 'QUEUED' AND assignee IS NULL AND NOT dormant AND back IS NOT NULL;

-- What stands in no lane and may be claimed now, and the same of what waited for its time and has not been woken. Short, like
-- coordinator_in_time; the planner puts the conditions in their place.
CREATE FUNCTION coordinator_is_plain(coordinator_task) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT $1.assignee IS NULL AND NOT $1.dormant AND $1.lane = 0 AND $1.state = 'QUEUED' AND coordinator_in_time($1)
$$;

CREATE FUNCTION coordinator_is_ripe(coordinator_task) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT $1.assignee IS NULL AND $1.dormant AND $1.concurrency IS NULL AND $1.state = 'QUEUED' AND coordinator_in_time($1)
$$;

-- Of one lane (0: what stands in none): nothing is queued before this place, now or ever, but what has drawn a greater back than
-- this, and the tasks that are kept here. The last row of a lane counts. Rows are only added while an old snapshot is open,
-- since whatever would be changed or deleted beside it would itself pile up.
CREATE TABLE coordinator_front (
    swarm    text     NOT NULL,
    priority smallint NOT NULL,
    lane     bigint   NOT NULL,
    n        bigint   NOT NULL,
    place    bigint   NOT NULL,
    back     bigint   NOT NULL,
    kept     text[]   NOT NULL,
    PRIMARY KEY (swarm, priority, lane, n)
);

CREATE FUNCTION coordinator_front(of_swarm text, of_priority int, of_lane bigint) RETURNS coordinator_front
LANGUAGE plpgsql STABLE AS $$
DECLARE f coordinator_front;
BEGIN
  SELECT * INTO f FROM coordinator_front c WHERE c.swarm = of_swarm AND c.priority = of_priority AND c.lane = of_lane
   ORDER BY n DESC LIMIT 1;
  RETURN f;
END $$;

CREATE FUNCTION coordinator_fronted(of_swarm text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM coordinator_front f WHERE f.swarm = of_swarm);
END $$;

-- The place from which a lane is read; all of it where it has no front.
CREATE FUNCTION coordinator_place(of_swarm text, of_priority int, of_lane bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((SELECT f.place FROM coordinator_front f
                    WHERE f.swarm = of_swarm AND f.priority = of_priority AND f.lane = of_lane ORDER BY n DESC LIMIT 1), 0);
END $$;

-- Whether a task stands in that lane. No index is made for this question, so the task is looked up by its id.
CREATE FUNCTION coordinator_stands_in(coordinator_task, text, int, bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT $1.swarm || '' = $2 AND $1.priority + 0 = $3 AND $1.lane + 0 = $4 AND $1.state || '' = 'QUEUED'
         AND $1.assignee IS NULL AND NOT $1.dormant
$$;

-- What stands in the lane behind its front: few.
CREATE FUNCTION coordinator_behind(of_swarm text, of_priority int, of_lane bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  f coordinator_front;
  behind text[];
BEGIN
  SELECT * INTO f FROM coordinator_front c WHERE c.swarm = of_swarm AND c.priority = of_priority AND c.lane = of_lane
   ORDER BY n DESC LIMIT 1;
  IF f.n IS NULL THEN
    RETURN '{}';
  END IF;
  behind := ARRAY(SELECT q.id FROM coordinator_task q
                   WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = of_lane AND q.back > f.back
                     AND q.seq < f.place AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant
                     AND q.back IS NOT NULL);
  IF cardinality(f.kept) > 0 THEN
    behind := behind || ARRAY(SELECT q.id FROM coordinator_task q
                               WHERE q.id = ANY(f.kept) AND coordinator_stands_in(q, of_swarm, of_priority, of_lane)
                                 AND q.seq < f.place AND q.back <= f.back);
  END IF;
  RETURN behind;
END $$;

-- Locks the first tasks of a lane that may be claimed now; those that others have locked are passed over.
CREATE FUNCTION coordinator_heads(of_swarm text, of_priority int, of_lane bigint, most int) RETURNS SETOF coordinator_task
LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  behind text[] := coordinator_behind(of_swarm, of_priority, of_lane);
  since bigint := coordinator_place(of_swarm, of_priority, of_lane);
  found int := 0;
BEGIN
  IF cardinality(behind) > 0 THEN
    RETURN QUERY SELECT q.* FROM coordinator_task q
     WHERE q.id = ANY(behind) AND coordinator_stands_in(q, of_swarm, of_priority, of_lane) AND coordinator_in_time(q)
     ORDER BY q.seq LIMIT most FOR NO KEY UPDATE SKIP LOCKED;
    GET DIAGNOSTICS found = ROW_COUNT;
  END IF;
  IF found < most AND of_lane = 0 THEN
    RETURN QUERY SELECT q.* FROM coordinator_task q
     WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = 0 AND q.seq >= since
       AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
     ORDER BY q.seq LIMIT most - found FOR NO KEY UPDATE SKIP LOCKED;
  ELSIF found < most THEN
    RETURN QUERY SELECT q.* FROM coordinator_task q
     WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = of_lane AND q.lane <> 0 AND q.seq >= since
       AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
     ORDER BY q.seq LIMIT most - found FOR NO KEY UPDATE SKIP LOCKED;
  END IF;
END $$;

-- The same for what stands in no lane, of all priorities.
CREATE FUNCTION coordinator_plain_heads(of_swarm text, most int) RETURNS SETOF coordinator_task LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  found int := 0;
  more int;
BEGIN
  FOR p IN 0..3 LOOP
    RETURN QUERY SELECT * FROM coordinator_heads(of_swarm, p, 0, most - found);
    GET DIAGNOSTICS more = ROW_COUNT;
    found := found + more;
    EXIT WHEN found >= most;
  END LOOP;
END $$;

-- How many tasks of a lane may be claimed now, at most so many; reads no more than that.
CREATE FUNCTION coordinator_tasks_in(of_swarm text, of_priority int, of_lane bigint, most int) RETURNS int
LANGUAGE plpgsql STABLE AS $$
DECLARE
  since bigint := coordinator_place(of_swarm, of_priority, of_lane);
  behind text[] := coordinator_behind(of_swarm, of_priority, of_lane);
  found int := 0;
BEGIN
  IF cardinality(behind) > 0 THEN
    found := (SELECT count(*) FROM (SELECT FROM coordinator_task q
               WHERE q.id = ANY(behind) AND coordinator_stands_in(q, of_swarm, of_priority, of_lane) AND coordinator_in_time(q) LIMIT most) c);
  END IF;
  IF found < most AND of_lane = 0 THEN
    found := found + (SELECT count(*) FROM (SELECT FROM coordinator_task q
               WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = 0 AND q.seq >= since
                 AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
               LIMIT most - found) c);
  ELSIF found < most THEN
    found := found + (SELECT count(*) FROM (SELECT FROM coordinator_task q
               WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = of_lane AND q.lane <> 0 AND q.seq >= since
                 AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
               LIMIT most - found) c);
  END IF;
  RETURN found;
END $$;

-- How many tasks that stand in no lane may be claimed now, at most so many.
CREATE FUNCTION coordinator_plain(of_swarm text, most int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE found int := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM coordinator_front f WHERE f.swarm = of_swarm) THEN
    RETURN (SELECT count(*) FROM (SELECT FROM coordinator_task q
             WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane = 0 AND NOT q.dormant AND q.state = 'QUEUED'
               AND coordinator_in_time(q) LIMIT most) c);
  END IF;
  FOR p IN 0..3 LOOP
    found := found + coordinator_tasks_in(of_swarm, p, 0, most - found);
    EXIT WHEN found >= most;
  END LOOP;
  RETURN found;
END $$;

-- Where the swarm has fronts: the first task of each lane after this one that may be claimed now, at most so many. Lanes that
-- have a front are looked up one by one, and what is between them is gone through.
CREATE FUNCTION coordinator_front_lanes(of_swarm text, after_priority int, after_lane bigint, most int)
RETURNS SETOF coordinator_task LANGUAGE plpgsql STABLE ROWS 10 AS $$
DECLARE
  p int := after_priority;
  l bigint := after_lane;
  f coordinator_front;
  t coordinator_task;
  found int := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM coordinator_front c WHERE c.swarm = of_swarm) THEN
    RETURN;
  END IF;
  WHILE found < most LOOP
    SELECT * INTO f FROM coordinator_front c WHERE c.swarm = of_swarm AND c.lane <> 0 AND (c.priority, c.lane) > (p, l)
     ORDER BY c.priority, c.lane LIMIT 1;
    SELECT * INTO t FROM coordinator_task q
     WHERE q.swarm = of_swarm AND (q.priority, q.lane) > (p, l)
       AND (q.priority, q.lane) < (coalesce(f.priority, 9), coalesce(f.lane, 0)) AND q.lane <> 0
       AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
     ORDER BY q.priority, q.lane, q.seq LIMIT 1;
    IF t.id IS NULL AND f.n IS NULL THEN
      RETURN;
    ELSIF t.id IS NULL THEN
      p := f.priority;
      l := f.lane;
      SELECT * INTO t FROM coordinator_task q
       WHERE q.id = ANY(coordinator_behind(of_swarm, p, l)) AND coordinator_stands_in(q, of_swarm, p, l)
         AND coordinator_in_time(q)
       ORDER BY q.seq LIMIT 1;
      IF t.id IS NULL THEN
        SELECT * INTO t FROM coordinator_task q
         WHERE q.swarm = of_swarm AND q.priority = p AND q.lane = l AND q.lane <> 0
           AND q.seq >= coordinator_place(of_swarm, p, l)
           AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant AND coordinator_in_time(q)
         ORDER BY q.seq LIMIT 1;
      END IF;
      CONTINUE WHEN t.id IS NULL;
    END IF;
    p := t.priority;
    l := t.lane;
    found := found + 1;
    RETURN NEXT t;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION coordinator_laned(of_swarm text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM coordinator_front f WHERE f.swarm = of_swarm) THEN
    RETURN EXISTS (SELECT FROM coordinator_front_lanes(of_swarm, -1, 0, 1));
  END IF;
  RETURN EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane <> 0
                    AND NOT q.dormant AND q.state = 'QUEUED' AND q.not_before <= now());
END $$;

CREATE OR REPLACE FUNCTION coordinator_queued(of_swarm text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM coordinator_front f WHERE f.swarm = of_swarm) THEN
    RETURN coordinator_plain(of_swarm, 1) > 0 OR coordinator_laned(of_swarm)
        OR EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL
                      AND q.dormant AND q.state = 'QUEUED' AND q.not_before <= now());
  END IF;
  RETURN EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane = 0
                    AND NOT q.dormant AND q.state = 'QUEUED' AND q.not_before <= now())
      OR EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane <> 0
                    AND NOT q.dormant AND q.state = 'QUEUED' AND q.not_before <= now())
      OR EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL
                    AND q.dormant AND q.state = 'QUEUED' AND q.not_before <= now());
END $$;

-- Whether somebody keeps a snapshot so old that more than these many transactions have begun since.
CREATE FUNCTION coordinator_snapshot_is_old(transactions int) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM (
      SELECT backend_xmin AS horizon FROM pg_stat_activity
       WHERE datname = current_database() OR backend_type = 'walsender'
      UNION ALL SELECT backend_xid FROM pg_stat_activity WHERE datname = current_database()
      UNION ALL SELECT xmin FROM pg_replication_slots
      UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()) h
     WHERE h.horizon IS NOT NULL AND age(h.horizon) > transactions)
$$;

-- A number of a transaction, and what was drawn by transactions with smaller ones. The places come first: what drew them has its
-- number already, and this transaction gets its own only now.
CREATE FUNCTION coordinator_drawn(OUT xact bigint, OUT place bigint, OUT back bigint) LANGUAGE plpgsql AS $$
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'coordinator_drawn must come first in its transaction';
  END IF;
  place := (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM coordinator_task_seq_seq);
  back := (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM coordinator_back);
  xact := pg_current_xact_id()::text::bigint;
END $$;

-- Moves the front of a lane to its head, if it is worth a row. Whatever drew up to this place and this back is over.
CREATE FUNCTION coordinator_move_front(of_swarm text, of_priority int, of_lane bigint, drawn bigint, drawn_back bigint, least_gain int)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  f coordinator_front := coordinator_front(of_swarm, of_priority, of_lane);
  before bigint := coalesce(f.place, 0);
  all_back bigint := greatest(drawn_back, f.back);
  since bigint;
  behind text[];
  places bigint[];
BEGIN
  SELECT array_agg(q.id ORDER BY q.seq), array_agg(q.seq ORDER BY q.seq) INTO behind, places FROM coordinator_task q
   WHERE q.id = ANY(coordinator_behind(of_swarm, of_priority, of_lane))
     AND coordinator_stands_in(q, of_swarm, of_priority, of_lane) AND q.back <= all_back;
  IF of_lane = 0 THEN
    SELECT q.seq INTO since FROM coordinator_task q
     WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = 0 AND q.seq >= before
       AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant ORDER BY q.seq LIMIT 1;
  ELSE
    SELECT q.seq INTO since FROM coordinator_task q
     WHERE q.swarm = of_swarm AND q.priority = of_priority AND q.lane = of_lane AND q.lane <> 0 AND q.seq >= before
       AND q.state = 'QUEUED' AND q.assignee IS NULL AND NOT q.dormant ORDER BY q.seq LIMIT 1;
  END IF;
  since := least(since, greatest(drawn + 1, before));
  -- The oldest are kept by name; where there are many, the lane is read from the next one on.
  since := least(since, places[65]);
  IF f.n IS NULL OR since < before OR since - before >= least_gain OR all_back - f.back >= least_gain THEN
    INSERT INTO coordinator_front (swarm, priority, lane, n, place, back, kept)
    VALUES (of_swarm, of_priority, of_lane, coalesce(f.n, 0) + 1, since, all_back, coalesce(behind[1:64], '{}'))
    ON CONFLICT DO NOTHING;
  END IF;
END $$;

-- Moves the fronts of these lanes, if no transaction is open any more that began before that number.
CREATE FUNCTION coordinator_move_fronts(swarms text[], priorities smallint[], lanes bigint[], xact bigint, drawn bigint,
                                        drawn_back bigint, least_gain int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF pg_snapshot_xmin(pg_current_snapshot())::text::bigint < xact THEN
    RETURN false;
  END IF;
  FOR i IN 1..coalesce(cardinality(swarms), 0) LOOP
    PERFORM coordinator_move_front(swarms[i], priorities[i], lanes[i], drawn, drawn_back, least_gain);
  END LOOP;
  RETURN true;
END $$;
