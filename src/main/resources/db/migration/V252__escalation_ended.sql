-- A question may come after its cause has gone away: it makes no case then. See io.infrafabric.escalation.

-- When it was asked. Releases that do not say so ask when they open it.
ALTER TABLE escalation_case ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now();
UPDATE escalation_case SET asked_at = opened_at;

CREATE TABLE escalation_ended (
    function text        NOT NULL,
    reason   text        NOT NULL,
    subject  text        NOT NULL,
    -- What was asked before this has nobody to be asked for.
    until    timestamptz NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (function, reason, subject)
);
CREATE INDEX escalation_ended_at ON escalation_ended (at);
