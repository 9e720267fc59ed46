-- The audit log is listed by time, so that a stretch of time is found by it; each filter has an index of its own. All columns
-- ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX door_audit_listed ON door_audit (at, id);
CREATE INDEX door_audit_listed_by ON door_audit (by, at, id);
CREATE INDEX door_audit_listed_entity ON door_audit (entity, at, id);
CREATE INDEX door_audit_listed_swarm ON door_audit (swarm, at, id);
CREATE INDEX door_audit_listed_swarm_by ON door_audit (swarm, by, at, id);
DROP INDEX door_audit_at, door_audit_by, door_audit_entity, door_audit_swarm;

CREATE INDEX door_token_listed_swarm ON door_token (swarm, made_at, id);
DROP INDEX door_token_swarm;
