-- Leases that live as long as their session does. See io.infrafabric.coordinator.claim.LeaseTable.

ALTER TABLE coordinator_task
    -- The epoch that is kept; another epoch's lease is not.
    ADD COLUMN keep_epoch bigint,
    -- Until when it is kept, and by how much each call of its session renews it.
    ADD COLUMN keep_until timestamptz,
    ADD COLUMN keep_millis bigint;

CREATE INDEX coordinator_task_kept ON coordinator_task (holder) WHERE holder IS NOT NULL AND keep_epoch IS NOT NULL;
