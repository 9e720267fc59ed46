-- Bulkhead: providers that calls are forwarded to. See io.infrafabric.bulkhead.

-- "auth_key" says where the key is, never what it is.
CREATE TABLE bulkhead_provider (
    name                 text             PRIMARY KEY,
    base_url             text             NOT NULL,
    dialect              text             NOT NULL
        CHECK (dialect IN ('ANTHROPIC', 'OPENAI', 'GEMINI', 'BEDROCK', 'OLLAMA', 'NONE')),
    max_concurrent       int              NOT NULL CHECK (max_concurrent > 0),
    max_queued           int              NOT NULL CHECK (max_queued >= 0),
    queue_millis         bigint           NOT NULL,
    connect_millis       bigint           NOT NULL,
    first_byte_millis    bigint           NOT NULL,
    idle_millis          bigint           NOT NULL,
    total_millis         bigint           NOT NULL,
    breaker_window_millis bigint          NOT NULL,
    breaker_min_calls    int              NOT NULL,
    breaker_failure_rate double precision NOT NULL,
    breaker_open_millis  bigint           NOT NULL,
    auth_key             text,
    auth_header          text,
    auth_scheme          text,
    when_client_leaves   text             NOT NULL CHECK (when_client_leaves IN ('ABORT', 'DRAIN')),
    unknown_model        text             NOT NULL CHECK (unknown_model IN ('DEAREST', 'REFUSE')),
    inject_usage         boolean          NOT NULL,
    paths                text[]           NOT NULL,
    version              bigint           NOT NULL,
    created_at           timestamptz      NOT NULL DEFAULT now(),
    changed_at           timestamptz      NOT NULL DEFAULT now(),
    changed_by           text             NOT NULL
);
