-- A case is withdrawn when its cause goes away: nobody has decided anything.

ALTER TABLE escalation_case
    ADD COLUMN withdrawn_because text,
    ADD COLUMN withdrawn_at      timestamptz,
    DROP CONSTRAINT escalation_case_state_check,
    ADD CONSTRAINT escalation_case_state_check CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'WITHDRAWN')),
    ADD CHECK ((state = 'WITHDRAWN') = (withdrawn_because IS NOT NULL)),
    ADD CHECK ((state = 'WITHDRAWN') = (withdrawn_at IS NOT NULL));

DROP INDEX escalation_case_unresolved;
CREATE INDEX escalation_case_undecided ON escalation_case (swarm) WHERE state IN ('OPEN', 'ACKNOWLEDGED');
-- By reason and not by subject: a cause may also be named by the evidence. What waits for humans is not much.
CREATE INDEX escalation_case_cause ON escalation_case (function, reason) WHERE state IN ('OPEN', 'ACKNOWLEDGED');
