-- What a task that is DONE was waited for by is opened in batches, each dependency once.
-- See io.infrafabric.coordinator.task.FanOut.

-- Whether the dependency is counted as done. open_deps of the task counts those that are not; one statement changes both.
ALTER TABLE coordinator_dependency ADD COLUMN met boolean NOT NULL DEFAULT false;

UPDATE coordinator_dependency d SET met = true FROM coordinator_task t WHERE t.id = d.depends_on AND t.state = 'DONE';

CREATE INDEX coordinator_dependency_unmet ON coordinator_dependency (depends_on, task) WHERE NOT met;

-- A dependency on a task that is done was never open. Whoever writes one has the task under lock, so its state is the last one.
CREATE FUNCTION coordinator_dependency_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE coordinator_dependency d SET met = true FROM written w, coordinator_task t
   WHERE t.id = w.depends_on AND t.state = 'DONE' AND d.task = w.task AND d.depends_on = w.depends_on AND NOT d.met;
  RETURN NULL;
END $$;

CREATE TRIGGER coordinator_dependency_written AFTER INSERT ON coordinator_dependency
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION coordinator_dependency_written();
