-- Events from outside that were taken in: each takes effect once, whichever replica gets it. See io.infrafabric.gateway.incoming.
CREATE TABLE gateway_foreign_event (
    -- SHA-256 of swarm, source and id.
    key    text        PRIMARY KEY,
    event  uuid        NOT NULL,
    effect text        NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gateway_foreign_event_old ON gateway_foreign_event (at);
