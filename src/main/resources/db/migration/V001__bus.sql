-- The bus: event log (outbox), inbox, subscriptions, due rows, dead letters. See io.infrafabric.bus.

-- The outbox is the event log. One partition a day (UTC, the day in the event's UUIDv7); made ahead and dropped by the sweep.
CREATE TABLE bus_event (
    day       date        NOT NULL,
    id        uuid        NOT NULL,
    seq       bigint      GENERATED ALWAYS AS IDENTITY,
    type      text        NOT NULL,
    subject   text        NOT NULL,
    swarm     text,
    published boolean     NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    envelope  text        NOT NULL,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE INDEX bus_event_unpublished ON bus_event (at) WHERE NOT published;
CREATE INDEX bus_event_seq ON bus_event (seq);

-- What each function has taken in: written in the transaction of the effect.
CREATE TABLE bus_inbox (
    day      date NOT NULL,
    function text NOT NULL,
    event    uuid NOT NULL,
    PRIMARY KEY (day, function, event)
) PARTITION BY RANGE (day);

-- The newest version of each entity that a function has seen in state events.
CREATE TABLE bus_seen (
    function text        NOT NULL,
    subject  text        NOT NULL,
    version  bigint      NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (function, subject)
);

CREATE TABLE bus_subscription (
    function text        NOT NULL,
    type     text        NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    active   boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (function, type)
);

-- Whatever is due later. The sweep turns due rows into events.
CREATE TABLE bus_due (
    function text        NOT NULL,
    entity   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (function, entity)
);
CREATE INDEX bus_due_at ON bus_due (at);

-- Failures of an event's handler, counted across processes; gone when it succeeds or becomes a dead letter.
CREATE TABLE bus_attempt (
    function text        NOT NULL,
    event    uuid        NOT NULL,
    attempts int         NOT NULL,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at  timestamptz NOT NULL DEFAULT now(),
    error    text        NOT NULL,
    PRIMARY KEY (function, event)
);

CREATE TABLE bus_dead_letter (
    function    text        NOT NULL,
    event       uuid        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    envelope    text        NOT NULL,
    error       text        NOT NULL,
    attempts    int         NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    replays     int         NOT NULL DEFAULT 0,
    replayed_at timestamptz,
    PRIMARY KEY (function, event)
);
CREATE INDEX bus_dead_letter_page ON bus_dead_letter (function, last_at DESC, event DESC);

-- One row: when any process of the fabric last ran its sweep. A hole in it is a gap by which deadlines are extended.
CREATE TABLE bus_pulse (
    one  boolean     PRIMARY KEY DEFAULT true CHECK (one),
    at   timestamptz NOT NULL
);
INSERT INTO bus_pulse (at) VALUES (now());
