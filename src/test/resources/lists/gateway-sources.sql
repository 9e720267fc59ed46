--? operator - /gateway/sources
--? few - /gateway/sources
INSERT INTO gateway_source (name, kind, swarm, secrets, public_keys, version, changed_by, changed_at)
SELECT 'zz' || i, 'GITHUB', 'few', '{s}', '{}', 1, 'test', now() FROM generate_series(1, 10) i;
INSERT INTO gateway_source (name, kind, swarm, secrets, public_keys, version, changed_by, changed_at)
SELECT 'aa' || i, 'GITHUB', 'many', '{s}', '{}', 1, 'test', now() FROM generate_series(1, :n) i;
