-- When: tasks that wait for a time are woken by due rows, and schedules make tasks.
-- See io.infrafabric.coordinator.task.DormantTable and io.infrafabric.coordinator.schedule.

INSERT INTO bus_due (function, entity, at)
SELECT 'coordinator', '@wake:' || id, not_before FROM coordinator_task WHERE state = 'QUEUED' AND dormant ORDER BY id
    ON CONFLICT (function, entity) DO NOTHING;

CREATE TABLE coordinator_schedule (
    name          text        PRIMARY KEY,
    swarm         text        NOT NULL,
    cron          text        NOT NULL,
    zone          text        NOT NULL,
    -- The body of a submit, as it was given.
    task          text        NOT NULL,
    overlap       text        NOT NULL,
    missed        text        NOT NULL,
    paused        boolean     NOT NULL DEFAULT false,
    -- The first firing that has not been dealt with; NULL while it is paused.
    next_at       timestamptz,
    -- The newest task that it made.
    newest        text,
    -- What the last firing came to.
    last_at       timestamptz,
    last_task     text,
    last_why      text,
    last_left_out int         NOT NULL DEFAULT 0,
    made_by       text        NOT NULL,
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX coordinator_schedule_page ON coordinator_schedule (created_at, name);
CREATE INDEX coordinator_schedule_swarm ON coordinator_schedule (swarm, created_at, name);
