-- A condition that comes and goes pages a human only so often. See io.infrafabric.escalation.Asking.

ALTER TABLE escalation_case
    -- What comes and goes; rows of earlier releases do not say.
    ADD COLUMN condition  text,
    -- How often it was asked.
    ADD COLUMN openings   int NOT NULL DEFAULT 1,
    ADD COLUMN paged_at   timestamptz,
    -- When it pages, if it is still open then.
    ADD COLUMN held_until timestamptz;

CREATE INDEX escalation_case_condition ON escalation_case (function, reason, condition, opened_at DESC);
