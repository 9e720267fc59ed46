-- Claims are listed as of a time in the past, too: in all their versions.

CREATE INDEX relation_claim_then ON relation_claim (swarm, stated_at DESC, node DESC);
CREATE INDEX relation_claim_then_all ON relation_claim (stated_at DESC, node DESC);
