-- Consensus: decisions, who may vote on them, and all votes. See io.infrafabric.consensus.

CREATE TABLE consensus_decision (
    id              text          PRIMARY KEY,
    swarm           text          NOT NULL,
    summary         text          NOT NULL,
    rationale       text          NOT NULL,
    hazards         text[]        NOT NULL,
    electors        int           NOT NULL,
    quorum          int           NOT NULL CHECK (quorum > 0 AND quorum <= electors),
    majority        numeric(7,6)  NOT NULL,
    supermajority   numeric(7,6)  NOT NULL,
    closes_at       timestamptz   NOT NULL,
    sealed          boolean       NOT NULL,
    correlation     numeric(7,6)  NOT NULL,
    min_independent numeric(12,4),
    opened_by       text          NOT NULL,
    opened_at       timestamptz   NOT NULL,
    trace_token     text,
    reopens         text          REFERENCES consensus_decision (id),
    -- Characters of all votes: what a memo has to hold.
    words           bigint        NOT NULL DEFAULT 0,

    state           text          NOT NULL CHECK (state IN ('OPEN', 'APPROVED', 'REJECTED', 'QUORUM_NOT_MET', 'ESCALATED')),
    approve         int,
    reject          int,
    abstain         int,
    independent     numeric(12,4),
    gate            text,
    closed_because  text,
    closed_by       text,
    closed_at       timestamptz,
    option          text          CHECK (option IN ('APPROVE', 'REJECT')),
    resolved_by     text,
    resolved_note   text,
    resolved_case   text,
    resolved_at     timestamptz,
    version         bigint        NOT NULL DEFAULT 0,
    CHECK ((state = 'OPEN') = (closed_at IS NULL)),
    CHECK ((state = 'OPEN') = (approve IS NULL)),
    CHECK (approve + reject + abstain <= electors),
    CHECK ((option IS NULL) = (resolved_at IS NULL)),
    CHECK (option IS NULL OR state <> 'OPEN')
);
CREATE INDEX consensus_decision_page ON consensus_decision (opened_at DESC, id DESC);
CREATE INDEX consensus_decision_swarm_page ON consensus_decision (swarm, opened_at DESC, id DESC);
CREATE INDEX consensus_decision_open ON consensus_decision (closes_at) WHERE state = 'OPEN';
CREATE INDEX consensus_decision_reopened ON consensus_decision (reopens) WHERE reopens IS NOT NULL;

-- What a session ran on is frozen with the electorate.
CREATE TABLE consensus_elector (
    decision text NOT NULL REFERENCES consensus_decision (id),
    session  text NOT NULL,
    provider text,
    model    text,
    PRIMARY KEY (decision, session)
);
CREATE INDEX consensus_elector_session ON consensus_elector (session, decision);

-- Every vote there ever was; "current" is each elector's last one.
CREATE TABLE consensus_vote (
    decision      text         NOT NULL,
    session       text         NOT NULL,
    number        int          NOT NULL CHECK (number > 0),
    vote          text         NOT NULL CHECK (vote IN ('APPROVE', 'REJECT', 'ABSTAIN')),
    rationale     text         NOT NULL,
    confidence    numeric(5,4) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    alternative   text,
    evidence      text[]       NOT NULL,
    falsifier     text,
    falsifier_due timestamptz,
    at            timestamptz  NOT NULL,
    current       boolean      NOT NULL,
    PRIMARY KEY (decision, session, number),
    -- Nobody votes who was not in the electorate.
    FOREIGN KEY (decision, session) REFERENCES consensus_elector (decision, session),
    CHECK ((falsifier IS NULL) = (falsifier_due IS NULL))
);
CREATE UNIQUE INDEX consensus_vote_current ON consensus_vote (decision, session) WHERE current;
