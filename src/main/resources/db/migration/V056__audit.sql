-- What operators did. A row is written in the transaction of what it tells of, and stays. See io.infrafabric.door.AuditTrail.

-- "request", "before" and "after" are JSON, as text: what was sent may hold what jsonb does not (\u0000).
CREATE TABLE door_audit (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    by       text        NOT NULL,
    token_id text,
    swarm    text,
    call     text        NOT NULL,
    entity   text        NOT NULL,
    reason   text,
    request  text,
    before   text,
    after    text
);
CREATE INDEX door_audit_at ON door_audit (at);
CREATE INDEX door_audit_by ON door_audit (by, id DESC);
CREATE INDEX door_audit_entity ON door_audit (entity, id DESC);
CREATE INDEX door_audit_swarm ON door_audit (swarm, id DESC);

CREATE FUNCTION door_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only: no % on %.', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER door_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON door_audit
    FOR EACH STATEMENT EXECUTE FUNCTION door_audit_refuse();
