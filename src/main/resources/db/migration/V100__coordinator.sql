-- The coordinator: swarms, sessions, tasks and their leases. See io.infrafabric.coordinator.

CREATE TABLE coordinator_swarm (
    id            text        PRIMARY KEY,
    paused        boolean     NOT NULL DEFAULT false,
    paused_reason text,
    quorum        int,
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE coordinator_session (
    id                text          PRIMARY KEY,
    swarm             text          NOT NULL REFERENCES coordinator_swarm (id),
    domains           text[]        NOT NULL,
    tools             text[]        NOT NULL,
    provider          text,
    model             text,
    hourly_cost       numeric(18,6),
    max_tasks         int           NOT NULL,
    heartbeat_seconds int           NOT NULL,
    state             text          NOT NULL CHECK (state IN ('LIVE', 'LOST', 'LEFT')),
    last_seen         timestamptz   NOT NULL DEFAULT now(),
    silence_at        timestamptz   NOT NULL DEFAULT now(),
    next_notice       bigint        NOT NULL DEFAULT 1,
    version           bigint        NOT NULL DEFAULT 1,
    created_at        timestamptz   NOT NULL DEFAULT now()
);
CREATE INDEX coordinator_session_page ON coordinator_session (swarm, created_at DESC, id DESC);

CREATE TABLE coordinator_task (
    id             text          PRIMARY KEY,
    seq            bigint        GENERATED ALWAYS AS IDENTITY,
    swarm          text          NOT NULL REFERENCES coordinator_swarm (id),
    title          text          NOT NULL,
    domains        text[]        NOT NULL,
    tools          text[]        NOT NULL,
    priority       smallint      NOT NULL CHECK (priority BETWEEN 0 AND 3),
    estimated_cost numeric(18,6),
    assignee       text,
    payload        text,
    max_attempts   int           NOT NULL,
    trace_token    text,
    submitted_by   text          NOT NULL,
    body_hash      text          NOT NULL,
    created_at     timestamptz   NOT NULL DEFAULT now(),

    state          text          NOT NULL CHECK (state IN ('WAITING', 'QUEUED', 'CLAIMED', 'DONE', 'DEAD', 'CANCELLED')),
    open_deps      int           NOT NULL DEFAULT 0 CHECK (open_deps >= 0),
    not_before     timestamptz   NOT NULL DEFAULT now(),
    attempts       int           NOT NULL DEFAULT 0,
    epoch          bigint        NOT NULL DEFAULT 0,
    holder         text,
    lease_until    timestamptz,
    result         text,
    error          text,
    cost           numeric(18,6),
    version        bigint        NOT NULL DEFAULT 1,
    changed_at     timestamptz   NOT NULL DEFAULT now(),
    CHECK ((state = 'CLAIMED') = (holder IS NOT NULL)),
    CHECK ((state = 'CLAIMED') = (lease_until IS NOT NULL))
) WITH (fillfactor = 80);
-- The two queues that a claim looks into, in claiming order.
CREATE INDEX coordinator_task_queue ON coordinator_task (swarm, priority, seq) WHERE state = 'QUEUED' AND assignee IS NULL;
CREATE INDEX coordinator_task_assigned ON coordinator_task (assignee, priority, seq) WHERE state = 'QUEUED' AND assignee IS NOT NULL;
CREATE INDEX coordinator_task_holder ON coordinator_task (holder) WHERE state = 'CLAIMED';
CREATE INDEX coordinator_task_page ON coordinator_task (swarm, seq DESC);

CREATE TABLE coordinator_dependency (
    task       text NOT NULL REFERENCES coordinator_task (id),
    depends_on text NOT NULL REFERENCES coordinator_task (id),
    PRIMARY KEY (task, depends_on)
);
CREATE INDEX coordinator_dependency_reverse ON coordinator_dependency (depends_on);

-- What happened to each task, in order: state, attempts and epoch are those after the step.
CREATE TABLE coordinator_history (
    task       text        NOT NULL,
    version    bigint      NOT NULL,
    what       text        NOT NULL,
    by         text        NOT NULL,
    session    text,
    state      text        NOT NULL,
    epoch      bigint      NOT NULL,
    ended      bigint,
    attempts   int         NOT NULL,
    not_before timestamptz,
    note       text,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task, version)
);

CREATE TABLE coordinator_inbox (
    session text        NOT NULL,
    seq     bigint      NOT NULL,
    type    text        NOT NULL,
    subject text        NOT NULL,
    data    text        NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session, seq)
);

-- Outcomes of a session by domain, each weighing less as it gets older (see Match).
CREATE TABLE coordinator_outcome (
    session   text             NOT NULL,
    domain    text             NOT NULL,
    successes double precision NOT NULL,
    total     double precision NOT NULL,
    at        timestamptz      NOT NULL,
    PRIMARY KEY (session, domain)
);
