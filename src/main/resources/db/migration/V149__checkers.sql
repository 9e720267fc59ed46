-- Checkers: a task may name a module that must accept its result. See io.infrafabric.coordinator.claim.Checking.

-- Which version of which module, as JSON; NULL for none. CHECKING: held, without an end of the lease, until the verdict.
ALTER TABLE coordinator_task
    ADD COLUMN check_by text,
    DROP CONSTRAINT coordinator_task_state_check,
    DROP CONSTRAINT coordinator_task_check,
    ADD CONSTRAINT coordinator_task_states
        CHECK (state IN ('WAITING', 'QUEUED', 'CLAIMED', 'CHECKING', 'DONE', 'DEAD', 'CANCELLED')) NOT VALID,
    ADD CONSTRAINT coordinator_task_held CHECK ((state IN ('CLAIMED', 'CHECKING')) = (holder IS NOT NULL)) NOT VALID;

-- Each takes the place of the index for CLAIMED alone, so that a task costs as many entries as before.
CREATE INDEX coordinator_task_holding ON coordinator_task (holder) WHERE holder IS NOT NULL;
DROP INDEX coordinator_task_holder;
CREATE INDEX coordinator_task_held_key ON coordinator_task USING gin (concurrency) WITH (fastupdate = off)
    WHERE state IN ('CLAIMED', 'CHECKING') AND concurrency IS NOT NULL;
DROP INDEX coordinator_task_running;

-- Which versions of modules are pinned.
CREATE INDEX coordinator_task_pins ON coordinator_task ((check_by::jsonb ->> 'sha256'))
    WHERE check_by IS NOT NULL AND state IN ('WAITING', 'QUEUED', 'CLAIMED', 'CHECKING');

-- The end of the lease is null for a task whose result is being checked.
CREATE OR REPLACE FUNCTION coordinator_holding(session text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT json_agg(json_build_array(t.id, t.epoch, t.lease_until) ORDER BY t.id)::text
    FROM coordinator_task t WHERE t.holder = session
$$;

-- Results that were handed in, each with its verdict. A verdict is for the task, the epoch and the hash of the result.
CREATE TABLE coordinator_check (
    task      text          NOT NULL,
    epoch     bigint        NOT NULL,
    hash      text          NOT NULL,
    -- The result, until there is a verdict that stands.
    result    text,
    cost      numeric(18,6),
    -- When it was handed in: the checker's clock.
    clock     timestamptz   NOT NULL DEFAULT now(),
    -- How often the checker was asked, and when last.
    asked     int           NOT NULL DEFAULT 1,
    asked_at  timestamptz   NOT NULL DEFAULT now(),
    -- ACCEPTED, REFUSED or BROKEN; NULL until somebody says so.
    outcome   text,
    -- How many results of this epoch were refused, up to this one.
    refusals  int           NOT NULL DEFAULT 0,
    -- The checker's words, and the verdict as JSON.
    said      text,
    verdict   text,
    judged_at timestamptz,
    PRIMARY KEY (task, epoch, hash)
);
