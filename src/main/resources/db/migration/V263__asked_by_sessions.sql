-- A session may ask a human too, and says what is taken if nobody answers in time. See io.infrafabric.escalation.SessionQuestion.

ALTER TABLE escalation_case
    -- Until when an answer is waited for; only questions of sessions have such a time.
    ADD COLUMN deadline     timestamptz,
    -- What is taken then.
    ADD COLUMN on_no_answer text;

-- The open questions of one session are counted at each further one.
CREATE INDEX escalation_case_asker ON escalation_case (subject)
    WHERE deadline IS NOT NULL AND state IN ('OPEN', 'ACKNOWLEDGED');
