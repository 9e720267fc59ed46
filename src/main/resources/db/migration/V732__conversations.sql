-- Conversations of agents that go by one session's name, as their hooks tell of them. See io.infrafabric.gateway.hooks.ConversationTable.
CREATE TABLE gateway_conversation (
    session   text   PRIMARY KEY,
    enrolment bigint NOT NULL,
    -- The client's own id of each, and when a hook of it was seen last.
    open      jsonb  NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
