-- As V153 did for the index of what waits: the index of the lists is for lists alone. As long as its key was the swarm, the planner
-- took it to look for what may be claimed whenever its statistics made that look as cheap, and read all that had ever been queued
-- since an old snapshot was opened. It includes the swarm so that counting need not look into the table.
CREATE INDEX coordinator_task_in_lists ON coordinator_task (('' || swarm), state, seq) INCLUDE (swarm);
DROP INDEX coordinator_task_listed;
