-- Claims are listed by how they stand, contradictions by how grave they are; where a filter leaves one of these open, each of
-- its values is looked up. All columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX relation_claim_listed ON relation_claim (standing, disputed, stated_at, node) WHERE superseded_at IS NULL;
CREATE INDEX relation_claim_listed_swarm ON relation_claim (swarm, stated_at, node) WHERE superseded_at IS NULL;
CREATE INDEX relation_claim_listed_swarm_standing ON relation_claim (swarm, standing, disputed, stated_at, node)
    WHERE superseded_at IS NULL;
CREATE INDEX relation_claim_listed_then ON relation_claim (swarm, stated_at, node);
DROP INDEX relation_claim_page, relation_claim_then;

CREATE INDEX relation_contradiction_listed ON relation_contradiction (found_at, id) WHERE ended_at IS NULL;
CREATE INDEX relation_contradiction_listed_swarm ON relation_contradiction (swarm, found_at, id) WHERE ended_at IS NULL;
CREATE INDEX relation_contradiction_listed_severity ON relation_contradiction (severity, found_at, id)
    WHERE ended_at IS NULL;
CREATE INDEX relation_contradiction_listed_swarm_severity ON relation_contradiction (swarm, severity, found_at, id)
    WHERE ended_at IS NULL;
CREATE INDEX relation_contradiction_listed_ended_swarm ON relation_contradiction (swarm, found_at, id);
CREATE INDEX relation_contradiction_listed_ended_severity ON relation_contradiction (severity, found_at, id);
CREATE INDEX relation_contradiction_listed_ended ON relation_contradiction (swarm, severity, found_at, id);
DROP INDEX relation_contradiction_page;
