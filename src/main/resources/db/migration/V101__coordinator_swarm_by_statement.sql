-- Each submit looked the swarm up once more, and all of them wrote their share lock into its one row. Swarms are never
-- deleted, and the statement that adds tasks takes only those whose swarm is there.
ALTER TABLE coordinator_task DROP CONSTRAINT coordinator_task_swarm_fkey;
