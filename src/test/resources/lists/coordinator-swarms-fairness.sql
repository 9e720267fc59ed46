--? operator - /coordinator/swarms/few/fairness
--? few - /coordinator/swarms/few/fairness
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_fairness (swarm, key, weight) SELECT 'few', 'z-' || i, 2 FROM generate_series(1, 10) i;
INSERT INTO coordinator_fairness (swarm, key, weight) SELECT 'many', 'a-' || i, 2 FROM generate_series(1, :n) i;
