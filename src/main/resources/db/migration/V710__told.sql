-- What agents were told by hooks: see io.infrafabric.gateway.hooks. Nothing of what they do or say.
CREATE TABLE gateway_told (
    session   text   PRIMARY KEY,
    enrolment bigint NOT NULL,
    -- The number of the last notice.
    up_to     bigint NOT NULL,
    -- Why it has lost what it held last.
    lost      text,
    -- The claims for which it was kept from stopping, and how often.
    claim     text,
    stops     int    NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
