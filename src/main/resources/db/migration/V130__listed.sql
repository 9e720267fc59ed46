-- Lists and the swarm's page read what they show, and nothing beside it. All columns ascend: see io.infrafabric.bus.NewestFirst.

-- By state, since what is over grows and what is asked for is mostly not over. It takes the place of the index without the
-- state, so that a task costs as many entries as before.
CREATE INDEX coordinator_task_listed ON coordinator_task (swarm, state, seq);
DROP INDEX coordinator_task_page;
CREATE INDEX coordinator_task_listed_assignee ON coordinator_task (assignee, swarm, state, seq) WHERE assignee IS NOT NULL;

CREATE INDEX coordinator_session_listed ON coordinator_session (created_at, id);
CREATE INDEX coordinator_session_listed_state ON coordinator_session (state, created_at, id);
CREATE INDEX coordinator_session_listed_swarm ON coordinator_session (swarm, created_at, id);
CREATE INDEX coordinator_session_listed_swarm_state ON coordinator_session (swarm, state, created_at, id);
DROP INDEX coordinator_session_page;

CREATE INDEX coordinator_swarm_listed ON coordinator_swarm (created_at, id);
