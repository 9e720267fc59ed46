-- Lists and the swarm's page read what they show, and nothing beside it. See io.infrafabric.coordinator.TaskPageTable.

-- By state, since what is over grows and what is asked for is mostly not over. It takes the place of the index without the
-- state, so that a task costs as many entries as before.
CREATE INDEX coordinator_task_listed ON coordinator_task (swarm, state, seq DESC);
DROP INDEX coordinator_task_page;
CREATE INDEX coordinator_task_listed_of ON coordinator_task (assignee, swarm, state, seq DESC) WHERE assignee IS NOT NULL;

CREATE INDEX coordinator_session_listed ON coordinator_session (created_at DESC, id DESC);
CREATE INDEX coordinator_session_listed_state ON coordinator_session (state, created_at DESC, id DESC);
CREATE INDEX coordinator_session_listed_swarm ON coordinator_session (swarm, state, created_at DESC, id DESC);

CREATE INDEX coordinator_swarm_listed ON coordinator_swarm (created_at DESC, id DESC);
