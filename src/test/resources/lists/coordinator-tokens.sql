--? operator - /coordinator/tokens
--? few - /coordinator/tokens
INSERT INTO door_token (id, name, role, swarm, made_by, made_at, expires_at)
SELECT gen_random_uuid(), 'few', 'VIEWER', 'few', 'operator', timestamptz '2020-01-01', timestamptz '2100-01-01' FROM generate_series(1, 10);
INSERT INTO door_token (id, name, role, swarm, made_by, expires_at)
SELECT gen_random_uuid(), 'many', 'VIEWER', 'many', 'operator', timestamptz '2100-01-01' FROM generate_series(1, :n);
