-- Agents that ask to join a swarm, until an operator approves the code that they show: see io.infrafabric.coordinator.join.

CREATE TABLE coordinator_join (
    code        text PRIMARY KEY,
    secret      text NOT NULL,               -- SHA-256, in hex
    session     text NOT NULL,
    swarm       text NOT NULL,
    agent       text,
    address     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    approved_by text,
    enrolment   bigint,                      -- of the session, once approved
    CHECK ((approved_by IS NULL) = (enrolment IS NULL))
);
