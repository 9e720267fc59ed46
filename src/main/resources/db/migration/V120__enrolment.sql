-- A session is (id, enrolment): the number grows with each enrolment after leaving. See io.infrafabric.coordinator.
ALTER TABLE coordinator_session ADD COLUMN enrolment bigint NOT NULL DEFAULT 1;

-- Leaving and silence take what is assigned, in the same transaction.
CREATE INDEX coordinator_task_assignee ON coordinator_task (assignee) WHERE assignee IS NOT NULL AND state <> 'DONE';

-- Who has left before this release holds tokens that nothing has ended yet.
INSERT INTO door_generation AS g (subject, generation, ended)
SELECT id, floor(extract(epoch FROM now()))::bigint + 1, 1 FROM coordinator_session WHERE state = 'LEFT'
    ON CONFLICT (subject) DO UPDATE
   SET generation = greatest(g.generation + 1, excluded.generation), ended = excluded.ended, at = now();
