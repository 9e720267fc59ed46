-- What consensus knows of the evidence graph: pairs of claims that contradict each other now, as votes cite them
-- ("claim:<id>"). Kept by relation's events. See io.infrafabric.consensus.

CREATE TABLE consensus_contradiction (
    id     text PRIMARY KEY,
    first  text NOT NULL,
    second text NOT NULL
);
CREATE INDEX consensus_contradiction_first ON consensus_contradiction (first);
