-- Stealing has no tables: whose queue a task is in stands in the task, and what was stolen when in its history.
-- The queues of the sessions of a swarm, to be counted.
CREATE INDEX coordinator_task_backlog ON coordinator_task (swarm, assignee, priority) WHERE state = 'QUEUED' AND assignee IS NOT NULL;
