-- Since when too few electors are live to reach the quorum of an open decision; null while they are enough. Who is silent has
-- some time to come back before a human is asked. See io.infrafabric.consensus.
ALTER TABLE consensus_decision ADD COLUMN unreachable_since timestamptz;

-- Whose graph it is in: what one swarm disputes is nothing to the decisions of another. Null in rows of before.
ALTER TABLE consensus_contradiction ADD COLUMN swarm text;
