-- Deadlocks: who waits for what, and how cycles were ended. See io.infrafabric.deadlock.

-- What a session has said about its waits. Changed only under the graph lock of its swarm, as all here is.
CREATE TABLE deadlock_wait (
    session    text        PRIMARY KEY,
    swarm      text        NOT NULL,
    mode       text        NOT NULL CHECK (mode IN ('ALL', 'ANY')),
    floor      bigint      NOT NULL,
    reason     text,
    task       text,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Each edge; closed ones stay for a while, so that a word that comes late does not open them again.
CREATE TABLE deadlock_edge (
    session    text        NOT NULL,
    target     text        NOT NULL,
    swarm      text        NOT NULL,
    since      timestamptz NOT NULL,
    version    bigint      NOT NULL,
    open       boolean     NOT NULL,
    by_fabric  boolean     NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session, target)
) WITH (fillfactor = 80);
CREATE INDEX deadlock_edge_target ON deadlock_edge (target) WHERE open;
CREATE INDEX deadlock_edge_swarm ON deadlock_edge (swarm, session) WHERE open;
CREATE INDEX deadlock_edge_closed ON deadlock_edge (swarm, changed_at) WHERE NOT open;

-- What is told about things that can be waited for, other than sessions and tasks (those are asked at the coordinator).
CREATE TABLE deadlock_thing (
    name       text        PRIMARY KEY,
    swarm      text,
    over       text        CHECK (over IN ('DONE', 'GONE')),
    human      boolean     NOT NULL DEFAULT false,
    helpers    text[]      NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Swarms in which somebody may wait: those are swept.
CREATE TABLE deadlock_swarm (
    swarm text PRIMARY KEY
);

CREATE TABLE deadlock_history (
    id       uuid        PRIMARY KEY,
    swarm    text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    victim   text        NOT NULL,
    cycle    text[]      NOT NULL,
    members  text[]      NOT NULL,
    ended    text[]      NOT NULL,
    released text[]      NOT NULL,
    why      text        NOT NULL,
    found_by text        NOT NULL CHECK (found_by IN ('EDGE', 'EVENT', 'SWEEP'))
);
CREATE INDEX deadlock_history_page ON deadlock_history (swarm, at DESC, id DESC);
CREATE INDEX deadlock_history_all ON deadlock_history (at DESC, id DESC);
CREATE INDEX deadlock_history_victim ON deadlock_history (victim, at DESC);
