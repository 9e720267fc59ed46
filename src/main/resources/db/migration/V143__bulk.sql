-- One order for many tasks, carried out batch by batch. See io.infrafabric.coordinator.bulk.

CREATE TABLE coordinator_bulk (
    id           text        PRIMARY KEY,
    -- The filter; NULL does not limit.
    swarm        text,
    task_state   text,
    labels       text[]      NOT NULL,
    requires     text[]      NOT NULL,
    submitted_by text,
    older_than   timestamptz,
    what         text        NOT NULL,
    priority     smallint,
    assignee     text,
    reason       text        NOT NULL,
    started_by   text        NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    state        text        NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'STOPPED')),
    ended_at     timestamptz,
    stopped_by   text,
    stop_reason  text,
    matched      int         NOT NULL,
    done         int         NOT NULL DEFAULT 0,
    passed_over  int         NOT NULL DEFAULT 0,
    refused      int         NOT NULL DEFAULT 0,
    -- The batch whose turn it is, and how many there are.
    next         int         NOT NULL DEFAULT 0,
    batches      int         NOT NULL
);

-- What is still to be done: the tasks that matched at the start, in the order of their submission. A batch goes with its turn.
CREATE TABLE coordinator_bulk_batch (
    bulk  text   NOT NULL,
    n     int    NOT NULL,
    tasks text[] NOT NULL,
    PRIMARY KEY (bulk, n)
);

-- The first tasks that an order was refused for.
CREATE TABLE coordinator_bulk_refusal (
    bulk text NOT NULL,
    n    int  NOT NULL,
    task text NOT NULL,
    code text NOT NULL,
    why  text NOT NULL,
    PRIMARY KEY (bulk, n)
);
