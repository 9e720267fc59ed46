--? operator - /gateway/sources/hub/deliveries
--? operator state /gateway/sources/hub/deliveries?state=DEAD
--? operator state /gateway/sources/hub/deliveries?state=REFUSED
INSERT INTO gateway_source (name, kind, swarm, secrets, public_keys, version, changed_by, changed_at)
VALUES ('hub', 'GITHUB', 'many', '{s}', '{}', 1, 'test', now());
INSERT INTO gateway_delivery (source, swarm, key, state, body, bytes, handled_at)
SELECT 'hub', 'many', CASE state WHEN 'DEAD' THEN 'dead' || i END, state, CASE state WHEN 'DEAD' THEN '{}' END, 2, now()
  FROM (VALUES ('DEAD'), ('REFUSED')) s(state), generate_series(1, 10) i;
INSERT INTO gateway_delivery (source, swarm, key, state, body, bytes, handled_at)
SELECT 'hub', 'many', 'key' || i, 'APPLIED', '{}', 2, now() FROM generate_series(1, :n) i;
