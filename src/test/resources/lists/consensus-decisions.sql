--? operator - /consensus/decisions
--? operator swarm /consensus/decisions?swarm=few
--? operator state /consensus/decisions?state=OPEN
--? operator state /consensus/decisions?state=ESCALATED
--? operator swarm,state /consensus/decisions?swarm=many&state=OPEN
--? operator elector /consensus/decisions?elector=rare
--? operator elector,voted /consensus/decisions?elector=busy&voted=true
--? operator elector,voted /consensus/decisions?elector=mute&voted=false
--? operator elector,state /consensus/decisions?elector=busy&state=OPEN
--? operator elector,state,voted /consensus/decisions?elector=busy&state=OPEN&voted=false
--? operator swarm,elector /consensus/decisions?swarm=many&elector=rare
--? few - /consensus/decisions
INSERT INTO consensus_decision (id, swarm, summary, rationale, hazards, electors, quorum, majority, supermajority, closes_at, sealed,
                                correlation, opened_by, opened_at, state, approve, reject, abstain, independent, closed_at, closed_because)
SELECT 'decision-' || kind || '-' || i, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, 's', 'r', '{}', 3, 1, 0.5, 0.7,
       timestamptz '2100-01-01', false, 0, 'operator', timestamptz '2020-01-01', state, n, n, n, n, CASE WHEN n = 0 THEN now() END,
       CASE WHEN n = 0 THEN 'OPERATOR' END
  FROM (VALUES ('few', 'REJECTED', 0), ('a', 'OPEN', NULL), ('b', 'ESCALATED', 0)) kinds(kind, state, n), generate_series(1, 10) i;
INSERT INTO consensus_decision (id, swarm, summary, rationale, hazards, electors, quorum, majority, supermajority, closes_at, sealed,
                                correlation, opened_by, opened_at, state, approve, reject, abstain, independent, closed_at, closed_because)
SELECT 'decision-noise-' || i, 'many', 's', 'r', '{}', 3, 1, 0.5, 0.7, timestamptz '2100-01-01', false, 0, 'operator',
       timestamptz '2021-01-01', 'REJECTED', 0, 0, 0, 0, now(), 'OPERATOR' FROM generate_series(1, :n) i;
INSERT INTO consensus_elector (decision, session, opened_at, voted)
SELECT d.id, e.session, d.opened_at, e.session = 'mute' AND d.id LIKE 'decision-noise-%'
  FROM consensus_decision d, (VALUES ('busy'), ('mute')) e(session) WHERE d.id LIKE 'decision-%' AND d.id NOT LIKE 'decision-few-%'
       AND (e.session <> 'mute' OR d.id NOT LIKE 'decision-b-%');
INSERT INTO consensus_elector (decision, session, opened_at)
SELECT d.id, 'rare', d.opened_at FROM consensus_decision d WHERE d.id LIKE 'decision-b-%';
INSERT INTO consensus_vote (decision, session, number, vote, rationale, confidence, evidence, at, current)
SELECT d.id, 'busy', 1, 'APPROVE', 'r', 0.5, '{}', now(), true FROM consensus_decision d WHERE d.id LIKE 'decision-b-%';
