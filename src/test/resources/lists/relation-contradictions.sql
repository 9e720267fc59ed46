--? operator - /relation/contradictions
--? operator swarm /relation/contradictions?swarm=few
--? operator minSeverity /relation/contradictions?minSeverity=CRITICAL
--? operator swarm,minSeverity /relation/contradictions?swarm=many&minSeverity=CRITICAL
--? operator ended /relation/contradictions?ended=true
--? operator ended,minSeverity /relation/contradictions?ended=true&minSeverity=CRITICAL
--? operator swarm,ended,minSeverity /relation/contradictions?swarm=many&ended=true&minSeverity=CRITICAL
--? operator at /relation/contradictions?at=2020-06-01T00:00:00Z
--? few - /relation/contradictions
INSERT INTO relation_claim (node, id, version, swarm, stated_by, statement, confidence, includes, excludes, falsifiers, evidence,
                            ruling, stated_at, strength, standing, disputed, seq)
SELECT 10000000 + i, 'pair-' || i, 1, 'few', 'operator', 's', 0.5, '{}', '{}', '{}', '[]', false, timestamptz '2010-01-01', 0.5,
       'ACCEPTED', false, 1 FROM generate_series(0, :n + 100) i;
INSERT INTO relation_contradiction (id, swarm, first_node, second_node, claim1, version1, claim2, version2, kind, path, certainty,
                                    severity, score, resting, found_at, escalated)
SELECT gen_random_uuid(), CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, 10000000, 10000000 + shift + i, 'c', 1, 'd', 1, 'DECLARED', '{}',
       0.5, severity, 0.5, 0, CASE kind WHEN 'few' THEN timestamptz '2020-01-01' ELSE timestamptz '2021-01-01' END, false
  FROM (VALUES ('few', 'LOW', 0), ('a', 'CRITICAL', 10)) kinds(kind, severity, shift), generate_series(1, 10) i;
INSERT INTO relation_contradiction (id, swarm, first_node, second_node, claim1, version1, claim2, version2, kind, path, certainty,
                                    severity, score, resting, found_at, escalated, ended_at, ended)
SELECT gen_random_uuid(), 'many', 10000000, 10000020 + i, 'c', 1, 'd', 1, 'DECLARED', '{}', 0.5, 'LOW', 0.5, 0, now(), false,
       CASE WHEN i % 2 = 0 THEN now() END, CASE WHEN i % 2 = 0 THEN 'REMOVED' END FROM generate_series(1, :n) i;
