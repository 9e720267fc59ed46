-- On AMQP: what was published once more because a function had not taken it in, see io.infrafabric.bus.Again. AMQP has no
-- way to ask what a queue holds.

-- newest, oldest: the newest event that the function had taken in at the last look, and the oldest that it had not; if both
-- stay, its inbox does not move. until: the newest event that was published again; at, rounds: when last, and how often in a
-- row.
CREATE TABLE bus_again (
    function text        PRIMARY KEY,
    newest   uuid,
    oldest   uuid,
    until    uuid,
    at       timestamptz,
    rounds   int         NOT NULL DEFAULT 0
);
