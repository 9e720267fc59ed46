-- Scoped credentials: see io.infrafabric.chassis.credential. A token is nowhere: only its SHA-256.
CREATE TABLE chassis_credential (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    token_hash  text        NOT NULL UNIQUE,
    session     text        NOT NULL,
    swarm       text        NOT NULL,
    enrolment   bigint      NOT NULL,
    generation  bigint      NOT NULL,
    task        text        NOT NULL,
    epoch       bigint      NOT NULL,
    endpoints   text[]      NOT NULL,
    issued_by   text        NOT NULL,
    issued_with uuid,
    issued_at   timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    revoked_by  text
);
-- All columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX chassis_credential_listed ON chassis_credential (issued_at, id);
CREATE INDEX chassis_credential_listed_swarm ON chassis_credential (swarm, issued_at, id);
CREATE INDEX chassis_credential_listed_session ON chassis_credential (session, issued_at, id);
CREATE INDEX chassis_credential_open ON chassis_credential (session, expires_at) WHERE revoked_at IS NULL;
CREATE INDEX chassis_credential_task ON chassis_credential (task, expires_at) WHERE revoked_at IS NULL;
CREATE INDEX chassis_credential_issued_with ON chassis_credential (issued_with) WHERE issued_with IS NOT NULL;
CREATE INDEX chassis_credential_end ON chassis_credential (expires_at);
