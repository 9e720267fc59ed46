-- Rescue: blockers, who was asked for help, and what they say to each other. See io.infrafabric.rescue.

CREATE TABLE rescue_blocker (
    id          text        PRIMARY KEY,
    swarm       text        NOT NULL,
    session     text        NOT NULL, -- who cannot go on
    task        text,
    description text        NOT NULL,
    domains     text[]      NOT NULL,
    tools       text[]      NOT NULL,
    severity    text        NOT NULL,
    state       text        NOT NULL,
    left_out    text        NOT NULL, -- JSON: who was not asked at the last look, and why
    messages    int         NOT NULL DEFAULT 0, -- the number of the newest one
    version     bigint      NOT NULL,
    raised_at   timestamptz NOT NULL,
    ended_at    timestamptz,
    ended_by    text
);
CREATE INDEX rescue_blocker_newest ON rescue_blocker (swarm, raised_at, id);
CREATE INDEX rescue_blocker_open ON rescue_blocker (swarm) WHERE state IN ('ASKING', 'ASSIGNED', 'ESCALATED');
CREATE INDEX rescue_blocker_of ON rescue_blocker (session) WHERE state IN ('ASKING', 'ASSIGNED', 'ESCALATED');

CREATE TABLE rescue_ask (
    blocker        text             NOT NULL REFERENCES rescue_blocker (id) ON DELETE CASCADE,
    session        text             NOT NULL, -- who is asked
    state          text             NOT NULL,
    domain         double precision NOT NULL, -- the parts of the score when it was asked
    tool           double precision NOT NULL,
    recent_success double precision NOT NULL,
    asked_at       timestamptz      NOT NULL,
    until          timestamptz      NOT NULL,
    answered_at    timestamptz,
    hold           text,
    estimate       numeric(18, 6),
    cost           numeric(18, 6),
    helped         boolean,
    PRIMARY KEY (blocker, session)
);
CREATE INDEX rescue_ask_of ON rescue_ask (session) WHERE state IN ('ASKED', 'ACCEPTED');

CREATE TABLE rescue_message (
    blocker text        NOT NULL REFERENCES rescue_blocker (id) ON DELETE CASCADE,
    seq     int         NOT NULL,
    by      text        NOT NULL,
    text    text        NOT NULL,
    links   text[]      NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker, seq)
);
