-- What waits for a cancelled task is cancelled by an order for many tasks, if one transaction is too short for it.
-- See io.infrafabric.coordinator.transaction.CascadeTransaction.

-- The filter of an order: tasks that waited for this one, directly or not, when the order began. NULL does not limit.
ALTER TABLE coordinator_bulk ADD COLUMN waits_for text;
