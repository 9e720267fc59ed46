--? operator - /relation/claims
--? operator swarm /relation/claims?swarm=few
--? operator standing /relation/claims?standing=REJECTED
--? operator standing /relation/claims?standing=UNDECIDED
--? operator disputed /relation/claims?disputed=true
--? operator swarm,standing /relation/claims?swarm=many&standing=REJECTED
--? operator swarm,disputed /relation/claims?swarm=many&disputed=true
--? operator standing,disputed /relation/claims?standing=ACCEPTED&disputed=true
--? operator at /relation/claims?at=2020-06-01T00:00:00Z
--? few - /relation/claims
INSERT INTO relation_claim (id, version, swarm, stated_by, statement, confidence, includes, excludes, falsifiers, evidence, ruling,
                            stated_at, strength, standing, disputed, seq)
SELECT 'claim-' || kind || '-' || i, 1, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, 'operator', 's', 0.5, '{}', '{}', '{}', '[]',
       false, CASE kind WHEN 'few' THEN timestamptz '2020-01-01' ELSE timestamptz '2021-01-01' END, 0.5, standing, disputed, 1
  FROM (VALUES ('few', 'ACCEPTED', false), ('a', 'REJECTED', false), ('b', 'UNDECIDED', false), ('c', 'ACCEPTED', true))
       kinds(kind, standing, disputed), generate_series(1, 10) i;
INSERT INTO relation_claim (id, version, swarm, stated_by, statement, confidence, includes, excludes, falsifiers, evidence, ruling,
                            stated_at, strength, standing, disputed, seq)
SELECT 'claim-noise-' || i, 1, 'many', 'operator', 's', 0.5, '{}', '{}', '{}', '[]', false, now(), 0.5, 'ACCEPTED', false, 1
  FROM generate_series(1, :n) i;
