-- Dissent: memos and what is added to them, in one hash chain that is only ever appended to. See io.infrafabric.dissent.

-- "body" is the canonical JSON (RFC 8785) that "hash" is of; it holds position, previous, kind and decision too.
CREATE TABLE dissent_link (
    position bigint      PRIMARY KEY,
    kind     text        NOT NULL CHECK (kind IN ('MEMO', 'HUMAN_RESOLUTION', 'FALSIFIER_OBSERVED', 'FALSIFIER_LAPSED')),
    decision text        NOT NULL,
    swarm    text        NOT NULL,
    body     text        NOT NULL,
    size     int         NOT NULL,
    previous text        NOT NULL,
    hash     text        NOT NULL,
    at       timestamptz NOT NULL
);
-- One memo for each decision, whoever writes it.
CREATE UNIQUE INDEX dissent_link_memo ON dissent_link (decision) WHERE kind = 'MEMO';
CREATE INDEX dissent_link_decision ON dissent_link (decision, position);

-- The chain's end. Who appends has it under lock.
CREATE TABLE dissent_head (
    id       int    PRIMARY KEY CHECK (id = 1),
    position bigint NOT NULL,
    hash     text   NOT NULL
);
INSERT INTO dissent_head VALUES (1, 0, repeat('0', 64));

-- What memos are searched by. "part" 0 are all words of the memo as far as they are indexed, each further one the words of
-- one dissenter.
CREATE TABLE dissent_memo (
    position bigint      PRIMARY KEY REFERENCES dissent_link (position),
    decision text        NOT NULL UNIQUE,
    swarm    text        NOT NULL,
    summary  text        NOT NULL,
    outcome  text        NOT NULL,
    sessions text[]      NOT NULL,
    objected text[]      NOT NULL,
    at       timestamptz NOT NULL
);
CREATE INDEX dissent_memo_swarm ON dissent_memo (swarm, position DESC);
CREATE INDEX dissent_memo_outcome ON dissent_memo (outcome, position DESC);
CREATE INDEX dissent_memo_sessions ON dissent_memo USING gin (sessions);
CREATE INDEX dissent_memo_at ON dissent_memo (at);

CREATE TABLE dissent_words (
    position bigint   NOT NULL REFERENCES dissent_memo (position),
    part     int      NOT NULL,
    words    tsvector NOT NULL,
    PRIMARY KEY (position, part)
);
CREATE INDEX dissent_words_search ON dissent_words USING gin (words);

CREATE TABLE dissent_falsifier (
    id          uuid        PRIMARY KEY,
    decision    text        NOT NULL,
    swarm       text        NOT NULL,
    named_by    text        NOT NULL,
    statement   text        NOT NULL,
    due_at      timestamptz NOT NULL,
    state       text        NOT NULL CHECK (state IN ('OPEN', 'OBSERVED', 'LAPSED')),
    ended_at    timestamptz,
    observed_by text,
    version     bigint      NOT NULL DEFAULT 0,
    CHECK ((state = 'OPEN') = (ended_at IS NULL))
);
CREATE INDEX dissent_falsifier_page ON dissent_falsifier (id DESC);
CREATE INDEX dissent_falsifier_decision ON dissent_falsifier (decision, id);

CREATE FUNCTION dissent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Memos are append-only: no % on %.', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER dissent_link_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dissent_link
    FOR EACH STATEMENT EXECUTE FUNCTION dissent_refuse();
CREATE TRIGGER dissent_memo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dissent_memo
    FOR EACH STATEMENT EXECUTE FUNCTION dissent_refuse();
CREATE TRIGGER dissent_words_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dissent_words
    FOR EACH STATEMENT EXECUTE FUNCTION dissent_refuse();
CREATE TRIGGER dissent_head_stays BEFORE DELETE OR TRUNCATE ON dissent_head
    FOR EACH STATEMENT EXECUTE FUNCTION dissent_refuse();
