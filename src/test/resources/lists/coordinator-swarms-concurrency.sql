--? operator - /coordinator/swarms/few/concurrency
--? few - /coordinator/swarms/few/concurrency
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_concurrency (swarm, key) SELECT 'few', 'z-' || i FROM generate_series(1, 10) i;
INSERT INTO coordinator_concurrency (swarm, key) SELECT 'many', 'a-' || i FROM generate_series(1, :n) i;
