-- The queue of a mixed swarm: what a task requires, how many of a kind run at once, whose turn it is, and when.
-- See io.infrafabric.coordinator.claim.

ALTER TABLE coordinator_task
    ADD COLUMN requires    text[],
    ADD COLUMN concurrency text[],
    ADD COLUMN fair_by     text,
    ADD COLUMN labels      text[],
    ADD COLUMN expires_at  timestamptz,
    -- QUEUED, and its not_before has not come yet: it stands in no lane until a due row wakes it.
    ADD COLUMN dormant     boolean NOT NULL DEFAULT false;

-- What no rule can tell apart gets the same number. A price counts by its power of two, from a millionth of a dollar.
CREATE FUNCTION coordinator_lane(requires text[], domains text[], tools text[], concurrency text[], fair_by text,
                                 price numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT hashtextextended(concat(array_to_string(requires, ','), E'\x01', array_to_string(domains, ','), E'\x01',
                                 array_to_string(tools, ','), E'\x01', array_to_string(concurrency, ','), E'\x01', fair_by,
                                 E'\x01', CASE WHEN price > 0 THEN width_bucket(price, '{
0.000001,0.000002,0.000004,0.000008,0.000016,0.000032,0.000064,0.000128,0.000256,0.000512,0.001024,
0.002048,0.004096,0.008192,0.016384,0.032768,0.065536,0.131072,0.262144,0.524288,1.048576,2.097152,
4.194304,8.388608,16.777216,33.554432,67.108864,134.217728,268.435456,536.870912,1073.741824,
2147.483648,4294.967296,8589.934592,17179.869184,34359.738368,68719.476736,137438.953472,
274877.906944,549755.813888,1099511.627776,2199023.255552,4398046.511104,8796093.022208,
17592186.044416,35184372.088832,70368744.177664,140737488.355328,281474976.710656,562949953.421312,
1125899906.842624,2251799813.685248,4503599627.370496,9007199254.740992,18014398509.481984,
36028797018.963968,72057594037.927936,144115188075.855872,288230376151.711744,576460752303.423488
                        }'::numeric[]) END), 0)
$$;

-- 0 for a task that has none of it: any session may have it.
ALTER TABLE coordinator_task ADD COLUMN lane bigint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN requires IS NULL AND concurrency IS NULL AND fair_by IS NULL AND domains = '{}' AND tools = '{}'
              AND coalesce(estimated_cost, 0) = 0 THEN 0
         ELSE coordinator_lane(requires, domains, tools, concurrency, fair_by, estimated_cost) END) STORED;

UPDATE coordinator_task SET dormant = true WHERE state = 'QUEUED' AND not_before > now();

-- A task that may be claimed by whoever comes stands in one of these two, in claiming order.
CREATE INDEX coordinator_task_plain ON coordinator_task (swarm, priority, seq)
    WHERE state = 'QUEUED' AND assignee IS NULL AND NOT dormant AND lane = 0;
CREATE INDEX coordinator_task_lane ON coordinator_task (swarm, priority, lane, seq)
    WHERE state = 'QUEUED' AND assignee IS NULL AND NOT dormant AND lane <> 0;
DROP INDEX coordinator_task_queue;
-- For whoever can pay some tasks of a lane and not others.
CREATE INDEX coordinator_task_price ON coordinator_task (swarm, priority, lane, estimated_cost, seq)
    WHERE state = 'QUEUED' AND assignee IS NULL AND NOT dormant AND estimated_cost > 0;
-- What is for one session, by lane.
CREATE INDEX coordinator_task_assigned_lane ON coordinator_task (assignee, priority, lane, seq)
    WHERE state = 'QUEUED' AND assignee IS NOT NULL;
CREATE INDEX coordinator_task_dormant ON coordinator_task (swarm, not_before) WHERE state = 'QUEUED' AND dormant;

-- What runs under a key is counted from these, and nowhere kept.
CREATE INDEX coordinator_task_running ON coordinator_task USING gin (concurrency) WITH (fastupdate = off)
    WHERE state = 'CLAIMED' AND concurrency IS NOT NULL;
CREATE INDEX coordinator_task_keyed ON coordinator_task USING gin (concurrency) WITH (fastupdate = off)
    WHERE state = 'QUEUED' AND concurrency IS NOT NULL;
CREATE INDEX coordinator_task_label ON coordinator_task USING gin (labels) WITH (fastupdate = off) WHERE labels IS NOT NULL;

-- A concurrency key: whoever has its row under lock may count and grant. Made with the first task that has it.
CREATE TABLE coordinator_concurrency (
    swarm   text NOT NULL,
    key     text NOT NULL,
    at_most int  NOT NULL DEFAULT 1 CHECK (at_most >= 0),
    PRIMARY KEY (swarm, key)
);

-- Weights of fairness keys; 1 for one that has no row.
CREATE TABLE coordinator_fairness (
    swarm  text             NOT NULL,
    key    text             NOT NULL,
    weight double precision NOT NULL CHECK (weight > 0),
    PRIMARY KEY (swarm, key)
);

-- How far the turns of a swarm have come in each priority, and each key in them (start-time fair queueing). The row of the
-- key '' is the lock, and the time of the turns; a key whose time is not after it may be forgotten.
CREATE TABLE coordinator_turn (
    swarm    text             NOT NULL,
    priority smallint         NOT NULL,
    key      text             NOT NULL,
    at       double precision NOT NULL,
    PRIMARY KEY (swarm, priority, key)
);

-- Whether a swarm has something queued for whoever comes, in a lane or in none. Claims that are granted with their submit ask.
CREATE FUNCTION coordinator_laned(of_swarm text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane <> 0
                    AND NOT q.dormant AND q.state = 'QUEUED' AND q.not_before <= now());
END $$;

CREATE FUNCTION coordinator_queued(of_swarm text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL AND q.lane = 0
                    AND NOT q.dormant AND q.state = 'QUEUED' AND q.not_before <= now())
      OR coordinator_laned(of_swarm)
      OR EXISTS (SELECT FROM coordinator_task q WHERE q.swarm = of_swarm AND q.assignee IS NULL
                    AND q.dormant AND q.state = 'QUEUED' AND q.not_before <= now());
END $$;

-- The share of what is needed that somebody has; 1 if nothing is.
CREATE FUNCTION coordinator_covered(needs text[], has text[]) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN cardinality(needs) = 0 THEN 1 ELSE
    (SELECT count(DISTINCT d) FILTER (WHERE d = ANY(has))::float8 / count(DISTINCT d) FROM unnest(needs) AS d) END
$$;

-- Whether the task was stolen less than that many milliseconds ago.
CREATE FUNCTION coordinator_stolen(id text, millis bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM coordinator_history h
                  WHERE h.task = id AND h.what = 'stolen' AND h.at > now() - millis * interval '1 millisecond')
$$;
