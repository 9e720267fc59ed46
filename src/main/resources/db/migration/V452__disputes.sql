-- Which contradictions make which decisions dangerous, so that the hazard goes with the last of them. See
-- io.infrafabric.consensus.

-- Whether the hazard conflict>20% is there only because of disputed evidence: nobody named it.
ALTER TABLE consensus_decision ADD COLUMN disputed boolean NOT NULL DEFAULT false;

-- A contradiction that has ended is kept: what was told of its beginning may come after what was told of its end.
ALTER TABLE consensus_contradiction ADD COLUMN ended boolean NOT NULL DEFAULT false;
DROP INDEX consensus_contradiction_first;
CREATE INDEX consensus_contradiction_first ON consensus_contradiction (first) WHERE NOT ended;

-- While the contradiction stands, also when votes change: they were cast on it.
CREATE TABLE consensus_dispute (
    decision      text NOT NULL REFERENCES consensus_decision (id),
    contradiction text NOT NULL REFERENCES consensus_contradiction (id),
    PRIMARY KEY (decision, contradiction)
);
CREATE INDEX consensus_dispute_contradiction ON consensus_dispute (contradiction);
