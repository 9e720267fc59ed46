--? operator - /consensus/decisions/quiet/votes
--? operator session /consensus/decisions/loud/votes?session=rare
INSERT INTO consensus_decision (id, swarm, summary, rationale, hazards, electors, quorum, majority, supermajority, closes_at, sealed,
                                correlation, opened_by, opened_at, state, approve, reject, abstain, independent, closed_at, closed_because)
SELECT id, 'many', 's', 'r', '{}', 3, 1, 0.5, 0.7, now(), false, 0, 'operator', timestamptz '2018-01-01', 'REJECTED', 0, 0, 0, 0, now(),
       'OPERATOR' FROM (VALUES ('quiet'), ('loud')) d(id);
INSERT INTO consensus_elector (decision, session)
SELECT d, s FROM (VALUES ('quiet'), ('loud')) d(d), (VALUES ('voter'), ('rare')) s(s);
INSERT INTO consensus_vote (decision, session, number, vote, rationale, confidence, evidence, at, current)
SELECT d, s, i, 'APPROVE', 'r', 0.5, '{}', timestamptz '2020-01-01' + i * interval '1 s', i = 10
  FROM (VALUES ('quiet', 'voter'), ('loud', 'rare')) v(d, s), generate_series(1, 10) i;
INSERT INTO consensus_vote (decision, session, number, vote, rationale, confidence, evidence, at, current)
SELECT 'loud', 'voter', i, 'APPROVE', 'r', 0.5, '{}', now(), i = :n FROM generate_series(1, :n) i;
