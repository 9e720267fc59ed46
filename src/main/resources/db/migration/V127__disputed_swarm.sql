-- Only tasks of the claim's own swarm are held back. Null where it was disputed before this was written down.
ALTER TABLE coordinator_disputed ADD COLUMN swarm text;
