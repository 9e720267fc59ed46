-- Claims that tasks rest on: while one is disputed, its tasks are held back. See io.infrafabric.coordinator.

-- "disputed" says whether the claim is among what the task waits for (open_deps).
CREATE TABLE coordinator_basis (
    task     text    NOT NULL REFERENCES coordinator_task (id),
    claim    text    NOT NULL,
    disputed boolean NOT NULL,
    PRIMARY KEY (task, claim)
);
CREATE INDEX coordinator_basis_claim ON coordinator_basis (claim);

-- The claims that are disputed now, as relation's events say.
CREATE TABLE coordinator_disputed (
    claim text PRIMARY KEY
);
