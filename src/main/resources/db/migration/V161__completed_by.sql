-- The source outside that may complete and fail a task: see io.infrafabric.coordinator.claim.SourceEnding.

ALTER TABLE coordinator_task ADD COLUMN completed_by text;
