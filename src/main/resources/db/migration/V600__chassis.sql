-- Chassis: modules, each with its versions, and runs. See io.infrafabric.chassis.

-- "sha256" is the newest version.
CREATE TABLE chassis_module (
    name       text        PRIMARY KEY,
    sha256     text        NOT NULL,
    versions   bigint      NOT NULL,
    made_by    text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chassis_module_newest ON chassis_module (created_at DESC, name DESC);

CREATE TABLE chassis_version (
    module      text        NOT NULL REFERENCES chassis_module (name) ON DELETE CASCADE,
    sha256      text        NOT NULL,
    version     bigint      NOT NULL,
    size        int         NOT NULL,
    imports     text[]      NOT NULL,
    bytes       bytea       NOT NULL,
    uploaded_by text        NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (module, sha256)
);
CREATE INDEX chassis_version_newest ON chassis_version (module, version DESC);
-- Not worth the time: what compilers write hardly gets smaller.
ALTER TABLE chassis_version ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A run that somebody asked for, or (with "task") the check of a result, whose input the coordinator keeps.
CREATE TABLE chassis_run (
    id            uuid        PRIMARY KEY,
    module        text        NOT NULL,
    sha256        text        NOT NULL,
    by            text        NOT NULL,
    swarm         text,
    input         bytea       NOT NULL,
    clock         timestamptz,
    millis        bigint      NOT NULL,
    fuel          bigint      NOT NULL,
    memory_mb     int         NOT NULL,
    output_bytes  int         NOT NULL,
    task          text,
    epoch         bigint,
    result_sha256 text,
    state         text        NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'FINISHED')),
    tries         int         NOT NULL DEFAULT 0,
    lease_until   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    exit_code     bigint,
    broken        text,
    why           text,
    stdout        bytea,
    stderr        bytea,
    took_millis   bigint,
    took_fuel     bigint
);
CREATE INDEX chassis_run_unfinished ON chassis_run (by) WHERE state <> 'FINISHED' AND task IS NULL;
CREATE UNIQUE INDEX chassis_run_check ON chassis_run (task, epoch, result_sha256) WHERE task IS NOT NULL;
